//! The methods that train an agent, one file each.
//!
//! A method makes the batch of a step from the environment, and the objective of each example from the networks. The
//! objective is a surrogate: its gradient is the estimate, its value says little.

mod a2c;
mod ddpg;
mod exact;
mod model;
mod ppo;
mod reinforce;
mod scores;
#[cfg(test)]
mod tests;

use std::ops::Range;

use burn::tensor::{Device, Tensor};
use gumbel_burn::CategoricalPolicy;
use gumbel_files::names::UnknownName;
use gumbel_train::Step;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::batch::{Batch, Slice};
use super::config::PolicyConfig;
use super::memory::Memory;
use super::network::{Critic, PolicyNet};
use super::world::World;
use crate::error::LabError;

/// The methods, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
#[non_exhaustive]
pub enum Method {
    /// The score function on whole episodes, less a learned value as baseline. Williams (1992).
    Reinforce,
    /// The score function, less the mean return of the other episodes. Kool, van Hoof and Welling (2019).
    Rloo,
    /// The score function with returns shifted and scaled within the batch. Shao et al., arXiv 2402.03300.
    Grpo,
    /// Advantage actor-critic on rollouts of some steps. Mnih et al., arXiv 1602.01783.
    A2c,
    /// Proximal policy optimisation with a clipped ratio. Schulman et al., arXiv 1707.06347.
    Ppo,
    /// A gradient through the choice by a critic of actions, from remembered transitions. Lillicrap et al., arXiv
    /// 1509.02971, with the choice of Lowe et al.
    Ddpg,
    /// The same for several agents, with critics that see all of them. Lowe et al., arXiv 1706.02275.
    Maddpg,
    /// The exact gradient of the expected return, by the known model of a maze.
    Exact,
    /// A gradient through the choice itself, by the known model of a maze, with an estimator.
    Model,
}

/// The parts of a training that a method needs.
pub(super) struct Setting<'a, E: World> {
    pub(super) config: &'a PolicyConfig,
    pub(super) world: &'a E,
}

/// A method, as the training uses it.
pub(super) trait Learner<E: World>: Sync {
    /// Makes the batch of a step.
    fn batch(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        memory: &mut Memory<E::State>,
        step: &Step,
    ) -> Result<Batch, LabError>;

    /// Computes the objective of some examples of a batch.
    fn objective(
        &self,
        setting: &Setting<'_, E>,
        net: &PolicyNet,
        view: View<'_>,
    ) -> Result<Tensor<1>, LabError>;
}

/// Some examples of a batch, with the policy of the networks in their states.
pub(super) struct View<'a> {
    pub(super) slice: Slice<'a>,
    pub(super) observations: Tensor<2>,
    pub(super) policy: CategoricalPolicy,
    pub(super) step: &'a Step,
}

impl<'a> View<'a> {
    pub(super) fn new(
        net: &PolicyNet,
        batch: &'a Batch,
        examples: Range<usize>,
        step: &'a Step,
        device: &'a Device,
    ) -> Result<Self, LabError> {
        let slice = batch.slice(examples, device);
        let observations = slice.observations();
        let policy = slice.policy(net, observations.clone())?;
        Ok(Self { slice, observations, policy, step })
    }
}

impl Method {
    /// What the critics of the method see.
    pub fn critic(self) -> Critic {
        match self {
            Self::Reinforce | Self::A2c | Self::Ppo => Critic::State,
            Self::Ddpg => Critic::Action,
            Self::Maddpg => Critic::JointAction,
            Self::Rloo | Self::Grpo | Self::Exact | Self::Model => Critic::None,
        }
    }

    /// Whether the method differentiates through the choice with an estimator.
    pub fn has_estimator(self) -> bool {
        matches!(self, Self::Model) || self.is_off_policy()
    }

    /// Whether the method learns from remembered transitions.
    pub fn is_off_policy(self) -> bool {
        matches!(self, Self::Ddpg | Self::Maddpg)
    }

    /// Whether the method takes some steps of each environment at a time, not whole episodes.
    pub fn has_rollouts(self) -> bool {
        matches!(self, Self::A2c | Self::Ppo | Self::Model) || self.is_off_policy()
    }

    /// Whether the method needs the known model of a maze.
    pub fn needs_model(self) -> bool {
        matches!(self, Self::Exact | Self::Model)
    }

    pub(super) fn learner<E: World>(self) -> Box<dyn Learner<E>> {
        match self {
            Self::Reinforce => Box::new(reinforce::Reinforce),
            Self::Rloo => Box::new(scores::Scores { weights: scores::leave_one_out }),
            Self::Grpo => Box::new(scores::Scores { weights: scores::scaled }),
            Self::A2c => Box::new(a2c::A2c),
            Self::Ppo => Box::new(ppo::Ppo),
            Self::Ddpg | Self::Maddpg => Box::new(ddpg::Ddpg),
            Self::Exact => Box::new(exact::Exact),
            Self::Model => Box::new(model::Model),
        }
    }
}
