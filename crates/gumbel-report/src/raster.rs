//! Draws marks as a PNG picture, with tiny-skia.

use png::ColorType;
use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash,
    Transform,
};

use crate::color::{Color, WHITE};
use crate::mark::{Mark, Point, Shape};
use crate::{ReportError, font, png_file};

/// Points of a PNG picture in one pixel of the page, so that it is sharp on fine screens and in print.
const ZOOM: u32 = 2;
/// The most pixels of the page on a side: tiny-skia smooths the edges of shapes up to 8191 points long.
const MAX_SIDE: u32 = 4095;

/// The points of a picture.
pub(crate) struct Raster {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Red, green and blue of each point, row by row.
    pub(crate) rgb: Vec<u8>,
}

/// The picture as PNG.
pub(crate) fn png(size: (u32, u32), marks: &[Mark]) -> Result<Vec<u8>, ReportError> {
    let Raster { width, height, rgb } = raster(&draw_all(size, marks, ZOOM)?);
    png_file::encode(width, height, ColorType::Rgb, &rgb)
}

/// The picture, with texts in the embedded font, and `zoom` points in one pixel of the page: at most [`ZOOM`].
pub(crate) fn draw_all(
    (width, height): (u32, u32),
    marks: &[Mark],
    zoom: u32,
) -> Result<Pixmap, ReportError> {
    let side = |pixels| (1..=MAX_SIDE).contains(&pixels).then_some(zoom * pixels);
    let mut picture = side(width)
        .zip(side(height))
        .and_then(|(wide, high)| Pixmap::new(wide, high))
        .ok_or_else(|| {
            let problem =
                format!("expected 1 to {MAX_SIDE} pixels on each side, found {width} x {height}");
            ReportError::input("PNG", problem)
        })?;
    picture.fill(paint(WHITE));
    marks.iter().for_each(|mark| draw(&mut picture, mark, zoom));
    Ok(picture)
}

/// The points of a picture with more marks over it.
pub(crate) fn over(ground: &Pixmap, marks: &[Mark], zoom: u32) -> Raster {
    let mut picture = ground.clone();
    marks.iter().for_each(|mark| draw(&mut picture, mark, zoom));
    raster(&picture)
}

fn raster(picture: &Pixmap) -> Raster {
    let rgb = picture.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]);
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Raster { width, height, rgb: rgb.collect() }
}

fn paint(Color { rgb: [r, g, b], opacity }: Color) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(r, g, b, (opacity * 255.0).round() as u8)
}

/// Draws a mark. One without length or area leaves no trace.
fn draw(picture: &mut Pixmap, Mark { shape, color }: &Mark, zoom: u32) {
    let mut ink = Paint::default();
    ink.set_color(paint(*color));
    let zoom = Transform::from_scale(zoom as f32, zoom as f32);
    let Some(path) = path(shape) else { return };
    if let Shape::Line { width, dash, .. } = shape {
        let stroke = Stroke {
            width: *width as f32,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            dash: dash.and_then(|(on, off)| StrokeDash::new(vec![on as f32, off as f32], 0.0)),
            ..Stroke::default()
        };
        picture.stroke_path(&path, &ink, &stroke, zoom, None);
    } else {
        picture.fill_path(&path, &ink, FillRule::Winding, zoom, None);
    }
}

fn path(shape: &Shape) -> Option<Path> {
    let mut path = PathBuilder::new();
    match shape {
        Shape::Line { points, .. } => trace(&mut path, points),
        Shape::Rect { from, to } => {
            let [left, top, right, bottom] = [from.0, from.1, to.0, to.1].map(|v| v as f32);
            path.push_rect(Rect::from_ltrb(left, top, right, bottom)?);
        }
        Shape::Disc { center, radius } => {
            path.push_circle(center.0 as f32, center.1 as f32, *radius as f32);
        }
        Shape::Polygon { corners } => {
            trace(&mut path, corners);
            path.close();
        }
        Shape::Text { text, at, em, anchor } => font::outline(&mut path, text, *at, *em, *anchor),
    }
    path.finish()
}

fn trace(path: &mut PathBuilder, points: &[Point]) {
    for (i, &(x, y)) in points.iter().enumerate() {
        match i {
            0 => path.move_to(x as f32, y as f32),
            _ => path.line_to(x as f32, y as f32),
        }
    }
}
