//! Windows: rectangles of blocks on the grid, which may reach beyond the grid.

use crate::component::Component;
use crate::enlarge::{Between, Enlarge, Matrix};
use crate::error::JpegError;
use crate::grid::{CHANNELS, Chroma};
use crate::jpeg::Jpeg;

/// A rectangle of blocks on the grid of an image, which may reach beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The row of the grid where the window begins; negative if the window begins above the grid.
    pub top: isize,
    /// The column of the grid where the window begins; negative if the window begins left of the grid.
    pub left: isize,
    /// The number of rows of blocks in the window.
    pub rows: usize,
    /// The number of columns of blocks in the window.
    pub columns: usize,
}

impl Window {
    /// The window of `rows` and `columns` around the centre of `grid`, which is also given as rows and columns.
    /// If the sizes differ by an odd number of blocks, the odd block is cut or added at the end.
    ///
    /// ```
    /// use gumbel_jpeg::Window;
    ///
    /// let window = Window::centred((7, 3), (4, 6));
    /// assert_eq!(window, Window { top: 1, left: -1, rows: 4, columns: 6 });
    /// ```
    #[must_use]
    pub fn centred(grid: (usize, usize), (rows, columns): (usize, usize)) -> Self {
        let start = |all: usize, some: usize| (all as isize - some as isize) / 2;
        Self { top: start(grid.0, rows), left: start(grid.1, columns), rows, columns }
    }

    /// The rows, then the columns, of the grid within the window: the first, and one past the last.
    pub(crate) fn on_grid(&self, rows: usize, columns: usize) -> ((usize, usize), (usize, usize)) {
        let part = |start: isize, count: usize, all: usize| {
            let end = start.saturating_add_unsigned(count);
            (start.clamp(0, all as isize) as usize, end.clamp(0, all as isize) as usize)
        };
        (part(self.top, self.rows, rows), part(self.left, self.columns, columns))
    }
}

impl Jpeg {
    /// Writes the part of [`grid`](Self::grid) within a window to `out`, as an array `[192, rows, columns]` with
    /// the window's rows and columns. Blocks beyond the grid are zero.
    ///
    /// # Errors
    /// [`JpegError::Length`] if `out` has another length.
    ///
    /// ```
    /// use gumbel_jpeg::{Chroma, Encoding, Limits, Window, encode_grey, read};
    ///
    /// let file = encode_grey(&[160; 24 * 8], 24, 8, &Encoding::default())?;
    /// let jpeg = read(&file, &Limits::default())?;
    /// let mut out = vec![f32::NAN; 192 * 2 * 2];
    /// jpeg.window_into(Chroma::Exact, Window { top: 0, left: 2, rows: 2, columns: 2 }, &mut out)?;
    /// // Only the first block of the window is on the grid of 1 x 3 blocks.
    /// assert_eq!(out[..4], [8.0 * 32.0, 0.0, 0.0, 0.0]);
    /// # Ok::<(), gumbel_jpeg::JpegError>(())
    /// ```
    pub fn window_into(
        &self,
        chroma: Chroma,
        window: Window,
        out: &mut [f32],
    ) -> Result<(), JpegError> {
        let expected = CHANNELS * window.rows * window.columns;
        if out.len() != expected {
            return Err(JpegError::Length { argument: "out", expected, found: out.len() });
        }
        let ((top, bottom), (left, right)) = window.on_grid(self.rows(), self.columns());
        if (bottom - top, right - left) != (window.rows, window.columns) {
            out.fill(0.0);
        } else if self.components.len() < 3 {
            out[64 * self.components.len() * window.rows * window.columns..].fill(0.0);
        }
        self.fill(chroma, window, out);
        Ok(())
    }

    /// Writes the blocks of the window that are on the grid.
    pub(crate) fn fill(&self, chroma: Chroma, window: Window, out: &mut [f32]) {
        let Window { top, left, rows, columns } = window;
        let ((first_row, last_row), (first, last)) = window.on_grid(self.rows(), self.columns());
        if first_row >= last_row || first >= last {
            return;
        }
        let (high, wide) = (self.components[0].vertical, self.components[0].horizontal);
        let plane = rows * columns;
        for (component, out) in self.components.iter().zip(out.chunks_exact_mut(64 * plane)) {
            let ratio = (high / component.vertical, wide / component.horizontal);
            let ratio = (usize::from(ratio.0), usize::from(ratio.1));
            let strip = Strip::new(component, ratio, chroma, (first, last));
            let mut lines = vec![vec![[0.0; 64]; strip.width()]; ratio.0];
            for block_row in first_row / ratio.0..last_row.div_ceil(ratio.0) {
                strip.fill(block_row, &mut lines);
                for (part, line) in lines.iter().enumerate() {
                    let row = block_row * ratio.0 + part;
                    if !(first_row..last_row).contains(&row) {
                        continue;
                    }
                    let start =
                        (row as isize - top) as usize * columns + (first as isize - left) as usize;
                    let line = &line[first % ratio.1..][..last - first];
                    // One frequency of the whole line at a time: the array has a plane for each frequency.
                    for (channel, out) in out.chunks_exact_mut(plane).enumerate() {
                        let values = line.iter().map(|block| block[channel]);
                        out[start..].iter_mut().zip(values).for_each(|(o, x)| *o = x);
                    }
                }
            }
        }
    }
}

/// The blocks of a component that cover some columns of the grid.
struct Strip<'a> {
    component: &'a Component,
    steps: [f32; 64],
    enlarge: Option<Enlarge>,
    ratio: (usize, usize),
    /// Columns of the component's blocks: the first, and one past the last.
    columns: (usize, usize),
}

impl<'a> Strip<'a> {
    fn new(
        component: &'a Component,
        ratio: (usize, usize),
        chroma: Chroma,
        (first, last): (usize, usize),
    ) -> Self {
        let between = match chroma {
            Chroma::Smooth => Some(Between::Cosines),
            Chroma::Exact => Some(Between::Copies),
            Chroma::Replicate => None,
        };
        let enlarge = between
            .filter(|_| ratio != (1, 1))
            .map(|between| Enlarge::new(between, ratio.0, ratio.1));
        let columns = (first / ratio.1, last.div_ceil(ratio.1));
        let steps = component.quantisation.map(f32::from);
        Self { component, steps, enlarge, ratio, columns }
    }

    /// The number of columns of the grid that the blocks cover.
    fn width(&self) -> usize {
        (self.columns.1 - self.columns.0) * self.ratio.1
    }

    /// Writes one row of the component's blocks, as one line for each row of the grid that it covers.
    fn fill(&self, block_row: usize, lines: &mut [Vec<[f32; 64]>]) {
        let blocks = self.component.coefficients.as_chunks::<64>().0;
        let blocks = &blocks[block_row * self.component.blocks_wide..];
        let blocks = &blocks[self.columns.0..self.columns.1];
        for (column, block) in blocks.iter().enumerate() {
            let column = column * self.ratio.1;
            // Both factors are integers below 2^16: the product is rounded once, as from an i32.
            let values: [f32; 64] = std::array::from_fn(|i| f32::from(block[i]) * self.steps[i]);
            let flat = || block[1..].iter().all(|&x| x == 0);
            match &self.enlarge {
                Some(enlarge) if !flat() => {
                    let block: Matrix = std::array::from_fn(|v| {
                        std::array::from_fn(|u| {
                            let i = 8 * v + u;
                            f64::from(block[i]) * f64::from(self.component.quantisation[i])
                        })
                    });
                    enlarge.parts(&block, |(p, q), part| {
                        let out = &mut lines[p][column + q];
                        out.iter_mut().zip(part.as_flattened()).for_each(|(o, &x)| *o = x as f32);
                    });
                }
                // A flat block stays flat.
                _ => lines.iter_mut().for_each(|line| {
                    line[column..][..self.ratio.1].fill(values);
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Encoding, Limits, Sampling, encode_rgb, read};

    /// Windows of a few sizes, on and beyond the grid, equal parts of the grid.
    #[test]
    fn windows_are_parts_of_the_grid() {
        for sampling in [Sampling::Full, Sampling::Quarter, Sampling::QuarterWidth] {
            let (width, height) = (50, 30);
            let pixels: Vec<u8> =
                (0..width * height * 3).map(|i| ((i * 2_654_435_761) >> 9) as u8).collect();
            let encoding = Encoding { sampling, ..Encoding::default() };
            let file = encode_rgb(&pixels, width, height, &encoding).expect("pixels");
            let jpeg = read(&file, &Limits::default()).expect("a good file");
            let grid = jpeg.grid(Chroma::Exact);
            let (own_rows, own_columns) = (jpeg.rows() as isize, jpeg.columns() as isize);
            for (rows, columns) in [(1, 1), (2, 5), (9, 4), (6, 11)] {
                let mut out = vec![f32::NAN; 192 * rows * columns];
                for (top, left) in (-10..6).flat_map(|top| (-12..9).map(move |left| (top, left))) {
                    let window = Window { top, left, rows, columns };
                    jpeg.window_into(Chroma::Exact, window, &mut out).expect("the right length");
                    for (i, &found) in out.iter().enumerate() {
                        let channel = (i / rows / columns) as isize;
                        let row = top + (i / columns % rows) as isize;
                        let column = left + (i % columns) as isize;
                        let on = (0..own_rows).contains(&row) && (0..own_columns).contains(&column);
                        let at = (channel * own_rows + row) * own_columns + column;
                        let expected = if on { grid[at as usize] } else { 0.0 };
                        assert_eq!(found.to_bits(), expected.to_bits(), "{window:?}, {i}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_empty_window_writes_nothing() {
        let file = encode_rgb(&[9; 192], 8, 8, &Encoding::default()).expect("pixels");
        let jpeg = read(&file, &Limits::default()).expect("a good file");
        let window = Window { top: 0, left: 0, rows: 0, columns: 3 };
        assert_eq!(jpeg.window_into(Chroma::Exact, window, &mut []), Ok(()));
        let error = jpeg.window_into(Chroma::Exact, window, &mut [0.0]).unwrap_err();
        assert_eq!(error, JpegError::Length { argument: "out", expected: 0, found: 1 });
    }
}
