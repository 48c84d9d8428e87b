//! The sentences at the end of a comparison: the least error at equal evaluations and at equal time, and the best
//! temperatures.

use gumbel_compare::Row;

use super::{ModelComparison, squared_bias_error};

/// A kind of error: its square, and the factor of the variance in it.
type Squared = fn(&Row, f64) -> Option<(f64, f64)>;

pub(super) fn at_equal_evaluations(row: &Row, evaluations: f64) -> Option<(f64, f64)> {
    Some((row.mean_squared_error, row.evals as f64 / evaluations))
}

pub(super) fn at_equal_time(row: &Row, _: f64) -> Option<(f64, f64)> {
    let square = row.mean_squared_error_at_equal_time?;
    let share = if row.total_variance > 0.0 {
        (square - row.bias.powi(2)) / row.total_variance
    } else {
        0.0
    };
    Some((square, share))
}

/// The standard error of a squared error.
fn error_of((_, share): (f64, f64), row: &Row) -> f64 {
    squared_bias_error(row).hypot(share * row.variance_error)
}

/// The row of the least error, and those that cannot be told from it: within two standard errors.
fn least<'a>(
    rows: &[&'a Row],
    squared: Squared,
    evaluations: f64,
) -> Option<(&'a Row, Vec<&'a Row>)> {
    let noisy = |row: &&&Row| row.total_variance.sqrt() > 1e-6 * row.target_norm;
    let mut all: Vec<(&Row, (f64, f64))> = rows
        .iter()
        .filter(noisy)
        .filter_map(|row| Some((*row, squared(row, evaluations)?)))
        .filter(|(_, (square, _))| square.is_finite())
        .collect();
    all.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let (best, square) = *all.first()?;
    let near = all[1..].iter().filter(|(row, other)| {
        let error = error_of(*other, row).hypot(error_of(square, best));
        other.0 - square.0 <= 2.0 * error
    });
    Some((best, near.map(|(row, _)| *row).collect()))
}

/// A name with its temperature.
fn called(row: &Row) -> String {
    match row.tau {
        Some(tau) => format!("{} at temperature {tau}", row.name),
        None => row.name.clone(),
    }
}

fn relative(row: &Row, square: f64) -> String {
    let error = square.sqrt();
    row.relative(error).map_or_else(|| "-".to_owned(), |error| format!("{error:.3}"))
}

impl ModelComparison {
    /// Says in sentences which estimator and which temperature have the least error: at equal evaluations of the cost,
    /// at equal time, and the best temperature of each estimator with one, the least error first.
    ///
    /// Errors are over the norm of the gradient. Estimators whose error is within two standard errors of the least are
    /// named too. An estimator without noise, a sum over all states, is left out.
    pub fn verdict(&self) -> Vec<String> {
        let all: Vec<&Row> = self.rows.iter().chain(&self.temperatures).collect();
        let kinds: [(&str, Squared); 2] = [
            ("least error at equal evaluations", at_equal_evaluations),
            ("least error at equal time", at_equal_time),
        ];
        let evaluations = self.settings.evaluations;
        let mut lines: Vec<String> = kinds
            .into_iter()
            .filter_map(|(what, squared)| {
                let (best, near) = least(&all, squared, evaluations)?;
                let error = relative(best, squared(best, evaluations)?.0);
                let mut others: Vec<String> = near.into_iter().map(called).collect();
                others.retain(|other| *other != called(best));
                others.dedup();
                let others = match others.as_slice() {
                    [] => String::new(),
                    few if few.len() <= 4 => {
                        format!("; as good within the error of the measurement: {}", few.join(", "))
                    }
                    many => {
                        format!(
                            "; as good within the error of the measurement: {} and {} more",
                            many[..3].join(", "),
                            many.len() - 3
                        )
                    }
                };
                Some(format!("{what}: {}, {error} of the gradient{others}", called(best)))
            })
            .collect();
        lines.extend(self.best_temperatures());
        lines
    }

    fn best_temperatures(&self) -> Option<String> {
        let mut names: Vec<&str> = self.temperatures.iter().map(|row| row.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut best: Vec<&Row> = names
            .into_iter()
            .filter_map(|name| {
                let rows: Vec<&Row> =
                    self.temperatures.iter().filter(|row| row.name == name).collect();
                Some(least(&rows, at_equal_evaluations, self.settings.evaluations)?.0)
            })
            .collect();
        best.sort_by(|a, b| a.mean_squared_error.total_cmp(&b.mean_squared_error));
        let texts = best.iter().map(|row| {
            let error = relative(row, row.mean_squared_error);
            format!("{} {} ({error})", row.name, row.tau.unwrap_or(f64::NAN))
        });
        let texts: Vec<String> = texts.collect();
        (!texts.is_empty()).then(|| format!("best temperatures: {}", texts.join(", ")))
    }
}
