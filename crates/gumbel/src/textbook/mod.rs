//! Textbook methods, to learn from: how uniform numbers are made, how a density is sampled by rejection, and how
//! other noises than Gumbel's change a choice.
//!
//! | to | use |
//! |---|---|
//! | see how uniform numbers were made, and how badly | [`Lcg`], [`LcgParameters`] |
//! | sample a density under a bound | [`Rejection`] with a [`Proposal`] |
//! | sample a log-concave density without a bound | [`AdaptiveRejection`] |
//! | add another noise than Gumbel's to logits | [`random_utility`] |

mod adaptive_rejection;
mod hull;
mod lcg;
pub mod random_utility;
mod rejection;
mod tangent;

pub use adaptive_rejection::AdaptiveRejection;
pub use lcg::{Lcg, LcgParameters, Period};
pub use rejection::{Accepted, Proposal, Rejection};

/// A uniform number on [0, 1), of 53 bits.
fn uniform(rng: &mut dyn rand_core::Rng) -> f64 {
    crate::unit::uniform_53(rng.next_u64())
}
