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
    /// A tensor whose values cannot be read, whose elements are not floating-point numbers, or are of a type that its
    /// device does not have.
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
    /// A name that does not exist.
    UnknownName {
        /// The name of the argument.
        argument: &'static str,
        /// The name given.
        found: String,
        /// The names that exist.
        known: &'static [&'static str],
    },
    /// A cost that cannot be computed: an error of the user's closure.
    Cost {
        /// The reason, in words.
        problem: String,
    },
    /// The own parameters of an estimator, of another number or shape.
    Parameters {
        /// The shapes that the parameters must have.
        expected: Vec<[usize; 2]>,
        /// The shapes found.
        found: Vec<[usize; 2]>,
    },
    /// An estimator that cannot be made, or cannot be used with these variables and this cost.
    Estimator {
        /// The name of the estimator.
        estimator: String,
        /// The reason, in words.
        problem: String,
    },
}

impl Error {
    pub(crate) fn estimator(name: &str, problem: impl Into<String>) -> Self {
        Self::Estimator { estimator: name.to_owned(), problem: problem.into() }
    }

    /// Refuses fewer samples than `least`.
    pub(crate) fn unless_samples(name: &str, least: usize, found: usize) -> Result<(), Self> {
        if found >= least {
            return Ok(());
        }
        let problem = format!("samples: expected at least {least}, found {found}");
        Err(Self::estimator(name, problem))
    }

    /// Refuses a setting that is not finite.
    pub(crate) fn unless_finite(name: &str, setting: &str, found: f64) -> Result<(), Self> {
        if found.is_finite() {
            return Ok(());
        }
        let problem = format!("{setting}: expected a finite number, found {found}");
        Err(Self::estimator(name, problem))
    }
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
            Self::UnknownName { argument, found, known } => {
                write!(f, "{argument}: expected one of {}, found {found}", known.join(", "))
            }
            Self::Cost { problem } => write!(f, "cost: {problem}"),
            Self::Parameters { expected, found } => write!(
                f,
                "parameters: expected those of Estimator::parameters, of shapes {expected:?}, found {found:?}"
            ),
            Self::Estimator { estimator, problem } => write!(f, "{estimator}: {problem}"),
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
