//! Distributions: log-probabilities and divergences with their gradients, the normal with its sample,
//! the Gumbel law of maxima with its fit.

pub mod bernoulli;
pub mod categorical;
pub mod gumbel;
pub mod gumbel_bootstrap;
pub mod gumbel_fit;
pub mod normal;
pub mod normal_maximum;
pub mod return_level;

pub use gumbel::Gumbel;
pub use gumbel_bootstrap::GumbelBootstrap;
pub use gumbel_fit::GumbelFit;
pub use normal::Normal;
pub use normal_maximum::NormalMaximum;
pub use return_level::ReturnLevel;
