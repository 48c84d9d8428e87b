//! `PolicyNet`: the networks of the agents, actors and critics.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::{CategoricalPolicy, init};
use gumbel_environments::Environment;
use gumbel_train::values::floats;

use super::batch::matrix;
use crate::error::LabError;

/// What a critic sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Critic {
    /// There is no critic.
    None,
    /// What its agent observes: the critic is the value of a state, V.
    State,
    /// What its agent observes, and the action that it takes: Q.
    Action,
    /// What all agents observe, and the actions that all take: a joint Q.
    JointAction,
}

/// The sizes of the networks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes<'a> {
    /// The number of agents.
    pub agents: usize,
    /// The numbers that each agent observes.
    pub inputs: usize,
    /// The number of actions of each agent.
    pub actions: usize,
    /// The units of the hidden layers of actors and critics.
    pub hidden: &'a [usize],
    /// What the critics see.
    pub critic: Critic,
}

impl<'a> Sizes<'a> {
    /// The sizes for an environment.
    pub fn of<E: Environment>(environment: &E, hidden: &'a [usize], critic: Critic) -> Self {
        Self {
            agents: environment.agents(),
            inputs: environment.observation_size(),
            actions: environment.actions(),
            hidden,
            critic,
        }
    }
}

/// Actors, which give the logits of the actions, and critics, which give a value: one of each for every agent.
///
/// All are layers with tanh between them. Without hidden layers on one-hot observations they are tables: one row of
/// logits and one value for each cell. The last layer begins at 0, so the first policy is uniform over the allowed
/// actions.
///
/// Observations `[m, size]` are rows of the agents in turn: row r belongs to agent r mod agents.
#[derive(Module, Debug)]
pub struct PolicyNet {
    /// One for each agent.
    actors: Vec<Layers>,
    /// One for each agent; empty for a method without a critic.
    critics: Vec<Layers>,
    joint: bool,
}

/// Linear layers with tanh between them.
#[derive(Module, Debug)]
struct Layers {
    layers: Vec<Linear>,
}

impl PolicyNet {
    /// Creates networks of these sizes.
    pub fn new(sizes: &Sizes<'_>, key: Key, device: &Device) -> Self {
        let [actors, critics] = key.split();
        let Sizes { agents, inputs, actions, hidden, critic } = *sizes;
        let for_each_agent = |inputs: usize, outputs: usize, key: Key| {
            let layers = |agent| Layers::new(agent, inputs, hidden, outputs, key, device);
            (0..agents).map(layers).collect()
        };
        let critics = match critic {
            Critic::None => Vec::new(),
            Critic::State => for_each_agent(inputs, 1, critics),
            Critic::Action => for_each_agent(inputs + actions, 1, critics),
            Critic::JointAction => for_each_agent(agents * (inputs + actions), 1, critics),
        };
        Self {
            actors: for_each_agent(inputs, actions, actors),
            critics,
            joint: critic == Critic::JointAction,
        }
    }

    fn agents(&self) -> usize {
        self.actors.len()
    }

    /// The logits of the actions, `[m, k]`, for observations `[m, size]`.
    pub fn logits(&self, observations: Tensor<2>) -> Tensor<2> {
        by_agent(&self.actors, observations)
    }

    /// The values, `[m]`, for observations `[m, size]`, by critics of a state; zeros without a critic.
    pub fn values(&self, observations: Tensor<2>) -> Tensor<1> {
        if self.critics.is_empty() {
            return Tensor::zeros([observations.dims()[0]], &observations.device());
        }
        by_agent(&self.critics, observations).flatten(0, 1)
    }

    /// The values of actions, `[m]`, by critics of an action.
    ///
    /// `own: [m, k]` are the actions whose values are asked, one-hot or relaxed. A joint critic sees for the other
    /// agents what they have `taken: [m, k]`.
    pub fn action_values(
        &self,
        observations: Tensor<2>,
        taken: Tensor<2>,
        own: Tensor<2>,
    ) -> Tensor<1> {
        if !self.joint {
            return by_agent(&self.critics, Tensor::cat(vec![observations, own], 1)).flatten(0, 1);
        }
        let agents = self.agents();
        let ([m, size], [_, k]) = (observations.dims(), own.dims());
        let n = m / agents;
        let observed = observations.reshape([n, agents * size]);
        let [taken, own] = [taken, own].map(|actions| actions.reshape([n, agents * k]));
        let of_agent = |(agent, critic): (usize, &Layers)| {
            let mut parts = vec![observed.clone()];
            for other in 0..agents {
                let actions = if other == agent { &own } else { &taken };
                parts.push(actions.clone().narrow(1, other * k, k));
            }
            critic.forward(Tensor::cat(parts, 1))
        };
        let values = self.critics.iter().enumerate().map(of_agent).collect();
        Tensor::cat(values, 1).reshape([m])
    }

    /// The policy for observations `[m, size]` and masks `[m, k]`, row by row.
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
        floats(self.values(self.tensor(observations)))
    }

    /// Observations as a tensor beside the weights.
    pub(crate) fn tensor(&self, observations: &[f32]) -> Tensor<2> {
        let weights = self.actors[0].layers[0].weight.val();
        matrix(observations, weights.dims()[0], &weights.device())
    }

    /// The table of logits of a single actor without hidden layers on one-hot observations: the weights of its layer.
    pub(super) fn logit_table(&self) -> Tensor<2> {
        self.actors[0].layers[0].weight.val()
    }

    /// All weights and biases in a row.
    pub(super) fn to_numbers(&self) -> Vec<f32> {
        let of_layer = |layer: &Linear| {
            let mut numbers = floats(layer.weight.val());
            numbers.extend(layer.bias.as_ref().map(|bias| floats(bias.val())).unwrap_or_default());
            numbers
        };
        self.actors
            .iter()
            .chain(&self.critics)
            .flat_map(|net| &net.layers)
            .flat_map(of_layer)
            .collect()
    }

    /// The same networks with other weights and biases, in the order of [`to_numbers`](Self::to_numbers).
    pub(super) fn with_numbers(mut self, numbers: &[f32]) -> Self {
        let mut rest = numbers;
        let nets = self.actors.iter_mut().chain(&mut self.critics);
        for layer in nets.flat_map(|net| &mut net.layers) {
            layer.weight = Param::from_tensor(replaced(layer.weight.val(), &mut rest));
            let bias = layer.bias.as_ref().expect("layers have a bias").val();
            layer.bias = Some(Param::from_tensor(replaced(bias, &mut rest)));
        }
        self
    }
}

/// A tensor of the shape of another one, with the first of some numbers, which are taken away.
fn replaced<const D: usize>(tensor: Tensor<D>, rest: &mut &[f32]) -> Tensor<D> {
    let shape = tensor.dims();
    let (numbers, after) = rest.split_at(shape.iter().product());
    *rest = after;
    Tensor::from_data(TensorData::new(numbers.to_vec(), shape), &tensor.device())
}

/// The outputs of networks, one for each agent, whose rows are in turn.
fn by_agent(nets: &[Layers], rows: Tensor<2>) -> Tensor<2> {
    let (agents, [m, size]) = (nets.len(), rows.dims());
    if let [net] = nets {
        return net.forward(rows);
    }
    let rows = rows.reshape([m / agents, agents * size]);
    let of_agent =
        |(agent, net): (usize, &Layers)| net.forward(rows.clone().narrow(1, agent * size, size));
    let outputs = Tensor::cat(nets.iter().enumerate().map(of_agent).collect(), 1);
    let columns = outputs.dims()[1] / agents;
    outputs.reshape([m, columns])
}

impl Layers {
    /// Layers whose weights are normal with variance 1 / inputs; those of the last layer are 0, and so are all biases.
    fn new(
        agent: usize,
        inputs: usize,
        hidden: &[usize],
        outputs: usize,
        key: Key,
        device: &Device,
    ) -> Self {
        let mut sizes = vec![inputs];
        sizes.extend(hidden);
        sizes.push(outputs);
        let layers = sizes.len() - 1;
        let layer = |i: usize| {
            let shape = [sizes[i], sizes[i + 1]];
            let weights = match i + 1 == layers {
                true => Tensor::zeros(shape, device),
                // The layers of all agents are numbered through.
                false => hidden_weights(key.fold_in((agent * layers + i) as u64), shape, device),
            };
            let bias = TensorData::new(vec![0.0_f32; shape[1]], [shape[1]]);
            let bias = Tensor::from_data(bias, device);
            Linear { weight: Param::from_tensor(weights), bias: Some(Param::from_tensor(bias)) }
        };
        Self { layers: (0..layers).map(layer).collect() }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.layers.iter().enumerate().fold(x, |x, (i, layer)| {
            let x = if i > 0 { tanh(x) } else { x };
            layer.forward(x)
        })
    }
}

/// tanh of each element. On the processor from additions and multiplications, so that it has the same bits on every one;
/// on a graphics card the card's own.
///
/// The tangent 1 - y^2 is handed to the backward pass as the slope of a line through y.
fn tanh(x: Tensor<2>) -> Tensor<2> {
    let (shape, device) = (x.dims(), x.device());
    if device != Device::flex() {
        return x.tanh();
    }
    let mut values = floats(x.clone().detach());
    values.iter_mut().for_each(|x| *x = tanh_of(*x));
    let y = Tensor::from_data(TensorData::new(values, shape), &device);
    if !device.is_autodiff() {
        return y;
    }
    let slope = y.clone().square().neg().add_scalar(1.0);
    y + (x.clone() - x.detach()) * slope
}

/// (1 - e) / (1 + e) with e = exp(-2 |x|) = 2^k 2^f, f of at most 1/2, and the series of 2^f. The error is below 3e-7. A
/// loop over it runs on vectors.
fn tanh_of(x: f32) -> f32 {
    /// Adding it rounds to a whole number: 1.5 times 2^23.
    const ROUND: f32 = 12_582_912.0;
    /// ln(2)^n / n! for n = 1, 2, ..., 6.
    const SERIES: [f32; 6] = [
        std::f32::consts::LN_2,
        0.240_226_5,
        0.055_504_11,
        0.009_618_129,
        0.001_333_355_8,
        0.000_154_035_3,
    ];
    let t = -2.0 * std::f32::consts::LOG2_E * x.abs();
    // 2^-100 is 0 beside 1. The comparison keeps NaN.
    let t = if t < -100.0 { -100.0 } else { t };
    let k = (t + ROUND) - ROUND;
    let f = t - k;
    let series = SERIES.iter().rev().fold(0.0, |sum, c| (sum + c) * f);
    let e = (1.0 + series) * f32::from_bits(((k as i32 + 127) as u32) << 23);
    ((1.0 - e) / (1.0 + e)).copysign(x)
}

fn hidden_weights(key: Key, shape: [usize; 2], device: &Device) -> Tensor<2> {
    let deviation = (1.0 / shape[0] as f64).sqrt();
    init::normal(key, shape, deviation, device).expect("a deviation above 0")
}

#[cfg(test)]
impl PolicyNet {
    /// The same networks with weights drawn from N(0, 1/4), the last layers too.
    pub(super) fn perturbed(mut self, key: Key) -> Self {
        let nets = self.actors.iter_mut().chain(&mut self.critics);
        for (i, layer) in nets.flat_map(|net| &mut net.layers).enumerate() {
            let (shape, device) = (layer.weight.val().dims(), layer.weight.val().device());
            let weights = init::normal(key.fold_in(i as u64), shape, 0.5, &device).unwrap();
            layer.weight = Param::from_tensor(weights);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_and_its_slope_are_those_of_the_formula() {
        let points: Vec<f32> = (-4_000..=4_000).map(|i| i as f32 / 100.0).collect();
        let n = points.len();
        let device = Device::flex().autodiff();
        let x = Tensor::<2>::from_data(TensorData::new(points.clone(), [1, n]), &device);
        let x = x.require_grad();
        let y = tanh(x.clone());
        let slopes = floats(x.grad(&y.clone().sum().backward()).unwrap());
        for ((x, y), slope) in points.into_iter().zip(floats(y.inner())).zip(slopes) {
            let expected = f64::from(x).tanh();
            assert!((f64::from(y) - expected).abs() < 3e-7, "{x}: {y} {expected}");
            assert!((f64::from(slope) - (1.0 - expected * expected)).abs() < 6e-7, "{x}: {slope}");
        }
        assert!(tanh_of(f32::NAN).is_nan());
        assert_eq!(tanh_of(f32::INFINITY), 1.0);
    }

    #[test]
    fn each_agent_has_its_own_networks_and_a_joint_critic_sees_the_actions_of_all() {
        let device = Device::flex();
        let sizes =
            Sizes { agents: 2, inputs: 3, actions: 2, hidden: &[4], critic: Critic::JointAction };
        let net = PolicyNet::new(&sizes, Key::new(3), &device).perturbed(Key::new(5));
        let observations = |a: f32| -> Vec<f32> { vec![0.1, 0.2, 0.3, a, 0.5, 0.6] };
        let logits = |numbers: &[f32]| floats(net.logits(net.tensor(numbers)));
        let (here, there) = (logits(&observations(0.4)), logits(&observations(0.9)));
        assert_eq!(here[..2], there[..2], "the first agent does not see the second");
        assert_ne!(here[2..], there[2..]);
        // The same observation gives other logits to another agent.
        let equal = logits(&[0.1, 0.2, 0.3, 0.1, 0.2, 0.3]);
        assert_ne!(equal[..2], equal[2..]);
        let values = |taken: [f32; 4], own: [f32; 4]| {
            let [taken, own] = [taken, own].map(|rows| matrix(&rows, 2, &device));
            floats(net.action_values(net.tensor(&observations(0.4)), taken, own))
        };
        let both = values([1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 1.0, 0.0]);
        // Another action of the second agent changes the value of the first where it was taken, and that of the second
        // where it is asked for.
        let taken = values([1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]);
        assert!(taken[0] != both[0] && taken[1] == both[1]);
        let asked = values([1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]);
        assert!(asked[0] == both[0] && asked[1] != both[1]);
    }

    #[test]
    fn numbers_of_a_network_make_an_equal_one() {
        let device = Device::flex();
        let sizes =
            Sizes { agents: 2, inputs: 3, actions: 2, hidden: &[4, 5], critic: Critic::Action };
        let net = PolicyNet::new(&sizes, Key::new(3), &device).perturbed(Key::new(5));
        let numbers = net.to_numbers();
        let other = PolicyNet::new(&sizes, Key::new(4), &device).with_numbers(&numbers);
        assert_eq!(other.to_numbers(), numbers);
    }
}
