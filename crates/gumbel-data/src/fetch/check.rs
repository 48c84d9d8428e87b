//! Checks that a file is the published one: the size and sha256 of its content, uncompressed.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use gumbel_files::digest::hexadecimal;
use sha2::{Digest, Sha256};

use super::SourceFile;
use crate::gzip::{GZIP, Members};

/// What is wrong with a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The compressed data are damaged, or end too soon.
    Gzip(String),
    /// Fewer bytes than the file has.
    Short { expected: u64, found: u64 },
    /// More bytes than the file has. They are not counted.
    Long { expected: u64 },
    /// The right number of bytes, but another sha256.
    Sum { expected: String, found: String },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gzip(problem) => write!(f, "damaged gzip data: {problem}"),
            Self::Short { expected, found } => {
                write!(f, "expected {expected} bytes (uncompressed), found {found}")
            }
            Self::Long { expected } => {
                write!(f, "expected {expected} bytes (uncompressed), found more")
            }
            Self::Sum { expected, found } => {
                write!(f, "expected sha256 {expected} (uncompressed), found {found}")
            }
        }
    }
}

/// The largest compressed file that is accepted for `bytes` bytes: deflate adds five bytes to each block
/// that it cannot compress, and gzip a header and a name.
pub(super) fn most_compressed(bytes: u64) -> u64 {
    bytes + bytes / 1_000 + 4_096
}

/// What is wrong with the file at `path`; `None` if it is the published one. It is read in pieces, and no
/// further than the piece that passes the right size.
///
/// Its first bytes tell whether it is compressed, as when a set is loaded.
pub(super) fn problem(path: &Path, file: &SourceFile) -> io::Result<Option<Problem>> {
    let mut source = BufReader::new(File::open(path)?);
    let gzip = source.fill_buf()?.starts_with(&GZIP);
    let mut content: Box<dyn Read> =
        if gzip { Box::new(Members::new(source)) } else { Box::new(source) };
    let mut hasher = Sha256::new();
    let mut found = 0;
    let mut piece = vec![0; 1 << 16];
    loop {
        let read = match content.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if gzip => return Ok(Some(Problem::Gzip(error.to_string()))),
            Err(error) => return Err(error),
        };
        found += read as u64;
        if found > file.bytes {
            return Ok(Some(Problem::Long { expected: file.bytes }));
        }
        hasher.update(&piece[..read]);
    }
    if found < file.bytes {
        return Ok(Some(Problem::Short { expected: file.bytes, found }));
    }
    let found = hexadecimal(&hasher.finalize());
    let expected = file.sha256.clone();
    Ok((found != expected).then_some(Problem::Sum { expected, found }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::gzip;
    use gumbel_files::digest::sha256;

    #[test]
    fn the_content_decides() {
        let folder = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..200_000_u32).map(|i| (i % 251) as u8).collect();
        let file = SourceFile { name: "f".into(), bytes: 200_000, sha256: sha256([&content]) };
        let check = |bytes: &[u8]| {
            let path = folder.path().join("f");
            std::fs::write(&path, bytes).unwrap();
            problem(&path, &file).unwrap()
        };
        assert_eq!(check(&content), None);
        assert_eq!(check(&gzip(&content)), None);
        // Two members, as some programs write them.
        let halves = [gzip(&content[..70_000]), gzip(&content[70_000..])].concat();
        assert_eq!(check(&halves), None);
        // Zero bytes after the gzip data are no part of the content.
        assert_eq!(check(&[&halves[..], &[0; 700]].concat()), None);
        let packed = gzip(&content);
        for len in 2..packed.len() {
            assert!(check(&packed[..len]).is_some(), "{len}");
        }
        assert!(matches!(check(&packed[..packed.len() - 9]), Some(Problem::Gzip(_))));
        assert_eq!(
            check(&content[1..]),
            Some(Problem::Short { expected: 200_000, found: 199_999 })
        );
        let longer = [&content[..], &[0]].concat();
        for bytes in [longer.clone(), gzip(&longer), gzip(&vec![0; 50_000_000])] {
            assert_eq!(check(&bytes), Some(Problem::Long { expected: 200_000 }));
        }
        let mut other = content.clone();
        other[100_000] ^= 1;
        let text = check(&gzip(&other)).unwrap().to_string();
        assert!(text.contains(&file.sha256) && text.contains(&sha256([&other])), "{text}");
    }
}
