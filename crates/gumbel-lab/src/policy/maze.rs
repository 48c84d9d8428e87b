//! A maze as the methods and the evaluation see it: the policy of a network as a table, and its exact values.

use gumbel_environments::Environment;
use gumbel_environments::maze::{Evaluation, Maze, Model};
use gumbel_train::values::floats;

use super::network::PolicyNet;
use super::world::World;
use crate::error::LabError;

/// The maze of a world.
///
/// # Errors
/// An environment whose model is not known.
pub(super) fn known<E: World>(world: &E) -> Result<&Maze, LabError> {
    world.maze().ok_or_else(|| {
        let problem = format!("needs the known model of a maze, found {}", world.name());
        LabError::setting("method", problem)
    })
}

/// The states in which an action is taken: those that end no episode.
pub(super) fn live_states(maze: &Maze) -> Vec<usize> {
    let model = maze.model();
    (0..model.states()).filter(|&state| !model.is_terminal(state)).collect()
}

/// What the agent observes in some states, and which actions it may take: `[states, size]` and `[states, 4]`.
pub(super) fn views(maze: &Maze, states: &[usize]) -> (Vec<f32>, Vec<bool>) {
    let (size, k) = (maze.observation_size(), maze.actions());
    let (mut observations, mut allowed) =
        (vec![0.0; states.len() * size], vec![false; states.len() * k]);
    for (i, state) in states.iter().enumerate() {
        maze.observe(state, 0, &mut observations[i * size..][..size]);
        maze.allowed(state, 0, &mut allowed[i * k..][..k]);
    }
    (observations, allowed)
}

/// The policy of a network as a table, `[states, 4]`; rows of states that end an episode are 0.
///
/// # Errors
/// Logits that are not finite.
pub fn policy_table(maze: &Maze, net: &PolicyNet) -> Result<Vec<f64>, LabError> {
    let states = live_states(maze);
    let (observations, allowed) = views(maze, &states);
    let rows = floats(net.policy_of(&observations, &allowed)?.probabilities());
    let mut table = vec![0.0; maze.model().states() * Model::ACTIONS];
    for (state, row) in states.into_iter().zip(rows.chunks_exact(Model::ACTIONS)) {
        let to = &mut table[state * Model::ACTIONS..][..Model::ACTIONS];
        to.iter_mut().zip(row).for_each(|(to, &p)| *to = f64::from(p));
    }
    Ok(table)
}

/// The policy that always takes the most probable action of another one, as a table.
pub fn greedy_table(policy: &[f64]) -> Vec<f64> {
    let mut table = vec![0.0; policy.len()];
    for (row, to) in policy.chunks(Model::ACTIONS).zip(table.chunks_mut(Model::ACTIONS)) {
        let best = (1..row.len()).fold(0, |best, a| if row[a] > row[best] { a } else { best });
        to[best] = f64::from(u8::from(row[best] > 0.0));
    }
    table
}

/// The exact values of a policy.
///
/// # Errors
/// A table that is no policy.
pub(super) fn evaluation(maze: &Maze, policy: &[f64]) -> Result<Evaluation, LabError> {
    maze.model().evaluate(policy).map_err(LabError::environment)
}

/// The mean entropy of the policy in nats, over the discounted visits of an episode.
pub(super) fn entropy(policy: &[f64], visits: &[f64]) -> f64 {
    let of_row = |row: &[f64]| {
        row.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).fold(0.0, |sum, term| sum + term)
    };
    let rows = policy.chunks(Model::ACTIONS).zip(visits);
    // A state that ends an episode has no row.
    let live = rows.filter(|(row, _)| row.iter().any(|&p| p > 0.0));
    let (sum, weight) = live
        .fold((0.0, 0.0), |(sum, all), (row, visits)| (sum + visits * of_row(row), all + visits));
    sum / weight
}

/// The gradient of -J in the table of logits, exactly: of the return without a time limit, from the start.
///
/// # Errors
/// A table that is no policy.
pub(super) fn cost_gradient(maze: &Maze, policy: &[f64]) -> Result<Vec<f64>, LabError> {
    let logits: Vec<f64> = policy.iter().map(|p| p.ln()).collect();
    let found = maze.model().policy_gradient(&logits).map_err(LabError::environment)?;
    Ok(found.gradient.iter().map(|g| -g).collect())
}

/// The expected share of each state in rollouts of so many steps from the start, exactly; an episode that ends begins anew.
pub(super) fn shares(maze: &Maze, policy: &[f64], steps: usize) -> Vec<f64> {
    let model = maze.model();
    let (n, k) = (model.states(), Model::ACTIONS);
    let transitions = model.transition_table();
    let (mut now, mut shares) = (vec![0.0; n], vec![0.0; n]);
    now[model.start()] = 1.0;
    for _ in 0..steps {
        let mut next = vec![0.0; n];
        for (state, share) in now.iter().enumerate() {
            shares[state] += share / steps as f64;
        }
        for pair in (0..n * k).filter(|&pair| policy[pair] > 0.0) {
            let share = now[pair / k] * policy[pair];
            let after = &transitions[pair * n..][..n];
            next.iter_mut().zip(after).for_each(|(next, p)| *next += share * p);
        }
        for state in (0..n).filter(|&state| model.is_terminal(state)) {
            next[model.start()] += std::mem::take(&mut next[state]);
        }
        now = next;
    }
    shares
}
