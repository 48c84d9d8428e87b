//! `Task`: what an experiment provides to the trainer.

use std::ops::Range;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::TemperatureSchedule;
use gumbel_report::Page;
use serde::Serialize;

use crate::error::TrainError;
use crate::experiment::{Experiment, Plan};
use crate::health::Health;
use crate::observer::Measured;
use crate::report;
use crate::run::{DataRecord, RunFolder};
use crate::workers::Workers;

/// The place of a step in a training.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The number of the step, the first being 0.
    pub number: u64,
    /// The epoch of the step, the first being 0.
    pub epoch: u64,
    /// The examples of the epoch before this step.
    pub first: usize,
    /// The number of examples in the batch.
    pub size: usize,
    /// The key of the run.
    pub key: Key,
    /// The key of the noise of the step: `key.fold_in(streams::NOISE).fold_in(number)`.
    pub noise: Key,
}

impl Step {
    pub(crate) fn of(plan: &Plan, examples: usize, number: u64) -> Self {
        let per_epoch = plan.steps_per_epoch(examples);
        let first = (number % per_epoch) as usize * plan.batch;
        let key = Key::new(plan.seed);
        Self {
            number,
            epoch: number / per_epoch,
            first,
            size: plan.batch.min(examples - first),
            key,
            noise: key.fold_in(crate::streams::NOISE).fold_in(number),
        }
    }
}

/// A part of the batch of a step, computed on one thread.
#[derive(Clone, Debug)]
pub struct Part<'a, B> {
    /// The batch.
    pub batch: &'a B,
    /// The examples of the batch that the part has. An example has the same noise in every part: example i of
    /// the batch uses the noise of row i of the step's key.
    pub rows: Range<usize>,
    /// The step.
    pub step: Step,
}

impl Part<'_, Vec<usize>> {
    /// The indices of the examples of the part, where a batch is a list of indices.
    pub fn indices(&self) -> &[usize] {
        &self.batch[self.rows.clone()]
    }
}

/// The state at the end of an epoch or of the training.
#[derive(Clone, Copy, Debug)]
pub struct Epoch<'a, S> {
    /// The number of epochs done.
    pub epoch: u64,
    /// The number of steps done.
    pub step: u64,
    /// The mean of the objective over the epoch.
    pub objective: f64,
    /// The key of the run.
    pub key: Key,
    /// The folder of the run.
    pub folder: &'a RunFolder<S>,
    /// The threads for the evaluation.
    pub workers: &'a Workers,
}

impl<S: Experiment> Epoch<'_, S> {
    /// Makes the error of a training with a figure that is not a finite number.
    pub fn diverged(&self, found: String) -> TrainError {
        self.folder.diverged(self.step, found)
    }

    /// Makes a page with the problems of the training, the summary as a headline, a curve for each column of
    /// `metrics.csv` and the settings. Sections can be added to it.
    ///
    /// # Errors
    /// A `metrics.csv` that cannot be read.
    pub fn page(&self, title: &str, summary: &S::Summary) -> Result<Page, TrainError> {
        report::page(self.folder, title, summary)
    }
}

/// An experiment to train: its data, its network, its objective and its evaluation.
///
/// All randomness comes from the keys that the trainer gives. Then a run has the same bits on any number of
/// threads, and after any interruption.
///
/// `examples/own_experiment.rs` is a whole experiment in one file.
pub trait Task: Sync {
    /// The settings of the experiment.
    type Settings: Experiment + Sync;
    /// The network of the experiment.
    type Model: Module + Sync;
    /// The examples of a step: indices into a fixed set ([`Shuffle`](crate::Shuffle) draws them), or the
    /// examples themselves if the task makes them.
    type Batch: Send + Sync;
    /// A row of `metrics.csv`: numbers, and texts for people.
    type Row: Serialize;

    /// The settings of the run.
    fn settings(&self) -> &Self::Settings;
    /// The description of the data for the run folder.
    fn data(&self) -> DataRecord;
    /// The number of examples in an epoch. A task without a fixed set chooses how many steps lie between two
    /// evaluations: examples / batch.
    fn examples(&self) -> usize;
    /// The learning rate of a step: that of the plan, unless the task changes it.
    fn lr(&self, _step: u64) -> f64 {
        self.settings().plan().lr
    }
    /// The temperature schedule, if something is relaxed.
    fn schedule(&self) -> Option<TemperatureSchedule> {
        None
    }
    /// The temperature of a step, if something is relaxed.
    fn tau(&self, step: u64) -> Option<f64> {
        self.schedule().map(|schedule| schedule.tau(step))
    }
    /// Makes a network with its initial weights, drawn from `key`.
    fn init(&self, key: Key, device: &Device) -> Self::Model;
    /// Makes the examples of a step, `step.size` of them. A function of the model, the step and its keys:
    /// calling it again gives the same batch. `model` records gradients; `model.valid()` does not.
    ///
    /// # Errors
    /// Whatever keeps the task from making the batch.
    fn batch(&self, model: &Self::Model, step: &Step) -> Result<Self::Batch, TrainError>;
    /// Computes the objective of each example of a part, `[examples]`. The trainer minimises its mean over the
    /// batch.
    ///
    /// # Errors
    /// Values that a relaxation refuses.
    fn objective(
        &self,
        model: &Self::Model,
        part: &Part<'_, Self::Batch>,
        device: &Device,
    ) -> Result<Tensor<1>, TrainError>;
    /// Evaluates an epoch: its row of `metrics.csv`, and the figure that is shown. The model records no
    /// gradients.
    ///
    /// # Errors
    /// A figure that is not finite: [`Epoch::diverged`].
    fn epoch(
        &self,
        model: &Self::Model,
        at: &Epoch<'_, Self::Settings>,
    ) -> Result<(Self::Row, Measured), TrainError>;
    /// Evaluates the finished training: its summary, and the page of its report ([`Epoch::page`] makes one).
    /// `health` holds the problems that the trainer found.
    ///
    /// # Errors
    /// As for [`epoch`](Self::epoch); pictures that cannot be drawn or written.
    fn finish(
        &self,
        model: &Self::Model,
        at: &Epoch<'_, Self::Settings>,
        health: Health,
    ) -> Result<(<Self::Settings as Experiment>::Summary, Page), TrainError>;
}
