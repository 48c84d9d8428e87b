//! Log-densities, entropies and the terms of an evidence lower bound (ELBO), each beside its vector-Jacobian product,
//! in nats.
//!
//! | function | value |
//! |---|---|
//! | [`bernoulli_nll()`] | -ln p(x) of Bernoulli pixels, from logits, for each row |
//! | [`categorical_kl()`] | KL(q \|\| p) of categorical variables, from logits, for each row |
//! | [`bernoulli_kl()`] | KL(q \|\| p) of yes-or-no variables, from log-odds, for each row |
//! | [`normal_kl()`] | KL(N(mu, sigma^2) \|\| N(0, 1)) of a diagonal normal, for each row |
//! | [`categorical_entropy`], [`bernoulli_entropy`] | the entropy of a choice, from logits |
//! | [`relaxed_categorical_ln_density`] | ln p(y) of Gumbel-Softmax samples (Concrete), for each row |
//! | [`relaxed_categorical_ln_density_of_log`] | that of x = ln y (ExpConcrete), for each row: stable at small tau |
//! | [`relaxed_bernoulli_ln_density`] | ln p(y) of binary Concrete samples, for each element |
//! | [`relaxed_bernoulli_ln_density_of_logit`] | that of x = ln(y / (1 - y)), for each element: stable at small tau |
//!
//! The temperature tau of a density is one number, or one for each row ([`Temperature`](crate::Temperature)).
//!
//! The relaxed laws have no closed form of an entropy or of a Kullback-Leibler divergence: take the mean of these
//! log-densities, or of their differences, over samples (Monte Carlo).

mod bernoulli_kl;
mod bernoulli_nll;
mod categorical_kl;
mod concrete;
mod entropy;
mod normal_kl;
mod relaxed_bernoulli;
mod relaxed_bernoulli_of_logit;
mod relaxed_categorical;
mod relaxed_categorical_of_log;

pub use bernoulli_kl::{bernoulli_kl, bernoulli_kl_into, bernoulli_kl_vjp_into};
pub use bernoulli_nll::{bernoulli_nll, bernoulli_nll_into, bernoulli_nll_vjp_into};
pub(crate) use concrete::{check_log, check_simplex};
pub(crate) use relaxed_bernoulli_of_logit::{check_logit, check_unit};

pub use categorical_kl::{categorical_kl, categorical_kl_into, categorical_kl_vjp_into};
pub use entropy::{
    bernoulli_entropy, bernoulli_entropy_into, bernoulli_entropy_vjp_into, categorical_entropy,
    categorical_entropy_into, categorical_entropy_vjp_into,
};
pub use normal_kl::{normal_kl, normal_kl_into, normal_kl_vjp_into};
pub use relaxed_bernoulli::{
    relaxed_bernoulli_ln_density, relaxed_bernoulli_ln_density_into,
    relaxed_bernoulli_ln_density_vjp_into, relaxed_bernoulli_ln_density_vjp_tau,
    relaxed_bernoulli_ln_density_vjp_tau_into,
};
pub use relaxed_bernoulli_of_logit::{
    relaxed_bernoulli_ln_density_of_logit, relaxed_bernoulli_ln_density_of_logit_into,
    relaxed_bernoulli_ln_density_of_logit_vjp_into, relaxed_bernoulli_ln_density_of_logit_vjp_tau,
    relaxed_bernoulli_ln_density_of_logit_vjp_tau_into,
};
pub use relaxed_categorical::{
    relaxed_categorical_ln_density, relaxed_categorical_ln_density_into,
    relaxed_categorical_ln_density_vjp_into, relaxed_categorical_ln_density_vjp_tau,
    relaxed_categorical_ln_density_vjp_tau_into,
};
pub use relaxed_categorical_of_log::{
    relaxed_categorical_ln_density_of_log, relaxed_categorical_ln_density_of_log_into,
    relaxed_categorical_ln_density_of_log_vjp_into, relaxed_categorical_ln_density_of_log_vjp_tau,
    relaxed_categorical_ln_density_of_log_vjp_tau_into,
};
