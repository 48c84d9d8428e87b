//! Continuous relaxations of a discrete choice, with their vector-Jacobian products.
//!
//! | function | value | gradient |
//! |---|---|---|
//! | [`gumbel_softmax()`] | softmax((l + g) / tau) | [`gumbel_softmax_vjp_into`], [`gumbel_softmax_vjp_tau`], [`gumbel_softmax_vjp_tau_into`] |
//! | [`gumbel_log_softmax()`] | its logarithm, which does not underflow | [`gumbel_log_softmax_vjp_into`], [`gumbel_softmax_vjp_tau`], [`gumbel_log_softmax_vjp_tau_into`] |
//! | [`straight_through_gumbel_softmax`] | onehot(argmax(l + g)) | [`gumbel_softmax_vjp_into`] at the soft sample, which is returned with it; with the noise averaged out, [`gumbel_rao_vjp_into`] |
//! | [`binary_concrete()`] | sigmoid((l + L) / tau) | [`binary_concrete_vjp_into`], [`binary_concrete_vjp_tau`], [`binary_concrete_vjp_tau_into`] |
//! | [`straight_through_binary_concrete`] | 1 where l + L > 0 | [`binary_concrete_vjp_into`] at the soft sample, which is returned with it |
//!
//! l are logits, g is Gumbel noise, L logistic noise, tau the [`Temperature`](crate::Temperature): one number, or one
//! for each row. `_vjp_tau` functions give the derivative with respect to the one temperature of all rows, from the noise;
//! `_vjp_tau_into` functions that of each row, from the sample. Functions that end in `_into` write
//! to a buffer. The hard sample alone is [`gumbel_max_one_hot_into`](crate::sample::gumbel_max_one_hot_into).

mod binary_concrete;
mod by_tau;
mod gumbel_log_softmax;
mod gumbel_rao;
mod gumbel_softmax;
mod straight_through;

#[cfg(feature = "half")]
pub(crate) use binary_concrete::gradients_of_part;
pub use binary_concrete::{
    binary_concrete, binary_concrete_into, binary_concrete_vjp_into, binary_concrete_vjp_tau,
};
pub use by_tau::{
    binary_concrete_vjp_tau_into, gumbel_log_softmax_vjp_tau_into, gumbel_softmax_vjp_tau_into,
};
pub use gumbel_log_softmax::{
    gumbel_log_softmax, gumbel_log_softmax_into, gumbel_log_softmax_vjp_into,
};
pub use gumbel_rao::{NoiseDraws, gumbel_rao_vjp_into};
pub use gumbel_softmax::{
    gumbel_softmax, gumbel_softmax_in_place, gumbel_softmax_into, gumbel_softmax_vjp_into,
    gumbel_softmax_vjp_tau,
};
pub use straight_through::{
    straight_through_binary_concrete, straight_through_binary_concrete_into,
    straight_through_gumbel_softmax, straight_through_gumbel_softmax_into,
};
