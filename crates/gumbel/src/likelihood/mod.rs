//! The terms of an evidence lower bound (ELBO), each beside its vector-Jacobian product, in nats.
//!
//! | function | value of a row |
//! |---|---|
//! | [`bernoulli_nll()`] | -ln p(x) of Bernoulli pixels, from logits |
//! | [`categorical_kl()`] | KL(q \|\| p) of categorical variables, from logits |
//! | [`normal_kl()`] | KL(N(mu, sigma^2) \|\| N(0, 1)) of a diagonal normal |

mod bernoulli_nll;
mod categorical_kl;
mod normal_kl;

pub use bernoulli_nll::{bernoulli_nll, bernoulli_nll_into, bernoulli_nll_vjp_into};
pub use categorical_kl::{categorical_kl, categorical_kl_into, categorical_kl_vjp_into};
pub use normal_kl::{normal_kl, normal_kl_into, normal_kl_vjp_into};
