//! `gumbel eval`: evaluates a run of any kind.

mod frequency;
pub(crate) mod vae;

use std::process::ExitCode;

use gumbel_lab::frequency::FrequencyConfig;
use gumbel_lab::run::{Experiment, experiment_of};

use gumbel_lab::training::Health;

use crate::args::EvalArgs;
use crate::failure::Failure;
use crate::{Result, note};

/// Warns that the training diverged, so its weights are worthless.
fn warn_if_diverged(health: &Health) {
    if let Some(what) = &health.diverged {
        note(&format!("warning: the training of this run diverged: {what}"));
    }
}

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode> {
    let frequency = experiment_of(&args.run)? == FrequencyConfig::NAME;
    let foreign = |option: &str, of: &str| {
        let this = if frequency { "train gate or train rgb" } else { "train vae" };
        Err(Failure::usage(format!(
            "{option}: belongs to a run of {of}, and this is one of {this}"
        )))
    };
    if frequency {
        for (option, given) in [
            ("--samples", args.samples.is_some()),
            ("--iw", args.iw.is_some()),
            ("--data-dir", args.data_dir.is_some()),
        ] {
            if given {
                return foreign(option, "train vae");
            }
        }
        return frequency::run(args);
    }
    for (option, given) in [("--expectation", args.expectation), ("--strict", args.strict)] {
        if given {
            return foreign(option, "train gate or train rgb");
        }
    }
    vae::run(args)
}
