//! What goes wrong, on tensors.

use core::fmt;

/// A refused argument.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Refused by the core, with the argument, what was expected and what came.
    Core(gumbel::Error),
    /// A tensor has the wrong shape.
    Shape {
        /// The argument.
        argument: &'static str,
        /// The shape it should have.
        expected: Vec<usize>,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// A tensor whose values cannot be read, or whose element is no floating-point number.
    Unreadable {
        /// The argument.
        argument: &'static str,
        /// Why.
        reason: String,
    },
    /// A schedule with parameters that make no temperature.
    Schedule {
        /// The parameter.
        parameter: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// The value found.
        found: f64,
    },
    /// An estimator that does not exist.
    UnknownEstimator {
        /// The name given.
        found: String,
        /// The names there are.
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
