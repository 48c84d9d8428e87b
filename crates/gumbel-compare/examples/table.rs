//! Prints every estimator on the three problems, as a table or as JSON.
//!
//! ```sh
//! cargo run --release -p gumbel-compare --example table -- [--json] [--large] [DRAWS]
//! ```
//!
//! `--large` adds a random network with 16,384 states.

use std::error::Error;

use gumbel::Key;
use gumbel_compare::problem::{RandomNet, standard};
use gumbel_compare::{Row, Settings, compare, default_estimators};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut json, mut problems, mut settings) = (false, standard(), Settings::default());
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--json" => json = true,
            "--large" => problems.push(Box::new(RandomNet::new(7, 4, Key::new(1))?)),
            draws => settings.draws = draws.parse()?,
        }
    }
    let rows = compare(&problems, &default_estimators(), &settings)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let mut problem = "";
    for row in &rows {
        if row.problem != problem {
            problem = &row.problem;
            println!("\n{problem}\n{}", header());
        }
        println!("{}", line(row));
    }
    println!(
        "\n(se): standard error by draws, 0 for an enumeration. mse: mean squared error of the"
    );
    println!("mean of as many draws as {} evaluations of the cost pay for.", settings.evaluations);
    println!("few: too few draws for a test of the claim.");
    Ok(())
}

fn header() -> String {
    format!(
        "{:31} {:38} {:>9} {:>8} {:>9} {:>8} {:>8} {:>5} {:>9} {:>7} {:>5}",
        "estimator",
        "parameters",
        "rel. bias",
        "(se)",
        "variance",
        "(se)",
        "cosine",
        "evals",
        "mse",
        "z max",
        "claim"
    )
}

fn line(row: &Row) -> String {
    let claim = match row.pass {
        Some(true) => "holds",
        Some(false) => "FAILS",
        None if row.has_too_few_draws() => "few",
        None => "-",
    };
    let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.6}"));
    let error = match row.draws {
        Some(_) => row.relative_bias.map(|relative| row.bias_error * relative / row.bias),
        None => Some(0.0),
    };
    format!(
        "{:31} {:38} {:>9} {:>8} {:9.6} {:8.6} {:>8} {:5} {:9.6} {:>7} {claim:>5}",
        row.name,
        row.params,
        number(row.relative_bias),
        number(error),
        row.total_variance,
        row.variance_error,
        number(row.cosine),
        row.evals,
        row.mean_squared_error,
        row.z_max.map_or("exact".into(), |z| format!("{z:.2}")),
    )
}
