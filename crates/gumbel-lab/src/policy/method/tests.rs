//! Estimates of the policy gradient against the exact gradient of a small maze.

use burn::module::Module;
use burn::tensor::Device;
use gumbel::Key;
use gumbel_burn::estimator::Name;
use gumbel_environments::maze::{Map, Maze, Model, Rules};
use gumbel_train::Step;
use gumbel_train::values::floats;

use super::{Method, Setting, View};
use crate::policy::config::{EnvironmentName, PolicyConfig};
use crate::policy::maze::{evaluation, policy_table};
use crate::policy::memory::Memory;
use crate::policy::network::{PolicyNet, Sizes};

/// The episodes of a batch, and the number of batches.
const EPISODES: usize = 64;
const BATCHES: u64 = 400;
/// Standard errors beyond which a mean is refuted: among 4 x 9 numbers of 4 tests, a false alarm in 1e6.
const REFUTED: f64 = 6.0;

/// A maze with a slippery cell and a trap. The discount of 1/2 makes what comes after the time limit of 36 steps
/// smaller than 1e-10.
fn maze() -> Maze {
    let rules = Rules { discount: 0.5, cost: 0.1, ..Rules::default() };
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

/// The gradient of the objective of a batch in the table of logits, `[states, 4]`.
fn gradient(config: &PolicyConfig, maze: &Maze, net: &PolicyNet, number: u64) -> Vec<f32> {
    let setting = Setting { config, world: maze };
    let learner = config.method.learner::<Maze>();
    let run_key = Key::new(11);
    let mut memory = Memory::new(maze, run_key.fold_in(number), config.environments);
    let (noise, size) = (Key::new(13).fold_in(number), config.batch());
    let step = Step { number: 0, epoch: 0, offset: 0, size, run_key, noise };
    let batch = learner.batch(&setting, &net.valid(), &mut memory, &step).unwrap();
    let device = Device::flex().autodiff();
    let view = View::new(net, &batch, 0..size, &step, &device).unwrap();
    let objective = learner.objective(&setting, net, view).unwrap();
    let gradients = objective.mean().backward();
    floats(net.logit_table().grad(&gradients).unwrap())
}

/// The largest distance of the mean of many batches from a target, in standard errors.
fn z_max(config: &PolicyConfig, maze: &Maze, target: &[f64]) -> f64 {
    let net = net(maze, config);
    let (mut sum, mut squares) = (vec![0.0; target.len()], vec![0.0; target.len()]);
    for number in 0..BATCHES {
        for (i, x) in gradient(config, maze, &net, number).into_iter().enumerate() {
            sum[i] += f64::from(x);
            squares[i] += f64::from(x).powi(2);
        }
    }
    let n = BATCHES as f64;
    let z = |i: usize| {
        let mean = sum[i] / n;
        let error = ((squares[i] / n - mean * mean).max(0.0) / n).sqrt();
        // Actions that are not allowed have a gradient of exactly 0.
        (mean - target[i]).abs() / (error + 1e-6)
    };
    (0..target.len()).map(z).fold(0.0, f64::max)
}

/// The gradient of -J, exactly.
fn exact(maze: &Maze, config: &PolicyConfig) -> Vec<f64> {
    let table = policy_table(maze, &net(maze, config).valid()).unwrap();
    let logits: Vec<f64> = table.iter().map(|p| p.ln()).collect();
    let found = maze.model().policy_gradient(&logits).unwrap();
    found.gradient.iter().map(|g| -g).collect()
}

#[test]
fn reinforce_with_a_wrong_critic_and_rloo_have_the_exact_gradient() {
    let maze = maze();
    for method in [Method::Reinforce, Method::Rloo] {
        let config = config(method);
        let z = z_max(&config, &maze, &exact(&maze, &config));
        assert!(z < REFUTED, "{method}: {z}");
    }
}

#[test]
fn the_exact_method_has_the_exact_gradient() {
    let maze = maze();
    let config = config(Method::Exact);
    let found = gradient(&config, &maze, &net(&maze, &config), 0);
    for (found, expected) in found.into_iter().zip(exact(&maze, &config)) {
        assert!((f64::from(found) - expected).abs() < 1e-6, "{found} {expected}");
    }
}

/// Scaled returns, and a critic that is wrong, are refuted: the test sees a bias of this size.
#[test]
fn biased_methods_are_refuted() {
    let maze = maze();
    for method in [Method::Grpo, Method::A2c] {
        let config = config(method);
        let z = z_max(&config, &maze, &exact(&maze, &config));
        assert!(z > REFUTED, "{method}: {z}");
    }
}

/// With a lookahead of 1 the cost is linear in the action: straight-through has no bias, a relaxed action has one.
#[test]
fn straight_through_by_the_model_has_no_bias_and_the_relaxed_action_has_one() {
    let maze = maze();
    let table = {
        let config = config(Method::Model);
        policy_table(&maze, &net(&maze, &config).valid()).unwrap()
    };
    let values = evaluation(&maze, &table).unwrap();
    let refuted = |name: Name| {
        let config = config(Method::Model).with_estimator(name);
        let config = PolicyConfig { tau: config.tau, ..config };
        // The share of the rollouts' steps in each state: what the agent visits in its first steps.
        let shares = shares(&config, &maze);
        let target: Vec<f64> = (0..table.len())
            .map(|pair| {
                let (state, p) = (pair / Model::ACTIONS, table[pair]);
                if p == 0.0 {
                    return 0.0;
                }
                -shares[state] * p * (values.action_values[pair] - values.values[state])
            })
            .collect();
        z_max(&config, &maze, &target)
    };
    let z = refuted(Name::StraightThrough);
    assert!(z < REFUTED, "straight-through: {z}");
    let z = refuted(Name::GumbelSoftmax);
    assert!(z > 2.0 * REFUTED, "gumbel-softmax: {z}");
}

/// The share of each state among the visits of the rollouts of the test, exactly: sum_t P(s_t = s) / T.
fn shares(config: &PolicyConfig, maze: &Maze) -> Vec<f64> {
    let model = maze.model();
    let table = policy_table(maze, &net(maze, config).valid()).unwrap();
    let transitions = model.transition_table();
    let n = model.states();
    let mut now = vec![0.0; n];
    now[model.start()] = 1.0;
    let mut shares = vec![0.0; n];
    for _ in 0..config.horizon {
        let mut next = vec![0.0; n];
        for state in 0..n {
            shares[state] += now[state] / config.horizon as f64;
            for action in 0..Model::ACTIONS {
                let p = now[state] * table[state * Model::ACTIONS + action];
                let row = &transitions[(state * Model::ACTIONS + action) * n..][..n];
                row.iter().zip(&mut next).for_each(|(t, next)| *next += p * t);
            }
        }
        // An episode that ends begins anew.
        for state in (0..n).filter(|&state| model.is_terminal(state)) {
            next[model.start()] += std::mem::take(&mut next[state]);
        }
        now = next;
    }
    shares
}
