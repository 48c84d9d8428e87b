//! Runs of any experiment, for commands that show them all.

use std::path::Path;

use crate::error::LabError;
use crate::frequency::{FrequencyConfig, FrequencyRun};
use crate::run::{Experiment, RunState, experiment_of};
use crate::training::Health;
use crate::vae::VaeRun;

/// A run of some experiment.
#[derive(Clone, Debug)]
pub enum AnyRun {
    /// A run of `train vae`.
    Vae(VaeRun),
    /// A run of `train gate` or `train rgb`.
    Frequency(FrequencyRun),
}

/// A short description of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The name or the folder of the data set.
    pub data: String,
    /// The kind of model that is trained.
    pub model: String,
    /// The number of passes over the training examples.
    pub epochs: u64,
    /// The seed of the run.
    pub seed: u64,
    /// The progress of the run, or its result if it is finished, in a few words.
    pub state: String,
    /// The damage to the files of the run, or the problem of its training, in one line; `None` for a sound run.
    pub problem: Option<String>,
}

impl AnyRun {
    /// Opens an existing run.
    ///
    /// # Errors
    /// A path that is not a run folder, or a run folder of another format.
    pub fn open(path: &Path) -> Result<Self, LabError> {
        match experiment_of(path)?.as_str() {
            FrequencyConfig::NAME => FrequencyRun::open(path).map(Self::Frequency),
            // For an unknown kind this is an error that names it.
            _ => VaeRun::open(path).map(Self::Vae),
        }
    }

    /// Describes the run in a few words and numbers.
    pub fn describe(&self) -> Description {
        match self {
            Self::Vae(run) => {
                let config = run.config();
                let (state, problem) = describe_state(run.state(), |summary| {
                    let bound = summary.test_bound_nats;
                    let result = format!("test bound {bound:.3} +- {:.3} nats", summary.se);
                    (result, summary.health)
                });
                Description {
                    data: config.data.clone(),
                    model: format!("vae {}, {}", config.latents, config.estimator_name()),
                    epochs: config.epochs,
                    seed: config.seed,
                    state,
                    problem,
                }
            }
            Self::Frequency(run) => {
                let config = run.config();
                let (state, problem) = describe_state(run.state(), |summary| {
                    let [accuracy, low, high] =
                        [summary.test_accuracy, summary.low, summary.high].map(|x| 100.0 * x);
                    let result = format!("test accuracy {accuracy:.2} % ({low:.2} to {high:.2})");
                    (result, summary.health)
                });
                Description {
                    data: run.data().name.clone(),
                    model: config.kind(),
                    epochs: config.epochs,
                    seed: config.seed,
                    state,
                    problem,
                }
            }
        }
    }
}

fn describe_state<S>(
    state: Result<RunState<S>, LabError>,
    finished: impl FnOnce(S) -> (String, Health),
) -> (String, Option<String>) {
    match state {
        Ok(RunState::Finished(summary)) => {
            let (result, health) = finished(summary);
            match health.diverged {
                Some(problem) => ("diverged".to_owned(), Some(format!("diverged: {problem}"))),
                None => (result, None),
            }
        }
        Ok(RunState::Unfinished { step: Some(step) }) => (format!("unfinished, step {step}"), None),
        Ok(RunState::Unfinished { step: None }) => ("unfinished, no checkpoint".to_owned(), None),
        Err(error) => ("damaged".to_owned(), Some(error.to_string())),
    }
}
