//! Errors of experiments: one line that says what is wrong and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::data::DataError;
use gumbel_report::ReportError;

/// A failed experiment.
#[derive(Debug)]
#[non_exhaustive]
pub enum LabError {
    /// A setting that cannot be used.
    Setting {
        /// The setting, spelled as in `config.toml`.
        name: &'static str,
        /// What is allowed and what was found.
        problem: String,
    },
    /// The data could not be loaded.
    Data(DataError),
    /// A relaxation refused its input.
    Sampling(gumbel_burn::Error),
    /// The loss or the weights of a training are not finite any more.
    Diverged {
        /// The training step, counted from 0.
        step: u64,
        /// The value that is not finite, and where it was found.
        found: String,
        /// The last good checkpoint, if one was written.
        checkpoint: Option<PathBuf>,
    },
    /// A file could not be read or written.
    File {
        /// The action that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A run folder, or a file in it, is not what it should be.
    Run {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A table of numbers is not what it should be.
    Table {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1; `None` if the problem has no line.
        line: Option<u64>,
        /// What was expected and what was found.
        problem: String,
    },
    /// A picture could not be drawn.
    Report(ReportError),
}

impl LabError {
    pub(crate) fn setting(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Setting { name, problem: problem.into() }
    }

    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }

    pub(crate) fn table(path: &Path, line: Option<u64>, problem: impl Into<String>) -> Self {
        Self::Table { path: path.to_owned(), line, problem: problem.into() }
    }

    pub(crate) fn run(path: &Path, problem: impl Into<String>) -> Self {
        Self::Run { path: path.to_owned(), problem: problem.into() }
    }
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { name, problem } => write!(f, "{name}: {problem}"),
            Self::Data(error) => error.fmt(f),
            Self::Sampling(error) => error.fmt(f),
            Self::Diverged { step, found, checkpoint } => {
                write!(f, "training diverged at step {step}: {found}; lower --lr")?;
                match checkpoint {
                    Some(path) => write!(f, " (the last good checkpoint is {})", path.display()),
                    None => write!(f, " (no checkpoint had been written yet)"),
                }
            }
            Self::File { action, path, source } => {
                write!(f, "cannot {action} {}: {source}", path.display())
            }
            Self::Run { path, problem } => write!(f, "{}: {problem}", path.display()),
            Self::Table { path, line: None, problem } => write!(f, "{}: {problem}", path.display()),
            Self::Table { path, line: Some(line), problem } => {
                write!(f, "{}, line {line}: {problem}", path.display())
            }
            Self::Report(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LabError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Data(error) => Some(error),
            Self::Sampling(error) => Some(error),
            Self::File { source, .. } => Some(source),
            Self::Report(error) => Some(error),
            _ => None,
        }
    }
}

impl From<DataError> for LabError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl From<gumbel_burn::Error> for LabError {
    fn from(error: gumbel_burn::Error) -> Self {
        Self::Sampling(error)
    }
}

impl From<ReportError> for LabError {
    fn from(error: ReportError) -> Self {
        Self::Report(error)
    }
}
