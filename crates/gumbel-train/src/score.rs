//! `Score` and `EpochRow`: the summary and the rows of experiments that measure one figure.

use serde::{Deserialize, Serialize};

use crate::health::Health;
use crate::observer::Measured;
use crate::settings::{Settings, Summary};
use crate::task::EpochEnd;

/// A summary of one figure, for experiments that need no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The name of the figure.
    pub name: String,
    /// The value of the figure.
    pub value: f64,
    /// The text after the figure, as in [`Measured::unit`].
    pub unit: String,
    /// The problems of the training.
    #[serde(flatten)]
    pub health: Health,
}

impl Score {
    /// Makes the summary of a figure.
    pub fn new(measured: Measured, health: Health) -> Self {
        let Measured { name, value, unit } = measured;
        Self { name: name.to_owned(), value, unit: unit.to_owned(), health }
    }
}

impl Summary for Score {
    fn in_words(&self) -> String {
        format!("{} {:.3}{}", self.name, self.value, self.unit)
    }

    fn health(&self) -> &Health {
        &self.health
    }
}

/// A row of `metrics.csv`, for experiments that measure one figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// The number of epochs done.
    pub epoch: u64,
    /// The number of steps done.
    pub step: u64,
    /// The mean of the objective over the epoch.
    pub objective: f64,
    /// The value of the figure after the epoch.
    pub validation: f64,
}

impl EpochRow {
    /// Makes the row of an epoch in which this figure was measured.
    pub fn new<S: Settings>(at: &EpochEnd<'_, S>, measured: &Measured) -> Self {
        let EpochEnd { epochs, steps, objective, .. } = *at;
        Self { epoch: epochs, step: steps, objective, validation: measured.value }
    }
}
