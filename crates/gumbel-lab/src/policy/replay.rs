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
        let rewards: Vec<f32> = rollout.rewards.iter().map(|&reward| reward as f32).collect();
        put(&mut self.observations, to, part(&rollout.observations, m, &from), n);
        put(&mut self.allowed, to, part(&rollout.allowed, m, &from), n);
        put(&mut self.actions, to, part(&rollout.actions, m, &from), n);
        put(&mut self.rewards, to, part(&rewards, m, &from), n);
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
