//! The adapter: an environment of `burn_rl` under the trait of `gumbel_environments`.

use std::fmt;

use gumbel::Key;
use gumbel_environments::{Environment, EnvironmentError, Result};

use crate::state::{BurnRlState, first_difference};

/// What the agent observes of a state.
type Observe<S> = dyn Fn(&S) -> Vec<f32> + Send + Sync;

/// An environment written for [`burn_rl::Environment`], as a [`gumbel_environments::Environment`] of one agent.
///
/// An episode is a live environment of its own: the factory makes it from the key of the reset, and `reset` is called
/// on it once, as Burn's own runners do. Each step gives it one of the listed actions; all actions are allowed in all
/// states. The agent observes the numbers that the function `observe` makes of `burn_rl`'s state.
///
/// # Ends
///
/// | `StepResult` | here |
/// |---|---|
/// | `done` | the step terminates the episode, also if `truncated` is set too |
/// | `truncated` alone | the episode is truncated at once ([`Environment::truncates`]) |
/// | neither, after [`time_limit`](Environment::time_limit) steps | truncated by `Episodes` |
///
/// The time limit is `MAX_STEPS` (at most 2^32 - 1), or that of [`with_time_limit`](Self::with_time_limit). `burn_rl`
/// leaves it to each environment whether it truncates at `MAX_STEPS` itself; the result is the same.
///
/// # No promise of bits
///
/// An episode is a function of its key and actions only where the environment is: where the first state and all later
/// chance come, for instance, from a random generator that the factory seeds with the key and `reset` does not seed
/// anew. Then it is the same in any number of environments, on any number of threads, and after a resume, as far as
/// the arithmetic of the environment gives the same bits. The adapter cannot see whether that is so. The keys of
/// single steps are not used.
///
/// A live environment can be neither copied nor stored. So a [`BurnRlState`] has the actions since the reset, and
/// where it has no live environment, a new one replays them: when a stored batch is resumed, and when a copy of a state
/// goes on after another copy has. That takes as many steps as the episode has so far. A replay must lead to the same
/// bits in the last observation, without an end on the way; otherwise a resume is refused, and a step of a copy panics.
/// Differences that the last observation does not show go unnoticed.
///
/// For an environment whose chance is not from the key, say so: [`with_own_chance`](Self::with_own_chance).
///
/// # Panics
/// Resets and steps, if the observation has another number of elements than at first, and as said above. The message
/// has the name of the environment, what was expected and what was found.
///
/// ```
/// use burn_rl::{Environment, StepResult};
/// use gumbel::Key;
/// use gumbel_burn_rl::BurnRl;
/// use gumbel_environments::Episodes;
///
/// /// Counts to 3, or in the wrong direction.
/// struct Count(i32);
///
/// impl Environment for Count {
///     type State = i32;
///     type Action = i32;
///     const MAX_STEPS: usize = 10;
///     fn state(&self) -> i32 { self.0 }
///     fn reset(&mut self) { self.0 = 0 }
///     fn step(&mut self, action: i32) -> StepResult<i32> {
///         self.0 += action;
///         StepResult { next_state: self.0, reward: -1.0, done: self.0 == 3, truncated: self.0 < -5 }
///     }
/// }
///
/// let count = BurnRl::new("count", |_: Key| Count(0), [-1, 1], |n: &i32| vec![*n as f32])?;
/// let mut episodes = Episodes::new(&count, Key::new(7), 2);
/// episodes.step(&[1, 0])?;
/// assert_eq!(episodes.observations(), [1.0, -1.0]);
///
/// // The stored batch is replayed in new environments.
/// let text = serde_json::to_string(&episodes.save())?;
/// let mut resumed = Episodes::resume(&count, serde_json::from_str(&text)?)?;
/// assert_eq!(resumed.step(&[1, 1])?, episodes.step(&[1, 1])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BurnRl<E: burn_rl::Environment> {
    name: String,
    make: Box<dyn Fn(Key) -> E + Send + Sync>,
    actions: Vec<E::Action>,
    observe: Box<Observe<E::State>>,
    observation_size: usize,
    time_limit: u32,
    own_chance: bool,
}

impl<E> BurnRl<E>
where
    E: burn_rl::Environment + Send,
    E::Action: Clone + Send + Sync,
{
    /// Makes environments of a factory, the list of all actions, and a function from a state to what the agent
    /// observes. The name is for messages, and recognises a saved batch.
    ///
    /// `make` is called once here, to count the numbers of an observation, and once for each episode and replay.
    ///
    /// # Errors
    /// [`EnvironmentError::Parameter`] if there is no action, an observation has no element, or `MAX_STEPS` is 0.
    pub fn new(
        name: impl Into<String>,
        make: impl Fn(Key) -> E + Send + Sync + 'static,
        actions: impl IntoIterator<Item = E::Action>,
        observe: impl Fn(&E::State) -> Vec<f32> + Send + Sync + 'static,
    ) -> Result<Self> {
        let mut new = Self {
            name: name.into(),
            make: Box::new(make),
            actions: actions.into_iter().collect(),
            observe: Box::new(observe),
            observation_size: 0,
            time_limit: u32::try_from(E::MAX_STEPS).unwrap_or(u32::MAX),
            own_chance: false,
        };
        at_least_one("actions", new.actions.len())?;
        at_least_one("MAX_STEPS", E::MAX_STEPS)?;
        let first = new.start(Key::new(0));
        new.observation_size = (new.observe)(&first.state()).len();
        at_least_one("elements of an observation", new.observation_size)?;
        Ok(new)
    }

    /// Sets the number of steps after which an episode is truncated, in place of `MAX_STEPS`.
    ///
    /// # Errors
    /// [`EnvironmentError::Parameter`] if it is 0.
    pub fn with_time_limit(self, steps: u32) -> Result<Self> {
        at_least_one("time limit", steps as usize)?;
        Ok(Self { time_limit: steps, ..self })
    }

    /// States that the environment has chance that is not from the key, so that no replay can find back to a state.
    ///
    /// Then nothing is replayed. An episode that has lost its live environment, in a stored batch or in a copy of which
    /// another copy has gone on, is truncated by its next step: the action reaches no environment, the reward is 0, and
    /// the observation stays. A batch that is resumed within the process goes on where it was.
    pub fn with_own_chance(self) -> Self {
        Self { own_chance: true, ..self }
    }

    /// A live environment at the start of the episode of a key.
    fn start(&self, key: Key) -> E {
        let mut environment = (self.make)(key);
        environment.reset();
        environment
    }

    /// What the agent observes, with the right number of elements.
    fn observation(&self, state: &E::State) -> Result<Vec<f32>> {
        let observation = (self.observe)(state);
        let (expected, found) = (self.observation_size, observation.len());
        if expected == found {
            return Ok(observation);
        }
        Err(EnvironmentError::Length { what: "observation", expected, found })
    }

    /// A live environment that has taken the actions of a state, and was seen to be where the state is.
    fn replay(&self, state: &BurnRlState<E>) -> Result<E> {
        let mut environment = self.start(state.key());
        let steps = state.actions.len();
        let mut reached = None;
        for (step, &action) in state.actions.iter().enumerate() {
            let result = environment.step(self.actions[action].clone());
            if result.done || result.truncated {
                let expected = format!("a replay of {steps} actions without an end");
                return Err(saved(expected, format!("an end after {}", step + 1)));
            }
            reached = Some(result.next_state);
        }
        let observation = self.observation(&reached.unwrap_or_else(|| environment.state()))?;
        let Some(i) = first_difference(&state.observation, &observation) else {
            return Ok(environment);
        };
        let expected = format!(
            "{:?} as element {i} of the observation after a replay of {steps} actions",
            state.observation[i]
        );
        Err(saved(expected, format!("{:?}", observation[i])))
    }

    /// The value, or a panic that names the environment.
    fn expect<T>(&self, result: Result<T>) -> T {
        result.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

impl<E> Environment for BurnRl<E>
where
    E: burn_rl::Environment + Send,
    E::Action: Clone + Send + Sync,
{
    type State = BurnRlState<E>;

    fn name(&self) -> &str {
        &self.name
    }

    fn actions(&self) -> usize {
        self.actions.len()
    }

    fn observation_size(&self) -> usize {
        self.observation_size
    }

    fn time_limit(&self) -> u32 {
        self.time_limit
    }

    fn truncates(&self, state: &BurnRlState<E>) -> bool {
        state.truncated
    }

    fn reset(&self, key: Key) -> BurnRlState<E> {
        let environment = self.start(key);
        let observation = self.expect(self.observation(&environment.state()));
        BurnRlState::new(key, observation, environment)
    }

    fn check(&self, state: &BurnRlState<E>) -> Result<()> {
        let (size, actions, limit) = (self.observation_size, self.actions.len(), self.time_limit);
        if state.observation.len() != size {
            let found = state.observation.len().to_string();
            return Err(saved(format!("an observation of {size} elements"), found));
        }
        if let Some(action) = state.actions.iter().find(|&&action| action >= actions) {
            return Err(saved(format!("actions below {actions}"), action.to_string()));
        }
        if state.actions.len() as u64 >= u64::from(limit) {
            let found = state.actions.len().to_string();
            return Err(saved(format!("fewer than {limit} actions"), found));
        }
        if !self.own_chance && !state.is_live() {
            state.revive(self.replay(state)?);
        }
        Ok(())
    }

    fn observe(&self, state: &BurnRlState<E>, _agent: usize, out: &mut [f32]) {
        out.copy_from_slice(&state.observation);
    }

    fn step(
        &self,
        state: &mut BurnRlState<E>,
        actions: &[usize],
        _key: Key,
        rewards: &mut [f64],
    ) -> bool {
        let action = self.actions[actions[0]].clone();
        let mut environment = match state.take() {
            Some(environment) => environment,
            None if self.own_chance => {
                state.truncated = true;
                rewards[0] = 0.0;
                return false;
            }
            None => self.expect(self.replay(state)),
        };
        let result = environment.step(action);
        state.observation = self.expect(self.observation(&result.next_state));
        state.actions.push(actions[0]);
        state.truncated = result.truncated && !result.done;
        let goes_on = !result.done && !result.truncated;
        state.own(goes_on.then_some(environment));
        rewards[0] = result.reward;
        result.done
    }
}

impl<E: burn_rl::Environment> fmt::Debug for BurnRl<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BurnRl")
            .field("name", &self.name)
            .field("actions", &self.actions.len())
            .field("observation_size", &self.observation_size)
            .field("time_limit", &self.time_limit)
            .field("own_chance", &self.own_chance)
            .finish_non_exhaustive()
    }
}

fn at_least_one(name: &'static str, n: usize) -> Result<()> {
    let refusal = EnvironmentError::Parameter { name, expected: "at least 1", found: n as f64 };
    if n > 0 { Ok(()) } else { Err(refusal) }
}

fn saved(expected: String, found: String) -> EnvironmentError {
    EnvironmentError::Saved { expected, found }
}
