//! Drawing functions that several figures share.

use gumbel_report::color::{Color, INK, MUTED, WHITE};
use gumbel_report::{Anchor, Rect, Sketch, Stroke, TEXT};

/// The width of a figure. Its texts are 9 pixels high where it is shown 400 pixels wide, as on a telephone.
pub(crate) const WIDTH: u32 = 600;

/// The shape of the marks of a curve, so that curves differ without their colours.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Disc,
    Square,
    Triangle,
    Diamond,
    Hanging,
}

/// The mark of a curve: its shape and colour, filled or open with a white ground.
#[derive(Clone, Copy)]
pub(crate) struct Marker {
    pub(crate) shape: Shape,
    pub(crate) color: Color,
    pub(crate) filled: bool,
}

impl Marker {
    /// Draws the mark around a point. The shapes have about the area of a disc of this radius.
    pub(crate) fn draw(&self, sketch: &mut Sketch, (x, y): (f64, f64), radius: f64) {
        let Self { shape, color, filled } = *self;
        let at = |(dx, dy): (f64, f64)| (x + radius * dx, y + radius * dy);
        let corners: &[(f64, f64)] = match shape {
            Shape::Disc if filled => return sketch.disc((x, y), radius, color),
            Shape::Disc => return ring(sketch, (x, y), radius, color),
            Shape::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
            Shape::Triangle => &[(0.0, -1.4), (1.25, 0.8), (-1.25, 0.8)],
            Shape::Diamond => &[(0.0, -1.35), (1.35, 0.0), (0.0, 1.35), (-1.35, 0.0)],
            Shape::Hanging => &[(0.0, 1.4), (1.25, -0.8), (-1.25, -0.8)],
        };
        let mut edge: Vec<_> = corners.iter().copied().map(at).collect();
        sketch.polygon(&edge, if filled { color } else { WHITE });
        if !filled {
            edge.push(edge[0]);
            sketch.line(&edge, color, 1.5);
        }
    }
}

/// The sign before the name of a legend entry.
#[derive(Clone, Copy)]
pub(crate) enum Sign {
    Line(Stroke),
    /// A line with the mark of its points.
    Marked(Stroke, Marker),
    Arrow(Color),
    Disc(Color),
    Ring(Color),
    Box(Color),
}

/// Draws a legend: entries in one row that ends at `right`, on the baseline of their texts.
pub(crate) fn legend_right(sketch: &mut Sketch, (right, y): (f64, f64), entries: &[(Sign, &str)]) {
    let mut scratch = Sketch::new("", 1, 1);
    legend(&mut scratch, (0.0, y), entries);
    let wide = scratch.texts().last().map_or(0.0, |text| text.to.0);
    legend(sketch, (right - wide, y), entries);
}

/// Draws an open ring with a white ground.
pub(crate) fn ring(sketch: &mut Sketch, (x, y): (f64, f64), radius: f64, color: Color) {
    let angles = (0..=24).map(|i| f64::from(i) * std::f64::consts::TAU / 24.0);
    let circle: Vec<_> = angles.map(|a| (x + radius * a.cos(), y + radius * a.sin())).collect();
    sketch.disc((x, y), radius, WHITE);
    sketch.line(&circle, color, 1.5);
}

/// Draws a legend: entries in one row from `at`, on the baseline of their texts.
pub(crate) fn legend(sketch: &mut Sketch, at: (f64, f64), entries: &[(Sign, &str)]) {
    let (mut x, y) = at;
    for (sign, name) in entries {
        let middle = y - 4.5;
        let wide = match sign {
            Sign::Line(stroke) => {
                stroke.draw(sketch, &[(x, middle), (x + 26.0, middle)]);
                26.0
            }
            Sign::Marked(stroke, marker) => {
                stroke.draw(sketch, &[(x, middle), (x + 26.0, middle)]);
                marker.draw(sketch, (x + 13.0, middle), 4.0);
                26.0
            }
            Sign::Arrow(color) => {
                sketch.arrow((x, middle), (x + 22.0, middle), *color, 2.0);
                22.0
            }
            Sign::Disc(color) => {
                sketch.disc((x + 5.0, middle), 4.5, *color);
                10.0
            }
            Sign::Ring(color) => {
                ring(sketch, (x + 5.0, middle), 4.0, *color);
                10.0
            }
            Sign::Box(color) => {
                sketch.rect((x, middle - 5.5), (x + 11.0, middle + 5.5), *color);
                11.0
            }
        };
        sketch.text(*name, (x + wide + 7.0, y), TEXT, INK, Anchor::Start);
        let end = sketch.texts().last().map_or(x, |text| text.to.0);
        x = end + 18.0;
    }
}

/// Draws a box of a diagram with lines of text in its middle, the first in ink, the others muted.
pub(crate) fn boxed(sketch: &mut Sketch, area: Rect, edge: Color, lines: &[&str]) {
    let (from, to) = ((area.left, area.top), (area.right, area.bottom));
    sketch.frame(from, to, edge, 1.5);
    stacked(sketch, area.middle(), lines);
}

/// Draws lines of text, centred around a point.
pub(crate) fn stacked(sketch: &mut Sketch, (x, y): (f64, f64), lines: &[&str]) {
    let pitch = 18.0;
    let first = y + 4.5 - pitch * (lines.len() as f64 - 1.0) / 2.0;
    for (i, line) in lines.iter().enumerate() {
        let ink = if i == 0 { INK } else { MUTED };
        sketch.text(*line, (x, first + pitch * i as f64), TEXT, ink, Anchor::Middle);
    }
}

/// `n + 1` equally spaced numbers from `low` to `high`.
pub(crate) fn grid(n: u32, (low, high): (f64, f64)) -> impl Iterator<Item = f64> + Clone {
    (0..=n).map(move |i| low + (high - low) * f64::from(i) / f64::from(n))
}

/// The stroke of one of two curves that share a colour: solid or dashed.
pub(crate) const fn stroke(color: Color, solid: bool) -> Stroke {
    if solid { Stroke::solid(color) } else { Stroke::dashed(color) }
}

/// The density of values in `bins` columns from `low` to `high`. Values outside are in no column, but count
/// in the total.
pub(crate) fn histogram(values: &[f64], (low, high): (f64, f64), bins: usize) -> Vec<f64> {
    let width = (high - low) / bins as f64;
    let mut heights = vec![0.0; bins];
    for x in values.iter().filter(|&&x| x >= low && x < high) {
        let bin = ((x - low) / width) as usize;
        heights[bin.min(bins - 1)] += 1.0 / (values.len() as f64 * width);
    }
    heights
}

/// A number with `digits` decimals and a true minus sign.
pub(crate) fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let zero = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
    let text = if zero { text.trim_start_matches('-').to_owned() } else { text };
    text.replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_are_densities() {
        let values = [0.0, 0.1, 0.5, 0.6, 0.7, 0.999];
        assert_eq!(histogram(&values, (0.0, 1.0), 2), [2.0 * 2.0 / 6.0, 2.0 * 4.0 / 6.0]);
        // 1 is outside, and counts in the total.
        assert_eq!(histogram(&[0.5, 1.0], (0.0, 1.0), 1), [0.5]);
    }

    #[test]
    fn numbers_have_a_true_minus_and_no_negative_zero() {
        assert_eq!(number(-1.25, 1), "−1.2");
        assert_eq!(number(-0.001, 2), "0.00");
        assert_eq!(number(3.0, 0), "3");
    }
}
