//! The experiments that the command knows: one entry each, in the folder of its commands.
//!
//! `runs list`, `eval` and the messages about runs of the wrong kind read this list, so they know an experiment as
//! soon as its entry is here.

use std::path::Path;
use std::process::ExitCode;

use gumbel_lab::LabError;
use gumbel_train::{Description, experiment_of};

use crate::Result;
use crate::args::EvalArgs;
use crate::commands::{frequency, vae};
use crate::failure::Failure;

/// An experiment, as far as the commands for any run need it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name of the experiment in `config.toml`.
    pub(crate) name: &'static str,
    /// The commands that make its runs.
    pub(crate) commands: &'static str,
    /// Describes the run in a folder.
    pub(crate) describe: fn(&Path) -> std::result::Result<Description, LabError>,
    /// Says which command made the run in a folder, and which commands are for it.
    pub(crate) made_by: fn(&Path) -> std::result::Result<&'static str, LabError>,
    /// Evaluates a run.
    pub(crate) eval: fn(&EvalArgs) -> Result<ExitCode>,
    /// The options of `eval` that not every experiment has, and this one has.
    pub(crate) eval_options: &'static [&'static str],
}

/// The experiments.
pub(crate) const EXPERIMENTS: [Entry; 2] = [vae::ENTRY, frequency::ENTRY];

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

/// Describes a run of the wrong kind: the command that made it, and those that use it.
pub(crate) fn in_words(run: &Path, name: &str) -> String {
    match entry(name).map(|entry| (entry.made_by)(run)) {
        Some(Ok(words)) => format!("one of {words}"),
        Some(Err(_)) => format!("one of the experiment {name:?}"),
        None => format!("one of a kind that this version does not know, {name:?}"),
    }
}
