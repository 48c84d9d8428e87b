//! `gumbel train vae`: trains an autoencoder.

use std::path::Path;
use std::process::ExitCode;

use gumbel_burn::TemperatureSchedule;
use gumbel_data::{self as data, Dataset};
use gumbel_files::names::counted;
use gumbel_lab::LabError;
use gumbel_lab::vae::{self, Latents, Summary, VaeConfig, VaeRun};
use gumbel_train::Settings;

use crate::args::VaeArgs;
use crate::commands::training::{
    TemperatureBase, create_run_folder, device_option, refuse_taken, report, stop_flag,
};
use crate::commands::vae::discretised;
use crate::commands::{compute, quoted};
use crate::progress::TrainingProgress;
use crate::{Result, say};

/// The default data set.
pub(crate) const DATA: &str = "garments";

pub(crate) fn run(args: &VaeArgs) -> Result<ExitCode> {
    if let Some(seeds) = args.seeds {
        return super::seeds::run(args, seeds);
    }
    let mut config = settings(args, args.run.resumed())?;
    config.check_start()?;
    let compute = compute(args.run.work.compute)?;
    refuse_taken::<VaeConfig>(&args.run)?;
    let data_dir = args.data_dir.as_deref();
    let dataset = match args.run.resumed() {
        Some(run) => {
            vae::run_data(&VaeRun::open(run)?, args.data.as_ref().map(Path::new), data_dir)?
        }
        None => data::load(&config.data, data_dir, config.seed).map_err(LabError::from)?,
    };
    fit_to(&mut config, args, args.run.resumed(), &dataset)?;
    let out = args.run.out.clone().map_or_else(|| create_run_folder("vae", &dataset.name), Ok)?;
    let stop = stop_flag();
    let mut progress = TrainingProgress::new(args.run.work.quiet);
    let outcome =
        vae::train(&config, &dataset, &out, args.run.start(), compute, &mut progress, &stop);
    progress.clear();
    let again = || {
        let option = |name: &str, path: Option<&Path>| {
            path.map_or_else(String::new, |path| format!(" --{name} {}", quoted(path)))
        };
        // The settings of the run have the path that it started with.
        let moved = args.data.as_ref().filter(|_| args.run.resumed().is_some()).map(Path::new);
        let (moved, data_dir) = (option("data", moved), option("data-dir", data_dir));
        let device = device_option(compute);
        format!("gumbel train vae --out {}{moved}{data_dir}{device}", quoted(&out))
    };
    let say = |summary: &Summary| result(summary, &out, config.latents);
    report(&outcome?, &out, args.run.work.quiet, again, say)
}

/// Fits the temperature to the data, and checks the settings for them.
pub(super) fn fit_to(
    config: &mut VaeConfig,
    args: &VaeArgs,
    resumed: Option<&Path>,
    dataset: &Dataset,
) -> Result<()> {
    config.check_size(dataset.train.pixels_per_image())?;
    config.tau = temperature(args, resumed, config, dataset.train.len())?;
    Ok(config.check_start()?)
}

fn result(summary: &Summary, out: &Path, latents: Latents) -> Result<()> {
    say(&format!(
        "test bound {:.3} nats an image (standard error {:.3}; {}, {} each{})",
        summary.test_bound_nats,
        summary.se,
        counted(summary.images as u64, "image"),
        counted(summary.samples, "sample"),
        discretised(latents)
    ))?;
    say(&format!("report     {}", out.join("report.html").display()))
}

/// The data of a run as its settings name them.
///
/// They hold the absolute path of a folder: the run may be resumed from elsewhere. They are text; a path that is not
/// UTF-8 is kept as it was given.
pub(super) fn data_setting(data: &str) -> String {
    let folder = Path::new(data).canonicalize().ok().filter(|path| path.is_dir());
    match folder.as_deref().and_then(Path::to_str) {
        Some(folder) if !data::NAMES.contains(&data) => folder.to_owned(),
        _ => data.to_owned(),
    }
}

/// The settings of the resumed run, or the default settings, with the given options changed.
pub(super) fn settings(args: &VaeArgs, resumed: Option<&Path>) -> Result<VaeConfig> {
    let run = resumed.map(VaeRun::open).transpose()?;
    let mut config = match &run {
        Some(run) => run.config().clone(),
        None => VaeConfig::defaults(args.data.as_deref().unwrap_or(DATA)),
    };
    if let (None, Some(data)) = (&run, &args.data) {
        config.data = data_setting(data);
    }
    if let Some(latents) = args.latents {
        config = config.with_latents(latents);
    }
    if let Some(estimator) = args.estimator {
        config = config.with_estimator(estimator);
    }
    config.samples = args.samples.or(config.samples);
    config.baseline = args.baseline.or(config.baseline);
    config.unimix = args.unimix.or(config.unimix);
    config.optimizer = args.optimizer.unwrap_or(config.optimizer);
    config.binarise = args.binarise.unwrap_or(config.binarise);
    if let Some(hidden) = &args.hidden {
        config.hidden.clone_from(&hidden.0);
    }
    config.prior = args.prior.or(config.prior);
    config.epochs = args.epochs.unwrap_or(config.epochs);
    config.batch = args.batch.unwrap_or(config.batch);
    config.lr = args.lr.unwrap_or(config.lr);
    config.seed = args.seed.unwrap_or(config.seed);
    // A batch of one image has one part.
    let parts = config.shards.min(config.batch.max(1));
    config.shards = args.run.work.shards.unwrap_or(parts);
    // Checked now; fitted to the run when its data are known.
    config.tau = temperature(args, resumed, &config, config.batch)?;
    Ok(config.without_defaults())
}

/// The temperature of a run on `n` images.
fn temperature(
    args: &VaeArgs,
    resumed: Option<&Path>,
    config: &VaeConfig,
    n: usize,
) -> Result<Option<TemperatureSchedule>> {
    let resumed = resumed.map(VaeRun::open).transpose()?;
    let with_code = |settings: VaeConfig| {
        let settings = settings.with_latents(config.latents);
        match config.estimator {
            Some(estimator) => settings.with_estimator(estimator),
            None => settings,
        }
    };
    let defaults = with_code(VaeConfig::defaults(&config.data));
    let schedule = match &resumed {
        Some(run) => with_code(run.config().clone()).tau,
        None => {
            let (batch, epochs) = (config.batch, config.epochs);
            VaeConfig { batch, epochs, ..defaults.clone() }.fitted_to(n).tau
        }
    };
    args.temperature.over(TemperatureBase {
        schedule,
        by_step: defaults.tau,
        steps: config.steps(n).max(1),
        fitted: resumed.is_none() && !config.is_published(),
    })
}
