//! One image: quantised coefficients or pixels, and their blocks on a grid.

use gumbel_jpeg::{CHANNELS, Chroma, Jpeg, JpegError, Limits, Window, decode_rgb, read};

use super::Content;

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
    pub(super) picture: Picture,
}

/// The part of an image that is kept: at most a window of its grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Picture {
    /// Rows and columns of the whole image.
    pub(super) grid: (usize, usize),
    /// The row and the column of the first block that is kept.
    pub(super) origin: (usize, usize),
    pub(super) kept: Kept,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kept {
    Coefficients(Jpeg),
    Pixels {
        width: usize,
        height: usize,
        /// `[height, width, 3]`.
        rgb: Vec<u8>,
    },
}

impl Picture {
    /// Reads a file and keeps at most `most` rows and columns of blocks around the centre.
    pub(super) fn read(
        bytes: &[u8],
        content: Content,
        most: (usize, usize),
    ) -> Result<Self, JpegError> {
        let (grid, kept) = match content {
            Content::Coefficients => {
                let jpeg = read(bytes, &Limits::default())?;
                ((jpeg.rows(), jpeg.columns()), Kept::Coefficients(jpeg))
            }
            Content::Pixels => {
                let image = decode_rgb(bytes, &Limits::default())?;
                let (width, height) = (image.width, image.height);
                let kept = Kept::Pixels { width, height, rgb: image.pixels };
                ((height.div_ceil(8), width.div_ceil(8)), kept)
            }
        };
        Ok(Self { grid, origin: (0, 0), kept }.within(most))
    }

    /// Keeps at most `most` rows and columns around the centre of the whole image: the same as if the file
    /// were read so.
    pub(super) fn within(self, most: (usize, usize)) -> Self {
        let Self { grid, origin, .. } = self;
        let window = self.window(most.0, most.1);
        let (start, kept) = match self.kept {
            Kept::Coefficients(jpeg) if jpeg.rows() > most.0 || jpeg.columns() > most.1 => {
                let (jpeg, start) = jpeg.crop(window).unwrap_or((jpeg, (0, 0)));
                (start, Kept::Coefficients(jpeg))
            }
            Kept::Pixels { width, height, rgb } if height > 8 * most.0 || width > 8 * most.1 => {
                let (top, left) = (window.top.max(0) as usize, window.left.max(0) as usize);
                let (below, across) =
                    ((height - 8 * top).min(8 * most.0), (width - 8 * left).min(8 * most.1));
                let line = |y: usize| &rgb[3 * ((8 * top + y) * width + 8 * left)..][..3 * across];
                let rgb = (0..below).flat_map(line).copied().collect();
                ((top, left), Kept::Pixels { width: across, height: below, rgb })
            }
            kept => ((0, 0), kept),
        };
        Self { grid, origin: (origin.0 + start.0, origin.1 + start.1), kept }
    }

    /// A window around the centre of the whole image, relative to the part that is kept.
    fn window(&self, rows: usize, columns: usize) -> Window {
        let window = Window::centred(self.grid, (rows, columns));
        Window {
            top: window.top - self.origin.0 as isize,
            left: window.left - self.origin.1 as isize,
            ..window
        }
    }
}

impl JpegImage {
    /// The number of rows of blocks of the whole image, `ceil(height / 8)`.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.picture.grid.0
    }

    /// The number of columns of blocks of the whole image, `ceil(width / 8)`.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.picture.grid.1
    }

    /// The quantised coefficients as the file holds them; of a large image only the blocks around its
    /// centre. `None` if the set was loaded as pixels.
    #[must_use]
    pub fn jpeg(&self) -> Option<&Jpeg> {
        match &self.picture.kept {
            Kept::Coefficients(jpeg) => Some(jpeg),
            Kept::Pixels { .. } => None,
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
        let Kept::Coefficients(jpeg) = &self.picture.kept else {
            panic!("coefficients_into: the set was loaded as pixels");
        };
        assert_eq!(out.len(), CHANNELS * rows * columns, "the length of out");
        let window = self.picture.window(rows, columns);
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
        let Kept::Pixels { width, height, rgb } = &self.picture.kept else {
            panic!("pixels_into: the set was loaded as coefficients");
        };
        assert_eq!(out.len(), 8 * rows * 8 * columns * 3, "the length of out");
        if out.is_empty() {
            return;
        }
        let window = self.picture.window(rows, columns);
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
