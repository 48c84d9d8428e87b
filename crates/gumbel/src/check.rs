//! The checks that every function here makes before it writes anything.
//!
//! Public for adapters that hand work to a device and must refuse bad input before that.

use alloc::vec::Vec;

use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::noise::Noise;
use crate::real::Real;

/// Checks the logits of choices along `axis`, and the temperature.
///
/// # Errors
/// k = 0, not a whole number of rows, NaN or +inf logits, a row of -inf only, tau not a finite
/// number above 0.
pub fn classes<T: Real>(logits: &[T], axis: impl Into<Axis>, tau: f64) -> Result<()> {
    temperature(tau)?;
    rows(logits, axis.into()).map(drop)
}

/// Checks the logits of yes-or-no choices, and the temperature.
///
/// # Errors
/// NaN logits, tau not a finite number above 0.
pub fn binary<T: Real>(logits: &[T], tau: f64) -> Result<()> {
    temperature(tau)?;
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

/// Checks noise that was made elsewhere.
///
/// # Errors
/// A value that is NaN, infinite, or so large (1e290, for `f32` 1e30) that its sum with a finite logit
/// may be infinite.
pub fn noise<T: Real>(noise: &[T]) -> Result<()> {
    if T::WIDE {
        all_within("noise", "a finite number of at most 1e290", 1e290, noise)
    } else {
        all_within("noise", "a finite number of at most 1e30", 1e30, noise)
    }
}

/// Checks the logits of a prior.
///
/// # Errors
/// A value that is NaN or infinite.
pub fn prior<T: Real>(prior: &[T]) -> Result<()> {
    all_within("prior", "a finite number", f64::MAX, prior)
}

/// Checks means of normal distributions.
///
/// # Errors
/// A value that is NaN or infinite.
pub fn mu<T: Real>(mu: &[T]) -> Result<()> {
    all_within("mu", "a finite number", f64::MAX, mu)
}

/// Checks standard deviations, 0 allowed.
///
/// # Errors
/// A value that is NaN, infinite or negative.
pub fn sigma<T: Real>(sigma: &[T]) -> Result<()> {
    let allowed = |s: f64| (0.0..=f64::MAX).contains(&s);
    all_allowed("sigma", "a finite number, 0 or above", allowed, sigma)
}

/// Checks logarithms of standard deviations: at most 300, in `f32` 44, so that sigma^2 is finite too.
///
/// # Errors
/// A value that is NaN, infinite or above that.
pub fn ln_sigma<T: Real>(ln_sigma: &[T]) -> Result<()> {
    let (most, expected) = if T::WIDE {
        (300.0, "a finite number of at most 300")
    } else {
        (44.0, "a finite number of at most 44 in f32")
    };
    all_allowed("ln_sigma", expected, |s| (-f64::MAX..=most).contains(&s), ln_sigma)
}

/// Checks a number that parameterises a distribution, or is asked of one.
pub(crate) fn parameter(
    argument: &'static str,
    expected: &'static str,
    found: f64,
    good: bool,
) -> Result<()> {
    if good { Ok(()) } else { Err(Error::Parameter { argument, expected, found }) }
}

/// Whether x is a number that a law on the line may have to do with.
pub(crate) fn is_value(x: f64) -> bool {
    x.abs() <= 1e300
}

/// Checks where a law lies: not so far off that a quantile or a sample would overflow.
pub(crate) fn location(argument: &'static str, found: f64) -> Result<()> {
    parameter(argument, "a number from -1e300 to 1e300", found, is_value(found))
}

/// Checks how wide a law is: what is smaller would divide like 0.
pub(crate) fn scale(argument: &'static str, found: f64) -> Result<()> {
    let good = (1e-300..=1e300).contains(&found);
    parameter(argument, "a number from 1e-300 to 1e300", found, good)
}

/// Checks a probability.
pub(crate) fn probability(argument: &'static str, found: f64) -> Result<()> {
    parameter(argument, "a number from 0 to 1", found, (0.0..=1.0).contains(&found))
}

/// Checks the probability with which an interval is to hold.
pub(crate) fn confidence(found: f64) -> Result<()> {
    parameter("confidence", "a number between 0 and 1", found, 0.0 < found && found < 1.0)
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

fn all_allowed<T: Real>(
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
/// tau not a finite number above 0.
pub fn temperature(tau: f64) -> Result<()> {
    if tau > 0.0 && tau.is_finite() { Ok(()) } else { Err(Error::Temperature { tau }) }
}

/// Checks that a buffer has the right number of elements.
pub(crate) fn length(argument: &'static str, found: usize, expected: usize) -> Result<()> {
    if found == expected { Ok(()) } else { Err(Error::Length { argument, expected, found }) }
}

/// Checks where the noise is to come from: a given buffer has one finite number for each element.
pub(crate) fn source<T: Real>(source: Noise<'_, T>, elements: usize) -> Result<()> {
    match source {
        Noise::Keyed { .. } => Ok(()),
        Noise::Given(given) => {
            length("noise", given.len(), elements)?;
            noise(given)
        }
    }
}

/// Checks logits: whole rows, no NaN, no +inf, something to choose in each row. Returns the number
/// of rows.
pub(crate) fn rows<T: Real>(logits: &[T], axis: Axis) -> Result<usize> {
    let rows = axis.rows("logits", logits.len())?;
    // One pass without branches; the search for the culprit comes only when there is one.
    rows_or_error(logits, axis, rows, T::scan(logits))
}

/// [`rows`], and the largest logit of each row where the kernels of the type want it.
pub(crate) fn rows_and_tops<T: Real>(logits: &[T], axis: Axis) -> Result<(usize, Vec<T>)> {
    let rows = axis.rows("logits", logits.len())?;
    let scanned = T::scan_rows(logits, axis);
    rows_or_error(logits, axis, rows, (scanned.allowed, scanned.masked))
        .map(|rows| (rows, scanned.tops))
}

/// Finds the culprit, where a pass has found that a value is not allowed, or that one is -inf.
fn rows_or_error<T: Real>(
    logits: &[T],
    axis: Axis,
    rows: usize,
    (allowed, masked): (bool, bool),
) -> Result<usize> {
    if !allowed {
        let wrong = |l: &T| l.to_f64().is_nan() || l.to_f64() == f64::INFINITY;
        let index = logits.iter().position(wrong).unwrap_or_default();
        return Err(Error::Value {
            argument: "logits",
            expected: "a number or -inf",
            index,
            found: logits[index].to_f64(),
        });
    }
    if masked {
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
