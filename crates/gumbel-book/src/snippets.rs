//! The Rust snippets of the pages, which run as doctests.

/// What is Gumbel-Softmax?
#[doc = include_str!("../../../book/en/src/start.md")]
pub struct Start;

/// Sampling.
#[doc = include_str!("../../../book/en/src/sampling.md")]
pub struct Sampling;
