//! The gradient of a step against the exact gradient of the return, for the policy that a training has reached.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::Module;
use burn::tensor::Device;
use gumbel::Key;
use gumbel_environments::Environment;
use gumbel_environments::maze::{Maze, Model};
use gumbel_files::csv_rows::{csv_bytes, read_rows};
use gumbel_files::output;
use gumbel_train::values::floats;
use gumbel_train::{Step, TrainError};
use serde::{Deserialize, Serialize};

use crate::error::LabError;
use crate::policy::config::PolicyConfig;
use crate::policy::maze::{cost_gradient, evaluation, policy_table, shares};
use crate::policy::memory::Memory;
use crate::policy::method::{Method, Setting, View};
use crate::policy::network::{PolicyNet, Sizes};
use crate::policy::run::PolicyRun;

/// The steps whose gradients are averaged.
const DRAWS: u64 = 400;
/// The file of the point in the folder of a run, named after what was measured.
const MEASURED: &str = "gradient-of-400-steps.csv";

/// The gradient of a step in the table of logits of a maze: its mean g and its spread, beside the exact gradient G of the
/// discounted return from the start.
///
/// G weighs the states as the method does, so what is left is the error of the estimate. Methods on whole episodes learn
/// the return up to the time limit; this matters while an agent hides from a trap, since what hiding costs after the limit
/// is not seen. Methods on rollouts weigh a state by its share of the steps, without the discount; here a rollout begins at
/// the start, in a training it goes on where the last one ended. `exact` weighs a state by its discounted visits. Of `ppo`
/// it is the first minibatch after a rollout.
///
/// An optimizer such as Adam does not see the length of a gradient. So G is first scaled to lie nearest to g: the errors are those of the direction, relative to the length of the scaled G.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The evaluations done before.
    pub epoch: u64,
    /// The norm of g - c G, with what noise shows of it taken off.
    pub bias: f64,
    /// The standard error of `bias`, or the bias that noise alone shows.
    pub bias_error: f64,
    /// The standard deviation of the gradient of a step: the root of the total variance.
    pub deviation: f64,
    /// The cosine of g with G. Below 0 the scaled G is turned round.
    pub cosine: f64,
    /// The cosine of g with the exact gradient of the return without a time limit, each state weighted by its discounted
    /// visits: what the weighting of the method itself adds is in it.
    pub cosine_of_return: f64,
}

impl Point {
    /// The largest bias that may be noise: three times that which noise shows.
    pub fn bias_noise(&self) -> f64 {
        3.0 * self.bias_error
    }
}

/// Measures the gradient of a finished run in a maze, or reads what was measured before; `None` if it was stopped.
pub(super) fn of_run(
    config: &PolicyConfig,
    folder: &Path,
    stop: &AtomicBool,
) -> Result<Option<Point>, LabError> {
    let file = folder.join(MEASURED);
    if file.is_file() {
        let found: Vec<Point> = read_rows(&file).map_err(TrainError::from)?;
        if let [point] = found[..] {
            return Ok(Some(point));
        }
    }
    let run = PolicyRun::open(folder)?;
    let maze = run.maze()?.expect("a run in a maze");
    let Some(point) = measure(config, &maze, &run.load_networks()?, stop)? else {
        return Ok(None);
    };
    output::write(&file, &csv_bytes(&file, &[point], true)?).map_err(TrainError::from)?;
    Ok(Some(point))
}

/// Measures the gradient of the return of a method for these networks. The weight of the entropy counts as 0.
fn measure(
    config: &PolicyConfig,
    maze: &Maze,
    net: &PolicyNet,
    stop: &AtomicBool,
) -> Result<Option<Point>, LabError> {
    let config = PolicyConfig { entropy: 0.0, shards: 1, ..config.clone() };
    let device = Device::flex().autodiff();
    let sizes = Sizes::of(maze, &config.hidden, config.method.critic());
    let net = PolicyNet::new(&sizes, Key::new(0), &device).with_numbers(&net.to_numbers());
    let policy = policy_table(maze, &net.clone().valid())?;
    let target = match config.method {
        Method::Exact => cost_gradient(maze, &policy)?,
        method if method.has_rollouts() => on_rollouts(maze, &policy, config.horizon)?,
        _ => up_to_limit(maze, &policy, maze.time_limit()),
    };
    let (mut sum, mut squares) = (vec![0.0; target.len()], vec![0.0; target.len()]);
    for number in 0..DRAWS {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let drawn = gradient(&config, maze, &net, Key::new(config.seed).fold_in(number), &device)?;
        for (i, x) in drawn.into_iter().enumerate() {
            sum[i] += f64::from(x);
            squares[i] += f64::from(x) * f64::from(x);
        }
    }
    let n = DRAWS as f64;
    let mean: Vec<f64> = sum.iter().map(|x| x / n).collect();
    let variance: f64 =
        squares.iter().zip(&mean).map(|(square, mean)| (square / n - mean * mean).max(0.0)).sum();
    let of_return = cost_gradient(maze, &policy)?;
    Ok(Some(point(config.epochs, &mean, variance, &target, &of_return)))
}

fn point(epoch: u64, mean: &[f64], variance: f64, target: &[f64], of_return: &[f64]) -> Point {
    let (along, length) = (dot(mean, target), dot(target, target));
    let scale = along / length;
    let unit = (scale * scale * length).sqrt();
    let rest: f64 = mean.iter().zip(target).map(|(m, t)| (m - scale * t).powi(2)).sum();
    // The variance of the mean is in `rest` too.
    let noise = variance / DRAWS as f64;
    let bias = (rest - noise).max(0.0).sqrt() / unit;
    Point {
        epoch,
        bias,
        bias_error: noise.sqrt() / unit,
        deviation: variance.sqrt() / unit,
        cosine: cosine(mean, target),
        cosine_of_return: cosine(mean, of_return),
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The gradient on rollouts of so many steps from the start, in the table of logits, exactly.
///
/// ```text
/// -d(s) pi(a | s) (Q(s, a) - V(s))      d(s) the expected share of state s in the steps; an episode that ends begins anew
/// ```
fn on_rollouts(maze: &Maze, policy: &[f64], steps: usize) -> Result<Vec<f64>, LabError> {
    let shares = shares(maze, policy, steps);
    let exact = evaluation(maze, policy)?;
    let of_pair = |pair: usize| match policy[pair] > 0.0 {
        true => {
            let advantage = exact.action_values[pair] - exact.values[pair / Model::ACTIONS];
            -shares[pair / Model::ACTIONS] * policy[pair] * advantage
        }
        false => 0.0,
    };
    Ok((0..policy.len()).map(of_pair).collect())
}

/// The gradient of -J in the table of logits, for episodes of at most `limit` steps, exactly.
///
/// ```text
/// V_n(s) = sum_a pi(a | s) Q_n(s, a)      Q_n(s, a) = r(s, a) + gamma sum_s' P(s' | s, a) V_{n-1}(s'),  V_0 = 0
/// dJ/dl(s, a) = sum_t gamma^t P(s_t = s) pi(a | s) (Q_{limit-t}(s, a) - V_{limit-t}(s))
/// ```
fn up_to_limit(maze: &Maze, policy: &[f64], limit: u32) -> Vec<f64> {
    let model = maze.model();
    let (n, k, gamma) = (model.states(), Model::ACTIONS, model.discount());
    let (transitions, rewards) = (model.transition_table(), model.reward_table());
    let after = |pair: usize| &transitions[pair * n..][..n];
    // The advantages with 1, 2, ..., limit steps to go.
    let (mut values, mut advantages) = (vec![0.0; n], Vec::new());
    for _ in 0..limit {
        let of_pair = |pair: usize| {
            let next: f64 = after(pair).iter().zip(&values).map(|(p, v)| p * v).sum();
            if policy[pair] > 0.0 { rewards[pair] + gamma * next } else { 0.0 }
        };
        let mut of_step: Vec<f64> = (0..n * k).map(of_pair).collect();
        for (state, value) in values.iter_mut().enumerate() {
            let row = state * k..(state + 1) * k;
            *value = row.clone().map(|pair| policy[pair] * of_step[pair]).sum();
            row.for_each(|pair| of_step[pair] -= *value);
        }
        advantages.push(of_step);
    }
    // Where the agent is after 0, 1, ... steps.
    let (mut visits, mut gradient) = (vec![0.0; n], vec![0.0; n * k]);
    visits[model.start()] = 1.0;
    for of_step in advantages.iter().rev() {
        let mut next = vec![0.0; n];
        for pair in (0..n * k).filter(|&pair| policy[pair] > 0.0) {
            let share = visits[pair / k] * policy[pair];
            gradient[pair] -= share * of_step[pair];
            for (next, p) in next.iter_mut().zip(after(pair)) {
                *next += gamma * share * p;
            }
        }
        visits = next;
    }
    gradient
}

/// The gradient of the objective of one step, `[states, 4]`.
fn gradient(
    config: &PolicyConfig,
    maze: &Maze,
    net: &PolicyNet,
    key: Key,
    device: &Device,
) -> Result<Vec<f32>, LabError> {
    let setting = Setting { config, world: maze };
    let learner = config.method.learner::<Maze>();
    let [run_key, noise] = key.split();
    let mut memory = Memory::new(maze, run_key, config.environments);
    let size = config.batch();
    let step = Step { number: 0, epoch: 0, offset: 0, size, run_key, noise };
    let batch = learner.batch(&setting, &net.valid(), &mut memory, &step)?;
    let view = View::new(net, &batch, 0..size, &step, device)?;
    let gradients = learner.objective(&setting, net, view)?.mean().backward();
    let weights = net.logit_table();
    let size = weights.dims().iter().product();
    Ok(weights.grad(&gradients).map_or_else(|| vec![0.0; size], floats))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_gradient_has_no_bias_and_a_turned_one_has_the_tangent_of_the_angle() {
        let target = [3.0, 4.0];
        let same = point(1, &[6.0, 8.0], 0.0, &target, &target);
        assert!(same.bias < 1e-12 && (same.cosine - 1.0).abs() < 1e-12);
        // Turned by 45 degrees: (3, 4) and (-4, 3) have the same length.
        let turned = point(1, &[-1.0, 7.0], 0.0, &target, &target);
        assert!(
            (turned.bias - 1.0).abs() < 1e-12 && (turned.cosine - 0.5_f64.sqrt()).abs() < 1e-12
        );
    }

    fn maze() -> Maze {
        Maze::parse("S~.\n..T\n#.G\n").unwrap()
    }

    fn softmax(maze: &Maze, logits: &[f64]) -> Vec<f64> {
        let mut policy = vec![0.0; logits.len()];
        for state in (0..maze.model().states()).filter(|&s| !maze.model().is_terminal(s)) {
            let row = state * Model::ACTIONS;
            let allowed = maze.model().allowed(state);
            let weight = |a: usize| if allowed[a] { logits[row + a].exp() } else { 0.0 };
            let sum: f64 = (0..Model::ACTIONS).map(weight).sum();
            (0..Model::ACTIONS).for_each(|a| policy[row + a] = weight(a) / sum);
        }
        policy
    }

    #[test]
    fn with_a_late_limit_the_gradient_is_that_without_one() {
        let maze = maze();
        let logits: Vec<f64> =
            (0..maze.model().states() * Model::ACTIONS).map(|i| (i as f64).sin()).collect();
        let policy = softmax(&maze, &logits);
        let known: Vec<f64> = policy.iter().map(|p| p.ln()).collect();
        let expected = maze.model().policy_gradient(&known).unwrap().gradient;
        // What comes after 5,000 steps is below 0.99^5000, or 1e-21.
        let found = up_to_limit(&maze, &policy, 5_000);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found + expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn on_rollouts_of_one_step_only_the_start_has_a_gradient_and_shares_sum_to_1() {
        let maze = maze();
        let policy = softmax(&maze, &[0.0; 32]);
        let exact = evaluation(&maze, &policy).unwrap();
        let (start, k) = (maze.model().start(), Model::ACTIONS);
        let found = on_rollouts(&maze, &policy, 1).unwrap();
        for (pair, found) in found.iter().enumerate() {
            let at_start = pair / k == start && policy[pair] > 0.0;
            let advantage = exact.action_values[pair] - exact.values[pair / k];
            let expected = if at_start { -policy[pair] * advantage } else { 0.0 };
            assert!((found - expected).abs() < 1e-12, "{pair}: {found} {expected}");
        }
        // In each state the advantages have mean 0, whatever its share.
        for state in on_rollouts(&maze, &policy, 50).unwrap().chunks(k) {
            assert!(state.iter().sum::<f64>().abs() < 1e-12);
        }
    }

    #[test]
    fn with_a_limit_of_one_step_only_the_start_has_a_gradient_that_of_the_rewards() {
        let maze = maze();
        let policy = softmax(&maze, &[0.0; 32]);
        let found = up_to_limit(&maze, &policy, 1);
        let (model, k) = (maze.model(), Model::ACTIONS);
        let rewards = model.reward_table();
        let row = model.start() * k..(model.start() + 1) * k;
        let mean: f64 = row.clone().map(|pair| policy[pair] * rewards[pair]).sum();
        for pair in 0..found.len() {
            let at_start = row.contains(&pair) && policy[pair] > 0.0;
            let expected = if at_start { -policy[pair] * (rewards[pair] - mean) } else { 0.0 };
            assert!((found[pair] - expected).abs() < 1e-12, "{pair}: {} {expected}", found[pair]);
        }
    }

    #[test]
    fn the_noise_of_the_mean_is_no_bias() {
        // A rest of 1 in the mean, and a variance that explains it.
        let found = point(1, &[1.0, 1.0], DRAWS as f64, &[1.0, 0.0], &[1.0, 0.0]);
        assert!(found.bias == 0.0 && (found.bias_error - 1.0).abs() < 1e-12, "{found:?}");
    }
}
