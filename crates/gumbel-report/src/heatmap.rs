//! `Heatmap`: a table of shares as colours.
//!
//! Colours run from near-white over blue to dark blue. Lightness falls in perceptually equal steps (OKLab;
//! Ottosson, "A perceptual color space for image processing", 2020), so a cell twice as far along the bar
//! looks twice as dark, also to colour-blind readers and on paper.

use crate::axis::Axis;
use crate::color::{Color, INK, MUTED, RULE};
use crate::mark::Anchor;
use crate::sketch::{LABEL, Sketch, TITLE};
use crate::{ReportError, font};

const MARGIN: f64 = 24.0;
/// The most rows or columns that can be told apart.
const MAX_CELLS: usize = 256;
/// The colour of a value that is NaN.
const NAN_GREY: Color = Color::new(0xc8, 0xc8, 0xc8);
/// The lightest and the darkest colour in OKLab.
const LIGHT: [f64; 3] = [0.970, -0.005, -0.010];
const DARK: [f64; 3] = [0.300, -0.025, -0.090];
/// The blue that the middle has beyond a mixture of both.
const BLUER: [f64; 3] = [0.0, -0.025, -0.055];

/// A table of shares as colours, with a colour bar.
///
/// Columns are numbered from 0, rows from `first_row`. The bar ends at the largest value, rounded up, so that
/// small shares stay visible.
///
/// ```
/// use gumbel_report::Heatmap;
/// let usage = Heatmap {
///     title: "Use of the classes".into(),
///     x_label: "class".into(),
///     y_label: "variable".into(),
///     columns: 2,
///     first_row: 0,
///     values: vec![0.5, 0.5, 0.9, 0.1],
/// };
/// assert!(usage.svg()?.starts_with("<svg "));
/// # Ok::<(), gumbel_report::ReportError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heatmap {
    /// The title above the table. An empty title takes no space.
    pub title: String,
    /// The label of the columns, below the table.
    pub x_label: String,
    /// The label of the rows, above the table.
    pub y_label: String,
    /// The number of columns of the table.
    pub columns: usize,
    /// The number of the first row.
    pub first_row: usize,
    /// The shares row by row, from 0 to 1. Other values are clamped to this range, and NaN becomes a grey cell.
    pub values: Vec<f64>,
}

impl Heatmap {
    /// The table as an SVG picture that uses the reader's own fonts.
    ///
    /// # Errors
    /// [`ReportError::Input`] if the values do not fill whole rows, or if there are more than 256 rows or columns.
    pub fn svg(&self) -> Result<String, ReportError> {
        Ok(self.sketch()?.svg())
    }

    /// The table as a PNG picture, with two by two points for each pixel of the page.
    ///
    /// # Errors
    /// The errors of [`Heatmap::svg`], and an error of the PNG encoder, which no data are known to cause.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        self.sketch()?.png()
    }

    /// The table as a drawing.
    ///
    /// # Errors
    /// The errors of [`Heatmap::svg`].
    pub fn sketch(&self) -> Result<Sketch, ReportError> {
        let layout = self.layout()?;
        let Layout { left, top, cell, .. } = layout;
        let width = (layout.right() + 110.0).max(400.0).ceil();
        let height = (layout.bottom() + 62.0).max(240.0).ceil();
        let mut sketch = Sketch::new(&self.title, width as u32, height as u32);
        let fit = |text: &str, em| font::fit(text, em, width - 2.0 * MARGIN);
        sketch.text(fit(&self.title, TITLE), (MARGIN, 38.0), TITLE, INK, Anchor::Start);
        let label = fit(&self.y_label, LABEL);
        sketch.text(label, (MARGIN, top - 14.0), LABEL, MUTED, Anchor::Start);
        let middle = (left + layout.right()) / 2.0;
        let at = (middle, layout.bottom() + 46.0);
        sketch.text(fit(&self.x_label, LABEL), at, LABEL, MUTED, Anchor::Middle);
        if layout.rows == 0 {
            let (right, bottom) = (layout.right(), layout.bottom());
            sketch.frame((left, top), (right, bottom), RULE, 1.0);
            let at = (middle, (top + bottom) / 2.0 + 6.0);
            sketch.text("no data", at, TITLE, MUTED, Anchor::Middle);
            return Ok(sketch);
        }
        let end = self.bar(&mut sketch, &layout);
        let gap = if cell.0.min(cell.1) >= 8.0 { 1.0 } else { 0.0 };
        for (i, value) in self.values.iter().enumerate() {
            let x = left + (i % self.columns) as f64 * cell.0;
            let y = top + (i / self.columns) as f64 * cell.1;
            let color =
                if value.is_nan() { NAN_GREY } else { darkness(value.clamp(0.0, 1.0) / end) };
            sketch.rect((x, y), (x + cell.0 - gap, y + cell.1 - gap), color);
        }
        for row in (0..layout.rows).step_by(label_step(20.0, cell.1)) {
            let at = (left - 10.0, top + (row as f64 + 0.5) * cell.1 + 5.0);
            sketch.text((self.first_row + row).to_string(), at, LABEL, MUTED, Anchor::End);
        }
        let widest = font::width(&(self.columns - 1).to_string(), LABEL) + 10.0;
        for column in (0..self.columns).step_by(label_step(widest, cell.0)) {
            let at = (left + (column as f64 + 0.5) * cell.0, layout.bottom() + 20.0);
            sketch.text(column.to_string(), at, LABEL, MUTED, Anchor::Middle);
        }
        Ok(sketch)
    }

    /// Draws the colour bar on the right. Returns the value at its upper end.
    fn bar(&self, sketch: &mut Sketch, layout: &Layout) -> f64 {
        let largest = self.values.iter().fold(0.0_f64, |most, v| most.max(*v)).min(1.0);
        let largest = if largest > 1e-6 { largest } else { 1.0 };
        let step = Axis::between(0.0, largest, 5.0, false).ticks()[1].0;
        let end = (largest / step - 1e-9).ceil() * step;
        let (left, right) = (layout.right() + 26.0, layout.right() + 42.0);
        let height = (layout.bottom() - layout.top - 1.0).clamp(60.0, 260.0);
        let axis = Axis::between(0.0, end, (height / 36.0).min(5.0), false);
        let y = |part: f64| layout.top + height * (1.0 - part);
        // Each piece reaches down to the foot of the bar, so that no seams show.
        for i in (0..64).rev() {
            let (from, to) = (f64::from(i) / 64.0, f64::from(i + 1) / 64.0);
            sketch.rect((left, y(to)), (right, y(0.0)), darkness((from + to) / 2.0));
        }
        for (value, label) in axis.ticks() {
            let y = y(axis.place(value));
            sketch.line(&[(right, y), (right + 4.0, y)], RULE, 1.0);
            sketch.text(label, (right + 10.0, y + 5.0), LABEL, MUTED, Anchor::Start);
        }
        end
    }

    fn layout(&self) -> Result<Layout, ReportError> {
        let (n, columns) = (self.values.len(), self.columns);
        if n > 0 && (columns == 0 || !n.is_multiple_of(columns)) {
            let problem = format!("{n} values do not fill rows of {columns}");
            return Err(ReportError::input("heat map", problem));
        }
        let rows = n.checked_div(columns).unwrap_or(0);
        if rows > MAX_CELLS || (n > 0 && columns > MAX_CELLS) {
            let problem = format!(
                "{rows} rows of {columns}; at most {MAX_CELLS} of {MAX_CELLS} can be told apart"
            );
            return Err(ReportError::input("heat map", problem));
        }
        // A table without cells still has a frame.
        let (across, down) = if rows == 0 { (10, 8) } else { (columns, rows) };
        let labels = font::width(&(self.first_row + rows.saturating_sub(1)).to_string(), LABEL);
        let title = if self.title.is_empty() { 0.0 } else { 34.0 };
        let y_label = if self.y_label.is_empty() { 0.0 } else { 22.0 };
        Ok(Layout {
            rows,
            // Whole pixels, so that the edges of the cells are sharp.
            left: (MARGIN + labels + 12.0).ceil(),
            top: 22.0 + title + y_label + 8.0,
            cell: (
                (640.0 / across as f64).floor().clamp(3.0, 56.0),
                (520.0 / down as f64).floor().clamp(3.0, 26.0),
            ),
            size: (across as f64, down as f64),
        })
    }
}

struct Layout {
    rows: usize,
    left: f64,
    top: f64,
    /// Width and height of a cell.
    cell: (f64, f64),
    /// Columns and rows of the frame.
    size: (f64, f64),
}

impl Layout {
    fn right(&self) -> f64 {
        self.left + self.cell.0 * self.size.0
    }

    fn bottom(&self) -> f64 {
        self.top + self.cell.1 * self.size.1
    }
}

/// The smallest step of 1, 2, 5, 10, ... cells that has room for a label; both sizes in pixels.
fn label_step(label: f64, cell: f64) -> usize {
    let steps = [1, 2, 5, 10, 20, 50, 100];
    steps.into_iter().find(|n| *n as f64 * cell >= label).unwrap_or(200)
}

/// The colour at a share of the bar of a [`Heatmap`], from 0 (near-white) over blue to 1 (dark blue).
pub fn darkness(share: f64) -> Color {
    let middle = 4.0 * share * (1.0 - share);
    let mix = |c: usize| LIGHT[c] + (DARK[c] - LIGHT[c]) * share + BLUER[c] * middle;
    let [l, a, b] = [mix(0), mix(1), mix(2)];
    let long = (l + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (l - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (l - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let linear = [
        4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short,
    ];
    let [r, g, b] = linear.map(|v| {
        let v = v.clamp(0.0, 1.0);
        let v = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (v * 255.0).round() as u8
    });
    Color::new(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png_file;

    fn usage(rows: usize, columns: usize) -> Heatmap {
        Heatmap {
            title: "Use".into(),
            x_label: "class".into(),
            y_label: "variable".into(),
            columns,
            first_row: 0,
            values: (0..rows * columns).map(|i| (i % 11) as f64 / 25.0).collect(),
        }
    }

    #[test]
    fn equal_tables_give_equal_bytes() {
        let usage = usage(20, 10);
        assert_eq!(usage.svg().unwrap(), usage.clone().svg().unwrap());
        assert!(usage.png().unwrap() == usage.clone().png().unwrap());
    }

    #[test]
    fn every_cell_is_drawn_once() {
        let svg = usage(20, 10).svg().unwrap();
        // 200 cells, 64 pieces of the bar, the background.
        assert_eq!(svg.matches("<rect").count(), 265);
        assert!(svg.contains(">0.4<") && !svg.contains(">0.5<"));
    }

    #[test]
    fn a_png_has_the_size_of_the_svg_twice() {
        for (rows, columns) in [(1, 1), (20, 10), (3, 100), (MAX_CELLS, MAX_CELLS)] {
            let usage = usage(rows, columns);
            let (width, height) = usage.sketch().unwrap().size();
            let png = usage.png().unwrap();
            assert_eq!(png_file::size(&png), Some((2 * width, 2 * height)));
            assert!(png.len() < 700_000, "{} bytes", png.len());
        }
    }

    #[test]
    fn strange_values_have_a_colour() {
        let values = vec![f64::NAN, f64::INFINITY, -3.0, 0.0];
        let strange = Heatmap { values, ..usage(2, 2) };
        let svg = strange.svg().unwrap();
        assert!(svg.contains("#C8C8C8"));
        let values = vec![f64::NAN, 0.02, 0.01, 0.0];
        assert!(!Heatmap { values, ..usage(2, 2) }.svg().unwrap().contains(">1.0<"));
        for values in [vec![0.0; 4], vec![f64::NAN; 4], vec![1e-310; 4], vec![2e-6; 4]] {
            Heatmap { values, ..usage(2, 2) }.svg().unwrap();
        }
    }

    #[test]
    fn an_empty_table_says_no_data_and_a_ragged_one_is_refused() {
        assert!(Heatmap::default().svg().unwrap().contains("no data"));
        Heatmap::default().png().unwrap();
        let ragged = Heatmap { columns: 3, ..usage(2, 2) };
        let error = ragged.svg().unwrap_err();
        assert_eq!(error.to_string(), "heat map: 4 values do not fill rows of 3");
        assert!(Heatmap { columns: 0, ..usage(2, 2) }.png().is_err());
        assert!(usage(MAX_CELLS + 1, 1).svg().is_err() && usage(1, MAX_CELLS + 1).svg().is_err());
    }

    #[test]
    fn colours_darken_steadily() {
        let light = |share: f64| {
            let [r, g, b] = darkness(share).rgb;
            0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)
        };
        assert!(light(0.0) > 235.0 && light(1.0) < 60.0);
        for i in 0..100 {
            assert!(light(f64::from(i + 1) / 100.0) < light(f64::from(i) / 100.0));
        }
    }
}
