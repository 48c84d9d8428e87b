//! `gumbel reproduce estimators`: gradient estimators in the training of one autoencoder.
//!
//! Each estimator gets the same search: first of the temperature, at the default learning rate, then of the learning
//! rate at the best temperature, by factors of 3 in the direction that helps, both by the bound on the validation
//! images of seed 0. With the best of both it is trained once for each seed. One more training of seed 0 stops on its
//! way and measures the error of the gradient. Finished runs are left alone and interrupted ones are resumed, so a
//! comparison can be stopped and started again.

mod figures;
mod gradient;
mod running;
mod table;
mod variants;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use gumbel_burn::TemperatureSchedule;
use gumbel_data::{DataError, Dataset};
use gumbel_files::csv_rows::read_rows;
use gumbel_train::run::read_metrics;
use gumbel_train::{Compute, RunState, Settings};
use serde::Deserialize;

pub use gradient::Point;
use running::{Images, Running};
pub use table::{Row, table};
pub use variants::Variant;

use crate::comparison::{ComparisonObserver, Missing, Trainings};
use crate::error::LabError;
use crate::vae::Summary;
use crate::vae::config::VaeConfig;
use crate::vae::record::MetricsRow;
use crate::vae::run::VaeRun;
use crate::vae::train::lowest;

/// The temperatures that are searched, besides the schedule of the default estimator: those for which the estimator is
/// defined.
pub const TEMPERATURES: [f64; 3] = [0.5, 1.0, 1.5];
/// The learning rates that are searched, as factors of the default one: each is tried if the one before it helped.
pub const RATES: [[f64; 2]; 2] = [[3.0, 9.0], [1.0 / 3.0, 1.0 / 9.0]];
/// The most learning rates that are tried besides the default one.
const MOST_RATES: usize = 3;
/// The share of the epochs, the last ones, over which the validation bound is averaged in the search.
const AVERAGED: usize = 10;

/// A comparison of estimators.
///
/// ```
/// use std::sync::atomic::AtomicBool;
///
/// use gumbel_lab::vae::VaeConfig;
/// use gumbel_lab::vae::comparison::{Comparison, Progress, report};
///
/// let base = VaeConfig::defaults("digits").with_latents("2x2".parse()?);
/// let base = VaeConfig { epochs: 1, hidden: vec![8], ..base };
/// let variants = vec!["zgr".parse()?];
/// let comparison = Comparison { seeds: 2, variants, ..Comparison::new(base) };
/// let out = tempfile::tempdir()?;
/// let mut load = |seed| gumbel_data::load("digits", None, seed);
/// let stop = AtomicBool::new(false);
/// let ended = comparison.run(out.path(), 2, &mut load, &mut (), &stop)?;
/// let Progress::Complete(finished) = ended else { panic!("nothing stops it") };
/// assert_eq!(finished[0].runs.len(), 2);
/// report(&comparison, &finished, out.path())?;
/// assert!(out.path().join("estimators.md").is_file());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The settings that all estimators share.
    pub base: VaeConfig,
    /// The estimators, in the order in which they are trained.
    pub variants: Vec<Variant>,
    /// The number of seeds; the seeds are 0, 1, ...
    pub seeds: u64,
    /// The time after which no further run is begun.
    pub budget: Option<Duration>,
}

/// The end of a call of [`Comparison::run`]. A complete list has the estimators that were trained, and others with the same
/// settings that are finished in the folder, for as many seeds. The observer hears of others in the folder, with the reason
/// why they are left out.
pub type Progress = crate::comparison::Progress<Finished>;

/// The finished runs of an estimator with the best settings of its search.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The estimator.
    pub variant: Variant,
    /// The settings that the search found, with seed 0.
    pub settings: VaeConfig,
    /// The settings that were tried, with the bound on the validation images.
    pub search: Vec<(VaeConfig, f64)>,
    /// The runs, seed by seed, without those that diverged.
    pub runs: Vec<Run>,
    /// The number of seeds whose training diverged.
    pub diverged: usize,
    /// The error of the gradient along the training of seed 0. Empty for an estimator of a bound of several samples,
    /// and if that training diverged.
    pub gradient: Vec<Point>,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The folder of the run.
    pub folder: PathBuf,
    /// The seed of the run.
    pub seed: u64,
    /// The result of the run.
    pub summary: Summary,
    /// The step and the validation bound of each epoch.
    pub curve: Vec<(f64, f64)>,
    /// The training steps a second in the median epoch, without the time of evaluation.
    pub steps_per_second: f64,
}

#[derive(Debug, Deserialize)]
struct Timing {
    step: u64,
    train_seconds: f64,
}

impl Comparison {
    /// The default number of seeds.
    pub const SEEDS: u64 = 5;

    /// The comparison of all estimators that are cheap enough, with the settings of `base`.
    pub fn new(base: VaeConfig) -> Self {
        let variants = Variant::all(&base);
        Self { base, variants, seeds: Self::SEEDS, budget: None }
    }

    /// The settings at which the temperature of an estimator is searched: with the schedule of the default estimator,
    /// and with constants. An estimator without a temperature has one.
    fn temperatures(&self, variant: Variant) -> Vec<VaeConfig> {
        let plain = variant.settings(self.base.clone());
        if plain.tau.is_none() {
            return vec![plain];
        }
        let schedules = TEMPERATURES.map(|tau| Some(TemperatureSchedule::Constant { tau }));
        let all = std::iter::once(self.base.tau).chain(schedules);
        let least = variant.estimator.least_tau();
        let defined =
            |tau: &Option<TemperatureSchedule>| tau.is_none_or(|tau| lowest(tau) >= least);
        all.filter(defined).map(|tau| VaeConfig { tau, ..plain.clone() }).collect()
    }

    /// The largest number of runs: the search, the other seeds, and the one whose gradient is measured.
    pub fn runs(&self) -> usize {
        let other_seeds = (self.seeds as usize).saturating_sub(1);
        let of = |&variant| self.temperatures(variant).len() + MOST_RATES + other_seeds + 1;
        self.variants.iter().map(of).sum()
    }

    /// The folder of a run.
    fn folder(out: &Path, variant: Variant, settings: &VaeConfig) -> PathBuf {
        let tau = match settings.tau {
            None => String::new(),
            Some(TemperatureSchedule::Constant { tau }) => format!("-tau-{tau}"),
            Some(_) => "-tau-annealed".to_owned(),
        };
        out.join(name(variant)).join(format!("lr-{}{tau}-seed-{}", settings.lr, settings.seed))
    }

    /// Trains all runs of the comparison that are not finished. `load` loads the images for a seed.
    ///
    /// # Errors
    /// Those of [`train`](crate::vae::train()) and of `load`; settings that no training can have.
    pub fn run(
        &self,
        out: &Path,
        compute: impl Into<Compute>,
        load: &mut dyn FnMut(u64) -> Result<Dataset, DataError>,
        observer: &mut dyn ComparisonObserver,
        stop: &AtomicBool,
    ) -> Result<Progress, LabError> {
        if out.join("config.toml").is_file() {
            let problem = "is the folder of a single run: a comparison needs its own folder";
            return Err(LabError::run(out, problem));
        }
        // Checks all settings before hours of training.
        for &variant in &self.variants {
            for settings in self.temperatures(variant) {
                settings.check_start()?;
            }
        }
        let until = self.budget.and_then(|budget| Instant::now().checked_add(budget));
        let number = (0, self.runs());
        let trainings = Trainings { compute: compute.into(), observer, stop, until, number };
        let mut running = Running { trainings, images: Images { load, loaded: None } };
        let (mut finished, mut complete) = (Vec::new(), true);
        for &variant in &self.variants {
            // Without time, runs that are finished are still read.
            match self.of_variant(out, variant, &mut running)? {
                Ok(one) => finished.push(one),
                Err(Missing::Stopped) => return Ok(Progress::Stopped),
                Err(Missing::OutOfTime) => complete = false,
            }
        }
        // A report of some estimators has the others too that were trained before, with the same settings.
        running.trainings.until = Some(Instant::now());
        let others = Variant::all(&self.base).into_iter().filter(|v| !self.variants.contains(v));
        for variant in others {
            match self.of_variant(out, variant, &mut running) {
                Ok(Ok(one)) => finished.push(one),
                _ if !out.join(name(variant)).is_dir() => {}
                Ok(Err(_)) => {
                    let reason = self.missing(out, variant, &mut running);
                    running
                        .trainings
                        .observer
                        .remark(&format!("{variant} is not in the table: {reason}"));
                }
                Err(error) => {
                    running
                        .trainings
                        .observer
                        .remark(&format!("{variant} is not in the table: {error}"));
                }
            }
        }
        Ok(if complete { Progress::Complete(finished) } else { Progress::OutOfTime(finished) })
    }

    /// Why an estimator that was trained before is not finished.
    fn missing(&self, out: &Path, variant: Variant, running: &mut Running<'_>) -> String {
        let fewer = (1..self.seeds).rev().find(|&seeds| {
            let fewer = Self { seeds, ..self.clone() };
            matches!(fewer.of_variant(out, variant, running), Ok(Ok(_)))
        });
        let with = format!("--only {variant} --seeds {} finishes it", self.seeds);
        match fewer {
            Some(seeds) => format!("it is finished for {seeds} of {} seeds; {with}", self.seeds),
            None => format!("its search or the error of its gradient is not finished; {with}"),
        }
    }

    fn of_variant(
        &self,
        out: &Path,
        variant: Variant,
        running: &mut Running<'_>,
    ) -> Result<Result<Finished, Missing>, LabError> {
        let mut search: Vec<(VaeConfig, Option<Run>)> = Vec::new();
        let mut tried = |settings: VaeConfig, search: &mut Vec<_>| {
            let run = running.run(&Self::folder(out, variant, &settings), variant, &settings)?;
            Ok::<_, LabError>(run.map(|run| search.push((settings, run))))
        };
        for settings in self.temperatures(variant) {
            if let Err(missing) = tried(settings, &mut search)? {
                return Ok(Err(missing));
            }
        }
        let at_default = search[best(&search)].0.clone();
        let mut rates = 0;
        for direction in RATES {
            for factor in direction {
                let before = best(&search);
                let lr = rounded(self.base.lr * factor);
                if let Err(missing) = tried(VaeConfig { lr, ..at_default.clone() }, &mut search)? {
                    return Ok(Err(missing));
                }
                rates += 1;
                if best(&search) == before {
                    break;
                }
            }
            // The other direction is tried only if the first did not help.
            if search[best(&search)].0.lr != self.base.lr {
                break;
            }
        }
        let total = &mut running.trainings.number.1;
        *total = total.saturating_sub(MOST_RATES - rates);
        let (settings, first) = search[best(&search)].clone();
        let search = search.into_iter().map(|(settings, run)| {
            let bound = validation(run.as_ref());
            (settings, bound)
        });
        let search = search.collect();
        let (mut runs, mut diverged) = (Vec::new(), 0);
        for seed in 0..self.seeds {
            let settings = VaeConfig { seed, ..settings.clone() };
            let folder = Self::folder(out, variant, &settings);
            let ended = match seed {
                0 => Ok(first.clone()),
                _ => running.run(&folder, variant, &settings)?,
            };
            match ended {
                Ok(Some(run)) => runs.push(run),
                Ok(None) => diverged += 1,
                Err(missing) => return Ok(Err(missing)),
            }
        }
        let folder = out.join(name(variant)).join("gradient");
        let gradient = match first {
            None => Vec::new(),
            Some(_) => match running.gradient(&folder, variant, &settings)? {
                Ok(points) => points,
                Err(missing) => return Ok(Err(missing)),
            },
        };
        Ok(Ok(Finished { variant, settings, search, runs, diverged, gradient }))
    }
}

/// The name of the folder of an estimator.
fn name(variant: Variant) -> String {
    variant.to_string().replace(':', "-")
}

/// The bound by which runs of the search are compared: infinite for one that diverged.
fn validation(run: Option<&Run>) -> f64 {
    run.map_or(f64::INFINITY, Run::validation)
}

/// The place of the best run of a search.
fn best(search: &[(VaeConfig, Option<Run>)]) -> usize {
    let bound = |i: &usize| validation(search[*i].1.as_ref());
    (0..search.len()).min_by(|a, b| bound(a).total_cmp(&bound(b))).expect("a temperature")
}

/// A number with two significant digits, as it is written in the name of a folder.
fn rounded(x: f64) -> f64 {
    format!("{x:.1e}").parse().expect("a number that was just written")
}

/// A schedule in a few words.
pub(super) fn words(tau: TemperatureSchedule) -> String {
    match tau {
        TemperatureSchedule::Constant { tau } => tau.to_string(),
        TemperatureSchedule::Exponential { start, floor, .. } => format!("{start} to {floor}"),
        other => format!("{} at the start", other.tau(0)),
    }
}

impl Run {
    fn read(folder: &Path) -> Result<Self, LabError> {
        let run = VaeRun::open(folder)?;
        let RunState::Finished(summary) = run.state()? else {
            return Err(LabError::run(folder, "is not finished"));
        };
        let metrics: Vec<MetricsRow> = read_metrics(folder)?;
        let curve = metrics.iter().map(|row| (row.step as f64, row.validation_bound)).collect();
        let timing: Vec<Timing> = read_rows(&folder.join("timing.csv"))?;
        let per_epoch = timing.first().map_or(0, |first| first.step) as f64;
        // A resumed epoch was timed only in part, so the median is taken.
        let mut seconds: Vec<f64> = timing.iter().map(|row| row.train_seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let median = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::INFINITY);
        let steps_per_second = per_epoch / median.max(f64::MIN_POSITIVE);
        let (folder, seed) = (folder.to_owned(), run.config().seed);
        Ok(Self { folder, seed, summary, curve, steps_per_second })
    }

    /// The bound on the validation images, averaged over the last tenth of the epochs.
    fn validation(&self) -> f64 {
        let n = (self.curve.len() / AVERAGED).max(1);
        let last = self.curve.iter().rev().take(n).map(|(_, bound)| bound);
        last.sum::<f64>() / n as f64
    }
}

/// Writes `estimators.md`, `estimators.csv`, `search.csv`, the pictures and `report.html` into the folder.
///
/// # Errors
/// Files that cannot be written; no finished estimator.
pub fn report(comparison: &Comparison, finished: &[Finished], out: &Path) -> Result<(), LabError> {
    let rows = table(finished);
    if rows.is_empty() {
        let problem = match finished {
            [] => "has no estimator with all its runs yet",
            _ => "has no run that did not diverge",
        };
        return Err(LabError::run(out, problem));
    }
    table::write(&rows, finished, out)?;
    figures::write(comparison, &rows, finished, out)
}
