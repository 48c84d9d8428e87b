//! The state of an episode whose environment cannot be copied.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gumbel::Key;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The state of [`BurnRl`](crate::BurnRl): the key of the reset, the actions since, and what they led to.
///
/// It is compared, printed and stored without the live environment `E`, which it has beside them. A copy shares the
/// live environment until one of the two takes a step and keeps it; the other one then replays its actions in a new
/// one. An environment lives no longer than the states that share it, and not beyond the end of its episode.
///
/// The stored form has 16 bytes for the key, a number for each action since the reset, and the bits of the observation.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct BurnRlState<E> {
    key: (u64, u64),
    pub(crate) actions: Vec<usize>,
    #[serde(serialize_with = "to_bits", deserialize_with = "from_bits")]
    pub(crate) observation: Vec<f32>,
    pub(crate) truncated: bool,
    /// `None` after a read, and after another state with the same history has gone on with it.
    #[serde(skip)]
    live: Arc<Mutex<Option<E>>>,
}

impl<E> BurnRlState<E> {
    /// The state after a reset.
    pub(crate) fn new(key: Key, observation: Vec<f32>, environment: E) -> Self {
        let live = Arc::new(Mutex::new(Some(environment)));
        Self { key: key.to_parts(), actions: Vec::new(), observation, truncated: false, live }
    }

    /// The actions since the reset, as numbers in the order of the list that [`BurnRl::new`](crate::BurnRl::new) takes.
    pub fn actions(&self) -> &[usize] {
        &self.actions
    }

    /// The key of the reset, which the factory was given.
    pub fn key(&self) -> Key {
        Key::from_parts(self.key.0, self.key.1)
    }

    /// No code of the environment runs under this lock, so that it is never held for long.
    fn lock(&self) -> MutexGuard<'_, Option<E>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the live environment away from all states with this history.
    pub(crate) fn take(&self) -> Option<E> {
        self.lock().take()
    }

    pub(crate) fn is_live(&self) -> bool {
        self.lock().is_some()
    }

    /// Gives this history a live environment.
    pub(crate) fn revive(&self, environment: E) {
        *self.lock() = Some(environment);
    }

    /// Begins a history that no other state shares.
    pub(crate) fn own(&mut self, environment: Option<E>) {
        self.live = Arc::new(Mutex::new(environment));
    }
}

impl<E> Clone for BurnRlState<E> {
    fn clone(&self) -> Self {
        Self {
            key: self.key,
            actions: self.actions.clone(),
            observation: self.observation.clone(),
            truncated: self.truncated,
            live: Arc::clone(&self.live),
        }
    }
}

impl<E> PartialEq for BurnRlState<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
            && self.actions == other.actions
            && self.truncated == other.truncated
            && first_difference(&self.observation, &other.observation).is_none()
            && self.observation.len() == other.observation.len()
    }
}

impl<E> fmt::Debug for BurnRlState<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BurnRlState")
            .field("key", &self.key)
            .field("actions", &self.actions)
            .field("observation", &self.observation)
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

/// The first place at which the bits of two lists differ.
pub(crate) fn first_difference(a: &[f32], b: &[f32]) -> Option<usize> {
    a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits())
}

fn to_bits<S: Serializer>(numbers: &[f32], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(numbers.iter().map(|x| x.to_bits()))
}

fn from_bits<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f32>, D::Error> {
    Ok(Vec::<u32>::deserialize(from)?.into_iter().map(f32::from_bits).collect())
}
