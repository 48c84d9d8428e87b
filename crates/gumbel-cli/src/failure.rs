//! Errors: one line on standard error, and the exit status, 2 for wrong usage, 1 for a failed run. A folder of
//! images of the wrong shape has two lines more, which show the right one.

mod usage;

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use gumbel_data::DataError;
use gumbel_files::FileError;
use gumbel_lab::LabError;
use gumbel_maxima::MaximaError;
use gumbel_train::TrainError;

use crate::note;

/// The shape of a folder of images.
const SHAPE: [&str; 2] = [
    "a set of images is DIR/train/CLASS/*.jpg, and if you have them DIR/validation/CLASS/*.jpg and \
     DIR/test/CLASS/*.jpg, with the same two or more classes in each; or DIR/CLASS/*.jpg",
    "the folders test and validation may be missing: a tenth of the training images of each class is then set aside \
     for each, chosen by --seed",
];

/// An error that ends the command.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A message, and the exit status.
    Message(String, u8),
    /// A folder that is not a set of classes: what was expected and what was found.
    Classes(String),
    /// A run of another experiment than the command is for: `experiments::explained` makes a message of it.
    OtherExperiment {
        /// The folder of the run.
        path: PathBuf,
        /// The runs that the command is for.
        expected: String,
        /// The name of the experiment of the run.
        found: String,
    },
}

impl Failure {
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::Message(message.to_string(), 2)
    }

    pub(crate) fn run(message: impl Display) -> Self {
        Self::Message(message.to_string(), 1)
    }

    /// The failure in one line.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Message(message, _) | Self::Classes(message) => one_line(message),
            Self::OtherExperiment { path, expected, found } => {
                format!("{}: expected a run of {expected}, found {found:?}", path.display())
            }
        }
    }

    pub(crate) fn report(&self) -> ExitCode {
        note(&format!("error: {}", self.message()));
        match self {
            Self::Message(_, status) => ExitCode::from(*status),
            Self::Classes(_) => {
                SHAPE.into_iter().for_each(note);
                ExitCode::FAILURE
            }
            Self::OtherExperiment { .. } => ExitCode::FAILURE,
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        TrainError::from(error).into()
    }
}

impl From<TrainError> for Failure {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::Setting { name, problem } => {
                Self::usage(format!("{}: {problem}", option_or_setting(name)))
            }
            TrainError::OtherExperiment { path, expected, found } => {
                Self::OtherExperiment { path, expected, found }
            }
            error => Self::run(error),
        }
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        match &error {
            DataError::UnknownSet { .. } => Self::usage(format!("--{error}")),
            DataError::Classes { .. } => Self::Classes(error.to_string()),
            _ => Self::run(error),
        }
    }
}

impl From<LabError> for Failure {
    fn from(error: LabError) -> Self {
        match error {
            LabError::Train(error) => error.into(),
            LabError::Data(error) => error.into(),
            error => Self::run(error),
        }
    }
}

impl From<MaximaError> for Failure {
    fn from(error: MaximaError) -> Self {
        match &error {
            MaximaError::Setting { name, problem } => {
                Self::usage(format!("{}: {problem}", option_or_setting(name)))
            }
            _ => Self::run(error),
        }
    }
}

/// The option that sets a setting, as the user types it, or the name of a setting without an option.
fn option_or_setting(setting: &str) -> String {
    match setting {
        "rows" | "columns" => format!("--grid: {setting}"),
        name => {
            let name = name.replace('_', "-");
            let known = has_option(&crate::args::command(), &name);
            if known { format!("--{name}") } else { setting.to_owned() }
        }
    }
}

/// Whether a command or one of its subcommands has an option of this name.
fn has_option(command: &clap::Command, name: &str) -> bool {
    command.get_arguments().any(|argument| argument.get_long() == Some(name))
        || command.get_subcommands().any(|sub| has_option(sub, name))
}

/// Prints help and version unchanged, and any other error as one line.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            // If help cannot be printed, nobody is there to read an error.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
        _ => {
            let given = std::env::args_os().skip(1);
            let given: Vec<String> =
                given.map(|argument| argument.to_string_lossy().into_owned()).collect();
            let line = usage::line(error, &crate::args::command(), &given);
            note(&format!("error: {} (--help shows the options)", one_line(&line)));
            ExitCode::from(2)
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
