//! The number that each use of a run's key is folded with, so that no two uses share random numbers.
//!
//! Numbers up to 15 are taken, here and by the experiments of gumbel. Yours begin at [`OWN`]:
//! `step.run_key.fold_in(streams::OWN).fold_in(step.number)`.

/// The initial weights.
pub const WEIGHTS: u64 = 2;
/// The order of the examples in an epoch.
pub const SHUFFLE: u64 = 3;
/// The noise of a step.
pub const NOISE: u64 = 4;
/// The draws of an evaluation.
pub const EVALUATE: u64 = 5;
/// The draws of the pictures of a report.
pub const PICTURES: u64 = 6;
/// The first number that is free for the uses of an experiment.
pub const OWN: u64 = 16;
