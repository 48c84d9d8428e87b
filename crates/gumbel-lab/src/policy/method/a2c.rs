//! `a2c`: advantage actor-critic.

use burn::tensor::Tensor;
use gumbel_train::Step;

use super::scores::{VALUE, surrogate};
use super::{Learner, Setting, View};
use crate::error::LabError;
use crate::policy::batch::Batch;
use crate::policy::memory::Memory;
use crate::policy::network::PolicyNet;
use crate::policy::rollout::{advantages, steps};
use crate::policy::world::World;

/// Advantage actor-critic: a step on each rollout.
///
/// ```text
/// A_t grad ln pi(a_t | s_t)        A_t: generalised advantage estimate, by the critic
/// ```
///
/// The critic cuts the noise and adds bias, as long as it is wrong. It learns A_t + V(s_t) by least squares.
///
/// Mnih et al., "Asynchronous methods for deep reinforcement learning", arXiv 1602.01783; Schulman et al., arXiv
/// 1506.02438.
pub(super) struct A2c;

/// Takes the steps of a rollout in the environments of the memory. Every transition of an environment is an example.
pub(super) fn rollout<E: World>(
    setting: &Setting<'_, E>,
    net: &PolicyNet,
    memory: &mut Memory<E::State>,
) -> Result<Batch, LabError> {
    let config = setting.config;
    let mut episodes = memory.resume(setting.world)?;
    let rollout = steps(&mut episodes, net, config.horizon)?;
    memory.keep(&episodes);
    memory.record(rollout.steps(), rollout.returns.iter().copied());
    // A method without a critic has no advantages.
    let (advantages, targets) = match config.lambda {
        Some(lambda) => advantages(&rollout, net, config.discount, lambda),
        None => (Vec::new(), Vec::new()),
    };
    let (m, agents) = (rollout.len(), rollout.agents);
    let batch = Batch {
        observations: rollout.observations,
        allowed: rollout.allowed,
        actions: rollout.actions,
        advantages,
        targets,
        ln_old: rollout.ln_p,
        ..Batch::default()
    };
    Ok(batch.by_transition(m, agents))
}

impl<E: World> Learner<E> for A2c {
    fn batch(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        memory: &mut Memory<E::State>,
        _: &Step,
    ) -> Result<Batch, LabError> {
        rollout(setting, net, memory)
    }

    fn objective(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        view: View<'_>,
    ) -> Result<Tensor<1>, LabError> {
        let View { slice, observations, policy, .. } = view;
        let error = net.values(observations) - slice.targets();
        let of_actor = surrogate(setting, &slice, &policy)?;
        Ok(slice.by_example(of_actor + error.square().mul_scalar(VALUE)))
    }
}
