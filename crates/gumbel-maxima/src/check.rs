//! Checks of the arguments of the fit.

use gumbel::Error;

use crate::error::FitError;

/// Whether x is allowed as a value: the numbers that a location of the law may be.
pub(crate) fn is_value(x: f64) -> bool {
    x.abs() <= 1e300
}

/// Refuses a number that is not good.
pub(crate) fn parameter(
    argument: &'static str,
    expected: &'static str,
    found: f64,
    good: bool,
) -> Result<(), FitError> {
    if good { Ok(()) } else { Err(Error::Parameter { argument, expected, found }.into()) }
}

/// Refuses a confidence that is not between 0 and 1.
pub(crate) fn confidence(found: f64) -> Result<(), FitError> {
    parameter("confidence", "a number between 0 and 1", found, 0.0 < found && found < 1.0)
}
