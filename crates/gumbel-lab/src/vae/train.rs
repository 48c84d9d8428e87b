//! Training an autoencoder: the task that the shared loop runs.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::estimator::Estimator;
use gumbel_burn::{TemperatureSchedule, uniform_noise};
use gumbel_data::{Binarise, Dataset, Images, binarise_into};
use gumbel_report::Page;
use gumbel_train::report::{Better, Figure, Guide};
use gumbel_train::{
    Compute, DataRecord, EpochEnd, Health, Measured, Observer, Outcome, Part, Resident, Settings,
    Shuffle, Start, Step, Task, TrainError, figures_that_differ, train as run_training,
};

use crate::advice::few_images;
use crate::error::LabError;
use crate::vae::config::{Gradient, VaeConfig};
use crate::vae::eval::{Evaluation, evaluate};
use crate::vae::model::Vae;
use crate::vae::pixels::{Pixels, bound_of_means, means};
use crate::vae::record::{MetricsRow, Summary};
use crate::vae::{advice, pictures};
use crate::{record, streams};

/// Samples for each image in the bounds during training.
const SAMPLES_WHILE_TRAINING: u64 = 1;
/// The number of samples for each image in the bounds at the end of a training.
pub const SAMPLES_AT_THE_END: u64 = 10;
/// Training images whose bound is evaluated.
const TRAIN_IMAGES: usize = 2_000;
/// A code counts as unused when its divergence from the prior is below this, in nats.
const UNUSED: f64 = 0.01;

/// Trains a model into the folder `out`, or resumes the run that is there.
///
/// `stop` is read after each step. When it is set, the function writes a checkpoint and returns. `compute`
/// is a number of threads, or with a device [`Compute`].
///
/// # Errors
/// Settings or data that cannot be used, a folder that is taken or belongs to another run, a loss that is
/// not finite, files that cannot be written. The last good checkpoint stays.
pub fn train(
    config: &VaeConfig,
    dataset: &Dataset,
    out: &Path,
    start: Start,
    compute: impl Into<Compute>,
    observer: &mut dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome<Summary>, LabError> {
    config.check_start()?;
    check_set(dataset)?;
    config.check_size(dataset.train.pixels_per_image())?;
    let shuffle = Shuffle::new(dataset.train.len());
    if let Some(remark) = temperature_remark(config) {
        observer.remark(&remark);
    }
    let (estimator, pixels) = (config.make_estimator()?, Pixels::new(dataset, config));
    let task = VaeTask { config, estimator, dataset, pixels, shuffle, resident: Resident::new() };
    Ok(run_training(&task, out, start, compute, observer, stop)?)
}

/// The lowest temperature of a schedule.
pub(super) fn lowest(tau: TemperatureSchedule) -> f64 {
    tau.tau(0).min(tau.tau(u64::MAX))
}

/// A remark on a temperature for which the paper of the estimator does not define it.
fn temperature_remark(config: &VaeConfig) -> Option<String> {
    let (estimator, lowest) = (config.estimator?, lowest(config.tau?));
    let least = estimator.least_tau();
    (lowest < least).then(|| {
        format!(
            "{estimator} is defined for temperatures from {least} on, and that of this training goes down to {lowest}: \
             it trains, but as another estimator than that of the paper"
        )
    })
}

/// Checks that every part of a set has images, and that all have one size: an empty part has no figures.
fn check_set(dataset: &Dataset) -> Result<(), LabError> {
    let parts = [&dataset.train, &dataset.validation, &dataset.test];
    let size = |images: &Images| (images.width, images.height);
    let problem = if parts.iter().any(|part| part.is_empty()) {
        let [train, validation, test] = parts.map(Images::len);
        format!(
            "expected images to train, to validate and to test, found {train}, {validation} and {test}"
        )
    } else if dataset.train.pixels_per_image() == 0 {
        "expected images of one pixel or more, found images without pixels".to_owned()
    } else if parts.iter().any(|part| size(part) != size(&dataset.train)) {
        "expected images of one size".to_owned()
    } else {
        return Ok(());
    };
    Err(LabError::setting("data", problem))
}

struct VaeTask<'a> {
    config: &'a VaeConfig,
    estimator: Option<Box<dyn Estimator>>,
    dataset: &'a Dataset,
    pixels: Pixels,
    shuffle: Shuffle,
    /// On a graphics card: the training images of an epoch.
    resident: Resident<2>,
}

impl VaeTask<'_> {
    /// The key with which the training images are binarised for the epoch of a step.
    fn binarise_key(step: &Step) -> Key {
        step.run_key.fold_in(streams::BINARISE).fold_in(3 + step.epoch)
    }

    /// The training images of a part of a batch on a device, `[rows, pixels]`.
    fn batch_on(&self, part: &Part<'_, Vec<usize>>, device: &Device) -> Tensor<2> {
        let d = self.dataset.train.pixels_per_image();
        if !Resident::<2>::is_card(device) {
            let pixels = TensorData::new(self.images(part), [part.rows.len(), d]);
            return Tensor::from_data(pixels, device);
        }
        let shape = [self.dataset.train.len(), d];
        let upload = |values: &[f32], device: &Device| {
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), device)
        };
        let rows = part.indices().iter().copied();
        if self.config.binarise != Binarise::Dynamic {
            return self
                .resident
                .rows(0, device, rows, |device| upload(&self.pixels.train, device));
        }
        // The noise of a device is that of the processor, so the images are the same.
        self.resident.rows(part.step.epoch, device, rows, |device| {
            let grey = upload(&self.dataset.train.pixels, device);
            uniform_noise(Self::binarise_key(&part.step), shape, device).lower(grey).float()
        })
    }

    /// The pixels of the training images of a part of a batch, binarised for this epoch.
    fn images(&self, part: &Part<'_, Vec<usize>>) -> Vec<f32> {
        let d = self.dataset.train.pixels_per_image();
        let mut x = Vec::with_capacity(part.rows.len() * d);
        for &i in part.indices() {
            x.extend_from_slice(&self.pixels.train[i * d..(i + 1) * d]);
            if self.config.binarise == Binarise::Dynamic {
                let key = Self::binarise_key(&part.step);
                let place = x.len() - d;
                binarise_into(key, (i * d) as u64, self.dataset.train.image(i), &mut x[place..]);
            }
        }
        x
    }

    fn measure(
        &self,
        model: &Vae,
        at: &EpochEnd<'_, VaeConfig>,
        part: u64,
        pixels: &[f32],
        samples: u64,
    ) -> Result<Evaluation, TrainError> {
        let key = at.run_key.fold_in(streams::EVALUATE).fold_in(part);
        let evaluation = evaluate(model, pixels, samples, key, at.workers, &|_| {})?;
        if !evaluation.bound.nats.is_finite() {
            return Err(at.not_finite(format!("the bound is {}", evaluation.bound.nats)));
        }
        Ok(evaluation)
    }

    fn train_images(&self) -> &[f32] {
        let d = self.dataset.train.pixels_per_image();
        &self.pixels.train[..d * TRAIN_IMAGES.min(self.dataset.train.len())]
    }
}

impl Task for VaeTask<'_> {
    type Settings = VaeConfig;
    type Model = Vae;
    type Batch = Vec<usize>;
    type Memory = ();
    type Row = MetricsRow;

    fn settings(&self) -> &VaeConfig {
        self.config
    }

    fn data(&self) -> DataRecord {
        record::of_dataset(self.dataset)
    }

    fn examples(&self) -> usize {
        self.dataset.train.len()
    }

    fn schedule(&self) -> Option<TemperatureSchedule> {
        self.config.tau
    }

    fn guide(&self) -> Guide {
        let figure = Figure {
            column: "validation_bound",
            name: "validation bound",
            factor: 1.0,
            unit: " nats",
            better: Better::Lower,
            remedy: "a smaller model (--hidden, --latents)",
        };
        let entropy = self.estimator.is_some().then_some("entropy");
        Guide {
            figure: Some(figure),
            entropy,
            epochs: Some("--epochs"),
            cooler: "a new run with --tau-share 0.5",
            ..Guide::default()
        }
    }

    fn init(&self, key: Key, device: &Device) -> Vae {
        let means = means(&self.pixels.train, self.dataset.train.pixels_per_image());
        Vae::new(self.config, &means, key, device)
    }

    fn memory(&self, _: &Vae, _: Key) {}

    fn batch(&self, _: &Vae, (): &mut (), step: &Step) -> Result<Vec<usize>, TrainError> {
        Ok(self.shuffle.indices(step))
    }

    fn objective(
        &self,
        model: &Vae,
        part: &Part<'_, Vec<usize>>,
        device: &Device,
    ) -> Result<Tensor<1>, TrainError> {
        let x = self.batch_on(part, device);
        let tau = self.config.temperature(part.step.number);
        let gradient = match &self.estimator {
            Some(estimator) => Gradient::Estimated { estimator: estimator.as_ref(), tau },
            None => Gradient::Reparameterised,
        };
        Ok(model.objective(x, gradient, part.step.noise, part.rows.start)?)
    }

    fn evaluate(
        &self,
        model: &Vae,
        (): &(),
        at: &EpochEnd<'_, VaeConfig>,
    ) -> Result<(MetricsRow, Measured), TrainError> {
        let bound = |part, pixels| self.measure(model, at, part, pixels, SAMPLES_WHILE_TRAINING);
        let train = bound(streams::TRAIN, self.train_images())?;
        let validation = bound(streams::VALIDATION, &self.pixels.validation)?;
        let row = MetricsRow {
            epoch: at.epochs,
            step: at.steps,
            tau: self.tau(at.steps - 1),
            objective: at.objective,
            train_bound: train.bound.nats,
            validation_bound: validation.bound.nats,
            validation_kl: validation.kl,
            entropy: validation.code.entropy(),
        };
        Ok((row, Measured { name: "bound", value: validation.bound.nats, unit: "" }))
    }

    fn finish(
        &self,
        model: &Vae,
        (): &(),
        at: &EpochEnd<'_, VaeConfig>,
        mut health: Health,
    ) -> Result<(Summary, Page), TrainError> {
        let bound = |part, pixels| self.measure(model, at, part, pixels, SAMPLES_AT_THE_END);
        let test = bound(streams::TEST, &self.pixels.test)?;
        let train = bound(streams::FINAL_TRAIN, self.train_images())?;
        let d = self.dataset.train.pixels_per_image();
        let mean_image = bound_of_means(&means(&self.pixels.train, d), &self.pixels.test);
        if health.diverged.is_none() && test.bound.nats >= mean_image {
            let [bound, mean_image] = figures_that_differ(test.bound.nats, mean_image);
            health.warnings.push(format!(
                "the test bound, {bound} nats, is not below the {mean_image} nats of the mean image \
                 alone: the code is not used"
            ));
        } else if health.diverged.is_none() && test.kl < UNUSED {
            health.warnings.push(format!(
                "the divergence of the code from its prior is {:.1e} nats for a test image: the code \
                 is not used",
                test.kl
            ));
        }
        if health.diverged.is_none() && health.warnings.is_empty() {
            health.advice.extend(advice::of_code(self.config.latents, &test.code));
        }
        let sets = [("validation", &self.pixels.validation), ("test", &self.pixels.test)];
        health.advice.extend(few_images(sets.map(|(name, pixels)| (name, pixels.len() / d))));
        let summary = Summary {
            test_bound_nats: test.bound.nats,
            se: test.bound.se,
            samples: test.bound.samples,
            estimator: self.config.estimator_name().to_owned(),
            epochs: self.config.epochs,
            images: test.bound.images,
            test_kl_nats: test.kl,
            train_bound_nats: train.bound.nats,
            data: at.folder.data().name.clone(),
            binarise: self.config.binarise.to_string(),
            steps: at.steps,
            health,
        };
        let key = at.run_key.fold_in(streams::PICTURES);
        let page = pictures::page(at.folder, model, &self.pixels.test, &test, &summary, key)?;
        Ok((summary, page))
    }
}
