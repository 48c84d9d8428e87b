//! Runs of any experiment, for those who look at all of them.

use std::path::Path;

use crate::error::LabError;
use crate::frequency::{FrequencyConfig, FrequencyRun};
use crate::run::{Experiment, RunState, experiment_of};
use crate::vae::VaeRun;

/// A run of some experiment.
#[derive(Clone, Debug)]
pub enum AnyRun {
    /// Of `train vae`.
    Vae(VaeRun),
    /// Of `train gate` or `train rgb`.
    Frequency(FrequencyRun),
}

/// A run in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The data set.
    pub data: String,
    /// What was trained.
    pub model: String,
    /// Passes over the training examples.
    pub epochs: u64,
    /// The seed.
    pub seed: u64,
    /// How far it is, and the result when it is finished.
    pub state: String,
}

impl AnyRun {
    /// Opens the folder of a run to look at it.
    ///
    /// # Errors
    /// No run folder, or one of another format.
    pub fn open(path: &Path) -> Result<Self, LabError> {
        match experiment_of(path)?.as_str() {
            FrequencyConfig::NAME => FrequencyRun::open(path).map(Self::Frequency),
            _ => VaeRun::open(path).map(Self::Vae),
        }
    }

    /// The run in words.
    pub fn describe(&self) -> Description {
        match self {
            Self::Vae(run) => {
                let config = run.config();
                let result = run.state().map(|state| {
                    in_words(state, |summary| {
                        format!(
                            "test bound {:.3} +- {:.3} nats",
                            summary.test_bound_nats, summary.se
                        )
                    })
                });
                Description {
                    data: config.data.clone(),
                    model: format!("vae {}, {}", config.latents, config.estimator_name()),
                    epochs: config.epochs,
                    seed: config.seed,
                    state: or_damaged(result),
                }
            }
            Self::Frequency(run) => {
                let config = run.config();
                let result = run.state().map(|state| {
                    in_words(state, |summary| {
                        let [accuracy, low, high] =
                            [summary.test_accuracy, summary.low, summary.high].map(|x| 100.0 * x);
                        format!("test accuracy {accuracy:.2} % ({low:.2} to {high:.2})")
                    })
                });
                Description {
                    data: run.data().name.clone(),
                    model: config.kind(),
                    epochs: config.epochs,
                    seed: config.seed,
                    state: or_damaged(result),
                }
            }
        }
    }
}

fn in_words<S>(state: RunState<S>, finished: impl FnOnce(S) -> String) -> String {
    match state {
        RunState::Finished(summary) => finished(summary),
        RunState::Unfinished { step: Some(step) } => format!("unfinished, step {step}"),
        RunState::Unfinished { step: None } => "unfinished, no checkpoint".to_owned(),
    }
}

fn or_damaged(state: Result<String, LabError>) -> String {
    state.unwrap_or_else(|error| format!("damaged: {error}"))
}
