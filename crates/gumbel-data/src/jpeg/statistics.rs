//! Statistics of each channel over the images of a part.

use gumbel_jpeg::CHANNELS;
use rayon::prelude::*;

use super::image::JpegImage;
use super::load::pool;
use super::set::JpegPart;
use crate::error::DataError;

/// The least deviation of a channel: one unit, the finest step of quantisation.
///
/// Division by its own deviation would blow up a channel that is nearly constant.
pub const LEAST_DEVIATION: f64 = 1.0;

/// Images whose sums are held at a time.
const CHUNK: usize = 1_024;

/// The mean and the deviation of each channel of a grid, over all blocks of all images.
///
/// ```text
/// mean_c = sum x_c / n,   deviation_c = max(sqrt(sum (x_c - mean_c)^2 / n), 1)
/// ```
///
/// `n` is the number of images times `rows * columns`; units are JPEG's own. A channel of one value v has
/// mean v exactly, so that its normalised value `(x - mean) / deviation` is 0. The sums are taken image by
/// image in their order (T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating formulae and a pairwise
/// algorithm for computing sample variances", 1979), so the bits do not depend on `threads`. Without images
/// the means are 0 and the deviations 1.
///
/// ```
/// use gumbel_data::jpeg::{JpegSet, LoadOptions, channel_moments};
///
/// let set = JpegSet::smoke(&LoadOptions::default())?;
/// let (mean, deviation) = channel_moments(&set.train, set.rows, set.columns, 1)?;
/// assert!(mean[0] < -100.0 && deviation[0] > 100.0);
/// // Grey images: the chroma is 0 throughout.
/// assert_eq!((mean[64], deviation[64]), (0.0, 1.0));
/// # Ok::<(), gumbel_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Threads`] if the system refuses a thread.
///
/// # Panics
/// If the set was loaded as pixels.
pub fn channel_moments(
    part: &JpegPart,
    rows: usize,
    columns: usize,
    threads: usize,
) -> Result<([f64; CHANNELS], [f64; CHANNELS]), DataError> {
    let blocks = rows * columns;
    let pool = pool(threads)?;
    let of_image = |grid: &mut Vec<f32>, image: &JpegImage| {
        image.coefficients_into(rows, columns, grid);
        let moments = |plane: &[f32]| {
            let first = f64::from(plane[0]);
            // Relative to the first value: the mean of equal values is exact.
            let sum: f64 = plane.iter().map(|&x| f64::from(x) - first).sum();
            let mean = first + sum / blocks as f64;
            (mean, plane.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>())
        };
        grid.chunks_exact(blocks).map(moments).collect::<Vec<_>>()
    };
    let mut all = [(0.0, 0.0); CHANNELS];
    let mut count = 0.0;
    if blocks > 0 {
        for images in part.images.chunks(CHUNK) {
            let sums: Vec<Vec<(f64, f64)>> = pool.install(|| {
                let grid = || vec![0.0; CHANNELS * blocks];
                images.par_iter().map_init(grid, of_image).collect()
            });
            for image in sums {
                let added = blocks as f64;
                let share = added / (count + added);
                for ((mean, squares), (other, more)) in all.iter_mut().zip(image) {
                    let apart = other - *mean;
                    *mean += apart * share;
                    *squares += more + apart * apart * count * share;
                }
                count += added;
            }
        }
    }
    let deviation = |squares: f64| (squares / count.max(1.0)).sqrt().max(LEAST_DEVIATION);
    Ok((all.map(|(mean, _)| mean), all.map(|(_, squares)| deviation(squares))))
}

/// Counts the quantised coefficients that are not 0: for each channel, the mean number in an image.
///
/// Coefficients are counted as the files hold them: a chroma with a quarter of the samples has a quarter of
/// the blocks. Of an image larger than the grid, only the kept blocks count. The cost of a channel in a file
/// grows with this number: JPEG spends bits on coefficients that are not 0, and few on runs of zeros. Without
/// images the numbers are 0.
///
/// ```
/// use gumbel_data::jpeg::{JpegSet, LoadOptions, nonzero_counts};
///
/// let set = JpegSet::smoke(&LoadOptions::default())?;
/// let counts = nonzero_counts(&set.train, 1)?;
/// // 16 blocks; the highest frequency is never worth a bit.
/// assert!(counts[0] > 15.0 && counts[0] <= 16.0 && counts[63] < 0.1 && counts[64] == 0.0);
/// # Ok::<(), gumbel_data::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::Threads`] if the system refuses a thread.
///
/// # Panics
/// If the set was loaded as pixels.
pub fn nonzero_counts(part: &JpegPart, threads: usize) -> Result<[f64; CHANNELS], DataError> {
    let of_image = |image: &JpegImage| image.nonzero().map(u64::from);
    let add = |mut a: [u64; CHANNELS], b: [u64; CHANNELS]| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    // The sum of integers is the same in any order.
    let sums = pool(threads)?
        .install(|| part.images.par_iter().map(of_image).reduce(|| [0; CHANNELS], add));
    Ok(sums.map(|sum| sum as f64 / part.len().max(1) as f64))
}
