//! The rows of a comparison as texts.

use crate::compare::{LEAST_EXPECTED, Settings};
use crate::row::Row;

/// The names of the columns of [`cells`].
pub const HEAD: [&str; 11] = [
    "estimator",
    "parameters",
    "claim",
    "bias",
    "deviation",
    "cosine",
    "evals",
    "time",
    "error",
    "z max",
    "test",
];

/// The root-mean-square error at equal evaluations, over the norm of the target where that is not 0.
pub(super) fn relative_error(row: &Row) -> f64 {
    let error = row.mean_squared_error.sqrt();
    row.relative(error).unwrap_or(error)
}

/// The rows of each problem, in the order of the problems, the least relative error first.
pub fn ranked(rows: &[Row]) -> Vec<(&str, Vec<&Row>)> {
    let by_problem = rows.chunk_by(|a, b| a.problem == b.problem);
    by_problem
        .map(|rows| {
            let mut sorted: Vec<&Row> = rows.iter().collect();
            sorted.sort_by(|a, b| relative_error(a).total_cmp(&relative_error(b)));
            (rows[0].problem.as_str(), sorted)
        })
        .collect()
}

/// A row as the texts of a table under [`HEAD`].
pub fn cells(row: &Row) -> [String; HEAD.len()] {
    let relative = |x: f64| row.relative(x);
    let short = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.3}"));
    let bias = match (relative(row.bias), relative(row.bias_error)) {
        (Some(bias), Some(error)) if row.draws.is_some() => format!("{bias:.4} ({error:.4})"),
        (Some(bias), _) => format!("{bias:.4}"),
        (None, _) => "-".to_owned(),
    };
    let test = match row.pass {
        Some(true) => "holds",
        Some(false) => "FAILS",
        None if row.has_too_few_draws() => "too few draws",
        None => "-",
    };
    [
        row.name.clone(),
        row.params.clone(),
        if row.unbiased { "no bias" } else { "-" }.to_owned(),
        bias,
        short(relative(row.total_variance.sqrt())),
        row.cosine.map_or_else(|| "-".to_owned(), |cosine| format!("{cosine:.4}")),
        row.evals.to_string(),
        row.time_us.map_or_else(|| "-".to_owned(), |time| format!("{time:.1}")),
        short(relative(row.mean_squared_error.sqrt())),
        row.z_max.map_or_else(|| "exact".to_owned(), |z| format!("{z:.2}")),
        test.to_owned(),
    ]
}

/// Says what the columns of numbers are, a line each.
pub fn explained(settings: &Settings) -> Vec<(&'static str, String)> {
    let of_draws = format!(
        "the root-mean-square error of the mean of as many draws as {} evaluations of the cost pay for; the least is \
         first",
        settings.evaluations
    );
    let test = format!(
        "whether the claim of no bias holds; too few draws: fewer than {LEAST_EXPECTED} expected of the rarest class \
         of the problem (a larger --draws)"
    );
    let lines = [
        (
            "bias",
            "how far the mean is from the exact gradient; from draws, with its standard error",
        ),
        ("deviation", "the standard deviation of one draw, the square root of the total variance"),
        ("cosine", "of the angle between the mean and the exact gradient"),
        ("evals", EVALUATIONS),
        (
            "time",
            "microseconds of a draw on tensors under an autoencoder of default size, not of this problem; - where not \
             measured",
        ),
        ("error", &of_draws),
        (
            "z max",
            "the largest deviation of a coordinate in standard errors; exact: by enumeration",
        ),
        ("test", &test),
    ];
    lines.map(|(name, text)| (name, text.to_owned())).into()
}

/// What a number of evaluations leaves out.
const EVALUATIONS: &str = "evaluations of the cost for one draw, the cost being fixed; in the training of a network \
                           rodeo and double-cv need twice as many, and rebar and relax 5";

/// The sentence that goes with [`explained`].
pub const RELATIVE: &str = "Bias, deviation and error are relative to the norm of the exact gradient (of vimco: of the \
                            gradient of its own bound).";
