//! Distributions: log-probabilities and divergences with their gradients, the normal with its sample,
//! and the laws behind the noise.

pub mod bernoulli;
pub mod categorical;
mod gumbel;
mod gumbel_bootstrap;
mod gumbel_fit;
pub mod normal;

pub use gumbel::Gumbel;
pub use gumbel_bootstrap::GumbelBootstrap;
pub use gumbel_fit::{GumbelFit, ReturnLevel};
