//! `gumbel eval`: evaluates a run of any experiment.

use std::process::ExitCode;

use gumbel_train::{RunFolder, RunState, Settings, Summary, TrainError};

use crate::args::EvalArgs;
use crate::experiments::{self, EXPERIMENTS};
use crate::failure::Failure;
use crate::{Result, note};

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode> {
    let entry = experiments::entry_of_run(&args.run)?;
    let foreign = |option: &&str| !entry.eval_options.contains(option);
    if let Some(option) = args.given_options().into_iter().find(foreign) {
        let owners = EXPERIMENTS.iter().filter(|entry| entry.eval_options.contains(&option));
        let owners: Vec<&str> = owners.map(|entry| entry.commands).collect();
        return Err(Failure::usage(format!(
            "{option}: belongs to a run of {}, and this is one of {}",
            owners.join(" or "),
            entry.commands
        )));
    }
    (entry.eval)(args)
}

/// Notes that a run is not finished, or that its training diverged, so its weights are worthless.
pub(super) fn note_state<S: Settings>(run: &RunFolder<S>) -> std::result::Result<(), TrainError> {
    match run.state()? {
        RunState::Unfinished { step: Some(step) } => {
            note(&format!("this run is not finished: these are the weights after step {step}"));
        }
        RunState::Unfinished { step: None } => {}
        RunState::Finished(summary) => {
            if let Some(what) = &summary.health().diverged {
                note(&format!("warning: the training of this run diverged: {what}"));
            }
        }
    }
    Ok(())
}
