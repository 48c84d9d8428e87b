//! The files of a set, and the check that a file is the published one.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use gumbel_files::FileError;
use gumbel_files::digest::sha256;

use crate::gzip::{GZIP, Members};

/// The files of a set, and the mirrors that have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name of the set.
    pub name: String,
    /// The files of the set.
    pub files: Vec<SourceFile>,
    /// The base addresses of the mirrors, in the order in which they are tried. `FILE.gz` is appended.
    pub mirrors: Vec<String>,
}

/// One file of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The name of the file without `.gz`.
    pub name: String,
    /// The size of the uncompressed content, in bytes.
    pub bytes: u64,
    /// The sha256 of the uncompressed content, in hexadecimal.
    pub sha256: String,
}

impl SourceFile {
    /// The largest compressed file that is accepted: deflate adds five bytes to each block that it cannot
    /// compress, and gzip a header and a name.
    pub(super) fn most_compressed(&self) -> u64 {
        self.bytes + self.bytes / 1_000 + 4_096
    }

    /// What is wrong with the file at `path`; `None` if it is the published one. At most one byte more than
    /// the right size is decompressed. The first bytes tell whether it is compressed, as when a set is loaded.
    pub(super) fn problem(&self, path: &Path) -> Result<Option<String>, FileError> {
        let failed = || FileError::system("read", path);
        let mut file = BufReader::new(File::open(path).map_err(failed())?);
        let mut content = Vec::new();
        if file.fill_buf().map_err(failed())?.starts_with(&GZIP) {
            let read = Members::new(file).take(self.bytes + 1).read_to_end(&mut content);
            if let Err(error) = read {
                return Ok(Some(format!("damaged gzip data: {error}")));
            }
        } else {
            file.take(self.bytes + 1).read_to_end(&mut content).map_err(failed())?;
        }
        let (expected, found) = (self.bytes, content.len() as u64);
        if found != expected {
            let found = if found > expected { "more".to_owned() } else { found.to_string() };
            return Ok(Some(format!("expected {expected} bytes (uncompressed), found {found}")));
        }
        let (expected, found) = (&self.sha256, sha256([&content]));
        let wrong = format!("expected sha256 {expected} (uncompressed), found {found}");
        Ok((found != *expected).then_some(wrong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::gzip;

    #[test]
    fn the_content_decides() {
        let folder = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
        let file = SourceFile { name: "f".into(), bytes: 200_000, sha256: sha256([&content]) };
        let check = |bytes: &[u8]| {
            let path = folder.path().join("f");
            std::fs::write(&path, bytes).unwrap();
            file.problem(&path).unwrap()
        };
        // Two members, as some programs write them, and zero bytes, which are no part of the content.
        let halves = [&gzip(&content[..70_000])[..], &gzip(&content[70_000..]), &[0; 700]].concat();
        for good in [&content, &gzip(&content), &halves] {
            assert_eq!(check(good), None);
        }
        let packed = gzip(&content);
        assert!((2..packed.len()).step_by(11).all(|len| check(&packed[..len]).is_some()));
        let wrong = |bytes: &[u8], part: &str| {
            let problem = check(bytes).unwrap();
            assert!(problem.contains(part), "{problem}");
        };
        wrong(&packed[..packed.len() - 9], "damaged gzip data");
        wrong(&content[1..], "expected 200000 bytes (uncompressed), found 199999");
        let longer = [&content[..], &[0]].concat();
        for bytes in [longer.clone(), gzip(&longer), gzip(&vec![0; 50_000_000])] {
            wrong(&bytes, "expected 200000 bytes (uncompressed), found more");
        }
        let mut other = content.clone();
        other[100_000] ^= 1;
        wrong(
            &gzip(&other),
            &format!("{} (uncompressed), found {}", file.sha256, sha256([&other])),
        );
    }
}
