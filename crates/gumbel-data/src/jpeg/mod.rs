//! Folders of classes with JPEGs, for networks that read DCT coefficients or pixels.
//!
//! ```text
//! DIR/train/CLASS/*.jpg   DIR/validation/CLASS/*.jpg   DIR/test/CLASS/*.jpg
//! DIR/CLASS/*.jpg
//! ```
//!
//! `val` and `valid` are other names for `validation`. A part without a folder is drawn from the training
//! images by the seed, class by class: one in ten for validation, 5,000 at most, and one in ten for the test.
//! All parts have the same classes, in the order of their names. The extensions are `.jpg`, `.jpeg` and
//! `.jpe` in any case; folders within a class belong to it; hidden files are ignored, and others counted.
//!
//! To evaluate an existing model, [`Parts::TestOnly`] loads only the test images: those of `DIR/test`,
//! whatever else `DIR` holds, or all images of a `DIR` without folders of parts. Nothing is drawn then, the
//! other parts are empty, and a class may have no image.
//!
//! # One grid for all
//!
//! A network needs inputs of one size. The grid of a set, in blocks of 8x8 pixels, is the most frequent grid
//! of its images (the smaller grid of a tie), at most 32 x 32, or [`LoadOptions::grid`]. Images of other
//! sizes are cut to the blocks around their centre, or get blank blocks around them. Nothing is scaled. The
//! report counts images that were cut and images that were filled up.
//!
//! # The size of an input
//!
//! Xu et al. (2020) measure the input of a network relative to the RGB image of `3 H W` values: c channels
//! of a grid of `H/8 x W/8` blocks are `c / 192` of it. But their grid is that of an image of twice the
//! size, with four times the blocks: 24 channels of 56x56 against 3 x 224 x 224 are 0.5. So the size is
//! `channels * rows * columns / (3 * H * W)`, where H and W are those of the RGB network's own input. The
//! cost of the channels in a file is another measure: [`nonzero_counts`].
//!
//! # Memory
//!
//! Coefficients are kept as the file has them, 2 bytes each, chroma at its own resolution: 3 bytes a pixel
//! for 4:2:0. Pixels take 3 bytes. Of an image beyond the grid (beyond 32 x 32 blocks, if no grid is
//! given) only the blocks around the centre are kept.
//!
//! K. Xu et al., "Learning in the Frequency Domain", CVPR 2020, arXiv 2002.12416.

mod assemble;
mod cache;
mod files;
mod image;
mod load;
mod outcome;
mod record;
mod report;
mod smoke;
mod split;
mod statistics;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use cache::CacheUse;
pub use image::JpegImage;
pub use report::lines as left_out_lines;
pub use report::{LeftOut, LeftOutCount, LoadReport};
pub use split::{Part, Parts};
pub use statistics::{LEAST_DEVIATION, channel_moments, nonzero_counts};

use super::DataError;

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

/// The images of one part of a set, in the order of their paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JpegPart {
    /// The images.
    pub images: Vec<JpegImage>,
}

impl JpegPart {
    /// The number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// The class of each image.
    #[must_use]
    pub fn labels(&self) -> Vec<usize> {
        self.images.iter().map(|image| image.class).collect()
    }
}

/// A set of JPEGs in three parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JpegSet {
    /// The last part of the folder's path, or `digits-jpeg`.
    pub name: String,
    /// The folder that the set was loaded from, or `embedded`.
    pub origin: String,
    /// The sha256, in hexadecimal, of the grid and of each image's part, class, path and file. Coefficients
    /// and pixels of the same files have the same sum.
    pub sha256: String,
    /// The form in which the images were loaded.
    pub content: Content,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The number of rows of blocks in the grid of the set, to which images are cut or filled up.
    pub rows: usize,
    /// The number of columns of blocks in the grid of the set.
    pub columns: usize,
    /// The training images.
    pub train: JpegPart,
    /// The images by which settings are chosen.
    pub validation: JpegPart,
    /// The images of the reported results.
    pub test: JpegPart,
    /// The report about the files: images of each part and grid, files left out, the cache.
    pub report: LoadReport,
}

impl JpegSet {
    /// Loads a folder of classes; see the [module](self) for its layout.
    ///
    /// A file that is not a JPEG, is damaged, or is of a kind that is not read (CMYK, arithmetic coding, ..)
    /// is left out, and counted and named in the report. The result does not depend on the number of
    /// threads, nor, except for the report's note, on the cache.
    ///
    /// ```no_run
    /// use gumbel_data::jpeg::{JpegSet, LoadOptions};
    ///
    /// let options = LoadOptions { threads: 2, cache: Some("cache".into()), ..LoadOptions::default() };
    /// let set = JpegSet::load("photographs".as_ref(), &options, &|_| ())?;
    /// println!("{}: {} classes\n{}", set.name, set.classes.len(), set.report);
    /// # Ok::<(), gumbel_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// A folder that cannot be read, has fewer than two classes, no images, parts with different classes, a
    /// class without training images or a part without images; if only the test images are loaded, no image,
    /// or folders of other parts without one of test; with `strict`, the first file that cannot be read, in
    /// the order of the paths; a grid out of range.
    pub fn load(
        dir: &Path,
        options: &LoadOptions,
        progress: &(dyn Fn(LoadProgress) + Sync),
    ) -> Result<Self, DataError> {
        load::load(dir, options, progress)
    }

    /// The embedded digits as JPEGs of 32x32 pixels, 1,297 to train, 250 to validate and 250 to test: a set
    /// for smoke tests of commands, not a benchmark.
    ///
    /// Each image of 8x8 is enlarged bilinearly, written at quality 85 and read back as a file is. The
    /// images are grey, so the 128 channels of chroma are 0. Only the options `content`, `parts`, `seed`,
    /// `grid` and `threads` have an effect; the seed decides which images go to which part.
    ///
    /// ```
    /// use gumbel_data::jpeg::{JpegSet, LoadOptions};
    ///
    /// let set = JpegSet::smoke(&LoadOptions::default())?;
    /// assert_eq!((set.train.len(), set.rows, set.columns), (1_297, 4, 4));
    /// let mut grid = vec![0.0; 192 * set.rows * set.columns];
    /// set.train.images[0].coefficients_into(set.rows, set.columns, &mut grid);
    /// assert!(grid.iter().any(|&x| x != 0.0));
    /// # Ok::<(), gumbel_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// A grid out of range, or a thread that the system refuses to start.
    pub fn smoke(options: &LoadOptions) -> Result<Self, DataError> {
        smoke::smoke(options)
    }
}
