//! The known model of a maze: where each move leads, with which probability, and its reward.

use super::cell::{Cell, Move};
use super::map::Map;
use super::rules::Rules;

/// Where a move may lead.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// P(s' | s, a), above 0.
    pub probability: f64,
    /// The next state s'.
    pub next: usize,
    /// The reward r(s, a, s').
    pub reward: f64,
}

/// The model of a maze: states, transition probabilities, rewards, discount, in `f64`.
///
/// States have the numbers of the [`Map`], actions those of [`Move`]. A goal or a trap is a terminal state: it has no
/// outcomes, and its value is 0. Tables are row-major, states first. The methods that compute exact values are
///
/// - [`optimum`](Self::optimum): the best values and actions;
/// - [`evaluate`](Self::evaluate): values, return and visits of any policy;
/// - [`policy_gradient`](Self::policy_gradient): the gradient of the return in the logits of a policy;
/// - [`uniform_policy`](Self::uniform_policy), [`softmax_policy`](Self::softmax_policy): policies.
///
/// ```
/// use gumbel_environments::maze::{Maze, Move};
///
/// let maze = Maze::parse("S~G\n##T\n")?;
/// let model = maze.model();
/// assert_eq!(model.allowed(1), [false, false, true, true]);
/// // From the slippery cell to the right: both sides are walls, so a slip leaves the agent where it is.
/// let outcomes = model.outcomes(1, Move::Right as usize);
/// assert_eq!((outcomes[0].next, outcomes[0].probability, outcomes[0].reward), (2, 0.8, 1.0));
/// assert_eq!((outcomes[1].next, outcomes[1].probability, outcomes[1].reward), (1, 0.2, -0.01));
/// # Ok::<(), gumbel_environments::EnvironmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(super) start: usize,
    pub(super) discount: f64,
    /// The outcomes of each action in each state; none where the action is not allowed.
    pub(super) outcomes: Vec<[Vec<Outcome>; Move::ALL.len()]>,
    pub(super) terminal: Vec<bool>,
    /// The row and column of each state, for messages.
    pub(super) positions: Vec<(usize, usize)>,
}

impl Model {
    /// The number of actions: those of [`Move`].
    pub const ACTIONS: usize = Move::ALL.len();

    pub(super) fn new(map: &Map, rules: &Rules) -> Self {
        let states = 0..map.states();
        let outcomes = states.clone().map(|state| {
            std::array::from_fn(|action| outcomes(map, rules, state, Move::ALL[action]))
        });
        Self {
            start: map.start(),
            discount: rules.discount,
            outcomes: outcomes.collect(),
            terminal: states.clone().map(|state| map.cell_of(state).is_terminal()).collect(),
            positions: states.map(|state| map.position(state)).collect(),
        }
    }

    /// Returns the number of states.
    pub fn states(&self) -> usize {
        self.outcomes.len()
    }

    /// Returns the state in which each episode starts.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Returns the discount.
    pub fn discount(&self) -> f64 {
        self.discount
    }

    /// Whether a state is a goal or a trap.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn is_terminal(&self, state: usize) -> bool {
        self.terminal[state]
    }

    /// Returns where an action leads: different next states, whose probabilities sum to 1. Empty if the action is not
    /// allowed, and in a terminal state.
    ///
    /// # Panics
    /// If there is no such state or action.
    pub fn outcomes(&self, state: usize, action: usize) -> &[Outcome] {
        &self.outcomes[state][action]
    }

    /// Returns which actions are allowed; in a terminal state none.
    ///
    /// # Panics
    /// If there is no such state.
    pub fn allowed(&self, state: usize) -> [bool; Self::ACTIONS] {
        std::array::from_fn(|action| !self.outcomes[state][action].is_empty())
    }

    /// Returns P(s' | s, a) as a dense table `[states, 4, states]`: rows of actions that are not allowed, and of
    /// terminal states, are 0.
    ///
    /// ```
    /// # let maze = gumbel_environments::maze::Maze::parse("S.G")?;
    /// let table = maze.model().transition_table();
    /// assert_eq!(table.len(), 3 * 4 * 3);
    /// assert_eq!(table[3 * 3..][..3], [0.0, 1.0, 0.0]); // from the start to the right
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn transition_table(&self) -> Vec<f64> {
        let states = self.states();
        let mut table = vec![0.0; states * Self::ACTIONS * states];
        for (row, outcomes) in table.chunks_mut(states).zip(self.outcomes.iter().flatten()) {
            for outcome in outcomes {
                row[outcome.next] = outcome.probability;
            }
        }
        table
    }

    /// Returns the expected reward r(s, a) = sum over s' of P(s' | s, a) r(s, a, s') as a table `[states, 4]`: 0 for
    /// actions that are not allowed and in terminal states.
    ///
    /// ```
    /// # let maze = gumbel_environments::maze::Maze::parse("S.G")?;
    /// let table = maze.model().reward_table();
    /// assert_eq!(table[4..8], [0.0, 0.0, -0.01, 1.0]);
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn reward_table(&self) -> Vec<f64> {
        let expected = |outcomes: &Vec<Outcome>| {
            outcomes.iter().map(|o| o.probability * o.reward).fold(0.0, |sum, term| sum + term)
        };
        self.outcomes.iter().flatten().map(expected).collect()
    }

    /// Q(s, a) = sum over s' of P(s' | s, a) (r + discount V(s')), -inf for an action without outcomes.
    pub(super) fn action_value(&self, state: usize, action: usize, values: &[f64]) -> f64 {
        let outcomes = &self.outcomes[state][action];
        if outcomes.is_empty() {
            return f64::NEG_INFINITY;
        }
        let term = |o: &Outcome| o.probability * (o.reward + self.discount * values[o.next]);
        outcomes.iter().map(term).sum()
    }

    /// Q for all actions in all states: `[states, 4]`.
    pub(super) fn action_values(&self, values: &[f64]) -> Vec<f64> {
        let pairs =
            (0..self.states() * Self::ACTIONS).map(|i| (i / Self::ACTIONS, i % Self::ACTIONS));
        pairs.map(|(state, action)| self.action_value(state, action, values)).collect()
    }
}

/// The outcomes of one move: the intended cell first, then the two sides.
fn outcomes(map: &Map, rules: &Rules, state: usize, direction: Move) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    let Some(intended) = map.neighbour(state, direction) else { return outcomes };
    if map.cell_of(state).is_terminal() {
        return outcomes;
    }
    let slip = if map.cell_of(state) == Cell::Slippery { rules.slip } else { 0.0 };
    let sides = direction.sides().map(|side| (map.neighbour(state, side).unwrap_or(state), slip));
    for (next, probability) in [(intended, 1.0 - 2.0 * slip)].into_iter().chain(sides) {
        let reward = match map.cell_of(next) {
            Cell::Goal => rules.goal,
            Cell::Trap => rules.trap,
            _ => -rules.cost,
        };
        if let Some(known) = outcomes.iter_mut().find(|outcome| outcome.next == next) {
            known.probability += probability;
        } else if probability > 0.0 {
            outcomes.push(Outcome { probability, next, reward });
        }
    }
    outcomes
}
