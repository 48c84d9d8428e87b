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
    /// named too. An estimator without noise, a sum over all states, is left out. Where the table has a temperature,
    /// its row counts, and not that of the same temperature with fewer draws.
    pub fn verdict(&self) -> Vec<String> {
        let all: Vec<&Row> = self.rows.iter().chain(self.other_temperatures()).collect();
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

    /// The rows of temperatures that no row of the table has: those have more draws, and are what the reader sees.
    fn other_temperatures(&self) -> impl Iterator<Item = &Row> {
        let in_table =
            |at: &Row| self.rows.iter().any(|row| row.name == at.name && row.tau == at.tau);
        self.temperatures.iter().filter(move |at| !in_table(at))
    }

    fn best_temperatures(&self) -> Option<String> {
        let mut names: Vec<&str> = self.temperatures.iter().map(|row| row.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut best: Vec<&Row> = names
            .into_iter()
            .filter_map(|name| {
                let all = self.rows.iter().chain(self.other_temperatures());
                let rows: Vec<&Row> = all.filter(|row| row.name == name).collect();
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

#[cfg(test)]
mod tests {
    use super::super::{ModelSettings, Origin};
    use super::*;

    fn row(name: &str, tau: Option<f64>, bias: f64, variance: f64, time: f64) -> Row {
        let row = Row {
            name: name.to_owned(),
            params: String::new(),
            tau,
            problem: "tiny".to_owned(),
            unbiased: false,
            bias,
            relative_bias: Some(bias),
            total_variance: variance,
            cosine: Some(1.0),
            evals: 1,
            target_norm: 1.0,
            mean_squared_error: bias * bias + variance / 100.0,
            z_max: None,
            pass: None,
            draws: Some(1_000),
            bias_error: 0.001,
            variance_error: 0.01 * variance,
            time_us: Some(time),
            mean_squared_error_at_equal_time: None,
        };
        let mut rows = [row];
        gumbel_compare::set_times(&mut rows, 100.0, &|row| row.time_us);
        let [row] = rows;
        // The fastest row of all takes 1 microsecond.
        let square = bias * bias + variance * time / 100.0;
        Row { mean_squared_error_at_equal_time: Some(square), ..row }
    }

    fn comparison(rows: Vec<Row>, temperatures: Vec<Row>) -> ModelComparison {
        ModelComparison {
            rows,
            temperatures,
            left_out: Vec::new(),
            reference: Origin::Enumeration { states: 9 },
            images: 1,
            settings: ModelSettings::default(),
        }
    }

    #[test]
    fn the_verdict_names_the_least_error_and_what_cannot_be_told_from_it() {
        let rows = vec![
            row("exact", None, 0.0, 0.0, 50.0),
            row("slow", None, 0.0, 4.0, 25.0),
            row("as-slow", None, 0.0, 4.02, 25.0),
            row("fast", Some(1.0), 0.4, 1.0, 1.0),
        ];
        let temperatures =
            vec![row("fast", Some(0.5), 0.3, 2.0, 1.0), row("fast", Some(2.0), 0.7, 0.5, 1.0)];
        let found = comparison(rows, temperatures).verdict();
        assert_eq!(
            found,
            [
                "least error at equal evaluations: slow, 0.200 of the gradient; as good within the error of the \
                 measurement: as-slow",
                "least error at equal time: fast at temperature 0.5, 0.332 of the gradient",
                "best temperatures: fast 0.5 (0.332)",
            ]
        );
    }

    /// The same temperature was drawn twice, and the row of fewer draws won by its noise.
    #[test]
    fn the_verdict_has_the_numbers_of_the_table() {
        let rows = vec![row("fast", Some(1.0), 0.4, 1.0, 1.0), row("other", None, 0.6, 1.0, 1.0)];
        let temperatures =
            vec![row("fast", Some(1.0), 0.3, 1.0, 1.0), row("fast", Some(2.0), 0.7, 1.0, 1.0)];
        let found = comparison(rows, temperatures).verdict();
        let expected = [
            "least error at equal evaluations: fast at temperature 1, 0.412 of the gradient",
            "least error at equal time: fast at temperature 1, 0.412 of the gradient",
            "best temperatures: fast 1 (0.412)",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn without_temperatures_or_noise_there_is_less_to_say() {
        let alone = comparison(vec![row("rloo", None, 0.0, 4.0, 1.0)], Vec::new());
        assert_eq!(alone.verdict().len(), 2);
        assert!(alone.draw().is_ok_and(|drawn| drawn.pictures.len() == 1));
        let silent = comparison(vec![row("exact", None, 0.0, 0.0, 1.0)], Vec::new());
        assert!(silent.verdict().is_empty() && silent.draw().is_ok());
    }
}
