//! What was read of the files of a folder, in one file that is read back much faster.
//!
//! ```text
//! MAGIC, the key (32 bytes), the sha256 of the rest (32 bytes)
//! each file, in the order of the listing: its record, see `record`
//! ```
//!
//! The key is the sha256 of everything that the records follow from: the version, what is kept of an image,
//! and each file's path, size and time of change. It names the file too, so a folder that has changed has
//! another cache; files of earlier ones may be deleted at any time. A file that is not whole, or was
//! changed, is not used; what its records say is checked as if they came from anywhere.

use std::fmt;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use gumbel_jpeg::Jpeg;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::files::Found;
use super::image::{Kept, Picture};
use super::load::{Outcome, most};
use super::{Content, LoadOptions};
use crate::digest::hexadecimal;
use crate::run::write_file;

const MAGIC: &[u8; 16] = b"gumbel JPEGs 1\r\n";
const HEADER: usize = MAGIC.len() + 64;
/// Records that are made at a time.
const CHUNK: usize = 1_024;

/// What became of the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CacheUse {
    /// None was asked for.
    #[default]
    Off,
    /// The images came out of it.
    Used,
    /// It was written.
    Written {
        /// What was wrong with the one that was there.
        replaced: Option<String>,
    },
    /// It could not be written; the images were read all the same.
    Failed {
        /// Why not.
        error: String,
    },
}

impl fmt::Display for CacheUse {
    /// Something to note, or nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off | Self::Used | Self::Written { replaced: None } => Ok(()),
            Self::Written { replaced: Some(why) } => write!(f, "cache made again: {why}"),
            Self::Failed { error } => write!(f, "cache not written: {error}"),
        }
    }
}

/// The cache of some files, read in some way.
#[derive(Debug)]
pub(super) struct Cache {
    key: [u8; 32],
    path: PathBuf,
}

impl Cache {
    pub(super) fn new(folder: &Path, files: &[Found], options: &LoadOptions) -> Self {
        let mut hasher = Sha256::new();
        let content = match options.content {
            Content::Coefficients => "coefficients",
            Content::Pixels => "pixels",
        };
        let (rows, columns) = most(options);
        let version = env!("CARGO_PKG_VERSION");
        hasher.update(format!("{version} {content} {rows}x{columns}\n"));
        for file in files {
            hasher.update(&file.name);
            hasher.update([0]);
            hasher.update(file.size.to_le_bytes());
            hasher.update(file.modified.to_le_bytes());
        }
        let key: [u8; 32] = hasher.finalize().into();
        let path = folder.join(format!("jpeg-{}.cache", hexadecimal(&key)));
        Self { key, path }
    }

    /// The cache's file, if there is one.
    pub(super) fn bytes(&self) -> std::io::Result<Option<Vec<u8>>> {
        match std::fs::read(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// What its records say of `count` files. `pool` decodes them.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        count: usize,
        options: &LoadOptions,
        pool: &rayon::ThreadPool,
    ) -> std::io::Result<Vec<Outcome>> {
        let (header, body) = bytes.split_at_checked(HEADER).ok_or_else(|| damaged("the end"))?;
        let (start, sum) = header.split_at(HEADER - 32);
        if start != [MAGIC.as_slice(), &self.key].concat() {
            return Err(damaged("its beginning"));
        }
        if sum != Sha256::digest(body).as_slice() {
            return Err(damaged("its sha256"));
        }
        let mut reader = Reader(body);
        let records = (0..count)
            .map(|_| reader.part())
            .collect::<Option<Vec<_>>>()
            .filter(|_| reader.0.is_empty());
        let records = records.ok_or_else(|| damaged("the number of records"))?;
        let outcome = |record: &&[u8]| outcome(record, options).ok_or_else(|| damaged("a record"));
        pool.install(|| records.par_iter().map(outcome).collect())
    }

    pub(super) fn write(
        &self,
        outcomes: &[Outcome],
        pool: &rayon::ThreadPool,
    ) -> Result<(), String> {
        let mut bytes = [MAGIC.as_slice(), &self.key, &[0; 32]].concat();
        for outcomes in outcomes.chunks(CHUNK) {
            let records: Vec<Vec<u8>> = pool.install(|| outcomes.par_iter().map(record).collect());
            records.iter().for_each(|record| part(&mut bytes, record));
        }
        let sum = Sha256::digest(&bytes[HEADER..]);
        bytes[HEADER - 32..HEADER].copy_from_slice(&sum);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        write_file(&self.path, &bytes).map_err(|error| error.to_string())
    }
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("{what} is not as it was written"))
}

/// `0`, kind and error; or `1`, the file's sum and size, the grid, the origin, `2` and the sparse form or
/// `3` and width, height and pixels. Integers are little-endian, 8 bytes long, as are the lengths before
/// parts.
fn record(outcome: &Outcome) -> Vec<u8> {
    let mut bytes = Vec::new();
    match outcome {
        Outcome::LeftOut { kind, error } => {
            bytes.push(0);
            part(&mut bytes, kind.as_bytes());
            part(&mut bytes, error.as_bytes());
        }
        Outcome::Read { sum, bytes: size, picture: Picture { grid, origin, kept } } => {
            bytes.push(1);
            bytes.extend(sum);
            bytes.extend(size.to_le_bytes());
            [grid.0, grid.1, origin.0, origin.1].iter().for_each(|&n| number(&mut bytes, n));
            match kept {
                Kept::Coefficients(jpeg) => {
                    bytes.push(2);
                    part(&mut bytes, &jpeg.to_sparse());
                }
                Kept::Pixels { width, height, rgb } => {
                    bytes.push(3);
                    [*width, *height].iter().for_each(|&n| number(&mut bytes, n));
                    part(&mut bytes, rgb);
                }
            }
        }
    }
    bytes
}

/// The same backwards, if the record is one of a file that was read in this way.
fn outcome(record: &[u8], options: &LoadOptions) -> Option<Outcome> {
    let mut reader = Reader(record);
    let outcome = match reader.byte()? {
        0 => Outcome::LeftOut { kind: reader.text()?, error: reader.text()? },
        1 => {
            let sum = reader.array()?;
            let bytes = u64::from_le_bytes(reader.array()?);
            let grid = (reader.number()?, reader.number()?);
            let origin = (reader.number()?, reader.number()?);
            let (kept, rows, columns) = match (reader.byte()?, options.content) {
                (2, Content::Coefficients) => {
                    let jpeg = Jpeg::from_sparse(reader.part()?).ok()?;
                    let (rows, columns) = (jpeg.rows(), jpeg.columns());
                    (Kept::Coefficients(jpeg), rows, columns)
                }
                (3, Content::Pixels) => {
                    let (width, height) = (reader.number()?, reader.number()?);
                    let rgb = reader.part()?.to_vec();
                    let size = width.checked_mul(height)?.checked_mul(3)?;
                    if size == 0 || rgb.len() != size {
                        return None;
                    }
                    (Kept::Pixels { width, height, rgb }, height.div_ceil(8), width.div_ceil(8))
                }
                _ => return None,
            };
            let inside = |origin: usize, kept: usize, all: usize| {
                all <= 8_192 && origin.checked_add(kept).is_some_and(|end| end <= all)
            };
            if !inside(origin.0, rows, grid.0) || !inside(origin.1, columns, grid.1) {
                return None;
            }
            Outcome::Read { sum, bytes, picture: Picture { grid, origin, kept } }
        }
        _ => return None,
    };
    reader.0.is_empty().then_some(outcome)
}

fn number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend((number as u64).to_le_bytes());
}

fn part(bytes: &mut Vec<u8>, part: &[u8]) {
    number(bytes, part.len());
    bytes.extend(part);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.array()?)).ok()
    }

    fn part(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.part()?.to_vec()).ok()
    }
}
