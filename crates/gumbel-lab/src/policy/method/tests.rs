//! Estimates of the policy gradient against the exact gradient of a small maze.

mod actor_critic;
mod ddpg;
mod model;
mod scores;

use burn::module::Module;
use burn::tensor::Device;
use gumbel::Key;
use gumbel_environments::maze::{Map, Maze, Model, Rules};
use gumbel_train::Step;
use gumbel_train::values::floats;

use super::{Method, Setting, View};
use crate::policy::batch::Batch;
use crate::policy::config::{EnvironmentName, PolicyConfig};
use crate::policy::maze::{cost_gradient, evaluation, policy_table, shares};
use crate::policy::memory::Memory;
use crate::policy::network::{PolicyNet, Sizes};

/// The episodes of a batch, and the number of batches.
const EPISODES: usize = 64;
const BATCHES: u64 = 400;
/// Standard errors beyond which a mean is refuted. The map has 8 states, so 32 numbers, of which 15 are not always 0.
/// Of 400 batches a mean is further away with probability 5e-9 (Student's t), so that the 10 comparisons that must pass
/// have a false alarm with probability 1e-6.
const REFUTED: f64 = 6.0;

/// A maze with a slippery cell and a trap. The discount of 1/2 makes what comes after the time limit of 36 steps
/// smaller than 1e-10.
fn maze() -> Maze {
    with_discount(0.5)
}

fn with_discount(discount: f64) -> Maze {
    let rules = Rules { discount, cost: 0.1, ..Rules::default() };
    Maze::new(Map::parse("S~.\n..T\n#.G\n").unwrap(), rules).unwrap()
}

fn config(method: Method) -> PolicyConfig {
    PolicyConfig {
        map: Some("S~.\n..T\n#.G\n".to_owned()),
        environments: EPISODES,
        horizon: 4,
        discount: 0.5,
        entropy: 0.0,
        ..PolicyConfig::defaults(EnvironmentName::Maze, method)
    }
}

/// A policy that is not uniform, and a critic that is wrong.
fn net(maze: &Maze, config: &PolicyConfig) -> PolicyNet {
    let device = Device::flex().autodiff();
    let sizes = Sizes::of(maze, &[], config.method.critic());
    PolicyNet::new(&sizes, Key::new(0), &device).perturbed(Key::new(5))
}

/// The policy of that network as a table.
fn table(maze: &Maze, config: &PolicyConfig) -> Vec<f64> {
    policy_table(maze, &net(maze, config).valid()).unwrap()
}

fn step(config: &PolicyConfig, number: u64) -> Step {
    let noise = Key::new(13).fold_in(number);
    Step { number: 0, epoch: 0, offset: 0, size: config.batch(), run_key: Key::new(11), noise }
}

/// A batch of the method, in new environments.
fn batch(config: &PolicyConfig, maze: &Maze, net: &PolicyNet, number: u64) -> Batch {
    let setting = Setting { config, world: maze };
    let step = step(config, number);
    let mut memory = Memory::new(maze, step.run_key.fold_in(number), config.environments);
    let learner = config.method.learner::<Maze>();
    learner.batch(&setting, &net.valid(), &mut memory, &step).unwrap()
}

/// The gradient of the objective of a batch in the table of logits, `[states, 4]`.
fn gradient_of(
    config: &PolicyConfig,
    maze: &Maze,
    net: &PolicyNet,
    batch: &Batch,
    number: u64,
) -> Vec<f32> {
    let (device, step) = (Device::flex().autodiff(), step(config, number));
    let view = View::new(net, batch, 0..step.size, &step, &device).unwrap();
    let learner = config.method.learner::<Maze>();
    let objective = learner.objective(&Setting { config, world: maze }, net, view).unwrap();
    let gradients = objective.mean().backward();
    floats(net.logit_table().grad(&gradients).unwrap())
}

/// The mean of the gradients of many batches, and its standard error.
struct Estimate {
    mean: Vec<f64>,
    error: Vec<f64>,
}

impl Estimate {
    fn of(config: &PolicyConfig, maze: &Maze, net: &PolicyNet) -> Self {
        let m = maze.model().states() * Model::ACTIONS;
        let (mut sum, mut squares) = (vec![0.0; m], vec![0.0; m]);
        for number in 0..BATCHES {
            let batch = batch(config, maze, net, number);
            for (i, x) in gradient_of(config, maze, net, &batch, number).into_iter().enumerate() {
                sum[i] += f64::from(x);
                squares[i] += f64::from(x).powi(2);
            }
        }
        let n = BATCHES as f64;
        let mean: Vec<f64> = sum.iter().map(|sum| sum / n).collect();
        let error =
            |(squares, mean): (&f64, &f64)| ((squares / n - mean * mean).max(0.0) / n).sqrt();
        Self { error: squares.iter().zip(&mean).map(error).collect(), mean }
    }

    /// The largest distance from a target, in standard errors.
    fn z(&self, target: &[f64]) -> f64 {
        let pairs = self.mean.iter().zip(&self.error).zip(target);
        // Actions that are not allowed have a gradient of exactly 0.
        pairs.map(|((mean, e), target)| (mean - target).abs() / (e + 1e-6)).fold(0.0, f64::max)
    }

    /// The multiple of a target that is nearest to the mean. Its distance is 0 where the direction is right.
    fn nearest(&self, target: &[f64]) -> Vec<f64> {
        let scale = dot(&self.mean, target) / dot(target, target);
        target.iter().map(|x| scale * x).collect()
    }

    /// |mean - target| / |target|.
    fn bias(&self, target: &[f64]) -> f64 {
        distance(&self.mean, target) / dot(target, target).sqrt()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The gradient of -J, exactly.
fn exact(maze: &Maze, config: &PolicyConfig) -> Vec<f64> {
    cost_gradient(maze, &table(maze, config)).unwrap()
}

/// The gradient that a method on rollouts estimates, if it takes some values of actions:
/// -share(s) pi(a | s) (Q(s, a) - sum_b pi(b | s) Q(s, b)).
fn of_rollouts(config: &PolicyConfig, maze: &Maze, q: &[f64]) -> Vec<f64> {
    let table = table(maze, config);
    let shares = shares(maze, &table, config.horizon);
    let mut target = vec![0.0; table.len()];
    for (state, target) in target.chunks_mut(Model::ACTIONS).enumerate() {
        let row = state * Model::ACTIONS..(state + 1) * Model::ACTIONS;
        let pairs = || table[row.clone()].iter().zip(&q[row.clone()]).filter(|(p, _)| **p > 0.0);
        let mean: f64 = pairs().map(|(p, q)| p * q).sum();
        for (to, (p, q)) in target.iter_mut().zip(table[row.clone()].iter().zip(&q[row.clone()])) {
            *to = if *p > 0.0 { -shares[state] * p * (q - mean) } else { 0.0 };
        }
    }
    target
}

/// The exact values of the policy.
fn values(maze: &Maze, config: &PolicyConfig) -> gumbel_environments::maze::Evaluation {
    evaluation(maze, &table(maze, config)).unwrap()
}

#[test]
fn the_exact_method_has_the_exact_gradient() {
    let maze = maze();
    let config = config(Method::Exact);
    let net = net(&maze, &config);
    let found = gradient_of(&config, &maze, &net, &batch(&config, &maze, &net, 0), 0);
    for (found, expected) in found.into_iter().zip(exact(&maze, &config)) {
        assert!((f64::from(found) - expected).abs() < 1e-6, "{found} {expected}");
    }
}
