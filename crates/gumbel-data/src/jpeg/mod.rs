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
//! # From a file to an input
//!
//! A file is decoded to a [`Jpeg`](gumbel_jpeg::Jpeg), or to an [`Rgb`](gumbel_jpeg::Rgb). A [`JpegImage`] keeps it with
//! its class and path, in the cache and in the set. [`JpegImage::coefficients_into`] and [`JpegImage::pixels_into`]
//! write it into a row of a network's input.
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
mod options;
mod read;
mod record;
mod report;
mod set;
mod smoke;
mod split;
mod statistics;
#[cfg(test)]
mod tests;

pub use image::JpegImage;
pub use options::{Content, LoadOptions, LoadProgress};
pub use report::lines as left_out_lines;
pub use report::{CacheUse, LeftOut, LeftOutCount, LoadReport};
pub use set::{JpegPart, JpegSet};
pub use split::{Part, Parts};
pub use statistics::{LEAST_DEVIATION, channel_moments, nonzero_counts};
