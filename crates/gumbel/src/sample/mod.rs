//! Exact samplers: of classes (they return indices), of orders, of integers, and of normal distributions (gradients pass through them).
//!
//! | function | draws |
//! |---|---|
//! | [`gumbel_max`] | one class for each row, with the same noise as the relaxations |
//! | [`categorical()`] | the same draw, under the name that JAX and PyTorch use |
//! | [`Categorical`] | classes from rows of any width: masks, temperatures, weights, one key for each row |
//! | [`categorical_many`], [`AliasTable`] | many classes from one row, with replacement |
//! | [`top_k`] | k classes from one row without replacement, in shards too |
//! | [`gumbel_given_argmax_into`] | perturbed logits that led to a known choice |
//! | [`gumbel_given_maximum_into`] | perturbed logits whose maximum is known |
//! | [`antithetic_pairs`] | two dependent classes for each row, with the ratio of independent to joint law |
//! | [`truncated_gumbel`] | one Gumbel value below a bound |
//! | [`permutation()`] | a random order of n things |
//! | [`distinct`] | k different integers of any range, in a random order |
//! | [`integer`], [`integers_into`] | uniform integers of any range |
//! | [`normal_sample()`] | x = mu + sigma eps, with its vector-Jacobian product |

mod alias;
mod antithetic;
mod categorical;
mod gumbel_max;
mod integers;
mod normal_sample;
mod permutation;
mod posterior;
mod top_k;

pub use alias::AliasTable;
pub use antithetic::{AntitheticPair, antithetic_pairs};
pub use categorical::{Categorical, categorical_many};
pub use gumbel_max::{categorical, gumbel_max, gumbel_max_into, gumbel_max_one_hot_into};
pub use integers::{integer, integers_into};
pub use normal_sample::{
    normal_sample, normal_sample_into, normal_sample_of_sigma_into,
    normal_sample_of_sigma_vjp_into, normal_sample_vjp_into,
};
pub use permutation::{distinct, permutation};
pub use posterior::{gumbel_given_argmax_into, gumbel_given_maximum_into, truncated_gumbel};
pub use top_k::{Pick, TopK, top_k};
