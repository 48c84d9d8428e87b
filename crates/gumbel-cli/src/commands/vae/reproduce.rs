//! `gumbel reproduce estimators`: gradient estimators in the training of one autoencoder.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use gumbel_data as data;
use gumbel_lab::vae::VaeConfig;
use gumbel_lab::vae::comparison::{Comparison, Progress, report};
use gumbel_train::Settings;

use super::train::{DATA, data_setting};
use crate::args::ReproduceEstimatorsArgs;
use crate::commands::training::{STOPPED, stop_flag};
use crate::commands::{quoted, threads};
use crate::failure::Failure;
use crate::progress::TrainingProgress;
use crate::{Result, note, say};

const MINUTE: f64 = 60.0;

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
    let threads = threads(args.work.threads)?;
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
    comparison.budget = args.budget.map(|minutes| Duration::from_secs_f64(MINUTE * minutes));
    if !args.only.is_empty() {
        comparison.variants.clear();
        for &variant in &args.only {
            if !comparison.variants.contains(&variant) {
                comparison.variants.push(variant);
            }
        }
    }
    let stop = stop_flag();
    let mut progress = TrainingProgress::of_many(args.work.quiet);
    let ended = comparison.run(&out, threads, &mut load, &mut progress, &stop);
    progress.clear();
    let again = format!("the same command continues the comparison in {}", quoted(&out));
    let (finished, complete) = match ended? {
        Progress::Stopped => {
            say(&format!("stopped; {again}"))?;
            return Ok(ExitCode::from(STOPPED));
        }
        Progress::OutOfTime(finished) => (finished, false),
        Progress::Complete(finished) => (finished, true),
    };
    if !complete {
        note(&format!("--budget is used up; {again}"));
    }
    if finished.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    report(&comparison, &finished, &out)?;
    let table = std::fs::read_to_string(out.join("estimators.md")).map_err(|error| {
        Failure::run(format!("cannot read the table of the comparison: {error}"))
    })?;
    say(table.trim_end())?;
    say(&format!("report     {}", out.join("report.html").display()))?;
    Ok(ExitCode::SUCCESS)
}
