//! Training: shards of each batch side by side, gradients added in order, a checkpoint to go on from.
//!
//! Everything random is a function of the seed and of a position: the weights, the order of the
//! images in an epoch, the binarisation of a pixel, the noise of a latent in a step. So a run that
//! was killed goes on from its last checkpoint as if nothing had happened, to the bit, and the
//! number of threads cannot matter.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::kind::BridgeTensor;
use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::Error as SamplingError;

use crate::data::shuffle::permutation;
use crate::data::{Binarise, Dataset, binarise_into};
use crate::error::LabError;
use crate::optimizer::Optimizer;
use crate::parameters;
use crate::run::{Checkpoint, Metrics, MetricsRow, Position, RunFolder, Start, Summary};
use crate::vae::config::Gradient;
use crate::vae::config::VaeConfig;
use crate::vae::eval::{CodeUse, Evaluation, evaluate};
use crate::vae::model::Vae;
use crate::vae::observer::{Observer, Outcome, Progress};
use crate::vae::pictures;
use crate::vae::pixels::{Pixels, means};
use crate::vae::streams as stream;
use crate::vae::values::floats;
use crate::workers::Workers;

/// Samples for each image in the bounds during training.
const SAMPLES_WHILE_TRAINING: u64 = 1;
/// Samples for each image in the bound at the end.
pub const SAMPLES_AT_THE_END: u64 = 10;
/// Training images whose bound is followed.
const FOLLOWED: usize = 2_000;
/// Checkpoints are written at the end of an epoch, but not more often than this.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(1);

/// Trains a model into the folder `out`, or goes on with it.
///
/// `stop` is looked at after each step: when it is set, a checkpoint is written and the function
/// returns. `threads` changes the time and nothing else.
///
/// # Errors
/// Settings or data that cannot be used, a folder that is taken or does not fit, a loss that stops
/// being a number, files that cannot be written. The last good checkpoint stays.
pub fn train(
    config: &VaeConfig,
    dataset: &Dataset,
    out: &Path,
    start: Start,
    threads: usize,
    observer: &mut dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome, LabError> {
    config.check()?;
    let workers = Workers::new(threads).map_err(|error| {
        LabError::setting("threads", format!("cannot start {threads}: {error}"))
    })?;
    let folder = RunFolder::prepare(out, config, dataset, start)?;
    let _lock = folder.lock()?;
    if let Some(summary) = folder.summary()? {
        return Ok(Outcome::AlreadyFinished(summary));
    }
    let mut trainer = Trainer::new(config, dataset, &folder, &workers)?;
    observer.start(&trainer.progress());
    let steps = trainer.steps;
    while trainer.position.step < steps {
        let began = Instant::now();
        trainer.step()?;
        trainer.training_time += began.elapsed();
        observer.step(&trainer.progress());
        if trainer.position.step.is_multiple_of(trainer.steps_per_epoch) {
            trainer.finish_epoch()?;
            observer.epoch(&trainer.progress());
        }
        if stop.load(Ordering::Relaxed) {
            trainer.save()?;
            return Ok(Outcome::Stopped { step: trainer.position.step });
        }
    }
    observer.finishing();
    trainer.finish().map(Outcome::Finished)
}

struct Trainer<'a> {
    config: &'a VaeConfig,
    dataset: &'a Dataset,
    folder: &'a RunFolder,
    workers: &'a Workers,
    pixels: Pixels,
    key: Key,
    device: Device,
    model: Vae,
    optimizer: Optimizer,
    metrics: Metrics,
    position: Position,
    steps_per_epoch: u64,
    steps: u64,
    order: Option<(u64, Vec<usize>)>,
    last_objective: f64,
    last_validation: Option<f64>,
    last_save: Option<Instant>,
    training_time: Duration,
}

impl<'a> Trainer<'a> {
    fn new(
        config: &'a VaeConfig,
        dataset: &'a Dataset,
        folder: &'a RunFolder,
        workers: &'a Workers,
    ) -> Result<Self, LabError> {
        let device = Device::flex().autodiff();
        let key = Key::new(config.seed);
        let pixels = Pixels::new(dataset, config);
        let d = dataset.train.pixels_per_image();
        let path = Checkpoint::path(folder.path());
        let fresh = || {
            let means = means(&pixels.train, d);
            Vae::new(config, &means, key.fold_in(stream::WEIGHTS), &device)
        };
        let (model, stored, position) = match Checkpoint::load(&path)? {
            None => (fresh(), None, None),
            Some(checkpoint) => {
                folder.check_owner(&path, &checkpoint)?;
                if checkpoint.position.is_none() {
                    return Err(LabError::run(
                        &path,
                        "holds final weights and no place to go on from",
                    ));
                }
                let model = Vae::with_weights(config, d, checkpoint.weights, &device)
                    .map_err(|problem| LabError::run(&path, problem))?;
                (model, Some(checkpoint.optimizer), checkpoint.position)
            }
        };
        let leaves = parameters::collect(&model);
        let mut optimizer = Optimizer::new(config.optimizer, leaves.len());
        if let Some(stored) = stored
            && !optimizer.restore(&leaves, stored, &Device::flex())
        {
            return Err(LabError::run(&path, "lacks a part of the optimiser state"));
        }
        let metrics = Metrics::open(folder.path(), position.as_ref())?;
        let steps_per_epoch = dataset.train.len().div_ceil(config.batch) as u64;
        let start = Position { step: 0, objective_bits: 0, metrics_bytes: 0 };
        Ok(Self {
            config,
            dataset,
            folder,
            workers,
            pixels,
            key,
            device,
            model,
            optimizer,
            metrics,
            position: position.unwrap_or(start),
            steps_per_epoch,
            steps: steps_per_epoch * config.epochs,
            order: None,
            last_objective: f64::NAN,
            last_validation: None,
            last_save: None,
            training_time: Duration::ZERO,
        })
    }

    fn progress(&self) -> Progress {
        Progress {
            epoch: self.position.step / self.steps_per_epoch,
            epochs: self.config.epochs,
            step: self.position.step,
            steps: self.steps,
            objective: self.last_objective,
            validation_bound: self.last_validation,
            tau: self.tau(self.position.step.min(self.steps - 1)),
        }
    }

    fn tau(&self, step: u64) -> Option<f64> {
        self.config.tau.map(|schedule| schedule.tau(step))
    }

    /// The indices of the images of a step: the epoch's own permutation, cut into batches.
    fn batch(&mut self, step: u64) -> Vec<usize> {
        let (epoch, place) = (step / self.steps_per_epoch, step % self.steps_per_epoch);
        let n = self.dataset.train.len();
        if self.order.as_ref().is_none_or(|(of, _)| *of != epoch) {
            let key = self.key.fold_in(stream::SHUFFLE).fold_in(epoch);
            self.order = Some((epoch, permutation(key, n)));
        }
        let order = self.order.as_ref().map_or(&[][..], |(_, order)| order);
        let first = place as usize * self.config.batch;
        order[first..n.min(first + self.config.batch)].to_vec()
    }

    /// The pixels of some training images, as this epoch sees them.
    fn images(&self, epoch: u64, indices: &[usize]) -> Vec<f32> {
        let d = self.dataset.train.pixels_per_image();
        let mut x = Vec::with_capacity(indices.len() * d);
        for &i in indices {
            x.extend_from_slice(&self.pixels.train[i * d..(i + 1) * d]);
            if self.config.binarise == Binarise::Dynamic {
                let key = self.key.fold_in(stream::BINARISE).fold_in(3 + epoch);
                let place = x.len() - d;
                binarise_into(key, (i * d) as u64, self.dataset.train.image(i), &mut x[place..]);
            }
        }
        x
    }

    fn step(&mut self) -> Result<(), LabError> {
        let step = self.position.step;
        let (epoch, gradient) = (step / self.steps_per_epoch, self.config.gradient(step));
        let indices = self.batch(step);
        let rows = indices.len();
        let noise_key = self.key.fold_in(stream::NOISE).fold_in(step);
        let shards: Vec<(usize, usize)> = (0..self.config.shards)
            .map(|s| (s * rows / self.config.shards, (s + 1) * rows / self.config.shards))
            .filter(|(first, end)| first < end)
            .collect();
        let this = &*self;
        let done = self.workers.run(shards, |_, (first, end)| {
            this.shard(&indices[first..end], epoch, first, rows, noise_key, gradient)
        });
        let mut total = 0.0;
        let mut gradients = Vec::new();
        for result in done {
            let (objective, gradient) = result.map_err(|error| self.diverged(error))?;
            total += objective;
            gradients.push(gradient);
        }
        self.last_objective = total / rows as f64;
        if !total.is_finite() {
            return Err(self.divergence(format!("the objective is {total}")));
        }
        let leaves = parameters::collect(&self.model);
        let values = self.optimizer.step(self.workers, self.config.lr, leaves, gradients);
        self.model = parameters::replace(self.model.clone(), values);
        let sum = f64::from_bits(self.position.objective_bits) + total;
        self.position.objective_bits = sum.to_bits();
        self.position.step += 1;
        Ok(())
    }

    /// Forward and backward on a part of a batch of `rows` images, the part beginning at `first`.
    /// Returns the sum of the objective over the part, and the gradients of the batch's mean.
    fn shard(
        &self,
        indices: &[usize],
        epoch: u64,
        first: usize,
        rows: usize,
        key: Key,
        gradient: Gradient,
    ) -> Result<(f64, Vec<Option<BridgeTensor>>), LabError> {
        // A fork has leaves of its own, so the graphs of the shards do not meet.
        let model = self.model.clone().fork(&self.device);
        let d = model.pixels();
        let x = TensorData::new(self.images(epoch, indices), [indices.len(), d]);
        let x = Tensor::from_data(x, &self.device);
        let objective = model.objective(x, gradient, key, first)?;
        let total = floats(objective.clone()).into_iter().map(f64::from).sum();
        let gradients = objective.sum().div_scalar(rows as f64).backward();
        Ok((total, parameters::gradients(&model, gradients)))
    }

    fn diverged(&self, error: LabError) -> LabError {
        match error {
            LabError::Sampling(SamplingError::Core(gumbel::Error::Value {
                argument,
                found,
                ..
            })) => self.divergence(format!("the network gives {found} in its {argument}")),
            LabError::Sampling(error) => self.divergence(error.to_string()),
            other => other,
        }
    }

    fn divergence(&self, found: String) -> LabError {
        let path = Checkpoint::path(self.folder.path());
        let checkpoint = path.is_file().then_some(path);
        LabError::Diverged { step: self.position.step, found, checkpoint }
    }

    fn evaluate(&self, part: u64, pixels: &[f32], samples: u64) -> Result<Evaluation, LabError> {
        let key = self.key.fold_in(stream::EVALUATE).fold_in(part);
        let model = self.model.valid();
        evaluate(&model, pixels, samples, key, self.workers, &|_| {})
            .map_err(|error| self.diverged(error))
    }

    fn followed(&self) -> &[f32] {
        let d = self.dataset.train.pixels_per_image();
        &self.pixels.train[..d * FOLLOWED.min(self.dataset.train.len())]
    }

    fn finish_epoch(&mut self) -> Result<(), LabError> {
        let began = Instant::now();
        let train =
            self.evaluate(stream::FOLLOWED_PART, self.followed(), SAMPLES_WHILE_TRAINING)?;
        let validation =
            self.evaluate(stream::VALIDATION, &self.pixels.validation, SAMPLES_WHILE_TRAINING)?;
        if !(train.bound.nats + validation.bound.nats).is_finite() {
            return Err(self.divergence(format!("the bound is {}", validation.bound.nats)));
        }
        let sum = f64::from_bits(self.position.objective_bits);
        let row = MetricsRow {
            epoch: self.position.step / self.steps_per_epoch,
            step: self.position.step,
            tau: self.tau(self.position.step - 1),
            objective: sum / self.dataset.train.len() as f64,
            train_bound: train.bound.nats,
            validation_bound: validation.bound.nats,
            validation_kl: validation.kl,
            entropy: match validation.code {
                CodeUse::Choices { entropy, .. } => Some(entropy),
                CodeUse::Dimensions { .. } => None,
            },
        };
        self.metrics.push(&row, self.training_time, began.elapsed())?;
        self.last_validation = Some(row.validation_bound);
        self.training_time = Duration::ZERO;
        self.position.objective_bits = 0.0_f64.to_bits();
        if self.last_save.is_none_or(|at| at.elapsed() >= BETWEEN_CHECKPOINTS) {
            self.save()?;
        }
        Ok(())
    }

    fn checkpoint(&self, whole: bool) -> Checkpoint {
        let leaves = parameters::collect(&self.model);
        let optimizer = if whole { self.optimizer.store(&leaves) } else { Vec::new() };
        let data = |leaf: parameters::Leaf| parameters::to_data(leaf.rank, leaf.value);
        let weights = leaves.into_iter().map(|leaf| (leaf.name.clone(), data(leaf))).collect();
        let position = Position { metrics_bytes: self.metrics.bytes(), ..self.position.clone() };
        let run = self.folder.fingerprint();
        Checkpoint { run, weights, optimizer, position: whole.then_some(position) }
    }

    fn save(&mut self) -> Result<(), LabError> {
        let checkpoint = self.checkpoint(true);
        // The last update may have been the one that broke the weights.
        let broken = |data: &TensorData| data.iter::<f32>().any(|x| !x.is_finite());
        if let Some((name, _)) = checkpoint.weights.iter().find(|(_, data)| broken(data)) {
            return Err(self.divergence(format!("a weight of {name} is not finite")));
        }
        self.metrics.sync()?;
        checkpoint.save(&Checkpoint::path(self.folder.path()))?;
        self.last_save = Some(Instant::now());
        Ok(())
    }

    fn finish(&mut self) -> Result<Summary, LabError> {
        self.save()?;
        self.checkpoint(false).save(&self.folder.path().join("weights.safetensors"))?;
        let test = self.evaluate(stream::TEST, &self.pixels.test, SAMPLES_AT_THE_END)?;
        let train =
            self.evaluate(stream::FOLLOWED_AT_THE_END, self.followed(), SAMPLES_AT_THE_END)?;
        if !test.bound.nats.is_finite() {
            return Err(self.divergence(format!("the test bound is {}", test.bound.nats)));
        }
        let summary = Summary {
            test_bound_nats: test.bound.nats,
            se: test.bound.se,
            samples: test.bound.samples,
            estimator: self.config.estimator_name().to_owned(),
            epochs: self.config.epochs,
            images: test.bound.images,
            test_kl_nats: test.kl,
            train_bound_nats: train.bound.nats,
            data: self.dataset.name.clone(),
            binarise: self.config.binarise.to_string(),
            steps: self.steps,
        };
        let key = self.key.fold_in(stream::PICTURES);
        let model = self.model.valid();
        pictures::write(self.folder, &model, &self.pixels.test, &test, &summary, key)?;
        self.folder.finish(&summary)?;
        Ok(summary)
    }
}
