//! Exact samplers: of classes, which return indices, and of densities on the line.

pub mod adaptive_rejection;
pub mod alias;
pub mod categorical;
pub mod categorical_many;
mod draw;
pub mod gumbel_max;
mod gumbel_max_rows;
mod hull;
pub mod posterior;
pub mod random_utility;
pub mod rejection;
mod row;
mod tangent;
pub mod top_k;
mod totals;

/// Uniform on [0, 1), of 53 bits.
fn unit(rng: &mut dyn rand_core::Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}
