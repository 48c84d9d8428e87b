//! The trait of an environment.

use std::fmt::Debug;

use gumbel::Key;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::Result;

/// An environment with keys for its randomness: its state is a function of the keys and the actions.
///
/// An episode begins with [`reset`](Self::reset). Each step takes one action of every agent, and ends the episode or
/// leads to the next state. The environment itself does not change: a state is a value that can be copied, compared
/// and stored. [`Episodes`](crate::Episodes) plays many episodes at once and gives each its keys.
///
/// Methods other than `reset` and `step` draw nothing. Slices have the lengths that the environment states: `out` of
/// an observation [`observation_size`](Self::observation_size), a mask [`actions`](Self::actions), actions and
/// rewards [`agents`](Self::agents). `Episodes` checks actions before `step`; a direct caller checks them itself, and
/// a wrong length or action may panic.
///
/// An environment of one's own: a walk on a line of seven points, whose goal is one end.
///
/// ```
/// use gumbel::Key;
/// use gumbel_environments::{Environment, Episodes};
///
/// #[derive(Debug)]
/// struct Line;
///
/// impl Environment for Line {
///     type State = i32;
///     fn name(&self) -> &str { "line" }
///     fn actions(&self) -> usize { 2 }
///     fn observation_size(&self) -> usize { 1 }
///     fn time_limit(&self) -> u32 { 100 }
///     fn reset(&self, _key: Key) -> i32 { 0 }
///     fn observe(&self, state: &i32, _agent: usize, out: &mut [f32]) { out[0] = *state as f32 }
///     fn allowed(&self, state: &i32, _agent: usize, out: &mut [bool]) {
///         out.copy_from_slice(&[*state > -3, true]);
///     }
///     fn step(&self, state: &mut i32, actions: &[usize], _key: Key, rewards: &mut [f64]) -> bool {
///         *state += if actions[0] == 1 { 1 } else { -1 };
///         rewards[0] = f64::from(u8::from(*state == 3));
///         *state == 3
///     }
/// }
///
/// let mut episodes = Episodes::new(&Line, Key::new(7), 2);
/// episodes.step(&[1, 0])?;
/// assert_eq!(episodes.observations(), [1.0, -1.0]);
/// # Ok::<(), gumbel_environments::EnvironmentError>(())
/// ```
pub trait Environment: Sync {
    /// The state within an episode. Its serialised form must keep every bit: JSON readers may round `f64` numbers, so
    /// the states of this crate store their bits.
    type State: Clone + Debug + PartialEq + Send + Sync + Serialize + DeserializeOwned;

    /// The name, for messages, and to recognise a saved batch.
    fn name(&self) -> &str;

    /// The number of agents, at least 1, and 1 if it is not stated.
    fn agents(&self) -> usize {
        1
    }

    /// The number of actions that each agent has, at least 1.
    fn actions(&self) -> usize;

    /// The number of `f32` numbers that each agent observes, at least 1.
    fn observation_size(&self) -> usize;

    /// The number of steps, at least 1, after which an episode is truncated. The environment does not count steps:
    /// [`Episodes`](crate::Episodes) does.
    fn time_limit(&self) -> u32;

    /// Whether the environment cuts the episode off in this state, before the time limit. A state that ends the
    /// episode is not asked. No state truncates if this is not stated.
    fn truncates(&self, state: &Self::State) -> bool {
        let _ = state;
        false
    }

    /// Draws the first state of an episode. The same key gives the same state.
    fn reset(&self, key: Key) -> Self::State;

    /// Checks a state that was read from a file: its numbers must be in the range of the environment, so that no
    /// method panics on it. Every state is accepted if this is not stated.
    ///
    /// # Errors
    /// [`EnvironmentError::Saved`](crate::EnvironmentError::Saved) with what was expected and found.
    fn check(&self, state: &Self::State) -> Result<()> {
        let _ = state;
        Ok(())
    }

    /// Writes what an agent observes: all elements of `out: [observation_size]`.
    fn observe(&self, state: &Self::State, agent: usize, out: &mut [f32]);

    /// Writes which actions an agent may take: all elements of `out: [actions]`, at least one `true`, also in a state
    /// that ends an episode. All actions are allowed if this is not stated.
    fn allowed(&self, state: &Self::State, agent: usize, out: &mut [bool]) {
        let _ = (state, agent);
        out.fill(true);
    }

    /// Takes one step: replaces the state, writes all elements of `rewards: [agents]`, and returns whether the episode
    /// has terminated. A terminated episode has no further value, unlike one cut off by the time limit.
    ///
    /// `actions: [agents]` are allowed ones. `key` is the only source of chance.
    fn step(
        &self,
        state: &mut Self::State,
        actions: &[usize],
        key: Key,
        rewards: &mut [f64],
    ) -> bool;
}
