//! `Trainer`: the state of a training, its steps and its checkpoints.

use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::kind::BridgeTensor;
use burn::tensor::{Device, TensorData};
use gumbel::Key;
use gumbel_burn::Error as SamplingError;

use crate::error::LabError;
use crate::optimizer::Optimizer;
use crate::parameters;
use crate::run::{Checkpoint, Experiment, Metrics, Position, RunFolder};
use crate::training::task::{Epoch, Part, Plan, Task};
use crate::training::{Health, Measured, Progress, streams as stream};
use crate::values::floats;
use crate::workers::Workers;
use gumbel::sample::permutation;

/// The least time between two checkpoints at ends of epochs.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(1);
/// Training examples on which the final and the initial weights are compared.
const COMPARED: usize = 250;

pub(super) struct Trainer<'a, T: Task> {
    task: &'a T,
    plan: Plan,
    folder: &'a RunFolder<T::Settings>,
    workers: &'a Workers,
    key: Key,
    device: Device,
    model: T::Model,
    optimizer: Optimizer,
    metrics: Metrics,
    position: Position,
    order: Option<(u64, Vec<usize>)>,
    last_objective: f64,
    last_validation: Option<Measured>,
    last_save: Option<Instant>,
    training_time: Duration,
}

impl<'a, T: Task> Trainer<'a, T> {
    /// Starts a training, or resumes from the checkpoint in the folder.
    pub(super) fn new(
        task: &'a T,
        folder: &'a RunFolder<T::Settings>,
        workers: &'a Workers,
    ) -> Result<Self, LabError> {
        let device = Device::flex().autodiff();
        let plan = task.plan();
        let key = Key::new(plan.seed);
        let path = Checkpoint::path(folder.path());
        let model = task.init(key.fold_in(stream::WEIGHTS), &device);
        let (model, stored, position) = match Checkpoint::load(&path)? {
            None => (model, None, None),
            Some(checkpoint) => {
                folder.check_owner(&path, &checkpoint)?;
                if checkpoint.position.is_none() {
                    return Err(LabError::run(
                        &path,
                        "holds final weights and no position to resume from",
                    ));
                }
                let model = parameters::with_weights(model, checkpoint.weights, &device)
                    .map_err(|problem| LabError::run(&path, problem))?;
                (model, Some(checkpoint.optimizer), checkpoint.position)
            }
        };
        let leaves = parameters::collect(&model);
        let mut optimizer = Optimizer::new(plan.optimizer, leaves.len());
        if let Some(stored) = stored
            && !optimizer.restore(&leaves, stored, &Device::flex())
        {
            let problem = "lacks a part of the optimiser state; start the run again with --force";
            return Err(LabError::run(&path, problem));
        }
        let metrics = Metrics::open(folder.path(), position.as_ref())?;
        let start = Position { step: 0, objective_bits: 0, metrics_bytes: 0 };
        Ok(Self {
            task,
            plan,
            folder,
            workers,
            key,
            device,
            model,
            optimizer,
            metrics,
            position: position.unwrap_or(start),
            order: None,
            last_objective: f64::NAN,
            last_validation: None,
            last_save: None,
            training_time: Duration::ZERO,
        })
    }

    pub(super) fn is_done(&self) -> bool {
        self.position.step >= self.plan.steps()
    }

    pub(super) fn progress(&self) -> Progress {
        let (step, steps) = (self.position.step, self.plan.steps());
        Progress {
            epoch: step / self.plan.steps_per_epoch(),
            epochs: self.plan.epochs,
            step,
            steps,
            objective: self.last_objective,
            validation: self.last_validation,
            tau: self.task.tau(step.min(steps - 1)),
        }
    }

    pub(super) fn add_training_time(&mut self, time: Duration) {
        self.training_time += time;
    }

    /// The indices of the examples of a step: each epoch has its own permutation, cut into batches.
    fn batch(&mut self, epoch: u64, place: u64) -> Vec<usize> {
        let Plan { examples, batch, .. } = self.plan;
        if self.order.as_ref().is_none_or(|(of, _)| *of != epoch) {
            let key = self.key.fold_in(stream::SHUFFLE).fold_in(epoch);
            self.order = Some((epoch, permutation(key, examples)));
        }
        let order = self.order.as_ref().map_or(&[][..], |(_, order)| order);
        let first = place as usize * batch;
        order[first..examples.min(first + batch)].to_vec()
    }

    /// Takes one step. Returns whether it was the last of its epoch.
    pub(super) fn step(&mut self) -> Result<bool, LabError> {
        let step = self.position.step;
        let per_epoch = self.plan.steps_per_epoch();
        let epoch = step / per_epoch;
        let indices = self.batch(epoch, step % per_epoch);
        let rows = indices.len();
        let shards = self.plan.shards;
        let noise = self.key.fold_in(stream::NOISE).fold_in(step);
        let parts: Vec<Part<'_>> = (0..shards)
            .map(|s| (s * rows / shards, (s + 1) * rows / shards))
            .filter(|(first, end)| first < end)
            .map(|(first, end)| Part {
                indices: &indices[first..end],
                first,
                step,
                epoch,
                key: self.key,
                noise,
            })
            .collect();
        let this = &*self;
        let done = self.workers.run(parts, |_, part| this.shard(&part, rows));
        let mut total = 0.0;
        let mut gradients = Vec::new();
        for result in done {
            let (objective, gradient) = result.map_err(|error| self.diverged(error))?;
            total += objective;
            gradients.push(gradient);
        }
        self.last_objective = total / rows as f64;
        if !total.is_finite() {
            return Err(self.folder.diverged(step, format!("the objective is {total}")));
        }
        let leaves = parameters::collect(&self.model);
        let values = self.optimizer.step(self.workers, self.task.lr(step), leaves, gradients);
        self.model = parameters::replace(self.model.clone(), values);
        let sum = f64::from_bits(self.position.objective_bits) + total;
        self.position.objective_bits = sum.to_bits();
        self.position.step += 1;
        Ok(self.position.step.is_multiple_of(per_epoch))
    }

    /// Runs forward and backward on a part of a batch of `rows` examples. Returns the sum of the objective
    /// over the part, and the part's share of the gradients of the batch mean.
    fn shard(
        &self,
        part: &Part<'_>,
        rows: usize,
    ) -> Result<(f64, Vec<Option<BridgeTensor>>), LabError> {
        // A fork has its own leaves, so the shards have separate graphs.
        let model = self.model.clone().fork(&self.device);
        let objective = self.task.objective(&model, part, &self.device)?;
        let total = floats(objective.clone()).into_iter().map(f64::from).sum();
        let gradients = objective.sum().div_scalar(rows as f64).backward();
        Ok((total, parameters::gradients(&model, gradients)))
    }

    fn diverged(&self, error: LabError) -> LabError {
        let at = |found| self.folder.diverged(self.position.step, found);
        match error {
            LabError::Sampling(SamplingError::Core(gumbel::Error::Value {
                argument,
                found,
                ..
            })) => at(format!("the network gives {found} in its {argument}")),
            LabError::Sampling(error) => at(error.to_string()),
            other => other,
        }
    }

    fn epoch_end(&self) -> Epoch<'a, T::Settings> {
        Epoch {
            epoch: self.position.step / self.plan.steps_per_epoch(),
            step: self.position.step,
            objective: f64::from_bits(self.position.objective_bits) / self.plan.examples as f64,
            key: self.key,
            folder: self.folder,
            workers: self.workers,
        }
    }

    pub(super) fn finish_epoch(&mut self) -> Result<(), LabError> {
        let began = Instant::now();
        let at = self.epoch_end();
        let (row, measured) =
            self.task.epoch(&self.model.valid(), &at).map_err(|error| self.diverged(error))?;
        let place = (at.epoch, at.step);
        self.metrics.push(place, &row, self.training_time, began.elapsed())?;
        self.last_validation = Some(measured);
        self.training_time = Duration::ZERO;
        self.position.objective_bits = 0.0_f64.to_bits();
        if self.last_save.is_none_or(|at| at.elapsed() >= BETWEEN_CHECKPOINTS) {
            self.save()?;
        }
        Ok(())
    }

    fn checkpoint(&self, resumable: bool) -> Checkpoint {
        let leaves = parameters::collect(&self.model);
        let optimizer = if resumable { self.optimizer.store(&leaves) } else { Vec::new() };
        let data = |leaf: parameters::Leaf| parameters::to_data(leaf.rank, leaf.value);
        let weights = leaves.into_iter().map(|leaf| (leaf.name.clone(), data(leaf))).collect();
        let position = Position { metrics_bytes: self.metrics.bytes(), ..self.position.clone() };
        let run = self.folder.fingerprint();
        Checkpoint { run, weights, optimizer, position: resumable.then_some(position) }
    }

    /// Writes a checkpoint to resume from.
    pub(super) fn save(&mut self) -> Result<(), LabError> {
        let checkpoint = self.checkpoint(true);
        // The last update may have made weights that are not finite.
        let broken = |data: &TensorData| data.iter::<f32>().any(|x| !x.is_finite());
        if let Some((name, _)) = checkpoint.weights.iter().find(|(_, data)| broken(data)) {
            let found = format!("a weight of {name} is not finite");
            return Err(self.folder.diverged(self.position.step, found));
        }
        self.metrics.sync()?;
        checkpoint.save(&Checkpoint::path(self.folder.path()))?;
        self.last_save = Some(Instant::now());
        Ok(())
    }

    /// Finds the problems of the training. A function of the last checkpoint, so that a resumed run
    /// reports the same.
    fn health(&self) -> Result<Health, LabError> {
        let initial = self.task.init(self.key.fold_in(stream::WEIGHTS), &self.device);
        let mut health = Health::from_objectives(
            self.mean_objective(&initial.valid())?,
            self.mean_objective(&self.model.valid())?,
            self.plan.examples.min(COMPARED),
        );
        let leaves = parameters::collect(&self.model);
        let trained = leaves.iter().filter(|leaf| leaf.trained).count();
        // In the first step no gradient passes a layer whose initial weights are zero.
        if self.plan.steps() > 1 {
            let (unreached, too_large) = self.optimizer.unmoved(&leaves);
            health.add_gradients(&unreached, &too_large, trained);
        }
        Ok(health)
    }

    /// The mean objective of the first training examples, with the noise and the settings of the last
    /// step.
    fn mean_objective(&self, model: &T::Model) -> Result<f64, LabError> {
        let last = self.plan.steps() - 1;
        let indices: Vec<usize> = (0..self.plan.examples.min(COMPARED)).collect();
        let mut total = 0.0;
        let mut first = 0;
        for indices in indices.chunks(self.plan.batch) {
            let part = Part {
                indices,
                first,
                step: last,
                epoch: self.plan.epochs - 1,
                key: self.key,
                noise: self.key.fold_in(stream::NOISE).fold_in(last),
            };
            let objective = self.task.objective(model, &part, &Device::flex())?;
            total += floats(objective).into_iter().map(f64::from).sum::<f64>();
            first += indices.len();
        }
        Ok(total / indices.len() as f64)
    }

    /// Ends the training: writes final weights, pictures and summary.
    pub(super) fn finish(&mut self) -> Result<<T::Settings as Experiment>::Summary, LabError> {
        self.save()?;
        self.checkpoint(false).save(&self.folder.path().join("weights.safetensors"))?;
        let health = self.health().map_err(|error| self.diverged(error))?;
        let summary = self
            .task
            .finish(&self.model.valid(), &self.epoch_end(), health)
            .map_err(|error| self.diverged(error))?;
        self.folder.finish(&summary)?;
        Ok(summary)
    }
}
