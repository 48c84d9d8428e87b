//! `ImageGrid` and `ColourGrid`: pictures of small images in rows and columns.

use png::ColorType;

use crate::{ReportError, png_file};

/// The width of the lines between the images, in pixels.
const LINE: usize = 2;
const LINE_GREY: u8 = 0xdd;
const PAPER: u8 = 0xff;
/// The most pixels of a picture.
const MAX_PIXELS: usize = 1 << 26;

/// A picture of grey images in rows and columns, with thin light lines between the images.
///
/// ```
/// use gumbel_report::ImageGrid;
/// let grid = ImageGrid {
///     width: 8,
///     height: 8,
///     columns: 10,
///     images: vec![vec![0.0; 64]; 30],
///     scale: 6,
/// };
/// assert!(grid.png()?.starts_with(b"\x89PNG"));
/// # Ok::<(), gumbel_report::ReportError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageGrid {
    /// The width of each image in pixels.
    pub width: usize,
    /// The height of each image in pixels.
    pub height: usize,
    /// The number of images side by side.
    pub columns: usize,
    /// The pixels of each image row by row, from 0 for white to 1 for black. Other values are clamped, and
    /// NaN is white.
    pub images: Vec<Vec<f32>>,
    /// The magnification: each pixel of an image becomes a square with a side of this many pixels.
    pub scale: usize,
}

impl ImageGrid {
    /// Creates a grid of pairs: each original directly above its reconstruction. In the picture the images are
    /// about 50 pixels wide.
    ///
    /// An original without a reconstruction is left out, and a reconstruction without an original.
    pub fn pairs(
        width: usize,
        height: usize,
        originals: &[Vec<f32>],
        reconstructions: &[Vec<f32>],
        columns: usize,
    ) -> Self {
        let count = originals.len().min(reconstructions.len());
        let blank = vec![0.0; width.saturating_mul(height)];
        let mut images = Vec::new();
        for start in (0..count).step_by(columns.max(1)) {
            for row in [originals, reconstructions] {
                let row = row[start..count].iter().take(columns).cloned();
                images.extend(row.chain(std::iter::repeat(blank.clone())).take(columns));
            }
        }
        let scale = (56 / width.max(1)).clamp(1, 6);
        Self { width, height, columns, images, scale }
    }

    /// The grid as a grey PNG picture. A grid without images gives one blank row.
    ///
    /// # Errors
    /// [`ReportError::Input`] if `width`, `height`, `columns` or `scale` is 0, if an image does not have
    /// `width * height` pixels, or if the picture would have more than 2^26 pixels.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        let Self { width, height, columns, scale, .. } = *self;
        let layout = Layout { width, height, columns, scale, images: self.images.len() };
        layout.check(self.images.iter().map(Vec::len))?;
        let (across, down) = layout.size()?;
        let pixels = layout.fill(across, down, [LINE_GREY], |image, at| {
            [self.images.get(image).map_or(PAPER, |image| shade(image[at]))]
        });
        png_file::encode(across, down, ColorType::Grayscale, pixels.as_flattened())
    }
}

/// A picture of colour images in rows and columns, with thin light lines between the images.
///
/// ```
/// use gumbel_report::ColourGrid;
/// let images = vec![vec![[0xff, 0x00, 0x00]; 64]; 3];
/// let grid = ColourGrid { width: 8, height: 8, columns: 3, images, scale: 2 };
/// assert!(grid.png()?.starts_with(b"\x89PNG"));
/// # Ok::<(), gumbel_report::ReportError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColourGrid {
    /// The width of each image in pixels.
    pub width: usize,
    /// The height of each image in pixels.
    pub height: usize,
    /// The number of images side by side.
    pub columns: usize,
    /// The red, green and blue of the pixels of each image, row by row.
    pub images: Vec<Vec<[u8; 3]>>,
    /// The magnification: each pixel of an image becomes a square with a side of this many pixels.
    pub scale: usize,
}

impl ColourGrid {
    /// The grid as a PNG picture in colour. A grid without images gives one blank row.
    ///
    /// # Errors
    /// The errors of [`ImageGrid::png`].
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        let Self { width, height, columns, scale, .. } = *self;
        let layout = Layout { width, height, columns, scale, images: self.images.len() };
        layout.check(self.images.iter().map(Vec::len))?;
        let (across, down) = layout.size()?;
        let pixels = layout.fill(across, down, [LINE_GREY; 3], |image, at| {
            self.images.get(image).map_or([PAPER; 3], |image| image[at])
        });
        png_file::encode(across, down, ColorType::Rgb, pixels.as_flattened())
    }
}

/// The positions of the images of a grid.
struct Layout {
    width: usize,
    height: usize,
    columns: usize,
    scale: usize,
    images: usize,
}

impl Layout {
    fn rows(&self) -> usize {
        self.images.div_ceil(self.columns).max(1)
    }

    fn check(&self, mut pixels: impl Iterator<Item = usize>) -> Result<(), ReportError> {
        let Self { width, height, columns, scale, .. } = *self;
        for (name, value) in
            [("width", width), ("height", height), ("columns", columns), ("scale", scale)]
        {
            if value == 0 {
                return Err(ReportError::input("picture grid", format!("{name} is 0")));
            }
        }
        match pixels.find(|&n| Some(n) != width.checked_mul(height)) {
            None => Ok(()),
            Some(n) => {
                let problem = format!("{n} pixels are not {width} x {height}");
                Err(ReportError::input("picture grid", problem))
            }
        }
    }

    /// Width and height of the picture.
    fn size(&self) -> Result<(usize, usize), ReportError> {
        let side = |pixels: usize, count: usize| {
            let all = pixels.checked_mul(self.scale)?.checked_add(LINE)?.checked_mul(count)?;
            all.checked_add(LINE)
        };
        let sides = side(self.width, self.columns).zip(side(self.height, self.rows()));
        sides
            .filter(|(across, down)| across.checked_mul(*down).is_some_and(|n| n <= MAX_PIXELS))
            .ok_or_else(|| {
                ReportError::input(
                    "picture grid",
                    format!("expected at most {MAX_PIXELS} pixels, found more"),
                )
            })
    }

    /// Paints the picture: `line` between the images, `pixel(image, place)` inside them.
    fn fill<const N: usize>(
        &self,
        across: usize,
        down: usize,
        line: [u8; N],
        pixel: impl Fn(usize, usize) -> [u8; N],
    ) -> Vec<[u8; N]> {
        let Self { width, height, columns, scale, .. } = *self;
        let mut picture = vec![line; across * down];
        for cell in 0..self.rows() * columns {
            let left = LINE + cell % columns * (width * scale + LINE);
            let top = LINE + cell / columns * (height * scale + LINE);
            for y in 0..height * scale {
                let line = &mut picture[(top + y) * across + left..][..width * scale];
                for (x, out) in line.iter_mut().enumerate() {
                    *out = pixel(cell, y / scale * width + x / scale);
                }
            }
        }
        picture
    }
}

fn shade(ink: f32) -> u8 {
    let ink = if ink.is_nan() { 0.0 } else { ink.clamp(0.0, 1.0) };
    (255.0 * (1.0 - ink)).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(count: usize) -> ImageGrid {
        let images = (0..count).map(|i| vec![i as f32 / 10.0; 6]).collect();
        ImageGrid { width: 3, height: 2, columns: 4, images, scale: 5 }
    }

    /// The grey value of the first pixel of each image of the grid.
    fn middles(grid: &ImageGrid) -> Vec<u8> {
        let (across, down, grey) = png_file::decode(&grid.png().unwrap());
        let (w, h) = (grid.width * grid.scale + LINE, grid.height * grid.scale + LINE);
        assert_eq!(((across - LINE) % w, (down - LINE) % h), (0, 0));
        let middle = LINE + grid.scale / 2;
        let rows = (middle..down).step_by(h);
        rows.flat_map(|y| (middle..across).step_by(w).map(move |x| (x, y)))
            .map(|(x, y)| grey[y * across + x])
            .collect()
    }

    #[test]
    fn images_are_placed_row_by_row() {
        let grid = grid(6);
        let (across, down, grey) = png_file::decode(&grid.png().unwrap());
        assert_eq!((across, down), (4 * 17 + 2, 2 * 12 + 2));
        assert_eq!(grey[0], LINE_GREY);
        assert_eq!(middles(&grid), [255, 230, 204, 179, 153, 128, 255, 255]);
        assert!(grid.png().unwrap() == grid.clone().png().unwrap());
    }

    #[test]
    fn a_pixel_becomes_a_square() {
        let image = vec![1.0, 0.0, f32::NAN, -1.0, 2.0, 0.5];
        let (across, _, grey) = png_file::decode(
            &ImageGrid { images: vec![image], columns: 1, ..grid(0) }.png().unwrap(),
        );
        let expected = [[0, 255, 255], [255, 0, 128]];
        for y in 0..10 {
            for x in 0..15 {
                assert_eq!(grey[(y + LINE) * across + x + LINE], expected[y / 5][x / 5]);
            }
        }
    }

    #[test]
    fn originals_are_above_their_reconstructions() {
        let images = |from: f32| (0..5).map(|i| vec![from + i as f32 / 10.0]).collect::<Vec<_>>();
        let pairs = ImageGrid::pairs(1, 1, &images(0.0), &images(0.5), 3);
        let ink: Vec<f32> = pairs.images.iter().map(|image| image[0]).collect();
        assert_eq!(ink, [0.0, 0.1, 0.2, 0.5, 0.6, 0.7, 0.3, 0.4, 0.0, 0.8, 0.9, 0.0]);
        assert_eq!(middles(&pairs).len(), 12);
        assert_eq!(ImageGrid::pairs(1, 1, &images(0.0), &images(0.0)[..2], 3).images.len(), 6);
    }

    #[test]
    fn no_images_are_a_blank_row() {
        assert_eq!(middles(&grid(0)), [PAPER; 4]);
        assert_eq!(middles(&ImageGrid::pairs(8, 8, &[], &[], 10)), [PAPER; 10]);
    }

    #[test]
    fn impossible_grids_are_refused() {
        let message = |grid: ImageGrid| grid.png().unwrap_err().to_string();
        assert_eq!(message(ImageGrid { columns: 0, ..grid(3) }), "picture grid: columns is 0");
        assert_eq!(message(ImageGrid { scale: 0, ..grid(3) }), "picture grid: scale is 0");
        assert_eq!(
            message(ImageGrid { width: 2, ..grid(3) }),
            "picture grid: 6 pixels are not 2 x 2"
        );
        assert_eq!(message(ImageGrid::default()), "picture grid: width is 0");
        for scale in [usize::MAX, 1 << 20] {
            let message = message(ImageGrid { scale, ..grid(3) });
            assert_eq!(message, "picture grid: expected at most 67108864 pixels, found more");
        }
        assert!(ImageGrid::pairs(1, 1, &[vec![0.0]], &[vec![0.0]], 0).png().is_err());
    }
}
