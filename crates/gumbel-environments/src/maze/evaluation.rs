//! Exact values of any policy, from linear equations.

use super::model::Model;
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
        let n = self.states();
        // I - discount P_pi and its transpose.
        let (mut forward, mut backward) = (identity(n), identity(n));
        let mut rewards = vec![0.0; n];
        for (pair, (&probability, outcomes)) in
            policy.iter().zip(self.outcomes.iter().flatten()).enumerate()
        {
            let state = pair / Self::ACTIONS;
            for outcome in outcomes {
                let weight = probability * outcome.probability;
                rewards[state] += weight * outcome.reward;
                forward[state * n + outcome.next] -= self.discount * weight;
                backward[outcome.next * n + state] -= self.discount * weight;
            }
        }
        let mut start = vec![0.0; n];
        start[self.start] = 1.0;
        let values = solve(forward, rewards);
        Evaluation {
            action_values: self.action_values(&values),
            visits: solve(backward, start),
            expected_return: values[self.start],
            values,
        }
    }
}

fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|i| if i / n == i % n { 1.0 } else { 0.0 }).collect()
}
