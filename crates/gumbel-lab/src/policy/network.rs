//! `PolicyNet`: the networks of an agent, actor and critic.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData, activation};
use gumbel::Key;
use gumbel_burn::{CategoricalPolicy, init};

use super::batch::matrix;
use crate::error::LabError;

/// An actor, which gives the logits of the actions, and a critic, which gives the value of a state.
///
/// Both are layers with tanh between them. Without hidden layers on one-hot observations they are tables: one row of
/// logits and one value for each cell. The last layer of both begins at 0, so the first policy is uniform over the
/// allowed actions.
#[derive(Module, Debug)]
pub struct PolicyNet {
    actor: Vec<Linear>,
    /// Empty for a method without a critic.
    critic: Vec<Linear>,
}

impl PolicyNet {
    /// Creates networks from an observation of `inputs` numbers to `actions` logits, with layers of `hidden` units.
    pub fn new(
        inputs: usize,
        hidden: &[usize],
        actions: usize,
        with_critic: bool,
        key: Key,
        device: &Device,
    ) -> Self {
        let [actor, critic] = key.split();
        let critic = match with_critic {
            true => layers(inputs, hidden, 1, critic, device),
            false => Vec::new(),
        };
        Self { actor: layers(inputs, hidden, actions, actor, device), critic }
    }

    /// The logits of the actions, `[n, k]`, for observations `[n, inputs]`.
    pub fn logits(&self, observations: Tensor<2>) -> Tensor<2> {
        forward(&self.actor, observations)
    }

    /// The values, `[n]`, for observations `[n, inputs]`; zeros without a critic.
    pub fn values(&self, observations: Tensor<2>) -> Tensor<1> {
        if self.critic.is_empty() {
            return Tensor::zeros([observations.dims()[0]], &observations.device());
        }
        forward(&self.critic, observations).flatten(0, 1)
    }

    /// The policy for observations `[n, inputs]` and masks `[n, k]`, row by row.
    ///
    /// # Errors
    /// Logits that are not finite.
    pub fn policy(
        &self,
        observations: Tensor<2>,
        allowed: &[bool],
    ) -> Result<CategoricalPolicy, LabError> {
        let policy = CategoricalPolicy::new(self.logits(observations))?;
        Ok(policy.with_allowed(allowed)?)
    }

    /// The policy on numbers.
    ///
    /// # Errors
    /// As [`policy`](Self::policy).
    pub(crate) fn policy_of(
        &self,
        observations: &[f32],
        allowed: &[bool],
    ) -> Result<CategoricalPolicy, LabError> {
        self.policy(self.tensor(observations), allowed)
    }

    /// The values of observations in numbers.
    pub(crate) fn values_of(&self, observations: &[f32]) -> Vec<f32> {
        gumbel_train::values::floats(self.values(self.tensor(observations)))
    }

    /// Observations as a tensor beside the weights.
    pub(crate) fn tensor(&self, observations: &[f32]) -> Tensor<2> {
        let weights = self.actor[0].weight.val();
        matrix(observations, weights.dims()[0], &weights.device())
    }
}

fn forward(layers: &[Linear], x: Tensor<2>) -> Tensor<2> {
    layers.iter().enumerate().fold(x, |x, (i, layer)| {
        let x = if i > 0 { activation::tanh(x) } else { x };
        layer.forward(x)
    })
}

/// Layers whose weights are normal with variance 1 / inputs; those of the last layer are 0, and so are all biases.
fn layers(
    inputs: usize,
    hidden: &[usize],
    outputs: usize,
    key: Key,
    device: &Device,
) -> Vec<Linear> {
    let mut sizes = vec![inputs];
    sizes.extend(hidden);
    sizes.push(outputs);
    let last = sizes.len() - 2;
    let layer = |i: usize| {
        let shape = [sizes[i], sizes[i + 1]];
        let weights = match i == last {
            true => Tensor::zeros(shape, device),
            false => hidden_weights(key.fold_in(i as u64), shape, device),
        };
        let bias = Tensor::from_data(TensorData::new(vec![0.0_f32; shape[1]], [shape[1]]), device);
        Linear { weight: Param::from_tensor(weights), bias: Some(Param::from_tensor(bias)) }
    };
    (0..=last).map(layer).collect()
}

fn hidden_weights(key: Key, shape: [usize; 2], device: &Device) -> Tensor<2> {
    let deviation = (1.0 / shape[0] as f64).sqrt();
    init::normal(key, shape, deviation, device).expect("a deviation above 0")
}

#[cfg(test)]
impl PolicyNet {
    /// The weights of the first layer of the actor: the table of logits of a network without hidden layers.
    pub(super) fn actor_weights(&self) -> Tensor<2> {
        self.actor[0].weight.val()
    }

    /// The same networks with weights drawn from N(0, 1/4), the last layers too.
    pub(super) fn perturbed(mut self, key: Key) -> Self {
        for (i, layer) in self.actor.iter_mut().chain(&mut self.critic).enumerate() {
            let (shape, device) = (layer.weight.val().dims(), layer.weight.val().device());
            let weights = init::normal(key.fold_in(i as u64), shape, 0.5, &device).unwrap();
            layer.weight = Param::from_tensor(weights);
        }
        self
    }
}
