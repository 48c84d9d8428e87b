//! `LineChart`: curves over steps or epochs.
//!
//! A chart is a [`Sketch`] with one [`Panel`]. The legend is above the lines, never on them. Series differ in
//! colour and in the shape of their markers.

use crate::axis::is_drawable;
use crate::color::{CURVES, INK, MUTED, RULE, WHITE};
use crate::mark::{Anchor, Point};
use crate::panel::{Panel, Rect, Stroke};
use crate::scale::Scale;
use crate::sketch::{LABEL, Sketch, TITLE};
use crate::{ReportError, font};

/// Texts are 9 pixels high where the chart is shown 400 pixels wide, as on a telephone.
const WIDTH: f64 = 660.0;
const HEIGHT: f64 = 400.0;
const MAX_HEIGHT: f64 = 4000.0;
const MARGIN: f64 = 24.0;
const TOP: f64 = 22.0;
/// The height of a row of the legend.
const ROW: f64 = 24.0;
/// The length of the line sample of a legend entry, the gap to its name, and the gap to the next entry.
const SAMPLE: f64 = 28.0;
const GAP: f64 = 10.0;
const BETWEEN: f64 = 26.0;

/// The most points of a series; a longer series is thinned.
const MAX_POINTS: usize = 2000;
/// The most points of a series that has a marker on each; a longer one has a marker on the last.
const MAX_MARKERS: usize = 40;

/// One curve of a [`LineChart`], with its name in the legend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// The name of the curve in the legend. A curve with an empty name is not in the legend.
    pub name: String,
    /// The points `(x, y)`, in the order in which the line connects them.
    ///
    /// A point is skipped if a coordinate is not finite or the absolute value of a coordinate is above 1e100. Of
    /// more than 2000 points, the lowest and the highest of each short stretch are drawn, so no peak is lost.
    pub points: Vec<(f64, f64)>,
}

/// A chart of curves over a common x axis, 660 pixels wide.
///
/// Equal charts give equal bytes. A chart without points shows "no data".
///
/// ```
/// use gumbel_report::{LineChart, Series};
/// let chart = LineChart {
///     title: "Temperature".into(),
///     x_label: "epoch".into(),
///     y_label: "tau".into(),
///     series: vec![Series { name: "tau".into(), points: vec![(1.0, 1.0), (2.0, 0.5)] }],
/// };
/// assert!(chart.svg().starts_with("<svg "));
/// assert!(chart.png()?.starts_with(b"\x89PNG"));
/// # Ok::<(), gumbel_report::ReportError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineChart {
    /// The title above the chart. An empty title takes no space.
    pub title: String,
    /// The label of the x axis, with its unit.
    pub x_label: String,
    /// The label of the y axis, with its unit.
    pub y_label: String,
    /// The curves. Later curves cover earlier ones.
    pub series: Vec<Series>,
}

impl LineChart {
    /// The chart as an SVG picture that uses the reader's own fonts.
    pub fn svg(&self) -> String {
        self.sketch().svg()
    }

    /// The chart as a PNG picture, with two by two points for each pixel of the page.
    ///
    /// # Errors
    /// An error of the PNG encoder; no data are known to cause one.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        self.sketch().png()
    }

    /// The chart as a drawing. A legend of several rows makes it higher than 400 pixels.
    pub fn sketch(&self) -> Sketch {
        self.draw(false)
    }

    /// The chart as a drawing with a logarithmic x axis: for counts and sizes, with ticks at powers of ten. A
    /// point whose x is not above 0 is left out.
    ///
    /// ```
    /// use gumbel_report::{LineChart, Series};
    /// let points = vec![(4096.0, 1.5), (1e6, 0.4), (1e8, 0.4)];
    /// let series = vec![Series { name: "noise".into(), points }];
    /// let chart = LineChart { x_label: "elements".into(), series, ..LineChart::default() };
    /// let texts = chart.log_x_sketch().texts();
    /// assert!(texts.iter().any(|placed| placed.text == "1 million"));
    /// ```
    pub fn log_x_sketch(&self) -> Sketch {
        let above = |&(x, _): &(f64, f64)| x > 0.0;
        let series = self.series.iter().map(|series| Series {
            points: series.points.iter().copied().filter(above).collect(),
            ..series.clone()
        });
        Self { series: series.collect(), ..self.clone() }.draw(true)
    }

    fn draw(&self, log_x: bool) -> Sketch {
        let legend = self.legend();
        let more = f64::from(legend.rows.saturating_sub(1)) * ROW;
        let height = (HEIGHT + more).min(MAX_HEIGHT);
        let mut sketch = Sketch::new(&self.title, WIDTH as u32, height as u32);
        let fit = |text: &str, em| font::fit(text, em, WIDTH - 2.0 * MARGIN);
        let first = if self.title.is_empty() { TOP } else { TOP + 34.0 };
        let last = first + f64::from(legend.rows) * ROW;
        let title = fit(&self.title, TITLE);
        sketch.text(title, (MARGIN, first - 18.0), TITLE, INK, Anchor::Start);
        for Entry { index, name, x, row } in legend.entries {
            let middle = first + f64::from(row) * ROW + 10.0;
            let line = [(x, middle), (x + SAMPLE, middle)];
            sketch.line(&line, CURVES[index % CURVES.len()], 2.25);
            draw_marker(&mut sketch, index, (x + SAMPLE / 2.0, middle));
            let at = (x + SAMPLE + GAP, middle + 5.0);
            sketch.text(name, at, LABEL, INK, Anchor::Start);
        }
        let label = fit(&self.y_label, LABEL);
        sketch.text(label, (MARGIN, last + 15.0), LABEL, MUTED, Anchor::Start);
        self.plot(&mut sketch, (last + ROW + 16.0, height - 60.0), log_x);
        sketch
    }

    /// Places the legend: beside the label of the y axis where there is room, otherwise in rows above it.
    fn legend(&self) -> Legend {
        let room = WIDTH - 2.0 * MARGIN;
        let mut names = Vec::new();
        for (index, series) in self.series.iter().enumerate() {
            if !series.name.is_empty() {
                let empty = drawable(&series.points).next().is_none();
                let name = format!("{}{}", series.name, if empty { " (no data)" } else { "" });
                let name = font::fit(&name, LABEL, room - SAMPLE - GAP);
                let width = SAMPLE + GAP + font::width(&name, LABEL);
                names.push((index, name, width));
            }
        }
        let total = names.iter().map(|(.., width)| width + BETWEEN).sum::<f64>() - BETWEEN;
        let beside = total + BETWEEN + font::width(&self.y_label, LABEL) <= room;
        let start = if beside { WIDTH - MARGIN - total } else { MARGIN };
        let (mut x, mut row, mut entries) = (start, 0, Vec::new());
        for (index, name, width) in names {
            if x > start && x + width > WIDTH - MARGIN + 1e-6 {
                (x, row) = (MARGIN, row + 1);
            }
            entries.push(Entry { index, name, x, row });
            x += width + BETWEEN;
        }
        let rows = if beside || entries.is_empty() { 0 } else { row + 1 };
        Legend { entries, rows }
    }

    /// Draws axes and curves between the heights `top` and `bottom`.
    fn plot(&self, sketch: &mut Sketch, (top, bottom): (f64, f64), log_x: bool) {
        let points = || self.series.iter().flat_map(|series| drawable(&series.points));
        let empty = points().next().is_none();
        let mut x = match log_x {
            true => Scale::log_over(points().map(|p| p.0)),
            false => Scale::over(points().map(|p| p.0), 0.015, 8.0),
        };
        let mut y = Scale::over(points().map(|p| p.1), 0.06, 5.0);
        let widest = y.ticks().iter().map(|(_, label)| font::width(label, LABEL));
        let left = (MARGIN + widest.fold(0.0, f64::max) + 9.0).ceil();
        if empty {
            (x, y) = (x.with_ticks::<&str>([]), y.with_ticks::<&str>([]));
        }
        let area = Rect { left, top, right: WIDTH - MARGIN - 8.0, bottom };
        let panel = Panel::new(area, x, y);
        let label = font::fit(&self.x_label, LABEL, area.right - left);
        panel.plain().em(LABEL).x_label(label).axes(sketch);
        if empty {
            let x = left + 0.5;
            sketch.line(&[(x, top), (x, bottom.floor() + 0.5)], RULE, 1.0);
            let (x, y) = area.middle();
            sketch.text("no data", (x, y + 6.0), TITLE, MUTED, Anchor::Middle);
        }
        for (index, series) in self.series.iter().enumerate() {
            let all: Vec<_> = drawable(&series.points).collect();
            let line = thin_out(&all, MAX_POINTS);
            let width = if line.len() > 400 { 1.5 } else { 2.25 };
            let stroke = Stroke::solid(CURVES[index % CURVES.len()]).width(width);
            panel.line(sketch, line.iter().copied(), stroke);
            let marked = if line.len() > MAX_MARKERS { line.len() - 1 } else { 0 };
            for &point in &line[marked..] {
                draw_marker(sketch, index, panel.at(point));
            }
        }
    }
}

struct Legend {
    entries: Vec<Entry>,
    /// The rows above the row of the y label.
    rows: u32,
}

struct Entry {
    index: usize,
    name: String,
    x: f64,
    row: u32,
}

/// The points that can be drawn.
fn drawable(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> + Clone {
    points.iter().copied().filter(|(x, y)| is_drawable(*x) && is_drawable(*y))
}

/// Draws the marker of a series with a white rim.
fn draw_marker(sketch: &mut Sketch, index: usize, (x, y): Point) {
    for (color, r) in [(WHITE, 5.0), (CURVES[index % CURVES.len()], 3.75)] {
        match index % 5 {
            0 => sketch.disc((x, y), r, color),
            1 => sketch.rect((x - 0.9 * r, y - 0.9 * r), (x + 0.9 * r, y + 0.9 * r), color),
            2 => {
                let r = 1.25 * r;
                let (low, half) = (y + 0.6 * r, 0.95 * r);
                sketch.polygon(&[(x, y - r), (x + half, low), (x - half, low)], color);
            }
            3 => {
                let r = 1.25 * r;
                sketch.polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], color);
            }
            _ => {
                let r = 1.25 * r;
                let (high, half) = (y - 0.6 * r, 0.95 * r);
                sketch.polygon(&[(x, y + r), (x + half, high), (x - half, high)], color);
            }
        }
    }
}

/// Reduces a series to at most `most` points: the first, the last, and the lowest and highest of each stretch.
fn thin_out(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let [first, inner @ .., last] = points else {
        return points.to_vec();
    };
    if points.len() <= most {
        return points.to_vec();
    }
    let mut kept = vec![*first];
    for stretch in inner.chunks(inner.len().div_ceil(most / 2 - 1)) {
        let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
        let at = |p: Option<&(f64, f64)>| {
            stretch.iter().position(|q| p.is_some_and(|p| std::ptr::eq(p, q))).unwrap_or(0)
        };
        let low = at(stretch.iter().min_by(by_height));
        let high = at(stretch.iter().max_by(by_height));
        kept.push(stretch[low.min(high)]);
        if low != high {
            kept.push(stretch[low.max(high)]);
        }
    }
    kept.push(*last);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png_file;

    fn series(name: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Series {
        Series { name: name.into(), points: points.into_iter().collect() }
    }

    fn chart(series: Vec<Series>) -> LineChart {
        LineChart { title: "Bound".into(), x_label: "epoch".into(), y_label: "nats".into(), series }
    }

    fn falling(n: usize) -> Vec<(f64, f64)> {
        (0..n).map(|i| (i as f64, 110.0 + 90.0 / (1.0 + i as f64))).collect()
    }

    #[test]
    fn equal_charts_give_equal_bytes() {
        let chart = chart(vec![series("train", falling(20)), series("validation", falling(300))]);
        assert_eq!(chart.svg(), chart.clone().svg());
        assert!(chart.png().unwrap() == chart.clone().png().unwrap());
    }

    #[test]
    fn a_png_has_its_size_and_is_small() {
        let png = chart(vec![series("train", falling(20))]).png().unwrap();
        let (width, height, data) = png_file::decode(&png);
        assert_eq!((width, height), (1320, 800));
        assert_eq!(data.len(), width * height * 3);
        assert!(data.chunks(3).any(|p| p == [0x00, 0x72, 0xb2]));
        assert!(png.len() < 100_000, "{} bytes", png.len());
    }

    #[test]
    fn an_svg_is_a_complete_file() {
        let svg = chart(vec![series("<a> & \"b\"", falling(3))]).svg();
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"660\""));
        assert!(svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("&lt;a&gt; &amp; &quot;b&quot;"));
        assert!(svg.contains("<title>Bound</title>"));
        assert_eq!(svg.matches("://").count(), 1);
    }

    #[test]
    fn an_empty_chart_says_no_data() {
        let not_finite = [(f64::NAN, 1.0), (1.0, f64::INFINITY), (1e200, 1.0)];
        for chart in [
            LineChart::default(),
            chart(vec![]),
            chart(vec![series("train", [])]),
            chart(vec![series("train", not_finite)]),
        ] {
            assert!(chart.svg().contains("no data"));
            chart.png().unwrap();
        }
        let half = chart(vec![series("train", falling(3)), series("validation", [])]);
        assert!(half.svg().contains("validation (no data)"));
    }

    #[test]
    fn points_that_are_not_finite_are_skipped() {
        let with = [(0.0, 1.0), (1.0, f64::NAN), (f64::NEG_INFINITY, 0.0), (2.0, 3.0)];
        let without = [(0.0, 1.0), (2.0, 3.0)];
        let svg =
            |points: &[(f64, f64)]| chart(vec![series("train", points.iter().copied())]).svg();
        assert_eq!(svg(&with), svg(&without));
    }

    #[test]
    fn one_point_and_constants_are_drawn() {
        for points in [
            vec![(1.0, 110.0)],
            vec![(0.0, 0.0)],
            (0..30).map(|i| (f64::from(i), 0.5)).collect(),
            vec![(3.0, -1e-30); 5],
            vec![(-1e100, -1e100), (1e100, 1e100)],
        ] {
            let chart = chart(vec![series("tau", points)]);
            let svg = chart.svg();
            assert!(svg.contains("#0072B2") && !svg.contains("NaN") && !svg.contains("no data"));
            chart.png().unwrap();
        }
    }

    #[test]
    fn thinning_keeps_ends_and_peaks() {
        let mut points: Vec<_> = (0..100_000).map(|i| (f64::from(i), (i % 7).into())).collect();
        (points[12_345].1, points[54_321].1) = (1e3, -1e3);
        let kept = thin_out(&points, MAX_POINTS);
        assert!((MAX_POINTS / 2..=MAX_POINTS).contains(&kept.len()), "{} points", kept.len());
        assert!(kept.is_sorted_by(|a, b| a.0 < b.0));
        for i in [0, 12_345, 54_321, 99_999] {
            assert!(kept.contains(&points[i]));
        }
        assert_eq!(thin_out(&points[..MAX_POINTS], MAX_POINTS).len(), MAX_POINTS);
        assert!(thin_out(&points[..=MAX_POINTS], MAX_POINTS).len() <= MAX_POINTS);
        let png = chart(vec![series("noise", points)]).png().unwrap();
        assert!(png.len() < 300_000, "{} bytes", png.len());
    }

    #[test]
    fn texts_are_inside_and_do_not_overlap() {
        let long = || "long ".repeat(60);
        for chart in [
            chart((0..9).map(|i| series(&format!("series {i}"), falling(9))).collect()),
            chart(vec![series("train", (0..9).map(|i| (f64::from(i), -3e7 * f64::from(i))))]),
            chart(vec![]),
            LineChart { title: long(), x_label: long(), y_label: long(), ..chart(vec![]) },
        ] {
            let sketch = chart.sketch();
            let texts = sketch.texts();
            for (i, a) in texts.iter().enumerate() {
                assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
                assert!(a.from.0 >= 0.0 && a.to.0 <= WIDTH && a.from.1 >= 0.0, "{a:?}");
                assert!(a.to.1 <= f64::from(sketch.size().1), "{a:?}");
            }
        }
    }

    #[test]
    fn many_names_make_more_rows_and_stay_inside() {
        let names = (0..30).map(|i| series(&format!("temperature of variable {i}"), falling(2)));
        let chart = chart(names.collect());
        let Legend { entries, rows } = chart.legend();
        assert_eq!(entries.len(), 30);
        assert!(rows > 2 && f64::from(chart.sketch().size().1) > HEIGHT);
        for entry in entries {
            let end = entry.x + SAMPLE + GAP + font::width(&entry.name, LABEL);
            assert!(end <= WIDTH - MARGIN + 1e-6);
        }
        let long = Series { name: "name ".repeat(100), points: falling(2) };
        assert_eq!(LineChart { series: vec![long], ..chart }.legend().rows, 1);
    }
}
