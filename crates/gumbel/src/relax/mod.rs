//! Continuous relaxations of a discrete choice, each beside its vector-Jacobian products.

pub mod binary_concrete;
pub mod gumbel_softmax;
pub mod straight_through;
