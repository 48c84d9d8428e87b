//! Files that are replaced as a whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::error::LabError;

/// Writes `bytes` under a temporary name beside `path`, syncs, and renames: a reader, or the next
/// start after a crash or a full disk, finds the old file or the new one, never a part.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), LabError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    if let Err(error) = written {
        // What is left of it is of no use; that it cannot be removed either changes nothing.
        let _ = fs::remove_file(&temporary);
        return Err(LabError::file("write", path)(error));
    }
    if let Err(error) = fs::rename(&temporary, path) {
        let _ = fs::remove_file(&temporary);
        return Err(LabError::file("replace", path)(error));
    }
    // The rename itself reaches the disk with the folder. Not every system can sync one.
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    /// `/dev/full` answers every write as a full disk does.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_costs_no_earlier_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"good").unwrap();
        std::os::unix::fs::symlink("/dev/full", folder.path().join("a.tmp")).unwrap();
        let error = write(&path, b"new").unwrap_err().to_string();
        assert!(error.contains("No space left"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"good");
        assert!(!folder.path().join("a.tmp").exists());
    }
}
