//! Policies as tables of probabilities, and their checks.

use super::model::Model;
use crate::error::{EnvironmentError, Result};

/// How far the probabilities of a row may be from a sum of 1: rows of an `f32` softmax pass.
const SUM_TOLERANCE: f64 = 1e-6;

/// The place of the largest number of a row; of equal ones the first.
pub(super) fn first_largest(row: &[f64]) -> usize {
    (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}

impl Model {
    /// Returns the policy that takes each allowed action with the same probability: `[states, 4]`. Rows of terminal
    /// states are 0.
    ///
    /// ```
    /// # let maze = gumbel_environments::maze::Maze::parse("S.G")?;
    /// let policy = maze.model().uniform_policy();
    /// assert_eq!(policy[4..8], [0.0, 0.0, 0.5, 0.5]);
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn uniform_policy(&self) -> Vec<f64> {
        self.softmax_rows(&vec![0.0; self.states() * Self::ACTIONS])
    }

    /// Returns the policy softmax(logits) over the allowed actions of each state: `[states, 4]`.
    ///
    /// `logits: [states, 4]`; those of actions that are not allowed, and of terminal states, are not used and may be
    /// any number. Their probability is exactly 0.
    ///
    /// # Errors
    /// The wrong number of logits; NaN or +inf, or -inf for all, among the logits of the allowed actions of a state.
    ///
    /// ```
    /// # let maze = gumbel_environments::maze::Maze::parse("S.G")?;
    /// let logits = [f64::NAN, f64::NAN, 0.0, 3_f64.ln()].repeat(3);
    /// let policy = maze.model().softmax_policy(&logits)?;
    /// assert_eq!(policy[..4], [0.0, 0.0, 0.0, 1.0]);
    /// assert!((policy[7] - 0.75).abs() < 1e-15);
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn softmax_policy(&self, logits: &[f64]) -> Result<Vec<f64>> {
        let expected = self.states() * Self::ACTIONS;
        EnvironmentError::unless_length("logits", expected, logits.len())?;
        for (state, row) in logits.chunks(Self::ACTIONS).enumerate() {
            let allowed = self.allowed(state);
            let used = row.iter().zip(allowed).filter(|(_, allowed)| *allowed).map(|(&l, _)| l);
            let used: Vec<f64> = used.collect();
            if let Some(&found) = used.iter().find(|l| l.is_nan() || **l == f64::INFINITY) {
                return Err(self.fault(state, "logits below infinity", found));
            }
            if !used.is_empty() && used.iter().all(|&l| l == f64::NEG_INFINITY) {
                return Err(self.fault(state, "a finite logit of an allowed move", used[0]));
            }
        }
        Ok(self.softmax_rows(logits))
    }

    fn softmax_rows(&self, logits: &[f64]) -> Vec<f64> {
        let mut policy = vec![0.0; logits.len()];
        let rows = logits.chunks(Self::ACTIONS).zip(policy.chunks_mut(Self::ACTIONS));
        for (state, (row, out)) in rows.enumerate() {
            let allowed = self.allowed(state);
            let actions = || (0..Self::ACTIONS).filter(|&a| allowed[a]);
            let most = actions().map(|a| row[a]).fold(f64::NEG_INFINITY, f64::max);
            actions().for_each(|a| out[a] = (row[a] - most).exp());
            let sum: f64 = out.iter().sum();
            actions().for_each(|a| out[a] /= sum);
        }
        policy
    }

    /// Checks a policy and divides its rows by their sums; rows of terminal states become 0.
    pub(super) fn normalised(&self, policy: &[f64]) -> Result<Vec<f64>> {
        let expected = self.states() * Self::ACTIONS;
        EnvironmentError::unless_length("policy", expected, policy.len())?;
        let mut rows = policy.to_vec();
        for (state, row) in rows.chunks_mut(Self::ACTIONS).enumerate() {
            if self.is_terminal(state) {
                row.fill(0.0);
                continue;
            }
            if let Some(&found) = row.iter().find(|p| !(0.0..=f64::INFINITY).contains(*p)) {
                return Err(self.fault(state, "probabilities of at least 0", found));
            }
            let allowed = self.allowed(state);
            let mut walls = row.iter().zip(allowed).filter(|(_, allowed)| !allowed);
            if let Some((&found, _)) = walls.find(|(p, _)| **p > 0.0) {
                let expected = "probability 0 of a move that is not allowed";
                return Err(self.fault(state, expected, found));
            }
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > SUM_TOLERANCE {
                return Err(self.fault(state, "probabilities with sum 1", sum));
            }
            row.iter_mut().for_each(|p| *p /= sum);
        }
        Ok(rows)
    }

    fn fault(&self, state: usize, expected: &'static str, found: f64) -> EnvironmentError {
        let (row, column) = self.positions[state];
        EnvironmentError::Policy { row: row + 1, column: column + 1, expected, found }
    }
}
