//! Exact samplers: of classes, which return indices, and of normal distributions, through which gradients pass.
//!
//! | function | draws |
//! |---|---|
//! | [`gumbel_max`] | a class for each row, coupled with the relaxations by its noise |
//! | [`categorical()`] | the same, by its other name |
//! | [`Categorical`] | classes of rows of any width: masks, temperatures, weights, one key a row |
//! | [`categorical_many`], [`AliasTable`] | many classes from one row, with replacement |
//! | [`top_k`] | k classes from one row without replacement, in shards too |
//! | [`gumbel_given_argmax_into`] | the noise that led to a known choice |
//! | [`normal_sample()`] | x = mu + sigma eps, with its vector-Jacobian product |

mod alias;
mod categorical;
mod gumbel_max;
mod normal_sample;
mod posterior;
mod top_k;

pub use alias::AliasTable;
pub use categorical::{Categorical, categorical_many};
pub use gumbel_max::{categorical, gumbel_max};
pub use normal_sample::{
    normal_sample, normal_sample_into, normal_sample_of_sigma_into,
    normal_sample_of_sigma_vjp_into, normal_sample_vjp_into,
};
pub use posterior::{gumbel_given_argmax_into, gumbel_given_maximum_into, truncated_gumbel};
pub use top_k::{Pick, TopK, top_k};
