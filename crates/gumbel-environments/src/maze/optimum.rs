//! The optimum of a maze, by value iteration, and by policy iteration where that takes too long.

use super::model::Model;
use super::policy::first_largest;

/// How far values may be from the optimum, unless the rounding of the values is larger.
const TOLERANCE: f64 = 1e-12;
/// The rounding of values, relative to the largest.
const ROUNDING: f64 = 16.0 * f64::EPSILON;
/// The most sweeps of value iteration.
const SWEEPS: usize = 10_000;
/// The most rounds of policy iteration. A few are enough; without rounding they end by themselves.
const ROUNDS: usize = 1_000;

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
        always(&self.actions)
    }
}

/// The policy that always takes one action in each state.
fn always(actions: &[usize]) -> Vec<f64> {
    let mut policy = vec![0.0; actions.len() * Model::ACTIONS];
    for (row, &action) in policy.chunks_mut(Model::ACTIONS).zip(actions) {
        row[action] = 1.0;
    }
    policy
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
    /// Where the agent can only walk for ever, a sweep brings V nearer to V* by the factor `discount` alone: for
    /// 1 - 1e-10 that takes 1e11 sweeps. So after 10,000 sweeps policy iteration goes on: it solves the linear
    /// equations of [`evaluate`](Self::evaluate) for the values of a policy, and takes a better action where there is
    /// one, until there is none. (Howard, "Dynamic programming and Markov processes", 1960.)
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
        if !(0..SWEEPS).any(|_| self.sweep(&mut values)) {
            values = self.improved(values);
        }
        let action_values = self.action_values(&values);
        let actions = action_values.chunks(Self::ACTIONS).map(first_largest).collect();
        Optimum { expected_return: values[self.start], values, action_values, actions }
    }

    /// Takes a sweep of value iteration. Returns whether it was the last one.
    fn sweep(&self, values: &mut [f64]) -> bool {
        let mut change = 0.0_f64;
        let mut largest = 0.0_f64;
        for state in (0..self.states()).filter(|&state| !self.is_terminal(state)) {
            let q = (0..Self::ACTIONS).map(|action| self.action_value(state, action, values));
            let best = q.fold(f64::NEG_INFINITY, f64::max);
            change = change.max((best - values[state]).abs());
            largest = largest.max(best.abs());
            values[state] = best;
        }
        change <= (ROUNDING * largest).max(TOLERANCE * (1.0 - self.discount))
    }

    /// Policy iteration from the greedy policy of some values. Returns the values of the last policy.
    fn improved(&self, mut values: Vec<f64>) -> Vec<f64> {
        let action_values = self.action_values(&values);
        let mut actions: Vec<_> = action_values.chunks(Self::ACTIONS).map(first_largest).collect();
        for _ in 0..ROUNDS {
            values = self.values_of(&always(&actions));
            let mut better = false;
            let action_values = self.action_values(&values);
            let live = (0..self.states()).filter(|&state| !self.is_terminal(state));
            for (state, row) in live.map(|s| (s, &action_values[s * Self::ACTIONS..])) {
                let row = &row[..Self::ACTIONS];
                let (now, best) = (row[actions[state]], first_largest(row));
                // Where two actions are equal up to rounding, the policy stays, so the rounds end.
                if row[best] - now > ROUNDING * now.abs() {
                    (actions[state], better) = (best, true);
                }
            }
            if !better {
                break;
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use gumbel::Key;

    use super::*;
    use crate::maze::{Maze, Rules};

    #[test]
    fn policy_iteration_from_zeros_has_the_values_of_value_iteration() {
        for seed in 0..20 {
            let maze = Maze::generate(9, 9, Key::new(seed)).unwrap();
            let model = maze.model();
            let found = model.improved(vec![0.0; model.states()]);
            for (found, expected) in found.iter().zip(model.optimum().values) {
                assert!((found - expected).abs() < 2.0 * TOLERANCE, "{seed}: {found} {expected}");
            }
        }
    }

    #[test]
    fn a_closed_pocket_at_a_discount_near_1_does_not_keep_value_iteration_running() {
        for discount in [0.9999, 0.999_999_9, 0.999_999_999_9, 1.0 - f64::EPSILON] {
            let rules = Rules { discount, ..Rules::default() };
            let maze = Maze::parse("S.G\n###\n..#\n").unwrap().with_rules(rules).unwrap();
            let optimum = maze.model().optimum();
            assert!((optimum.expected_return - (discount - 0.01)).abs() < 1e-12, "{discount}");
            // A cost for ever. The equations of the pocket have a rounding of 1e-16 / (1 - discount).
            for value in &optimum.values[3..] {
                let of_1 = value * (1.0 - discount) / -0.01;
                assert!((of_1 - 1.0).abs() < 1e-12 + 4.0 * f64::EPSILON / (1.0 - discount));
            }
            assert_eq!(optimum, maze.model().optimum());
        }
    }

    /// Two ways around a wall have the same length, and a walk is worth more than the goal.
    #[test]
    fn equal_actions_and_rewards_for_every_move_end_the_rounds() {
        let rules = Rules { cost: -0.01, discount: 0.999_999_999_9, ..Rules::default() };
        let maze = Maze::parse("....\nS##G\n.~~.\n").unwrap().with_rules(rules).unwrap();
        let optimum = maze.model().optimum();
        let for_ever = 0.01 / (1.0 - rules.discount);
        assert!((optimum.expected_return / for_ever - 1.0).abs() < 1e-5, "{optimum:?}");
    }
}
