//! The experiments that the command knows: one entry each, in the folder of its commands.
//!
//! `runs list`, `eval` and the messages about runs of the wrong kind read this list, so they know an experiment as
//! soon as its entry is here.

use std::path::Path;

use gumbel_train::run::experiment_of;

use crate::Result;
use crate::commands::{frequency, policy, vae};
use crate::entry::Entry;
use crate::failure::Failure;

/// The experiments.
pub(crate) const EXPERIMENTS: [Entry; 3] = [vae::ENTRY, frequency::ENTRY, policy::ENTRY];

/// The entry of an experiment, by its name in `config.toml`.
pub(crate) fn entry(name: &str) -> Option<&'static Entry> {
    EXPERIMENTS.iter().find(|entry| entry.name == name)
}

/// The entry of the run in a folder.
pub(crate) fn entry_of_run(run: &Path) -> Result<&'static Entry> {
    let name = experiment_of(run)?;
    entry(&name).ok_or_else(|| {
        let known = EXPERIMENTS.map(|entry| entry.commands).join(" or ");
        Failure::run(format!(
            "{}: expected a run of {known}, found one of a kind that this version does not know, {name:?}",
            run.display()
        ))
    })
}

/// Adds to the failure about a run of the wrong kind which command made the run, and which commands use it.
pub(crate) fn explained(failure: Failure) -> Failure {
    let Failure::OtherExperiment { path, expected, found } = failure else { return failure };
    let words = match entry(&found).map(|entry| (entry.made_by)(&path)) {
        Some(Ok(words)) => format!("one of {words}"),
        Some(Err(_)) => format!("one of the experiment {found:?}"),
        None => format!("one of a kind that this version does not know, {found:?}"),
    };
    Failure::run(format!("{}: expected a run of {expected}, found {words}", path.display()))
}
