//! The Rust snippets of the English pages as doctests, one item for each page.

/// The snippets of start.md.
#[doc = include_str!("../../../../book/en/src/start.md")]
pub struct Start;

/// The snippets of sampling.md.
#[doc = include_str!("../../../../book/en/src/sampling.md")]
pub struct Sampling;

/// The snippets of reparameterisation.md.
#[doc = include_str!("../../../../book/en/src/reparameterisation.md")]
pub struct Reparameterisation;

/// The snippets of gumbel-max.md.
#[doc = include_str!("../../../../book/en/src/gumbel-max.md")]
pub struct GumbelMax;

/// The snippets of gumbel-noise.md.
#[doc = include_str!("../../../../book/en/src/gumbel-noise.md")]
pub struct GumbelNoise;

/// The snippets of gumbel-softmax.md.
#[doc = include_str!("../../../../book/en/src/gumbel-softmax.md")]
pub struct GumbelSoftmax;

/// The snippets of training.md.
#[doc = include_str!("../../../../book/en/src/training.md")]
pub struct Training;

/// The snippets of frequency.md.
#[doc = include_str!("../../../../book/en/src/frequency.md")]
pub struct Frequency;

/// The snippets of estimators.md.
#[doc = include_str!("../../../../book/en/src/estimators.md")]
pub struct Estimators;

/// The snippets of pitfalls.md.
#[doc = include_str!("../../../../book/en/src/pitfalls.md")]
pub struct Pitfalls;

/// The snippets of fit.md.
#[doc = include_str!("../../../../book/en/src/fit.md")]
pub struct Fit;

/// The snippets of guide.md.
#[doc = include_str!("../../../../book/en/src/guide.md")]
pub struct Guide;
