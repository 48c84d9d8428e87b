//! One image: quantised coefficients or pixels, and their blocks on a grid.

use gumbel_jpeg::{CHANNELS, Chroma, Jpeg, Rgb, Window};

/// An image of a set.
#[derive(Clone, Debug, PartialEq)]
pub struct JpegImage {
    /// The path from the folder of the set, with `/` between its parts; bytes that are not UTF-8 are
    /// replaced.
    pub file: String,
    /// The index of the image's class.
    pub class: usize,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The sha256 of the file.
    pub(super) sum: [u8; 32],
    /// Rows and columns of the whole image.
    pub(super) grid: (usize, usize),
    /// The row and the column of the first block that is kept.
    pub(super) origin: (usize, usize),
    pub(super) kept: Kept,
}

/// What is kept of an image: at most a window of its grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kept {
    Coefficients(Jpeg),
    Pixels(Rgb),
}

impl Kept {
    /// Rows and columns of blocks.
    pub(super) fn grid(&self) -> (usize, usize) {
        match self {
            Self::Coefficients(jpeg) => (jpeg.rows(), jpeg.columns()),
            Self::Pixels(Rgb { width, height, .. }) => (height.div_ceil(8), width.div_ceil(8)),
        }
    }
}

impl JpegImage {
    /// The number of rows of blocks of the whole image, `ceil(height / 8)`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.grid.0
    }

    /// The number of columns of blocks of the whole image, `ceil(width / 8)`.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.grid.1
    }

    /// A window around the centre of the whole image, relative to the part that is kept.
    pub(super) fn window(&self, rows: usize, columns: usize) -> Window {
        let window = Window::centred(self.grid, (rows, columns));
        Window {
            top: window.top - self.origin.0 as isize,
            left: window.left - self.origin.1 as isize,
            ..window
        }
    }

    /// The quantised coefficients as the file holds them; of a large image only the blocks around its
    /// centre. `None` if the set was loaded as pixels.
    #[must_use]
    pub fn jpeg(&self) -> Option<&Jpeg> {
        match &self.kept {
            Kept::Coefficients(jpeg) => Some(jpeg),
            Kept::Pixels(_) => None,
        }
    }

    /// The number of quantised coefficients of each channel that are not 0, as the file holds them.
    ///
    /// # Panics
    /// If the set was loaded as pixels.
    #[must_use]
    pub fn nonzero(&self) -> [u32; CHANNELS] {
        let jpeg = self.jpeg().expect("nonzero: the set was loaded as pixels");
        let mut counts = [0; CHANNELS];
        for (component, counts) in jpeg.components().iter().zip(counts.chunks_exact_mut(64)) {
            for block in component.coefficients().chunks_exact(64) {
                counts.iter_mut().zip(block).for_each(|(n, &x)| *n += u32::from(x != 0));
            }
        }
        counts
    }

    /// The number of bits that the channels marked in `keep` take: see [`Jpeg::coded_bits`].
    ///
    /// # Panics
    /// If the set was loaded as pixels.
    #[must_use]
    pub fn coded_bits(&self, keep: &[bool; CHANNELS]) -> u64 {
        self.jpeg().expect("coded_bits: the set was loaded as pixels").coded_bits(keep)
    }

    /// Writes the dequantised coefficients into an array `[192, rows, columns]`, chroma as
    /// [`Chroma::Smooth`], in JPEG's own units.
    ///
    /// An image with another grid than `rows` x `columns` is cut to the blocks around its centre, or gets
    /// blocks of zeros, which are mid-grey, around it. Blocks outside the grid with which the set was loaded
    /// are zero.
    ///
    /// # Panics
    /// If `out` has another length, or the set was loaded as pixels.
    pub fn coefficients_into(&self, rows: usize, columns: usize, out: &mut [f32]) {
        let Kept::Coefficients(jpeg) = &self.kept else {
            panic!("coefficients_into: the set was loaded as pixels");
        };
        assert_eq!(out.len(), CHANNELS * rows * columns, "the length of out");
        let window = self.window(rows, columns);
        jpeg.window_into(Chroma::Smooth, window, out).expect("the length was checked");
    }

    /// Writes red, green and blue into an array `[8 rows, 8 columns, 3]`, of the same blocks as
    /// [`coefficients_into`](Self::coefficients_into) takes.
    ///
    /// Blocks beyond the image are 128, which is mid-grey. A block that the image fills only in part is
    /// filled up with the image's last pixels, as encoders do.
    ///
    /// # Panics
    /// If `out` has another length, or the set was loaded as coefficients.
    pub fn pixels_into(&self, rows: usize, columns: usize, out: &mut [u8]) {
        let Kept::Pixels(Rgb { width, height, pixels: rgb }) = &self.kept else {
            panic!("pixels_into: the set was loaded as coefficients");
        };
        assert_eq!(out.len(), 8 * rows * 8 * columns * 3, "the length of out");
        if out.is_empty() {
            return;
        }
        let window = self.window(rows, columns);
        out.fill(128);
        let (left, right, start) = span(window.left, columns, *width);
        let (above, below, top) = span(window.top, rows, *height);
        for (y, line) in out.chunks_exact_mut(8 * columns * 3).enumerate() {
            if left == right || !(above..below).contains(&y) {
                continue;
            }
            let row = (top + y - above).min(height - 1);
            let pixels = &rgb[3 * (row * width + start)..3 * (row + 1) * width];
            let (line, pixels) = (&mut line[3 * left..3 * right], pixels.as_chunks::<3>().0);
            let (line, rest) =
                line.as_chunks_mut::<3>().0.split_at_mut(pixels.len().min(right - left));
            line.copy_from_slice(&pixels[..line.len()]);
            rest.fill(pixels[pixels.len() - 1]);
        }
    }
}

/// The pixels that an image has in a window of `blocks` blocks from its block `start` on, its last block filled
/// up: the first and the end of them in the window, and the place of the first in the image.
fn span(start: isize, blocks: usize, size: usize) -> (usize, usize, usize) {
    let first = start.min(0).unsigned_abs().min(blocks);
    let from = start.max(0) as usize;
    let count = size.div_ceil(8).saturating_sub(from).min(blocks - first);
    (8 * first, 8 * (first + count), 8 * from)
}
