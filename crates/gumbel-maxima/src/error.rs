//! Errors: of a fit, and of a table with its fit and report. One line that says what is wrong and what to do.

use std::fmt;
use std::path::Path;

use gumbel_files::FileError;
use gumbel_report::ReportError;

use crate::format::number;

/// Values or arguments that a fit, its bootstrap or its return levels refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FitError {
    /// Fewer than two values.
    TooFew {
        /// The number of values found.
        found: usize,
    },
    /// No values, where one is enough because a parameter is known.
    Empty,
    /// Values that are all equal to the known location, where a scale has to be estimated.
    AllAtLocation {
        /// The location.
        found: f64,
    },
    /// Values that are all equal, where a scale has to be estimated.
    AllEqual {
        /// The value of all of them.
        found: f64,
    },
    /// A value or an argument that is not allowed, or a location or a scale that
    /// [`Gumbel::new`](gumbel::distribution::Gumbel::new) refuses.
    Argument(gumbel::Error),
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { found } => {
                write!(f, "values: expected at least 2 values, found {found}")
            }
            Self::Empty => write!(f, "values: expected at least 1 value, found 0"),
            Self::AllAtLocation { found } => {
                let found = number(*found);
                write!(f, "values: expected a value beside the location, found {found} everywhere")
            }
            Self::AllEqual { found } => {
                let found = number(*found);
                write!(f, "values: expected different values, found {found} everywhere")
            }
            Self::Argument(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Argument(error) => Some(error),
            _ => None,
        }
    }
}

impl From<gumbel::Error> for FitError {
    fn from(error: gumbel::Error) -> Self {
        Self::Argument(error)
    }
}

/// A column that could not be read, fitted or reported.
#[derive(Debug)]
#[non_exhaustive]
pub enum MaximaError {
    /// A setting that cannot be used.
    Setting {
        /// The setting, spelled as the option of `gumbel fit`.
        name: &'static str,
        /// What is allowed and what was found.
        problem: String,
    },
    /// A fit refused its values or arguments, without a file that they come from.
    Fit(FitError),
    /// A file could not be read or written, or its content cannot be used.
    File(FileError),
    /// A picture could not be drawn.
    Report(ReportError),
}

impl MaximaError {
    pub(crate) fn setting(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Setting { name, problem: problem.into() }
    }

    pub(crate) fn table(path: &Path, line: Option<u64>, problem: impl Into<String>) -> Self {
        Self::File(FileError::at_line(path, line, problem))
    }
}

impl fmt::Display for MaximaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { name, problem } => write!(f, "{name}: {problem}"),
            Self::Fit(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
            Self::Report(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MaximaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Setting { .. } => None,
            Self::Fit(error) => Some(error),
            Self::File(error) => Some(error),
            Self::Report(error) => Some(error),
        }
    }
}

impl From<FitError> for MaximaError {
    fn from(error: FitError) -> Self {
        Self::Fit(error)
    }
}

impl From<FileError> for MaximaError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Argument { name, problem } => Self::Setting { name, problem },
            error => Self::File(error),
        }
    }
}

impl From<ReportError> for MaximaError {
    fn from(error: ReportError) -> Self {
        Self::Report(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_one_line_with_what_was_found() {
        let text = |error: FitError| MaximaError::from(error).to_string();
        assert_eq!(
            text(FitError::TooFew { found: 1 }),
            "values: expected at least 2 values, found 1"
        );
        assert_eq!(
            text(FitError::AllEqual { found: 1e290 }),
            "values: expected different values, found 1e290 everywhere"
        );
        let (argument, expected) = ("period", "a finite number above 1");
        assert_eq!(
            text(gumbel::Error::Parameter { argument, expected, found: 1.0 }.into()),
            "period: expected a finite number above 1, found 1"
        );
    }
}
