//! Probability distributions on the real line, with densities, tails and quantiles.
//!
//! | type | law |
//! |---|---|
//! | [`Normal`] | N(mu, sigma^2) |
//! | [`Gumbel`] | the limit of maxima; the crate `gumbel-maxima` fits it to data |
//! | [`NormalMaximum`] | the largest of m normal values |

mod gumbel;
mod normal;
mod normal_maximum;

pub use gumbel::Gumbel;
pub use normal::Normal;
pub use normal_maximum::NormalMaximum;
