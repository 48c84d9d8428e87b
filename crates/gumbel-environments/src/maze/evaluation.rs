//! Exact values of any policy, from linear equations.

use super::model::{Model, Outcome};
use crate::error::Result;
use crate::linear::solve;

/// The exact values of a policy.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// V(s), the expected discounted return from each state: `[states]`. 0 in terminal states.
    pub values: Vec<f64>,
    /// Q(s, a), the expected discounted return after an action: `[states, 4]`. -inf if it is not allowed.
    pub action_values: Vec<f64>,
    /// d(s) = sum_t discount^t P(s_t = s), the discounted number of visits of an episode to each state: `[states]`.
    /// In a terminal state it is E discount^T of the episodes that end there after T steps.
    pub visits: Vec<f64>,
    /// J, the expected discounted return of an episode: the value of the start.
    pub expected_return: f64,
}

impl Model {
    /// Computes the values, the return and the visits of `policy: [states, 4]`, a table of pi(a | s).
    ///
    /// ```text
    /// V = r_pi + discount P_pi V               values
    /// d = e_start + discount P_pi^T d          discounted visits
    /// J = V(start) = sum_s d(s) r_pi(s)        the same number from both
    /// ```
    ///
    /// Both systems are solved by elimination in `f64`, in time in proportion to the cube of the number of states.
    /// There is no time limit. Rows of terminal states are not used. The other rows are divided by their sums,
    /// so that a policy rounded to `f32` is one.
    ///
    /// # Errors
    /// The wrong number of elements; in the row of a state that is not terminal a negative number or NaN, a positive
    /// probability of an action that is not allowed, or a sum that is further than 1e-6 from 1.
    ///
    /// ```
    /// use gumbel_environments::maze::Maze;
    ///
    /// let maze = Maze::parse("S.G")?;
    /// let model = maze.model();
    /// // V(1) = (-0.01 + 0.99 V(0)) / 2 + 1 / 2,   V(0) = -0.01 + 0.99 V(1)
    /// let uniform = model.evaluate(&model.uniform_policy())?;
    /// let middle = (0.99 - 0.01 * 0.99) / (2.0 - 0.99 * 0.99);
    /// assert!((uniform.values[1] - middle).abs() < 1e-14);
    /// assert!((uniform.expected_return - (-0.01 + 0.99 * middle)).abs() < 1e-14);
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn evaluate(&self, policy: &[f64]) -> Result<Evaluation> {
        let policy = self.normalised(policy)?;
        Ok(self.evaluate_rows(&policy))
    }

    pub(super) fn evaluate_rows(&self, policy: &[f64]) -> Evaluation {
        let values = self.values_of(policy);
        Evaluation {
            action_values: self.action_values(&values),
            visits: self.visits_of(policy),
            expected_return: values[self.start],
            values,
        }
    }

    /// Solves (I - discount P_pi) V = r_pi.
    pub(super) fn values_of(&self, policy: &[f64]) -> Vec<f64> {
        let n = self.states();
        let (mut matrix, mut rewards) = (identity(n), vec![0.0; n]);
        for (state, weight, outcome) in self.moves(policy) {
            rewards[state] += weight * outcome.reward;
            matrix[state * n + outcome.next] -= self.discount * weight;
        }
        solve(matrix, rewards)
    }

    /// Solves (I - discount P_pi^T) d = e_start.
    fn visits_of(&self, policy: &[f64]) -> Vec<f64> {
        let n = self.states();
        let (mut matrix, mut start) = (identity(n), vec![0.0; n]);
        start[self.start] = 1.0;
        for (state, weight, outcome) in self.moves(policy) {
            matrix[outcome.next * n + state] -= self.discount * weight;
        }
        solve(matrix, start)
    }

    /// The outcomes of all actions in all states: the state, P(s', a | s), and s' with its reward.
    fn moves(&self, policy: &[f64]) -> impl Iterator<Item = (usize, f64, &Outcome)> {
        let pairs = policy.iter().zip(self.outcomes.iter().flatten()).enumerate();
        pairs.flat_map(|(pair, (&probability, outcomes))| {
            let state = pair / Self::ACTIONS;
            outcomes.iter().map(move |o| (state, probability * o.probability, o))
        })
    }
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|i| if i / n == i % n { 1.0 } else { 0.0 }).collect()
}
