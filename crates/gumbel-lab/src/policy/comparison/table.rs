//! The table of a comparison: a row for each method.

use std::path::Path;

use gumbel_files::csv_rows::csv_bytes;
use gumbel_files::output::write as write_file;
use serde::Serialize;

use super::{Comparison, Finished, Point, Run};
use crate::error::LabError;
use crate::policy::config::EnvironmentName;
use crate::statistics::mean_and_se;

/// A mean over seeds and its standard error, which is missing for one seed.
type Mean = (f64, Option<f64>);

/// The results of a method over its seeds. A score is the regret in a maze, as a share of the way from uniform choices to
/// the best, and the return elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The method, with its estimator.
    pub method: String,
    /// The number of seeds that did not diverge.
    pub seeds: usize,
    /// The number of seeds that diverged.
    pub diverged: usize,
    /// The mean score of the policy after at most the environment steps of the comparison; `None` where there is none.
    pub after: [Option<Mean>; 3],
    /// The mean score of the policy at the end.
    pub at_end: Mean,
    /// The score of the most probable actions at the end, for each seed.
    pub greedy: Vec<f64>,
    /// The environment steps of a training, the mean over the seeds.
    pub environment_steps: f64,
    /// The seconds of a training, the median over the seeds.
    pub seconds: f64,
    /// The error of the gradient, early and late.
    pub gradient: Vec<Point>,
}

impl Row {
    /// The median of the scores of the most probable actions.
    pub fn greedy_median(&self) -> f64 {
        median(self.greedy.clone())
    }

    /// The worst of these scores: the largest regret, or the smallest return.
    pub fn greedy_worst(&self, env: EnvironmentName) -> f64 {
        let scores = self.greedy.iter().copied();
        match env {
            EnvironmentName::Maze => scores.fold(f64::NEG_INFINITY, f64::max),
            _ => scores.fold(f64::INFINITY, f64::min),
        }
    }
}

/// The middle of some values: of an even number the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    (values[(n - 1) / 2] + values[n / 2]) / 2.0
}

/// Averages the runs of each method over its seeds: one row for each with a seed that did not diverge, in their order.
pub fn table(comparison: &Comparison, finished: &[Finished]) -> Vec<Row> {
    let some = finished.iter().filter(|one| !one.runs.is_empty());
    some.map(|one| {
        let over_seeds = |of: &dyn Fn(&Run) -> f64| one.runs.iter().map(of).collect::<Vec<f64>>();
        Row {
            method: one.variant.to_string(),
            seeds: one.runs.len(),
            diverged: one.diverged,
            after: comparison.steps().map(|steps| {
                let scores: Option<Vec<f64>> =
                    one.runs.iter().map(|run| run.score_after(steps)).collect();
                scores.map(|scores| mean_and_se(&scores))
            }),
            at_end: mean_and_se(&over_seeds(&|run| run.score(run.summary.of_policy))),
            greedy: over_seeds(&|run| run.score(run.summary.greedy_return)),
            environment_steps: mean_and_se(&over_seeds(&|run| {
                run.summary.environment_steps as f64
            }))
            .0,
            seconds: median(over_seeds(&|run| run.seconds)),
            gradient: one.gradient.clone(),
        }
    })
    .collect()
}

/// A number of steps in thousands.
fn thousands(steps: f64) -> String {
    format!("{:.0}k", steps / 1e3)
}

/// The head of the table for people.
pub(super) fn head(comparison: &Comparison) -> Vec<String> {
    let what = match comparison.env {
        EnvironmentName::Maze => "regret in %",
        _ => "return",
    };
    let mut head = vec![what.to_owned(), "seeds".to_owned()];
    head.extend(comparison.steps().map(|steps| format!("after {}", thousands(steps as f64))));
    head.push("at the end".to_owned());
    head.push("greedy, worst".to_owned());
    head.push("steps".to_owned());
    head.push("seconds".to_owned());
    head
}

/// The cells of a row for people.
pub(super) fn cells(comparison: &Comparison, row: &Row) -> Vec<String> {
    let maze = comparison.env == EnvironmentName::Maze;
    let (scale, digits) = if maze { (100.0, 2) } else { (1.0, 1) };
    // Without a minus sign where rounding made a regret of nothing a little less.
    let number = |x: f64| {
        let text = format!("{:.digits$}", scale * x);
        if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
            return text.trim_start_matches('-').to_owned();
        }
        text
    };
    let mean = |(mean, se): Mean| {
        se.map_or_else(|| number(mean), |se| format!("{} ± {}", number(mean), number(se)))
    };
    let mut cells = vec![
        row.method.clone(),
        match row.diverged {
            0 => row.seeds.to_string(),
            more => format!("{} of {}", row.seeds, row.seeds + more),
        },
    ];
    cells.extend(row.after.map(|after| after.map_or_else(|| "-".to_owned(), mean)));
    cells.push(mean(row.at_end));
    let worst = row.greedy_worst(comparison.env);
    cells.push(format!("{}, {}", number(row.greedy_median()), number(worst)));
    cells.push(match row.environment_steps {
        0.0 => "none".to_owned(),
        steps => thousands(steps),
    });
    cells.push(format!("{:.0}", row.seconds));
    cells
}

/// The head of the table of the gradient.
pub(super) const GRADIENT_HEAD: [&str; 7] = [
    "method",
    "early: bias, deviation",
    "cosine",
    "with J",
    "late: bias, deviation",
    "cosine ",
    "with J ",
];

/// The error of the gradient of each method that has one.
pub(super) fn gradient_cells(rows: &[Row]) -> Vec<Vec<String>> {
    let cell = |point: &Point| {
        // The returns of all episodes were equal, and there was no gradient.
        if !point.bias.is_finite() {
            return ["none", "-", "-"].map(str::to_owned);
        }
        let noise = point.bias_noise();
        let bias = match point.bias > noise {
            true => format!("{:.2}", point.bias),
            false => format!("< {noise:.2}"),
        };
        [
            format!("{bias}, {:.2}", point.deviation),
            format!("{:.2}", point.cosine),
            format!("{:.2}", point.cosine_of_return),
        ]
    };
    let measured = rows.iter().filter(|row| row.gradient.len() == 2);
    let line = |row: &Row| {
        let cells = row.gradient.iter().flat_map(cell);
        std::iter::once(row.method.clone()).chain(cells).collect()
    };
    measured.map(line).collect()
}

#[derive(Serialize)]
struct AtSteps {
    method: String,
    seed: u64,
    environment_steps: u64,
    step: u64,
    #[serde(rename = "return")]
    of_policy: f64,
    greedy_return: f64,
    entropy: f64,
    score: f64,
}

#[derive(Serialize)]
struct Flat {
    method: String,
    seeds: usize,
    diverged: usize,
    score_at_end: f64,
    score_at_end_se: Option<f64>,
    greedy_median: f64,
    greedy_worst: f64,
    environment_steps: f64,
    seconds: f64,
}

/// Writes the table as Markdown and CSV, and all evaluations as CSV.
pub(super) fn write(
    comparison: &Comparison,
    rows: &[Row],
    finished: &[Finished],
    out: &Path,
) -> Result<(), LabError> {
    let table = rows.iter().map(|row| cells(comparison, row)).collect();
    let mut text = markdown(head(comparison), table);
    let gradients = gradient_cells(rows);
    if !gradients.is_empty() {
        text += "\n";
        text += &markdown(GRADIENT_HEAD.map(str::to_owned).to_vec(), gradients);
    }
    write_file(&out.join("policies.md"), text.as_bytes())?;
    let flat = rows.iter().map(|row| Flat {
        method: row.method.clone(),
        seeds: row.seeds,
        diverged: row.diverged,
        score_at_end: row.at_end.0,
        score_at_end_se: row.at_end.1,
        greedy_median: row.greedy_median(),
        greedy_worst: row.greedy_worst(comparison.env),
        environment_steps: row.environment_steps,
        seconds: row.seconds,
    });
    let path = out.join("policies.csv");
    let flat: Vec<Flat> = flat.collect();
    write_file(&path, &csv_bytes(&path, &flat, true)?)?;
    let mut curves = Vec::new();
    for one in finished {
        for run in &one.runs {
            curves.extend(run.rows.iter().map(|row| AtSteps {
                method: one.variant.to_string(),
                seed: run.seed,
                environment_steps: row.environment_steps,
                step: row.step,
                of_policy: row.of_policy,
                greedy_return: row.greedy_return,
                entropy: row.entropy,
                score: run.score(row.of_policy),
            }));
        }
    }
    let path = out.join("curves.csv");
    Ok(write_file(&path, &csv_bytes(&path, &curves, true)?)?)
}

fn markdown(head: Vec<String>, rows: Vec<Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule: Vec<String> = head.iter().map(|_| "---".to_owned()).collect();
    let body: String = rows.iter().map(|cells| line(cells)).collect();
    line(&head) + &line(&rule) + &body
}
