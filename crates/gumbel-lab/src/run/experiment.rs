//! `Experiment`: what a run folder needs to know about its settings, its files and its summary.

use std::fmt::Debug;

use gumbel_burn::TemperatureSchedule;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::LabError;

/// The settings of an experiment, and the files of its runs.
///
/// Settings hold everything that fixes the bits of a run, and nothing else.
pub trait Experiment: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The name of the experiment in `config.toml`.
    const NAME: &'static str;
    /// The commands that make its runs.
    const COMMANDS: &'static str;
    /// The picture files that its runs write beside `report.html`.
    const PICTURES: &'static [&'static str];
    /// Settings that only record the origin of other settings: runs that differ only in these are the same run.
    const PROVENANCE: &'static [&'static str] = &[];
    /// The content of `summary.json`.
    type Summary: Clone + Debug + PartialEq + Serialize + DeserializeOwned;

    /// Checks the limits of the settings that their types do not express.
    ///
    /// # Errors
    /// A setting with which no training is possible; the error names it.
    fn check(&self) -> Result<(), LabError>;

    /// Checks the further limits of a new training: a learning rate and temperatures that f32 can train with.
    /// Existing runs with other settings can still be opened.
    ///
    /// # Errors
    /// As [`check`](Self::check); a setting with which nothing can be learned.
    fn check_start(&self) -> Result<(), LabError>;
}

/// Checks that a schedule gives valid temperatures and that a settings file can hold its steps.
pub(crate) fn check_tau(tau: TemperatureSchedule) -> Result<(), LabError> {
    use TemperatureSchedule::{Cosine, Exponential, Linear};
    let (parameter, steps) = match tau.checked() {
        Err(error) => return Err(LabError::setting("tau", error.to_string())),
        Ok(Exponential { every, .. }) => ("every", every),
        Ok(Linear { steps, .. } | Cosine { steps, .. }) => ("steps", steps),
        Ok(_) => return Ok(()),
    };
    if i64::try_from(steps).is_err() {
        let problem = format!("{parameter}: expected at most {}, found {steps}", i64::MAX);
        return Err(LabError::setting("tau", problem));
    }
    Ok(())
}

/// The names of the settings and their values as text.
pub(crate) fn settings_as_text(settings: &impl Serialize) -> Vec<(String, String)> {
    let value = serde_json::to_value(settings).expect("plain numbers and names");
    let fields = value.as_object().cloned().unwrap_or_default();
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    fields.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// The names of the settings in which two runs differ, with both values.
pub(crate) fn differences<S: Experiment>(there: &S, here: &S) -> Vec<String> {
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
