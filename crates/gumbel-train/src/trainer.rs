//! `Trainer`: the state of a training, its steps and its checkpoints.

use std::time::{Duration, Instant};

use burn::module::Module;
use burn::tensor::kind::BridgeTensor;
use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::{DeferredChecks, Error as SamplingError};
use gumbel_files::output;

use crate::device::Opened;
use crate::error::TrainError;
use crate::health::Health;
use crate::observer::{Measured, Progress};
use crate::optimizer::Optimizer;
use crate::report::{self, Rows};
use crate::run::{Checkpoint, Metrics, Position, RunFolder, Sessions};
use crate::settings::{Plan, Settings, Summary};
use crate::task::{EpochEnd, Part, Step, Task};
use crate::values::floats;
use crate::workers::Workers;
use crate::{parameters, streams};

/// The least time between two checkpoints at ends of epochs.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(1);
/// The least number of examples on which the final and the initial weights are compared.
const COMPARED: usize = 250;

pub(crate) struct Trainer<'a, T: Task> {
    task: &'a T,
    plan: Plan,
    /// Examples in an epoch.
    examples: usize,
    folder: &'a RunFolder<T::Settings>,
    workers: &'a Workers,
    key: Key,
    opened: &'a Opened,
    sessions: Sessions,
    /// The device of the steps, with autodiff.
    device: Device,
    model: T::Model,
    optimizer: Optimizer,
    memory: T::Memory,
    metrics: Metrics,
    position: Position,
    last_objective: f64,
    last_validation: Option<Measured>,
    last_save: Option<Instant>,
    training_time: Duration,
}

impl<'a, T: Task> Trainer<'a, T> {
    /// Starts a training, or resumes from the checkpoint in the folder.
    pub(crate) fn new(
        task: &'a T,
        folder: &'a RunFolder<T::Settings>,
        workers: &'a Workers,
        opened: &'a Opened,
        mut sessions: Sessions,
    ) -> Result<Self, TrainError> {
        let device = opened.device.clone().autodiff();
        let (plan, examples) = (task.settings().plan(), task.examples());
        let key = Key::new(plan.seed);
        let path = Checkpoint::path(folder.path());
        let model = task.init(key.fold_in(streams::WEIGHTS), &device);
        let (model, stored, memory, position) = match Checkpoint::load(&path)? {
            None => (model, None, None, None),
            Some(checkpoint) => {
                folder.check_owner(&path, &checkpoint)?;
                if checkpoint.position.is_none() {
                    return Err(TrainError::run(
                        &path,
                        "holds final weights and no position to resume from",
                    ));
                }
                let model = parameters::with_weights(model, checkpoint.weights, &device)
                    .map_err(|problem| TrainError::run(&path, problem))?;
                let memory = checkpoint.memory.map(|bytes| postcard::from_bytes(&bytes));
                let memory = memory.transpose().map_err(|error| {
                    let problem = format!("holds a memory that cannot be read: {error}");
                    TrainError::run(&path, problem)
                })?;
                (model, Some(checkpoint.optimizer), memory, checkpoint.position)
            }
        };
        let leaves = parameters::collect(&model);
        if let Some(leaf) = leaves.iter().find(|leaf| !parameters::RANKS.contains(&leaf.rank)) {
            let problem = format!(
                "expected parameters of rank 1 to 4, found {} of rank {}",
                leaf.name, leaf.rank
            );
            return Err(TrainError::setting("model", problem));
        }
        let mut optimizer = Optimizer::new(plan.optimizer, leaves.len());
        if let Some(stored) = stored
            && !optimizer.restore(&leaves, stored, &opened.device)
        {
            let problem = "lacks a part of the optimiser state; start the run again with --force";
            return Err(TrainError::run(&path, problem));
        }
        let memory = memory.unwrap_or_else(|| task.memory(&model, key));
        let metrics = Metrics::open(folder.path(), position.as_ref())?;
        let start = Position { step: 0, objective_bits: 0, metrics_bytes: 0 };
        let position = position.unwrap_or(start);
        sessions.begin_at(position.step);
        Ok(Self {
            task,
            plan,
            examples,
            folder,
            workers,
            key,
            opened,
            sessions,
            device,
            model,
            optimizer,
            memory,
            metrics,
            position,
            last_objective: f64::NAN,
            last_validation: None,
            last_save: None,
            training_time: Duration::ZERO,
        })
    }

    /// What gives the device of the steps its work.
    fn steppers(&self) -> &'a Workers {
        self.opened.worker.as_ref().unwrap_or(self.workers)
    }

    fn steps_per_epoch(&self) -> u64 {
        self.plan.steps_per_epoch(self.examples)
    }

    pub(crate) fn steps(&self) -> u64 {
        self.plan.steps(self.examples)
    }

    fn step_at(&self, number: u64) -> Step {
        Step::of(&self.plan, self.examples, number)
    }

    pub(crate) fn is_done(&self) -> bool {
        self.position.step >= self.steps()
    }

    pub(crate) fn progress(&self) -> Progress {
        let (step, steps) = (self.position.step, self.steps());
        Progress {
            epoch: step / self.steps_per_epoch(),
            epochs: self.plan.epochs,
            step,
            steps,
            objective: self.last_objective,
            validation: self.last_validation,
            tau: self.task.tau(step.min(steps - 1)),
        }
    }

    pub(crate) fn add_training_time(&mut self, time: Duration) {
        self.training_time += time;
    }

    /// Takes one step. Returns whether it was the last of its epoch.
    pub(crate) fn step(&mut self) -> Result<bool, TrainError> {
        let step = self.step_at(self.position.step);
        if step.offset == 0 {
            self.position.objective_bits = 0.0_f64.to_bits();
        }
        let rows = step.size;
        let workers = self.steppers();
        let made = Self::batch(self.task, workers, &self.model, &mut self.memory, &step);
        let batch = made.map_err(|error| self.located(error))?;
        let this = &*self;
        // A card computes many rows at once, and shards would only make its work smaller.
        let shards = if self.opened.is_card() { 1 } else { self.plan.shards };
        let parts = Self::parts(&batch, step, shards);
        let done = workers.run(parts, |_, part| this.shard(&part, rows));
        let mut total = 0.0;
        let mut gradients = Vec::new();
        for result in done {
            let (objective, gradient) = result.map_err(|error| self.located(error))?;
            total += objective;
            gradients.push(gradient);
        }
        self.last_objective = total / rows as f64;
        if !total.is_finite() {
            return Err(self.folder.not_finite(step.number, format!("the objective is {total}")));
        }
        let leaves = parameters::collect(&self.model);
        let values = self.optimizer.step(workers, self.task.lr(step.number), leaves, gradients);
        self.model = parameters::replace(self.model.clone(), values);
        let sum = f64::from_bits(self.position.objective_bits) + total;
        self.position.objective_bits = sum.to_bits();
        self.position.step += 1;
        Ok(self.position.step.is_multiple_of(self.steps_per_epoch()))
    }

    /// The batch of a step, made on a worker: no tensor operation is split there.
    fn batch(
        task: &T,
        workers: &Workers,
        model: &T::Model,
        memory: &mut T::Memory,
        step: &Step,
    ) -> Result<T::Batch, TrainError> {
        let made = workers.run(vec![memory], |_, memory| task.batch(model, memory, step));
        made.into_iter().next().expect("one job has one result")
    }

    /// The shards of a batch.
    fn parts(batch: &T::Batch, step: Step, shards: usize) -> Vec<Part<'_, T::Batch>> {
        let (rows, shards) = (step.size, shards.min(step.size));
        (0..shards)
            .map(|s| s * rows / shards..(s + 1) * rows / shards)
            .map(|rows| Part { batch, rows, step })
            .collect()
    }

    /// The objective of each example of a part.
    fn objective(
        &self,
        model: &T::Model,
        part: &Part<'_, T::Batch>,
        device: &Device,
    ) -> Result<Tensor<1>, TrainError> {
        let objective = self.task.objective(model, part, device)?;
        let ([found], expected) = (objective.dims(), part.rows.len());
        if found != expected {
            let problem = format!("expected one for each of {expected} examples, found {found}");
            return Err(TrainError::setting("objective", problem));
        }
        Ok(objective)
    }

    /// Runs forward and backward on a part of a batch of `rows` examples. Returns the sum of the objective
    /// over the part, and the part's share of the gradients of the batch mean.
    ///
    /// A card has all its work of the step before its numbers are waited for: the objective, and with it the checks.
    fn shard(
        &self,
        part: &Part<'_, T::Batch>,
        rows: usize,
    ) -> Result<(f64, Vec<Option<BridgeTensor>>), TrainError> {
        // A fork has its own leaves, so the shards have separate graphs.
        let model = self.model.clone().fork(&self.device);
        let checks = DeferredChecks::start();
        let objective = match self.objective(&model, part, &self.device) {
            Ok(objective) => objective,
            // What a check found may be the cause.
            Err(error) => return checks.finish().map_err(TrainError::from).and(Err(error)),
        };
        let gradients = objective.clone().sum().div_scalar(rows as f64).backward();
        let gradients = parameters::gradients(&model, gradients);
        let objective = checks.finish_with(objective)?;
        let total = objective.iter::<f32>().map(f64::from).sum();
        Ok((total, gradients))
    }

    fn located(&self, error: TrainError) -> TrainError {
        let at = |found| self.folder.not_finite(self.position.step, found);
        match error {
            TrainError::Sampling(SamplingError::Core(gumbel::Error::Value {
                argument,
                found,
                ..
            })) => at(format!("the network gives {found} in its {argument}")),
            TrainError::Sampling(SamplingError::Core(error)) => at(error.to_string()),
            // An estimator or a cost that was set up wrongly is no divergence.
            other => other,
        }
    }

    fn epoch_end(&self) -> EpochEnd<'a, T::Settings> {
        EpochEnd {
            epochs: self.position.step / self.steps_per_epoch(),
            steps: self.position.step,
            objective: f64::from_bits(self.position.objective_bits) / self.examples as f64,
            run_key: self.key,
            folder: self.folder,
            workers: self.workers,
        }
    }

    pub(crate) fn finish_epoch(&mut self) -> Result<(), TrainError> {
        let began = Instant::now();
        let at = self.epoch_end();
        let (row, measured) = self
            .task
            .evaluate(&parameters::on_processor(&self.model), &self.memory, &at)
            .map_err(|error| self.located(error))?;
        let place = (at.epochs, at.steps);
        self.metrics.push(place, &row, self.training_time, began.elapsed())?;
        self.last_validation = Some(measured);
        self.training_time = Duration::ZERO;
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
        let memory = postcard::to_allocvec(&self.memory).expect("a memory that serde can write");
        let memory = (resumable && !memory.is_empty()).then_some(memory);
        Checkpoint { run, weights, optimizer, memory, position: resumable.then_some(position) }
    }

    /// Writes a checkpoint to resume from.
    pub(crate) fn save(&mut self) -> Result<(), TrainError> {
        let checkpoint = self.checkpoint(true);
        // The last update may have made weights that are not finite.
        let broken = |data: &TensorData| data.iter::<f32>().any(|x| !x.is_finite());
        if let Some((name, _)) = checkpoint.weights.iter().find(|(_, data)| broken(data)) {
            let found = format!("a weight of {name} is not finite");
            return Err(self.folder.not_finite(self.position.step, found));
        }
        self.metrics.sync()?;
        checkpoint.save(&Checkpoint::path(self.folder.path()))?;
        self.sessions.save()?;
        self.last_save = Some(Instant::now());
        Ok(())
    }

    /// Finds the problems of the training. A function of the last checkpoint, so that a resumed run
    /// reports the same.
    fn health(&self) -> Result<Health, TrainError> {
        let mut health = Health::default();
        if self.task.objective_falls() {
            let device = Device::flex().autodiff();
            let initial = self.task.init(self.key.fold_in(streams::WEIGHTS), &device);
            let initial = self.last_objective(&initial.valid())?;
            let last = self.last_objective(&parameters::on_processor(&self.model))?;
            health = Health::from_objectives(initial, last);
        }
        let leaves = parameters::collect(&self.model);
        let trained = leaves.iter().filter(|leaf| leaf.trained).count();
        // In the first step no gradient passes a layer whose initial weights are zero.
        if self.steps() > 1 {
            let (unreached, too_large) = self.optimizer.unmoved(&leaves);
            health.add_gradients(&unreached, &too_large, trained);
        }
        Ok(health)
    }

    /// The mean objective of a model in the last steps of the training, of at least [`COMPARED`] examples
    /// or of the whole epoch, and the number of these examples.
    fn last_objective(&self, model: &T::Model) -> Result<(f64, usize), TrainError> {
        let (mut total, mut examples) = (0.0, 0);
        for number in (self.steps() - self.steps_per_epoch()..self.steps()).rev() {
            let step = self.step_at(number);
            let memory = &mut self.memory.clone();
            let batch = Self::batch(self.task, self.workers, model, memory, &step)?;
            let parts = Self::parts(&batch, step, self.plan.shards);
            let sums = self.workers.run(parts, |_, part| {
                let objective = self.objective(model, &part, &Device::flex())?;
                Ok::<_, TrainError>(floats(objective).into_iter().map(f64::from).sum::<f64>())
            });
            total += sums.into_iter().sum::<Result<f64, _>>()?;
            examples += step.size;
            if examples >= COMPARED {
                break;
            }
        }
        Ok((total / examples as f64, examples))
    }

    /// Ends the training: writes final weights, pictures and summary.
    pub(crate) fn finish(&mut self) -> Result<<T::Settings as Settings>::Summary, TrainError> {
        self.save()?;
        self.checkpoint(false).save(&self.folder.path().join("weights.safetensors"))?;
        let mut health = self.health().map_err(|error| self.located(error))?;
        let (guide, rows) = (self.task.guide(), Rows::read(self.folder.path())?);
        if health.diverged.is_none() {
            let schedule = self.task.schedule();
            health.advice = report::advice_of(&guide, &rows, schedule, self.steps());
        }
        let (summary, mut page) = self
            .task
            .finish(&parameters::on_processor(&self.model), &self.memory, &self.epoch_end(), health)
            .map_err(|error| self.located(error))?;
        self.sessions.save()?;
        report::complete(&mut page, self.folder, (&guide, &rows), summary.health())?;
        output::write(&self.folder.path().join("report.html"), page.html().as_bytes())?;
        self.folder.finish(&summary)?;
        Ok(summary)
    }
}
