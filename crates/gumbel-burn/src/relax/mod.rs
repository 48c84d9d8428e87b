//! Relaxed and straight-through samples, as functions and as layers.

mod binary_concrete;
mod fused;
mod gumbel_softmax;
mod layers;

pub use binary_concrete::{binary_concrete, straight_through_binary_concrete};
pub use gumbel_softmax::{gumbel_log_softmax, gumbel_softmax, straight_through_gumbel_softmax};
pub use layers::{BinaryConcrete, BinaryConcreteConfig, GumbelSoftmax, GumbelSoftmaxConfig};
