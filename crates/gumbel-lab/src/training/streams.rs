//! The number that each use of a run's key is folded with, so that no two uses share random numbers.

pub(crate) const BINARISE: u64 = 1;
pub(crate) const WEIGHTS: u64 = 2;
pub(crate) const SHUFFLE: u64 = 3;
pub(crate) const NOISE: u64 = 4;
pub(crate) const EVALUATE: u64 = 5;
pub(crate) const PICTURES: u64 = 6;
pub(crate) const MIRROR: u64 = 7;

// The same for each use of the evaluation key.
pub(crate) const TRAIN: u64 = 0;
pub(crate) const VALIDATION: u64 = 1;
pub(crate) const TEST: u64 = 2;
pub(crate) const FINAL_TRAIN: u64 = 3;
