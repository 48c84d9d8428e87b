//! Errors of trainings: one line that says what is wrong and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

use gumbel_files::FileError;
use gumbel_report::ReportError;

/// The result of a training, or of a part of it.
pub type Result<T> = std::result::Result<T, TrainError>;

/// A failed training, or a run folder that cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting that cannot be used.
    Setting {
        /// The setting, spelled as in `config.toml`.
        name: &'static str,
        /// What is allowed and what was found.
        problem: String,
    },
    /// A relaxation refused its input.
    Sampling(gumbel_burn::Error),
    /// The loss or the weights of a training are not finite any more.
    NotFinite {
        /// The training step, counted from 0.
        step: u64,
        /// The value that is not finite, and where it was found.
        found: String,
        /// The last good checkpoint, if one was written.
        checkpoint: Option<PathBuf>,
    },
    /// A file or a run folder could not be read or written, or is not what it should be.
    File(FileError),
    /// A run folder holds a run of another experiment.
    OtherExperiment {
        /// The folder.
        path: PathBuf,
        /// The runs that are expected there, in words.
        expected: String,
        /// The name of the experiment found.
        found: String,
    },
    /// A picture could not be drawn.
    Report(ReportError),
    /// An error of the experiment itself: of its data, for example.
    Experiment(Box<dyn std::error::Error + Send + Sync>),
}

impl TrainError {
    /// Makes the error of a setting, spelled as in `config.toml`.
    pub fn setting(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Setting { name, problem: problem.into() }
    }

    /// Makes the error of a run folder, or of a file in it.
    pub fn run(path: &Path, problem: impl Into<String>) -> Self {
        Self::File(FileError::content(path, problem))
    }

    /// Makes the error of an experiment of your own.
    pub fn experiment(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Experiment(Box::new(error))
    }

    pub(crate) fn file(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let system = FileError::system(action, path);
        move |source| Self::File(system(source))
    }
}

impl fmt::Display for TrainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { name, problem } => write!(f, "{name}: {problem}"),
            Self::Sampling(error) => error.fmt(f),
            Self::NotFinite { step, found, checkpoint } => {
                write!(f, "training diverged at step {step}: {found}; lower --lr")?;
                match checkpoint {
                    Some(path) => write!(f, " (the last good checkpoint is {})", path.display()),
                    None => write!(f, " (no checkpoint had been written yet)"),
                }
            }
            Self::File(error) => error.fmt(f),
            Self::OtherExperiment { path, expected, found } => write!(
                f,
                "{}: expected a run of {expected}, found one of the experiment {found:?}",
                path.display()
            ),
            Self::Report(error) => error.fmt(f),
            Self::Experiment(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for TrainError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sampling(error) => Some(error),
            Self::File(error) => Some(error),
            Self::Report(error) => Some(error),
            Self::Experiment(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<gumbel_burn::Error> for TrainError {
    fn from(error: gumbel_burn::Error) -> Self {
        Self::Sampling(error)
    }
}

impl From<gumbel::Error> for TrainError {
    fn from(error: gumbel::Error) -> Self {
        Self::Sampling(error.into())
    }
}

impl From<FileError> for TrainError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Argument { name, problem } => Self::Setting { name, problem },
            error => Self::File(error),
        }
    }
}

impl From<ReportError> for TrainError {
    fn from(error: ReportError) -> Self {
        Self::Report(error)
    }
}
