//! `Memory`: what a training of an agent carries from step to step.

use gumbel::Key;
use gumbel_environments::{Environment, Episodes, Saved};
use serde::{Deserialize, Serialize};

use super::batch::Batch;
use super::replay::Replay;
use super::world::World;
use crate::error::LabError;

/// The most returns of finished episodes that are kept for the curve.
const RECENT: usize = 100;

/// The environments and counts of a training. It is in the checkpoint, so a resumed training has the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory<S> {
    /// The environments, for methods whose rollouts go on where the last one ended.
    episodes: Option<Saved<S>>,
    /// The rollout of which `ppo` takes its minibatches.
    pub(super) rollout: Option<Batch>,
    /// What `ddpg` and `maddpg` remember.
    pub(super) replay: Option<Replay>,
    /// The numbers of the target networks of `ddpg` and `maddpg`, which follow the networks.
    pub(super) followers: Vec<f32>,
    /// The number of environment steps so far.
    steps: u64,
    /// The undiscounted returns of the last episodes of the training.
    returns: Vec<f64>,
}

impl<S: Clone> Memory<S> {
    /// The memory before the first step: n environments of a key.
    pub(super) fn new<E: Environment<State = S>>(environment: &E, key: Key, n: usize) -> Self {
        let episodes = Some(Episodes::new(environment, key, n).save());
        Self {
            episodes,
            rollout: None,
            replay: None,
            followers: Vec::new(),
            steps: 0,
            returns: Vec::new(),
        }
    }

    /// The number of environment steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The mean return of the last episodes, at most 100; `None` before the first has ended.
    pub fn recent_return(&self) -> Option<f64> {
        let n = self.returns.len() as f64;
        (n > 0.0).then(|| self.returns.iter().sum::<f64>() / n)
    }

    pub(super) fn resume<'e, E: World<State = S>>(
        &mut self,
        world: &'e E,
    ) -> Result<Episodes<'e, E>, LabError> {
        let saved = self.episodes.take().expect("kept after each rollout");
        Episodes::resume(world, saved).map_err(LabError::environment)
    }

    pub(super) fn keep<E: Environment<State = S>>(&mut self, episodes: &Episodes<'_, E>) {
        self.episodes = Some(episodes.save());
    }

    /// Counts environment steps and the returns of episodes that ended.
    pub(super) fn record(&mut self, steps: u64, returns: impl Iterator<Item = f64>) {
        self.steps += steps;
        self.returns.extend(returns);
        let old = self.returns.len().saturating_sub(RECENT);
        self.returns.drain(..old);
    }
}
