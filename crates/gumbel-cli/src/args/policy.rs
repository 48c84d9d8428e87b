//! The arguments of `gumbel train policy` and `gumbel play`.

use std::path::PathBuf;

use clap::Args;
use gumbel_burn::estimator::Name;
use gumbel_lab::policy::comparison::Variant;
use gumbel_lab::policy::{EnvironmentName, Method};
use gumbel_train::optimizer::OptimizerKind;

use super::names::names;
use super::numbers::{minutes, seed, whole};
use super::run::{ComputeArgs, RunArgs};
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
    /// The method. On episodes: reinforce, rloo, grpo, a2c, ppo. Through the choice, by a critic: ddpg, maddpg. By the
    /// known model of a maze: exact, model [default: reinforce; cartpole ppo; particles maddpg]
    #[arg(long, value_name = "NAME", value_parser = names::<Method>())]
    pub(crate) method: Option<Method>,
    /// The gradient estimator of model, ddpg and maddpg [default: straight-through-gumbel-softmax]
    #[arg(long, value_name = "NAME", value_parser = names::<Name>())]
    pub(crate) estimator: Option<Name>,
    /// A fixed temperature of --estimator, if it has one [default: that of the estimator]
    #[arg(long, value_name = "TAU", allow_hyphen_values = true)]
    pub(crate) tau: Option<f64>,
    /// The number of steps that --method model looks ahead before it takes the exact value of the state [default: 1]
    #[arg(long, value_name = "STEPS", value_parser = whole::<usize>(1, 50))]
    pub(crate) lookahead: Option<usize>,
    /// The number of environments at once; for reinforce, rloo and grpo the number of episodes in a step
    /// [default: 32; cartpole 8; particles 25]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, 100_000))]
    pub(crate) environments: Option<usize>,
    /// The number of steps of each environment in a rollout of a2c, ppo and model, and before each step of ddpg and
    /// maddpg [default: 16; a2c and ppo 64; cartpole 128; particles 24; ddpg and maddpg 1]
    #[arg(long, value_name = "STEPS", value_parser = whole::<usize>(1, 100_000))]
    pub(crate) horizon: Option<usize>,
    /// The number of evaluations during the training [default: 40; cartpole 50; particles 20]
    #[arg(long, value_parser = whole::<u64>(1, 1_000_000))]
    pub(crate) epochs: Option<u64>,
    /// The number of steps of the training between two evaluations [default: 10; a2c 20, ppo 80, ddpg
    /// 100; cartpole 4, ppo 64, ddpg 400; particles 20, ppo 320, maddpg 500]
    #[arg(long, value_name = "STEPS", value_parser = whole::<usize>(1, 1_000_000))]
    pub(crate) updates: Option<usize>,
    /// The learning rate [default: 0.05; a2c and ppo 0.02; cartpole and particles 0.001]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lr: Option<f64>,
    /// The optimizer; sgd has momentum 0.9 [default: adam]
    #[arg(long, value_name = "NAME", value_parser = names::<OptimizerKind>())]
    pub(crate) optimizer: Option<OptimizerKind>,
    /// The hidden layers of actor and critic, as in 64,64; none for tables [default: none; cartpole
    /// and particles 64,64]
    #[arg(long, value_name = "SIZES")]
    pub(crate) hidden: Option<HiddenLayers>,
    /// The discount of a reward one step later [default: 0.99; particles 0.95]
    #[arg(long, value_name = "GAMMA", allow_hyphen_values = true)]
    pub(crate) discount: Option<f64>,
    /// The lambda of generalised advantage estimation, for a2c and ppo [default: 0.95]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lambda: Option<f64>,
    /// The weight of the entropy of the policy [default: 0.005; a2c and ppo 0.02; cartpole 0.005, ddpg 0.3;
    /// particles 0.05]
    #[arg(long, value_name = "WEIGHT", allow_hyphen_values = true)]
    pub(crate) entropy: Option<f64>,
    /// The number of transitions in a step of ddpg and maddpg [default: 256]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, 1_000_000))]
    pub(crate) batch: Option<usize>,
    /// The number of transitions that ddpg and maddpg remember, also in the checkpoint: some 50 MB with particles
    /// [default: 100000]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, 10_000_000))]
    pub(crate) replay: Option<usize>,
    /// The share of the way that the target networks of ddpg and maddpg go in a step [default: 0.01; cartpole 0.1;
    /// particles 0.02]
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub(crate) target_rate: Option<f64>,
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

/// The arguments of `gumbel reproduce policies`.
#[derive(Debug, Args)]
pub(crate) struct ReproducePoliciesArgs {
    /// The environment [default: maze]
    #[arg(long, value_name = "NAME", value_parser = names::<EnvironmentName>())]
    pub(crate) env: Option<EnvironmentName>,
    /// The number of trainings of each method, with seeds 0, 1, ...; in a maze, each with a map of its own
    /// [default: 20; cartpole 5; particles 3]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, 1_000))]
    pub(crate) seeds: Option<u64>,
    /// Train only these methods; one through the choice may have an estimator, as in model:gumbel-softmax
    /// [default: those that suit the environment]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(crate) only: Vec<Variant>,
    /// The number of evaluations during each training [default: that of train policy]
    #[arg(long, value_parser = whole::<u64>(1, 1_000_000))]
    pub(crate) epochs: Option<u64>,
    /// Begin no further training after this time; the same command continues
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    pub(crate) budget: Option<f64>,
    /// The folder for the runs and the report [default: runs/policies-ENV]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) compute: ComputeArgs,
    /// Show no progress; the result is still printed
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlayArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The number of episodes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole::<usize>(1, 1_000_000))]
    pub(crate) episodes: usize,
    /// Show the episodes in the terminal, or the first one as an animation
    #[arg(long, value_name = "FILE.gif|terminal")]
    pub(crate) render: Option<Render>,
    /// Take the most probable action instead of a sample
    #[arg(long)]
    pub(crate) greedy: bool,
    /// The seed of the episodes and the choices
    #[arg(long, default_value_t = 0, value_parser = seed)]
    pub(crate) seed: u64,
}
