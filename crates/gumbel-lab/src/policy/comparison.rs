//! `gumbel reproduce policies`: the ways to a gradient through an agent's choice, at equal environment steps.
//!
//! Each method is trained with its default settings for several seeds; in a maze each seed has a map of its own. The
//! return is read off at equal numbers of environment steps. In a maze, two more trainings of seed 0 end early and at
//! half of the steps, and the gradient of their policies is held against the exact one. Finished runs are left alone
//! and interrupted ones are resumed, so a comparison can be stopped and started again.

mod figures;
mod gradient;
mod table;
mod variants;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use gumbel_files::csv_rows::read_rows;
use gumbel_train::run::read_metrics;
use gumbel_train::{Compute, RunState, Settings, Start};
use serde::Deserialize;

pub use gradient::Point;
pub use table::{Row, table};
pub use variants::Variant;

use super::config::{EnvironmentName, PolicyConfig};
use super::record::{MetricsRow, Summary};
use super::run::PolicyRun;
use super::train::train;
use crate::comparison::{ComparisonObserver, Ended, Missing, Trainings};
use crate::error::LabError;

/// The shares of the evaluations after which the gradient is measured.
const SHARES: [f64; 2] = [0.05, 0.5];

/// A comparison of methods in one environment.
///
/// ```
/// use std::sync::atomic::AtomicBool;
///
/// use gumbel_lab::policy::EnvironmentName;
/// use gumbel_lab::policy::comparison::{Comparison, Progress, report};
///
/// let variants = vec!["exact".parse()?, "reinforce".parse()?];
/// let comparison =
///     Comparison { variants, seeds: 2, epochs: Some(2), ..Comparison::new(EnvironmentName::Maze) };
/// let out = tempfile::tempdir()?;
/// let ended = comparison.run(out.path(), 2, &mut (), &AtomicBool::new(false))?;
/// let Progress::Complete(finished) = ended else { panic!("nothing stops it") };
/// assert_eq!(finished[0].runs.len(), 2);
/// report(&comparison, &finished, out.path())?;
/// assert!(out.path().join("policies.md").is_file());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The environment.
    pub env: EnvironmentName,
    /// The methods, in the order in which they are trained.
    pub variants: Vec<Variant>,
    /// The number of seeds; the seeds are 0, 1, ...
    pub seeds: u64,
    /// The number of evaluations of each training, if it is not the default.
    pub epochs: Option<u64>,
    /// The time after which no further run is begun.
    pub budget: Option<Duration>,
}

/// The end of a call of [`Comparison::run`].
pub type Progress = crate::comparison::Progress<Finished>;

/// The finished runs of a method.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The method.
    pub variant: Variant,
    /// The runs, seed by seed, without those that diverged.
    pub runs: Vec<Run>,
    /// The number of seeds whose training diverged.
    pub diverged: usize,
    /// The error of the gradient early and late in the training of seed 0. Empty outside mazes, and for methods that
    /// learn from remembered transitions.
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
    /// The evaluations of the run.
    pub rows: Vec<MetricsRow>,
    /// The seconds of training, without those of evaluation.
    pub seconds: f64,
}

#[derive(Debug, Deserialize)]
struct Timing {
    train_seconds: f64,
}

impl Run {
    fn read(folder: &Path) -> Result<Self, LabError> {
        let run = PolicyRun::open(folder)?;
        let RunState::Finished(summary) = run.state()? else {
            return Err(LabError::run(folder, "is not finished"));
        };
        let timing: Vec<Timing> = read_rows(&folder.join("timing.csv"))?;
        Ok(Self {
            folder: folder.to_owned(),
            seed: run.config().seed,
            summary,
            rows: read_metrics(folder)?,
            seconds: timing.iter().map(|row| row.train_seconds).sum(),
        })
    }

    /// What an evaluation is worth: in a maze the regret of the policy, a share of the way from uniform choices to the
    /// best, elsewhere the return.
    pub fn score(&self, of_policy: f64) -> f64 {
        match (self.summary.optimal_return, self.summary.uniform_return) {
            (Some(best), Some(uniform)) if best > uniform => (best - of_policy) / (best - uniform),
            _ => of_policy,
        }
    }

    /// The environment steps and the score of each evaluation; empty for a method that takes no steps.
    pub fn curve(&self) -> Vec<(f64, f64)> {
        let taken = self.rows.iter().filter(|row| row.environment_steps > 0);
        taken.map(|row| (row.environment_steps as f64, self.score(row.of_policy))).collect()
    }

    /// The score after at most so many environment steps, from the last evaluation by then; in a maze, before the first
    /// one, the 1 of uniform choices. `None` elsewhere, and for a method that takes no steps.
    pub fn score_after(&self, steps: u64) -> Option<f64> {
        self.rows.iter().find(|row| row.environment_steps > 0)?;
        match self.rows.iter().rfind(|row| row.environment_steps <= steps) {
            Some(row) => Some(self.score(row.of_policy)),
            None => self.summary.uniform_return.map(|_| 1.0),
        }
    }
}

impl Comparison {
    /// The comparison of the methods that suit an environment.
    pub fn new(env: EnvironmentName) -> Self {
        let seeds = Self::default_seeds(env);
        Self { env, variants: Variant::all(env), seeds, epochs: None, budget: None }
    }

    /// The default number of seeds: 20 mazes, 5 trainings on a cart, 3 of particles.
    pub fn default_seeds(env: EnvironmentName) -> u64 {
        match env {
            EnvironmentName::Maze => 20,
            EnvironmentName::Cartpole => 5,
            EnvironmentName::Particles => 3,
        }
    }

    /// The numbers of environment steps at which returns are compared: at or just after evaluations of the default methods.
    pub fn steps(&self) -> [u64; 3] {
        match self.env {
            EnvironmentName::Maze => [10_240, 51_200, 153_600],
            EnvironmentName::Cartpole => [26_000, 78_000, 156_000],
            EnvironmentName::Particles => [50_250, 125_250, 250_250],
        }
    }

    fn measures_gradients(&self, variant: Variant) -> bool {
        self.env == EnvironmentName::Maze && !variant.method.is_off_policy()
    }

    /// The number of trainings.
    pub fn runs(&self) -> usize {
        let of = |&variant: &Variant| {
            let default = || PolicyConfig::defaults(self.env, variant.method).epochs;
            let measured = match self.measures_gradients(variant) {
                true => early_and_late(self.epochs.unwrap_or_else(default)).len(),
                false => 0,
            };
            self.seeds as usize + measured
        };
        self.variants.iter().map(of).sum()
    }

    /// Trains all runs of the comparison that are not finished.
    ///
    /// # Errors
    /// Those of [`train`](crate::policy::train()); settings that no training can have.
    pub fn run(
        &self,
        out: &Path,
        compute: impl Into<Compute>,
        observer: &mut dyn ComparisonObserver,
        stop: &AtomicBool,
    ) -> Result<Progress, LabError> {
        if out.join("config.toml").is_file() {
            let problem = "is the folder of a single run: a comparison needs its own folder";
            return Err(LabError::run(out, problem));
        }
        // Checks all settings before the trainings.
        for &variant in &self.variants {
            let settings = variant.settings(self.env, 0, self.epochs)?;
            settings.check_start().map_err(|error| {
                LabError::setting("only", format!("{variant} in {}: {error}", self.env))
            })?;
        }
        let until = self.budget.and_then(|budget| Instant::now().checked_add(budget));
        let number = (0, self.runs());
        let mut trainings = Trainings { compute: compute.into(), observer, stop, until, number };
        let (mut finished, mut complete) = (Vec::new(), true);
        for &variant in &self.variants {
            match self.of_variant(out, variant, &mut trainings)? {
                Ok(one) => finished.push(one),
                Err(Missing::Stopped) => return Ok(Progress::Stopped),
                // Runs that are finished are still read.
                Err(Missing::OutOfTime) => complete = false,
            }
        }
        Ok(if complete { Progress::Complete(finished) } else { Progress::OutOfTime(finished) })
    }

    fn of_variant(
        &self,
        out: &Path,
        variant: Variant,
        trainings: &mut Trainings<'_>,
    ) -> Result<Result<Finished, Missing>, LabError> {
        let (mut runs, mut diverged) = (Vec::new(), 0);
        for seed in 0..self.seeds {
            let settings = variant.settings(self.env, seed, self.epochs)?;
            let folder = self.folder(out, variant).join(format!("seed-{seed}"));
            match one(trainings, &folder, &settings, &format!("{variant}, seed {seed}"))? {
                Ok(Ended::Finished) => {
                    let run = Run::read(&folder)?;
                    match run.summary.health.diverged {
                        None => runs.push(run),
                        Some(_) => diverged += 1,
                    }
                }
                Ok(Ended::Diverged) => diverged += 1,
                Err(missing) => return Ok(Err(missing)),
            }
        }
        let mut gradient = Vec::new();
        if self.measures_gradients(variant) {
            let whole = variant.settings(self.env, 0, self.epochs)?;
            for epochs in early_and_late(whole.epochs) {
                let settings = PolicyConfig { epochs, ..whole.clone() };
                let folder = self.folder(out, variant).join(format!("gradient-{epochs}"));
                let name = format!("{variant}, seed 0, the error of its gradient");
                match one(trainings, &folder, &settings, &name)? {
                    Ok(Ended::Finished) => {
                        match gradient::of_run(&settings, &folder, trainings.stop)? {
                            Some(point) => gradient.push(point),
                            None => return Ok(Err(Missing::Stopped)),
                        }
                    }
                    Ok(Ended::Diverged) => {}
                    Err(missing) => return Ok(Err(missing)),
                }
            }
        }
        Ok(Ok(Finished { variant, runs, diverged, gradient }))
    }

    /// The folder of a method.
    fn folder(&self, out: &Path, variant: Variant) -> PathBuf {
        out.join(variant.to_string().replace(':', "-"))
    }
}

/// The evaluations after which the gradient is measured, without repetitions.
fn early_and_late(epochs: u64) -> Vec<u64> {
    let mut all = SHARES.map(|share| (share * epochs as f64).round().max(1.0) as u64).to_vec();
    all.dedup();
    all
}

/// Trains a run unless it has ended.
fn one(
    trainings: &mut Trainings<'_>,
    folder: &Path,
    settings: &PolicyConfig,
    name: &str,
) -> Result<Result<Ended, Missing>, LabError> {
    trainings.run(folder, settings, name, |observer, compute, stop| {
        train(settings, folder, Start::Resume, compute, observer, stop)
    })
}

/// Writes `policies.md`, `policies.csv`, `curves.csv`, the pictures and `report.html` into the folder.
///
/// # Errors
/// Files that cannot be written; no finished method.
pub fn report(comparison: &Comparison, finished: &[Finished], out: &Path) -> Result<(), LabError> {
    let rows = table(comparison, finished);
    if rows.is_empty() {
        let problem = match finished {
            [] => "has no method with all its runs yet",
            _ => "has no run that did not diverge",
        };
        return Err(LabError::run(out, problem));
    }
    table::write(comparison, &rows, finished, out)?;
    figures::write(comparison, &rows, finished, out)
}
