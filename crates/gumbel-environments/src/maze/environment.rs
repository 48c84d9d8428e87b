//! The maze as an environment.

use gumbel::Key;

use super::cell::Move;
use super::map::Map;
use super::model::Model;
use super::rules::Rules;
use crate::draws::uniform;
use crate::environment::Environment;
use crate::error::{EnvironmentError, Result};

/// A maze: a map, its rules, and the model that both give.
///
/// The agent moves forward, back, left or right: one row up, one row down, one column to the left, one to the right
/// ([`Move`]). A move into a wall or out of the map is not allowed. On a slippery cell the move goes to each
/// of the two sides with probability [`Rules::slip`]; where that side is a wall, the agent stays. A goal or a trap
/// terminates the episode.
///
/// The agent observes its state as a one-hot vector of all cells that are no walls. An episode is truncated after
/// 4 steps for each cell of the map, walls included, so that sampling ends. The values of the [`Model`] are exact and
/// have no time limit.
///
/// ```
/// use gumbel::Key;
/// use gumbel_environments::{Environment, maze::{Maze, Move}};
///
/// let maze = Maze::parse("S.G")?;
/// let mut state = maze.reset(Key::new(7));
/// let (mut reward, mut mask) = ([0.0], [false; 4]);
/// maze.allowed(&state, 0, &mut mask);
/// assert_eq!(mask, [false, false, false, true]);
/// let right = [Move::Right as usize];
/// assert!(!maze.step(&mut state, &right, Key::new(8), &mut reward));
/// assert!(maze.step(&mut state, &right, Key::new(9), &mut reward));
/// assert_eq!((state, reward), (2, [1.0]));
/// # Ok::<(), gumbel_environments::EnvironmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Maze {
    map: Map,
    rules: Rules,
    model: Model,
}

impl Maze {
    /// Makes a maze of a map and rules.
    ///
    /// # Errors
    /// A reward that is not finite, a slip outside [0, 1/2], a discount outside [0, 1).
    pub fn new(map: Map, rules: Rules) -> Result<Self> {
        rules.check()?;
        let model = Model::new(&map, &rules);
        Ok(Self { map, rules, model })
    }

    /// Reads a map, with default rules: see [`Map::parse`].
    ///
    /// # Errors
    /// Those of [`Map::parse`].
    pub fn parse(text: &str) -> Result<Self> {
        Self::new(Map::parse(text)?, Rules::default())
    }

    /// Makes a map from a key, with default rules: see [`Map::generate`].
    ///
    /// # Errors
    /// Those of [`Map::generate`].
    pub fn generate(rows: usize, columns: usize, key: Key) -> Result<Self> {
        Self::new(Map::generate(rows, columns, key)?, Rules::default())
    }

    /// Returns the maze with the same map and other rules.
    ///
    /// # Errors
    /// Those of [`Maze::new`].
    pub fn with_rules(self, rules: Rules) -> Result<Self> {
        Self::new(self.map, rules)
    }

    /// Returns the map.
    pub fn map(&self) -> &Map {
        &self.map
    }

    /// Returns the rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Returns the model: transition probabilities, and exact values from them.
    pub fn model(&self) -> &Model {
        &self.model
    }
}

impl Environment for Maze {
    /// The number of the state: see [`Map`].
    type State = usize;

    fn name(&self) -> &str {
        "maze"
    }

    fn actions(&self) -> usize {
        Move::ALL.len()
    }

    fn observation_size(&self) -> usize {
        self.map.states()
    }

    fn time_limit(&self) -> u32 {
        4 * (self.map.rows() * self.map.columns()) as u32
    }

    fn reset(&self, _key: Key) -> usize {
        self.map.start()
    }

    fn check(&self, state: &usize) -> Result<()> {
        let states = self.map.states();
        if *state < states && !self.map.cell_of(*state).is_terminal() {
            return Ok(());
        }
        let expected = format!("a state below {states} that is no goal and no trap");
        Err(EnvironmentError::Saved { expected, found: state.to_string() })
    }

    fn observe(&self, state: &usize, _agent: usize, out: &mut [f32]) {
        out.fill(0.0);
        out[*state] = 1.0;
    }

    fn allowed(&self, state: &usize, _agent: usize, out: &mut [bool]) {
        if self.model.is_terminal(*state) {
            out.fill(true); // nothing follows, and no row is without an allowed action
        } else {
            out.copy_from_slice(&self.model.allowed(*state));
        }
    }

    fn step(&self, state: &mut usize, actions: &[usize], key: Key, rewards: &mut [f64]) -> bool {
        let outcomes = self.model.outcomes(*state, actions[0]);
        let last = outcomes.last().expect("an action that is allowed");
        let mut left = uniform(key);
        let chosen = outcomes.iter().find(|outcome| {
            left -= outcome.probability;
            left < 0.0
        });
        let chosen = chosen.unwrap_or(last); // the sum may be rounded down
        (*state, rewards[0]) = (chosen.next, chosen.reward);
        self.model.is_terminal(*state)
    }
}
