//! Rollouts: what n environments do under a policy, step by step.

use gumbel::Key;
use gumbel_environments::{Environment, Episodes, Finished};
use gumbel_train::values::floats;

use super::network::PolicyNet;
use crate::error::LabError;

/// T steps of n environments with their agents, `[T, n, agents]` row by row. What holds for an environment is there for
/// each of its agents.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rollout {
    /// The number of rows of a step, n times agents.
    pub(super) rows: usize,
    /// The number of agents of an environment.
    pub(super) agents: usize,
    /// `[T, n, agents, size]`.
    pub(super) observations: Vec<f32>,
    /// `[T, n, agents, size]`: what follows, before a reset.
    pub(super) next_observations: Vec<f32>,
    /// `[T, n, agents, k]`.
    pub(super) allowed: Vec<bool>,
    /// `[T, n, agents, k]`, before a reset.
    pub(super) next_allowed: Vec<bool>,
    pub(super) actions: Vec<usize>,
    /// The log-probability of each action.
    pub(super) ln_p: Vec<f32>,
    pub(super) rewards: Vec<f64>,
    pub(super) terminated: Vec<bool>,
    pub(super) truncated: Vec<bool>,
    /// The undiscounted returns of the episodes that ended, means over the agents.
    pub(super) returns: Vec<f64>,
}

impl Rollout {
    /// The number of transitions, those of each agent counted.
    pub(super) fn len(&self) -> usize {
        self.actions.len()
    }

    /// The number of environment steps.
    pub(super) fn steps(&self) -> u64 {
        (self.len() / self.agents.max(1)) as u64
    }

    /// Takes one step in every environment; each draws the actions of its agents with its own key.
    fn step<E: Environment>(
        &mut self,
        episodes: &mut Episodes<'_, E>,
        net: &PolicyNet,
    ) -> Result<(), LabError> {
        let (observations, allowed) = (episodes.observations(), episodes.allowed());
        let policy = net.policy_of(&observations, &allowed)?;
        let actions = policy.sample(&episodes.choice_keys())?;
        let transitions = episodes.step(&actions).map_err(LabError::environment)?;
        self.agents = episodes.environment().agents();
        self.rows = actions.len();
        let of_agents = |flags: Vec<bool>| {
            flags
                .into_iter()
                .flat_map(|flag| std::iter::repeat_n(flag, self.agents))
                .collect::<Vec<_>>()
        };
        self.terminated.extend(of_agents(transitions.terminated));
        self.truncated.extend(of_agents(transitions.truncated));
        self.ln_p.extend(floats(policy.ln_probability(&actions)?));
        self.observations.extend(observations);
        self.allowed.extend(allowed);
        self.actions.extend(actions);
        self.rewards.extend(transitions.rewards);
        self.next_observations.extend(transitions.next_observations);
        self.next_allowed.extend(transitions.next_allowed);
        self.returns.extend(transitions.finished.iter().map(mean_return));
        Ok(())
    }
}

/// The undiscounted return of an episode, the mean over the agents.
pub(super) fn mean_return(episode: &Finished) -> f64 {
    episode.returns.iter().sum::<f64>() / episode.returns.len() as f64
}

/// Takes `steps` steps in every environment.
pub(super) fn steps<E: Environment>(
    episodes: &mut Episodes<'_, E>,
    net: &PolicyNet,
    steps: usize,
) -> Result<Rollout, LabError> {
    let mut rollout = Rollout::default();
    for _ in 0..steps {
        rollout.step(episodes, net)?;
    }
    Ok(rollout)
}

/// A whole episode: the places of its transitions in a rollout, step by step, in each step agent by agent.
pub(super) type Places = Vec<usize>;

/// Plays episodes 0 .. n of a key to their ends.
pub(super) fn whole_episodes<E: Environment>(
    environment: &E,
    net: &PolicyNet,
    key: Key,
    n: usize,
) -> Result<(Rollout, Vec<Places>), LabError> {
    let mut episodes = Episodes::new(environment, key, n);
    let (mut rollout, mut places) = (Rollout::default(), vec![Vec::new(); n]);
    let mut running = vec![true; n];
    while running.contains(&true) {
        rollout.step(&mut episodes, net)?;
        let agents = rollout.agents;
        let first = rollout.len() - n * agents;
        for (i, running) in running.iter_mut().enumerate().filter(|(_, running)| **running) {
            let row = first + i * agents;
            places[i].extend(row..row + agents);
            *running = !(rollout.terminated[row] || rollout.truncated[row]);
        }
    }
    Ok((rollout, places))
}

/// Generalised advantage estimates, and the targets of the critic, `[T, n, agents]`.
///
/// ```text
/// delta_t = r_t + gamma V(s_{t+1}) - V(s_t)        V = 0 after a terminated episode
/// A_t     = delta_t + gamma lambda A_{t+1}         A_{t+1} = 0 where the episode ended
/// target  = A_t + V(s_t)
/// ```
///
/// Schulman et al., arXiv 1506.02438, equation 16.
pub(super) fn advantages(
    rollout: &Rollout,
    net: &PolicyNet,
    gamma: f64,
    lambda: f64,
) -> (Vec<f32>, Vec<f32>) {
    let (m, n) = (rollout.len(), rollout.rows);
    let values = net.values_of(&rollout.observations);
    let next_values = net.values_of(&rollout.next_observations);
    let (mut advantages, mut targets) = (vec![0.0; m], vec![0.0; m]);
    let mut following = vec![0.0; n];
    for place in (0..m).rev() {
        let next = if rollout.terminated[place] { 0.0 } else { f64::from(next_values[place]) };
        let value = f64::from(values[place]);
        let delta = rollout.rewards[place] + gamma * next - value;
        let ended = rollout.terminated[place] || rollout.truncated[place];
        let after = if ended { 0.0 } else { following[place % n] };
        let advantage = delta + gamma * lambda * after;
        following[place % n] = advantage;
        advantages[place] = advantage as f32;
        targets[place] = (advantage + value) as f32;
    }
    (advantages, targets)
}

/// Shifts and scales numbers to mean 0 and standard deviation 1; equal numbers become 0.
pub(super) fn normalise(values: &mut [f32]) {
    let n = values.len() as f64;
    let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
    let scale = 1.0 / (variance.sqrt() + 1e-8);
    for x in values {
        *x = ((f64::from(*x) - mean) * scale) as f32;
    }
}
