//! `gumbel eval`: whatever was trained.

mod frequency;
mod vae;

use std::process::ExitCode;

use gumbel_lab::frequency::FrequencyConfig;
use gumbel_lab::run::{Experiment, experiment_of};

use crate::Result;
use crate::args::EvalArgs;
use crate::failure::Failure;

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode> {
    let frequency = experiment_of(&args.run)? == FrequencyConfig::NAME;
    let foreign = |option: &str, of: &str| {
        Err(Failure::usage(format!("{option}: belongs to a run of {of}, which this one is not")))
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
