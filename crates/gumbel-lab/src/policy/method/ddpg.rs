//! `ddpg` and `maddpg`: off-policy actors that learn through their choice, by a critic of actions.

use burn::module::Module;
use burn::tensor::Tensor;
use gumbel_burn::estimator::{Cost, Variables};
use gumbel_train::Step;
use gumbel_train::values::floats;

use super::{Learner, Setting, View};
use crate::error::LabError;
use crate::policy::batch::{Batch, one_hot};
use crate::policy::memory::Memory;
use crate::policy::network::PolicyNet;
use crate::policy::replay::{Replay, Rows};
use crate::policy::rollout::steps;
use crate::policy::world::World;

/// A gradient through the choice by a critic that is differentiable in the action, with any estimator of
/// `gumbel_burn::estimator`.
///
/// ```text
/// critic   (Q(s, a) - r - gamma Q'(s', a'))^2       a' ~ pi'(. | s');  Q' and pi' follow Q and pi slowly
/// actor    -Q(s, y)                                 y the action, one-hot or relaxed, by the estimator
/// ```
///
/// The states s are drawn from the last transitions, whatever the policy was that met them. With the estimator
/// `straight-through-gumbel-softmax` the critic sees a choice and its derivative is handed on; with `gumbel-softmax` it
/// is asked between the choices, where no transition ever was.
///
/// `ddpg` has critics that see what their agent sees. `maddpg` has critics that see what all agents observe and do,
/// which is needed in the training alone; an actor sees what its agent observes.
///
/// Lillicrap et al., "Continuous control with deep reinforcement learning", arXiv 1509.02971; Lowe et al.,
/// "Multi-agent actor-critic for mixed cooperative-competitive environments", arXiv 1706.02275.
pub(super) struct Ddpg;

impl<E: World> Learner<E> for Ddpg {
    fn batch(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        memory: &mut Memory<E::State>,
        step: &Step,
    ) -> Result<Batch, LabError> {
        let config = setting.config;
        let agents = setting.world.agents();
        let capacity = config.replay.expect("checked: the method remembers");
        let mut replay = memory.replay.take().unwrap_or_else(|| Replay::new(capacity, agents));
        let mut episodes = memory.resume(setting.world)?;
        loop {
            let rollout = steps(&mut episodes, net, config.horizon)?;
            replay.add(&rollout);
            memory.record(rollout.steps(), rollout.returns.iter().copied());
            if replay.len() >= step.size.min(capacity) {
                break;
            }
        }
        memory.keep(&episodes);
        let share = config.target_rate.expect("checked: the method has target networks");
        follow(&mut memory.followers, net.to_numbers(), share);
        let target = net.clone().with_numbers(&memory.followers);
        let rows = replay
            .sample(step.run_key.fold_in(crate::streams::REPLAY).fold_in(step.number), step.size);
        memory.replay = Some(replay);
        let targets = targets(&rows, &target, config.discount, agents, step)?;
        let Rows { observations, allowed, actions, .. } = rows;
        let m = actions.len();
        let batch = Batch { observations, allowed, actions, targets, ..Batch::default() };
        Ok(batch.by_transition(m, agents))
    }

    fn objective(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        view: View<'_>,
    ) -> Result<Tensor<1>, LabError> {
        let config = setting.config;
        let View { slice, observations, policy, step } = view;
        let taken = slice.one_hot();
        let found = net.action_values(observations.clone(), taken.clone(), taken.clone());
        let of_critic = (found - slice.targets()).square();

        // The critic is a constant of the actor's objective.
        let critic = net.clone().no_grad();
        let cost = |own: Tensor<3>| {
            let own = own.reshape(taken.dims());
            Ok(critic.action_values(observations.clone(), taken.clone(), own).neg())
        };
        let [m, k] = policy.dims();
        let logits = policy.ln_probabilities().reshape([m, 1, k]);
        let tau = config.tau.map_or(1.0, |tau| tau.tau(step.number));
        let variables =
            Variables::new(logits, step.noise).with_tau(tau).first_row(slice.first_row());
        let name = config.estimator.expect("checked: the method has an estimator");
        let of_actor = name.estimator().estimate(&variables, &Cost::new(&cost))?.surrogate;
        let entropy = policy.entropy()?.mul_scalar(config.entropy);
        Ok(slice.by_example(of_critic + of_actor - entropy))
    }
}

/// Moves numbers a share of the way to others; with none yet, takes the others.
pub(super) fn follow(followers: &mut Vec<f32>, leaders: Vec<f32>, share: f64) {
    if followers.is_empty() {
        *followers = leaders;
        return;
    }
    for (follower, leader) in followers.iter_mut().zip(leaders) {
        *follower += share as f32 * (leader - *follower);
    }
}

/// r + gamma Q'(s', a') of each transition, with a' drawn from the target actors; r alone where the episode terminated.
pub(super) fn targets(
    rows: &Rows,
    target: &PolicyNet,
    discount: f64,
    agents: usize,
    step: &Step,
) -> Result<Vec<f32>, LabError> {
    let policy = target.policy_of(&rows.next_observations, &rows.next_allowed)?;
    let key = step.noise.fold_in(crate::streams::NEXT_ACTIONS);
    let keys: Vec<_> = (0..step.size as u64).map(|i| key.fold_in(i)).collect();
    let actions = policy.sample(&keys)?;
    debug_assert_eq!(actions.len(), keys.len() * agents);
    let observations = target.tensor(&rows.next_observations);
    let actions = one_hot(&actions, policy.dims()[1], &observations.device());
    let values = floats(target.action_values(observations, actions.clone(), actions));
    let ended = rows.rewards.iter().zip(&rows.terminated);
    Ok(ended
        .zip(values)
        .map(
            |((&reward, &ended), next)| {
                if ended { reward } else { reward + discount as f32 * next }
            },
        )
        .collect())
}
