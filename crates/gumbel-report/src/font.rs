//! The embedded font: measures texts, and gives the outlines of their glyphs for PNG pictures.
//!
//! Ubuntu Light, drawn a little heavier so that it is readable at 14 pixels. SVG pictures use the fonts of
//! the reader's system, and this font only to measure.

use std::sync::LazyLock;

use tiny_skia::PathBuilder;
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::mark::{Anchor, Point};

/// The font families of SVG pictures.
pub(crate) const FAMILY: &str = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif";
/// The font families of SVG pictures with Chinese characters.
pub(crate) const CHINESE_FAMILY: &str = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', \
     'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";

/// The factor by which a system font may be wider than the embedded one.
const SLACK: f64 = 1.15;
/// The width in pixels by which an upright stem is heavier than in the font.
const HEAVIER: f64 = 0.25;

static FONT: LazyLock<Face<'static>> = LazyLock::new(|| {
    Face::parse(epaint_default_fonts::UBUNTU_LIGHT, 0).expect("the embedded font is valid")
});

/// The size of a unit of the font when an em is `em` pixels.
fn unit(em: f64) -> f64 {
    em / f64::from(FONT.units_per_em())
}

/// The glyphs of a line of text with the places where they start, and the width of the line, in units of
/// the font.
fn layout(text: &str) -> (Vec<(GlyphId, i32)>, i32) {
    let (mut glyphs, mut x, mut last) = (Vec::new(), 0, None);
    for c in text.chars() {
        let id = FONT.glyph_index(c).unwrap_or_default();
        x += last.map_or(0, |last| kerning(last, id));
        glyphs.push((id, x));
        x += i32::from(FONT.glyph_hor_advance(id).unwrap_or(0));
        last = Some(id);
    }
    (glyphs, x)
}

fn kerning(left: GlyphId, right: GlyphId) -> i32 {
    let tables = FONT.tables().kern.into_iter().flat_map(|kern| kern.subtables);
    let mut level = tables.filter(|table| table.horizontal && !table.variable);
    level.find_map(|table| table.glyphs_kerning(left, right)).map_or(0, i32::from)
}

/// The width that a text needs in any font. The embedded font has no Chinese characters, and every other
/// font makes them one em wide.
pub(crate) fn width(text: &str, em: f64) -> f64 {
    let wide = text.chars().filter(|&c| is_wide(c)).count() as f64;
    let others: String = text.chars().filter(|&c| !is_wide(c)).collect();
    f64::from(layout(&others).1) * unit(em) * SLACK + wide * em
}

/// Whether a character is one em wide in every font: a Chinese character or its punctuation.
pub(crate) fn is_wide(c: char) -> bool {
    let ranges = [
        '\u{2e80}'..='\u{9fff}',
        '\u{f900}'..='\u{faff}',
        '\u{fe30}'..='\u{fe4f}',
        '\u{ff01}'..='\u{ff60}',
        '\u{20000}'..='\u{3ffff}',
    ];
    ranges.iter().any(|range| range.contains(&c))
}

/// Whether the font has a glyph for the character.
pub(crate) fn has(c: char) -> bool {
    FONT.glyph_index(c).is_some()
}

/// The text, shortened with an ellipsis to fit into `room`.
pub(crate) fn fit(text: &str, em: f64, room: f64) -> String {
    if width(text, em) <= room {
        return text.to_owned();
    }
    let mut cut = text.to_owned();
    while cut.pop().is_some() {
        let shorter = format!("{}…", cut.trim_end());
        if width(&shorter, em) <= room {
            return shorter;
        }
    }
    String::new()
}

/// Adds the outlines of a line of text to a path. Every glyph is there twice, side by side, so that its
/// stems are [`HEAVIER`].
pub(crate) fn outline(path: &mut PathBuilder, text: &str, at: Point, em: f64, anchor: Anchor) {
    let (glyphs, width) = layout(text);
    let unit = unit(em);
    let left = at.0 - f64::from(width) * unit * anchor.share();
    for (id, x) in glyphs {
        let x = left + f64::from(x) * unit;
        for x in [x - 0.5 * HEAVIER, x + 0.5 * HEAVIER] {
            FONT.outline_glyph(
                id,
                &mut Pen { path, origin: (x as f32, at.1 as f32), unit: unit as f32 },
            );
        }
    }
}

/// Draws a glyph on a path. In the font, up is positive.
struct Pen<'a> {
    path: &'a mut PathBuilder,
    origin: (f32, f32),
    unit: f32,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.origin.0 + x * self.unit, self.origin.1 - y * self.unit)
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_or_is_cut() {
        assert_eq!(fit("train", 14.0, 100.0), "train");
        let cut = fit("a name that nobody could ever want to read", 14.0, 100.0);
        assert!(cut.ends_with('…') && width(&cut, 14.0) <= 100.0, "{cut}");
        assert_eq!(fit("train", 14.0, 1.0), "");
        assert_eq!(fit("", 14.0, 0.0), "");
    }

    #[test]
    fn glyphs_are_on_the_baseline_and_within_the_width() {
        let bounds = |anchor| {
            let mut path = PathBuilder::new();
            outline(&mut path, "Hill", (0.0, 0.0), 100.0, anchor);
            path.finish().unwrap().bounds()
        };
        let (start, width) = (bounds(Anchor::Start), width("Hill", 100.0) as f32 / SLACK as f32);
        assert!(start.left() >= 0.0 && start.right() < width);
        assert!((-85.0..-60.0).contains(&start.top()), "{start:?}");
        assert!((-2.0..5.0).contains(&start.bottom()), "{start:?}");
        assert!((bounds(Anchor::End).left() - (start.left() - width)).abs() < 1e-3);
        assert!((bounds(Anchor::Middle).left() - (start.left() - 0.5 * width)).abs() < 1e-3);
    }

    #[test]
    fn chinese_characters_are_one_em_wide() {
        assert_eq!(width("温度，", 10.0), 30.0);
        assert_eq!(width("温度 τ", 10.0), 20.0 + width(" τ", 10.0));
    }

    #[test]
    fn pairs_of_letters_are_kerned() {
        assert!(width("AV", 100.0) < width("A", 100.0) + width("V", 100.0));
    }
}
