//! `Episode`: what happened in an episode, to be drawn.

use gumbel::Key;

use crate::error::LabError;
use crate::policy::network::PolicyNet;
use crate::policy::world::World;

/// An episode, step by step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Episode<S> {
    /// The states, the first and the last among them: one more than steps.
    pub(crate) states: Vec<S>,
    /// The actions of each step, one for each agent.
    pub(crate) actions: Vec<Vec<usize>>,
    /// The reward of each step, the mean over the agents.
    pub(crate) rewards: Vec<f64>,
}

impl<S> Episode<S> {
    /// The number of steps.
    pub(crate) fn steps(&self) -> usize {
        self.actions.len()
    }

    /// The undiscounted return of the first t steps.
    pub(crate) fn return_after(&self, t: usize) -> f64 {
        // An empty sum of floats is -0, which a reader would see.
        self.rewards[..t].iter().fold(0.0, |sum, reward| sum + reward)
    }
}

/// Plays an episode of a key: with samples of the policy, or `greedy`, with its most probable actions. It is the
/// episode of that number of [`Episodes`](gumbel_environments::Episodes), which keeps no states.
pub(crate) fn play_episode<E: World>(
    world: &E,
    net: &PolicyNet,
    key: Key,
    number: u64,
    greedy: bool,
) -> Result<Episode<E::State>, LabError> {
    let (agents, size, k) = (world.agents(), world.observation_size(), world.actions());
    let (mut observations, mut allowed) = (vec![0.0; agents * size], vec![false; agents * k]);
    let [start, noise, choices] = key.fold_in(number).split();
    let mut state = world.reset(start);
    let mut episode =
        Episode { states: vec![state.clone()], actions: Vec::new(), rewards: Vec::new() };
    for step in 0..world.time_limit() {
        for agent in 0..agents {
            world.observe(&state, agent, &mut observations[agent * size..][..size]);
            world.allowed(&state, agent, &mut allowed[agent * k..][..k]);
        }
        let policy = net.policy_of(&observations, &allowed)?;
        let actions = match greedy {
            true => policy.greedy(),
            false => policy.sample(&[choices.fold_in(u64::from(step))])?,
        };
        let mut rewards = vec![0.0; agents];
        let key = noise.fold_in(u64::from(step));
        let over = world.step(&mut state, &actions, key, &mut rewards);
        episode.states.push(state.clone());
        episode.actions.push(actions);
        episode.rewards.push(rewards.iter().sum::<f64>() / agents as f64);
        if over || world.truncates(&state) {
            break;
        }
    }
    Ok(episode)
}
