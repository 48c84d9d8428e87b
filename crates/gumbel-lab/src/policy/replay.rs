//! `Replay`: the transitions that an off-policy method remembers.

use std::ops::Range;

use gumbel::{Key, noise};
use serde::{Deserialize, Serialize};

use super::batch::{part, picked};
use super::rollout::Rollout;

/// The last transitions, at most `capacity`, in a ring. A transition has a row for each agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    capacity: usize,
    agents: usize,
    /// The place of the next transition, once the ring is full.
    next: usize,
    rows: Rows,
}

/// What happened, `[m]` rows of the agents in turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Rows {
    /// `[m, size]`.
    pub(super) observations: Vec<f32>,
    /// `[m, k]`.
    pub(super) allowed: Vec<bool>,
    pub(super) actions: Vec<usize>,
    pub(super) rewards: Vec<f32>,
    pub(super) terminated: Vec<bool>,
    /// `[m, size]`: what follows, before a reset.
    pub(super) next_observations: Vec<f32>,
    /// `[m, k]`.
    pub(super) next_allowed: Vec<bool>,
}

impl Replay {
    /// An empty memory of `capacity` transitions.
    pub(super) fn new(capacity: usize, agents: usize) -> Self {
        Self { capacity, agents, ..Self::default() }
    }

    /// The number of transitions.
    pub(super) fn len(&self) -> usize {
        self.rows.actions.len() / self.agents.max(1)
    }

    /// Adds the transitions of a rollout in their order; the oldest ones make room.
    pub(super) fn add(&mut self, rollout: &Rollout) {
        for transition in 0..rollout.len() / self.agents {
            let from = transition * self.agents;
            let to = match self.len() < self.capacity {
                true => self.rows.actions.len(),
                false => self.next * self.agents,
            };
            self.rows.put(to, rollout, from..from + self.agents);
            if self.len() == self.capacity {
                self.next = (to / self.agents + 1) % self.capacity;
            }
        }
    }

    /// Draws n transitions with replacement, each with the same probability.
    pub(super) fn sample(&self, key: Key, n: usize) -> Rows {
        let mut uniform = vec![0.0_f64; n];
        noise::uniform_into(key, 0, &mut uniform);
        let mut places = Vec::with_capacity(n * self.agents);
        for u in uniform {
            let transition = ((u * self.len() as f64) as usize).min(self.len() - 1);
            places.extend(transition * self.agents..(transition + 1) * self.agents);
        }
        self.rows.at(&places)
    }
}

impl Rows {
    /// Writes rows of a rollout to the rows from `to` on, which may be the end.
    fn put(&mut self, to: usize, rollout: &Rollout, from: Range<usize>) {
        let (m, n) = (rollout.len(), from.len());
        let rewards = part(&rollout.rewards, m, &from).iter().map(|&reward| reward as f32);
        put(&mut self.observations, to, part(&rollout.observations, m, &from), n);
        put(&mut self.allowed, to, part(&rollout.allowed, m, &from), n);
        put(&mut self.actions, to, part(&rollout.actions, m, &from), n);
        put(&mut self.rewards, to, &rewards.collect::<Vec<_>>(), n);
        put(&mut self.terminated, to, part(&rollout.terminated, m, &from), n);
        put(&mut self.next_observations, to, part(&rollout.next_observations, m, &from), n);
        put(&mut self.next_allowed, to, part(&rollout.next_allowed, m, &from), n);
    }

    fn at(&self, places: &[usize]) -> Self {
        let m = self.actions.len();
        Self {
            observations: picked(&self.observations, m, places),
            allowed: picked(&self.allowed, m, places),
            actions: picked(&self.actions, m, places),
            rewards: picked(&self.rewards, m, places),
            terminated: picked(&self.terminated, m, places),
            next_observations: picked(&self.next_observations, m, places),
            next_allowed: picked(&self.next_allowed, m, places),
        }
    }
}

/// Writes rows to the rows of a list from `to` on, or appends them.
fn put<T: Copy>(list: &mut Vec<T>, to: usize, rows: &[T], n: usize) {
    let size = rows.len() / n.max(1);
    match list.get_mut(to * size..to * size + rows.len()) {
        Some(old) => old.copy_from_slice(rows),
        None => list.extend_from_slice(rows),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Transitions of two agents, with numbers that say which transition and whose.
    fn rollout(transitions: Range<usize>) -> Rollout {
        let rows = transitions.flat_map(|i| [10 * i, 10 * i + 1]).collect::<Vec<_>>();
        let flags = |row: &usize| [row.is_multiple_of(20), true];
        Rollout {
            rows: 2,
            agents: 2,
            observations: rows.iter().flat_map(|&row| [row as f32, 0.5]).collect(),
            next_observations: rows.iter().flat_map(|&row| [row as f32 + 0.25, 0.5]).collect(),
            allowed: rows.iter().flat_map(flags).collect(),
            next_allowed: rows.iter().flat_map(|row| [true, row.is_multiple_of(20)]).collect(),
            rewards: rows.iter().map(|&row| -(row as f64)).collect(),
            terminated: rows.iter().map(|row| row.is_multiple_of(3)).collect(),
            truncated: vec![false; rows.len()],
            actions: rows,
            ..Rollout::default()
        }
    }

    #[test]
    fn the_last_transitions_are_kept_with_the_rows_of_all_agents() {
        let mut replay = Replay::new(5, 2);
        assert_eq!(replay.len(), 0);
        replay.add(&rollout(0..3));
        assert_eq!((replay.len(), &replay.rows.actions[..]), (3, &[0, 1, 10, 11, 20, 21][..]));
        replay.add(&rollout(3..7));
        // Transitions 5 and 6 have the places of 0 and 1.
        assert_eq!(replay.len(), 5);
        assert_eq!(replay.rows.actions, [50, 51, 60, 61, 20, 21, 30, 31, 40, 41]);
        replay.add(&rollout(7..19));
        assert_eq!(replay.rows.actions, [150, 151, 160, 161, 170, 171, 180, 181, 140, 141]);
        for (i, &row) in replay.rows.actions.iter().enumerate() {
            assert_eq!(replay.rows.observations[2 * i..][..2], [row as f32, 0.5]);
            assert_eq!(replay.rows.next_observations[2 * i..][..2], [row as f32 + 0.25, 0.5]);
            assert_eq!(replay.rows.allowed[2 * i..][..2], [row.is_multiple_of(20), true]);
            assert_eq!(replay.rows.next_allowed[2 * i..][..2], [true, row.is_multiple_of(20)]);
            assert_eq!(replay.rows.rewards[i], -(row as f32));
            assert_eq!(replay.rows.terminated[i], row.is_multiple_of(3));
        }
    }

    #[test]
    fn each_transition_is_drawn_with_the_same_probability() {
        let mut replay = Replay::new(5, 2);
        replay.add(&rollout(0..7));
        let rows = replay.sample(Key::new(4), 10_000);
        let mut counts = [0_u32; 5];
        for (i, agents) in rows.actions.chunks(2).enumerate() {
            assert_eq!(agents[1], agents[0] + 1, "the rows of a transition are together");
            assert_eq!(rows.rewards[2 * i], -(agents[0] as f32));
            assert_eq!(rows.observations[4 * i + 2], agents[1] as f32);
            counts[agents[0] / 10 - 2] += 1;
        }
        let statistic: f64 = counts.iter().map(|&n| (f64::from(n) - 2e3).powi(2) / 2e3).sum();
        // The tail of the chi-square law with 4 degrees of freedom. A correct sampler is refused once in 1e6.
        let p = (-statistic / 2.0).exp() * (1.0 + statistic / 2.0);
        assert!(p > 1e-6, "{counts:?}: {p}");
    }
}
