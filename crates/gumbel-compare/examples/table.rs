//! Prints every estimator on the three problems, as a table or as JSON.
//!
//! ```sh
//! cargo run --release -p gumbel-compare --example table -- [--json] [DRAWS]
//! ```

use std::error::Error;

use gumbel_compare::problem::standard;
use gumbel_compare::{Row, Settings, compare, default_estimators};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut json, mut settings) = (false, Settings::default());
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--json" => json = true,
            draws => settings.draws = draws.parse()?,
        }
    }
    let rows = compare(&standard(), &default_estimators(), &settings)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
        return Ok(());
    }
    let mut problem = "";
    for row in &rows {
        if row.problem != problem {
            problem = &row.problem;
            println!("\n{problem}\n{HEADER}");
        }
        println!("{}", line(row));
    }
    Ok(())
}

const HEADER: &str = "estimator                       parameters                   \
                      rel. bias     (se)  variance     (se)   cosine evals    mse@100  z max  claim";

fn line(row: &Row) -> String {
    let claim = match row.pass {
        Some(true) => "holds",
        Some(false) => "FAILS",
        None => "-",
    };
    let relative = row.relative_bias.unwrap_or(f64::NAN);
    format!(
        "{:31} {:28} {relative:9.6} {:8.6} {:9.6} {:8.6} {:8.6} {:5} {:10.6} {:>6} {claim:>6}",
        row.name,
        row.params,
        row.bias_error * relative / row.bias.max(f64::MIN_POSITIVE),
        row.total_variance,
        row.variance_error,
        row.cosine.unwrap_or(f64::NAN),
        row.evals,
        row.mean_squared_error,
        row.z_max.map_or("exact".into(), |z| format!("{z:.2}")),
    )
}
