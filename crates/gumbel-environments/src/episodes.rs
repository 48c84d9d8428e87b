//! Many episodes of an environment at once, with keys that do not depend on how many run side by side.

use gumbel::Key;
use serde::{Deserialize, Serialize};

use crate::bits;
use crate::environment::Environment;
use crate::error::{EnvironmentError, Result};

/// A batch of n environments that play the episodes of one key: environment i plays episodes i, i + n, i + 2n, ...
///
/// ```text
/// k_e = key.fold_in(e)                      the key of episode e
/// [start, noise, choices] = k_e.split()
/// reset(start)                              the first state
/// step(.., noise.fold_in(t), ..)            step t = 0, 1, ...
/// choices.fold_in(t)                        for the policy, see choice_keys
/// ```
///
/// So with a policy that draws from [`choice_keys`](Self::choice_keys), episode e is the same for every n, on any
/// number of threads, and after a resume from [`save`](Self::save). An environment whose episode ends is reset at once.
///
/// Outputs are row-major, environments first: observations `[n, agents, observation_size]`, masks `[n, agents,
/// actions]`, actions and rewards `[n, agents]`. A batch of n = 0 has empty outputs.
///
/// ```
/// use gumbel::{Key, gumbel_max};
/// use gumbel_environments::{Environment, Episodes, maze::Maze};
///
/// let maze = Maze::parse("S.G\n.T.\n")?;
/// let mut episodes = Episodes::new(&maze, Key::new(7), 2);
/// let mut returns = Vec::new();
/// while returns.len() < 10 {
///     // A policy that takes each allowed move with the same probability.
///     let logit = |allowed| if allowed { 0.0_f32 } else { f32::NEG_INFINITY };
///     let logits: Vec<f32> = episodes.allowed().into_iter().map(logit).collect();
///     let rows = logits.chunks(maze.actions()).zip(episodes.choice_keys());
///     let actions: Vec<usize> =
///         rows.map(|(row, key)| gumbel_max(row, 4, key).expect("a move is allowed")[0]).collect();
///     let transitions = episodes.step(&actions)?;
///     returns.extend(transitions.finished.iter().map(|episode| episode.returns[0]));
/// }
/// assert!(returns.iter().all(|&r| r <= 0.99)); // two moves to the goal, the first at a cost of 0.01
/// # Ok::<(), gumbel_environments::EnvironmentError>(())
/// ```
#[derive(Debug)]
pub struct Episodes<'e, E: Environment> {
    environment: &'e E,
    key: Key,
    slots: Vec<Slot<E::State>>,
}

/// What one step of a batch led to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Transitions {
    /// The rewards of the step: `[n, agents]`.
    pub rewards: Vec<f64>,
    /// Whether the step ended the episode by the rules of the environment: `[n]`. Nothing follows, so a target has no
    /// value of a next state.
    pub terminated: Vec<bool>,
    /// Whether the step did not terminate the episode, but reached the time limit or a state in which the environment
    /// truncates: `[n]`. A target goes on with the value of the next observation.
    pub truncated: Vec<bool>,
    /// What the agents observe after the step and before any reset: `[n, agents, observation_size]`. Where no episode
    /// ended, this is what [`Episodes::observations`] returns next.
    pub next_observations: Vec<f32>,
    /// Which actions the agents may take after the step and before any reset: `[n, agents, actions]`.
    pub next_allowed: Vec<bool>,
    /// The episodes that this step ended, in the order of their environments.
    pub finished: Vec<Finished>,
}

/// An episode that has ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// The environment in which it ran, from 0.
    pub environment: usize,
    /// The number of the episode.
    pub episode: u64,
    /// The number of its steps.
    pub length: u32,
    /// The undiscounted sum of the rewards of each agent: `[agents]`.
    pub returns: Vec<f64>,
    /// Whether it was cut off, by the time limit or by the environment.
    pub truncated: bool,
}

/// A batch as it is stored in a checkpoint, by any format of serde: [`Episodes::save`], [`Episodes::resume`].
///
/// It has the key, and for each environment the episode, the step, the state and the rewards so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved<S> {
    environment: String,
    key: (u64, u64),
    running: Vec<Running<S>>,
}

/// An episode that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Running<S> {
    episode: u64,
    step: u32,
    state: S,
    #[serde(with = "bits")]
    returns: Vec<f64>,
}

/// A running episode beside its keys, which are a function of the key of the batch.
#[derive(Debug)]
struct Slot<S> {
    running: Running<S>,
    noise: Key,
    choices: Key,
}

/// The keys of episode e: start, noise of the steps, choices of the policy.
fn keys(key: Key, episode: u64) -> [Key; 3] {
    key.fold_in(episode).split()
}

impl<S> Slot<S> {
    fn start<E: Environment<State = S>>(environment: &E, key: Key, episode: u64) -> Self {
        let [start, noise, choices] = keys(key, episode);
        let (state, returns) = (environment.reset(start), vec![0.0; environment.agents()]);
        Self { running: Running { episode, step: 0, state, returns }, noise, choices }
    }

    fn resume(running: Running<S>, key: Key) -> Self {
        let [_, noise, choices] = keys(key, running.episode);
        Self { running, noise, choices }
    }
}

impl<'e, E: Environment> Episodes<'e, E> {
    /// Starts episodes 0 .. n of `key` in n environments.
    pub fn new(environment: &'e E, key: Key, n: usize) -> Self {
        let slots = (0..n as u64).map(|episode| Slot::start(environment, key, episode)).collect();
        Self { environment, key, slots }
    }

    /// The number n of environments.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no environment.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The environment whose episodes these are.
    pub fn environment(&self) -> &'e E {
        self.environment
    }

    /// The state of environment `i`.
    ///
    /// # Panics
    /// If `i` is not below n.
    pub fn state(&self, i: usize) -> &E::State {
        &self.slots[i].running.state
    }

    /// The episode that environment `i` plays, and the number of steps that it has taken in it.
    ///
    /// # Panics
    /// If `i` is not below n.
    pub fn position(&self, i: usize) -> (u64, u32) {
        let running = &self.slots[i].running;
        (running.episode, running.step)
    }

    /// The keys with which a policy draws the next actions, one for each environment: `[n]`.
    ///
    /// One key serves all agents of an environment: draw their choices in one call, as rows, or use
    /// `key.fold_in(agent)`.
    pub fn choice_keys(&self) -> Vec<Key> {
        let of = |slot: &Slot<E::State>| slot.choices.fold_in(u64::from(slot.running.step));
        self.slots.iter().map(of).collect()
    }

    /// What the agents observe: `[n, agents, observation_size]`.
    pub fn observations(&self) -> Vec<f32> {
        let (agents, size) = (self.environment.agents(), self.environment.observation_size());
        let mut out = vec![0.0; self.len() * agents * size];
        for (slot, out) in self.slots.iter().zip(out.chunks_mut(agents * size)) {
            observe(self.environment, &slot.running.state, out);
        }
        out
    }

    /// Which actions the agents may take: `[n, agents, actions]`.
    pub fn allowed(&self) -> Vec<bool> {
        let (agents, actions) = (self.environment.agents(), self.environment.actions());
        let mut out = vec![false; self.len() * agents * actions];
        for (slot, out) in self.slots.iter().zip(out.chunks_mut(agents * actions)) {
            allowed(self.environment, &slot.running.state, out);
        }
        out
    }

    /// Takes one step in every environment with `actions: [n, agents]`, and resets those whose episode ends.
    ///
    /// # Errors
    /// The wrong number of actions, an action that the environment does not have or does not allow. Then nothing has
    /// changed.
    pub fn step(&mut self, actions: &[usize]) -> Result<Transitions> {
        self.check_actions(actions)?;
        let environment = self.environment;
        let (n, agents) = (self.len(), environment.agents());
        let (size, mask) =
            (agents * environment.observation_size(), agents * environment.actions());
        let mut out = Transitions {
            rewards: vec![0.0; n * agents],
            terminated: vec![false; n],
            truncated: vec![false; n],
            next_observations: vec![0.0; n * size],
            next_allowed: vec![false; n * mask],
            finished: Vec::new(),
        };
        for (i, slot) in self.slots.iter_mut().enumerate() {
            let running = &mut slot.running;
            let of_agents = i * agents..(i + 1) * agents;
            let rewards = &mut out.rewards[of_agents.clone()];
            let key = slot.noise.fold_in(u64::from(running.step));
            let terminated =
                environment.step(&mut running.state, &actions[of_agents], key, rewards);
            running.step += 1;
            for (sum, reward) in running.returns.iter_mut().zip(rewards.iter()) {
                *sum += reward;
            }
            observe(environment, &running.state, &mut out.next_observations[i * size..][..size]);
            allowed(environment, &running.state, &mut out.next_allowed[i * mask..][..mask]);
            let truncated = !terminated
                && (running.step >= environment.time_limit()
                    || environment.truncates(&running.state));
            (out.terminated[i], out.truncated[i]) = (terminated, truncated);
            if terminated || truncated {
                let fresh = Slot::start(environment, self.key, running.episode + n as u64);
                let Running { episode, step: length, returns, .. } =
                    std::mem::replace(slot, fresh).running;
                out.finished.push(Finished { environment: i, episode, length, returns, truncated });
            }
        }
        Ok(out)
    }

    fn check_actions(&self, actions: &[usize]) -> Result<()> {
        let agents = self.environment.agents();
        EnvironmentError::unless_length("actions", self.len() * agents, actions.len())?;
        let allowed = self.allowed();
        for (row, (&found, allowed)) in
            actions.iter().zip(allowed.chunks(self.environment.actions())).enumerate()
        {
            if !allowed.get(found).copied().unwrap_or(false) {
                let expected = (0..allowed.len()).filter(|&a| allowed[a]).collect();
                let (environment, agent) = (row / agents, row % agents);
                return Err(EnvironmentError::Action { environment, agent, expected, found });
            }
        }
        Ok(())
    }
}

impl<'e, E: Environment> Episodes<'e, E> {
    /// Copies everything that the rest of the episodes depends on.
    ///
    /// ```
    /// use gumbel::Key;
    /// use gumbel_environments::{Cartpole, Episodes};
    ///
    /// let mut episodes = Episodes::new(&Cartpole, Key::new(7), 2);
    /// episodes.step(&[0, 1])?;
    /// let text = serde_json::to_string(&episodes.save()).unwrap();
    ///
    /// let saved = serde_json::from_str(&text).unwrap();
    /// let mut resumed = Episodes::resume(&Cartpole, saved)?;
    /// assert_eq!(resumed.step(&[1, 1])?, episodes.step(&[1, 1])?);
    /// # Ok::<(), gumbel_environments::EnvironmentError>(())
    /// ```
    pub fn save(&self) -> Saved<E::State> {
        Saved {
            environment: self.environment.name().to_owned(),
            key: self.key.to_parts(),
            running: self.slots.iter().map(|slot| slot.running.clone()).collect(),
        }
    }

    /// Goes on with a batch that was saved: the rest of the episodes has the same bits.
    ///
    /// # Errors
    /// A batch of another environment: another name, another number of agents, more steps than the time limit, or a
    /// state that [`Environment::check`] refuses.
    pub fn resume(environment: &'e E, saved: Saved<E::State>) -> Result<Self> {
        let refuse =
            |expected: String, found: String| Err(EnvironmentError::Saved { expected, found });
        if saved.environment != environment.name() {
            return refuse(format!("those of {}", environment.name()), saved.environment);
        }
        let (agents, limit) = (environment.agents(), environment.time_limit());
        for running in &saved.running {
            if running.returns.len() != agents {
                return refuse(format!("{agents} returns"), running.returns.len().to_string());
            }
            if running.step >= limit {
                return refuse(format!("fewer than {limit} steps"), running.step.to_string());
            }
            environment.check(&running.state)?;
        }
        let key = Key::from_parts(saved.key.0, saved.key.1);
        let slots = saved.running.into_iter().map(|running| Slot::resume(running, key)).collect();
        Ok(Self { environment, key, slots })
    }
}

/// Writes what all agents of one environment observe: `out: [agents, observation_size]`.
fn observe<E: Environment>(environment: &E, state: &E::State, out: &mut [f32]) {
    for (agent, out) in out.chunks_mut(environment.observation_size()).enumerate() {
        environment.observe(state, agent, out);
    }
}

/// Writes which actions all agents of one environment may take: `out: [agents, actions]`.
fn allowed<E: Environment>(environment: &E, state: &E::State, out: &mut [bool]) {
    for (agent, out) in out.chunks_mut(environment.actions()).enumerate() {
        environment.allowed(state, agent, out);
    }
}
