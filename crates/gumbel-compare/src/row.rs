//! `Row`: one estimator on one problem.

use serde::{Deserialize, Serialize};

use crate::estimator::Estimator;
use crate::moments::Moments;
use crate::tabulated::Tabulated;

/// One estimator on one problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The name of the estimator.
    pub name: String,
    /// Its parameters in words.
    pub params: String,
    /// The temperature, where the estimator has one.
    pub tau: Option<f64>,
    /// The name of the problem.
    pub problem: String,
    /// Whether the estimator claims no bias.
    pub unbiased: bool,
    /// The norm of mean - target. In a row of draws it contains noise of the size of `bias_error`.
    pub bias: f64,
    /// The bias over the norm of the target; `None` if that is 0.
    pub relative_bias: Option<f64>,
    /// The trace of the covariance of one draw.
    pub total_variance: f64,
    /// The cosine of the mean with the target; `None` if one of them is 0.
    pub cosine: Option<f64>,
    /// The evaluations of the cost of one draw.
    pub evals: usize,
    /// The norm of the target: what relative numbers are relative to.
    pub target_norm: f64,
    /// The mean squared error at equal evaluations, [`Settings::evaluations`](crate::Settings::evaluations).
    pub mean_squared_error: f64,
    /// The largest |mean - target| in standard errors; `None` for an enumeration.
    pub z_max: Option<f64>,
    /// Whether the claim of no bias holds; `None` without the claim, and where the draws are too few for a test: fewer
    /// than [`LEAST_EXPECTED`](crate::LEAST_EXPECTED) expected of the rarest class.
    pub pass: Option<bool>,
    /// The number of draws; `None` for an enumeration.
    pub draws: Option<u64>,
    /// The standard error of the mean, as a vector; 0 for an enumeration.
    pub bias_error: f64,
    /// The standard error of the total variance; 0 for an enumeration.
    pub variance_error: f64,
    /// The time of a draw in microseconds, where it was measured. [`compare`](crate::compare()) does not: the draws of
    /// this crate read tables, and say nothing about the time of a draw on tensors.
    pub time_us: Option<f64>,
    /// The mean squared error at equal time; see [`set_times`]. `None` without a time, and where the time is that of
    /// another number of evaluations.
    pub mean_squared_error_at_equal_time: Option<f64>,
}

impl Row {
    /// The row of some moments. `z_limit` is the |z| up to which a claim of no bias holds, `None` if the draws are too
    /// few for a test, and `evaluations` those at which mean squared errors are compared.
    pub(crate) fn of(
        estimator: &dyn Estimator,
        table: &Tabulated<'_>,
        moments: &Moments,
        z_limit: Option<f64>,
        evaluations: f64,
    ) -> Self {
        let evals = estimator.evaluations(table);
        Self {
            name: estimator.name().to_owned(),
            params: estimator.params(),
            tau: estimator.tau(),
            problem: table.problem().name().to_owned(),
            unbiased: estimator.unbiased(),
            bias: moments.bias(),
            relative_bias: moments.relative_bias(),
            total_variance: moments.total_variance(),
            cosine: moments.cosine(),
            evals,
            target_norm: moments.target_norm(),
            mean_squared_error: moments.mean_squared_error(evals, evaluations),
            // JSON has no infinity.
            z_max: moments.z_max().map(|z| z.min(f64::MAX)),
            pass: z_limit.filter(|_| estimator.unbiased()).map(|z| moments.agrees(z)),
            draws: moments.draws(),
            bias_error: moments.bias_error(),
            variance_error: moments.variance_error(),
            time_us: None,
            mean_squared_error_at_equal_time: None,
        }
    }

    /// Whether the claim of no bias of a comparison has no verdict, because the draws are too few for a test.
    pub fn has_too_few_draws(&self) -> bool {
        self.unbiased && self.pass.is_none() && self.z_max.is_some()
    }

    /// What a row that failed its test says against the claim of no bias; `None` if the test did not fail.
    pub fn refutation(&self) -> Option<String> {
        if self.pass != Some(false) {
            return None;
        }
        let of = if self.params.is_empty() { String::new() } else { format!(" ({})", self.params) };
        let by = match self.z_max {
            Some(z) => format!("{z:.1} standard errors from the exact gradient"),
            None => format!("{:.3e} from the exact gradient, by enumeration", self.bias),
        };
        Some(format!(
            "{}{of} on {}: it claims no bias, and its mean is {by}",
            self.name, self.problem
        ))
    }

    /// The norm of the bias without the part that noise alone shows: sqrt(bias^2 - bias_error^2), at least 0.
    pub fn bias_without_noise(&self) -> f64 {
        (self.bias.powi(2) - self.bias_error.powi(2)).max(0.0).sqrt()
    }

    /// Whether the bias is 0 within rounding, or within three times what noise alone shows.
    pub fn shows_no_bias(&self) -> bool {
        self.bias <= 3.0 * self.bias_error + 1e-9 * self.target_norm
    }

    /// A number over the norm of the target; `None` if that is 0.
    pub fn relative(&self, number: f64) -> Option<f64> {
        (self.target_norm > 0.0).then(|| number / self.target_norm)
    }
}

/// Sets the time of a draw of each row, in microseconds, and the errors at equal time.
///
/// ```text
/// bias^2 + total variance x (time of a draw) / T     T = evaluations x the shortest time of a draw
/// ```
///
/// So the fastest row has as many draws as there are `evaluations`, and the others fewer.
///
/// ```
/// use gumbel_compare::{Settings, compare, estimator_by_name, problem::standard, set_times};
/// let estimators = ["zgr", "gumbel-rao"].map(|name| estimator_by_name(name).expect("a name"));
/// let settings = Settings { draws: 2_048, ..Settings::default() };
/// let mut rows = compare(&standard()[..1], &estimators, &settings)?;
/// set_times(&mut rows, settings.evaluations, &|row| Some(if row.name == "zgr" { 8.0 } else { 40.0 }));
/// let error = |i: usize| rows[i].mean_squared_error_at_equal_time.expect("a time");
/// assert!((error(0) - rows[0].mean_squared_error).abs() < 1e-12); // one evaluation, and the fastest
/// assert!(error(1) > rows[1].mean_squared_error);
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
pub fn set_times(rows: &mut [Row], evaluations: f64, time_us: &dyn Fn(&Row) -> Option<f64>) {
    rows.iter_mut().for_each(|row| row.time_us = time_us(row));
    let fastest = rows.iter().filter_map(|row| row.time_us).fold(f64::INFINITY, f64::min);
    for row in rows {
        let noise = row.total_variance * row.evals as f64 / evaluations;
        let squared_bias = (row.mean_squared_error - noise).max(0.0);
        row.mean_squared_error_at_equal_time = row
            .time_us
            .map(|time| squared_bias + row.total_variance * time / (fastest * evaluations));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::Reinforce;
    use crate::{Moments, estimator::Baseline, problem::Net};
    use gumbel::Key;

    #[test]
    fn a_failed_claim_is_named_with_its_distance() {
        let table = Tabulated::new(&Net).unwrap();
        let estimator = Reinforce::new(Baseline::None).unwrap();
        let exact = Moments::exact(&estimator, &table).unwrap();
        let row = Row::of(&estimator, &table, &exact, Some(5.0), 100.0);
        assert!(row.refutation().is_none() && row.shows_no_bias());
        let failed = Row { pass: Some(false), bias: 0.25, ..row };
        assert!(!failed.shows_no_bias());
        let expected = "reinforce (baseline none) on net-3x4: it claims no bias, and its mean is ";
        let exactly = format!("{expected}2.500e-1 from the exact gradient, by enumeration");
        assert_eq!(failed.refutation(), Some(exactly));
        // A limit of 0 standard errors fails every estimate from draws.
        let drawn = Moments::sampled(&estimator, &table, 2_000, Key::new(1));
        let row = Row::of(&estimator, &table, &drawn, Some(0.0), 100.0);
        assert!(row.refutation().unwrap().ends_with(" standard errors from the exact gradient"));
    }
}
