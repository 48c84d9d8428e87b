//! An agent with a table of logits that learns from the episodes it samples.

use gumbel::{Key, gumbel_max};
use gumbel_environments::Episodes;
use gumbel_environments::maze::{Maze, Model};

use crate::FigureError;

/// The length of a step along the gradient.
const RATE: f64 = 0.2;
/// The weight of the entropy in the objective, so that the agent does not stop sampling too early.
const ENTROPY: f64 = 0.01;
/// The least weight of the newest return in the running mean of a cell.
const NEWEST: f64 = 0.05;

/// An episode: the states, one more than the other two, the actions, and the rewards.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Path {
    pub(super) states: Vec<usize>,
    pub(super) actions: Vec<usize>,
    pub(super) rewards: Vec<f64>,
}

/// Plays the episode that `episodes` is in to its end. Each move is drawn by Gumbel-max.
pub(super) fn play(episodes: &mut Episodes<'_, Maze>, policy: &[f64]) -> Result<Path, FigureError> {
    let maze = episodes.environment();
    let mut path = Path { states: vec![*episodes.state(0)], ..Path::default() };
    loop {
        let state = *episodes.state(0);
        let logits: Vec<f64> = row(policy, state).iter().map(|p| p.ln()).collect();
        let key = episodes.choice_keys()[0];
        let action = gumbel_max(&logits, Model::ACTIONS, key)?;
        let taken = episodes.step(&action)?;
        path.actions.push(action[0]);
        path.rewards.push(taken.rewards[0]);
        // The observation of a maze is its state as a one-hot vector.
        let next = taken.next_observations.iter().position(|&on| on == 1.0);
        path.states.push(next.unwrap_or_else(|| maze.model().start()));
        if !taken.finished.is_empty() {
            return Ok(path);
        }
    }
}

/// The probabilities of the moves in a state.
pub(super) fn row(policy: &[f64], state: usize) -> &[f64] {
    &policy[state * Model::ACTIONS..][..Model::ACTIONS]
}

/// A softmax policy with a row of logits for each cell, trained by the score function with a baseline, REINFORCE.
pub(super) struct Learner<'m> {
    maze: &'m Maze,
    episodes: Episodes<'m, Maze>,
    logits: Vec<f64>,
    /// The running mean of the returns from each state, and their number.
    means: Vec<(f64, f64)>,
}

impl<'m> Learner<'m> {
    /// An agent that takes all moves with the same probability.
    pub(super) fn new(maze: &'m Maze, key: Key) -> Self {
        let states = maze.model().states();
        Self {
            maze,
            episodes: Episodes::new(maze, key, 1),
            logits: vec![0.0; states * Model::ACTIONS],
            means: vec![(0.0, 0.0); states],
        }
    }

    pub(super) fn policy(&self) -> Result<Vec<f64>, FigureError> {
        Ok(self.maze.model().softmax_policy(&self.logits)?)
    }

    /// Plays episodes and takes a step after each.
    pub(super) fn learn(&mut self, episodes: u64) -> Result<(), FigureError> {
        for _ in 0..episodes {
            let policy = self.policy()?;
            let path = play(&mut self.episodes, &policy)?;
            let gradient = self.gradient(&policy, &path, ENTROPY);
            self.logits.iter_mut().zip(gradient).for_each(|(l, g)| *l += RATE * g);
            self.remember(&path);
        }
        Ok(())
    }

    /// The estimate from one episode of the gradient of the return, and `weight` times that of the entropies on the
    /// way:
    ///
    /// ```text
    /// sum_t discount^t ((G_t - mean(s_t)) (z_t - p) - weight p (ln p + H))
    /// ```
    ///
    /// with the discounted return G_t from step t on, the move z_t as a one-hot vector, and the probabilities p and
    /// their entropy H in the state s_t.
    pub(super) fn gradient(&self, policy: &[f64], path: &Path, weight: f64) -> Vec<f64> {
        let mut gradient = vec![0.0; policy.len()];
        let mut discounted = 1.0;
        for ((&state, &action), from_here) in
            path.states.iter().zip(&path.actions).zip(self.returns(path))
        {
            let p = row(policy, state);
            let entropy: f64 = p.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum();
            let advantage = from_here - self.means[state].0;
            let out = &mut gradient[state * Model::ACTIONS..][..Model::ACTIONS];
            for (class, (out, &p)) in
                out.iter_mut().zip(p).enumerate().filter(|(_, (_, p))| **p > 0.0)
            {
                let score = f64::from(u8::from(class == action)) - p;
                *out += discounted * (advantage * score - weight * p * (p.ln() + entropy));
            }
            discounted *= self.maze.model().discount();
        }
        gradient
    }

    /// The discounted return from each step of an episode on.
    fn returns(&self, path: &Path) -> Vec<f64> {
        let mut sum = 0.0;
        let mut returns = path.rewards.clone();
        for from_here in returns.iter_mut().rev() {
            sum = *from_here + self.maze.model().discount() * sum;
            *from_here = sum;
        }
        returns
    }

    fn remember(&mut self, path: &Path) {
        for (&state, from_here) in path.states.iter().zip(self.returns(path)) {
            let (mean, n) = &mut self.means[state];
            *n += 1.0;
            *mean += (from_here - *mean) * (1.0 / *n).max(NEWEST);
        }
    }
}
