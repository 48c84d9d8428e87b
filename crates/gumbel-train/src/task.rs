//! `Task`: what an experiment provides to the trainer, and what it is given.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::{Noise, TemperatureSchedule};
use gumbel_report::Page;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::TrainError;
use crate::health::Health;
use crate::observer::Measured;
use crate::report::Guide;
use crate::run::{DataRecord, RunFolder};
use crate::settings::{Plan, Settings};
use crate::workers::Workers;
use crate::{report, streams};

/// The place of a step in a training, and its keys.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The number of the step, the first being 0.
    pub number: u64,
    /// The epoch of the step, the first being 0.
    pub epoch: u64,
    /// The number of examples of this epoch that earlier steps have used: where the batch begins in the order.
    pub offset: usize,
    /// The number of examples in the batch.
    pub size: usize,
    /// The key of the run.
    pub run_key: Key,
    /// The key of the noise of the step: `run_key.fold_in(streams::NOISE).fold_in(number)`.
    pub noise: Key,
}

impl Step {
    pub(crate) fn of(plan: &Plan, examples: usize, number: u64) -> Self {
        let per_epoch = plan.steps_per_epoch(examples);
        let offset = (number % per_epoch) as usize * plan.batch;
        let run_key = Key::new(plan.seed);
        Self {
            number,
            epoch: number / per_epoch,
            offset,
            size: plan.batch.min(examples - offset),
            run_key,
            noise: run_key.fold_in(streams::NOISE).fold_in(number),
        }
    }
}

/// A part of the batch of a step, computed on one thread: a shard, or on a graphics card the whole batch.
#[derive(Clone, Debug)]
pub struct Part<'a, B> {
    /// The whole batch.
    pub batch: &'a B,
    /// The places in the batch of this part's examples.
    pub rows: Range<usize>,
    /// The step.
    pub step: Step,
}

impl<B> Part<'_, B> {
    /// The noise of the part, for a layer that draws `numbers` for each example: `tensor` is `[rows, ...]` with
    /// `numbers` elements in a row. An example has the same noise however the batch is cut.
    pub fn noise<const D: usize>(&self, numbers: usize) -> Noise<Tensor<D>> {
        Noise::Keyed { key: self.step.noise, offset: (self.rows.start * numbers) as u64 }
    }
}

impl Part<'_, Vec<usize>> {
    /// The indices of the examples of the part, where a batch is a list of indices.
    pub fn indices(&self) -> &[usize] {
        &self.batch[self.rows.clone()]
    }
}

/// The state after an epoch, the last one included.
#[derive(Clone, Copy, Debug)]
pub struct EpochEnd<'a, S> {
    /// The number of epochs done.
    pub epochs: u64,
    /// The number of steps done.
    pub steps: u64,
    /// The mean of the objective over the epoch.
    pub objective: f64,
    /// The key of the run.
    pub run_key: Key,
    /// The folder of the run.
    pub folder: &'a RunFolder<S>,
    /// The threads for the evaluation.
    pub workers: &'a Workers,
}

impl<S: Settings> EpochEnd<'_, S> {
    /// Makes the error of a training with a figure that is not a finite number. `found` says which and where.
    pub fn not_finite(&self, found: String) -> TrainError {
        self.folder.not_finite(self.steps, found)
    }

    /// Makes a page with the problems of the training, the summary as a headline, a curve for each column of
    /// numbers in `metrics.csv`, and the settings. Sections can be added to it.
    ///
    /// # Errors
    /// A `metrics.csv` that cannot be read.
    pub fn page(&self, title: &str, summary: &S::Summary) -> Result<Page, TrainError> {
        report::page(self.folder, title, summary)
    }
}

/// An experiment to train: its data, its network, its objective and its evaluation.
///
/// All randomness has to come from the keys that the trainer gives: then a run has the same bits on any number
/// of threads, and after any interruption. Burn's own initialisers, its dropout and its random tensors draw from
/// a generator that is global to the process; use [`gumbel_burn::init`] and the noise of this crate instead.
///
/// `examples/own_experiment.rs` is a whole experiment in one file.
pub trait Task: Sync {
    /// The settings of the experiment.
    type Settings: Settings + Sync;
    /// The network of the experiment: parameters in f32 of rank 1 to 4, no state that a forward pass changes.
    type Model: Module + Sync;
    /// The examples of a step: indices into a fixed set ([`Shuffle`](crate::Shuffle) draws them), or the
    /// examples themselves if the task makes them.
    type Batch: Send + Sync;
    /// The state that is carried from step to step beside the weights: environments, a replay buffer, target
    /// networks; `()` for a task without one. It is in the checkpoint.
    type Memory: Serialize + DeserializeOwned + Clone + Send + Sync;
    /// A row of `metrics.csv`. The report draws a curve for each field that is a number, over the field `epoch`.
    type Row: Serialize;

    /// The settings of the run.
    fn settings(&self) -> &Self::Settings;
    /// The record of the data for the run folder. Its sha256 and all facts must be equal when a run resumes, so
    /// a fact that is added later makes older runs unusable for a resume.
    fn data(&self) -> DataRecord;
    /// The number of examples in an epoch; without a fixed set, the number of examples between two evaluations.
    fn examples(&self) -> usize;
    /// The learning rate of a step: that of the plan, unless the task changes it.
    fn lr(&self, _step: u64) -> f64 {
        self.settings().plan().lr
    }
    /// The temperature schedule, if something is relaxed.
    fn schedule(&self) -> Option<TemperatureSchedule> {
        None
    }
    /// The temperature of a step, if something is relaxed. The trainer only shows it: `objective` asks for it
    /// with `part.step.number`.
    fn tau(&self, step: u64) -> Option<f64> {
        self.schedule().map(|schedule| schedule.tau(step))
    }
    /// Says by which columns of `metrics.csv` the training is judged, for the advice at its end, and what to look at in
    /// its report.
    fn guide(&self) -> Guide {
        Guide::default()
    }
    /// Makes a network with its initial weights, drawn from `key`. It cannot fail: sizes are checked by
    /// [`Settings::check`], or before [`train`](crate::train()).
    fn init(&self, key: Key, device: &Device) -> Self::Model;
    /// Makes the initial memory. `key` is that of the run.
    fn memory(&self, model: &Self::Model, key: Key) -> Self::Memory;
    /// Makes the examples of a step, `step.size` of them. It is a function of the model, the memory, the step and
    /// its keys. During the training `model` records gradients and is on the device of the steps; a task that asks it
    /// often for a little, as an agent does, works on [`on_processor`](crate::parameters::on_processor).
    ///
    /// # Errors
    /// Data that cannot be read, as [`TrainError::Experiment`].
    fn batch(
        &self,
        model: &Self::Model,
        memory: &mut Self::Memory,
        step: &Step,
    ) -> Result<Self::Batch, TrainError>;
    /// Whether a good training lowers the objective. The trainer then computes it once more for the last steps, with
    /// the final weights and with the initial ones, and reports a training that made it worse. A task whose objective
    /// is a surrogate, which has the right gradient and an arbitrary value, says `false`. So does one whose batches
    /// depend on the memory: they cannot be made again.
    fn objective_falls(&self) -> bool {
        true
    }
    /// Computes the objective of each example of a part, `[examples]`, with tensors on `device`. The trainer
    /// minimises its mean over the batch. On a graphics card it should read nothing back: the checks of `gumbel_burn`
    /// are deferred to the end of the step there, and examples can stay on the card ([`Resident`](crate::Resident)).
    ///
    /// # Errors
    /// Values that a relaxation refuses.
    fn objective(
        &self,
        model: &Self::Model,
        part: &Part<'_, Self::Batch>,
        device: &Device,
    ) -> Result<Tensor<1>, TrainError>;
    /// Evaluates the model after an epoch: the row of `metrics.csv`, and the figure that is shown. The model
    /// records no gradients and is on `Device::flex()`, whatever device takes the steps. The memory is that after the
    /// last step.
    ///
    /// # Errors
    /// A figure that is not finite: [`EpochEnd::not_finite`].
    fn evaluate(
        &self,
        model: &Self::Model,
        memory: &Self::Memory,
        at: &EpochEnd<'_, Self::Settings>,
    ) -> Result<(Self::Row, Measured), TrainError>;
    /// Evaluates the finished training: its summary, and the page of its report ([`EpochEnd::page`] makes one).
    /// The summary keeps `health`, the problems and the advice that the trainer found, with those of the task's own; the
    /// trainer writes them on the page. Files
    /// written here are named in [`Settings::FILES`].
    ///
    /// # Errors
    /// As for [`evaluate`](Self::evaluate); pictures that cannot be drawn or written.
    fn finish(
        &self,
        model: &Self::Model,
        memory: &Self::Memory,
        at: &EpochEnd<'_, Self::Settings>,
        health: Health,
    ) -> Result<(<Self::Settings as Settings>::Summary, Page), TrainError>;
}
