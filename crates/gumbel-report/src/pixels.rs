//! `Pixels`: the drawing surface of PNG pictures.
//!
//! A line is drawn segment by segment, as the pixels near each. The bitmap surface of plotters draws the
//! whole line as one polygon instead, which has gaps where a noisy curve crosses itself.

use std::convert::Infallible;

use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::font;

type Done = Result<(), DrawingErrorKind<Infallible>>;

/// An RGB picture that plotters can draw on.
pub(crate) struct Pixels<'a> {
    width: usize,
    rgb: &'a mut [[u8; 3]],
}

impl<'a> Pixels<'a> {
    /// A picture of `width` columns on the given pixels.
    pub(crate) fn new(width: usize, rgb: &'a mut [[u8; 3]]) -> Self {
        Self { width, rgb }
    }

    fn height(&self) -> usize {
        self.rgb.len() / self.width
    }

    fn blend(&mut self, x: i32, y: i32, color: BackendColor) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else {
            return;
        };
        if x >= self.width || y >= self.height() {
            return;
        }
        let (r, g, b) = color.rgb;
        for (old, new) in self.rgb[y * self.width + x].iter_mut().zip([r, g, b]) {
            let (from, to) = (f64::from(*old), f64::from(new));
            *old = (from + (to - from) * color.alpha).round() as u8;
        }
    }

    /// Colours every pixel whose centre is within `radius` of the segment.
    fn stroke(&mut self, a: BackendCoord, b: BackendCoord, radius: f64, color: BackendColor) {
        let (ax, ay) = (f64::from(a.0), f64::from(a.1));
        let (dx, dy) = (f64::from(b.0) - ax, f64::from(b.1) - ay);
        let length = dx * dx + dy * dy;
        let inside = |low: f64, high: f64, end: usize| {
            low.floor().clamp(0.0, end as f64) as i32..high.ceil().clamp(0.0, end as f64) as i32
        };
        let rows = inside(ay.min(ay + dy) - radius, ay.max(ay + dy) + radius, self.height());
        for row in rows {
            let y = f64::from(row) + 0.5 - ay;
            // The part of the segment that is near this row.
            let (from, to) = match dy {
                0.0 => (0.0, 1.0),
                _ => ((y - radius) / dy, (y + radius) / dy),
            };
            let (from, to) = (from.min(to).clamp(0.0, 1.0), from.max(to).clamp(0.0, 1.0));
            let (left, right) = (dx * from, dx * to);
            let (left, right) = (left.min(right) - radius, left.max(right) + radius);
            for column in inside(ax + left, ax + right, self.width) {
                let x = f64::from(column) + 0.5 - ax;
                let along = if length > 0.0 { (x * dx + y * dy) / length } else { 0.0 };
                let along = along.clamp(0.0, 1.0);
                if (x - along * dx).hypot(y - along * dy) <= radius {
                    self.blend(column, row, color);
                }
            }
        }
    }
}

impl DrawingBackend for Pixels<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.width as u32, self.height() as u32)
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Done {
        self.blend(x, y, color);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Done {
        let mut last = None;
        for here in path {
            if let Some(last) = last {
                let radius = f64::from(style.stroke_width()) / 2.0;
                self.stroke(last, here, radius, style.color());
            }
            last = Some(here);
        }
        Ok(())
    }

    /// Draws a rectangle that is always filled, without its right and lower edges, as in SVG.
    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Done {
        for y in top..bottom {
            for x in left..right {
                self.blend(x, y, style.color());
            }
        }
        Ok(())
    }

    /// Draws a disc that is always filled.
    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Done {
        self.stroke(center, center, f64::from(radius), style.color());
        Ok(())
    }

    /// Draws a horizontal text where the SVG surface places a text that is anchored at its top.
    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Done {
        let em = style.size() / 1.24;
        let baseline = at.1 + (0.76 * em).round() as i32;
        let anchor = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => 0.5,
            HPos::Right => 1.0,
        };
        let color = style.color();
        font::paint(text, em, anchor, |x, y, cover| {
            let cover = f64::from(cover.clamp(0.0, 1.0));
            self.blend(at.0 + x, baseline + y, color.mix(cover));
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ink(u32);

    impl BackendStyle for Ink {
        fn color(&self) -> BackendColor {
            BackendColor { alpha: 1.0, rgb: (0, 0, 0) }
        }

        fn stroke_width(&self) -> u32 {
            self.0
        }
    }

    fn inked(draw: impl FnOnce(&mut Pixels<'_>)) -> Vec<[u8; 3]> {
        let mut rgb = vec![[255; 3]; 40 * 30];
        draw(&mut Pixels::new(40, &mut rgb));
        rgb
    }

    fn count(rgb: &[[u8; 3]]) -> usize {
        rgb.iter().filter(|p| **p == [0; 3]).count()
    }

    #[test]
    fn a_line_has_its_width_without_holes() {
        let level = inked(|p| p.draw_path([(10, 15), (30, 15)], &Ink(4)).unwrap());
        for x in 10..30 {
            let column: Vec<usize> = (0..30).filter(|y| level[y * 40 + x] == [0; 3]).collect();
            assert_eq!(column, [13, 14, 15, 16]);
        }
        let upright = inked(|p| p.draw_path([(10, 5), (10, 25)], &Ink(4)).unwrap());
        for y in 5..25 {
            assert_eq!(count(&upright[y * 40..y * 40 + 40]), 4);
        }
        let there_and_back = inked(|p| p.draw_path([(3, 3), (30, 20), (3, 3)], &Ink(5)).unwrap());
        let there = inked(|p| p.draw_path([(3, 3), (30, 20)], &Ink(5)).unwrap());
        assert!(there_and_back == there);
    }

    #[test]
    fn marks_outside_are_cut_off() {
        let rgb = inked(|p| {
            p.draw_path([(-1000, 15), (1000, 15)], &Ink(2)).unwrap();
            p.draw_circle((-50, -50), 10, &Ink(1), true).unwrap();
            p.draw_rect((-5, -5), (2, 2), &Ink(1), true).unwrap();
        });
        assert_eq!(count(&rgb), 2 * 40 + 4);
    }

    #[test]
    fn a_circle_has_its_area() {
        let rgb = inked(|p| p.draw_circle((20, 15), 10, &Ink(1), true).unwrap());
        assert!((310..320).contains(&count(&rgb)), "{}", count(&rgb));
    }
}
