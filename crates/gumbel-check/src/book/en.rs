//! The Rust snippets of the English pages as doctests, one item for each page.

/// start.md
#[doc = include_str!("../../../../book/en/src/start.md")]
pub struct Start;

/// sampling.md
#[doc = include_str!("../../../../book/en/src/sampling.md")]
pub struct Sampling;

/// reparameterisation.md
#[doc = include_str!("../../../../book/en/src/reparameterisation.md")]
pub struct Reparameterisation;

/// gumbel-max.md
#[doc = include_str!("../../../../book/en/src/gumbel-max.md")]
pub struct GumbelMax;

/// gumbel-noise.md
#[doc = include_str!("../../../../book/en/src/gumbel-noise.md")]
pub struct GumbelNoise;

/// gumbel-softmax.md
#[doc = include_str!("../../../../book/en/src/gumbel-softmax.md")]
pub struct GumbelSoftmax;

/// training.md
#[doc = include_str!("../../../../book/en/src/training.md")]
pub struct Training;

/// frequency.md
#[doc = include_str!("../../../../book/en/src/frequency.md")]
pub struct Frequency;

/// pitfalls.md
#[doc = include_str!("../../../../book/en/src/pitfalls.md")]
pub struct Pitfalls;

/// fit.md
#[doc = include_str!("../../../../book/en/src/fit.md")]
pub struct Fit;

/// guide.md
#[doc = include_str!("../../../../book/en/src/guide.md")]
pub struct Guide;
