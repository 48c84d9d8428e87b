//! What is loaded of a folder, how much of an image is kept, and the reports of progress.

use std::path::PathBuf;

use super::split::Parts;
use crate::error::DataError;

/// The most rows and columns of blocks of a set, unless the options have a grid.
pub(super) const MOST: (usize, usize) = (32, 32);
/// The most rows and columns of blocks that a JPEG can have.
const JPEG_MOST: usize = 65_536 / 8;

/// The form in which images are loaded: coefficients or pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// Quantised DCT coefficients.
    #[default]
    Coefficients,
    /// Decoded pixels in red, green and blue.
    Pixels,
}

/// Options for loading a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// The form in which the images are loaded.
    pub content: Content,
    /// The parts that are loaded.
    pub parts: Parts,
    /// Decides which training images are set aside where a part has no folder.
    pub seed: u64,
    /// Whether a file that cannot be read is an error rather than left out.
    pub strict: bool,
    /// Rows and columns of blocks, each 1 to 8,192; `None`: the most frequent grid.
    pub grid: Option<(usize, usize)>,
    /// The folder of the cache; `None` for no cache. Grids up to 32 x 32 share one file of it.
    pub cache: Option<PathBuf>,
    /// The number of threads that read, at least one; the number changes nothing but the time.
    pub threads: usize,
}

impl Default for LoadOptions {
    /// Coefficients, all parts, seed 0, files that cannot be read left out, the grid of most images, no cache, one
    /// thread.
    fn default() -> Self {
        Self {
            content: Content::Coefficients,
            parts: Parts::All,
            seed: 0,
            strict: false,
            grid: None,
            cache: None,
            threads: 1,
        }
    }
}

/// The progress of loading. The threads that read report it, so `done` may come out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadProgress {
    /// The JPEGs of the folder are listed.
    Found {
        /// The number of JPEGs in the folder.
        files: usize,
    },
    /// All images are read from the cache.
    Cache {
        /// The size of the cache's file in bytes.
        bytes: u64,
    },
    /// A file is read.
    Read {
        /// The number of files read or left out so far.
        done: usize,
        /// The number of all files.
        total: usize,
    },
}

impl LoadOptions {
    /// Checks that the grid is one that an image can have.
    pub(super) fn check_grid(&self) -> Result<(), DataError> {
        match self.grid {
            Some(found)
                if ![found.0, found.1].iter().all(|side| (1..=JPEG_MOST).contains(side)) =>
            {
                Err(DataError::Grid { found })
            }
            _ => Ok(()),
        }
    }

    /// The most rows and columns of blocks that are kept of an image.
    pub(super) fn kept_grid(&self) -> (usize, usize) {
        self.grid.unwrap_or(MOST)
    }

    /// The most rows and columns of blocks that a cache keeps of an image: at least [`MOST`], so that one cache
    /// serves all grids up to that.
    pub(super) fn cached_grid(&self) -> (usize, usize) {
        let (rows, columns) = self.kept_grid();
        (rows.max(MOST.0), columns.max(MOST.1))
    }
}
