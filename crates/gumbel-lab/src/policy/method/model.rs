//! `model`: a gradient through the choice itself, by the known model of a maze.

use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::estimator::{Cost, Estimator, Name, Variables};
use gumbel_burn::{CategoricalPolicy, Error, gumbel_max};
use gumbel_environments::maze::{Maze, Model as MazeModel};
use gumbel_train::Step;
use gumbel_train::values::floats;

use super::a2c::rollout;
use super::{Learner, Setting, View};
use crate::error::LabError;
use crate::policy::batch::{Batch, matrix};
use crate::policy::maze::{evaluation, known, policy_table};
use crate::policy::memory::Memory;
use crate::policy::network::PolicyNet;
use crate::policy::world::World;

/// A gradient through the choice, with any estimator of `gumbel_burn::estimator`.
///
/// ```text
/// C(s, y)  = -r(s, y) - gamma C'(s')           y the action, one-hot or relaxed;  r and s' are linear in y
/// C'(s')   = C(s', y'), y' ~ pi(. | s')        up to the lookahead, then -V(s')
/// ```
///
/// The states s are those that the agent visits. Action by action, the estimator gives the gradient of E C in the
/// logits. V are the exact values of the present policy. With a lookahead of 1 the cost is linear in y, so
/// `straight-through` at tau = 1 has no bias. The default, `straight-through-gumbel-softmax`, has one: at a linear cost
/// its gradient is that of `gumbel-softmax`, the derivative of a relaxed action, which in the maze of
/// the test, at tau = 0.5, is 12% of the gradient away from it (5% after the best scale).
///
/// A longer lookahead asks what would have happened in another cell *under the same later actions*: that adds bias to
/// all estimators but those of the score function.
///
/// The next state is a sample with a straight-through derivative, or the mean of all next states if y is soft.
///
/// Heess et al., "Learning continuous control policies by stochastic value gradients", arXiv 1510.09142, for the idea
/// of a gradient through a model.
pub(super) struct Model;

impl<E: World> Learner<E> for Model {
    fn batch(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        memory: &mut Memory<E::State>,
        _: &Step,
    ) -> Result<Batch, LabError> {
        let maze = known(setting.world)?;
        let mut batch = rollout(setting, net, memory)?;
        let exact = evaluation(maze, &policy_table(maze, net)?)?;
        batch.values = exact.values.iter().map(|&value| value as f32).collect();
        Ok(batch)
    }

    fn objective(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        view: View<'_>,
    ) -> Result<Tensor<1>, LabError> {
        let config = setting.config;
        let maze = known(setting.world)?;
        let name = config.estimator.expect("checked: the method has an estimator");
        let estimator = name.estimator();
        let soft = matches!(name, Name::GumbelSoftmax | Name::GumbelSparsemax);
        let View { slice, observations: states, policy, step } = view;
        let ahead = Ahead {
            net,
            estimator: &*estimator,
            soft,
            known: Known::new(maze, slice.values(), slice.device()),
            lookahead: config.lookahead.unwrap_or(1),
            tau: config.tau.map_or(1.0, |tau| tau.tau(step.number)),
            first_row: slice.first_row(),
        };
        let entropy = policy.entropy()?.mul_scalar(config.entropy);
        Ok(ahead.cost(states, &policy, 0, step.noise)? - entropy)
    }
}

/// The model of a maze on tensors. A move that is not allowed stays in its cell, at the cost of a move: a relaxed state
/// may be partly in a cell where it is not allowed.
struct Known {
    /// P(s' | s, a), `[s, a s']`.
    transitions: Tensor<2>,
    /// r(s, a), `[s, a]`.
    rewards: Tensor<2>,
    /// 1 for an allowed action, `[s, a]`.
    allowed: Tensor<2>,
    /// V(s), `[s, 1]`.
    values: Tensor<2>,
    discount: f64,
}

impl Known {
    fn new(maze: &Maze, values: &[f32], device: &Device) -> Self {
        let (model, k) = (maze.model(), MazeModel::ACTIONS);
        let n = model.states();
        let (mut transitions, mut rewards) = (model.transition_table(), model.reward_table());
        let mut allowed = vec![0.0_f32; n * k];
        for state in (0..n).filter(|&state| !model.is_terminal(state)) {
            for (action, is_allowed) in model.allowed(state).into_iter().enumerate() {
                let pair = state * k + action;
                if is_allowed {
                    allowed[pair] = 1.0;
                } else {
                    transitions[pair * n + state] = 1.0;
                    rewards[pair] = -maze.rules().cost;
                }
            }
        }
        let narrow = |values: Vec<f64>| values.into_iter().map(|x| x as f32).collect::<Vec<_>>();
        Self {
            transitions: matrix(&narrow(transitions), k * n, device),
            rewards: matrix(&narrow(rewards), k, device),
            allowed: matrix(&allowed, k, device),
            values: matrix(values, 1, device),
            discount: model.discount(),
        }
    }

    /// The reward of actions `y: [m, 4]` in states `[m, s]`, and the law of the next state.
    fn step(&self, states: Tensor<2>, y: Tensor<2>) -> (Tensor<1>, Tensor<2>) {
        let ([m, n], k) = (states.dims(), MazeModel::ACTIONS);
        let reward = (states.clone().matmul(self.rewards.clone()) * y.clone()).sum_dim(1);
        let next = states.matmul(self.transitions.clone()).reshape([m, k, n]);
        let next = (next * y.reshape([m, k, 1])).sum_dim(1).reshape([m, n]);
        (reward.flatten(0, 1), next)
    }

    /// The allowed actions in states that may be mixed. In a state that ends an episode nothing matters.
    fn masks(&self, states: &Tensor<2>) -> Vec<bool> {
        let allowed = floats(states.clone().detach().matmul(self.allowed.clone()));
        let rows = allowed.chunks(MazeModel::ACTIONS);
        rows.flat_map(|row| {
            let none = row.iter().all(|&x| x <= 0.0);
            row.iter().map(move |&x| none || x > 0.0)
        })
        .collect()
    }
}

/// The cost of the steps ahead.
struct Ahead<'a> {
    net: &'a PolicyNet,
    estimator: &'a dyn Estimator,
    /// Whether the estimator evaluates the cost at a relaxed action.
    soft: bool,
    known: Known,
    lookahead: usize,
    tau: f64,
    first_row: usize,
}

impl Ahead<'_> {
    /// The surrogate of the cost from `states: [m, s]` on, whose policy is given, `[m]`.
    fn cost(
        &self,
        states: Tensor<2>,
        policy: &CategoricalPolicy,
        depth: usize,
        key: Key,
    ) -> Result<Tensor<1>, Error> {
        let [choice, next_state, later] = key.split();
        let [m, k] = policy.dims();
        let logits = policy.ln_probabilities().reshape([m, 1, k]);
        let variables = Variables::new(logits, choice).with_tau(self.tau).first_row(self.first_row);
        let cost = |y: Tensor<3>| {
            let (reward, next) = self.known.step(states.clone(), y.reshape([m, k]));
            let rest = if depth + 1 >= self.lookahead {
                next.matmul(self.known.values.clone()).flatten(0, 1).neg()
            } else {
                let next = self.next_state(next, next_state)?;
                let masks = self.known.masks(&next);
                let policy = CategoricalPolicy::new(self.net.logits(next.clone()))?;
                self.cost(next, &policy.with_allowed(&masks)?, depth + 1, later)?
            };
            Ok(rest.mul_scalar(self.known.discount) - reward)
        };
        Ok(self.estimator.estimate(&variables, &Cost::new(&cost))?.surrogate)
    }

    /// A next state: a sample of its law with the derivative of the law, or the law itself for a relaxed action.
    fn next_state(&self, law: Tensor<2>, key: Key) -> Result<Tensor<2>, Error> {
        if self.soft {
            return Ok(law);
        }
        let [_, n] = law.dims();
        // A state after the end has no law.
        let ended = law.clone().detach().sum_dim(1).lower_elem(0.5);
        let logits = law.clone().detach().log();
        let logits = logits.mask_fill(ended.clone().expand(law.dims()), 0.0);
        let place = gumbel_max(logits, 1, key)?;
        let one_hot = place.flatten::<1>(0, 1).one_hot::<2>(n).float();
        let one_hot = one_hot.mask_fill(ended.expand(law.dims()), 0.0);
        Ok(one_hot - law.clone().detach() + law)
    }
}
