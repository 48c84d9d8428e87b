//! Exact samplers: they return indices.

pub mod gumbel_max;
