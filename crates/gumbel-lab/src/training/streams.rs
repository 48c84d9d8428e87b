//! What each use of a run's seed is folded with, so that no two uses share random numbers.

pub(crate) const BINARISE: u64 = 1;
pub(crate) const WEIGHTS: u64 = 2;
pub(crate) const SHUFFLE: u64 = 3;
pub(crate) const NOISE: u64 = 4;
pub(crate) const EVALUATE: u64 = 5;
pub(crate) const PICTURES: u64 = 6;
pub(crate) const MIRROR: u64 = 7;

// The parts of the evaluation key.
pub(crate) const FOLLOWED_PART: u64 = 0;
pub(crate) const VALIDATION: u64 = 1;
pub(crate) const TEST: u64 = 2;
pub(crate) const FOLLOWED_AT_THE_END: u64 = 3;
