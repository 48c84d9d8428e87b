//! Exact samplers: of classes, which return indices, and of densities on the line.

pub mod gumbel_max;
pub mod random_utility;
pub mod rejection;
