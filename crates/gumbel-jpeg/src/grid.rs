//! The coefficients of all components on the luma's grid of blocks, frequency by frequency.

use crate::error::JpegError;
use crate::jpeg::Jpeg;
use crate::window::Window;

/// The number of channels of a [`grid`](Jpeg::grid): 64 frequencies of Y, then of Cb, then of Cr.
pub const CHANNELS: usize = 192;

/// The method that brings the coefficients of a chroma with fewer samples to the luma's grid of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chroma {
    /// The coefficients as if the chroma's samples were replicated to the luma's size (libjpeg's plain
    /// upsampling) and transformed again. This is linear in the coefficients: if a chroma block X covers several
    /// blocks of luma, part (p, q) of X is `A_p X A_q^T` with `A_p = D U_p D^T`, where D is the DCT of 8 samples
    /// and U_p selects the 8 samples of part p. No sample is computed.
    Exact,
    /// The coefficients as if the chroma's cosines were evaluated at the luma's samples and transformed again:
    /// part (p, q) of a chroma block X is `A_p X A_q^T` with `A_p = D V_p`, where D is the DCT of 8 samples and
    /// V_p has the cosines at the samples of part p. Low frequencies stay low, while replicated samples have steps
    /// between them, which give high frequencies that are not in the file.
    #[default]
    Smooth,
    /// The unchanged coefficients of the chroma block, for every block of luma that it covers. Their frequencies
    /// are those of the larger chroma block.
    Replicate,
}

impl Jpeg {
    /// The number of rows of the luma's grid of blocks, `ceil(height / 8)`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.height.div_ceil(8)
    }

    /// The number of columns of the luma's grid of blocks, `ceil(width / 8)`.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.width.div_ceil(8)
    }

    /// The dequantised coefficients on the luma's grid, as an array `[192, rows, columns]`, row-major.
    ///
    /// Channel `64 c + 8 v + u` has vertical frequency v and horizontal frequency u of component c: Y, Cb, Cr.
    /// The units are those of JPEG: an orthonormal DCT of samples minus 128, so channel `64 c` is 8 times the
    /// mean of the block. The chroma of a grey image is zero.
    ///
    /// Blocks at the right and the bottom edge include the encoder's padding beyond the image.
    ///
    /// ```
    /// use gumbel_jpeg::{Chroma, Encoding, Limits, Sampling, encode_rgb, read};
    ///
    /// let encoding = Encoding { sampling: Sampling::Quarter, quality: 100, ..Encoding::default() };
    /// let file = encode_rgb(&[200, 50, 50].repeat(32 * 16), 32, 16, &encoding)?;
    /// let jpeg = read(&file, &Limits::default())?;
    /// let grid = jpeg.grid(Chroma::Exact);
    /// assert_eq!((grid.len(), jpeg.rows(), jpeg.columns()), (192 * 2 * 4, 2, 4));
    /// // Y = 0.299 * 200 + 0.587 * 50 + 0.114 * 50 = 94.85, rounded; Cr = (200 - Y) / 1.402 + 128.
    /// assert_eq!(grid[0], 8.0 * (95.0 - 128.0));
    /// assert_eq!(grid[128 * 8], 8.0 * 75.0);
    /// # Ok::<(), gumbel_jpeg::JpegError>(())
    /// ```
    ///
    /// A network that learns from these arrays: Xu et al., "Learning in the Frequency Domain" (2020), arXiv 2002.12416.
    #[must_use]
    pub fn grid(&self, chroma: Chroma) -> Vec<f32> {
        let mut grid = vec![0.0; CHANNELS * self.rows() * self.columns()];
        self.fill(chroma, self.whole(), &mut grid);
        grid
    }

    /// Writes the array of [`grid`](Self::grid) into a buffer of `192 * rows * columns` elements.
    ///
    /// # Errors
    /// [`JpegError::Length`] if `out` has another length.
    pub fn grid_into(&self, chroma: Chroma, out: &mut [f32]) -> Result<(), JpegError> {
        self.window_into(chroma, self.whole(), out)
    }

    fn whole(&self) -> Window {
        Window { top: 0, left: 0, rows: self.rows(), columns: self.columns() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enlarge::DCT;
    use crate::{Encoding, Limits, Sampling, encode_grey, encode_rgb, read};

    fn picture(width: usize, height: usize) -> Vec<u8> {
        let value = |i: usize| ((i * 2_654_435_761) >> 7) % 61 + (i / 3 % width) * 190 / width;
        (0..width * height * 3).map(|i| value(i) as u8).collect()
    }

    /// Component `c` on the grid, computed from samples: inverse DCT, each sample replicated to the luma's
    /// size, DCT of each block of the luma.
    fn by_samples(jpeg: &Jpeg, c: usize) -> Vec<f64> {
        let component = &jpeg.components[c];
        let luma = &jpeg.components[0];
        let down = usize::from(luma.vertical / component.vertical);
        let across = usize::from(luma.horizontal / component.horizontal);
        let coefficients: Vec<i32> = component.dequantised().collect();
        let sample = |y: usize, x: usize| {
            let block = &coefficients[64 * (y / 8 * component.blocks_wide + x / 8)..][..64];
            let term = |i: usize| f64::from(block[i]) * DCT[i / 8][y % 8] * DCT[i % 8][x % 8];
            (0..64).map(term).sum::<f64>()
        };
        let (rows, columns) = (jpeg.rows(), jpeg.columns());
        let mut grid = vec![0.0; 64 * rows * columns];
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)))
        {
            for (y, x) in (0..64).map(|i| (i / 8, i % 8)) {
                let sample = sample((8 * row + y) / down, (8 * column + x) / across);
                for i in 0..64 {
                    grid[(i * rows + row) * columns + column] +=
                        sample * DCT[i / 8][y] * DCT[i % 8][x];
                }
            }
        }
        grid
    }

    #[test]
    fn exact_chroma_is_that_of_replicated_samples() {
        for (width, height, sampling) in [
            (16, 16, Sampling::Full),
            (40, 17, Sampling::Half),
            (17, 40, Sampling::HalfHeight),
            (33, 23, Sampling::Quarter),
            (70, 9, Sampling::QuarterWidth),
            (1, 1, Sampling::Quarter),
        ] {
            let encoding = Encoding { quality: 90, sampling, ..Encoding::default() };
            let file =
                encode_rgb(&picture(width, height), width, height, &encoding).expect("pixels");
            let jpeg = read(&file, &Limits::default()).expect("a good file");
            let grid = jpeg.grid(Chroma::Exact);
            let expected: Vec<f64> = (0..3).flat_map(|c| by_samples(&jpeg, c)).collect();
            assert_eq!(grid.len(), expected.len());
            for (i, (&x, &e)) in grid.iter().zip(&expected).enumerate() {
                assert!((f64::from(x) - e).abs() < 1e-4, "{sampling:?}, {i}: {x}, {e}");
            }
            assert!(grid[64 * jpeg.rows() * jpeg.columns()..].iter().any(|&x| x != 0.0));
        }
    }

    #[test]
    fn channels_are_components_and_frequencies() {
        let encoding = Encoding { sampling: Sampling::Quarter, ..Encoding::default() };
        let file = encode_rgb(&picture(50, 30), 50, 30, &encoding).expect("pixels");
        let jpeg = read(&file, &Limits::default()).expect("a good file");
        let grid = jpeg.grid(Chroma::Replicate);
        let (rows, columns) = (jpeg.rows(), jpeg.columns());
        for (c, component) in jpeg.components.iter().enumerate() {
            let coefficients: Vec<i32> = component.dequantised().collect();
            let ratio = if c == 0 { 1 } else { 2 };
            for i in 0..64 * rows * columns {
                let (frequency, row, column) =
                    (i / columns / rows, i / columns % rows, i % columns);
                let block = row / ratio * component.blocks_wide + column / ratio;
                let expected = coefficients[64 * block + frequency] as f32;
                assert_eq!(grid[64 * c * rows * columns + i], expected);
            }
        }
    }

    #[test]
    fn grey_has_no_chroma_and_a_buffer_is_filled() {
        let file = encode_grey(&picture(9, 8)[..72], 9, 8, &Encoding::default()).expect("pixels");
        let jpeg = read(&file, &Limits::default()).expect("a good file");
        let mut grid = vec![f32::NAN; 192 * 2];
        jpeg.grid_into(Chroma::Exact, &mut grid).expect("the right length");
        assert_eq!(grid, jpeg.grid(Chroma::Replicate));
        assert!(grid[..128].iter().any(|&x| x != 0.0) && grid[128..].iter().all(|&x| x == 0.0));
        let error = jpeg.grid_into(Chroma::Exact, &mut grid[1..]).unwrap_err();
        assert_eq!(error, JpegError::Length { argument: "out", expected: 384, found: 383 });
    }
}
