//! `Shuffle`: the order of a fixed set of examples.

use std::sync::{Mutex, PoisonError};

use gumbel::Key;
use gumbel::sample::permutation;

use crate::streams;
use crate::task::Step;

/// The order in which a training sees a fixed set of examples: a new one in each epoch, drawn from the key of
/// the run, cut into batches.
///
/// ```text
/// order(epoch) = permutation(run_key.fold_in(streams::SHUFFLE).fold_in(epoch)) of 0..examples
/// ```
///
/// A task keeps a `Shuffle` of as many examples as [`Task::examples`](crate::Task::examples) says, and its
/// [`batch`](crate::Task::batch) returns `self.shuffle.indices(step)`.
#[derive(Debug)]
pub struct Shuffle {
    examples: usize,
    /// The order of the last epoch that was asked for: making it takes longer than a small step.
    last: Mutex<Option<(Key, u64, Vec<usize>)>>,
}

impl Shuffle {
    /// Makes the order of a set with this number of examples.
    pub fn new(examples: usize) -> Self {
        Self { examples, last: Mutex::new(None) }
    }

    /// The indices of the examples of a step.
    ///
    /// # Panics
    /// A step of an epoch with more examples than the set has.
    pub fn indices(&self, step: &Step) -> Vec<usize> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |&&(key, epoch, _): &&(Key, u64, Vec<usize>)| {
            (key, epoch) == (step.run_key, step.epoch)
        };
        let order = match last.as_ref().filter(known) {
            Some((.., order)) => order,
            None => {
                let key = step.run_key.fold_in(streams::SHUFFLE).fold_in(step.epoch);
                let order = permutation(key, self.examples);
                &last.insert((step.run_key, step.epoch, order)).2
            }
        };
        order[step.offset..step.offset + step.size].to_vec()
    }
}
