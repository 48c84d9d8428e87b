//! The error type of this crate.

use std::fmt;

/// A problem, an estimator or a setting that was refused. One line: what was expected, and what was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CompareError {
    /// A parameter of an estimator or a setting that is not allowed.
    Parameter {
        /// The name of the parameter.
        name: &'static str,
        /// The allowed values, in words.
        expected: &'static str,
        /// The number found.
        found: f64,
    },
    /// A problem without variables or classes, or with more states than a table may have.
    States {
        /// The name of the problem.
        problem: String,
        /// The number of variables found.
        variables: usize,
        /// The number of classes found.
        classes: usize,
        /// The largest number of states.
        most: usize,
    },
    /// Logits, a gradient or an estimate with the wrong number of elements.
    Length {
        /// The name of the problem.
        problem: String,
        /// What has the wrong length.
        what: &'static str,
        /// The number of elements that it must have.
        expected: usize,
        /// The number of elements found.
        found: usize,
    },
    /// A logit, a cost or a gradient that is not a finite number.
    NotFinite {
        /// The name of the problem.
        problem: String,
        /// What is not finite.
        what: &'static str,
        /// The number found.
        found: f64,
    },
}

impl CompareError {
    /// Checks a parameter.
    pub(crate) fn unless(
        good: bool,
        name: &'static str,
        expected: &'static str,
        found: f64,
    ) -> Result<(), Self> {
        if good { Ok(()) } else { Err(Self::Parameter { name, expected, found }) }
    }

    /// Checks a temperature, a slope or another positive factor.
    pub(crate) fn unless_positive(name: &'static str, found: f64) -> Result<(), Self> {
        Self::unless(found > 0.0 && found.is_finite(), name, "a finite number above 0", found)
    }

    /// Checks a coefficient.
    pub(crate) fn unless_finite(name: &'static str, found: f64) -> Result<(), Self> {
        Self::unless(found.is_finite(), name, "a finite number", found)
    }

    /// Checks a number of samples.
    pub(crate) fn unless_at_least(least: usize, k: usize) -> Result<(), Self> {
        let expected = if least == 1 { "at least 1" } else { "at least 2" };
        Self::unless(k >= least, "K", expected, k as f64)
    }
}

impl fmt::Display for CompareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { name, expected, found } => {
                write!(f, "{name}: expected {expected}, found {found}")
            }
            Self::States { problem, variables, classes, most } => write!(
                f,
                "{problem}: expected 1 to {most} states, found {variables} variables of {classes} classes",
            ),
            Self::Length { problem, what, expected, found } => {
                write!(f, "{problem}: expected {expected} elements of the {what}, found {found}")
            }
            Self::NotFinite { problem, what, found } => {
                write!(f, "{problem}: expected a finite {what}, found {found}")
            }
        }
    }
}

impl std::error::Error for CompareError {}
