//! The error of the functions on tensors.

use core::fmt;

/// An error of this crate: an argument that was refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// An argument that the core crate `gumbel` refused; the inner error names the argument, what
    /// was expected and what was found.
    Core(gumbel::Error),
    /// A tensor has the wrong shape.
    Shape {
        /// The name of the argument.
        argument: &'static str,
        /// The shape that the tensor must have.
        expected: Vec<usize>,
        /// The shape found.
        found: Vec<usize>,
    },
    /// A tensor whose values cannot be read, or whose elements are not floating-point numbers.
    Unreadable {
        /// The name of the argument.
        argument: &'static str,
        /// The reason, in words.
        reason: String,
    },
    /// A temperature schedule with a parameter that is not allowed.
    Schedule {
        /// The name of the parameter.
        parameter: &'static str,
        /// The allowed values, in words.
        expected: &'static str,
        /// The value found.
        found: f64,
    },
    /// The name of an estimator that does not exist.
    UnknownEstimator {
        /// The name given.
        found: String,
        /// The names that exist.
        known: &'static [&'static str],
    },
}

impl From<gumbel::Error> for Error {
    fn from(error: gumbel::Error) -> Self {
        Self::Core(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(error) => error.fmt(f),
            Self::Shape { argument, expected, found } => {
                write!(f, "{argument}: expected shape {expected:?}, found {found:?}")
            }
            Self::Unreadable { argument, reason } => {
                write!(f, "{argument}: expected a readable tensor of floats: {reason}")
            }
            Self::Schedule { parameter, expected, found } => {
                write!(f, "{parameter}: expected {expected}, found {found}")
            }
            Self::UnknownEstimator { found, known } => {
                write!(f, "estimator: expected one of {}, found {found}", known.join(", "))
            }
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Core(error) => Some(error),
            _ => None,
        }
    }
}
