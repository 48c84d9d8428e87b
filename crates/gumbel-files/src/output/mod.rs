//! Output files: written whole or not at all, through links, in the format of their extension.
//!
//! | the path is | what is done |
//! |---|---|
//! | new | a file is made, with the mode that any new file has |
//! | a file | it is replaced as a whole; its mode stays, and its owner where the system allows it |
//! | a link | its target is replaced in the same way, or made if it does not exist |
//! | a pipe or a device | the bytes are written into it |
//! | where standard output goes | the bytes are written into it, so that no other output there is lost |
//! | a folder or a socket | an error |
//! | `-` alone | an error: it may be meant for standard output, which is `/dev/stdout` |
//!
//! If a file has several names (hard links), only the given one gets the new content.

mod format;
mod place;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

pub use format::{Format, check_folder};
use place::Place;

use crate::FileError;

/// The start and the end of the names of temporary files.
const TEMPORARY: (&str, &str) = (".gumbel-", ".tmp");

/// Writes a file as a whole or not at all: see the [module](self).
///
/// A file is written under a new temporary name in its folder, synced, and renamed: a reader, or the
/// next start after a crash or a full disk, finds the old file or the new one, never a part.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("codes.csv");
/// gumbel_files::output::write(&path, b"variable_0\n3\n")?;
/// assert_eq!(std::fs::read(&path)?, b"variable_0\n3\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A path that no file can have or that is not a file; a file or a folder without permission to write;
/// a full disk. An existing file stays as it was.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replace(path, bytes).map_err(FileError::system("write", path))
}

/// Like [`write()`], with the system's error.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Place::of(path)?.write(bytes)
}

/// Checks, before long work, that [`write()`] can write a file.
///
/// # Errors
/// As [`write()`], but a full disk is not noticed here.
pub fn check(path: &Path) -> Result<(), FileError> {
    let probed = Place::of(path).and_then(|place| match place {
        // A file is written under another name first.
        Place::File { path, .. } => place::probe_folder(place::folder(&path)),
        Place::Stream(_) | Place::Standard(_) => Ok(()),
    });
    probed.map_err(FileError::system("write", path))
}

/// Makes a folder and its parents if they do not exist; of a link, the target is made.
///
/// # Errors
/// A path that is not a folder; a folder without permission to write.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    make(path).map_err(FileError::system("create", path))
}

/// Makes the first of NAME, NAME-2, NAME-3, ... that does not exist, for a default folder. If `serves` accepts
/// an existing folder before it, that folder is returned instead, unchanged.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let name = folder.path().join("decoded");
/// let of = |serves: bool| gumbel_files::output::make_numbered_folder(&name, |_| serves);
/// assert_eq!(of(false)?, name);
/// assert_eq!(of(false)?, folder.path().join("decoded-2"));
/// assert_eq!(of(true)?, name);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A folder without permission to write; 9,999 folders of this name.
pub fn make_numbered_folder(
    name: &Path,
    serves: impl Fn(&Path) -> bool,
) -> Result<PathBuf, FileError> {
    if let Some(parent) = name.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(parent)?;
    }
    for number in 1..=9_999 {
        let mut folder = name.as_os_str().to_owned();
        if number > 1 {
            folder.push(format!("-{number}"));
        }
        let folder = PathBuf::from(folder);
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if serves(&folder) {
                    return Ok(folder);
                }
            }
            Err(error) => return Err(FileError::system("create", &folder)(error)),
        }
    }
    Err(FileError::content(
        name,
        "there are 9999 folders of this name: choose another one with --out",
    ))
}

/// Like [`make_folder`], with the system's error, or one of our own where the system has none.
pub fn make(path: &Path) -> io::Result<()> {
    place::check_can_be_folder(path)?;
    fs::create_dir_all(place::end_of_links(path)?)
}

/// Whether a path is where standard output goes: `/dev/stdout`, or the file that it is redirected to.
pub fn is_standard_output(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| place::standard_output(&found).is_some())
}

/// Whether two paths lead to the same file, which need not exist yet.
pub fn is_same(a: &Path, b: &Path) -> bool {
    match (Place::of(a), Place::of(b)) {
        (Ok(Place::File { path: a, .. }), Ok(Place::File { path: b, .. })) => {
            let real = |path: &Path| {
                let folder = place::folder(path).canonicalize().ok()?;
                Some(folder.join(path.file_name()?))
            };
            real(&a).is_some_and(|a| Some(a) == real(&b))
        }
        _ => false,
    }
}

/// Whether a name is that of a temporary file, as killed processes leave behind.
pub fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(TEMPORARY.0.as_bytes()) && name.ends_with(TEMPORARY.1.as_bytes())
}

/// Removes the temporary files that killed processes left in a folder. No other process may write there.
pub fn remove_temporaries(folder: &Path) -> Result<(), FileError> {
    let entries = fs::read_dir(folder).map_err(FileError::system("read", folder))?;
    let ours = |entry: &fs::DirEntry| {
        is_temporary(&entry.file_name()) && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    for entry in entries.flatten().filter(ours) {
        match fs::remove_file(entry.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(FileError::system("remove", &entry.path())(error));
            }
            _ => {}
        }
    }
    Ok(())
}
