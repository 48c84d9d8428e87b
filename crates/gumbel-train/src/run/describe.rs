//! A run in a few words, for lists of runs.

use super::{RunFolder, RunState};
use crate::error::TrainError;
use crate::settings::{Settings, Summary};

/// A short description of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The name of the data.
    pub data: String,
    /// The kind of model that is trained.
    pub model: String,
    /// The number of epochs of the whole training.
    pub epochs: u64,
    /// The seed of the run.
    pub seed: u64,
    /// The progress of the run, or its result if it is finished, in a few words.
    pub state: String,
    /// The damage to the files of the run, or the problem of its training, in one line; `None` for a sound run.
    pub problem: Option<String>,
}

impl<S: Settings> RunFolder<S> {
    /// Describes the run in a few words and numbers.
    pub fn describe(&self) -> Description {
        let plan = self.config().plan();
        let (state, problem) = state_in_words(self.state());
        Description {
            data: self.data().name.clone(),
            model: self.config().model_in_words(),
            epochs: plan.epochs,
            seed: plan.seed,
            state,
            problem,
        }
    }
}

fn state_in_words<S: Summary>(state: Result<RunState<S>, TrainError>) -> (String, Option<String>) {
    match state {
        Ok(RunState::Finished(summary)) => match &summary.health().diverged {
            Some(problem) => ("diverged".to_owned(), Some(format!("diverged: {problem}"))),
            None => (summary.in_words(), None),
        },
        Ok(RunState::Unfinished { step: Some(step) }) => (format!("unfinished, step {step}"), None),
        Ok(RunState::Unfinished { step: None }) => ("unfinished, no checkpoint".to_owned(), None),
        Err(error) => ("damaged".to_owned(), Some(error.to_string())),
    }
}
