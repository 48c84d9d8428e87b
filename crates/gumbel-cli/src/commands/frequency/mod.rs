//! The commands for classifiers on frequency channels: train gate, train rgb, eval, channels, reproduce frequency.

pub(crate) mod channels;
mod eval;
mod images;
pub(crate) mod reproduce;
pub(crate) mod train;

use gumbel_lab::frequency::{FrequencyConfig, FrequencyRun, Input};
use gumbel_train::Settings;

use crate::entry::Entry;

/// The classifier in the list of experiments.
pub(crate) const ENTRY: Entry = Entry {
    name: FrequencyConfig::NAME,
    commands: FrequencyConfig::COMMANDS,
    describe: |run| Ok(FrequencyRun::open(run)?.describe()),
    made_by: |run| {
        let run = FrequencyRun::open(run)?;
        Ok(match (run.config().input, &run.config().gate) {
            (Input::Pixels(_), _) => "train rgb: gumbel eval is for it",
            (Input::Coefficients, Some(_)) => {
                "train gate: gumbel eval and gumbel channels are for it"
            }
            (Input::Coefficients, None) => "train gate --channels: gumbel eval is for it",
        })
    },
    eval: eval::run,
    eval_options: &["--data", "--images", "--threads", "--expectation", "--strict"],
};
