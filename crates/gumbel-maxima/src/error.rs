//! Errors of a fit of block maxima: one line that says what is wrong and what to do.

use std::fmt;
use std::path::Path;

use gumbel_files::FileError;
use gumbel_report::ReportError;

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
            Self::File(error) => error.fmt(f),
            Self::Report(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MaximaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Setting { .. } => None,
            Self::File(error) => Some(error),
            Self::Report(error) => Some(error),
        }
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
