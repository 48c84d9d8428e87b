//! `gumbel train ...`: what every training shares.

pub(crate) mod frequency;
pub(crate) mod vae;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gumbel_burn::TemperatureSchedule;
use gumbel_lab::run::Start;
use gumbel_lab::training::Outcome;

use crate::args::{RunArgs, TemperatureArgs};
use crate::failure::Failure;
use crate::{Result, note, say};

/// The status of a command that was stopped by Ctrl-C, as shells have it.
pub(crate) const STOPPED: u8 = 130;

impl RunArgs {
    fn start(&self) -> Start {
        match (self.resume, self.force) {
            (true, _) => Start::Resume,
            (_, true) => Start::Force,
            _ => Start::New,
        }
    }

    /// The folder of the run that is gone on with, where there is one.
    fn resumed(&self) -> Option<&Path> {
        self.out.as_deref().filter(|out| self.resume && out.join("config.toml").is_file())
    }
}

/// Refuses a folder that is there already, or is named like a file, before data are loaded for it.
fn refuse_taken(args: &RunArgs) -> Result<()> {
    if let Some(out) = &args.out {
        gumbel_lab::output::check_folder("out", out)?;
    }
    let (Start::New, Some(out)) = (args.start(), &args.out) else { return Ok(()) };
    if !out.exists() {
        return Ok(());
    }
    let what = if out.is_dir() {
        "exists already: --resume goes on with it, --force replaces a run"
    } else {
        "exists already and is not a folder: choose another --out"
    };
    Err(Failure::usage(format!("{} {what}", out.display())))
}

/// A flag that Ctrl-C sets. The first one asks for a checkpoint; the second ends at once.
pub(crate) fn stop_flag() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let handler = ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(STOPPED));
        }
    });
    if let Err(error) = handler {
        note(&format!("warning: Ctrl-C will not save a checkpoint: {error}"));
    }
    stop
}

/// Makes and takes the first of runs/KIND-DATA-001, -002, ... that is not there yet.
fn fresh(kind: &str, data: &str) -> Result<PathBuf> {
    let cannot =
        |path: &Path, error| Failure::run(format!("cannot create {}: {error}", path.display()));
    std::fs::create_dir_all("runs").map_err(|error| cannot(Path::new("runs"), error))?;
    for number in 1..=9999 {
        let path = PathBuf::from(format!("runs/{kind}-{data}-{number:03}"));
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot(&path, error)),
        }
    }
    Err(Failure::usage("runs/ holds 9999 runs of this kind: name one with --out"))
}

/// Tells how a training ended. `again` is the command that goes on with it, without `--resume`.
fn report<S>(
    outcome: &Outcome<S>,
    out: &Path,
    again: impl FnOnce() -> String,
    result: impl FnOnce(&S) -> Result<()>,
) -> Result<ExitCode> {
    match outcome {
        Outcome::Finished(summary) => result(summary)?,
        Outcome::AlreadyFinished(summary) => {
            say("this run is finished; nothing was done")?;
            result(summary)?;
        }
        Outcome::Stopped { step } => {
            say(&format!("stopped after step {step}, checkpoint saved in {}", out.display()))?;
            say(&format!("go on with: {} --resume", again()))?;
            return Ok(ExitCode::from(STOPPED));
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl TemperatureArgs {
    /// What was given on top of a default.
    fn over(&self, default: Option<TemperatureSchedule>) -> Result<Option<TemperatureSchedule>> {
        let wrong = |error| Failure::usage(format!("the temperature (--tau...): {error}"));
        if let Some(tau) = self.tau {
            return TemperatureSchedule::constant(tau).map(Some).map_err(wrong);
        }
        let given = [self.tau_start, self.tau_min, self.tau_rate].iter().any(Option::is_some);
        if !given && self.tau_every.is_none() {
            return Ok(default);
        }
        let (start, floor, rate, every) = match default {
            Some(TemperatureSchedule::Exponential { start, floor, rate, every }) => {
                (start, floor, rate, every)
            }
            _ => (1.0, 0.5, 1e-4, 500),
        };
        TemperatureSchedule::exponential(
            self.tau_start.unwrap_or(start),
            self.tau_min.unwrap_or(floor),
            self.tau_rate.unwrap_or(rate),
            self.tau_every.unwrap_or(every),
        )
        .map(Some)
        .map_err(wrong)
    }
}
