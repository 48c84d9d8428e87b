//! What several figures share.

use gumbel_report::canvas::{INK, MUTED, RGBColor};
use gumbel_report::{Anchor, Rect, Sketch, Stroke, TEXT};

/// The width of a figure: that of the page it is shown on.
pub(crate) const WIDTH: u32 = 760;

/// What an entry of a key shows before its name.
#[derive(Clone, Copy)]
pub(crate) enum Sign {
    Line(Stroke),
    Disc(RGBColor),
    Box(RGBColor),
}

/// A key: entries in one row from `at`, the baseline of its texts.
pub(crate) fn key(sketch: &mut Sketch, at: (f64, f64), entries: &[(Sign, &str)]) {
    let (mut x, y) = at;
    for (sign, name) in entries {
        let middle = y - 4.5;
        let wide = match sign {
            Sign::Line(stroke) => {
                stroke.draw(sketch, &[(x, middle), (x + 26.0, middle)]);
                26.0
            }
            Sign::Disc(color) => {
                sketch.disc((x + 5.0, middle), 4.5, *color);
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

/// A box of a diagram with lines of text in its middle, the first in ink, the others quieter.
pub(crate) fn boxed(sketch: &mut Sketch, area: Rect, edge: RGBColor, lines: &[&str]) {
    let (from, to) = ((area.left, area.top), (area.right, area.bottom));
    sketch.frame(from, to, edge, 1.5);
    stacked(sketch, area.middle(), lines);
}

/// Lines of text around a middle.
pub(crate) fn stacked(sketch: &mut Sketch, (x, y): (f64, f64), lines: &[&str]) {
    let pitch = 18.0;
    let first = y + 4.5 - pitch * (lines.len() as f64 - 1.0) / 2.0;
    for (i, line) in lines.iter().enumerate() {
        let ink = if i == 0 { INK } else { MUTED };
        sketch.text(*line, (x, first + pitch * i as f64), TEXT, ink, Anchor::Middle);
    }
}

/// A number with `digits` after the point and a real minus sign.
pub(crate) fn number(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let zero = text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.');
    let text = if zero { text.trim_start_matches('-').to_owned() } else { text };
    text.replace('-', "\u{2212}")
}
