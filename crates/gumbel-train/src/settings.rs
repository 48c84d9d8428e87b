//! `Settings`: the settings of an experiment, its summary, and what a run folder needs to know about them.

use std::fmt::Debug;

use gumbel_burn::TemperatureSchedule;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::health::Health;
use crate::optimizer::OptimizerKind;
use crate::serde_text;

/// The settings of an experiment, and the files of its runs.
///
/// They hold everything that fixes the bits of a run, and nothing else: `config.toml` and the identity of the run
/// are made of them, so a number that is not among them can change unseen between a start and a resume. A setting
/// with names, as [`OptimizerKind`], is written as text with `#[serde(with = "gumbel_train::serde_text")]`, and a seed,
/// which may be larger than TOML's integers, takes `#[serde(deserialize_with = "gumbel_train::serde_text::whole")]`.
pub trait Settings: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The name of the experiment in `config.toml`.
    const NAME: &'static str;
    /// The commands that make its runs, for error messages.
    const COMMANDS: &'static str = Self::NAME;
    /// The files that its runs write beside those of every run: a new run with `Start::Force` removes them.
    const FILES: &'static [&'static str] = &[];
    /// The names of settings that only record where other settings came from: two runs that differ only in these
    /// count as the same.
    const PROVENANCE: &'static [&'static str] = &[];
    /// The content of `summary.json`.
    type Summary: Summary;

    /// The part of the settings that every training has.
    fn plan(&self) -> Plan;

    /// The kind of model that is trained, in a few words, for a list of runs.
    fn model_in_words(&self) -> String {
        Self::NAME.to_owned()
    }

    /// Checks the limits of the settings that their types do not express. The trainer checks that the
    /// [`plan`](Self::plan) makes a step.
    ///
    /// # Errors
    /// A setting with which no training is possible; the error names it.
    fn check(&self) -> Result<(), TrainError> {
        Ok(())
    }

    /// Checks the limits of a training, new or resumed: [`limits::check`](crate::limits::check), for example.
    /// Opening a run to evaluate it calls only [`check`](Self::check).
    ///
    /// # Errors
    /// As [`check`](Self::check); a setting with which nothing can be learned.
    fn check_start(&self) -> Result<(), TrainError> {
        self.check()
    }
}

/// `summary.json`: the result of a finished run.
pub trait Summary: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The result in a few words, for a list of runs and the head of a report.
    fn in_words(&self) -> String;
    /// The problems of the training.
    fn health(&self) -> &Health;
}

/// The settings that every training has.
///
/// Settings may have a field of this type, or its fields among their own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The number of examples in a step.
    pub batch: usize,
    /// The number of epochs.
    pub epochs: u64,
    /// The number of parts of a batch that are computed in parallel. A setting, as it determines the order in
    /// which gradients are added.
    pub shards: usize,
    /// The seed of the run, of which all randomness is a function.
    #[serde(deserialize_with = "serde_text::whole")]
    pub seed: u64,
    /// The optimiser.
    #[serde(with = "serde_text")]
    pub optimizer: OptimizerKind,
    /// The learning rate; [`Task::lr`](crate::Task::lr) may change it from step to step.
    pub lr: f64,
}

impl Plan {
    /// The number of steps in an epoch of this many examples. The last batch may be smaller than the others.
    ///
    /// # Panics
    /// A batch of 0.
    pub fn steps_per_epoch(&self, examples: usize) -> u64 {
        examples.div_ceil(self.batch) as u64
    }

    /// The number of steps of the training.
    pub fn steps(&self, examples: usize) -> u64 {
        self.steps_per_epoch(examples) * self.epochs
    }

    /// Refuses plans that make no step, or more than can be counted.
    pub(crate) fn check(&self, examples: usize) -> Result<(), TrainError> {
        let epochs = usize::try_from(self.epochs).unwrap_or(usize::MAX);
        for (name, found) in [
            ("batch", self.batch),
            ("shards", self.shards),
            ("epochs", epochs),
            ("examples", examples),
        ] {
            if found == 0 {
                return Err(TrainError::setting(name, "expected at least 1, found 0"));
            }
        }
        if self.steps_per_epoch(examples).checked_mul(self.epochs).is_none() {
            let problem = format!("{} epochs have too many steps to count", self.epochs);
            return Err(TrainError::setting("epochs", problem));
        }
        Ok(())
    }
}

/// Checks that a schedule gives valid temperatures, and that its numbers of steps fit TOML's integers (at most
/// 2^63 - 1).
///
/// # Errors
/// The parameter of the schedule that is wrong.
pub fn check_schedule(tau: TemperatureSchedule) -> Result<(), TrainError> {
    use TemperatureSchedule::{Cosine, Exponential, Linear};
    let (parameter, steps) = match tau.checked() {
        Err(error) => return Err(TrainError::setting("tau", error.to_string())),
        Ok(Exponential { every, .. }) => ("every", every),
        Ok(Linear { steps, .. } | Cosine { steps, .. }) => ("steps", steps),
        Ok(_) => return Ok(()),
    };
    if i64::try_from(steps).is_err() {
        let problem = format!("{parameter}: expected at most {}, found {steps}", i64::MAX);
        return Err(TrainError::setting("tau", problem));
    }
    Ok(())
}

/// The names of the settings and their values as text.
pub fn settings_as_text(settings: &impl Serialize) -> Vec<(String, String)> {
    let value = serde_json::to_value(settings).expect("plain numbers and names");
    let fields = value.as_object().cloned().unwrap_or_default();
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    fields.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// The names of the settings in which two runs differ, with both values.
pub fn differences<S: Settings>(there: &S, here: &S) -> Vec<String> {
    let (theirs, ours) = (settings_as_text(there), settings_as_text(here));
    let mut names: Vec<&String> = theirs.iter().chain(&ours).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !S::PROVENANCE.contains(&name.as_str()));
    let value = |settings: &[(String, String)], name: &String| {
        let found = settings.iter().find(|(n, _)| n == name);
        found.map_or("none", |(_, value)| value.as_str()).to_owned()
    };
    let both = names.into_iter().map(|name| (name, value(&theirs, name), value(&ours, name)));
    both.filter(|(_, a, b)| a != b)
        .map(|(name, a, b)| format!("{name} is {a} there and {b} here"))
        .collect()
}
