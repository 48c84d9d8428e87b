//! The arguments of `gumbel train policy` and `gumbel play`.

use std::path::PathBuf;

use clap::Args;
use gumbel_burn::estimator::Name;
use gumbel_lab::policy::{EnvironmentName, Method};
use gumbel_train::optimizer::OptimizerKind;

use super::names::names;
use super::numbers::{seed, whole};
use super::run::RunArgs;
use super::values::{HiddenLayers, Render};

#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// The environment [default: maze]
    #[arg(long, value_name = "NAME", value_parser = names::<EnvironmentName>())]
    pub(crate) env: Option<EnvironmentName>,
    /// A text file with the map of a maze: one rectangle of # wall, . floor, ~ slippery, S start, G goal, T trap
    /// [default: a map made from --map-seed]
    #[arg(long, value_name = "FILE", conflicts_with = "map_seed")]
    pub(crate) map: Option<PathBuf>,
    /// The seed of a map of 9 rows and 9 columns [default: 0]
    #[arg(long, value_name = "SEED", value_parser = seed)]
    pub(crate) map_seed: Option<u64>,
    /// The method. On episodes: reinforce, rloo, grpo, a2c, ppo. By the known model of a maze: exact, model
    /// [default: reinforce; cartpole ppo]
    #[arg(long, value_name = "NAME", value_parser = names::<Method>())]
    pub(crate) method: Option<Method>,
    /// The gradient estimator of --method model [default: straight-through-gumbel-softmax]
    #[arg(long, value_name = "NAME", value_parser = names::<Name>())]
    pub(crate) estimator: Option<Name>,
    /// A fixed temperature of --estimator, if it has one [default: that of the estimator]
    #[arg(long, value_name = "TAU", allow_hyphen_values = true)]
    pub(crate) tau: Option<f64>,
    /// The number of steps that --method model looks ahead before it takes the exact value of the state [default: 1]
    #[arg(long, value_name = "STEPS", value_parser = whole::<usize>(1, 50))]
    pub(crate) lookahead: Option<usize>,
    /// The number of environments at once; for reinforce, rloo and grpo the number of episodes in a step
    /// [default: 32; cartpole 8]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, 100_000))]
    pub(crate) environments: Option<usize>,
    /// The number of steps of each environment in a rollout of a2c, ppo and model [default: 16; a2c 64;
    /// cartpole 128]
    #[arg(long, value_name = "STEPS", value_parser = whole::<usize>(1, 100_000))]
    pub(crate) horizon: Option<usize>,
    /// The number of evaluations during the training [default: 40; cartpole 50]
    #[arg(long, value_parser = whole::<u64>(1, 1_000_000))]
    pub(crate) epochs: Option<u64>,
    /// The number of steps of the training between two evaluations [default: 10; a2c 20, ppo 160;
    /// cartpole 4, ppo 64]
    #[arg(long, value_name = "STEPS", value_parser = whole::<usize>(1, 1_000_000))]
    pub(crate) updates: Option<usize>,
    /// The learning rate [default: 0.05; a2c 0.02; cartpole 0.001]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lr: Option<f64>,
    /// The optimizer; sgd has momentum 0.9 [default: adam]
    #[arg(long, value_name = "NAME", value_parser = names::<OptimizerKind>())]
    pub(crate) optimizer: Option<OptimizerKind>,
    /// The hidden layers of actor and critic, as in 64,64; none for tables [default: none; cartpole 64,64]
    #[arg(long, value_name = "SIZES")]
    pub(crate) hidden: Option<HiddenLayers>,
    /// The discount of a reward one step later [default: 0.99]
    #[arg(long, value_name = "GAMMA", allow_hyphen_values = true)]
    pub(crate) discount: Option<f64>,
    /// The lambda of generalised advantage estimation, for a2c, ppo and model [default: 0.95]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lambda: Option<f64>,
    /// The weight of the entropy of the policy [default: 0.005; a2c 0.02; cartpole 0.005]
    #[arg(long, value_name = "WEIGHT", allow_hyphen_values = true)]
    pub(crate) entropy: Option<f64>,
    /// The number of passes of ppo over a rollout [default: 4]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, 1_000))]
    pub(crate) passes: Option<usize>,
    /// The number of minibatches in a pass of ppo [default: 4]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, 100_000))]
    pub(crate) minibatches: Option<usize>,
    /// The range of the ratio of ppo: 1 - CLIP to 1 + CLIP [default: 0.2]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) clip: Option<f64>,
    /// The seed of the weights, the environments and the choices [default: 0]
    #[arg(long, value_parser = seed)]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The number of episodes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<usize>(1, 1_000_000))]
    pub(crate) episodes: usize,
    /// Show the episodes of a maze: in the terminal, or the first one as an animation
    #[arg(long, value_name = "FILE.gif|terminal")]
    pub(crate) render: Option<Render>,
    /// Take the most probable action instead of a sample
    #[arg(long)]
    pub(crate) greedy: bool,
    /// The seed of the episodes and the choices
    #[arg(long, default_value_t = 0, value_parser = seed)]
    pub(crate) seed: u64,
}
