//! The commands for agents: train policy, eval, play.

mod eval;
pub(crate) mod play;
pub(crate) mod reproduce;
pub(crate) mod train;

use gumbel_lab::policy::{PolicyConfig, PolicyRun};
use gumbel_train::Settings;

use crate::entry::Entry;

/// The agent in the list of experiments.
pub(crate) const ENTRY: Entry = Entry {
    name: PolicyConfig::NAME,
    commands: PolicyConfig::COMMANDS,
    describe: |run| Ok(PolicyRun::open(run)?.describe()),
    made_by: |run| {
        PolicyRun::open(run)?;
        Ok("train policy: gumbel eval and gumbel play are for it")
    },
    eval: eval::run,
    eval_options: &[],
};
