//! `Sketch`: a list of marks, written as SVG or PNG.
//!
//! Later marks cover earlier ones. Coordinates are pixels of the page; right and down are positive.

use crate::color::{Color, MUTED};
use crate::mark::{Anchor, Mark, Point, Shape};
use crate::{ReportError, font, gif_file, raster, svg};

/// The em, in pixels, of the texts of a sketch that is about as wide as its page.
pub const TEXT: f64 = 13.5;
/// The em of the texts of line charts and heat maps, which may be shown smaller than they are.
pub(crate) const LABEL: f64 = 15.0;
/// The em of their titles.
pub(crate) const TITLE: f64 = 19.0;
/// The longest side, in pixels of the page, of an animation with two by two points for each pixel.
const FINE_FRAME: u32 = 480;

/// A drawing of lines, shapes and texts. A [`Panel`](crate::Panel) draws on a sketch; a
/// [`LineChart`](crate::LineChart) or [`Heatmap`](crate::Heatmap) becomes a sketch.
///
/// A mark at a position that is not finite is left out.
///
/// ```
/// use gumbel_report::{Sketch, color::BLUE};
/// let mut sketch = Sketch::new("A disc", 200, 100);
/// sketch.disc((100.0, 50.0), 30.0, BLUE);
/// sketch.label("a disc", (100.0, 94.0));
/// assert!(sketch.svg().contains("<circle"));
/// assert!(sketch.png()?.starts_with(b"\x89PNG"));
/// # Ok::<(), gumbel_report::ReportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sketch {
    title: String,
    size: (u32, u32),
    marks: Vec<Mark>,
}

/// A text of a [`Sketch`] and its bounding box, with room for a font wider than the embedded one.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedText {
    /// The characters of the text.
    pub text: String,
    /// The upper left corner of the bounding box.
    pub from: (f64, f64),
    /// The lower right corner of the bounding box.
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
    /// Creates an empty drawing. `title` describes the drawing to readers who cannot see it, and is not drawn.
    pub fn new(title: impl Into<String>, width: u32, height: u32) -> Self {
        Self { title: title.into(), size: (width, height), marks: Vec::new() }
    }

    fn add(&mut self, shape: Shape, color: Color) {
        if shape.is_finite() {
            self.marks.push(Mark { shape, color });
        }
    }

    /// Adds a line through the points, with round ends and corners.
    pub fn line(&mut self, points: &[Point], color: Color, width: f64) {
        self.add(Shape::Line { points: points.to_vec(), width, dash: None }, color);
    }

    /// Adds a dashed line: dashes of `on` pixels with gaps of `off` pixels, both at least 0.5. The round ends
    /// of the dashes reach into the gaps.
    pub fn dashed(&mut self, points: &[Point], color: Color, width: f64, (on, off): (f64, f64)) {
        let dash = Some((on.max(0.5), off.max(0.5)));
        self.add(Shape::Line { points: points.to_vec(), width, dash }, color);
    }

    /// Adds a filled rectangle between two opposite corners.
    pub fn rect(&mut self, a: Point, b: Point, color: Color) {
        let sort = |a: f64, b: f64| if a <= b { (a, b) } else { (b, a) };
        let ((left, right), (top, bottom)) = (sort(a.0, b.0), sort(a.1, b.1));
        self.add(Shape::Rect { from: (left, top), to: (right, bottom) }, color);
    }

    /// Adds a filled disc.
    pub fn disc(&mut self, center: Point, radius: f64, color: Color) {
        self.add(Shape::Disc { center, radius }, color);
    }

    /// Adds a filled polygon.
    pub fn polygon(&mut self, corners: &[Point], color: Color) {
        self.add(Shape::Polygon { corners: corners.to_vec() }, color);
    }

    /// Adds a text in letters of size `em`, with its baseline at the height of `at`. An empty text adds no mark.
    pub fn text(
        &mut self,
        text: impl Into<String>,
        at: Point,
        em: f64,
        color: Color,
        anchor: Anchor,
    ) {
        let text: String = text.into();
        if !text.is_empty() {
            let text = text.replace(char::is_control, " ");
            self.add(Shape::Text { text, at, em, anchor }, color);
        }
    }

    /// Adds a centred text in a muted colour.
    pub fn label(&mut self, text: impl Into<String>, at: Point) {
        self.text(text, at, TEXT, MUTED, Anchor::Middle);
    }

    /// Adds the outline of a rectangle.
    pub fn frame(&mut self, from: Point, to: Point, color: Color, width: f64) {
        let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
        self.line(&corners, color, width);
    }

    /// Adds an arrow with a solid head at `to`.
    pub fn arrow(&mut self, from: Point, to: Point, color: Color, width: f64) {
        self.draw_arrow(from, to, color, width, None);
    }

    /// Adds an arrow with a dashed line and a solid head at `to`; `dash` is the length of dashes and gaps as for
    /// [`dashed`](Self::dashed).
    pub fn dashed_arrow(
        &mut self,
        from: Point,
        to: Point,
        color: Color,
        width: f64,
        dash: (f64, f64),
    ) {
        self.draw_arrow(from, to, color, width, Some(dash));
    }

    fn draw_arrow(
        &mut self,
        from: Point,
        to: Point,
        color: Color,
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
            Some(dash) => self.dashed(&[from, neck], color, width, dash),
            None => self.line(&[from, neck], color, width),
        }
        let side = |s: f64| (neck.0 - s * half * dy, neck.1 + s * half * dx);
        self.polygon(&[to, side(1.0), side(-1.0)], color);
    }

    /// The drawing as an SVG picture that uses the reader's own fonts.
    pub fn svg(&self) -> String {
        svg::write(&self.title, self.size, &self.marks)
    }

    /// The drawing as a PNG picture, with two by two points for each pixel of the page.
    ///
    /// # Errors
    /// An error if the width or the height is 0 or above 4095 pixels.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        raster::png(self.size, &self.marks)
    }

    /// An animated GIF without end: this drawing with each of `frames` over it for `hundredths` of a second. A point of
    /// the file is half a pixel of the page, as in a PNG picture; a whole one if a side is longer than 480 pixels.
    ///
    /// The frames are encoded one after the other, so an iterator that makes them needs little memory. Only what
    /// changes from frame to frame is written, with at most 255 colours, so the edges of shapes may be a little less
    /// smooth than in a PNG picture.
    ///
    /// # Errors
    /// No frame; frames of another size than this drawing; the errors of [`png`](Self::png).
    ///
    /// ```
    /// use gumbel_report::Sketch;
    /// use gumbel_report::color::{BLUE, INK};
    /// let mut ground = Sketch::new("a disc moves", 100, 40);
    /// ground.line(&[(0.0, 28.0), (100.0, 28.0)], INK, 1.0);
    /// let frame = |x: f64| {
    ///     let mut sketch = Sketch::new("", 100, 40);
    ///     sketch.disc((x, 20.0), 8.0, BLUE);
    ///     sketch
    /// };
    /// let file = ground.gif([20.0, 50.0, 80.0].map(frame), 20)?;
    /// assert!(file.starts_with(b"GIF89a"));
    /// # Ok::<(), gumbel_report::ReportError>(())
    /// ```
    pub fn gif(
        &self,
        frames: impl IntoIterator<Item = Self>,
        hundredths: u16,
    ) -> Result<Vec<u8>, ReportError> {
        let (width, height) = self.size;
        let zoom = if width.max(height) <= FINE_FRAME { 2 } else { 1 };
        let ground = raster::draw_all(self.size, &self.marks, zoom)?;
        let drawn = frames.into_iter().map(|frame| {
            if frame.size != self.size {
                let (found, other) = frame.size;
                let problem = format!(
                    "expected frames of {width} x {height} pixels, found {found} x {other}"
                );
                return Err(ReportError::Gif(problem));
            }
            Ok(raster::over(&ground, &frame.marks, zoom))
        });
        gif_file::encode(drawn, hundredths)
    }

    /// The width and the height of the drawing, in pixels of the page.
    pub fn size(&self) -> (u32, u32) {
        self.size
    }

    /// All texts of the drawing with their bounding boxes.
    pub fn texts(&self) -> Vec<PlacedText> {
        let placed = |mark: &Mark| {
            let Shape::Text { text, at, em, anchor } = &mark.shape else { return None };
            let width = font::width(text, *em);
            let left = at.0 - anchor.share() * width;
            let text = text.clone();
            let (from, to) = ((left, at.1 - 0.74 * em), (left + width, at.1 + 0.2 * em));
            (width > 0.0).then_some(PlacedText { text, from, to })
        };
        self.marks.iter().filter_map(placed).collect()
    }

    /// The same drawing with other words: each text becomes what `word` makes of it, at the same place.
    ///
    /// ```
    /// use gumbel_report::Sketch;
    /// let mut sketch = Sketch::new("bias", 200, 100);
    /// sketch.label("bias", (100.0, 50.0));
    /// let chinese = sketch.reworded("偏差", |text| text.replace("bias", "偏差"));
    /// assert_eq!(chinese.texts()[0].text, "偏差");
    /// ```
    #[must_use]
    pub fn reworded(&self, title: impl Into<String>, word: impl Fn(&str) -> String) -> Self {
        let mut sketch = Self { title: title.into(), ..self.clone() };
        for mark in &mut sketch.marks {
            if let Shape::Text { text, .. } = &mut mark.shape {
                *text = word(text);
            }
        }
        sketch
    }

    /// Whether a text has Chinese characters, which the font of PNG pictures lacks and every SVG viewer has.
    pub fn is_chinese(&self) -> bool {
        self.texts().iter().any(|placed| placed.text.chars().any(font::is_wide))
    }

    /// The characters of the texts that the font of PNG pictures lacks.
    pub fn missing_glyphs(&self) -> Vec<char> {
        let texts = self.texts();
        let chars = texts.iter().flat_map(|placed| placed.text.chars());
        chars.filter(|&c| !font::has(c)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::{BLACK, BLUE, INK, WHITE, thin};
    use crate::png_file;

    /// The colour of a point of the PNG, two of which are a pixel of the page.
    fn points(sketch: &Sketch) -> impl Fn(usize, usize) -> [u8; 3] {
        let (width, _, data) = png_file::decode(&sketch.png().unwrap());
        move |x, y| data[3 * (y * width + x)..][..3].try_into().unwrap()
    }

    #[test]
    fn lines_on_pixels_are_sharp() {
        let mut sketch = Sketch::new("lines", 40, 30);
        sketch.line(&[(5.0, 10.5), (35.0, 10.5)], BLUE, 1.0);
        sketch.rect((30.0, 25.0), (20.0, 15.0), BLUE);
        let at = points(&sketch);
        let rows: Vec<_> = (0..60).filter(|&y| at(40, y) != WHITE.rgb).collect();
        assert_eq!(rows, (20..22).chain(30..50).collect::<Vec<_>>());
        assert!(rows.iter().all(|&y| at(40, y) == BLUE.rgb));
        assert_eq!((at(39, 40), at(59, 40), at(60, 40)), (WHITE.rgb, BLUE.rgb, WHITE.rgb));
    }

    #[test]
    fn a_line_crosses_itself_without_holes_and_shines_through_once() {
        let mut sketch = Sketch::new("there and back", 40, 40);
        sketch.line(&[(5.0, 5.0), (35.0, 35.0), (35.0, 5.0), (5.0, 35.0)], thin(BLUE, 0.5), 6.0);
        let at = points(&sketch);
        assert_eq!(at(40, 40), at(20, 20));
        assert!(at(20, 20)[0] > 100 && at(20, 20)[0] < 150);
    }

    #[test]
    fn a_disc_has_its_area() {
        let mut sketch = Sketch::new("disc", 40, 30);
        sketch.disc((20.0, 15.0), 10.0, BLACK);
        let at = points(&sketch);
        let ink = (0..60 * 80).map(|i| 1.0 - f64::from(at(i % 80, i / 80)[0]) / 255.0);
        let area = ink.sum::<f64>() / 4.0;
        assert!((area - 314.16).abs() < 2.0, "{area}");
    }

    #[test]
    fn dashes_and_gaps_have_their_lengths() {
        let mut sketch = Sketch::new("dashes", 100, 20);
        sketch.dashed(&[(10.0, 10.0), (90.0, 10.0)], BLUE, 2.0, (12.0, 8.0));
        assert!(sketch.svg().contains("stroke-width=\"2\" stroke-dasharray=\"12 8\""));
        let at = points(&sketch);
        let inked = (0..200).filter(|&x| at(x, 19) == BLUE.rgb).count();
        // Four dashes of 24 points, with round ends of nearly 2 points each.
        assert!((96 + 4 * 2..=96 + 4 * 4).contains(&inked), "{inked}");
    }

    #[test]
    fn marks_far_outside_or_nowhere_leave_the_picture_as_it_is() {
        let mut sketch = Sketch::new("far", 40, 30);
        let blank = sketch.png().unwrap();
        sketch.disc((f64::NAN, 5.0), 2.0, BLUE);
        sketch.rect((f64::NAN, 5.0), (7.0, 8.0), BLUE);
        sketch.text("none", (5.0, f64::INFINITY), TEXT, INK, Anchor::Start);
        sketch.label("", (5.0, 5.0));
        assert!(sketch.marks.is_empty());
        for far in [1e3, 1e5, 1e9, 1e30, 1e300] {
            sketch.line(&[(far, far), (2.0 * far, far)], BLUE, 2.0);
            sketch.rect((far, -far), (2.0 * far, -2.0 * far), BLUE);
            sketch.disc((-far, far), 2.0, BLUE);
            sketch.label("far", (far, -far));
        }
        sketch.line(&[(5.0, 5.0)], BLUE, 2.0);
        assert!(sketch.png().unwrap() == blank);
        sketch.line(&[(-1e6, 15.0), (1e6, 15.0)], BLUE, 2.0);
        let at = points(&sketch);
        assert!((0..80).all(|x| at(x, 30) == BLUE.rgb && at(x, 40) == WHITE.rgb));
    }

    #[test]
    fn a_png_has_one_pixel_or_more_and_not_too_many() {
        let sketch = Sketch::new("", 0, 10);
        assert!(sketch.svg().contains("viewBox=\"0 0 0 10\""));
        let error = sketch.png().unwrap_err().to_string();
        assert_eq!(error, "PNG: expected 1 to 4095 pixels on each side, found 0 x 10");
        assert!(Sketch::new("", 10, 4096).png().is_err());
        assert!(Sketch::new("", u32::MAX, u32::MAX).png().is_err());
        let mut tall = Sketch::new("", 3, 4095);
        tall.line(&[(0.0, 0.0), (3.0, 4095.0)], BLACK, 1.0);
        // Smooth: some points are neither white nor black.
        let (_, _, data) = png_file::decode(&tall.png().unwrap());
        assert!(data.iter().any(|v| (1..255).contains(v)));
    }

    #[test]
    fn an_animation_has_one_size_and_at_least_one_frame() {
        let sketch = |width| Sketch::new("", width, 20);
        let problem = |frames: Vec<Sketch>| sketch(30).gif(frames, 9).unwrap_err().to_string();
        assert!(problem(vec![sketch(30), sketch(31)]).contains("found 31 x 20"));
        assert!(problem(vec![]).contains("expected a frame"));
        let points = |width: u32| sketch(width).gif([sketch(width)], 9).unwrap()[6..8].to_vec();
        // Two points for each pixel of a small animation, one of a large one.
        assert_eq!((points(480), points(481)), (vec![0xc0, 3], vec![0xe1, 1]));
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
        let svg = sketch.svg();
        assert_eq!(svg.matches("<circle ").count(), 1000);
        assert_eq!((svg.matches("<g ").count(), svg.matches("</g>").count()), (1, 1));
        assert!(svg.contains("fill-opacity=\"0.5\"") && svg.len() < 40_000, "{}", svg.len());
        assert!(svg.trim_end().ends_with("</svg>"));
    }
}
