//! The pictures of a comparison: learning curves with their intervals, laid over each other.

use std::path::Path;

use gumbel_environments::{Cartpole, Environment};
use gumbel_files::output::write as write_file;
use gumbel_report::color::{BLUE, Color, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILION, thin};
use gumbel_report::{Page, Panel, Picture, Rect, ReportError, Scale, Section, Sketch, Stroke};
use gumbel_train::report::write_comparison;

use super::table::{GRADIENT_HEAD, Row, cells, gradient_cells, head};
use super::{Comparison, Finished};
use crate::comparison::{notes, place_names};
use crate::error::LabError;
use crate::policy::config::EnvironmentName;
use crate::statistics::mean_and_se;

/// The colours of the curves in the order of the methods; then they repeat.
const COLORS: [Color; 8] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK, MUTED];
/// Standard errors on each side of a mean.
const SIDES: f64 = 2.0;

/// A mean with its interval: environment steps, low, mean, high.
type Curve = Vec<(f64, [f64; 3])>;

/// Writes `curves.png` and `report.html`.
pub(super) fn write(
    comparison: &Comparison,
    rows: &[Row],
    finished: &[Finished],
    out: &Path,
) -> Result<(), LabError> {
    let curves = curves(comparison, finished)?;
    write_file(&out.join("curves.png"), &curves.png()?)?;
    let maze = comparison.env == EnvironmentName::Maze;
    let what = match maze {
        true => {
            "The regret is what the policy lacks of the best return, as a share of the way from uniform choices to the \
             best. Both are exact. Each seed has a map of its own."
        }
        false => "The return of an episode, not discounted; of several agents the mean.",
    };
    let mut sections = vec![
        Section {
            heading: "The methods".to_owned(),
            caption: format!(
                "{what} Means over the seeds with the standard error of the mean. After N steps: by the last evaluation \
                 before, also of a training that ended before. Greedy: the most probable actions at the end, the median over \
                 the seeds and the worst of them. Seconds: the training without evaluation, on this machine."
            ),
            alt: format!("a table of {} methods", rows.len()),
            picture: Picture::Table {
                head: head(comparison),
                rows: rows.iter().map(|row| cells(comparison, row)).collect(),
            },
        },
        Section {
            heading: "While they learned".to_owned(),
            caption: "The mean over the seeds with two standard errors on each side, cut at the least and the largest \
                      possible value, evaluation by evaluation, at the mean of the steps taken in the environment by \
                      then. A method that takes no steps has no curve."
                .to_owned(),
            alt: "learning curves of the methods".to_owned(),
            picture: Picture::Svg(curves.svg()),
        },
    ];
    let gradients = gradient_cells(rows);
    if !gradients.is_empty() {
        sections.push(Section {
            heading: "The gradient of a step".to_owned(),
            caption: "The gradient of a step, the mean of 400, against an exact gradient, early in the training of seed 0 \
                      and at its half, each for the policy reached by then. The exact gradient weighs the states as \
                      the method does: whole episodes up to the time limit, or the steps of a rollout from the \
                      start. It is scaled to lie nearest, so bias and standard deviation are those of the direction, \
                      relative to its length. A bias that may be noise has its limit: three times what noise shows. \
                      With J: the cosine with the gradient of the discounted return itself."
                .to_owned(),
            alt: "a table of the bias and the standard deviation of each method".to_owned(),
            picture: Picture::Table {
                head: GRADIENT_HEAD.map(str::to_owned).to_vec(),
                rows: gradients,
            },
        });
    }
    let headline = rows.iter().take(3).map(|row| {
        let number = match maze {
            true => format!("{:.2} % regret", 100.0 * row.greedy_median()),
            false => format!("return {:.1}", row.at_end.0),
        };
        (row.method.clone(), number)
    });
    let page = Page {
        title: format!("Ways to a gradient through a choice: {}", comparison.env),
        lead: "One environment, and methods that differ in how they get a gradient through the choice of an agent."
            .to_owned(),
        headline: headline.collect(),
        facts: vec![
            ("environment".to_owned(), comparison.env.to_string()),
            ("seeds".to_owned(), comparison.seeds.to_string()),
        ],
        sections,
    };
    let runs = || finished.iter().flat_map(|one| one.runs.iter().map(move |run| (one, run)));
    let odd = runs().flat_map(|(one, run)| {
        notes(&format!("{}, seed {}", one.variant, run.seed), &run.summary.health)
    });
    let look_at = vec![
        "The methods: the numbers after equal steps of the environment say how fast a method learns, those at the end \
         how far it comes; differences of less than two standard errors may be chance."
            .to_owned(),
    ];
    let folders = runs().map(|(_, run)| run.folder.as_path());
    Ok(write_comparison(page, out, folders, look_at, odd.collect())?)
}

/// The least and the largest value of a curve, as far as they are known: a regret is not below 0, and the cart earns 1 in
/// each step up to its time limit.
fn possible(env: EnvironmentName) -> (f64, f64) {
    match env {
        EnvironmentName::Maze => (0.0, f64::INFINITY),
        EnvironmentName::Cartpole => (0.0, f64::from(Cartpole.time_limit())),
        EnvironmentName::Particles => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

/// The mean of values with its interval, cut at the least and the largest possible value: low, mean, high.
fn interval(values: &[f64], (least, most): (f64, f64)) -> [f64; 3] {
    let (mean, se) = mean_and_se(values);
    let room = SIDES * se.unwrap_or(0.0);
    [(mean - room).max(least), mean, (mean + room).min(most)]
}

/// The mean curve of a method over its seeds, evaluation by evaluation.
fn mean_curve(one: &Finished, possible: (f64, f64)) -> Curve {
    let curves: Vec<_> = one.runs.iter().map(super::Run::curve).collect();
    let length = curves.iter().map(Vec::len).min().unwrap_or(0);
    let at = |i: usize| {
        let over_seeds = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> {
            curves.iter().map(|curve| of(&curve[i])).collect()
        };
        let (steps, _) = mean_and_se(&over_seeds(|point| point.0));
        (steps, interval(&over_seeds(|point| point.1), possible))
    };
    (0..length).map(at).collect()
}

fn curves(comparison: &Comparison, finished: &[Finished]) -> Result<Sketch, ReportError> {
    let possible = possible(comparison.env);
    let named = finished.iter().map(|one| (one.variant.to_string(), mean_curve(one, possible)));
    let mut all: Vec<(String, Curve)> = named.filter(|(_, curve)| !curve.is_empty()).collect();
    let maze = comparison.env == EnvironmentName::Maze;
    if maze {
        let percent = all.iter_mut().flat_map(|(_, curve)| curve).flat_map(|(_, y)| y);
        percent.for_each(|y| *y *= 100.0);
    }
    let points = || all.iter().flat_map(|(_, curve)| curve);
    let (first, last) = points().fold((f64::INFINITY, 1.0_f64), |(low, high), (steps, _)| {
        (low.min(*steps), high.max(*steps))
    });
    let (low, high) = points().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, y)| {
        (low.min(y[1]), high.max(y[1]))
    });
    let room = 0.08 * (high - low).abs().max(1e-9);
    let (low, high) = match all.is_empty() {
        true => (0.0, 1.0),
        false => (if maze { 0.0 } else { low - room }, high + room),
    };
    let x = match maze && first.is_finite() && first < last {
        true => Scale::log(first, last)?,
        false => Scale::linear(0.0, last, 5.0)?,
    };
    let mut sketch = Sketch::new("Learning curves", 900, 480);
    let area = Rect { left: 80.0, top: 40.0, right: 600.0, bottom: 420.0 };
    let panel = Panel::new(area, x, Scale::linear(low, high, 6.0)?);
    let y_label = if maze { "regret of the policy, %" } else { "return of the policy" };
    panel.plain().x_label("environment steps").y_label(y_label).axes(&mut sketch);
    let colour = |i: usize| COLORS[i % COLORS.len()];
    for (i, (_, curve)) in all.iter().enumerate() {
        let edges: Vec<_> = curve.iter().map(|&(x, [low, _, high])| (x, low, high)).collect();
        panel.band(&mut sketch, &edges, thin(colour(i), 0.18));
    }
    let mut names: Vec<(f64, &str, Color)> = Vec::new();
    for (i, (name, curve)) in all.iter().enumerate() {
        let line: Vec<_> = curve.iter().map(|&(x, [_, mean, _])| (x, mean)).collect();
        let end = line.last().map_or(area.bottom, |&end| panel.at(end).1);
        panel.line(&mut sketch, line, Stroke::solid(colour(i)).width(1.8));
        names.push((end, name, colour(i)));
    }
    place_names(&mut sketch, area, names);
    Ok(sketch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_stay_within_what_is_possible() {
        let values = [500.0, 470.0, 500.0];
        let [low, mean, high] = interval(&values, possible(EnvironmentName::Particles));
        assert!(low < mean && high > 500.0, "{low} {mean} {high}");
        let cart = possible(EnvironmentName::Cartpole);
        assert_eq!(interval(&values, cart), [low, mean, 500.0]);
        assert_eq!(interval(&[0.0, 30.0], cart)[0], 0.0);
        assert_eq!(interval(&[0.0, 0.3], possible(EnvironmentName::Maze))[0], 0.0);
    }
}
