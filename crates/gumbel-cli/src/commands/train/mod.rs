//! `gumbel train ...`: what every training shares.

pub(crate) mod frequency;
pub(crate) mod vae;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gumbel_burn::TemperatureSchedule;
use gumbel_lab::names::number;
use gumbel_lab::run::{Experiment, Start};
use gumbel_lab::training::{Health, Outcome};

use crate::args::{RunArgs, TemperatureArgs};
use crate::failure::Failure;
use crate::{Result, note, say};

/// The status of a command that was stopped by Ctrl-C, as shells have it.
pub(crate) const STOPPED: u8 = 130;

/// Where other ends of a schedule are given, its floor is reached after this share of the steps.
const SHARE: f64 = 0.5;
/// The longest part of a folder's name that is that of a data set.
const LONGEST_NAME: usize = 100;

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
fn refuse_taken<S: Experiment>(args: &RunArgs) -> Result<()> {
    if let Some(out) = &args.out {
        gumbel_lab::output::check_folder("out", out)?;
    }
    let (Start::New, Some(out)) = (args.start(), &args.out) else { return Ok(()) };
    gumbel_lab::run::check_new::<S>(out).map_err(Failure::usage)
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
    gumbel_lab::output::make_folder(Path::new("runs"))?;
    let data = plain(data);
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

/// The name of a data set as a part of a folder's name: short enough, and on one line.
fn plain(name: &str) -> String {
    let bad = |c: char| c.is_control() || "/\\:*?\"<>|\u{fffd}".contains(c);
    let mut short = String::new();
    for c in name.chars().map(|c| if bad(c) { '-' } else { c }) {
        if short.len() + c.len_utf8() > LONGEST_NAME {
            break;
        }
        short.push(c);
    }
    short
}

/// Tells how a training ended. `again` is the command that goes on with it, without `--resume`.
fn report<S>(
    outcome: &Outcome<S>,
    out: &Path,
    again: impl FnOnce() -> String,
    result: impl FnOnce(&S) -> Result<()>,
    health: impl FnOnce(&S) -> &Health,
) -> Result<ExitCode> {
    match outcome {
        Outcome::Finished(summary) => {
            result(summary)?;
            Ok(judged(health(summary)))
        }
        Outcome::AlreadyFinished(summary) => {
            say("this run is finished; nothing was done")?;
            result(summary)?;
            Ok(judged(health(summary)))
        }
        Outcome::Stopped { step } => {
            say(&format!("stopped after step {step}, checkpoint saved in {}", out.display()))?;
            say(&format!("go on with: {} --resume", again()))?;
            Ok(ExitCode::from(STOPPED))
        }
    }
}

/// What the options of the temperature are on top of.
#[derive(Clone, Copy, Debug)]
struct Temperature {
    /// The default, or that of the run that is gone on with.
    schedule: Option<TemperatureSchedule>,
    /// The default with a rate for each step, whatever the length of the run.
    by_step: Option<TemperatureSchedule>,
    /// The steps of the run.
    steps: u64,
    /// Whether the default fits the run: then it goes on doing so with other ends.
    fitted: bool,
}

/// What is wrong with a schedule, with the option that says it.
fn of_an_option(error: &gumbel_burn::Error) -> String {
    let gumbel_burn::Error::Schedule { parameter, expected, found } = error else {
        return format!("--tau: {error}");
    };
    let option = match *parameter {
        "start" => "--tau-start",
        "floor" => "--tau-floor",
        "share" => "--tau-share",
        "rate" => "--tau-rate",
        "every" => "--tau-every",
        _ => "--tau",
    };
    format!("{option}: expected {expected}, found {}", number(*found))
}

impl TemperatureArgs {
    /// What was given on top of a default.
    fn over(&self, base: Temperature) -> Result<Option<TemperatureSchedule>> {
        let wrong = |error| Failure::usage(of_an_option(&error));
        if let Some(tau) = self.tau {
            return TemperatureSchedule::constant(tau).map(Some).map_err(wrong);
        }
        let given = [self.tau_start, self.tau_floor, self.tau_share, self.tau_rate];
        if !given.iter().any(Option::is_some) && self.tau_every.is_none() {
            return Ok(base.schedule);
        }
        let parts = |schedule| match schedule {
            Some(TemperatureSchedule::Exponential { start, floor, rate, every }) => {
                (start, floor, rate, every)
            }
            _ => (1.0, 0.5, 1e-4, 500),
        };
        let (start, floor, ..) = parts(base.schedule);
        let (start, floor) = (self.tau_start.unwrap_or(start), self.tau_floor.unwrap_or(floor));
        let fitted = |share| TemperatureSchedule::over(start, floor, share, base.steps);
        let schedule = match (self.tau_share, self.tau_rate, self.tau_every) {
            (Some(share), ..) => fitted(share),
            (None, Some(rate), every) => {
                let (.., by_default) = parts(base.by_step);
                TemperatureSchedule::exponential(start, floor, rate, every.unwrap_or(by_default))
            }
            (None, None, every) => {
                let schedule = if base.fitted {
                    fitted(SHARE).map_err(wrong)?
                } else {
                    let (.., rate, every) = parts(base.schedule);
                    TemperatureSchedule::Exponential { start, floor, rate, every }
                };
                let (.., rate, by_default) = parts(Some(schedule));
                TemperatureSchedule::exponential(start, floor, rate, every.unwrap_or(by_default))
            }
        };
        schedule.map(Some).map_err(wrong)
    }
}

/// What a training is told to say beside its result, loudest last: what is wrong with it. Status 1 when
/// it diverged.
fn judged(health: &Health) -> ExitCode {
    for warning in &health.warnings {
        note(&format!("warning: {warning}"));
    }
    match &health.diverged {
        None => ExitCode::SUCCESS,
        Some(what) => {
            note(&format!("error: the training diverged: {what}; lower --lr"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none() -> TemperatureArgs {
        TemperatureArgs {
            tau: None,
            tau_start: None,
            tau_floor: None,
            tau_share: None,
            tau_rate: None,
            tau_every: None,
        }
    }

    fn exponential(start: f64, floor: f64, rate: f64, every: u64) -> Option<TemperatureSchedule> {
        Some(TemperatureSchedule::Exponential { start, floor, rate, every })
    }

    /// A run of 1,000 steps with a default that fits it.
    fn fitted() -> Temperature {
        Temperature {
            schedule: TemperatureSchedule::over(2.0, 0.5, 0.5, 1_000).ok(),
            by_step: exponential(2.0, 0.5, 5e-4, 50),
            steps: 1_000,
            fitted: true,
        }
    }

    #[test]
    fn a_data_set_of_any_name_makes_a_folder() {
        assert_eq!(plain("my photographs (2)"), "my photographs (2)");
        assert_eq!(plain("a\nb/c\u{7}"), "a-b-c-");
        let long = plain(&"\u{e9}".repeat(200));
        assert!(long.len() <= 100 && long.starts_with('\u{e9}'), "{long}");
    }

    #[test]
    fn a_schedule_arrives_with_other_ends_too() {
        let arrival = |args: TemperatureArgs| {
            let schedule = args.over(fitted()).unwrap().unwrap();
            (schedule.arrival().unwrap(), schedule.tau(1_000))
        };
        assert_eq!(arrival(none()).1, 0.5);
        assert_eq!(arrival(TemperatureArgs { tau_floor: Some(0.01), ..none() }), (495, 0.01));
        assert_eq!(arrival(TemperatureArgs { tau_start: Some(9.0), ..none() }), (495, 0.5));
        assert_eq!(arrival(TemperatureArgs { tau_share: Some(0.1), ..none() }), (90, 0.5));
        let every = arrival(TemperatureArgs { tau_every: Some(100), ..none() });
        assert_eq!(every, (500, 0.5));
    }

    #[test]
    fn a_rate_is_a_rate_whatever_the_length_of_the_run() {
        let rate = TemperatureArgs { tau_rate: Some(5e-4), ..none() };
        assert_eq!(rate.over(fitted()).unwrap(), exponential(2.0, 0.5, 5e-4, 50));
        let both = TemperatureArgs { tau_rate: Some(0.1), tau_every: Some(7), ..none() };
        assert_eq!(both.over(fitted()).unwrap(), exponential(2.0, 0.5, 0.1, 7));
    }

    /// A run that is gone on with keeps its schedule in figures; a published one stays in steps.
    #[test]
    fn a_schedule_that_is_not_fitted_stays_in_steps() {
        let base = Temperature {
            schedule: exponential(1.0, 0.5, 1e-4, 500),
            by_step: exponential(1.0, 0.5, 1e-4, 500),
            steps: 1_000,
            fitted: false,
        };
        let floor = TemperatureArgs { tau_floor: Some(0.1), ..none() };
        assert_eq!(floor.over(base).unwrap(), exponential(1.0, 0.1, 1e-4, 500));
        let share = TemperatureArgs { tau_share: Some(0.5), ..none() };
        assert_eq!(share.over(base).unwrap().unwrap().arrival(), Some(495));
        assert!(TemperatureArgs { tau_share: Some(1.5), ..none() }.over(base).is_err());
        assert!(TemperatureArgs { tau_floor: Some(3.0), ..none() }.over(fitted()).is_err());
    }
}
