//! The settings of a run of `train policy`: everything that determines its bits.

use gumbel_burn::TemperatureSchedule;
use gumbel_burn::estimator::Name;
use gumbel_environments::maze::Model;
use gumbel_environments::{Cartpole, Environment, Particles};
use gumbel_files::names::UnknownName;
use gumbel_train::optimizer::OptimizerKind;
use gumbel_train::serde_text;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::method::Method;

/// The environments, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
#[non_exhaustive]
pub enum EnvironmentName {
    /// A maze with slippery cells, goals and traps, whose model is known.
    Maze,
    /// A pole on a cart, as CartPole-v1 of Gymnasium.
    Cartpole,
    /// Three agents that share three landmarks, as simple spread of PettingZoo.
    Particles,
}

impl EnvironmentName {
    /// The number of actions of an agent.
    pub fn actions(self) -> usize {
        match self {
            Self::Maze => Model::ACTIONS,
            Self::Cartpole => Cartpole.actions(),
            Self::Particles => Particles.actions(),
        }
    }
}

/// The settings of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyConfig {
    /// The environment.
    #[serde(with = "serde_text")]
    pub env: EnvironmentName,
    /// The map of a maze.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
    /// The method.
    #[serde(with = "serde_text")]
    pub method: Method,
    /// The gradient estimator of the methods `model`, `ddpg` and `maddpg`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "serde_text::optional")]
    pub estimator: Option<Name>,
    /// The seed: weights, environments, choices.
    #[serde(deserialize_with = "serde_text::whole")]
    pub seed: u64,
    /// The number of environments at once; for methods on whole episodes, the number of episodes in a step.
    pub environments: usize,
    /// The number of steps of each environment in a rollout; of `ddpg` and `maddpg`, before each step of the training.
    /// Methods on whole episodes do not use it.
    pub horizon: usize,
    /// The number of passes of `ppo` over a rollout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passes: Option<usize>,
    /// The number of minibatches of a pass of `ppo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minibatches: Option<usize>,
    /// The range of the ratio of `ppo`: 1 - clip to 1 + clip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// The number of transitions in a step of `ddpg` and `maddpg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// The number of transitions that `ddpg` and `maddpg` remember.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<usize>,
    /// The share of the way that the target networks of `ddpg` and `maddpg` go in a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_rate: Option<f64>,
    /// The number of steps of the training between two evaluations.
    pub updates: usize,
    /// The number of evaluations.
    pub epochs: u64,
    /// The number of parts of a batch that are computed in parallel.
    pub shards: usize,
    /// The optimizer.
    #[serde(with = "serde_text")]
    pub optimizer: OptimizerKind,
    /// The learning rate.
    pub lr: f64,
    /// The units of the hidden layers of actor and critic; none for tables.
    pub hidden: Vec<usize>,
    /// The discount of a reward one step later, gamma.
    pub discount: f64,
    /// The lambda of generalised advantage estimation, for `a2c` and `ppo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<f64>,
    /// The weight of the entropy of the policy in the objective.
    pub entropy: f64,
    /// The number of steps that `model` looks ahead before it takes the exact value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookahead: Option<usize>,
    /// The temperature of the estimator, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tau: Option<TemperatureSchedule>,
}

/// The rows and the columns of the default maze.
pub const MAZE_SIZE: usize = 9;

impl PolicyConfig {
    /// The default settings of a method in an environment. The map of a maze is still missing.
    pub fn defaults(env: EnvironmentName, method: Method) -> Self {
        let actor_critic = matches!(method, Method::A2c | Method::Ppo);
        let ppo = method == Method::Ppo;
        let off_policy = method.is_off_policy();
        let base = Self {
            env,
            map: None,
            method,
            estimator: None,
            seed: 0,
            environments: 32,
            horizon: if off_policy { 1 } else { 16 },
            passes: ppo.then_some(4),
            minibatches: ppo.then_some(4),
            clip: ppo.then_some(0.2),
            batch: off_policy.then_some(256),
            replay: off_policy.then_some(100_000),
            target_rate: off_policy.then_some(0.01),
            updates: if off_policy { 100 } else { 10 },
            epochs: 40,
            shards: 1,
            optimizer: OptimizerKind::Adam,
            lr: 0.05,
            hidden: Vec::new(),
            discount: 0.99,
            lambda: actor_critic.then_some(0.95),
            entropy: 0.005,
            lookahead: (method == Method::Model).then_some(1),
            tau: None,
        };
        let base = match env {
            // The critic has to learn before it helps: longer rollouts, smaller steps, more entropy.
            EnvironmentName::Maze if actor_critic => Self {
                horizon: 64,
                updates: if ppo { 80 } else { 20 },
                lr: 0.02,
                entropy: 0.02,
                ..base
            },
            EnvironmentName::Maze => base,
            EnvironmentName::Cartpole if off_policy => Self {
                environments: 8,
                hidden: vec![64, 64],
                lr: 1e-3,
                updates: 400,
                epochs: 50,
                entropy: 0.3,
                target_rate: Some(0.1),
                ..base
            },
            EnvironmentName::Particles => Self {
                environments: 25,
                horizon: if off_policy { 1 } else { 24 },
                hidden: vec![64, 64],
                lr: 1e-3,
                updates: match method {
                    Method::Ppo => 320,
                    _ if off_policy => 500,
                    _ => 20,
                },
                epochs: 20,
                discount: 0.95,
                entropy: 0.05,
                target_rate: off_policy.then_some(0.02),
                ..base
            },
            EnvironmentName::Cartpole => Self {
                environments: 8,
                horizon: 128,
                hidden: vec![64, 64],
                lr: 1e-3,
                updates: if ppo { 64 } else { 4 },
                epochs: 50,
                ..base
            },
        };
        let base = match method {
            _ if method.has_estimator() => base.with_estimator(Name::StraightThroughGumbelSoftmax),
            _ => base,
        };
        base.with_default_shards()
    }

    /// The settings with two parts of a batch, or one if a step has one example.
    pub fn with_default_shards(self) -> Self {
        Self { shards: self.batch().clamp(1, 2), ..self }
    }

    /// The settings with another estimator of `model`, at its default temperature.
    pub fn with_estimator(self, name: Name) -> Self {
        let tau = name.estimator().default_tau();
        let tau = tau.map(|tau| TemperatureSchedule::Constant { tau });
        Self { estimator: Some(name), tau, ..self }
    }

    /// The number of examples in a step: episodes, transitions, or the maze as a whole.
    pub fn batch(&self) -> usize {
        let rollout = self.environments * self.horizon;
        match self.method {
            Method::Reinforce | Method::Rloo | Method::Grpo => self.environments,
            Method::A2c | Method::Model => rollout,
            Method::Ppo => rollout / self.minibatches.unwrap_or(1).max(1),
            Method::Exact => 1,
            Method::Ddpg | Method::Maddpg => self.batch.unwrap_or(1),
        }
    }
}
