//! One drawing, two files: SVG and PNG out of the same calls.
//!
//! A drawing speaks in pixels of the page. The surfaces below count in quarters of one, so that
//! curves are smooth: the SVG says so in its `viewBox`, and the PNG is reduced to two points for
//! each pixel of the page, which is sharp on fine screens and in print.

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

/// Titles, names and anything that is read first.
pub const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
/// Labels of axes and ticks.
pub const MUTED: RGBColor = RGBColor(0x57, 0x60, 0x6a);
/// Lines of a grid.
pub const FAINT: RGBColor = RGBColor(0xe4, 0xe7, 0xeb);
/// Axes.
pub const RULE: RGBColor = RGBColor(0x9a, 0xa1, 0xa9);

/// The em of a title, in pixels of the page.
pub const TITLE: f64 = 19.0;
/// The em of all other text.
pub const LABEL: f64 = 15.0;

/// Steps of the surfaces in one pixel of the page.
const SCALE: u32 = 4;
/// Steps that become one point of the PNG.
const STEPS: usize = 2;

/// Something that can be drawn on any surface.
pub trait Drawing {
    /// What the picture is called, for those who cannot see it.
    fn title(&self) -> &str;
    /// Width and height in pixels of the page.
    ///
    /// # Errors
    /// Why there is no picture.
    fn size(&self) -> Result<(u32, u32), ReportError>;
    /// Draws it.
    ///
    /// # Errors
    /// When the surface refuses.
    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), ReportError>;
}

/// The drawing as an SVG picture that uses the reader's own fonts.
///
/// # Errors
/// A drawing without a size, or what its `draw` returns.
pub fn svg(drawing: &impl Drawing) -> Result<String, ReportError> {
    let (width, height) = drawing.size()?;
    let (wide, high) = (width * SCALE, height * SCALE);
    let mut body = String::new();
    Canvas::on(SVGBackend::with_string(&mut body, (wide, high)), drawing)?;
    let (_, body) = body.split_once('\n').ok_or_else(|| ReportError::Draw("no SVG came".into()))?;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {wide} {high}\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n\
         <title>{}</title>\n{}",
        escape(drawing.title()),
        together(body),
    ))
}

/// Discs of one size and ink that follow each other share what they have in common: a cloud of
/// points takes a third of the bytes.
fn together(body: &str) -> String {
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
    let mut data = Vec::with_capacity(wide * high / (STEPS * STEPS) * 3);
    for y in (0..high).step_by(STEPS) {
        for x in (0..wide).step_by(STEPS) {
            let rows = (y..y + STEPS).map(|y| &fine[y * wide + x..y * wide + x + STEPS]);
            let sum = rows
                .flatten()
                .fold([0; 3], |sum: [usize; 3], p| [0, 1, 2].map(|c| sum[c] + usize::from(p[c])));
            data.extend(sum.map(|sum| ((sum + STEPS * STEPS / 2) / (STEPS * STEPS)) as u8));
        }
    }
    png_file::encode(wide / STEPS, high / STEPS, png::ColorType::Rgb, &data)
}

/// A surface, addressed in pixels of the page. Right and down are positive.
#[expect(missing_debug_implementations, reason = "the surfaces of plotters have none")]
pub struct Canvas<B: DrawingBackend> {
    area: DrawingArea<B, Shift>,
}

type Done = Result<(), ReportError>;

impl<B: DrawingBackend> Canvas<B> {
    fn on(backend: B, drawing: &impl Drawing) -> Done {
        let canvas = Self { area: backend.into_drawing_area() };
        canvas.area.fill(&WHITE).map_err(refused)?;
        drawing.draw(&canvas)?;
        canvas.area.present().map_err(refused)
    }

    /// A line through the points, in order.
    ///
    /// # Errors
    /// When the surface refuses; so for all below.
    pub fn line(&self, points: &[(f64, f64)], color: impl Color, width: f64) -> Done {
        let points: Vec<_> = points.iter().copied().map(steps).collect();
        let style = color.stroke_width(step(width) as u32);
        self.area.draw(&PathElement::new(points, style)).map_err(refused)
    }

    /// A filled rectangle.
    ///
    /// # Errors
    /// As [`Canvas::line`].
    pub fn rect(&self, from: (f64, f64), to: (f64, f64), color: impl Color) -> Done {
        let corners = [steps(from), steps(to)];
        self.area.draw(&Rectangle::new(corners, color.filled())).map_err(refused)
    }

    /// A filled disc.
    ///
    /// # Errors
    /// As [`Canvas::line`].
    pub fn disc(&self, center: (f64, f64), radius: f64, color: impl Color) -> Done {
        let circle = Circle::new(steps(center), step(radius), color.filled());
        self.area.draw(&circle).map_err(refused)
    }

    /// A filled polygon.
    ///
    /// # Errors
    /// As [`Canvas::line`].
    pub fn polygon(&self, corners: &[(f64, f64)], color: impl Color) -> Done {
        let corners: Vec<_> = corners.iter().copied().map(steps).collect();
        self.area.draw(&Polygon::new(corners, color.filled())).map_err(refused)
    }

    /// A line of text with its baseline at the height of `at`. Empty text is nothing.
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
        // plotters counts 1.24 to the em, and hangs text 0.76 em above its baseline.
        let font = (font::FAMILY, em * f64::from(SCALE) * 1.24).into_font();
        let style = font.color(&color).pos(Pos::new(anchor, VPos::Top));
        self.area.draw_text(&text, &style, steps((at.0, at.1 - 0.76 * em))).map_err(refused)
    }
}

fn steps((x, y): (f64, f64)) -> (i32, i32) {
    (step(x), step(y))
}

fn step(v: f64) -> i32 {
    (v * f64::from(SCALE)).round() as i32
}

fn refused(error: impl std::fmt::Display) -> ReportError {
    ReportError::Draw(error.to_string())
}
