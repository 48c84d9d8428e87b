//! Errors of experiments: one line that says what is wrong and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use gumbel_data::DataError;
use gumbel_files::FileError;
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
    /// A file, a table or a run folder could not be read or written, or is not what it should be.
    File(FileError),
    /// A picture could not be drawn.
    Report(ReportError),
}

impl LabError {
    pub(crate) fn setting(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Setting { name, problem: problem.into() }
    }

    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let system = FileError::system(action, path);
        move |source| Self::File(system(source))
    }

    pub(crate) fn table(path: &Path, line: Option<u64>, problem: impl Into<String>) -> Self {
        Self::File(FileError::at_line(path, line, problem))
    }

    pub(crate) fn run(path: &Path, problem: impl Into<String>) -> Self {
        Self::File(FileError::content(path, problem))
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
            Self::File(error) => error.fmt(f),
            Self::Report(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LabError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Data(error) => Some(error),
            Self::Sampling(error) => Some(error),
            Self::File(error) => Some(error),
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

impl From<FileError> for LabError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Argument { name, problem } => Self::Setting { name, problem },
            error => Self::File(error),
        }
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
