//! Places labels beside points, so that no label is on another or on a point.

use gumbel_report::{Anchor, Rect, Sketch, color};

use super::SMALL;

/// A place in pixels of the page.
type Point = (f64, f64);
/// The distance of lines of labels in a column.
const LINE: f64 = 15.0;

/// A point with its label.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub(super) at: Point,
    pub(super) text: String,
    pub(super) strong: bool,
}

/// Draws labels in a column at `x` to the right of points, in the order of their heights, with a line to each point.
pub(super) fn column(sketch: &mut Sketch, points: &mut [Labelled], x: f64, area: Rect) {
    points.sort_by(|a, b| a.at.1.total_cmp(&b.at.1));
    let wanted: Vec<f64> = points.iter().map(|point| point.at.1).collect();
    let heights = apart(&wanted, LINE, (area.top + 8.0, area.bottom - 8.0));
    for (point, y) in points.iter().zip(heights) {
        let (from, to) = ((point.at.0 + 7.0, point.at.1), (x - 4.0, y));
        sketch.line(&[from, to], color::RULE, 0.75);
        write(sketch, point, (x, y + 4.5), Anchor::Start, SMALL);
    }
}

fn write(sketch: &mut Sketch, point: &Labelled, at: Point, anchor: Anchor, em: f64) {
    let ink = if point.strong { color::INK } else { color::MUTED };
    sketch.text(&point.text, at, em, ink, anchor);
}

/// Heights in rising order, at least `gap` apart and as near to the wanted ones as possible; within the bounds if there
/// is room. The wanted ones rise.
fn apart(wanted: &[f64], gap: f64, (low, high): (f64, f64)) -> Vec<f64> {
    // Without the gaps the heights only have to rise: neighbours that do not are pooled at their mean.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (i, y) in wanted.iter().enumerate() {
        let mut pool = (y - gap * i as f64, 1);
        while let Some(&(mean, n)) = pools.last()
            && mean >= pool.0
        {
            let n_new = n + pool.1;
            pool = ((mean * n as f64 + pool.0 * pool.1 as f64) / n_new as f64, n_new);
            pools.pop();
        }
        pools.push(pool);
    }
    let last = (high - gap * wanted.len().saturating_sub(1) as f64).max(low);
    let flat = pools.iter().flat_map(|&(mean, n)| std::iter::repeat_n(mean.clamp(low, last), n));
    flat.enumerate().map(|(i, y)| y + gap * i as f64).collect()
}

/// One label for points at the same place.
pub(super) fn merged(points: Vec<Labelled>) -> Vec<Labelled> {
    let mut all: Vec<Labelled> = Vec::new();
    for point in points {
        match all.iter_mut().find(|other| distance(other.at, point.at) < 0.5) {
            Some(other) => other.text = format!("{}, {}", other.text, point.text),
            None => all.push(point),
        }
    }
    all
}

/// Draws labels around points inside an area, each at the cheapest free place: near its point, off the other points,
/// off the `lines`.
pub(super) fn around(
    sketch: &mut Sketch,
    points: &[Labelled],
    area: Rect,
    lines: &[(Point, Point)],
    em: f64,
) {
    let discs: Vec<Rect> = points.iter().map(|p| grown(p.at, p.at, 7.0)).collect();
    let mut placed: Vec<Rect> = Vec::new();
    let mut leads: Vec<(Point, Point)> = Vec::new();
    for (i, point) in points.iter().enumerate() {
        let size = (1.08 * width_of(&point.text, em) + 2.0, em + 1.5);
        let cost = |place: &Rect| -> Option<f64> {
            let inside = place.left >= area.left + 4.0
                && place.right <= area.right + 12.0
                && place.top >= area.top
                && place.bottom <= area.bottom - 3.0;
            let free = !placed.iter().chain(&discs).any(|other| overlap(place, other))
                && !leads.iter().any(|lead| crosses(*lead, place));
            let end = nearest(place, point.at);
            let length = distance(point.at, end);
            let lead = (point.at, end);
            let through = length > 12.0
                && (placed.iter().any(|other| crosses(lead, other))
                    || discs.iter().enumerate().any(|(j, d)| j != i && crosses(lead, d)));
            let wide = grown((place.left, place.top), (place.right, place.bottom), 2.0);
            let struck = lines.iter().filter(|line| crosses(**line, &wide)).count() as f64;
            let price = length + 80.0 * f64::from(u8::from(through)) + 60.0 * struck;
            (inside && free).then_some(price)
        };
        let best = candidates(point.at, size)
            .into_iter()
            .filter_map(|place| Some((cost(&place)?, place)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, place)) = best else { continue };
        let end = nearest(&place, point.at);
        if distance(point.at, end) > 12.0 {
            let share = 7.0 / distance(point.at, end);
            let along = |a: f64, b: f64| a + share * (b - a);
            let from = (along(point.at.0, end.0), along(point.at.1, end.1));
            sketch.line(&[from, end], color::RULE, 0.75);
            leads.push((from, end));
        }
        // A font may be narrower than the box: the text is at the end next to its point.
        let foot = place.bottom - 2.5;
        match 0.5 * (place.left + place.right) < point.at.0 {
            true => write(sketch, point, (place.right, foot), Anchor::End, em),
            false => write(sketch, point, (place.left, foot), Anchor::Start, em),
        }
        placed.push(place);
    }
}

/// The places tried for a label of this size: at 24 directions, farther and farther.
fn candidates(at: Point, (width, height): Point) -> Vec<Rect> {
    let mut all = Vec::new();
    for step in 0..14 {
        let reach = 8.0 + 11.0 * f64::from(step);
        for direction in 0..24 {
            let (sin, cos) = (f64::from(direction) * std::f64::consts::TAU / 24.0).sin_cos();
            // The label touches the circle of this reach from outside.
            let middle = (
                at.0 + reach * cos + 0.5 * width * cos.signum() * cos.abs().sqrt(),
                at.1 - reach * sin - 0.5 * height * sin.signum() * sin.abs().sqrt(),
            );
            all.push(Rect::new(middle.0 - 0.5 * width, middle.1 - 0.5 * height, width, height));
        }
    }
    all
}

/// The width of a text in the embedded font.
pub(super) fn width_of(text: &str, em: f64) -> f64 {
    let mut sketch = Sketch::new("", 1, 1);
    sketch.text(text, (0.0, 0.0), em, color::INK, Anchor::Start);
    sketch.texts().first().map_or(0.0, |placed| placed.to.0 - placed.from.0)
}

fn grown(from: Point, to: Point, by: f64) -> Rect {
    Rect { left: from.0 - by, top: from.1 - by, right: to.0 + by, bottom: to.1 + by }
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

fn nearest(place: &Rect, at: Point) -> Point {
    (at.0.clamp(place.left, place.right), at.1.clamp(place.top, place.bottom))
}

fn distance(a: Point, b: Point) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// Whether a segment passes through a rectangle: tested at points two pixels apart.
fn crosses((a, b): (Point, Point), place: &Rect) -> bool {
    let steps = (distance(a, b) / 2.0).ceil().max(1.0) as usize;
    (0..=steps).any(|i| {
        let t = i as f64 / steps as f64;
        let (x, y) = (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1));
        x > place.left && x < place.right && y > place.top && y < place.bottom
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_apart_and_near() {
        assert_eq!(apart(&[10.0, 50.0], 15.0, (0.0, 100.0)), [10.0, 50.0]);
        assert_eq!(apart(&[50.0, 50.0, 51.0], 15.0, (0.0, 100.0)).len(), 3);
        let placed = apart(&[50.0, 50.0, 50.0], 10.0, (0.0, 100.0));
        assert_eq!(placed, [40.0, 50.0, 60.0]);
        let placed = apart(&[98.0, 99.0, 100.0], 10.0, (0.0, 100.0));
        assert_eq!(placed, [80.0, 90.0, 100.0]);
    }

    #[test]
    fn a_crowd_of_points_has_labels_that_do_not_overlap() {
        let mut sketch = Sketch::new("crowd", 600, 400);
        let points: Vec<Labelled> = (0..16)
            .map(|i| {
                let at = (300.0 + 9.0 * f64::from(i % 4), 200.0 + 7.0 * f64::from(i / 4));
                Labelled { at, text: format!("estimator-number-{i}"), strong: false }
            })
            .collect();
        around(&mut sketch, &points, Rect::new(0.0, 0.0, 600.0, 400.0), &[], SMALL);
        let texts = sketch.texts();
        assert_eq!(texts.len(), 16);
        for (i, a) in texts.iter().enumerate() {
            assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
        }
    }
}
