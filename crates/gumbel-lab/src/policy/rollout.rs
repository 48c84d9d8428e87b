//! Rollouts: what n environments do under a policy, step by step.

use gumbel::Key;
use gumbel_environments::{Environment, Episodes, Finished, Transitions};
use gumbel_train::values::floats;

use super::batch::picked;
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

    /// Takes one step in every environment, and keeps it; each draws the actions of its agents with its own key.
    fn step<E: Environment>(
        &mut self,
        episodes: &mut Episodes<'_, E>,
        net: &PolicyNet,
    ) -> Result<(), LabError> {
        let all: Vec<usize> = (0..episodes.len()).collect();
        let transitions = self.step_and_keep(episodes, net, &all)?;
        self.next_observations.extend(transitions.next_observations);
        self.next_allowed.extend(transitions.next_allowed);
        self.returns.extend(transitions.finished.iter().map(mean_return));
        Ok(())
    }

    /// Takes one step in every environment. Keeps those of some environments, without what follows.
    fn step_and_keep<E: Environment>(
        &mut self,
        episodes: &mut Episodes<'_, E>,
        net: &PolicyNet,
        kept: &[usize],
    ) -> Result<Transitions, LabError> {
        let (observations, allowed) = (episodes.observations(), episodes.allowed());
        let policy = net.policy_of(&observations, &allowed)?;
        let actions = policy.sample(&episodes.choice_keys())?;
        let transitions = episodes.step(&actions).map_err(LabError::environment)?;
        let agents = episodes.environment().agents();
        (self.agents, self.rows) = (agents, kept.len() * agents);
        let (n, m) = (episodes.len().max(1), actions.len().max(1));
        let of_agents = |flags: &[bool]| {
            let flags = picked(flags, n, kept).into_iter();
            flags.flat_map(|flag| std::iter::repeat_n(flag, agents)).collect::<Vec<_>>()
        };
        let rows: Vec<usize> = kept.iter().flat_map(|&i| i * agents..(i + 1) * agents).collect();
        self.terminated.extend(of_agents(&transitions.terminated));
        self.truncated.extend(of_agents(&transitions.truncated));
        self.ln_p.extend(picked(&floats(policy.ln_probability(&actions)?), m, &rows));
        self.observations.extend(picked(&observations, m, &rows));
        self.allowed.extend(picked(&allowed, m, &rows));
        self.rewards.extend(picked(&transitions.rewards, m, &rows));
        self.actions.extend(picked(&actions, m, &rows));
        Ok(transitions)
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

/// Plays episodes 0 .. n of a key to their ends. The rollout has the steps of these episodes alone, and not what
/// follows them: steps of environments whose episode has ended are not kept.
pub(super) fn whole_episodes<E: Environment>(
    environment: &E,
    net: &PolicyNet,
    key: Key,
    n: usize,
) -> Result<(Rollout, Vec<Places>), LabError> {
    let mut episodes = Episodes::new(environment, key, n);
    let (mut rollout, mut places) = (Rollout::default(), vec![Vec::new(); n]);
    let mut running: Vec<usize> = (0..n).collect();
    while !running.is_empty() {
        let mut row = rollout.len();
        rollout.step_and_keep(&mut episodes, net, &running)?;
        running.retain(|&i| {
            places[i].extend(row..row + rollout.agents);
            let ended = rollout.terminated[row] || rollout.truncated[row];
            row += rollout.agents;
            !ended
        });
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

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::policy::network::{Critic, Sizes};

    /// One-hot observations of three states.
    fn observed(states: &[usize]) -> Vec<f32> {
        states.iter().flat_map(|&s| (0..3).map(move |i| f32::from(u8::from(i == s)))).collect()
    }

    /// gamma = lambda = 1/2, V = 1, 2, 4. Row by row, from the last step to the first, with what follows as in the
    /// formula:
    ///
    /// ```text
    /// row 0   t = 3   1 + 2/2 - 1 = 1                 the end of the rollout: nothing is added
    ///         t = 2   2 + 1/2 - 4 = -3/2,             -3/2 + 1/4 = -5/4
    ///         t = 1   0 - 2 = -2                      terminated: no value, nothing is added
    ///         t = 0   1 + 2/2 - 1 = 1,                1 - 2/4 = 1/2
    /// row 1   t = 3   -1 + 2/2 - 4 = -4
    ///         t = 2   1 + 1/2 - 2 = -1/2              truncated: the value goes on, nothing is added
    ///         t = 1   1 + 2/2 - 1 = 1,                1 - 1/8 = 7/8
    ///         t = 0   0 + 1/2 - 4 = -7/2,             -7/2 + 7/32 = -105/32
    /// ```
    #[test]
    fn advantages_are_those_of_a_table_by_hand() {
        let (t, f) = (true, false);
        let rollout = Rollout {
            rows: 2,
            agents: 1,
            observations: observed(&[0, 2, 1, 0, 2, 1, 0, 2]),
            next_observations: observed(&[1, 0, 2, 1, 0, 0, 1, 1]),
            actions: vec![0; 8],
            rewards: vec![1.0, 0.0, 0.0, 1.0, 2.0, 1.0, 1.0, -1.0],
            terminated: vec![f, f, t, f, f, f, f, f],
            truncated: vec![f, f, f, f, f, t, f, f],
            ..Rollout::default()
        };
        let sizes = Sizes { agents: 1, inputs: 3, actions: 2, hidden: &[], critic: Critic::State };
        let net = PolicyNet::new(&sizes, Key::new(0), &Device::flex());
        let mut numbers = net.to_numbers();
        let first = numbers.len() - 4;
        numbers[first..].copy_from_slice(&[1.0, 2.0, 4.0, 0.0]);
        let (found, targets) = advantages(&rollout, &net.with_numbers(&numbers), 0.5, 0.5);
        assert_eq!(found, [0.5, -3.28125, -2.0, 0.875, -1.25, -0.5, 1.0, -4.0]);
        assert_eq!(targets, [1.5, 0.71875, 0.0, 1.875, 2.75, 1.5, 2.0, 0.0]);
    }

    #[test]
    fn normalised_numbers_are_those_by_hand() {
        // Mean 3, variance (4 + 1 + 0 + 9) / 4.
        let mut numbers = [1.0, 2.0, 3.0, 6.0];
        normalise(&mut numbers);
        let deviation = 3.5_f32.sqrt();
        for (found, expected) in numbers.into_iter().zip([-2.0, -1.0, 0.0, 3.0]) {
            assert!((found - expected / deviation).abs() < 1e-6, "{numbers:?}");
        }
        let mut equal = [0.3; 5];
        normalise(&mut equal);
        assert!(equal.iter().all(|x| x.abs() < 1e-6), "{equal:?}");
    }
}
