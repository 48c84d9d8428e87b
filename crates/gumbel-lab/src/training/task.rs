//! `Task`: what an experiment provides to the training loop.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::TemperatureSchedule;
use serde::Serialize;

use crate::error::LabError;
use crate::optimizer::OptimizerKind;
use crate::run::{DataRecord, Experiment, RunFolder};
use crate::training::{Health, Measured};
use crate::workers::Workers;

/// The sizes and the seed of a training.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Training examples.
    pub(crate) examples: usize,
    /// Examples in a step.
    pub(crate) batch: usize,
    /// Passes over the examples.
    pub(crate) epochs: u64,
    /// Parts of a batch that are computed in parallel.
    pub(crate) shards: usize,
    /// The seed of the run.
    pub(crate) seed: u64,
    /// The optimiser.
    pub(crate) optimizer: OptimizerKind,
}

impl Plan {
    pub(crate) fn steps_per_epoch(&self) -> u64 {
        self.examples.div_ceil(self.batch) as u64
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps_per_epoch() * self.epochs
    }
}

/// A part of the batch of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// The indices of its training examples.
    pub(crate) indices: &'a [usize],
    /// The place in the batch of its first example.
    pub(crate) first: usize,
    /// The step, the first being 0.
    pub(crate) step: u64,
    /// The epoch of the step, the first being 0.
    pub(crate) epoch: u64,
    /// The key of the run.
    pub(crate) key: Key,
    /// The key of the noise of the step.
    pub(crate) noise: Key,
}

/// The state at the end of an epoch or of the training.
#[derive(Clone, Copy)]
pub(crate) struct Epoch<'a, S> {
    /// Epochs done.
    pub(crate) epoch: u64,
    /// Steps done.
    pub(crate) step: u64,
    /// The mean of the objective over the epoch.
    pub(crate) objective: f64,
    /// The key of the run.
    pub(crate) key: Key,
    /// The folder of the run.
    pub(crate) folder: &'a RunFolder<S>,
    /// The threads for the evaluation.
    pub(crate) workers: &'a Workers,
}

impl<S: Experiment> Epoch<'_, S> {
    /// The error of a training whose figures are no longer finite numbers.
    pub(crate) fn diverged(&self, found: String) -> LabError {
        self.folder.diverged(self.step, found)
    }
}

/// An experiment to train.
pub(crate) trait Task: Sync {
    /// The settings of the experiment.
    type Settings: Experiment + Sync;
    /// The network of the experiment.
    type Model: Module + Sync;
    /// A row of `metrics.csv`.
    type Row: Serialize;

    fn settings(&self) -> &Self::Settings;
    fn data(&self) -> DataRecord;
    fn plan(&self) -> Plan;
    /// The learning rate of a step.
    fn lr(&self, step: u64) -> f64;
    /// The temperature schedule, where something is relaxed.
    fn schedule(&self) -> Option<TemperatureSchedule>;
    /// The temperature of a step, where something is relaxed.
    fn tau(&self, step: u64) -> Option<f64> {
        self.schedule().map(|schedule| schedule.tau(step))
    }
    /// A network with its initial weights.
    fn init(&self, key: Key, device: &Device) -> Self::Model;
    /// The objective of each example of a part, `[examples]`.
    fn objective(
        &self,
        model: &Self::Model,
        part: &Part<'_>,
        device: &Device,
    ) -> Result<Tensor<1>, LabError>;
    /// Evaluates an epoch: its row of `metrics.csv`, and the figure that is shown. The model has no gradients.
    fn epoch(
        &self,
        model: &Self::Model,
        at: &Epoch<'_, Self::Settings>,
    ) -> Result<(Self::Row, Measured), LabError>;
    /// Evaluates the finished training and writes its pictures. `health`: the problems that the loop found.
    fn finish(
        &self,
        model: &Self::Model,
        at: &Epoch<'_, Self::Settings>,
        health: Health,
    ) -> Result<<Self::Settings as Experiment>::Summary, LabError>;
}
