//! Argument checks that every function makes before it writes a result.
//!
//! They are public for adapters that send work to a device and have to refuse bad input first.

use alloc::vec::Vec;

use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::kernel::LogitScan;
use crate::likelihood;
use crate::noise::Noise;
use crate::real::Real;
use crate::temperature::Temperature;

/// Checks the logits of choices along `axis`.
///
/// # Errors
/// k = 0, a length that is not a whole number of rows, NaN or +inf logits, a row of only -inf.
pub fn logits<T: Real>(logits: &[T], axis: impl Into<Axis>) -> Result<()> {
    rows(logits, axis.into()).map(drop)
}

/// Checks the logits of yes-or-no choices: log-odds, which may be infinite.
///
/// # Errors
/// NaN logits.
pub fn log_odds<T: Real>(logits: &[T]) -> Result<()> {
    if T::all_within(logits, f64::INFINITY) {
        return Ok(());
    }
    match logits.iter().position(|l| l.to_f64().is_nan()) {
        None => Ok(()),
        Some(index) => Err(Error::Value {
            argument: "logits",
            expected: "a number or an infinity",
            index,
            found: f64::NAN,
        }),
    }
}

/// Checks noise that the caller made.
///
/// # Errors
/// A value that is NaN, infinite, or above 1e290 in size (1e30 for `f32`), where its sum with a finite
/// logit may be infinite.
pub fn noise<T: Real>(noise: &[T]) -> Result<()> {
    let (most, expected) = T::LIMITS.noise;
    all_within("noise", expected, most, noise)
}

/// Checks the logits of a prior.
///
/// # Errors
/// A value that is NaN or infinite.
pub(crate) fn prior<T: Real>(prior: &[T]) -> Result<()> {
    all_within("prior", "a finite number", f64::MAX, prior)
}

/// Checks means of normal distributions.
///
/// # Errors
/// A value that is NaN or infinite.
pub fn mu<T: Real>(mu: &[T]) -> Result<()> {
    all_within("mu", "a finite number", f64::MAX, mu)
}

/// Checks standard deviations; 0 is allowed.
///
/// # Errors
/// A value that is NaN, infinite or negative.
pub(crate) fn sigma<T: Real>(sigma: &[T]) -> Result<()> {
    let allowed = |s: f64| (0.0..=f64::MAX).contains(&s);
    all_allowed("sigma", "a finite number, 0 or above", allowed, sigma)
}

/// Checks logarithms of standard deviations: at most 300 (44 in `f32`), so that sigma^2 is finite too.
///
/// # Errors
/// A value that is NaN, infinite or above this limit.
pub fn ln_sigma<T: Real>(ln_sigma: &[T]) -> Result<()> {
    let (most, expected) = T::LIMITS.ln_sigma;
    all_allowed("ln_sigma", expected, |s| (-f64::MAX..=most).contains(&s), ln_sigma)
}

/// Checks a parameter or an argument of a distribution.
pub(crate) fn parameter(
    argument: &'static str,
    expected: &'static str,
    found: f64,
    good: bool,
) -> Result<()> {
    if good { Ok(()) } else { Err(Error::Parameter { argument, expected, found }) }
}

/// Whether x is allowed as a value of a distribution: a number from -1e300 to 1e300.
pub(crate) fn is_value(x: f64) -> bool {
    x.abs() <= 1e300
}

/// Checks the location of a distribution. Beyond 1e300 a quantile or a sample could overflow.
pub(crate) fn location(argument: &'static str, found: f64) -> Result<()> {
    parameter(argument, "a number from -1e300 to 1e300", found, is_value(found))
}

/// Checks the scale of a distribution. A division by a scale below 1e-300 could overflow.
pub(crate) fn scale(argument: &'static str, found: f64) -> Result<()> {
    let good = (1e-300..=1e300).contains(&found);
    parameter(argument, "a number from 1e-300 to 1e300", found, good)
}

/// Checks a probability.
pub(crate) fn probability(argument: &'static str, found: f64) -> Result<()> {
    parameter(argument, "a number from 0 to 1", found, (0.0..=1.0).contains(&found))
}

fn all_within<T: Real>(
    argument: &'static str,
    expected: &'static str,
    bound: f64,
    values: &[T],
) -> Result<()> {
    if T::all_within(values, bound) {
        return Ok(());
    }
    all_allowed(argument, expected, |x| x.abs() <= bound, values)
}

/// Checks each value, and names the first that is not allowed.
pub(crate) fn all_allowed<T: Real>(
    argument: &'static str,
    expected: &'static str,
    allowed: impl Fn(f64) -> bool,
    values: &[T],
) -> Result<()> {
    match values.iter().position(|x| !allowed(x.to_f64())) {
        None => Ok(()),
        Some(index) => {
            let found = values[index].to_f64();
            Err(Error::Value { argument, expected, index, found })
        }
    }
}

/// Checks a temperature.
///
/// # Errors
/// A tau that is not a finite number above 0.
pub fn temperature(tau: f64) -> Result<()> {
    Temperature::Scalar(tau).check()
}

/// Checks the temperatures of rows.
///
/// # Errors
/// A tau that is not a finite number above 0.
pub fn temperatures<T: Real>(tau: &[T]) -> Result<()> {
    let good = |tau: f64| (tau > 0.0) & (tau < f64::INFINITY);
    // One pass without branches; the bad element is searched only if there is one.
    if tau.iter().fold(true, |all, tau| all & good(tau.to_f64())) {
        return Ok(());
    }
    all_allowed("tau", "a finite temperature above 0", good, tau)
}

/// Checks points of the simplex and the logits of their law, the arguments of
/// [`relaxed_categorical_ln_density`](crate::likelihood::relaxed_categorical_ln_density).
///
/// # Errors
/// As that function.
pub fn relaxed_categorical<T: Real>(y: &[T], logits: &[T], axis: impl Into<Axis>) -> Result<()> {
    likelihood::check_simplex(y, logits, axis.into())
}

/// Checks logarithms of points of the simplex and the logits of their law, the arguments of
/// [`relaxed_categorical_ln_density_of_log`](crate::likelihood::relaxed_categorical_ln_density_of_log).
///
/// # Errors
/// As that function.
pub fn relaxed_categorical_of_log<T: Real>(
    x: &[T],
    logits: &[T],
    axis: impl Into<Axis>,
) -> Result<()> {
    likelihood::check_log(x, logits, axis.into())
}

/// Checks numbers between 0 and 1 and the log-odds of their law, the arguments of
/// [`relaxed_bernoulli_ln_density`](crate::likelihood::relaxed_bernoulli_ln_density).
///
/// # Errors
/// As that function.
pub fn relaxed_bernoulli<T: Real>(y: &[T], log_odds: &[T]) -> Result<()> {
    likelihood::check_unit(y, log_odds)
}

/// Checks log-odds of relaxed samples and the log-odds of their law, the arguments of
/// [`relaxed_bernoulli_ln_density_of_logit`](crate::likelihood::relaxed_bernoulli_ln_density_of_logit).
///
/// # Errors
/// As that function.
pub fn relaxed_bernoulli_of_logit<T: Real>(x: &[T], log_odds: &[T]) -> Result<()> {
    likelihood::check_logit(x, log_odds)
}

/// Checks that a buffer has the right number of elements.
pub(crate) fn length(argument: &'static str, found: usize, expected: usize) -> Result<()> {
    if found == expected { Ok(()) } else { Err(Error::Length { argument, expected, found }) }
}

/// Checks the noise source: a given buffer has one finite number for each element.
pub(crate) fn source<T: Real>(source: Noise<'_, T>, elements: usize) -> Result<()> {
    match source {
        Noise::Keyed { .. } => Ok(()),
        Noise::Given(given) => {
            length("noise", given.len(), elements)?;
            noise(given)
        }
    }
}

/// Checks logits: whole rows, no NaN, no +inf, at least one possible class in each row. Returns the
/// number of rows.
pub(crate) fn rows<T: Real>(logits: &[T], axis: Axis) -> Result<usize> {
    let rows = axis.rows("logits", logits.len())?;
    // One pass without branches; the bad element is searched only if there is one.
    rows_or_error(logits, axis, rows, T::scan(logits))
}

/// Checks as [`rows`] does, and also returns the largest logit of each row if the kernels of the type
/// need it.
pub(crate) fn rows_and_maxima<T: Real>(logits: &[T], axis: Axis) -> Result<(usize, Vec<T>)> {
    let rows = axis.rows("logits", logits.len())?;
    let (scan, maxima) = T::scan_rows(logits, axis);
    rows_or_error(logits, axis, rows, scan).map(|rows| (rows, maxima))
}

/// Checks that there is one winner for each row of checked logits, a class with a logit above -inf.
pub(crate) fn winners<T: Real>(logits: &[T], axis: Axis, winners: &[usize]) -> Result<()> {
    length("winners", winners.len(), logits.len() / axis.classes())?;
    for (row, &winner) in winners.iter().enumerate() {
        let possible = winner < axis.classes()
            && logits[axis.first_index(row) + winner * axis.stride()].to_f64() > f64::NEG_INFINITY;
        if !possible {
            let (argument, expected) = ("winners", "a class with a logit above -inf");
            return Err(Error::Integer { argument, expected, found: winner as u128 });
        }
    }
    Ok(())
}

/// Returns the number of rows, or finds the first bad element or row after a scan has seen a value that
/// is not allowed or -inf.
fn rows_or_error<T: Real>(logits: &[T], axis: Axis, rows: usize, scan: LogitScan) -> Result<usize> {
    if !scan.allowed {
        let wrong = |l: &T| l.to_f64().is_nan() || l.to_f64() == f64::INFINITY;
        let index = logits.iter().position(wrong).unwrap_or_default();
        return Err(Error::Value {
            argument: "logits",
            expected: "a number or -inf",
            index,
            found: logits[index].to_f64(),
        });
    }
    if scan.masked {
        for row in 0..rows {
            let at = |class: usize| logits[axis.first_index(row) + class * axis.stride()].to_f64();
            if (0..axis.classes()).all(|class| at(class) == f64::NEG_INFINITY) {
                return Err(Error::AllMasked { row });
            }
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    #[test]
    fn given_noise_is_checked() {
        let bad = [0.0, f32::NAN];
        assert!(matches!(source((&bad).into(), 2), Err(Error::Value { index: 1, .. })));
        assert!(matches!(source((&bad).into(), 3), Err(Error::Length { expected: 3, .. })));
        assert!(source::<f32>(Key::new(1).into(), 7).is_ok());
    }
}
