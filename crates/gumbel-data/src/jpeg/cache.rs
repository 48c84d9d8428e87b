//! Caches what was read from the files of a folder in one file, which is read back much faster.
//!
//! ```text
//! MAGIC, the key (32 bytes), the sha256 of the rest (32 bytes)
//! each file, in the order of the listing: its record, see `record.rs`
//! ```
//!
//! At most 32 x 32 blocks of an image are kept, or the set's grid if it has more, so one cache serves all
//! smaller grids.
//!
//! The key is the sha256 of everything that determines the records: the version, what is kept of an image,
//! and each file's path, size and time of change. It is also in the name of the cache's file, so a folder that
//! has changed has another cache; old files may be deleted at any time. (A JPEG replaced by one of the same
//! size and the same time, to the nanosecond, is not noticed.) A cache that is incomplete or was changed is
//! not used, and its records are not trusted: they are checked too.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use gumbel_files::digest::hexadecimal;
use gumbel_files::output::write as write_file;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::files::Found;
use super::image::JpegImage;
use super::options::{Content, LoadOptions};
use super::record::{Reader, decode, encode, push_part};
use super::report::LeftOut;

const MAGIC: &[u8; 16] = b"gumbel JPEGs 2\r\n";
const HEADER: usize = MAGIC.len() + 64;
/// Records that are encoded at a time.
const CHUNK: usize = 1_024;

/// The cache of some files and one kind of content.
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
        let (rows, columns) = options.cached_grid();
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

    /// The images of the files and the files left out, decoded from the records by `pool`.
    pub(super) fn decode(
        &self,
        bytes: &[u8],
        files: &[Found],
        options: &LoadOptions,
        pool: &rayon::ThreadPool,
    ) -> std::io::Result<Vec<Result<JpegImage, LeftOut>>> {
        let (header, body) = bytes.split_at_checked(HEADER).ok_or_else(|| damaged("the end"))?;
        let (start, sum) = header.split_at(HEADER - 32);
        if start != [MAGIC.as_slice(), &self.key].concat() {
            return Err(damaged("its beginning"));
        }
        if sum != Sha256::digest(body).as_slice() {
            return Err(damaged("its sha256"));
        }
        let mut reader = Reader(body);
        let records = files
            .iter()
            .map(|file| Some((file, reader.part()?)))
            .collect::<Option<Vec<_>>>()
            .filter(|_| reader.0.is_empty());
        let records = records.ok_or_else(|| damaged("the number of records"))?;
        let image = |&(file, record): &(&Found, &[u8])| {
            decode(record, file, options.content).ok_or_else(|| damaged("a record"))
        };
        pool.install(|| records.par_iter().map(image).collect())
    }

    pub(super) fn write(
        &self,
        images: &[Result<JpegImage, LeftOut>],
        pool: &rayon::ThreadPool,
    ) -> Result<(), String> {
        let mut bytes = [MAGIC.as_slice(), &self.key, &[0; 32]].concat();
        for images in images.chunks(CHUNK) {
            let records: Vec<Vec<u8>> = pool.install(|| images.par_iter().map(encode).collect());
            records.iter().for_each(|record| push_part(&mut bytes, record));
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
