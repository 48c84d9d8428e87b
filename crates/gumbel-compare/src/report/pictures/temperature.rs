//! `temperature`: bias, deviation and error over the temperature.

use gumbel_report::color::{
    BLACK, BLUE, Color, GREEN, INK, MUTED, ORANGE, PURPLE, VERMILION, WHITE, thin,
};
use gumbel_report::{Anchor, Panel, Rect, ReportError, Scale, Sketch, Stroke, TEXT};

use super::labels::width_of;
use super::{NARROW, WIDTH, scales};
use crate::row::Row;
use crate::temperature::TEMPERATURES;

/// Sizes of a picture in pixels.
#[derive(Clone, Copy, Debug)]
struct Layout {
    width: u32,
    /// The height of a panel, and the room on its left.
    tall: f64,
    left: f64,
    margin: f64,
    /// The em of the heading.
    heading: f64,
    /// The pitch of the columns of the legend; without it, entries follow each other.
    pitch: Option<f64>,
    /// The words above the right panel.
    error: &'static str,
    taus: &'static [f64],
}

const WIDE_PICTURE: Layout = Layout {
    width: WIDTH,
    tall: 300.0,
    left: 58.0,
    margin: 24.0,
    heading: 19.0,
    pitch: None,
    error: "error at equal evaluations",
    taus: &[0.1, 0.2, 0.5, 1.0, 2.0, 5.0],
};

const NARROW_PICTURE: Layout = Layout {
    width: NARROW,
    tall: 270.0,
    left: 44.0,
    margin: 12.0,
    heading: TEXT + 2.0,
    pitch: Some(290.0),
    error: "error of a mean",
    taus: &[0.1, 0.5, 2.0],
};

/// The legend: the height of its rows, the length of a line, the gap.
const ROW: f64 = 22.0;
const SAMPLE: f64 = 30.0;
const BETWEEN: f64 = 24.0;
/// A smaller relative number is drawn at this height.
const LEAST: f64 = 0.01;

/// The curves in the order of the legend, with their colours; `true` is a dashed line.
const CURVES: [(&str, Color, bool); 8] = [
    ("gumbel-softmax", BLUE, false),
    ("gumbel-sparsemax", BLUE, true),
    ("straight-through-gumbel-softmax", VERMILION, false),
    ("gumbel-rao", GREEN, false),
    ("straight-through", BLACK, false),
    ("gapped-straight-through", ORANGE, false),
    ("reinmax", PURPLE, false),
    ("reinmax-rao", PURPLE, true),
];

/// The entry of the legend for an open mark.
const OPEN: &str = "bias within 3 standard errors of 0, drawn at one";

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Point {
    at: (f64, f64),
    /// A bias that may be 0: noise alone shows as much.
    open: bool,
}

/// The bias of a row; one that may be noise is open, at its standard error.
fn bias(row: &Row) -> Option<(f64, bool)> {
    let open = row.shows_no_bias();
    let bias = if open { row.bias_error } else { row.bias_without_noise() };
    Some((row.relative(bias)?, open))
}

/// Draws the estimators of one problem over the temperature in three panels: bias, standard deviation of a draw, and
/// error at equal evaluations, all relative to the norm of the exact gradient. A disc marks the temperature of the
/// least error. A bias within three standard errors of 0 is an open mark at one standard error.
///
/// # Errors
/// An error of the scales; no rows are known to cause one.
pub fn temperature(rows: &[&Row]) -> Result<Sketch, ReportError> {
    drawn(rows, &WIDE_PICTURE)
}

/// Draws the picture of [`temperature`] 600 pixels wide, with letters that are 9 pixels high where it is shown 400
/// pixels wide.
///
/// # Errors
/// An error of the scales; no rows are known to cause one.
pub fn narrow_temperature(rows: &[&Row]) -> Result<Sketch, ReportError> {
    drawn(rows, &NARROW_PICTURE)
}

fn drawn(rows: &[&Row], layout: &Layout) -> Result<Sketch, ReportError> {
    let problem = rows.first().map_or("", |at| at.problem.as_str());
    let there = |name: &str| rows.iter().any(|at| at.name == name);
    let shown: Vec<_> = CURVES.iter().filter(|(name, ..)| there(name)).collect();
    let mut names: Vec<&str> = shown.iter().map(|(name, ..)| *name).collect();
    if rows.iter().any(|row| bias(row).is_some_and(|(_, open)| open)) {
        names.push(OPEN);
    }
    let entries = legend(&names, layout);
    let legend_rows = entries.iter().map(|entry| entry.1 + 1).max().unwrap_or(0);
    let top = 88.0 + ROW * f64::from(legend_rows);
    let title = format!("Gradient estimators over the temperature on {problem}");
    let mut sketch = Sketch::new(title, layout.width, (top + layout.tall + 56.0) as u32);
    let heading = format!("{problem}: what the temperature does");
    sketch.text(
        heading,
        (layout.margin, layout.heading + 13.0),
        layout.heading,
        INK,
        Anchor::Start,
    );
    for ((x, row), (name, colour, dashed)) in entries.iter().zip(&shown) {
        let y = 58.0 + ROW * f64::from(*row);
        stroke(*colour, *dashed).draw(&mut sketch, &[(*x, y - 4.5), (x + SAMPLE, y - 4.5)]);
        sketch.text(*name, (x + SAMPLE + 8.0, y), TEXT, INK, Anchor::Start);
    }
    if let Some(&(x, row)) = entries.get(shown.len()) {
        let y = 58.0 + ROW * f64::from(row);
        ring(&mut sketch, (x + SAMPLE - 6.0, y - 4.5), MUTED);
        sketch.text(OPEN, (x + SAMPLE + 8.0, y), TEXT, INK, Anchor::Start);
    }
    type Number = fn(&Row) -> Option<(f64, bool)>;
    let panels: [(&str, Number); 3] = [
        ("bias", bias),
        ("deviation of a draw", |at| Some((at.relative(at.total_variance.sqrt())?, false))),
        (layout.error, |at| Some((at.relative(at.mean_squared_error.sqrt())?, false))),
    ];
    let wide = (f64::from(layout.width) - layout.margin - 3.0 * layout.left) / 3.0;
    for (i, (label, number)) in panels.into_iter().enumerate() {
        let left = layout.left + i as f64 * (wide + layout.left);
        let area = Rect::new(left, top, wide, layout.tall);
        let curves: Vec<Vec<Point>> = shown
            .iter()
            .map(|(name, ..)| {
                let of_name = rows.iter().filter(|at| at.name == *name);
                let points = of_name.filter_map(|at| Some((at.tau?, number(at)?)));
                // Filtered first: `max` would draw a NaN at the lower end.
                let finite = points.filter(|(_, (value, _))| value.is_finite());
                let point = |(tau, (value, open)): (f64, (f64, bool))| Point {
                    at: (tau, value.max(LEAST)),
                    open,
                };
                finite.map(point).collect()
            })
            .collect();
        let y = scales::around(curves.iter().flatten().map(|point| point.at.1))?;
        let panel = Panel::new(area, taus(layout.taus)?, y);
        panel.plain().x_label("temperature τ").y_label(label).axes(&mut sketch);
        for (curve, (_, colour, dashed)) in curves.iter().zip(&shown) {
            draw(&mut sketch, &panel, curve, *colour, *dashed);
        }
        if i == 2 {
            for (curve, (_, colour, _)) in curves.iter().zip(&shown) {
                let best = curve.iter().map(|point| point.at).min_by(|a, b| a.1.total_cmp(&b.1));
                panel.points(&mut sketch, best, 5.5, WHITE);
                panel.points(&mut sketch, best, 4.25, *colour);
            }
        }
    }
    if shown.is_empty() {
        let middle = (0.5 * f64::from(layout.width), top + 0.5 * layout.tall);
        sketch.text("no estimator with a temperature", middle, TEXT, MUTED, Anchor::Middle);
    }
    Ok(sketch)
}

/// Draws a curve: pale from and to open marks.
fn draw(sketch: &mut Sketch, panel: &Panel, curve: &[Point], colour: Color, dashed: bool) {
    for pair in curve.windows(2).filter(|pair| pair.iter().any(|point| point.open)) {
        let ends = pair.iter().map(|point| point.at);
        panel.line(sketch, ends, stroke(thin(colour, 0.35), dashed));
    }
    for certain in curve.split(|point| point.open) {
        panel.line(sketch, certain.iter().map(|point| point.at), stroke(colour, dashed));
    }
    for point in curve.iter().filter(|point| point.open) {
        ring(sketch, panel.at(point.at), colour);
    }
}

/// An open mark.
fn ring(sketch: &mut Sketch, at: (f64, f64), colour: Color) {
    sketch.disc(at, 4.25, colour);
    sketch.disc(at, 2.75, WHITE);
}

fn taus(ticks: &[f64]) -> Result<Scale, ReportError> {
    let [first, .., last] = TEMPERATURES;
    let ticks = ticks.iter().map(|tau| (*tau, tau.to_string()));
    Ok(Scale::log(first / 1.06, last * 1.06)?.with_ticks(ticks))
}

fn stroke(colour: Color, dashed: bool) -> Stroke {
    let stroke = if dashed { Stroke::dashed(colour) } else { Stroke::solid(colour) };
    stroke.width(2.0)
}

/// The place of each name in the legend: its left end and its row.
fn legend(names: &[&str], layout: &Layout) -> Vec<(f64, u32)> {
    let margin = layout.margin;
    let (mut x, mut row) = (margin, 0);
    let mut places = Vec::new();
    for name in names {
        let width = SAMPLE + 8.0 + width_of(name, TEXT);
        if x > margin && x + width > f64::from(layout.width) - margin {
            (x, row) = (margin, row + 1);
        }
        places.push((x, row));
        x += layout.pitch.unwrap_or(width + BETWEEN);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Net, Quadratic};
    use crate::{Settings, over_temperature};

    /// A relaxed sample at a low temperature has little bias and much noise.
    #[test]
    fn a_bias_that_may_be_noise_is_an_open_mark() {
        let settings = Settings { draws: 2_048, ..Settings::default() };
        let of = |name: &'static str| {
            let wanted = move |other: &str| other == name;
            over_temperature(&[Box::new(Net)], &wanted, &settings, &|_, _| {}).unwrap()
        };
        let soft = of("gumbel-softmax");
        let first = &soft[0];
        assert_eq!(bias(first), Some((first.relative(first.bias_error).unwrap(), true)));
        assert_eq!(bias(&soft[10]).map(|(_, open)| open), Some(false));
        let says = |rows: &[Row]| {
            let sketch = temperature(&rows.iter().collect::<Vec<_>>()).unwrap();
            sketch.texts().iter().any(|text| text.text == OPEN)
        };
        // The bias of straight-through is exact there, and not 0.
        assert!(says(&soft) && !says(&of("straight-through")));
        // An exact bias of 0 may be 0 too.
        let zero =
            over_temperature(&[Box::new(Quadratic)], &|x| x == "reinmax", &settings, &|_, _| {});
        assert!(says(&zero.unwrap()));
    }
}
