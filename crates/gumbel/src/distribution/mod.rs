//! Laws on the line with their densities, tails and quantiles, and the fit of the Gumbel law to block maxima.

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
