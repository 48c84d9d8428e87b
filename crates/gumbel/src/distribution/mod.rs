//! Probability distributions on the real line, with densities, tails and quantiles, and the fit of the Gumbel
//! law to block maxima.
//!
//! | type | law, or result |
//! |---|---|
//! | [`Normal`] | N(mu, sigma^2) |
//! | [`Gumbel`] | the limit of maxima, and its fit: [`Gumbel::fit`] |
//! | [`NormalMaximum`] | the largest of m normal values |
//! | [`GumbelFit`] | a fitted law with its standard errors |
//! | [`ReturnLevel`] | the level that one block in T exceeds, with bounds |
//! | [`GumbelBootstrap`] | a p-value and bounds by simulation |

mod gumbel;
mod gumbel_bootstrap;
mod gumbel_fit;
mod normal;
mod normal_maximum;
mod return_level;

pub use gumbel::Gumbel;
pub use gumbel_bootstrap::GumbelBootstrap;
pub use gumbel_fit::GumbelFit;
pub use normal::Normal;
pub use normal_maximum::NormalMaximum;
pub use return_level::ReturnLevel;
