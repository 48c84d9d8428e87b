//! `Panel`: axes in a rectangle of a [`Sketch`], with data drawn inside.

use crate::color::{Color, FAINT, INK, MUTED, RULE};
use crate::mark::{Anchor, Point};
use crate::scale::Scale;
use crate::sketch::{Sketch, TEXT};

/// A rectangle in pixels of the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// The x coordinate of the left edge.
    pub left: f64,
    /// The y coordinate of the upper edge.
    pub top: f64,
    /// The x coordinate of the right edge.
    pub right: f64,
    /// The y coordinate of the lower edge.
    pub bottom: f64,
}

impl Rect {
    /// Creates a rectangle from its upper left corner and its size.
    pub const fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self { left, top, right: left + width, bottom: top + height }
    }

    /// The point in the middle of the rectangle.
    pub const fn middle(&self) -> (f64, f64) {
        (0.5 * (self.left + self.right), 0.5 * (self.top + self.bottom))
    }
}

/// The style of a line: colour, width and dashes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    color: Color,
    width: f64,
    dash: Option<(f64, f64)>,
}

impl Stroke {
    /// A solid line, 2.25 pixels wide.
    pub const fn solid(color: Color) -> Self {
        Self { color, width: 2.25, dash: None }
    }

    /// A dashed line, 2.25 pixels wide.
    pub const fn dashed(color: Color) -> Self {
        Self { dash: Some((8.0, 6.0)), ..Self::solid(color) }
    }

    /// A dotted line, 2.25 pixels wide.
    pub const fn dotted(color: Color) -> Self {
        Self { dash: Some((0.5, 5.5)), ..Self::solid(color) }
    }

    /// The same style with another width in pixels.
    #[must_use]
    pub const fn width(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// Draws a line in this style through points in pixels of the page.
    pub fn draw(&self, sketch: &mut Sketch, points: &[(f64, f64)]) {
        match self.dash {
            None => sketch.line(points, self.color, self.width),
            Some(dash) => sketch.dashed(points, self.color, self.width, dash),
        }
    }
}

/// A pair of axes with a rectangle for the data. Titles, ticks and labels are outside the rectangle and need 46
/// pixels below it, 14 (or 38 with a title) above, and the width of the tick labels on the left. Data outside the
/// axes are not drawn.
///
/// ```
/// use gumbel_report::{Panel, Rect, Scale, Sketch, Stroke, color::BLUE};
/// let mut sketch = Sketch::new("A parabola", 400, 300);
/// let panel = Panel::new(
///     Rect::new(60.0, 50.0, 320.0, 200.0),
///     Scale::linear(-1.0, 1.0, 4.0)?,
///     Scale::linear(0.0, 1.0, 4.0)?,
/// );
/// panel.title("y = x²").x_label("x").axes(&mut sketch);
/// let curve = (-50..=50).map(|i| f64::from(i) / 50.0).map(|x| (x, x * x));
/// panel.line(&mut sketch, curve, Stroke::solid(BLUE));
/// assert!(sketch.svg().contains("<polyline"));
/// # Ok::<(), gumbel_report::ReportError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Panel {
    area: Rect,
    x: Scale,
    y: Scale,
}

/// The texts of a [`Panel`], drawn with its axes.
#[derive(Clone, Debug)]
pub struct Axes<'a> {
    panel: &'a Panel,
    title: String,
    x_label: String,
    y_label: String,
    em: f64,
}

impl Panel {
    /// Creates a panel with its data in `area`.
    pub const fn new(area: Rect, x: Scale, y: Scale) -> Self {
        Self { area, x, y }
    }

    /// The axes with this title above them.
    pub fn title(&self, title: impl Into<String>) -> Axes<'_> {
        Axes { title: title.into(), ..self.plain() }
    }

    /// The axes with no texts except tick labels.
    pub fn plain(&self) -> Axes<'_> {
        let none = String::new;
        Axes { panel: self, title: none(), x_label: none(), y_label: none(), em: TEXT }
    }

    /// The rectangle of the panel's data, in pixels of the page.
    pub const fn area(&self) -> Rect {
        self.area
    }

    /// The position of a point of the data, in pixels of the page.
    pub fn at(&self, (x, y): Point) -> Point {
        let Rect { left, top, right, bottom } = self.area;
        (left + self.x.place(x) * (right - left), bottom + self.y.place(y) * (top - bottom))
    }

    /// Draws a line through points of the data, clipped at the edges. A point that is not finite interrupts the
    /// line.
    pub fn line(
        &self,
        sketch: &mut Sketch,
        points: impl IntoIterator<Item = Point>,
        stroke: Stroke,
    ) {
        let mut run: Vec<Point> = Vec::new();
        let mut last: Option<Point> = None;
        for point in points {
            let here = self.at(point);
            if !(here.0.is_finite() && here.1.is_finite()) {
                last = None;
                continue;
            }
            if let Some(last) = last
                && let Some((from, to)) = self.clip(last, here)
            {
                if run.last() != Some(&from) {
                    flush(&mut run, sketch, stroke);
                    run.push(from);
                }
                run.push(to);
            }
            last = Some(here);
        }
        flush(&mut run, sketch, stroke);
    }

    /// Draws a disc at each point of the data that is inside the axes.
    pub fn points(
        &self,
        sketch: &mut Sketch,
        points: impl IntoIterator<Item = Point>,
        radius: f64,
        color: Color,
    ) {
        for point in points {
            let at = self.at(point);
            if self.contains(at) {
                sketch.disc(at, radius, color);
            }
        }
    }

    /// Draws a bar for each `(from, to, height)`: between two values of x, from the x axis to a value of y.
    pub fn bars(
        &self,
        sketch: &mut Sketch,
        bars: impl IntoIterator<Item = (f64, f64, f64)>,
        color: Color,
    ) {
        for (from, to, height) in bars {
            let (left, top) = self.clamp(self.at((from, height)));
            let (right, _) = self.clamp(self.at((to, height)));
            if right > left && top < self.area.bottom {
                sketch.rect((left, top), (right, self.area.bottom), color);
            }
        }
    }

    /// Draws adjacent columns, one for each of `heights`, as one shape without seams. The first column starts at
    /// `from`, and each is `width` wide.
    pub fn histogram(
        &self,
        sketch: &mut Sketch,
        (from, width): Point,
        heights: &[f64],
        color: Color,
    ) {
        let edge = |i: usize| from + width * i as f64;
        let foot = self.y.low();
        let mut corners = vec![self.clamp(self.at((from, foot)))];
        for (i, &height) in heights.iter().enumerate() {
            corners.push(self.clamp(self.at((edge(i), height))));
            corners.push(self.clamp(self.at((edge(i + 1), height))));
        }
        corners.push(self.clamp(self.at((edge(heights.len()), foot))));
        if !heights.is_empty() {
            sketch.polygon(&corners, color);
        }
    }

    /// Draws the area between two curves, given as `(x, lower, upper)`.
    pub fn band(&self, sketch: &mut Sketch, edges: &[(f64, f64, f64)], color: Color) {
        let upper = edges.iter().map(|&(x, _, high)| self.clamp(self.at((x, high))));
        let lower = edges.iter().rev().map(|&(x, low, _)| self.clamp(self.at((x, low))));
        let corners: Vec<_> = upper.chain(lower).collect();
        if edges.len() > 1 {
            sketch.polygon(&corners, color);
        }
    }

    /// Draws an error bar at `x` from `low` to `high` with a cap at each end.
    pub fn error_bar(&self, sketch: &mut Sketch, x: f64, (low, high): Point, color: Color) {
        let (a, b) = (self.clamp(self.at((x, low))), self.clamp(self.at((x, high))));
        sketch.line(&[a, b], color, 1.5);
        for (x, y) in [a, b] {
            sketch.line(&[(x - 4.0, y), (x + 4.0, y)], color, 1.5);
        }
    }

    /// Draws a text at the distance `(dx, dy)`, in pixels, from the point `at` of the data.
    pub fn note(
        &self,
        sketch: &mut Sketch,
        text: impl Into<String>,
        at: Point,
        (dx, dy): Point,
        anchor: Anchor,
    ) {
        let (x, y) = self.at(at);
        sketch.text(text, (x + dx, y + dy), TEXT, INK, anchor);
    }

    fn contains(&self, (x, y): Point) -> bool {
        let Rect { left, top, right, bottom } = self.area;
        (left..=right).contains(&x) && (top..=bottom).contains(&y)
    }

    fn clamp(&self, (x, y): Point) -> Point {
        let Rect { left, top, right, bottom } = self.area;
        (x.clamp(left, right), y.clamp(top, bottom))
    }

    /// The part of a segment inside the axes, by the method of Liang and Barsky (1984).
    fn clip(&self, a: Point, b: Point) -> Option<(Point, Point)> {
        let Rect { left, top, right, bottom } = self.area;
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        let sides = [(-dx, a.0 - left), (dx, right - a.0), (-dy, a.1 - top), (dy, bottom - a.1)];
        for (speed, room) in sides {
            if speed == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if speed < 0.0 {
                enter = enter.max(room / speed);
            } else {
                leave = leave.min(room / speed);
            }
        }
        let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
        let to = if leave == 1.0 { b } else { at(leave) };
        (enter <= leave).then(|| (if enter == 0.0 { a } else { at(enter) }, to))
    }
}

/// Draws the points that a line has collected, and clears them.
fn flush(run: &mut Vec<Point>, sketch: &mut Sketch, stroke: Stroke) {
    if run.len() > 1 {
        stroke.draw(sketch, run);
    }
    run.clear();
}

impl Axes<'_> {
    /// Sets the label of the x axis.
    #[must_use]
    pub fn x_label(self, label: impl Into<String>) -> Self {
        Self { x_label: label.into(), ..self }
    }

    /// Sets the label of the y axis. The label is above the axis, so that it can be horizontal.
    #[must_use]
    pub fn y_label(self, label: impl Into<String>) -> Self {
        Self { y_label: label.into(), ..self }
    }

    /// Sets the em of the texts, in pixels, which is [`TEXT`] by default.
    #[must_use]
    pub fn em(self, em: f64) -> Self {
        Self { em, ..self }
    }

    /// Draws grid, axes, ticks and texts. Call this method before drawing the data.
    pub fn axes(&self, sketch: &mut Sketch) {
        let Rect { left, top, right, bottom } = self.panel.area;
        let em = self.em;
        let gap = |ems: f64| (ems * em).floor();
        // Half a pixel off, so that a line of one pixel fills one row of pixels.
        let sharp = |v: f64| v.floor() + 0.5;
        for (value, text) in self.panel.y.ticks() {
            let y = sharp(self.panel.at((self.panel.x.low(), *value)).1);
            sketch.line(&[(left, y), (right, y)], FAINT, 1.0);
            sketch.text(text, (left - gap(0.6), y + 5.0), em, MUTED, Anchor::End);
        }
        let floor = sharp(bottom);
        sketch.line(&[(left, floor), (right, floor)], RULE, 1.0);
        for (value, text) in self.panel.x.ticks() {
            let x = sharp(self.panel.at((*value, self.panel.y.low())).0);
            sketch.line(&[(x, floor), (x, floor + 5.0)], RULE, 1.0);
            sketch.text(text, (x, floor + gap(1.5)), em, MUTED, Anchor::Middle);
        }
        let middle = (left + right) / 2.0;
        sketch.text(&self.x_label, (middle, floor + gap(3.0)), em, MUTED, Anchor::Middle);
        sketch.text(&self.y_label, (left, top - 8.0), em, MUTED, Anchor::Start);
        let above = if self.y_label.is_empty() { 12.0 } else { 32.0 };
        sketch.text(&self.title, (left, top - above), em + 1.0, INK, Anchor::Start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::BLUE;

    fn panel() -> (Panel, Sketch) {
        let scale = || Scale::linear(0.0, 1.0, 2.0).unwrap();
        let area = Rect::new(50.0, 50.0, 100.0, 100.0);
        (Panel::new(area, scale(), scale()), Sketch::new("test", 200, 200))
    }

    #[test]
    fn lines_are_clipped_at_the_edges() {
        let (panel, _) = panel();
        assert_eq!(panel.clip((0.0, 100.0), (200.0, 100.0)), Some(((50.0, 100.0), (150.0, 100.0))));
        assert_eq!(panel.clip((60.0, 60.0), (90.0, 90.0)), Some(((60.0, 60.0), (90.0, 90.0))));
        assert_eq!(panel.clip((0.0, 0.0), (40.0, 200.0)), None);
        assert_eq!(panel.clip((0.0, 140.0), (60.0, 200.0)), None);
    }

    #[test]
    fn points_that_are_not_finite_or_outside_are_left_out() {
        let (panel, mut sketch) = panel();
        panel.line(&mut sketch, [(0.0, f64::NAN), (0.5, 2.0), (0.6, 3.0)], Stroke::solid(BLUE));
        panel.points(&mut sketch, [(2.0, 0.5), (0.5, f64::NAN)], 2.0, BLUE);
        panel.bars(&mut sketch, [(2.0, 3.0, 0.5), (0.1, 0.2, -1.0)], BLUE);
        assert!(!sketch.svg().contains("#0072B2"));
        let gap = [(0.0, 0.1), (0.2, 0.1), (0.3, f64::INFINITY), (0.4, 0.2), (0.6, 0.3)];
        panel.line(&mut sketch, gap, Stroke::solid(BLUE));
        assert_eq!(sketch.svg().matches("<polyline").count(), 2);
    }

    #[test]
    fn a_histogram_is_one_shape() {
        let (panel, mut sketch) = panel();
        panel.histogram(&mut sketch, (0.0, 0.5), &[0.2, 3.0], BLUE);
        panel.histogram(&mut sketch, (0.0, 0.5), &[], BLUE);
        let svg = sketch.svg();
        assert_eq!(svg.matches("<polygon").count(), 1);
        // The left edge is at 50, a step at 100, and the second column is cut at the top of the axes.
        assert!(svg.contains("50,150 50,130 100,130 100,50 150,50 150,150"), "{svg}");
    }

    #[test]
    fn texts_do_not_overlap() {
        let (panel, mut sketch) = panel();
        panel.title("Title").x_label("x").y_label("y").axes(&mut sketch);
        let texts = sketch.texts();
        assert_eq!(texts.len(), 3 + 3 + 3);
        for (i, a) in texts.iter().enumerate() {
            assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
        }
    }
}
