//! Idx files of unsigned bytes, plain or gzip: the format of MNIST.
//!
//! Big-endian: two zero bytes, the type (8, unsigned byte), the rank, then one `u32` size for each
//! axis, then the bytes, row-major. The sizes in the header are not trusted: the data are read up to
//! one byte more than announced, and nothing is allocated ahead. Compressed files are read as gzip
//! reads them: see `gzip.rs`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::error::DataError;
use super::gzip::{GZIP, Members};

/// The most bytes that a header may announce.
const MOST: u64 = 1 << 32;
const AXES: [&str; 3] = ["number of items", "height", "width"];

/// A file that was read: labels have rank 1, images rank 3 (number, height, width).
#[derive(Debug)]
pub(super) struct Idx<const RANK: usize> {
    pub(super) path: PathBuf,
    /// No size is 0.
    pub(super) sizes: [usize; RANK],
    /// The whole file, uncompressed.
    pub(super) bytes: Vec<u8>,
}

impl<const RANK: usize> Idx<RANK> {
    const HEADER: usize = 4 + 4 * RANK;

    /// Reads a file. Its first bytes, not its name, tell whether it is compressed.
    pub(super) fn read(path: &Path) -> Result<Self, DataError> {
        let file = File::open(path);
        let failed = |source| DataError::Read { path: path.to_owned(), source };
        Self::read_from(path, BufReader::new(file.map_err(failed)?))
    }

    /// Reads the content of a file; `path` is its name in errors.
    pub(super) fn read_from(path: &Path, mut file: impl BufRead) -> Result<Self, DataError> {
        let failed = |source| DataError::Read { path: path.to_owned(), source };
        if file.fill_buf().map_err(failed)?.starts_with(&GZIP) {
            Self::decode(path, Members::new(file), |byte, source| {
                wrong(path, byte, "whole gzip data", source)
            })
        } else {
            Self::decode(path, file, |_, source| failed(source))
        }
    }

    /// The bytes after the header.
    pub(super) fn data(&self) -> &[u8] {
        &self.bytes[Self::HEADER..]
    }

    fn decode(
        path: &Path,
        mut source: impl Read,
        failed: impl Fn(u64, io::Error) -> DataError,
    ) -> Result<Self, DataError> {
        let wrong = |byte, expected: String, found: &str| Err(wrong(path, byte, expected, found));
        let mut bytes = Vec::new();
        let mut read = |most: u64, bytes: &mut Vec<u8>| {
            let result = source.by_ref().take(most).read_to_end(bytes);
            result.map_err(|error| failed(bytes.len() as u64, error))
        };

        read(Self::HEADER as u64, &mut bytes)?;
        let word = |i: usize| {
            let bytes = bytes.get(4 * i..4 * i + 4)?;
            bytes.try_into().ok().map(u32::from_be_bytes)
        };
        let magic = 0x0800 + RANK as u32;
        if let Some(found) = word(0).filter(|&found| found != magic) {
            let expected = format!("{magic:#010x} (idx, unsigned bytes, rank {RANK})");
            return wrong(0, expected, &format!("{found:#010x}"));
        }
        if bytes.len() < Self::HEADER {
            let expected = format!("a header of {} bytes", Self::HEADER);
            return wrong(bytes.len() as u64, expected, "the end of the file");
        }
        let sizes: [u32; RANK] = std::array::from_fn(|i| word(1 + i).unwrap_or(0));
        if let Some(i) = sizes.iter().position(|&size| size == 0) {
            return wrong(4 + 4 * i as u64, format!("a {} above 0", AXES[i]), "0");
        }
        let product = sizes.iter().try_fold(1_u64, |all, &size| all.checked_mul(size.into()));
        let Some(total) = product.filter(|&total| total <= MOST) else {
            let found = sizes.map(|size| size.to_string()).join("x");
            return wrong(4, format!("sizes of at most {MOST} bytes together"), &found);
        };

        read(total + 1, &mut bytes)?;
        let (end, whole) = (bytes.len() as u64, Self::HEADER as u64 + total);
        if end < whole {
            let found = format!("the end of the file after {}", end - Self::HEADER as u64);
            return wrong(end, format!("{total} bytes of data"), &found);
        }
        if end > whole {
            return wrong(whole, format!("the end after {total} bytes of data"), "more");
        }
        let sizes = sizes.map(|size| size as usize);
        Ok(Self { path: path.to_owned(), sizes, bytes })
    }
}

/// The error at a byte of the uncompressed content of a file.
pub(super) fn wrong(
    path: &Path,
    byte: u64,
    expected: impl Into<String>,
    found: impl ToString,
) -> DataError {
    DataError::Idx {
        path: path.to_owned(),
        byte,
        expected: expected.into(),
        found: found.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{gzip, idx};

    fn read<const RANK: usize>(bytes: &[u8]) -> Result<Idx<RANK>, DataError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        Idx::read(&path)
    }

    /// The byte and the message of a refusal, the same plain and compressed.
    fn refused<const RANK: usize>(bytes: &[u8]) -> (u64, String) {
        let [plain, zipped] =
            [bytes, &gzip(bytes)].map(|bytes| match read::<RANK>(bytes).unwrap_err() {
                DataError::Idx { byte, expected, found, .. } => {
                    (byte, format!("{expected} / {found}"))
                }
                other => panic!("{other}"),
            });
        assert_eq!(plain, zipped);
        plain
    }

    #[test]
    fn reads_plain_and_gzip_files_of_both_ranks() {
        let images = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        // Zero bytes after the gzip data are read as gzip reads them, and so is a second member.
        let padded = [&gzip(&images)[..], &[0; 512]].concat();
        let two = [gzip(&images[..7]), gzip(&images[7..])].concat();
        for file in [images.clone(), gzip(&images), padded, two] {
            let read = read::<3>(&file).unwrap();
            assert_eq!(read.sizes, [2, 1, 3]);
            assert_eq!(read.data(), [1, 2, 3, 4, 5, 6]);
            assert_eq!(read.bytes, images);
        }
        assert_eq!(read::<1>(&idx(&[2], &[7, 8])).unwrap().data(), [7, 8]);
    }

    #[test]
    fn refuses_incomplete_files_and_other_kinds() {
        let images = idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]);
        for len in [0, 3, 4, 15] {
            let found = refused::<3>(&images[..len]);
            assert_eq!(found, (len as u64, "a header of 16 bytes / the end of the file".into()));
        }
        let (byte, text) = refused::<1>(&images);
        assert_eq!(byte, 0);
        assert!(text.starts_with("0x00000801") && text.ends_with("0x00000803"), "{text}");
        assert!(refused::<3>(&idx(&[2], &[7, 8])).1.starts_with("0x00000803"));
        assert_eq!(refused::<3>(b"<html></html>").1.split(" / ").nth(1), Some("0x3c68746d"));
        let (byte, text) = refused::<3>(&images[..20]);
        assert_eq!((byte, &*text), (20, "6 bytes of data / the end of the file after 4"));
        let (byte, text) = refused::<3>(&[&images[..], &[0]].concat());
        assert_eq!((byte, &*text), (22, "the end after 6 bytes of data / more"));
    }

    #[test]
    fn refuses_invalid_headers() {
        assert_eq!(refused::<3>(&idx(&[0, 1, 3], &[])).0, 4);
        assert_eq!(refused::<3>(&idx(&[2, 0, 3], &[])).0, 8);
        assert_eq!(refused::<3>(&idx(&[2, 1, 0], &[])).0, 12);
        assert_eq!(refused::<1>(&idx(&[0], &[])), (4, "a number of items above 0 / 0".into()));
        // 2^96 does not fit a word; 2^33 does.
        for sizes in [[u32::MAX; 3], [1 << 31, 4, 1]] {
            assert_eq!(refused::<3>(&idx(&sizes, &[])).0, 4);
        }
        // Four gigabytes announced, two bytes there.
        assert_eq!(refused::<3>(&idx(&[1 << 30, 2, 2], &[1, 2])).0, 18);
    }

    #[test]
    fn refuses_damaged_gzip() {
        let good = gzip(&idx(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]));
        let end = good.len();
        let mut wrong_sum = good.clone();
        wrong_sum[end - 8] ^= 1;
        let tail = [&good[..], b"tail"].concat();
        for file in (2..end).map(|len| &good[..len]).chain([&wrong_sum[..], &tail]) {
            let error = read::<3>(file).unwrap_err();
            assert!(error.to_string().contains("expected whole gzip data"), "{error}");
        }
    }

    #[test]
    fn says_which_file_cannot_be_read() {
        let error = Idx::<1>::read(Path::new("no/such/file")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read no/such/file: "), "{error}");
    }
}
