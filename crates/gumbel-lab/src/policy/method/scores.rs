//! The score function on whole episodes: what `reinforce`, `rloo` and `grpo` share, and the last two.

use burn::tensor::Tensor;
use gumbel_burn::CategoricalPolicy;
use gumbel_train::Step;

use super::{Learner, Setting, View};
use crate::error::LabError;
use crate::policy::batch::{Batch, Slice};
use crate::policy::memory::Memory;
use crate::policy::network::PolicyNet;
use crate::policy::rollout::{Rollout, normalise, whole_episodes};
use crate::policy::world::World;

/// The weight of the squared error of the critic.
pub(super) const VALUE: f64 = 0.5;

/// Plays the episodes of a step. An example is an episode; `targets` are the discounted returns from each step on, and
/// `advantages` the factors gamma^t.
pub(super) fn episodes<E: World>(
    setting: &Setting<'_, E>,
    net: &PolicyNet,
    memory: &mut Memory<E::State>,
    step: &Step,
) -> Result<Batch, LabError> {
    let gamma = setting.config.discount;
    let (rollout, episodes) = whole_episodes(setting.world, net, step.noise, step.size)?;
    let (m, agents) = (rollout.len(), rollout.agents);
    let (mut targets, mut advantages) = (vec![0.0; m], vec![0.0; m]);
    let mut starts = vec![0];
    for places in &episodes {
        let mut following = vec![0.0; agents];
        for (i, &place) in places.iter().enumerate().rev() {
            let (t, agent) = (i / agents, i % agents);
            following[agent] = rollout.rewards[place] + gamma * following[agent];
            targets[place] = following[agent] as f32;
            advantages[place] = gamma.powf(t as f64) as f32;
        }
        starts.push(starts[starts.len() - 1] + places.len());
    }
    let of_episode = |places: &Vec<usize>| {
        places.iter().map(|&place| rollout.rewards[place]).sum::<f64>() / agents as f64
    };
    memory.record((starts[starts.len() - 1] / agents) as u64, episodes.iter().map(of_episode));
    let Rollout { observations, allowed, actions, .. } = rollout;
    let whole = Batch { observations, allowed, actions, targets, advantages, ..Batch::default() };
    Ok(whole.by_transition(m, agents).rows(&episodes.concat(), starts))
}

/// The surrogate of each transition: -A ln pi(a | s), less the entropy times its coefficient.
pub(super) fn surrogate<E: World>(
    setting: &Setting<'_, E>,
    slice: &Slice<'_>,
    policy: &CategoricalPolicy,
) -> Result<Tensor<1>, LabError> {
    let scores = policy.ln_probability(slice.actions())? * slice.advantages();
    let entropy = policy.entropy()?.mul_scalar(setting.config.entropy);
    Ok((scores + entropy).neg())
}

/// The score function with a weight for each whole episode, a function of the returns of the batch.
///
/// ```text
/// w_e sum_t grad ln pi(a_t | s_t)       R_e = sum_t gamma^t r_t
/// rloo    w_e = R_e - mean of the other R
/// grpo    w_e = (R_e - mean) / deviation
/// ```
///
/// `rloo` is unbiased for the return up to the time limit, as `reinforce` is: the other episodes are independent of
/// this one. `grpo` scales by a number that contains the own return, and is biased. In
/// the maze of the test, in groups of 64, a bias of its direction is below the 1.3% of the noise; the length is not
/// that of the gradient.
///
/// Kool, van Hoof and Welling, "Buy 4 REINFORCE samples, get a baseline for free!" (2019); Shao et al., arXiv
/// 2402.03300, section 4.1.
pub(super) struct Scores {
    pub(super) weights: fn(&mut [f32]),
}

/// The returns less the mean of the others.
pub(super) fn leave_one_out(returns: &mut [f32]) {
    let n = returns.len() as f64;
    let sum: f64 = returns.iter().map(|&x| f64::from(x)).sum();
    for x in returns {
        *x = ((n * f64::from(*x) - sum) / (n - 1.0)) as f32;
    }
}

/// The returns with mean 0 and deviation 1.
pub(super) fn scaled(returns: &mut [f32]) {
    normalise(returns);
}

impl<E: World> Learner<E> for Scores {
    fn batch(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        memory: &mut Memory<E::State>,
        step: &Step,
    ) -> Result<Batch, LabError> {
        let mut batch = episodes(setting, net, memory, step)?;
        let agents = setting.world.agents();
        for agent in 0..agents {
            let starts = &batch.starts[..step.size];
            let mut weights: Vec<f32> =
                starts.iter().map(|&start| batch.targets[start + agent]).collect();
            (self.weights)(&mut weights);
            for (ends, weight) in batch.starts.windows(2).zip(weights) {
                let of_agent = batch.advantages[ends[0]..ends[1]].iter_mut().skip(agent);
                of_agent.step_by(agents).for_each(|advantage| *advantage = weight);
            }
        }
        Ok(batch)
    }

    fn objective(
        &self,
        setting: &Setting<'_, E>,
        _: &PolicyNet,
        view: View<'_>,
    ) -> Result<Tensor<1>, LabError> {
        let View { slice, policy, .. } = view;
        Ok(slice.by_example(surrogate(setting, &slice, &policy)?))
    }
}
