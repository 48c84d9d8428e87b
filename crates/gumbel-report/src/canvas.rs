//! `Drawing` and `Canvas`: SVG and PNG files from the same drawing calls.
//!
//! A drawing uses pixels of the page. The surfaces use quarters of a pixel, so that curves are smooth: an
//! SVG declares them in its `viewBox`, and a PNG is reduced to two points for each pixel of the page, which
//! is sharp on high-resolution screens and in print.

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color, DrawingArea, IntoDrawingArea, IntoFont, PathElement, Polygon, Rectangle,
    SVGBackend,
};
use plotters::style::text_anchor::{Pos, VPos};

pub use plotters::prelude::{DrawingBackend, RGBAColor, RGBColor, WHITE};
pub use plotters::style::text_anchor::HPos;

use crate::pixels::Pixels;
use crate::{ReportError, escape, font, png_file};

/// The colour of titles, names and other important texts.
pub const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
/// The colour of labels of axes and ticks.
pub const MUTED: RGBColor = RGBColor(0x57, 0x60, 0x6a);
/// The colour of grid lines.
pub const FAINT: RGBColor = RGBColor(0xe4, 0xe7, 0xeb);
/// The colour of axes.
pub const RULE: RGBColor = RGBColor(0x9a, 0xa1, 0xa9);

/// The em of a title, in pixels of the page.
pub const TITLE: f64 = 19.0;
/// The em of all other text.
pub const LABEL: f64 = 15.0;

/// Units of a surface in one pixel of the page.
const SCALE: u32 = 4;
/// Units of a surface in one point of the PNG.
const POINT: usize = 2;

/// A picture that can be drawn on any surface.
pub trait Drawing {
    /// The title of the picture, for readers who cannot see it.
    fn title(&self) -> &str;
    /// Width and height in pixels of the page.
    ///
    /// # Errors
    /// Data that cannot be drawn.
    fn size(&self) -> Result<(u32, u32), ReportError>;
    /// Draws the picture on a canvas.
    ///
    /// # Errors
    /// An error of the surface.
    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), ReportError>;
}

/// The drawing as an SVG picture that uses the reader's own fonts.
///
/// # Errors
/// The errors of `size` and `draw` of the drawing.
pub fn svg(drawing: &impl Drawing) -> Result<String, ReportError> {
    let (width, height) = drawing.size()?;
    let (wide, high) = (width * SCALE, height * SCALE);
    let mut body = String::new();
    Canvas::on(SVGBackend::with_string(&mut body, (wide, high)), drawing)?;
    let (_, body) =
        body.split_once('\n').ok_or_else(|| ReportError::Draw("the SVG is empty".into()))?;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {wide} {high}\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n\
         <title>{}</title>\n{}",
        escape(drawing.title()),
        group_discs(body),
    ))
}

/// Moves the common opacity of successive discs to a group around them, so that a cloud of points takes a
/// third of the bytes.
fn group_discs(body: &str) -> String {
    let parts = |line: &str| {
        let (place, style) = line.strip_prefix("<circle ")?.split_once(" opacity=")?;
        let style = style.strip_suffix(" stroke-width=\"1\"/>")?;
        Some((place.to_owned(), style.to_owned()))
    };
    let (mut out, mut open) = (String::with_capacity(body.len()), String::new());
    for line in body.lines() {
        let disc = parts(line);
        let style = disc.as_ref().map_or("", |(_, style)| style);
        if style != open {
            if !open.is_empty() {
                out.push_str("</g>\n");
            }
            if !style.is_empty() {
                out += &format!("<g fill-opacity={style}>\n");
            }
            style.clone_into(&mut open);
        }
        match disc {
            Some((place, _)) => out += &format!("<circle {place}/>\n"),
            None => out += &format!("{line}\n"),
        }
    }
    out
}

/// The drawing as a PNG picture, with two points for each pixel of the page.
///
/// # Errors
/// As [`svg`].
pub fn png(drawing: &impl Drawing) -> Result<Vec<u8>, ReportError> {
    let (width, height) = drawing.size()?;
    let (wide, high) = ((width * SCALE) as usize, (height * SCALE) as usize);
    let mut fine = vec![[255; 3]; wide * high];
    Canvas::on(Pixels::new(wide, &mut fine), drawing)?;
    let mut data = Vec::with_capacity(wide * high / (POINT * POINT) * 3);
    for y in (0..high).step_by(POINT) {
        for x in (0..wide).step_by(POINT) {
            let rows = (y..y + POINT).map(|y| &fine[y * wide + x..y * wide + x + POINT]);
            let sum = rows
                .flatten()
                .fold([0; 3], |sum: [usize; 3], p| [0, 1, 2].map(|c| sum[c] + usize::from(p[c])));
            data.extend(sum.map(|sum| ((sum + POINT * POINT / 2) / (POINT * POINT)) as u8));
        }
    }
    png_file::encode(wide / POINT, high / POINT, png::ColorType::Rgb, &data)
}

/// A surface with coordinates in pixels of the page. Right and down are positive.
#[expect(missing_debug_implementations, reason = "the surfaces of plotters have none")]
pub struct Canvas<B: DrawingBackend> {
    area: DrawingArea<B, Shift>,
}

type Done = Result<(), ReportError>;

impl<B: DrawingBackend> Canvas<B> {
    fn on(backend: B, drawing: &impl Drawing) -> Done {
        let canvas = Self { area: backend.into_drawing_area() };
        canvas.area.fill(&WHITE).map_err(draw_error)?;
        drawing.draw(&canvas)?;
        canvas.area.present().map_err(draw_error)
    }

    /// Draws a line through the points, in order.
    ///
    /// # Errors
    /// An error of the surface.
    pub fn line(&self, points: &[(f64, f64)], color: impl Color, width: f64) -> Done {
        let points: Vec<_> = points.iter().copied().map(to_units).collect();
        let style = color.stroke_width(to_unit(width) as u32);
        self.area.draw(&PathElement::new(points, style)).map_err(draw_error)
    }

    /// Draws a filled rectangle.
    ///
    /// # Errors
    /// As [`Canvas::line`].
    pub fn rect(&self, from: (f64, f64), to: (f64, f64), color: impl Color) -> Done {
        let corners = [to_units(from), to_units(to)];
        self.area.draw(&Rectangle::new(corners, color.filled())).map_err(draw_error)
    }

    /// Draws a filled disc.
    ///
    /// # Errors
    /// As [`Canvas::line`].
    pub fn disc(&self, center: (f64, f64), radius: f64, color: impl Color) -> Done {
        let circle = Circle::new(to_units(center), to_unit(radius), color.filled());
        self.area.draw(&circle).map_err(draw_error)
    }

    /// Draws a filled polygon.
    ///
    /// # Errors
    /// As [`Canvas::line`].
    pub fn polygon(&self, corners: &[(f64, f64)], color: impl Color) -> Done {
        let corners: Vec<_> = corners.iter().copied().map(to_units).collect();
        self.area.draw(&Polygon::new(corners, color.filled())).map_err(draw_error)
    }

    /// Draws a line of text with its baseline at the height of `at`. An empty text draws nothing.
    ///
    /// # Errors
    /// As [`Canvas::line`].
    pub fn text(
        &self,
        text: &str,
        at: (f64, f64),
        em: f64,
        color: impl Color,
        anchor: HPos,
    ) -> Done {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if text.is_empty() {
            return Ok(());
        }
        // In plotters a font size is 1.24 em, and the top of a text is 0.76 em above its baseline.
        let font = (font::FAMILY, em * f64::from(SCALE) * 1.24).into_font();
        let style = font.color(&color).pos(Pos::new(anchor, VPos::Top));
        self.area.draw_text(&text, &style, to_units((at.0, at.1 - 0.76 * em))).map_err(draw_error)
    }
}

/// A point of the page in units of a surface.
fn to_units((x, y): (f64, f64)) -> (i32, i32) {
    (to_unit(x), to_unit(y))
}

fn to_unit(v: f64) -> i32 {
    (v * f64::from(SCALE)).round() as i32
}

fn draw_error(error: impl std::fmt::Display) -> ReportError {
    ReportError::Draw(error.to_string())
}
