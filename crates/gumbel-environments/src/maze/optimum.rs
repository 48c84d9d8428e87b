//! The optimum of a maze, by value iteration.

use super::model::Model;

/// How far values may be from the optimum, unless the rounding of the values is larger.
const TOLERANCE: f64 = 1e-12;

/// The best values of a maze, and an action for each state that reaches them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Optimum {
    /// V*(s), the largest discounted return from each state: `[states]`. 0 in terminal states.
    pub values: Vec<f64>,
    /// Q*(s, a), the largest discounted return after an action: `[states, 4]`. -inf for an action that is not allowed.
    pub action_values: Vec<f64>,
    /// The first action with the largest Q*(s, a): `[states]`. In terminal states it is 0, and means nothing.
    pub actions: Vec<usize>,
    /// J*, the value of the start.
    pub expected_return: f64,
}

impl Optimum {
    /// Returns the policy that always takes [`actions`](Self::actions), as probabilities: `[states, 4]`.
    pub fn policy(&self) -> Vec<f64> {
        let mut policy = vec![0.0; self.action_values.len()];
        for (row, &action) in policy.chunks_mut(Model::ACTIONS).zip(&self.actions) {
            row[action] = 1.0;
        }
        policy
    }
}

impl Model {
    /// Computes the optimum by value iteration:
    ///
    /// ```text
    /// V(s) <- max_a Q(s, a),    Q(s, a) = sum_s' P(s' | s, a) (r + discount V(s'))
    /// ```
    ///
    /// A sweep that changes no value by more than d leaves V within d discount / (1 - discount) of V*. The sweeps end
    /// when this bound is 1e-12, or, where the discount is so near 1 that rounding is larger, at the rounding of
    /// the values. (Bellman, "Dynamic programming", 1957; the bound: Puterman, "Markov decision processes", 1994,
    /// theorem 6.3.1.)
    ///
    /// ```
    /// use gumbel_environments::maze::{Maze, Move};
    ///
    /// let maze = Maze::parse("S..G\n####\n")?;
    /// let optimum = maze.model().optimum();
    /// assert!((optimum.expected_return - (-0.01 - 0.0099 + 0.9801)).abs() < 1e-12);
    /// assert_eq!(optimum.actions[..3], [Move::Right as usize; 3]);
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn optimum(&self) -> Optimum {
        let mut values = vec![0.0; self.states()];
        loop {
            let mut change = 0.0_f64;
            let mut largest = 0.0_f64;
            for state in 0..self.states() {
                if self.is_terminal(state) {
                    continue;
                }
                let q = (0..Self::ACTIONS).map(|action| self.action_value(state, action, &values));
                let best = q.fold(f64::NEG_INFINITY, f64::max);
                change = change.max((best - values[state]).abs());
                largest = largest.max(best.abs());
                values[state] = best;
            }
            let rounding = 16.0 * f64::EPSILON * largest;
            if change <= rounding.max(TOLERANCE * (1.0 - self.discount)) {
                break;
            }
        }
        let action_values = self.action_values(&values);
        let first_best = |row: &[f64]| {
            (1..row.len()).fold(0, |best, a| if row[a] > row[best] { a } else { best })
        };
        let actions = action_values.chunks(Self::ACTIONS).map(first_best).collect();
        Optimum { expected_return: values[self.start], values, action_values, actions }
    }
}
