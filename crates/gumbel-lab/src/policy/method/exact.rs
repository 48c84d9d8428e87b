//! `exact`: the gradient of the expected return, by the known model of a maze.

use burn::tensor::Tensor;
use gumbel_environments::maze::Model;
use gumbel_train::Step;

use super::{Learner, Setting, View};
use crate::error::LabError;
use crate::policy::batch::Batch;
use crate::policy::maze::{evaluation, known, live_states, policy_table, views};
use crate::policy::memory::Memory;
use crate::policy::network::PolicyNet;
use crate::policy::world::World;

/// The exact expectation: no sample is drawn.
///
/// ```text
/// dJ/dtheta = sum_s d(s) sum_a Q(s, a) dpi(a | s)/dtheta
/// ```
///
/// d are the expected discounted visits of each state from the start, Q the exact values of the actions under the
/// present policy: both are constants of the surrogate. The sum over all states is one example. There is no time limit,
/// unlike in the episodes that other methods play.
///
/// Sutton, McAllester, Singh and Mansour, "Policy gradient methods for reinforcement learning with function
/// approximation", NeurIPS (1999), theorem 1.
pub(super) struct Exact;

impl<E: World> Learner<E> for Exact {
    fn batch(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        _: &mut Memory<E::State>,
        _: &Step,
    ) -> Result<Batch, LabError> {
        let maze = known(setting.world)?;
        let exact = evaluation(maze, &policy_table(maze, net)?)?;
        let states = live_states(maze);
        let (observations, allowed) = views(maze, &states);
        let of_state = |&state: &usize| {
            let row = &exact.action_values[state * Model::ACTIONS..][..Model::ACTIONS];
            // An action that is not allowed has no value and no probability.
            let cost = |q: f64| if q.is_finite() { (-exact.visits[state] * q) as f32 } else { 0.0 };
            row.iter().map(|&q| cost(q)).collect::<Vec<f32>>()
        };
        let costs = states.iter().flat_map(of_state).collect();
        let advantages = states.iter().map(|&state| exact.visits[state] as f32).collect();
        let batch = Batch { observations, allowed, costs, advantages, ..Batch::default() };
        // One example: the sum over all states.
        Ok(Batch { starts: vec![0, states.len()], ..batch })
    }

    fn objective(
        &self,
        setting: &Setting<'_, E>,
        _: &PolicyNet,
        view: View<'_>,
    ) -> Result<Tensor<1>, LabError> {
        let View { slice, policy, .. } = view;
        let cost = (policy.probabilities() * slice.costs()).sum_dim(1).flatten(0, 1);
        let entropy = policy.entropy()? * slice.advantages();
        Ok(slice.by_example(cost - entropy.mul_scalar(setting.config.entropy)))
    }
}
