//! `gumbel reproduce`: compares several trainings, with a table at the end.

use std::process::ExitCode;

use gumbel_data::jpeg::Content;
use gumbel_lab::Progress;
use gumbel_lab::frequency::comparison::{Comparison, report};
use gumbel_lab::frequency::{FrequencyConfig, Stem};

use super::train;
use crate::Result;
use crate::args::ReproduceArgs;
use crate::commands::comparing::end;
use crate::commands::compute;
use crate::commands::frequency::images::{self, Loading};
use crate::commands::training::stop_flag;
use crate::progress::TrainingProgress;

pub(crate) fn run(args: &ReproduceArgs) -> Result<ExitCode> {
    let mut base = train::settings(&args.frequency, None)?;
    base.shards = args.work.shards.unwrap_or(base.shards);
    let mut comparison = Comparison::new(base);
    comparison.seeds = args.seeds;
    if let Some(lambda) = args.second_lambda {
        comparison.second_lambda = lambda;
    }
    if let (Some(lambda), Some(gate)) = (args.lambda, &mut comparison.base.gate) {
        gate.penalty = gumbel_burn::GatePenalty::Mean { lambda };
    }
    if !args.only.is_empty() {
        comparison.variants.clone_from(&args.only);
    }
    gumbel_train::Settings::check(&comparison.base)?;
    let compute = compute(args.work.compute)?;
    let out = args.out.clone().unwrap_or_else(|| {
        let name = gumbel_data::last_part(std::path::Path::new(&comparison.base.data));
        std::path::PathBuf::from(format!("runs/frequency-{name}"))
    });
    gumbel_files::output::check_folder("out", &out)?;
    let quiet = args.work.quiet;
    let how = Loading::of(&args.frequency, compute.threads, quiet);
    let images = images::load(&comparison.base, how)?;
    let n = images.train.len();
    comparison.base = comparison.base.fitted_to(n, args.frequency.epochs, args.frequency.batch);
    // The images of seed 0, which is trained first.
    let mut first = Some(images);
    let mut load = |seed: u64, content: Content| {
        let mut config = FrequencyConfig { seed, ..comparison.base.clone() };
        if content == Content::Pixels {
            config = config.on_pixels(Stem::Patch);
        }
        match first.take() {
            Some(images) if (seed, content) == (0, images.content) => Ok(images),
            _ => images::load_quietly(&config, how),
        }
    };
    let stop = stop_flag();
    let mut progress = TrainingProgress::new(quiet);
    let runs = comparison.run(&out, compute, &mut load, &mut progress, &stop);
    progress.clear();
    let ended = runs?.map_or(Progress::Stopped, Progress::Complete);
    end(ended, &out, "comparison.md", |runs| report(&comparison, runs, &out))
}
