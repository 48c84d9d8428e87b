//! `Sketch`: a list of marks that can be drawn on any surface.
//!
//! Later marks cover earlier ones. Coordinates are pixels of the page; right and down are positive.

use crate::canvas::{self, Canvas, Drawing, DrawingBackend, HPos, MUTED, RGBAColor, RGBColor};
use crate::color::thin;
use crate::{ReportError, font};

type Point = (f64, f64);

/// The em of the texts of a sketch that is about as wide as its page.
pub const TEXT: f64 = 13.5;

/// A drawing of lines, shapes and texts. [`Panel`](crate::Panel)s draw on one.
///
/// ```
/// use gumbel_report::{Sketch, color::BLUE};
/// let mut sketch = Sketch::new("A disc", 200, 100);
/// sketch.disc((100.0, 50.0), 30.0, BLUE);
/// sketch.label("a disc", (100.0, 94.0));
/// assert!(sketch.svg()?.contains("<circle"));
/// assert!(sketch.png()?.starts_with(b"\x89PNG"));
/// # Ok::<(), gumbel_report::ReportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sketch {
    title: String,
    size: (u32, u32),
    marks: Vec<Mark>,
}

#[derive(Clone, Debug)]
enum Mark {
    Line { points: Vec<Point>, ink: RGBAColor, width: f64 },
    Rect { from: Point, to: Point, ink: RGBAColor },
    Disc { center: Point, radius: f64, ink: RGBAColor },
    Polygon { corners: Vec<Point>, ink: RGBAColor },
    Text { text: String, at: Point, em: f64, ink: RGBAColor, anchor: Anchor },
}

/// The part of a text that is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The start.
    Start,
    /// The middle.
    Middle,
    /// The end.
    End,
}

/// A text of a [`Sketch`] and its bounding box, with room for a font wider than the embedded one.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedText {
    /// The text.
    pub text: String,
    /// The upper left corner.
    pub from: (f64, f64),
    /// The lower right corner.
    pub to: (f64, f64),
}

impl PlacedText {
    /// Whether the boxes of two texts overlap.
    pub fn overlaps(&self, other: &Self) -> bool {
        let apart = self.to.0 <= other.from.0
            || other.to.0 <= self.from.0
            || self.to.1 <= other.from.1
            || other.to.1 <= self.from.1;
        !apart
    }
}

impl Sketch {
    /// Creates an empty drawing. `title` is for readers who cannot see it; it is not drawn.
    pub fn new(title: impl Into<String>, width: u32, height: u32) -> Self {
        Self { title: title.into(), size: (width, height), marks: Vec::new() }
    }

    /// Adds a line through the points.
    pub fn line(&mut self, points: &[Point], ink: impl Into<RGBAColor>, width: f64) {
        self.marks.push(Mark::Line { points: points.to_vec(), ink: ink.into(), width });
    }

    /// Adds a filled rectangle.
    pub fn rect(&mut self, from: Point, to: Point, ink: impl Into<RGBAColor>) {
        self.marks.push(Mark::Rect { from, to, ink: ink.into() });
    }

    /// Adds a filled disc.
    pub fn disc(&mut self, center: Point, radius: f64, ink: impl Into<RGBAColor>) {
        self.marks.push(Mark::Disc { center, radius, ink: ink.into() });
    }

    /// Adds a filled polygon.
    pub fn polygon(&mut self, corners: &[Point], ink: impl Into<RGBAColor>) {
        self.marks.push(Mark::Polygon { corners: corners.to_vec(), ink: ink.into() });
    }

    /// Adds a text with its baseline at the height of `at`.
    pub fn text(
        &mut self,
        text: impl Into<String>,
        at: Point,
        em: f64,
        ink: RGBColor,
        anchor: Anchor,
    ) {
        let (text, ink) = (text.into(), thin(ink, 1.0));
        self.marks.push(Mark::Text { text, at, em, ink, anchor });
    }

    /// Adds a centred text in a muted colour.
    pub fn label(&mut self, text: impl Into<String>, at: Point) {
        self.text(text, at, TEXT, MUTED, Anchor::Middle);
    }

    /// Adds a dashed line: dashes of `on` pixels with gaps of `off` pixels.
    pub fn dashed(
        &mut self,
        points: &[Point],
        ink: impl Into<RGBAColor>,
        width: f64,
        (on, off): (f64, f64),
    ) {
        let ink = ink.into();
        let (mut drawing, mut left) = (true, on.max(0.5));
        let Some(&first) = points.first() else { return };
        let mut dash = vec![first];
        for pair in points.windows(2) {
            let (mut from, to) = (pair[0], pair[1]);
            let mut rest = (to.0 - from.0).hypot(to.1 - from.1);
            while rest >= left {
                let part = left / rest;
                from = (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1));
                rest -= left;
                dash.push(from);
                if drawing {
                    self.line(&dash, ink, width);
                }
                drawing = !drawing;
                left = if drawing { on.max(0.5) } else { off.max(0.5) };
                dash = vec![from];
            }
            left -= rest;
            dash.push(to);
        }
        let far = |p: &Point| (p.0 - dash[0].0).hypot(p.1 - dash[0].1) > 1e-6;
        if drawing && dash.iter().any(far) {
            self.line(&dash, ink, width);
        }
    }

    /// Adds the outline of a rectangle.
    pub fn frame(&mut self, from: Point, to: Point, ink: impl Into<RGBAColor>, width: f64) {
        let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
        self.line(&corners, ink, width);
    }

    /// Adds an arrow with a solid head at `to`.
    pub fn arrow(&mut self, from: Point, to: Point, ink: RGBColor, width: f64) {
        self.draw_arrow(from, to, ink, width, None);
    }

    /// Adds an arrow with a dashed line.
    pub fn dashed_arrow(
        &mut self,
        from: Point,
        to: Point,
        ink: RGBColor,
        width: f64,
        dash: (f64, f64),
    ) {
        self.draw_arrow(from, to, ink, width, Some(dash));
    }

    fn draw_arrow(
        &mut self,
        from: Point,
        to: Point,
        ink: RGBColor,
        width: f64,
        dash: Option<(f64, f64)>,
    ) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy);
        if length < 1e-9 {
            return;
        }
        let (dx, dy) = (dx / length, dy / length);
        let head = (5.0 + 2.2 * width).min(length);
        let half = 0.42 * head;
        let neck = (to.0 - head * dx, to.1 - head * dy);
        match dash {
            Some(dash) => self.dashed(&[from, neck], ink, width, dash),
            None => self.line(&[from, neck], ink, width),
        }
        let side = |s: f64| (neck.0 - s * half * dy, neck.1 + s * half * dx);
        self.polygon(&[to, side(1.0), side(-1.0)], ink);
    }

    /// The drawing as an SVG picture that uses the reader's own fonts.
    ///
    /// # Errors
    /// An error of the drawing library; no marks are known to cause one.
    pub fn svg(&self) -> Result<String, ReportError> {
        canvas::svg(self)
    }

    /// The drawing as a PNG picture, with two points for each pixel of the page.
    ///
    /// # Errors
    /// As [`Sketch::svg`].
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        canvas::png(self)
    }

    /// Width and height in pixels of the page.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// All texts with their bounding boxes.
    pub fn texts(&self) -> Vec<PlacedText> {
        let placed = |mark: &Mark| {
            let Mark::Text { text, at, em, anchor, .. } = mark else { return None };
            let width = font::width(text, *em);
            let left = match anchor {
                Anchor::Start => at.0,
                Anchor::Middle => at.0 - width / 2.0,
                Anchor::End => at.0 - width,
            };
            let text = text.clone();
            let (from, to) = ((left, at.1 - 0.74 * em), (left + width, at.1 + 0.2 * em));
            (width > 0.0).then_some(PlacedText { text, from, to })
        };
        self.marks.iter().filter_map(placed).collect()
    }

    /// The characters of the texts that the font of PNG pictures lacks.
    pub fn missing_glyphs(&self) -> Vec<char> {
        let texts = self.texts();
        let chars = texts.iter().flat_map(|placed| placed.text.chars());
        chars.filter(|&c| !font::has(c)).collect()
    }
}

impl Drawing for Sketch {
    fn title(&self) -> &str {
        &self.title
    }

    fn size(&self) -> Result<(u32, u32), ReportError> {
        Ok(self.size)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), ReportError> {
        for mark in &self.marks {
            match mark {
                Mark::Line { points, ink, width } => canvas.line(points, *ink, *width)?,
                Mark::Rect { from, to, ink } => canvas.rect(*from, *to, *ink)?,
                Mark::Disc { center, radius, ink } => canvas.disc(*center, *radius, *ink)?,
                Mark::Polygon { corners, ink } => canvas.polygon(corners, *ink)?,
                Mark::Text { text, at, em, ink, anchor } => {
                    let anchor = match anchor {
                        Anchor::Start => HPos::Left,
                        Anchor::Middle => HPos::Center,
                        Anchor::End => HPos::Right,
                    };
                    canvas.text(text, *at, *em, *ink, anchor)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::INK;
    use crate::color::BLUE;

    #[test]
    fn dashes_have_their_length_around_corners() {
        let mut sketch = Sketch::new("dashes", 100, 100);
        sketch.dashed(&[(0.0, 5.0), (30.0, 5.0), (30.0, 35.0)], BLUE, 1.0, (6.0, 4.0));
        let length = |points: &[Point]| -> f64 {
            points.windows(2).map(|p| (p[1].0 - p[0].0).hypot(p[1].1 - p[0].1)).sum()
        };
        let dashes = sketch.marks.iter().map(|mark| match mark {
            Mark::Line { points, .. } => length(points),
            _ => 0.0,
        });
        let dashes: Vec<_> = dashes.collect();
        assert_eq!(dashes.len(), 6);
        assert!(dashes.iter().all(|d| (d - 6.0).abs() < 1e-9), "{dashes:?}");
    }

    #[test]
    fn texts_have_boxes_and_missing_glyphs_are_listed() {
        let mut sketch = Sketch::new("texts", 300, 100);
        sketch.label("middle", (150.0, 50.0));
        sketch.text("other", (150.0, 52.0), TEXT, INK, Anchor::Start);
        sketch.text("far \u{2192}", (10.0, 90.0), TEXT, INK, Anchor::Start);
        let texts = sketch.texts();
        assert!(texts[0].overlaps(&texts[1]) && !texts[0].overlaps(&texts[2]));
        assert!((texts[0].from.0 + texts[0].to.0 - 300.0).abs() < 1e-9);
        assert_eq!(sketch.missing_glyphs(), ['\u{2192}']);
    }

    #[test]
    fn a_cloud_of_discs_takes_few_bytes() {
        let mut sketch = Sketch::new("cloud", 100, 100);
        for i in 0..1000 {
            sketch.disc((f64::from(i % 100), f64::from(i / 10)), 1.5, thin(BLUE, 0.5));
        }
        let svg = sketch.svg().unwrap();
        assert_eq!(svg.matches("<circle ").count(), 1000);
        assert_eq!((svg.matches("<g ").count(), svg.matches("</g>").count()), (1, 1));
        assert!(svg.contains("fill-opacity=\"0.5\"") && svg.len() < 40_000, "{}", svg.len());
        assert!(svg.trim_end().ends_with("</svg>"));
    }
}
