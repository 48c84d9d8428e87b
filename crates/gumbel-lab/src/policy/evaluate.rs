//! Evaluation of an agent: exactly in a maze, by episodes elsewhere.

use gumbel::Key;
use gumbel_environments::maze::Maze;
use gumbel_environments::{Environment, Episodes};

use super::maze::{entropy, evaluation, greedy_table, policy_table};
use super::network::PolicyNet;
use super::rollout::mean_return;
use super::run::PolicyRun;
use super::world::{World, in_world};
use crate::error::LabError;
use crate::streams;

/// The episodes of the evaluation at the end of a training, where a return is not known exactly.
const FINAL_EPISODES: usize = 100;

/// The key of the evaluation after some epochs; 0 is that at the end.
pub(super) fn key_after(run_key: Key, epochs: u64) -> Key {
    run_key.fold_in(streams::EVALUATE).fold_in(epochs)
}

/// The environments that play at once in an evaluation.
const AT_ONCE: usize = 25;

/// The returns of some episodes.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The undiscounted return of each episode, in their order; the mean over the agents.
    pub returns: Vec<f64>,
    /// The number of steps of each episode.
    pub lengths: Vec<u32>,
}

/// What an evaluation finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// The return of the policy: exact and discounted in a maze, the mean of episodes elsewhere.
    pub of_policy: f64,
    /// The return of the policy that always takes the most probable action, likewise.
    pub of_greedy: f64,
    /// The mean entropy of the policy in nats: over the discounted visits in a maze, over the steps elsewhere.
    pub entropy: f64,
    /// The best return and that of uniform choices, where they are known.
    pub known: Option<(f64, f64)>,
}

impl Played {
    /// The mean return.
    pub fn mean(&self) -> f64 {
        self.returns.iter().sum::<f64>() / self.returns.len() as f64
    }
}

/// Plays episodes 0 .. n of a key: with samples of the policy, or `greedy`, with its most probable actions.
pub(super) fn play_in<E: Environment>(
    environment: &E,
    net: &PolicyNet,
    key: Key,
    n: usize,
    greedy: bool,
) -> Result<(Played, f64), LabError> {
    let at_once = AT_ONCE.min(n).max(1);
    let mut episodes = Episodes::new(environment, key, at_once);
    let mut found: Vec<Option<(f64, u32)>> = vec![None; n];
    let (mut missing, mut entropy, mut steps) = (n, 0.0, 0_u64);
    while missing > 0 {
        let policy = net.policy_of(&episodes.observations(), &episodes.allowed())?;
        let actions = match greedy {
            true => policy.greedy(),
            false => policy.sample(&episodes.choice_keys())?,
        };
        let entropies = gumbel_train::values::floats(policy.entropy()?);
        for (row, of_row) in entropies.into_iter().enumerate() {
            if episodes.position(row / environment.agents()).0 < n as u64 {
                (entropy, steps) = (entropy + f64::from(of_row), steps + 1);
            }
        }
        for ended in episodes.step(&actions).map_err(LabError::environment)?.finished {
            if let Some(place) = found.get_mut(ended.episode as usize) {
                *place = Some((mean_return(&ended), ended.length));
                missing -= 1;
            }
        }
    }
    let (returns, lengths) = found.into_iter().flatten().unzip();
    Ok((Played { returns, lengths }, entropy / steps as f64))
}

/// Evaluates a network in an environment. `key` is for the episodes; a maze needs none.
pub(super) fn figures<E: World>(
    world: &E,
    net: &PolicyNet,
    key: Key,
    n: usize,
) -> Result<Figures, LabError> {
    let Some(maze) = world.maze() else {
        let (sampled, entropy) = play_in(world, net, key, n, false)?;
        let (greedy, _) = play_in(world, net, key, n, true)?;
        let (of_policy, of_greedy) = (sampled.mean(), greedy.mean());
        return Ok(Figures { of_policy, of_greedy, entropy, known: None });
    };
    let policy = policy_table(maze, net)?;
    let exact = evaluation(maze, &policy)?;
    let greedy = evaluation(maze, &greedy_table(&policy))?;
    Ok(Figures {
        of_policy: exact.expected_return,
        of_greedy: greedy.expected_return,
        entropy: entropy(&policy, &exact.visits),
        known: None,
    })
}

/// Evaluates the end of a training: with the best return and that of uniform choices, where they are known.
pub(super) fn final_figures<E: World>(
    world: &E,
    net: &PolicyNet,
    run_key: Key,
) -> Result<Figures, LabError> {
    let found = figures(world, net, key_after(run_key, 0), FINAL_EPISODES)?;
    let Some(maze) = world.maze() else { return Ok(found) };
    let uniform = evaluation(maze, &maze.model().uniform_policy())?.expected_return;
    Ok(Figures { known: Some((maze.model().optimum().expected_return, uniform)), ..found })
}

/// Plays episodes 0 .. n of a key in the environment of a run: with samples of the policy, or `greedy`.
///
/// # Errors
/// A map that cannot be read, networks whose logits are not finite.
pub fn play(
    run: &PolicyRun,
    net: &PolicyNet,
    key: Key,
    n: usize,
    greedy: bool,
) -> Result<Played, LabError> {
    let (played, _) = in_world!(run.config(), world => play_in(world, net, key, n, greedy)?);
    Ok(played)
}

/// Evaluates the trained agent of a run, as at the end of its training.
///
/// # Errors
/// As [`play`]; no weights yet.
pub fn evaluate_run(run: &PolicyRun) -> Result<Figures, LabError> {
    let net = run.load_networks()?;
    let key = Key::new(run.config().seed);
    in_world!(run.config(), world => final_figures(world, &net, key))
}

/// The policy of a network as a table, and the exact value of each state.
///
/// # Errors
/// As [`policy_table`].
pub fn values_of(maze: &Maze, net: &PolicyNet) -> Result<(Vec<f64>, Vec<f64>), LabError> {
    let policy = policy_table(maze, net)?;
    let values = evaluation(maze, &policy)?.values;
    Ok((policy, values))
}
