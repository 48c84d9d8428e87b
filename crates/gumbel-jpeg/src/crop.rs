//! Crops an image to whole blocks.

use crate::component::Component;
use crate::jpeg::Jpeg;
use crate::window::Window;

impl Jpeg {
    /// Crops the image to a window of blocks. Returns the cropped image, and the row and column of the grid where
    /// it begins; `None` if no block of the window is on the grid. Coefficients are copied unchanged.
    ///
    /// If the chroma has fewer samples than the luma, the cropped image begins where a block of the chroma begins,
    /// at most 3 blocks of the grid before the window. It ends where the window ends, or where the image ends.
    ///
    /// ```
    /// use gumbel_jpeg::{Chroma, Encoding, Limits, Window, encode_grey, read};
    ///
    /// let pixels: Vec<u8> = (0..40 * 24).map(|i| (i % 40 * 6) as u8).collect();
    /// let file = encode_grey(&pixels, 40, 24, &Encoding::default())?;
    /// let jpeg = read(&file, &Limits::default())?;
    /// let window = Window::centred((jpeg.rows(), jpeg.columns()), (9, 2));
    /// let (part, origin) = jpeg.crop(window).expect("the centre is on the grid");
    /// assert_eq!((part.rows(), part.columns(), origin), (3, 2, (0, 1)));
    /// assert_eq!((part.width(), part.height()), (16, 24));
    /// # Ok::<(), gumbel_jpeg::JpegError>(())
    /// ```
    #[must_use]
    pub fn crop(&self, window: Window) -> Option<(Self, (usize, usize))> {
        let ((top, bottom), (left, right)) = window.on_grid(self.rows(), self.columns());
        if top >= bottom || left >= right {
            return None;
        }
        let ratio = |c: &Component| {
            let luma = &self.components[0];
            (usize::from(luma.vertical / c.vertical), usize::from(luma.horizontal / c.horizontal))
        };
        // The ratios are 1, 2 or 4, so the largest is a multiple of each.
        let high = self.components.iter().map(|c| ratio(c).0).max().unwrap_or(1);
        let wide = self.components.iter().map(|c| ratio(c).1).max().unwrap_or(1);
        let (top, left) = (top / high * high, left / wide * wide);
        let part = |component: &Component| {
            let (down, across) = ratio(component);
            let columns = left / across..right.div_ceil(across);
            let rows = top / down..bottom.div_ceil(down);
            let line = |row: usize| {
                let start = row * component.blocks_wide;
                &component.coefficients[64 * (start + columns.start)..64 * (start + columns.end)]
            };
            Component {
                blocks_wide: columns.len(),
                blocks_high: rows.len(),
                coefficients: rows.flat_map(line).copied().collect(),
                ..*component
            }
        };
        let part = Self {
            width: self.width.min(8 * right) - 8 * left,
            height: self.height.min(8 * bottom) - 8 * top,
            components: self.components.iter().map(part).collect(),
        };
        Some((part, (top, left)))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Chroma, Encoding, Limits, Sampling, Window, encode_rgb, read};

    #[test]
    fn a_part_has_the_windows_blocks() {
        for sampling in [Sampling::Full, Sampling::Half, Sampling::Quarter, Sampling::QuarterWidth]
        {
            let (width, height) = (83, 61);
            let pixels: Vec<u8> =
                (0..width * height * 3).map(|i| ((i * 2_654_435_761) >> 9) as u8).collect();
            let encoding = Encoding { sampling, ..Encoding::default() };
            let file = encode_rgb(&pixels, width, height, &encoding).expect("pixels");
            let jpeg = read(&file, &Limits::default()).expect("a good file");
            for (top, left, rows, columns) in
                [(0, 0, 8, 11), (1, 3, 2, 5), (-2, 7, 6, 2), (5, -3, 9, 20), (3, 10, 1, 1)]
            {
                let window = Window { top, left, rows, columns };
                let (part, origin) = jpeg.crop(window).expect("on the grid");
                let mut expected = vec![f32::NAN; 192 * rows * columns];
                jpeg.window_into(Chroma::Exact, window, &mut expected).expect("the right length");
                let inner = Window {
                    top: top - origin.0 as isize,
                    left: left - origin.1 as isize,
                    ..window
                };
                let mut found = vec![f32::NAN; 192 * rows * columns];
                part.window_into(Chroma::Exact, inner, &mut found).expect("the right length");
                // If a window begins within a block of chroma, the part also has blocks before the window,
                // but none after it.
                assert_eq!(found, expected, "{sampling:?}, {window:?}");
                assert!(part.rows() <= rows + 3 && part.columns() <= columns + 3);
                for component in part.components() {
                    let blocks = component.blocks_wide() * component.blocks_high();
                    assert_eq!(component.coefficients().len(), 64 * blocks);
                }
            }
            assert_eq!(jpeg.crop(Window { top: 8, left: 0, rows: 2, columns: 2 }), None);
            assert_eq!(jpeg.crop(Window { top: 0, left: -2, rows: 2, columns: 2 }), None);
            let whole = Window { top: 0, left: 0, rows: 8, columns: 11 };
            assert_eq!(jpeg.crop(whole), Some((jpeg.clone(), (0, 0))));
        }
    }
}
