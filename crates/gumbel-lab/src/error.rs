//! Errors of experiments: one line that says what is wrong and what to do.

use std::fmt;
use std::path::Path;

use gumbel_data::DataError;
use gumbel_environments::EnvironmentError;
use gumbel_files::FileError;
use gumbel_report::ReportError;
use gumbel_train::TrainError;

/// A failed experiment.
#[derive(Debug)]
#[non_exhaustive]
pub enum LabError {
    /// The training failed, a setting or a file cannot be used.
    Train(TrainError),
    /// The data could not be loaded.
    Data(DataError),
}

impl LabError {
    pub(crate) fn setting(name: &'static str, problem: impl Into<String>) -> Self {
        TrainError::setting(name, problem).into()
    }

    pub(crate) fn environment(error: EnvironmentError) -> Self {
        TrainError::experiment(error).into()
    }

    pub(crate) fn run(path: &Path, problem: impl Into<String>) -> Self {
        TrainError::run(path, problem).into()
    }
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Train(error) => error.fmt(f),
            Self::Data(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LabError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Train(error) => Some(error),
            Self::Data(error) => Some(error),
        }
    }
}

impl From<TrainError> for LabError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Experiment(error) => match error.downcast::<DataError>() {
                Ok(error) => Self::Data(*error),
                Err(error) => Self::Train(TrainError::Experiment(error)),
            },
            error => Self::Train(error),
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
        TrainError::from(error).into()
    }
}

impl From<gumbel_burn::Error> for LabError {
    fn from(error: gumbel_burn::Error) -> Self {
        TrainError::from(error).into()
    }
}

impl From<ReportError> for LabError {
    fn from(error: ReportError) -> Self {
        TrainError::from(error).into()
    }
}

impl From<LabError> for TrainError {
    fn from(error: LabError) -> Self {
        match error {
            LabError::Train(error) => error,
            LabError::Data(error) => Self::experiment(error),
        }
    }
}
