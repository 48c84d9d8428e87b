//! Resolves an output path through links to a file, pipe or device, and writes there.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::TEMPORARY;

/// The most links that are followed one after the other: the limit of Linux.
const LINKS: usize = 40;

/// Where a path leads.
pub(super) enum Place {
    /// A file, existing or new, under a path that is not a link.
    File { path: PathBuf, found: Option<Metadata> },
    /// A pipe or a device.
    Stream(PathBuf),
    /// The open file that standard output or standard error goes to.
    Standard(File),
}

impl Place {
    /// Follows a path. Nothing is made or changed.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let bytes = path.as_os_str().as_encoded_bytes();
        let names_folder = bytes.last().is_some_and(|&last| std::path::is_separator(last.into()));
        if names_folder || bytes.is_empty() {
            return Err(refused("expected the name of a file"));
        }
        if path == Path::new("-") {
            return Err(refused(
                "for standard output write /dev/stdout, for a file of this name ./-",
            ));
        }
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Self::new_file(path);
            }
            Err(error) => return Err(error),
        };
        if let Some(open) = standard_output(&found).or_else(|| standard_error(&found)) {
            return Ok(Self::Standard(open));
        }
        if found.is_dir() {
            return Err(refused("it is a folder, expected a file"));
        }
        if is_socket(&found) {
            return Err(refused("it is a socket, expected a file"));
        }
        if !found.is_file() {
            return Ok(Self::Stream(path.to_owned()));
        }
        let real = match fs::symlink_metadata(path)?.is_symlink() {
            false => path.to_owned(),
            true => match path.canonicalize() {
                Ok(real) => real,
                // An open file that was deleted, under the number of its descriptor.
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Ok(Self::Stream(path.to_owned()));
                }
                Err(error) => return Err(error),
            },
        };
        // A rename would replace a read-only file as well: ask for permission to write.
        OpenOptions::new().write(true).open(&real)?;
        Ok(Self::File { path: real, found: Some(found) })
    }

    /// A path that does not exist, or links that lead to one.
    fn new_file(path: &Path) -> io::Result<Self> {
        let path = end_of_links(path)?;
        let folder = folder(&path);
        if !fs::metadata(folder).is_ok_and(|found| found.is_dir()) {
            let problem = format!("there is no folder {}", folder.display());
            return Err(io::Error::new(ErrorKind::NotFound, problem));
        }
        if path.file_name().is_none() {
            return Err(refused("expected the name of a file"));
        }
        Ok(Self::File { path, found: None })
    }

    pub(super) fn write(self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::File { path, found } => {
                replace(&path, found.as_ref(), |file| file.write_all(bytes))
            }
            Self::Stream(path) => {
                OpenOptions::new().write(true).truncate(true).open(path)?.write_all(bytes)
            }
            Self::Standard(mut open) => {
                // Earlier output comes first.
                io::stdout().flush()?;
                open.write_all(bytes)
            }
        }
    }
}

/// Follows links to the path that they lead to, which need not exist.
pub(super) fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(target) = fs::read_link(&path) else { return Ok(path) };
        path = folder(&path).join(target);
    }
    Err(refused("its links lead in a circle"))
}

/// Checks that a path is a folder or can become one: neither it nor a parent is anything else.
pub(super) fn check_can_be_folder(path: &Path) -> io::Result<()> {
    if path == Path::new("-") {
        return Err(refused(
            "standard output is not a folder: to create a folder named -, write ./-",
        ));
    }
    let real = end_of_links(path)?;
    let there = real.ancestors().find_map(|part| Some((part, fs::metadata(part).ok()?)));
    match there {
        Some((part, found)) if !found.is_dir() => {
            let what = if found.is_file() { "a file" } else { "a device or a pipe" };
            let part = if part == path { "it".into() } else { part.display().to_string() };
            Err(refused(&format!("{part} is {what}, expected a folder")))
        }
        _ => Ok(()),
    }
}

/// Tries to write where a folder is or shall be: makes a temporary folder in it, or in the nearest parent that is
/// there, and removes it again.
pub(super) fn probe_folder(path: &Path) -> io::Result<()> {
    let real = end_of_links(path)?;
    let whole = if real.is_absolute() { real } else { Path::new(".").join(real) };
    let there = whole.ancestors().find(|part| part.is_dir()).unwrap_or(Path::new("."));
    let (prefix, suffix) = TEMPORARY;
    let made = tempfile::Builder::new().prefix(prefix).suffix(suffix).tempdir_in(there);
    match made.and_then(tempfile::TempDir::close) {
        Ok(()) => Ok(()),
        // The system's own words, without the name of the temporary folder.
        Err(error) => {
            let words = error.raw_os_error().map(io::Error::from_raw_os_error).unwrap_or(error);
            let problem = format!("cannot write into {}: {words}", there.display());
            Err(io::Error::new(words.kind(), problem))
        }
    }
}

/// The folder of a file.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refused(problem: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, problem)
}

/// Replaces the file at `path` by a new one, which `fill` writes.
fn replace(
    path: &Path,
    found: Option<&Metadata>,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let folder = folder(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, found);
    let (prefix, suffix) = TEMPORARY;
    let mut temporary = tempfile::Builder::new()
        .prefix(prefix)
        .suffix(suffix)
        .rand_bytes(12)
        .make_in(folder, |path| options.open(path))
        .map_err(|error| {
            let problem = format!("cannot make a file in {}: {error}", folder.display());
            io::Error::new(error.kind(), problem)
        })?;
    // From here on it is removed again unless it is renamed.
    fill(temporary.as_file_mut())?;
    if let Some(found) = found {
        keep_owner(temporary.as_file(), found)?;
        // On a system without modes they are always equal.
        if temporary.as_file().metadata()?.permissions() != found.permissions() {
            temporary.as_file().set_permissions(found.permissions())?;
        }
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    // Syncing the folder brings the rename to the disk. Not every system can sync a folder.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Lets nobody read the new file who may not read the old one.
#[cfg(unix)]
fn restrict(options: &mut OpenOptions, found: Option<&Metadata>) {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    if let Some(found) = found {
        options.mode(found.permissions().mode() & 0o777);
    }
}

#[cfg(not(unix))]
fn restrict(_: &mut OpenOptions, _: Option<&Metadata>) {}

/// Gives the new file the owner and the group of the old one, as far as this user may.
#[cfg(unix)]
fn keep_owner(file: &File, found: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (found.uid(), found.gid()) {
        // Only root can change the owner; other users can choose among their own groups.
        let group = Some(found.gid());
        let _ = fchown(file, Some(found.uid()), group).or_else(|_| fchown(file, None, group));
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_socket(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_socket(&found.file_type())
}

#[cfg(not(unix))]
fn is_socket(_: &Metadata) -> bool {
    false
}

/// Standard output, if it goes to the file `found`.
#[cfg(unix)]
pub(super) fn standard_output(found: &Metadata) -> Option<File> {
    use std::os::fd::AsFd;
    if_same(io::stdout().as_fd().try_clone_to_owned(), found)
}

#[cfg(unix)]
fn standard_error(found: &Metadata) -> Option<File> {
    use std::os::fd::AsFd;
    if_same(io::stderr().as_fd().try_clone_to_owned(), found)
}

#[cfg(unix)]
fn if_same(open: io::Result<std::os::fd::OwnedFd>, found: &Metadata) -> Option<File> {
    use std::os::unix::fs::MetadataExt;
    let open = File::from(open.ok()?);
    let theirs = open.metadata().ok()?;
    ((theirs.dev(), theirs.ino()) == (found.dev(), found.ino())).then_some(open)
}

#[cfg(not(unix))]
pub(super) fn standard_output(_: &Metadata) -> Option<File> {
    None
}

#[cfg(not(unix))]
fn standard_error(_: &Metadata) -> Option<File> {
    None
}

#[cfg(test)]
mod tests;
