//! `ppo`: proximal policy optimisation.

use burn::tensor::Tensor;
use gumbel_train::Step;

use super::a2c::rollout;
use super::scores::VALUE;
use super::{Learner, Setting, View};
use crate::error::LabError;
use crate::policy::batch::Batch;
use crate::policy::memory::Memory;
use crate::policy::network::PolicyNet;
use crate::policy::rollout::normalise;
use crate::policy::world::World;

/// Proximal policy optimisation with a clipped ratio: several passes over each rollout, in minibatches.
///
/// ```text
/// -min(rho A, clip(rho, 1 - c, 1 + c) A)       rho = pi(a | s) / pi_old(a | s)
/// ```
///
/// The clip takes the gradient away where the policy has already moved by c in the direction of A. Advantages have
/// mean 0 and deviation 1 in each minibatch.
///
/// Schulman et al., "Proximal policy optimization algorithms", arXiv 1707.06347, equation 7.
pub(super) struct Ppo;

impl<E: World> Learner<E> for Ppo {
    fn batch(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        memory: &mut Memory<E::State>,
        step: &Step,
    ) -> Result<Batch, LabError> {
        let config = setting.config;
        let minibatches = config.minibatches.expect("checked: ppo has minibatches") as u64;
        let passes = config.passes.expect("checked: ppo has passes") as u64;
        let place = step.number % (passes * minibatches);
        if place == 0 {
            let made = rollout(setting, net, memory)?;
            memory.rollout = Some(made);
        }
        let whole = memory.rollout.as_ref().expect("made at the first minibatch");
        // The order of a pass is a function of the key of the run and of the number of the pass.
        let (pass, part) = (step.number / minibatches, (place % minibatches) as usize);
        let key = step.run_key.fold_in(crate::streams::MINIBATCHES).fold_in(pass);
        let order = gumbel::sample::permutation(key, whole.examples());
        let mut batch = whole.select(&order[part * step.size..][..step.size]);
        normalise(&mut batch.advantages);
        Ok(batch)
    }

    fn objective(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        view: View<'_>,
    ) -> Result<Tensor<1>, LabError> {
        let config = setting.config;
        let clip = config.clip.expect("checked: ppo has a clip");
        let View { slice, observations, policy, .. } = view;
        let ratio = (policy.ln_probability(slice.actions())? - slice.ln_old()).exp();
        let advantages = slice.advantages();
        let clipped = ratio.clone().clamp(1.0 - clip, 1.0 + clip) * advantages.clone();
        let of_actor = (ratio * advantages).min_pair(clipped);
        let entropy = policy.entropy()?.mul_scalar(config.entropy);
        let error = net.values(observations) - slice.targets();
        Ok(slice.by_example(error.square().mul_scalar(VALUE) - of_actor - entropy))
    }
}
