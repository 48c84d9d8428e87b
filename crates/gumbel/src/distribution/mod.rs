//! Distributions: log-probabilities and divergences with their gradients, the normal with its sample.

pub mod bernoulli;
pub mod categorical;
pub mod normal;
