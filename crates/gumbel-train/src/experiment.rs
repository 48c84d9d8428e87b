//! `Experiment`: the settings of an experiment, and what a run folder needs to know about them.

use std::fmt::Debug;

use gumbel_burn::TemperatureSchedule;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::TrainError;
use crate::health::Health;
use crate::optimizer::OptimizerKind;

/// The settings of an experiment, and the files of its runs.
///
/// Settings hold everything that fixes the bits of a run, and nothing else.
pub trait Experiment: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The name of the experiment in `config.toml`.
    const NAME: &'static str;
    /// The commands that make its runs, for error messages.
    const COMMANDS: &'static str = Self::NAME;
    /// The files that its runs write beside those of every run: a new run with `Start::Force` removes them.
    const FILES: &'static [&'static str] = &[];
    /// Settings that only record the origin of other settings: runs that differ only in these are the same run.
    const PROVENANCE: &'static [&'static str] = &[];
    /// The content of `summary.json`.
    type Summary: Summary;

    /// The part of the settings that every training has.
    fn plan(&self) -> Plan;

    /// The kind of model that is trained, in a few words, for a list of runs.
    fn model(&self) -> String {
        Self::NAME.to_owned()
    }

    /// Checks the limits of the settings that their types do not express. The trainer checks the
    /// [`plan`](Self::plan).
    ///
    /// # Errors
    /// A setting with which no training is possible; the error names it.
    fn check(&self) -> Result<(), TrainError> {
        Ok(())
    }

    /// Checks the further limits of a new training: [`limits::check`](crate::limits::check), for example.
    /// Existing runs with other settings can still be opened.
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// The number of examples in a step.
    pub batch: usize,
    /// The number of epochs.
    pub epochs: u64,
    /// The number of parts of a batch that are computed in parallel. A setting, as it determines the order in
    /// which gradients are added.
    pub shards: usize,
    /// The seed of the run, of which all randomness is a function.
    pub seed: u64,
    /// The optimiser.
    pub optimizer: OptimizerKind,
    /// The learning rate; [`Task::lr`](crate::Task::lr) may change it from step to step.
    pub lr: f64,
}

impl Plan {
    /// The number of steps in an epoch of this many examples. The last batch may be smaller than the others.
    pub fn steps_per_epoch(&self, examples: usize) -> u64 {
        examples.div_ceil(self.batch) as u64
    }

    /// The number of steps of the training.
    pub fn steps(&self, examples: usize) -> u64 {
        self.steps_per_epoch(examples) * self.epochs
    }

    /// Refuses plans that make no step.
    pub(crate) fn check(&self, examples: usize) -> Result<(), TrainError> {
        let positive = |name, found: usize| match found {
            0 => Err(TrainError::setting(name, "expected at least 1, found 0")),
            _ => Ok(()),
        };
        positive("examples", examples)?;
        positive("batch", self.batch)?;
        positive("shards", self.shards)?;
        positive("epochs", usize::try_from(self.epochs).unwrap_or(usize::MAX))
    }
}

/// Checks that a schedule gives valid temperatures and that a settings file can hold its steps.
pub fn check_tau(tau: TemperatureSchedule) -> Result<(), TrainError> {
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
pub fn differences<S: Experiment>(there: &S, here: &S) -> Vec<String> {
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
