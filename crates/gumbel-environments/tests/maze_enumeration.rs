//! The exact values and gradients of a tiny maze, against sums over all its episodes.

use gumbel::{Key, noise};
use gumbel_environments::maze::{Maze, Model, Rules};

/// The steps of the longest episodes that are summed up, and the discount.
const STEPS: i32 = 9;
const DISCOUNT: f64 = 0.05;
/// What longer episodes add to any of the sums, at most: a reward is at most 1, and a score at most the number of steps,
/// so it is sum_{t >= 9} (t + 1) discount^t < 2.1e-11, and 1e-13 of rounding.
const LEFT: f64 = 2.2e-11;

/// A start with two ways, two slippery cells, one of them beside a wall, and a trap beside both ways.
fn maze() -> Maze {
    let rules = Rules { slip: 0.15, cost: 0.2, discount: DISCOUNT, ..Rules::default() };
    Maze::parse("S~T\n#~G\n").unwrap().with_rules(rules).unwrap()
}

/// Sums over the episodes from one state.
struct Sums<'a> {
    model: &'a Model,
    policy: &'a [f64],
    /// How often each action has been taken in the present episode: `[states, 4]`.
    taken: Vec<f64>,
    /// E of the discounted return.
    value: f64,
    /// E sum_t discount^t of the steps in each state.
    visits: Vec<f64>,
    /// E of the discounted return times the score of the episode: `[states, 4]`.
    gradient: Vec<f64>,
}

impl<'a> Sums<'a> {
    fn from(model: &'a Model, policy: &'a [f64], state: usize) -> Self {
        let n = model.states();
        let (taken, gradient) = (vec![0.0; policy.len()], vec![0.0; policy.len()]);
        let mut sums = Self { model, policy, taken, value: 0.0, visits: vec![0.0; n], gradient };
        sums.go_on(state, 0, 1.0);
        sums
    }

    /// Adds the episodes that go on in a state after t steps; p is the probability of those steps.
    fn go_on(&mut self, state: usize, t: i32, p: f64) {
        self.visits[state] += p * DISCOUNT.powi(t);
        if t == STEPS || self.model.is_terminal(state) {
            return;
        }
        for action in (0..Model::ACTIONS).filter(|&a| self.model.allowed(state)[a]) {
            let pair = state * Model::ACTIONS + action;
            self.taken[pair] += 1.0;
            for outcome in self.model.outcomes(state, action) {
                let p = p * self.policy[pair] * outcome.probability;
                let term = p * DISCOUNT.powi(t) * outcome.reward;
                self.value += term;
                for (i, gradient) in self.gradient.iter_mut().enumerate() {
                    let row = &self.taken[i / Model::ACTIONS * Model::ACTIONS..][..Model::ACTIONS];
                    let visits: f64 = row.iter().sum();
                    *gradient += term * (self.taken[i] - visits * self.policy[i]);
                }
                self.go_on(outcome.next, t + 1, p);
            }
            self.taken[pair] -= 1.0;
        }
    }
}

fn assert_close(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < LEFT, "{what} {i}: {found} {expected}");
    }
}

#[test]
fn values_visits_and_gradients_are_the_sums_over_all_episodes() {
    let maze = maze();
    let model = maze.model();
    let mut logits = vec![0.0; model.states() * Model::ACTIONS];
    noise::normal_into(Key::new(2), 0, &mut logits);
    let policy = model.softmax_policy(&logits).unwrap();
    let exact = model.evaluate(&policy).unwrap();

    let sums: Vec<_> = (0..model.states()).map(|s| Sums::from(model, &policy, s)).collect();
    assert_close("V", &exact.values, &sums.iter().map(|of| of.value).collect::<Vec<_>>());
    let start = &sums[model.start()];
    assert_close("d", &exact.visits, &start.visits);
    assert_close("J", &[exact.expected_return], &[start.value]);
    let found = model.policy_gradient(&logits).unwrap();
    assert_close("J of the gradient", &[found.expected_return], &[start.value]);
    assert_close("dJ", &found.gradient, &start.gradient);
    assert!(start.gradient.iter().any(|g| g.abs() > 1e-3));
    for (pair, &found) in exact.action_values.iter().enumerate() {
        let outcomes = model.outcomes(pair / Model::ACTIONS, pair % Model::ACTIONS);
        let of = |sum: f64, o: &gumbel_environments::maze::Outcome| {
            sum + o.probability * (o.reward + DISCOUNT * sums[o.next].value)
        };
        match outcomes {
            [] => assert_eq!(found, f64::NEG_INFINITY),
            _ => assert_close("Q", &[found], &[outcomes.iter().fold(0.0, of)]),
        }
    }
}
