//! The exact gradient of the return of a softmax policy.

use super::model::Model;
use crate::error::Result;

/// The return of a softmax policy, and its gradient in the logits.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PolicyGradient {
    /// J, the expected discounted return of an episode.
    pub expected_return: f64,
    /// dJ / d logits: `[states, 4]`.
    pub gradient: Vec<f64>,
}

impl Model {
    /// Computes the gradient of the discounted return from the start, in the logits of a softmax policy with one
    /// row of logits for each state.
    ///
    /// ```text
    /// pi(. | s) = softmax of the logits of the allowed actions
    /// dJ / dl(s, a) = d(s) pi(a | s) (Q(s, a) - V(s))
    /// ```
    ///
    /// with the discounted visits d, Q and V of [`Model::evaluate`]. (Sutton, McAllester, Singh and Mansour,
    /// "Policy gradient methods for reinforcement learning with function approximation", NIPS 1999, theorem 1.) The
    /// gradient is exact, without sampling and without a time limit. It is 0 for actions that are not allowed, and in
    /// terminal states.
    ///
    /// # Errors
    /// Those of [`Model::softmax_policy`].
    ///
    /// ```
    /// use gumbel_environments::maze::Maze;
    ///
    /// let maze = Maze::parse("S.G")?;
    /// let at = |l: f64| {
    ///     let mut logits = [0.0; 12];
    ///     logits[7] = l; // in the middle cell to the right, to the goal
    ///     maze.model().policy_gradient(&logits)
    /// };
    /// let difference = (at(1e-5)?.expected_return - at(-1e-5)?.expected_return) / 2e-5;
    /// assert!((at(0.0)?.gradient[7] - difference).abs() < 1e-9);
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn policy_gradient(&self, logits: &[f64]) -> Result<PolicyGradient> {
        let policy = self.softmax_policy(logits)?;
        let exact = self.evaluate_rows(&policy);
        let gradient = policy.iter().zip(&exact.action_values).enumerate();
        let gradient = gradient.map(|(pair, (&probability, &action_value))| {
            if probability == 0.0 {
                return 0.0;
            }
            let state = pair / Self::ACTIONS;
            exact.visits[state] * probability * (action_value - exact.values[state])
        });
        Ok(PolicyGradient { gradient: gradient.collect(), expected_return: exact.expected_return })
    }
}
