//! Files that come out: written as a whole or not at all, where their name leads, in the format that it
//! promises.
//!
//! | the name is of | what is done |
//! |---|---|
//! | nothing | the file is made, with the mode that any new file has |
//! | a file | it is replaced as a whole; its mode stays, and its owner where the system allows it |
//! | a link | the same with what it leads to, which is made if it is not there |
//! | a pipe or a device | it is written into |
//! | what standard output goes to | the same, so that nothing else that is written there is lost |
//! | a folder or a socket | an error |
//! | `-` alone | an error: it may be meant for standard output, which is `/dev/stdout` |
//!
//! Of a file with several names (hard links), the one that is given gets the new content.

mod format;
mod place;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

pub use format::{Format, check_folder};
use place::Place;

use crate::error::LabError;

/// How the names of temporary files begin and end.
const TEMPORARY: (&str, &str) = (".gumbel-", ".tmp");

/// Writes a file as a whole or not at all: see the [module](self).
///
/// A file is written under a fresh temporary name in its folder, synced, and renamed: a reader, or the
/// next start after a crash or a full disk, finds the old file or the new one, never a part.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("codes.csv");
/// gumbel_lab::output::write(&path, b"variable_0\n3\n")?;
/// assert_eq!(std::fs::read(&path)?, b"variable_0\n3\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A name that no file can have or that is of something else; a file or a folder that may not be
/// written; a full disk. What was there stays.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), LabError> {
    replace(path, bytes).map_err(LabError::file("write", path))
}

/// The same, with the error as the system has it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Place::of(path)?.write(bytes)
}

/// Refuses what [`write()`] would refuse, as far as it can be known before: for work that takes long.
///
/// # Errors
/// As [`write()`]; a full disk comes later.
pub fn check(path: &Path) -> Result<(), LabError> {
    Place::of(path).map(drop).map_err(LabError::file("write", path))
}

/// Makes a folder that is not there, and those above it; of a link that leads to none, the one that it
/// leads to.
///
/// # Errors
/// A name that is of something else, a folder that may not be written.
pub fn make_folder(path: &Path) -> Result<(), LabError> {
    make(path).map_err(LabError::file("create", path))
}

/// Makes the first of NAME, NAME-2, NAME-3, ... that is not there, for a default folder: what is there
/// stays. One that is there and that `serves` is given back as it is.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let name = folder.path().join("decoded");
/// let of = |serves: bool| gumbel_lab::output::make_numbered_folder(&name, |_| serves);
/// assert_eq!(of(false)?, name);
/// assert_eq!(of(false)?, folder.path().join("decoded-2"));
/// assert_eq!(of(true)?, name);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A folder that may not be written; 9,999 of them.
pub fn make_numbered_folder(
    name: &Path,
    serves: impl Fn(&Path) -> bool,
) -> Result<PathBuf, LabError> {
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
            Err(error) => return Err(LabError::file("create", &folder)(error)),
        }
    }
    Err(LabError::run(name, "there are 9999 folders of this name: name another one with --out"))
}

/// The same, with the error as the system has it, or in words where the system has none.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    place::folder_can_be(path)?;
    fs::create_dir_all(place::end_of_links(path)?)
}

/// Whether a name is of what standard output goes to: `/dev/stdout`, or the file it was sent into.
pub fn is_standard_output(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| place::standard_output(&found).is_some())
}

/// Whether two names are of the same file, there or not yet.
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

/// Whether a name is that of a temporary file, which a process that was killed leaves.
pub(crate) fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(TEMPORARY.0.as_bytes()) && name.ends_with(TEMPORARY.1.as_bytes())
}

/// Removes what processes that were killed have left in a folder that nobody else writes into.
pub(crate) fn remove_temporaries(folder: &Path) -> Result<(), LabError> {
    let entries = fs::read_dir(folder).map_err(LabError::file("read", folder))?;
    let ours = |entry: &fs::DirEntry| {
        is_temporary(&entry.file_name()) && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    for entry in entries.flatten().filter(ours) {
        match fs::remove_file(entry.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(LabError::file("remove", &entry.path())(error));
            }
            _ => {}
        }
    }
    Ok(())
}
