//! The table of a comparison: a row for each estimator, the best first.

use std::path::Path;

use gumbel_files::csv_rows::csv_bytes;
use gumbel_files::output::write as write_file;
use serde::Serialize;

use super::{Finished, Point, words};
use crate::error::LabError;
use crate::statistics::mean_and_se;

/// The results of an estimator over its seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The estimator.
    pub estimator: String,
    /// Its options in words.
    pub options: String,
    /// The temperature that the search found, in words; empty for an estimator without one.
    pub temperature: String,
    /// The learning rate that the search found.
    pub lr: f64,
    /// The number of seeds that did not diverge.
    pub seeds: usize,
    /// The number of seeds that diverged.
    pub diverged: usize,
    /// The mean test bound in nats an image, with one-hot codes: lower is better.
    pub test_bound: f64,
    /// The standard error of the mean over the seeds; empty for one seed.
    pub test_bound_se: Option<f64>,
    /// The mean test bound less that of `gumbel-softmax` with the same seeds: the same images. Empty if that was not
    /// trained.
    pub difference: Option<f64>,
    /// The standard error of the difference over the seeds.
    pub difference_se: Option<f64>,
    /// The mean bound on the first training images.
    pub train_bound: f64,
    /// The evaluations of the cost for each image in a step, those for the decoder among them. `rebar` and `relax` are
    /// counted with frozen parameters of their own, and need two more.
    pub evaluations: usize,
    /// The training steps a second, the median over the seeds.
    pub steps_per_second: f64,
    /// The time of a step relative to that of `gumbel-softmax`.
    pub relative_time: Option<f64>,
}

/// The estimator that the others are compared with.
pub(super) const REFERENCE: &str = "gumbel-softmax";

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Averages the runs of each estimator over its seeds: one row for each with a seed that did not diverge. Those without
/// a seed that diverged come first, the lowest bound at the top.
pub fn table(finished: &[Finished]) -> Vec<Row> {
    let bounds = |one: &Finished| -> Vec<f64> {
        one.runs.iter().map(|run| run.summary.test_bound_nats).collect()
    };
    let speed = |one: &Finished| median(one.runs.iter().map(|run| run.steps_per_second).collect());
    let reference = finished.iter().find(|one| one.variant.to_string() == REFERENCE);
    let reference = reference.filter(|one| !one.runs.is_empty());
    let mut rows: Vec<Row> = finished
        .iter()
        .filter(|one| !one.runs.is_empty())
        .map(|one| {
            let ours = bounds(one);
            let (test_bound, test_bound_se) = mean_and_se(&ours);
            let other = reference.filter(|other| other.variant != one.variant);
            let difference = other.map(|other| {
                // A seed that diverged has no pair.
                let pairs = one.runs.iter().filter_map(|run| {
                    let same = |other: &&super::Run| other.seed == run.seed;
                    let theirs = other.runs.iter().find(same)?;
                    Some(run.summary.test_bound_nats - theirs.summary.test_bound_nats)
                });
                pairs.collect::<Vec<_>>()
            });
            let difference = difference.filter(|pairs| !pairs.is_empty()).map(|d| mean_and_se(&d));
            let train: Vec<f64> = one.runs.iter().map(|run| run.summary.train_bound_nats).collect();
            let estimator = one.settings.make_estimator().ok().flatten();
            let evaluations = estimator.as_ref().map_or(1, |estimator| {
                let crate::vae::Latents::Categorical(choices) = one.settings.latents else {
                    return 1;
                };
                estimator.evaluations(choices.variables, choices.classes)
            });
            Row {
                estimator: one.variant.to_string(),
                options: estimator.map_or_else(String::new, |estimator| estimator.settings()),
                temperature: one.settings.tau.map_or_else(String::new, words),
                lr: one.settings.lr,
                seeds: one.runs.len(),
                diverged: one.diverged,
                test_bound,
                test_bound_se,
                difference: difference.map(|(mean, _)| mean),
                difference_se: difference.and_then(|(_, se)| se),
                train_bound: mean_and_se(&train).0,
                evaluations,
                steps_per_second: speed(one),
                relative_time: reference.map(|reference| speed(reference) / speed(one)),
            }
        })
        .collect();
    // An estimator that diverged for a seed comes after those that did not: its other seeds are a choice.
    let order = |row: &Row| (row.diverged > 0, row.test_bound);
    rows.sort_by(|a, b| order(a).0.cmp(&order(b).0).then(order(a).1.total_cmp(&order(b).1)));
    rows
}

/// The head of the table for people.
pub(super) const HEAD: [&str; 8] = [
    "estimator",
    "temperature",
    "lr",
    "seeds",
    "test bound",
    "less gumbel-softmax",
    "steps/s",
    "time",
];

/// The cells of a row for people.
pub(super) fn cells(row: &Row) -> [String; 8] {
    let with_se = |value: f64, se: Option<f64>, sign: bool| {
        let number = if sign { format!("{value:+.2}") } else { format!("{value:.2}") };
        se.map_or_else(|| number.clone(), |se| format!("{number} ± {se:.2}"))
    };
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    [
        row.estimator.clone(),
        dash(&row.temperature),
        row.lr.to_string(),
        match row.diverged {
            0 => row.seeds.to_string(),
            more => format!("{} of {}", row.seeds, row.seeds + more),
        },
        with_se(row.test_bound, row.test_bound_se, false),
        or_dash(row.difference.map(|d| with_se(d, row.difference_se, true))),
        format!("{:.0}", row.steps_per_second),
        or_dash(row.relative_time.map(|time| format!("{time:.2}"))),
    ]
}

/// The head of the table of the gradient, with the epochs at which it was measured.
pub(super) fn gradient_head(finished: &[Finished]) -> Vec<String> {
    let longest = finished.iter().map(|one| &one.gradient).max_by_key(|points| points.len());
    let epochs = longest.into_iter().flatten().map(|point| format!("epoch {}", point.epoch));
    std::iter::once("estimator".to_owned()).chain(epochs).collect()
}

/// The bias and the standard deviation of a draw at each point, for the estimators that have them, in the order of the
/// rows.
pub(super) fn gradient_cells(rows: &[Row], finished: &[Finished]) -> Vec<Vec<String>> {
    let points = gradient_head(finished).len() - 1;
    let cell = |point: &Point| {
        let noise = point.bias_noise();
        let bias = match point.bias > noise {
            true => format!("{:.2}", point.bias),
            false => format!("< {noise:.2}"),
        };
        format!("{bias} and {:.2}", point.deviation)
    };
    let of = |one: &Finished| {
        let cells = one.gradient.iter().map(cell);
        let missing = std::iter::repeat_n("-".to_owned(), points - one.gradient.len());
        std::iter::once(one.variant.to_string()).chain(cells).chain(missing).collect()
    };
    let named = |row: &Row| finished.iter().find(|one| one.variant.to_string() == row.estimator);
    rows.iter().filter_map(named).filter(|one| !one.gradient.is_empty()).map(of).collect()
}

#[derive(Serialize)]
struct Measured {
    estimator: String,
    epoch: u64,
    step: u64,
    tau: Option<f64>,
    bias: f64,
    bias_error: f64,
    deviation: f64,
    error: f64,
    cosine: Option<f64>,
}

impl Measured {
    fn of(one: &Finished, point: &Point) -> Self {
        let Point { epoch, step, tau, bias, bias_error, deviation, error, cosine } = *point;
        let estimator = one.variant.to_string();
        Self { estimator, epoch, step, tau, bias, bias_error, deviation, error, cosine }
    }
}

#[derive(Serialize)]
struct Searched {
    estimator: String,
    temperature: String,
    lr: f64,
    validation_bound: f64,
}

/// Writes the table as Markdown and CSV, and the search and the error of the gradient as CSV.
pub(super) fn write(rows: &[Row], finished: &[Finished], out: &Path) -> Result<(), LabError> {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head = line(&HEAD.map(str::to_owned));
    let rule = line(&HEAD.map(|_| "---".to_owned()));
    let body: String = rows.iter().map(|row| line(&cells(row))).collect();
    write_file(&out.join("estimators.md"), format!("{head}{rule}{body}").as_bytes())?;
    let path = out.join("estimators.csv");
    write_file(&path, &csv_bytes(&path, rows, true)?)?;
    let searched: Vec<Searched> = finished
        .iter()
        .flat_map(|one| {
            one.search.iter().map(|(settings, bound)| Searched {
                estimator: one.variant.to_string(),
                temperature: settings.tau.map_or_else(String::new, words),
                lr: settings.lr,
                validation_bound: *bound,
            })
        })
        .collect();
    let path = out.join("search.csv");
    write_file(&path, &csv_bytes(&path, &searched, true)?)?;
    let measured = finished.iter().flat_map(|one| {
        let points = one.gradient.iter();
        points.map(|point| Measured::of(one, point))
    });
    let measured: Vec<Measured> = measured.collect();
    let path = out.join("gradient.csv");
    Ok(write_file(&path, &csv_bytes(&path, &measured, true)?)?)
}
