//! The terms of an evidence lower bound (ELBO), log-densities of relaxed samples, entropies and divergences, in nats.
//!
//! | function | value |
//! |---|---|
//! | [`bernoulli_nll`] | -ln p(x) of Bernoulli pixels, from logits, for each row |
//! | [`categorical_kl`], [`bernoulli_kl`] | KL(q \|\| p) of discrete variables in closed form, for each row |
//! | [`normal_kl`] | KL(N(mu, sigma^2) \|\| N(0, 1)) in closed form, for each row |
//! | [`categorical_entropy`], [`bernoulli_entropy`] | the entropy of a choice, from logits |
//! | [`relaxed_categorical_ln_density`] | ln p(y) of Gumbel-Softmax samples (Concrete), for each row |
//! | [`relaxed_categorical_ln_density_of_log`] | that of x = ln y (ExpConcrete): stable at small tau |
//! | [`relaxed_bernoulli_ln_density`] | ln p(y) of binary Concrete samples, for each element |
//! | [`relaxed_bernoulli_ln_density_of_logit`] | that of x = ln(y / (1 - y)): stable at small tau |
//! | [`monte_carlo_relaxed_categorical_kl`], [`monte_carlo_relaxed_bernoulli_kl`] | KL(q \|\| p) of relaxed laws, estimated from draws: it has no closed form |
//!
//! On the CPU the terms of a discrete bound are fused operations, each with a backward of its own. The others are
//! composed of ordinary operations on every backend, in the type of the logits, and tested against the functions of the
//! same names in [`gumbel::likelihood`], which compute in `f64`.

mod elbo;
mod entropy;
mod monte_carlo;
mod relaxed_bernoulli;
mod relaxed_categorical;

pub use elbo::{bernoulli_kl, bernoulli_nll, categorical_kl, normal_kl};
pub use entropy::{bernoulli_entropy, categorical_entropy};
pub use monte_carlo::{monte_carlo_relaxed_bernoulli_kl, monte_carlo_relaxed_categorical_kl};
pub use relaxed_bernoulli::{relaxed_bernoulli_ln_density, relaxed_bernoulli_ln_density_of_logit};
pub use relaxed_categorical::{
    relaxed_categorical_ln_density, relaxed_categorical_ln_density_of_log,
};
