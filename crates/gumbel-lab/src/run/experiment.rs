//! What a run folder needs to know of the experiment whose runs it holds.

use std::fmt::Debug;

use gumbel_burn::TemperatureSchedule;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::LabError;

/// The settings of an experiment, and what its runs leave behind.
///
/// Settings hold everything that fixes the bits of a run, and nothing else.
pub trait Experiment: Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The name of the experiment in `config.toml`.
    const NAME: &'static str;
    /// The commands whose runs these are.
    const COMMANDS: &'static str;
    /// The files that it draws beside `report.html`.
    const PICTURES: &'static [&'static str];
    /// Settings that only say where others come from: runs that differ in them alone are the same.
    const REMARKS: &'static [&'static str] = &[];
    /// What `summary.json` holds.
    type Summary: Clone + Debug + PartialEq + Serialize + DeserializeOwned;

    /// Checks what the types do not rule out.
    ///
    /// # Errors
    /// A setting that makes no training, by name.
    fn check(&self) -> Result<(), LabError>;

    /// Checks what a training needs besides: a rate and temperatures that f32 can train with. Runs of
    /// other settings can still be looked at.
    ///
    /// # Errors
    /// As [`check`](Self::check); a setting with which nothing can be learned.
    fn check_start(&self) -> Result<(), LabError>;
}

/// A schedule that makes temperatures, of numbers that a settings file can hold.
pub(crate) fn check_tau(tau: TemperatureSchedule) -> Result<(), LabError> {
    use TemperatureSchedule::{Cosine, Exponential, Linear};
    match tau.checked() {
        Err(error) => Err(LabError::setting("tau", error.to_string())),
        Ok(Exponential { every: steps, .. } | Linear { steps, .. } | Cosine { steps, .. })
            if i64::try_from(steps).is_err() =>
        {
            let problem = format!("expected at most {} steps, found {steps}", i64::MAX);
            Err(LabError::setting("tau", problem))
        }
        Ok(_) => Ok(()),
    }
}

/// The settings by name, in words.
pub(crate) fn named(settings: &impl Serialize) -> Vec<(String, String)> {
    let value = serde_json::to_value(settings).expect("plain numbers and names");
    let fields = value.as_object().cloned().unwrap_or_default();
    let words = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    fields.into_iter().map(|(name, value)| (name, words(value))).collect()
}

/// The names of the settings in which two runs differ, with both values.
pub(crate) fn differences<S: Experiment>(there: &S, here: &S) -> Vec<String> {
    let (theirs, ours) = (named(there), named(here));
    let mut names: Vec<&String> = theirs.iter().chain(&ours).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !S::REMARKS.contains(&name.as_str()));
    let of = |named: &[(String, String)], name: &String| {
        let found = named.iter().find(|(n, _)| n == name);
        found.map_or("none", |(_, value)| value.as_str()).to_owned()
    };
    let both = names.into_iter().map(|name| (name, of(&theirs, name), of(&ours, name)));
    both.filter(|(_, a, b)| a != b)
        .map(|(name, a, b)| format!("{name} is {a} there and {b} here"))
        .collect()
}
