//! The error of the gradient along a training: the estimator of a run against an unbiased reference for its own model.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gumbel::Key;
use gumbel_burn::estimator::Options;
use gumbel_files::csv_rows::{csv_bytes, read_rows};
use gumbel_files::output;
use gumbel_train::workers::Workers;
use gumbel_train::{Observer, Outcome, Progress, RunState, Settings, Start, TrainError};
use serde::{Deserialize, Serialize};

use super::Variant;
use super::running::{Running, in_words};
use crate::compare::{ModelSettings, compare_on_model};
use crate::comparison::{ComparisonObserver, Missing, Trainings, open};
use crate::error::LabError;
use crate::vae::config::VaeConfig;
use crate::vae::{VaeRun, test_set, train};

/// The shares of the epochs after which the error is measured.
const SHARES: [f64; 4] = [0.05, 0.2, 0.5, 1.0];
/// The test images whose gradient is measured.
const IMAGES: usize = 8;
/// The draws of each image.
const DRAWS: u64 = 1 << 12;
/// The evaluations of the cost of each image for the reference.
const REFERENCE: u64 = 1 << 14;
/// The file of the points in the folder of a run.
const POINTS: &str = "gradient.csv";

/// The error of one draw of the gradient at a point of the training, all relative to the norm of the gradient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The number of epochs done.
    pub epoch: u64,
    /// The number of steps done.
    pub step: u64,
    /// The temperature of this step; empty for an estimator without one.
    pub tau: Option<f64>,
    /// The norm of the bias, with what noise shows of it taken off.
    pub bias: f64,
    /// The standard error of `bias`, or the bias that noise alone shows.
    pub bias_error: f64,
    /// The standard deviation of a draw: the root of the total variance.
    pub deviation: f64,
    /// The root of the mean squared error of a draw: that of `bias`^2 + `deviation`^2.
    pub error: f64,
    /// The cosine of the mean with the gradient; empty where one of them is 0.
    pub cosine: Option<f64>,
}

impl Point {
    /// The largest bias that may be noise: three times that which noise shows.
    pub fn bias_noise(&self) -> f64 {
        3.0 * self.bias_error
    }
}

/// The epochs after which the error is measured, without repetitions.
pub(super) fn epochs(settings: &VaeConfig) -> Vec<u64> {
    let all = settings.epochs as f64;
    let mut epochs: Vec<u64> =
        SHARES.iter().map(|share| (share * all).round().max(1.0) as u64).collect();
    epochs.dedup();
    epochs
}

/// Passes progress on, and stops a training after an epoch.
struct StopAfter<'a> {
    inner: &'a mut dyn ComparisonObserver,
    epoch: u64,
    /// The flag that the training reads.
    flag: &'a AtomicBool,
    /// The flag of the user.
    stop: &'a AtomicBool,
}

impl Observer for StopAfter<'_> {
    fn remark(&mut self, text: &str) {
        self.inner.remark(text);
    }

    fn start(&mut self, progress: &Progress) {
        self.inner.start(progress);
    }

    fn step(&mut self, progress: &Progress) {
        self.inner.step(progress);
        if self.stop.load(Ordering::Relaxed) {
            self.flag.store(true, Ordering::Relaxed);
        }
    }

    fn epoch(&mut self, progress: &Progress) {
        self.inner.epoch(progress);
        if progress.epoch == self.epoch {
            self.flag.store(true, Ordering::Relaxed);
        }
    }

    fn finishing(&mut self) {
        self.inner.finishing();
    }
}

impl Running<'_> {
    /// Trains a run once more, and measures the error of its gradient along the way. The points that are in its folder
    /// are read, and the training goes on behind them. A list that ends early is that of a training that diverged.
    pub(super) fn gradient(
        &mut self,
        folder: &Path,
        variant: Variant,
        settings: &VaeConfig,
    ) -> Result<Result<Vec<Point>, Missing>, LabError> {
        self.trainings.number.0 += 1;
        // The cost of a bound of several samples is not that of the reference.
        let estimator = settings.make_estimator()?;
        if estimator.is_none_or(|estimator| estimator.is_for_bound()) {
            return Ok(Ok(Vec::new()));
        }
        let (file, mut began) = (folder.join(POINTS), false);
        let mut points: Vec<Point> =
            if file.is_file() { read_rows(&file).map_err(TrainError::from)? } else { Vec::new() };
        for epoch in epochs(settings) {
            if points.iter().any(|point| point.epoch == epoch) {
                continue;
            }
            if self.trainings.is_out_of_time() {
                return Ok(Err(Missing::OutOfTime));
            }
            if !began {
                let name = format!("{}, the error of its gradient", in_words(variant, settings));
                let (number, total) = self.trainings.number;
                self.trainings.observer.begin(number, total, &name);
                began = true;
            }
            match self.train_up_to(epoch, folder, settings) {
                Ok(true) => {}
                Ok(false) => return Ok(Err(Missing::Stopped)),
                Err(LabError::Train(TrainError::NotFinite { .. })) => break,
                Err(other) => return Err(other),
            }
            points.push(self.point(epoch, folder, settings)?);
            output::write(&file, &csv_bytes(&file, &points, true)?).map_err(TrainError::from)?;
        }
        Ok(Ok(points))
    }

    /// Trains up to the end of an epoch; `false` if the user stopped it before.
    fn train_up_to(
        &mut self,
        epoch: u64,
        folder: &Path,
        settings: &VaeConfig,
    ) -> Result<bool, LabError> {
        let dataset = self.images.of(settings.seed)?;
        let step = steps(settings, dataset.train.len(), epoch);
        if let Some(run) = open(folder, settings)?
            && matches!(run.state()?, RunState::Unfinished { step: Some(done) } if done == step)
        {
            return Ok(true);
        }
        let flag = AtomicBool::new(false);
        let Trainings { observer, compute, stop, .. } = &mut self.trainings;
        let mut observer = StopAfter { inner: &mut **observer, epoch, flag: &flag, stop };
        let ended =
            train(settings, dataset, folder, Start::Resume, *compute, &mut observer, &flag)?;
        Ok(match ended {
            Outcome::Stopped { step: done } => done == step,
            _ => true,
        })
    }

    fn point(
        &mut self,
        epoch: u64,
        folder: &Path,
        settings: &VaeConfig,
    ) -> Result<Point, LabError> {
        let dataset = self.images.of(settings.seed)?;
        let run = VaeRun::open(folder)?;
        let vae = run.load_vae()?;
        let (mut pixels, _) = test_set(&run, dataset)?;
        pixels.truncate(IMAGES * vae.pixels());
        let step = steps(settings, dataset.train.len(), epoch);
        let tau = settings.tau.map(|tau| tau.tau(step));
        let options = Options { samples: settings.samples, baseline: settings.baseline };
        let name = settings.estimator.expect("discrete latents");
        let wanted = ModelSettings {
            draws: DRAWS,
            reference_evaluations: REFERENCE,
            key: Key::new(settings.seed),
            only: vec![name],
            tau,
            trained_with: Some((name, options)),
            ..ModelSettings::default()
        };
        let threads = self.trainings.compute.threads;
        let workers = Workers::new(threads).map_err(|error| {
            TrainError::setting("threads", format!("cannot start {threads}: {error}"))
        })?;
        let found = compare_on_model("", &vae, &pixels, &wanted, &workers, &|_, _| {})?;
        let row = found.rows.first().expect("a row for the estimator");
        let relative = |x: f64| row.relative(x).unwrap_or(f64::NAN);
        let (bias, bias_error) = (relative(row.bias), relative(row.bias_error));
        let deviation = relative(row.total_variance.sqrt());
        let (error, cosine) = (bias.hypot(deviation), row.cosine);
        Ok(Point { epoch, step, tau, bias, bias_error, deviation, error, cosine })
    }
}

/// The steps of the first epochs of a training on this many images.
fn steps(settings: &VaeConfig, images: usize, epochs: u64) -> u64 {
    epochs * settings.plan().steps_per_epoch(images)
}
