//! `gumbel train ...`: the parts that all trainings share.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gumbel_burn::TemperatureSchedule;
use gumbel_files::names::number;
use gumbel_train::{Compute, DeviceName, Health, Outcome, Settings, Start, Summary, limits};

use crate::args::{RunArgs, TemperatureArgs};
use crate::failure::Failure;
use crate::{Result, note, say};

/// The exit status of a command that Ctrl-C stopped, by the convention of shells.
pub(super) const STOPPED: u8 = 130;

/// The largest number of bytes of a data set's name in the name of a folder.
const LONGEST_NAME: usize = 100;

impl RunArgs {
    pub(super) fn start(&self) -> Start {
        match (self.resume, self.force) {
            (true, _) => Start::Resume,
            (_, true) => Start::Force,
            _ => Start::New,
        }
    }

    /// The folder of the run to resume, if it exists.
    pub(super) fn resumed(&self) -> Option<&Path> {
        self.out.as_deref().filter(|out| self.resume && out.join("config.toml").is_file())
    }
}

/// Refuses a run folder that exists already or is named like a file, before data are loaded for it.
pub(super) fn refuse_taken<S: Settings>(args: &RunArgs) -> Result<()> {
    if let Some(out) = &args.out {
        gumbel_files::output::check_folder("out", out)?;
    }
    let (Start::New, Some(out)) = (args.start(), &args.out) else { return Ok(()) };
    gumbel_train::run::check_new::<S>(out).map_err(Failure::usage)
}

/// A flag that Ctrl-C sets. The first Ctrl-C asks for a checkpoint; the second ends the process at once.
pub(super) fn stop_flag() -> Arc<AtomicBool> {
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

/// Creates the first of runs/KIND-DATA-001, -002, ... that does not exist yet.
pub(super) fn create_run_folder(kind: &str, data: &str) -> Result<PathBuf> {
    let cannot =
        |path: &Path, error| Failure::run(format!("cannot create {}: {error}", path.display()));
    gumbel_files::output::make_folder(Path::new("runs"))?;
    let data = folder_name(data);
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

/// The name of a data set as a part of a folder's name: shortened, and without special characters.
fn folder_name(name: &str) -> String {
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

/// The option that continues a training on its device; nothing for the default.
pub(super) fn device_option(compute: Compute) -> String {
    match compute.device {
        DeviceName::Cpu => String::new(),
        device => format!(" --device {device}"),
    }
}

/// The most pieces of advice that are printed; the report has all.
const MOST_ADVICE: usize = 2;

/// Reports how a training ended, with advice unless `quiet`. `again` gives the command that continues it, without
/// `--resume`.
pub(super) fn report<S: Summary>(
    outcome: &Outcome<S>,
    out: &Path,
    quiet: bool,
    again: impl FnOnce() -> String,
    result: impl FnOnce(&S) -> Result<()>,
) -> Result<ExitCode> {
    match outcome {
        Outcome::Finished(summary) => {
            result(summary)?;
            Ok(report_health(summary.health(), quiet))
        }
        Outcome::AlreadyFinished(summary) => {
            say("this run is finished; nothing was done")?;
            result(summary)?;
            Ok(report_health(summary.health(), quiet))
        }
        Outcome::Stopped { step } => {
            say(&format!("stopped after step {step}, checkpoint saved in {}", out.display()))?;
            say(&format!("continue with: {} --resume", again()))?;
            Ok(ExitCode::from(STOPPED))
        }
    }
}

/// The schedule that the options of the temperature change.
#[derive(Clone, Copy, Debug)]
pub(super) struct TemperatureBase {
    /// The default schedule, or the schedule of the resumed run.
    pub(super) schedule: Option<TemperatureSchedule>,
    /// The default schedule with a fixed rate per step, for a run of any length.
    pub(super) by_step: Option<TemperatureSchedule>,
    /// The number of steps of the run.
    pub(super) steps: u64,
    /// Whether `schedule` is fitted to the length of the run. If so, it is fitted
    /// again when its start or floor changes.
    pub(super) fitted: bool,
}

/// The error of a schedule, with the option that sets the wrong parameter.
fn schedule_problem(error: &gumbel_burn::Error) -> String {
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
    /// The schedule of `base`, with the given options changed.
    pub(super) fn over(&self, base: TemperatureBase) -> Result<Option<TemperatureSchedule>> {
        let wrong = |error| Failure::usage(schedule_problem(&error));
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
        let fitted =
            |share| TemperatureSchedule::exponential_for_run(start, floor, share, base.steps);
        let schedule = match (self.tau_share, self.tau_rate, self.tau_every) {
            (Some(share), ..) => fitted(share),
            (None, Some(rate), every) => {
                let (.., by_default) = parts(base.by_step);
                TemperatureSchedule::exponential(start, floor, rate, every.unwrap_or(by_default))
            }
            (None, None, every) => {
                let schedule = if base.fitted {
                    fitted(limits::SETTLED_AT).map_err(wrong)?
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

/// Prints the warnings about a training, whether it diverged, and unless `quiet` the first pieces of advice. The exit
/// status is 1 if it diverged.
fn report_health(health: &Health, quiet: bool) -> ExitCode {
    for warning in &health.warnings {
        note(&format!("warning: {warning}"));
    }
    for advice in health.advice.iter().take(if quiet { 0 } else { MOST_ADVICE }) {
        note(&format!("advice: {advice}"));
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

    fn no_options() -> TemperatureArgs {
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
    fn fitted() -> TemperatureBase {
        TemperatureBase {
            schedule: TemperatureSchedule::exponential_for_run(2.0, 0.5, 0.5, 1_000).ok(),
            by_step: exponential(2.0, 0.5, 5e-4, 50),
            steps: 1_000,
            fitted: true,
        }
    }

    #[test]
    fn the_name_of_any_data_set_makes_a_folder_name() {
        assert_eq!(folder_name("my photographs (2)"), "my photographs (2)");
        assert_eq!(folder_name("a\nb/c\u{7}"), "a-b-c-");
        let long = folder_name(&"\u{e9}".repeat(200));
        assert!(long.len() <= 100 && long.starts_with('\u{e9}'), "{long}");
    }

    #[test]
    fn a_schedule_with_another_start_or_floor_still_fits_the_run() {
        let arrival = |args: TemperatureArgs| {
            let schedule = args.over(fitted()).unwrap().unwrap();
            (schedule.settles_at().unwrap(), schedule.tau(1_000))
        };
        assert_eq!(arrival(no_options()).1, 0.5);
        assert_eq!(arrival(TemperatureArgs { tau_floor: Some(0.01), ..no_options() }), (495, 0.01));
        assert_eq!(arrival(TemperatureArgs { tau_start: Some(9.0), ..no_options() }), (495, 0.5));
        assert_eq!(arrival(TemperatureArgs { tau_share: Some(0.1), ..no_options() }), (90, 0.5));
        let every = arrival(TemperatureArgs { tau_every: Some(100), ..no_options() });
        assert_eq!(every, (500, 0.5));
    }

    #[test]
    fn a_given_rate_does_not_depend_on_the_length_of_the_run() {
        let rate = TemperatureArgs { tau_rate: Some(5e-4), ..no_options() };
        assert_eq!(rate.over(fitted()).unwrap(), exponential(2.0, 0.5, 5e-4, 50));
        let both = TemperatureArgs { tau_rate: Some(0.1), tau_every: Some(7), ..no_options() };
        assert_eq!(both.over(fitted()).unwrap(), exponential(2.0, 0.5, 0.1, 7));
    }

    /// A resumed run keeps the numbers of its schedule; a published schedule stays in steps.
    #[test]
    fn a_schedule_that_is_not_fitted_stays_in_steps() {
        let base = TemperatureBase {
            schedule: exponential(1.0, 0.5, 1e-4, 500),
            by_step: exponential(1.0, 0.5, 1e-4, 500),
            steps: 1_000,
            fitted: false,
        };
        let floor = TemperatureArgs { tau_floor: Some(0.1), ..no_options() };
        assert_eq!(floor.over(base).unwrap(), exponential(1.0, 0.1, 1e-4, 500));
        let share = TemperatureArgs { tau_share: Some(0.5), ..no_options() };
        assert_eq!(share.over(base).unwrap().unwrap().settles_at(), Some(495));
        assert!(TemperatureArgs { tau_share: Some(1.5), ..no_options() }.over(base).is_err());
        assert!(TemperatureArgs { tau_floor: Some(3.0), ..no_options() }.over(fitted()).is_err());
    }
}
