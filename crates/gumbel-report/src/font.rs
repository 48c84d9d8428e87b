//! The embedded font: measures texts, and draws their glyphs in PNG pictures.
//!
//! Ubuntu Light, drawn a little heavier so that it is readable at 14 pixels. SVG pictures use the fonts of
//! the reader's system, and this font only to measure.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

/// The font families of SVG pictures.
pub(crate) const FAMILY: &str = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', sans-serif";

/// The factor by which a system font may be wider than the embedded one.
const SLACK: f64 = 1.15;

static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).expect("the embedded font is valid")
});

/// The scale at which an em is `em` pixels.
fn scale(em: f64) -> PxScale {
    let units = f64::from(FONT.units_per_em().unwrap_or(1000.0));
    PxScale::from((em * f64::from(FONT.height_unscaled()) / units) as f32)
}

/// The glyphs of a line of text with its baseline at height 0, and the width of the line.
fn layout(text: &str, em: f64) -> (Vec<Glyph>, f32) {
    let (mut glyphs, mut x, mut last) = (Vec::new(), 0.0, None);
    let font = FONT.as_scaled(scale(em));
    for id in text.chars().map(|c| font.glyph_id(c)) {
        x += last.map_or(0.0, |last| font.kern(last, id));
        glyphs.push(id.with_scale_and_position(scale(em), point(x, 0.0)));
        x += font.h_advance(id);
        last = Some(id);
    }
    (glyphs, x)
}

/// The width that a text needs in any font.
pub(crate) fn width(text: &str, em: f64) -> f64 {
    f64::from(layout(text, em).1) * SLACK
}

/// Whether the font has a glyph for the character.
pub(crate) fn has(c: char) -> bool {
    FONT.glyph_id(c).0 != 0
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

/// Calls `pixel` for every pixel that the text touches, with its position relative to the anchor on the
/// baseline and its coverage. `anchor` is 0 for a text that starts at its position, 1 for one that ends there.
pub(crate) fn paint(text: &str, em: f64, anchor: f32, mut pixel: impl FnMut(i32, i32, f32)) {
    let (glyphs, width) = layout(text, em);
    for mut glyph in glyphs {
        glyph.position.x -= width * anchor;
        let Some(outline) = FONT.outline_glyph(glyph) else {
            continue;
        };
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, cover| {
            let (x, y) = (corner.x as i32 + x as i32, corner.y as i32 + y as i32);
            pixel(x, y, cover);
            pixel(x + 1, y, cover);
        });
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
        let (mut left, mut right, mut top, mut bottom) = (i32::MAX, i32::MIN, i32::MAX, i32::MIN);
        paint("Hill", 100.0, 0.0, |x, y, _| {
            (left, right) = (left.min(x), right.max(x));
            (top, bottom) = (top.min(y), bottom.max(y));
        });
        assert!(left >= 0 && f64::from(right) < width("Hill", 100.0));
        assert!((-85..-60).contains(&top) && (-2..5).contains(&bottom), "{top} {bottom}");
    }
}
