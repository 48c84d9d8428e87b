//! The numbers that the uses of a run's key are folded with: those of the trainer, and the experiments' own.

pub(crate) use gumbel_train::streams::{EVALUATE, PICTURES};

/// The binarisation of pixels.
pub(crate) const BINARISE: u64 = 1;
/// The mirroring of training images.
pub(crate) const MIRROR: u64 = 7;

/// The environments of a training.
pub(crate) const ENVIRONMENTS: u64 = 8;
/// The order of the minibatches of a rollout.
pub(crate) const MINIBATCHES: u64 = 9;
/// The transitions that are drawn from what an agent remembers.
pub(crate) const REPLAY: u64 = 10;
/// The actions of the target networks.
pub(crate) const NEXT_ACTIONS: u64 = 11;

// The same for each use of the evaluation key.
pub(crate) const TRAIN: u64 = 0;
pub(crate) const VALIDATION: u64 = 1;
pub(crate) const TEST: u64 = 2;
pub(crate) const FINAL_TRAIN: u64 = 3;
