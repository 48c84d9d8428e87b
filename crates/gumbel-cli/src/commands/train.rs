//! `gumbel train vae`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gumbel_burn::TemperatureSchedule;
use gumbel_lab::data;
use gumbel_lab::run::{Experiment, Start};
use gumbel_lab::training::Outcome;
use gumbel_lab::vae::{self, Latents, Summary, VaeConfig, VaeRun};

use super::{discretised, quoted, threads};
use crate::args::VaeArgs;
use crate::failure::Failure;
use crate::progress::TrainingProgress;
use crate::{Result, note, say};

/// The status of a command that was stopped by Ctrl-C, as shells have it.
const STOPPED: u8 = 130;

pub(crate) fn run(args: &VaeArgs) -> Result<ExitCode> {
    let start = match (args.resume, args.force) {
        (true, _) => Start::Resume,
        (_, true) => Start::Force,
        _ => Start::New,
    };
    let config = settings(args)?;
    config.check()?;
    let threads = threads(args.threads)?;
    if let (Start::New, Some(out)) = (start, &args.out)
        && out.exists()
    {
        let what = if out.is_dir() {
            "exists already: --resume goes on with it, --force replaces a run"
        } else {
            "exists already and is not a folder: choose another --out"
        };
        return Err(Failure::usage(format!("{} {what}", out.display())));
    }
    let dataset = data::load(&config.data, args.data_dir.as_deref(), config.seed)
        .map_err(gumbel_lab::LabError::from)?;
    let out = args.out.clone().map_or_else(|| fresh(&dataset.name), Ok)?;
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    // The first Ctrl-C asks for a checkpoint; the second ends at once.
    let handler = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(STOPPED));
        }
    });
    if let Err(error) = handler {
        note(&format!("warning: Ctrl-C will not save a checkpoint: {error}"));
    }
    let mut progress = TrainingProgress::new(args.quiet);
    let outcome = vae::train(&config, &dataset, &out, start, threads, &mut progress, &stop);
    progress.clear();
    match outcome? {
        Outcome::Finished(summary) => {
            result(&summary, &out, config.latents)?;
            Ok(ExitCode::SUCCESS)
        }
        Outcome::AlreadyFinished(summary) => {
            say("this run is finished; nothing was done")?;
            result(&summary, &out, config.latents)?;
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Stopped { step } => {
            let mut again = format!("gumbel train vae --out {}", quoted(&out));
            if let Some(folder) = &args.data_dir {
                again += &format!(" --data-dir {}", quoted(folder));
            }
            say(&format!("stopped after step {step}, checkpoint saved in {}", out.display()))?;
            say(&format!("go on with: {again} --resume"))?;
            Ok(ExitCode::from(STOPPED))
        }
    }
}

fn result(summary: &Summary, out: &Path, latents: Latents) -> Result<()> {
    say(&format!(
        "test bound {:.3} nats an image (standard error {:.3}; {} images, {} samples each{})",
        summary.test_bound_nats,
        summary.se,
        summary.images,
        summary.samples,
        discretised(latents)
    ))?;
    say(&format!("report     {}", out.join("report.html").display()))
}

/// The settings: those of the run that is resumed, or the defaults, with what was given on top.
fn settings(args: &VaeArgs) -> Result<VaeConfig> {
    let resumed = match (&args.out, args.resume) {
        (Some(out), true) if out.join("config.toml").is_file() => Some(VaeRun::open(out)?),
        _ => None,
    };
    let mut config = match &resumed {
        Some(run) => run.config().clone(),
        None => VaeConfig::defaults(args.data.as_deref().unwrap_or("digits")),
    };
    if let Some(data) = &args.data {
        // A folder is remembered by its whole path: the run may be resumed from elsewhere.
        let folder = Path::new(data).canonicalize().ok().filter(|path| path.is_dir());
        config.data = match folder {
            Some(folder) if !data::NAMES.contains(&data.as_str()) => folder.display().to_string(),
            _ => data.clone(),
        };
    }
    if let Some(text) = &args.latents {
        config = config.with_latents(text.parse()?);
    }
    if let Some(name) = &args.estimator {
        config.estimator = Some(name.parse().map_err(Failure::usage)?);
    }
    if let Some(name) = &args.optimizer {
        config.optimizer = name.parse()?;
    }
    if let Some(how) = &args.binarise {
        config.binarise = how.parse().map_err(Failure::usage)?;
    }
    if let Some(sizes) = &args.hidden {
        config.hidden = hidden(sizes)?;
    }
    if let Some(prior) = &args.prior {
        config.prior = Some(prior.parse()?);
    }
    config.epochs = args.epochs.unwrap_or(config.epochs);
    config.batch = args.batch.unwrap_or(config.batch);
    config.lr = args.lr.unwrap_or(config.lr);
    config.seed = args.seed.unwrap_or(config.seed);
    config.shards = args.shards.unwrap_or(config.shards);
    if let Some(device) = &args.device {
        config.device.clone_from(device);
    }
    config.tau = tau(args, config.tau)
        .map_err(|error| Failure::usage(format!("the temperature (--tau...): {error}")))?;
    Ok(config)
}

fn tau(
    args: &VaeArgs,
    default: Option<TemperatureSchedule>,
) -> std::result::Result<Option<TemperatureSchedule>, gumbel_burn::Error> {
    if let Some(tau) = args.tau {
        return TemperatureSchedule::constant(tau).map(Some);
    }
    let given = args.tau_start.is_some()
        || args.tau_min.is_some()
        || args.tau_rate.is_some()
        || args.tau_every.is_some();
    if !given {
        return Ok(default);
    }
    let (start, floor, rate, every) = match default {
        Some(TemperatureSchedule::Exponential { start, floor, rate, every }) => {
            (start, floor, rate, every)
        }
        _ => (1.0, 0.5, 1e-4, 500),
    };
    TemperatureSchedule::exponential(
        args.tau_start.unwrap_or(start),
        args.tau_min.unwrap_or(floor),
        args.tau_rate.unwrap_or(rate),
        args.tau_every.unwrap_or(every),
    )
    .map(Some)
}

fn hidden(sizes: &str) -> Result<Vec<usize>> {
    if sizes == "none" {
        return Ok(Vec::new());
    }
    let number = |text: &str| {
        text.trim().parse().map_err(|_| {
            Failure::usage(format!(
                "hidden: expected sizes such as 200 or 200,200, or none, found {sizes}"
            ))
        })
    };
    sizes.split(',').map(number).collect()
}

/// Makes and takes the first of runs/vae-DATA-001, -002, ... that is not there yet.
fn fresh(data: &str) -> Result<PathBuf> {
    let cannot =
        |path: &Path, error| Failure::run(format!("cannot create {}: {error}", path.display()));
    std::fs::create_dir_all("runs").map_err(|error| cannot(Path::new("runs"), error))?;
    for number in 1..=9999 {
        let path = PathBuf::from(format!("runs/vae-{data}-{number:03}"));
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot(&path, error)),
        }
    }
    Err(Failure::usage("runs/ holds 9999 runs of this kind: name one with --out"))
}
