//! `Batch`: the transitions of a step of the training, grouped by example.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use gumbel_burn::CategoricalPolicy;
use serde::{Deserialize, Serialize};

use super::network::PolicyNet;
use crate::error::LabError;

/// Transitions: what was observed, which action was taken, and what the method makes of it.
///
/// An example of the trainer is one transition, or a whole episode. `starts` has the first transition of each example,
/// and their number at its end. Lists that a method does not need are empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The observations, `[m, size]`.
    pub observations: Vec<f32>,
    /// The masks, `[m, k]`.
    pub allowed: Vec<bool>,
    /// The actions, `[m]`.
    pub actions: Vec<usize>,
    /// The factor of each action's score, `[m]`.
    pub advantages: Vec<f32>,
    /// The targets of the critic, `[m]`.
    pub targets: Vec<f32>,
    /// The log-probability of each action under the policy that took it, `[m]`.
    pub ln_old: Vec<f32>,
    /// The cost of each action by the known model, `[m, k]`.
    pub costs: Vec<f32>,
    /// The value of each state by the known model, `[states]`.
    pub values: Vec<f32>,
    /// The first transition of each example, and m.
    pub starts: Vec<usize>,
}

/// The transitions of some examples, as tensors.
pub(super) struct Slice<'a> {
    batch: &'a Batch,
    examples: Range<usize>,
    range: Range<usize>,
    device: &'a Device,
}

impl Batch {
    /// The number of examples.
    pub fn examples(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The number of transitions, m.
    pub fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Whether there is no transition.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes each transition of an environment an example, of m rows of the agents in turn.
    pub(super) fn by_transition(mut self, m: usize, agents: usize) -> Self {
        self.starts = (0..=m).step_by(agents.max(1)).collect();
        self
    }

    /// The examples with these numbers.
    pub(super) fn select(&self, examples: &[usize]) -> Self {
        let mut places = Vec::new();
        let mut starts = vec![0];
        for &example in examples {
            places.extend(self.starts[example]..self.starts[example + 1]);
            starts.push(places.len());
        }
        self.rows(&places, starts)
    }

    /// The transitions with these numbers, grouped anew.
    pub(super) fn rows(&self, places: &[usize], starts: Vec<usize>) -> Self {
        let m = self.len().max(1);
        Self {
            observations: picked(&self.observations, m, places),
            allowed: picked(&self.allowed, m, places),
            actions: picked(&self.actions, m, places),
            advantages: picked(&self.advantages, m, places),
            targets: picked(&self.targets, m, places),
            ln_old: picked(&self.ln_old, m, places),
            costs: picked(&self.costs, m, places),
            values: self.values.clone(),
            starts,
        }
    }

    pub(super) fn slice<'a>(&'a self, examples: Range<usize>, device: &'a Device) -> Slice<'a> {
        let range = self.starts[examples.start]..self.starts[examples.end];
        Slice { batch: self, examples, range, device }
    }
}

/// Actions as one-hot rows, `[m, k]`.
pub(super) fn one_hot(actions: &[usize], k: usize, device: &Device) -> Tensor<2> {
    let mut rows = vec![0.0; actions.len() * k];
    rows.chunks_mut(k).zip(actions).for_each(|(row, &action)| row[action] = 1.0);
    matrix(&rows, k, device)
}

/// Rows of `columns` numbers as a tensor.
pub(super) fn matrix(values: &[f32], columns: usize, device: &Device) -> Tensor<2> {
    let shape = [values.len() / columns.max(1), columns];
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// The rows with these numbers of a list of m rows.
pub(super) fn picked<T: Copy>(values: &[T], m: usize, places: &[usize]) -> Vec<T> {
    let size = values.len() / m;
    places.iter().flat_map(|&place| values[place * size..][..size].iter().copied()).collect()
}

impl Slice<'_> {
    pub(super) fn len(&self) -> usize {
        self.range.len()
    }

    /// The place in the batch of the first transition.
    pub(super) fn first_row(&self) -> usize {
        self.range.start
    }

    pub(super) fn device(&self) -> &Device {
        self.device
    }

    /// The value of each state by the known model.
    pub(super) fn values(&self) -> &[f32] {
        &self.batch.values
    }

    pub(super) fn observations(&self) -> Tensor<2> {
        let size = self.batch.observations.len() / self.batch.len().max(1);
        matrix(part(&self.batch.observations, self.batch.len(), &self.range), size, self.device)
    }

    /// The policy of the network in these states.
    pub(super) fn policy(
        &self,
        net: &PolicyNet,
        observations: Tensor<2>,
    ) -> Result<CategoricalPolicy, LabError> {
        net.policy(observations, part(&self.batch.allowed, self.batch.len(), &self.range))
    }

    pub(super) fn actions(&self) -> &[usize] {
        &self.batch.actions[self.range.clone()]
    }

    /// The actions as one-hot rows, `[transitions, k]`.
    pub(super) fn one_hot(&self) -> Tensor<2> {
        let k = self.batch.allowed.len() / self.batch.len().max(1);
        one_hot(self.actions(), k, self.device)
    }

    pub(super) fn advantages(&self) -> Tensor<1> {
        self.column(&self.batch.advantages)
    }

    pub(super) fn targets(&self) -> Tensor<1> {
        self.column(&self.batch.targets)
    }

    pub(super) fn ln_old(&self) -> Tensor<1> {
        self.column(&self.batch.ln_old)
    }

    /// The cost of each action, `[transitions, k]`.
    pub(super) fn costs(&self) -> Tensor<2> {
        let k = self.batch.costs.len() / self.batch.len().max(1);
        matrix(part(&self.batch.costs, self.batch.len(), &self.range), k, self.device)
    }

    fn column(&self, values: &[f32]) -> Tensor<1> {
        let values = values[self.range.clone()].to_vec();
        Tensor::from_data(TensorData::new(values, [self.len()]), self.device)
    }

    /// The sum over the transitions of each example, `[examples]`, of a number for each transition.
    pub(super) fn by_example(&self, values: Tensor<1>) -> Tensor<1> {
        let (examples, m) = (self.examples.len(), self.len());
        if examples == m {
            return values;
        }
        let mut belongs = vec![0.0_f32; examples * m];
        for (row, example) in self.examples.clone().enumerate() {
            let ends = [example, example + 1].map(|i| self.batch.starts[i] - self.range.start);
            belongs[row * m..][ends[0]..ends[1]].fill(1.0);
        }
        let belongs = Tensor::<2>::from_data(TensorData::new(belongs, [examples, m]), self.device);
        belongs.matmul(values.reshape([m, 1])).flatten(0, 1)
    }
}

pub(super) fn part<'a, T>(values: &'a [T], m: usize, range: &Range<usize>) -> &'a [T] {
    let size = values.len() / m.max(1);
    &values[range.start * size..range.end * size]
}
