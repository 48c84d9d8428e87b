//! The commands for autoencoders: train, eval, sample, encode, decode.

pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod eval;
pub(crate) mod reproduce;
pub(crate) mod sample;
mod seeds;
pub(crate) mod train;

use gumbel_lab::vae::{Latents, VaeConfig, VaeRun};
use gumbel_train::Settings;

use crate::entry::Entry;

/// The autoencoder in the list of experiments.
pub(crate) const ENTRY: Entry = Entry {
    name: VaeConfig::NAME,
    commands: VaeConfig::COMMANDS,
    describe: |run| Ok(VaeRun::open(run)?.describe()),
    made_by: |_| Ok("train vae: gumbel eval, sample, encode and decode are for it"),
    eval: eval::run,
    eval_options: &["--data", "--images", "--threads", "--samples", "--iw", "--data-dir"],
};

/// The part of a bound's line about a discrete code.
fn discretised(latents: Latents) -> &'static str {
    match latents {
        Latents::Categorical(_) => ", discretised to one-hot",
        Latents::Gaussian(_) => "",
    }
}
