//! The outcome of reading one file of a set, and how much of an image is kept.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use gumbel_jpeg::Limits;
use sha2::{Digest, Sha256};

use super::assemble::MOST;
use super::image::Picture;
use super::{Content, LoadOptions};

/// The outcome of reading a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Read {
        /// The sha256 of the file.
        sum: [u8; 32],
        bytes: u64,
        picture: Picture,
    },
    LeftOut {
        kind: String,
        error: String,
    },
}

impl Outcome {
    pub(super) fn of(bytes: &[u8], content: Content, most: (usize, usize)) -> Self {
        match Picture::read(bytes, content, most) {
            Ok(picture) => {
                Self::Read { sum: Sha256::digest(bytes).into(), bytes: bytes.len() as u64, picture }
            }
            Err(error) => Self::LeftOut { kind: error.kind().to_owned(), error: error.to_string() },
        }
    }

    pub(super) fn of_file(path: &Path, content: Content, most: (usize, usize)) -> Self {
        // One byte more than the limit: the reader then says that the file is too large.
        let limit = Limits::default().bytes as u64 + 1;
        let mut bytes = Vec::new();
        match File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
            Ok(_) => Self::of(&bytes, content, most),
            Err(error) => Self::LeftOut { kind: "unreadable".into(), error: error.to_string() },
        }
    }

    /// Keeps at most `most` rows and columns around the centre of the image.
    pub(super) fn within(self, most: (usize, usize)) -> Self {
        match self {
            Self::Read { sum, bytes, picture } => {
                Self::Read { sum, bytes, picture: picture.within(most) }
            }
            left_out @ Self::LeftOut { .. } => left_out,
        }
    }
}

/// The most rows and columns of blocks that a cache keeps of an image: at least [`MOST`], so that one cache
/// serves all grids up to that.
pub(super) fn cached_grid(options: &LoadOptions) -> (usize, usize) {
    let (rows, columns) = kept_grid(options);
    (rows.max(MOST.0), columns.max(MOST.1))
}

/// The most rows and columns of blocks that are kept of an image.
pub(super) fn kept_grid(options: &LoadOptions) -> (usize, usize) {
    options.grid.unwrap_or(MOST)
}
