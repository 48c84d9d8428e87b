//! `gumbel reproduce estimators`: gradient estimators in the training of one autoencoder.

use std::path::PathBuf;
use std::process::ExitCode;

use gumbel_data as data;
use gumbel_lab::vae::VaeConfig;
use gumbel_lab::vae::comparison::{Comparison, report};
use gumbel_train::Settings;

use super::train::data_setting;
use crate::Result;
use crate::args::ReproduceEstimatorsArgs;
use crate::commands::comparing::{budget, end, only};
use crate::commands::compute;
use crate::commands::training::stop_flag;
use crate::failure::Failure;
use crate::progress::TrainingProgress;

/// The default data set: small enough for every estimator with several seeds.
pub(crate) const DATA: &str = "digits";

pub(crate) fn run(args: &ReproduceEstimatorsArgs) -> Result<ExitCode> {
    let name = data_setting(args.data.as_deref().unwrap_or(DATA));
    let mut base = VaeConfig::defaults(&name);
    if let Some(latents) = args.latents {
        base = base.with_latents(latents);
    }
    if base.estimator.is_none() {
        let problem =
            "expected discrete latents, whose gradient is estimated, found a Gaussian code";
        return Err(Failure::usage(format!("--latents: {problem}")));
    }
    base.epochs = args.epochs.unwrap_or(base.epochs);
    base.batch = args.batch.unwrap_or(base.batch);
    // A batch of one image has one part.
    base.shards = args.work.shards.unwrap_or(base.shards.min(base.batch));
    base.check_start()?;
    let compute = compute(args.work.compute)?;
    let data_dir = args.data_dir.as_deref();
    let out = args.out.clone().unwrap_or_else(|| {
        let name = data::last_part(std::path::Path::new(&name));
        PathBuf::from(format!("runs/estimators-{name}"))
    });
    gumbel_files::output::check_folder("out", &out)?;
    let first = data::load(&name, data_dir, 0).map_err(gumbel_lab::LabError::from)?;
    base = base.fitted_to(first.train.len());
    // The images of seed 0, which is trained first.
    let mut first = Some(first);
    let mut load = |seed| match first.take() {
        Some(images) if seed == 0 => Ok(images),
        _ => data::load(&name, data_dir, seed),
    };
    let mut comparison = Comparison::new(base);
    comparison.seeds = args.seeds;
    comparison.budget = args.budget.map(budget);
    comparison.variants = only(&args.only, comparison.variants);
    let stop = stop_flag();
    let mut progress = TrainingProgress::of_many(args.work.quiet);
    let ended = comparison.run(&out, compute, &mut load, &mut progress, &stop);
    progress.clear();
    end(ended?, &out, "estimators.md", |finished| report(&comparison, finished, &out))
}
