//! Log-probabilities and divergences of discrete distributions, with their gradients.

pub mod bernoulli;
pub mod categorical;
