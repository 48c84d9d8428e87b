//! The Rust snippets of the Chinese pages as doctests, one item for each page.

/// The snippets of start.md.
#[doc = include_str!("../../../../book/zh/src/start.md")]
pub struct Start;

/// The snippets of sampling.md.
#[doc = include_str!("../../../../book/zh/src/sampling.md")]
pub struct Sampling;

/// The snippets of reparameterisation.md.
#[doc = include_str!("../../../../book/zh/src/reparameterisation.md")]
pub struct Reparameterisation;

/// The snippets of gumbel-max.md.
#[doc = include_str!("../../../../book/zh/src/gumbel-max.md")]
pub struct GumbelMax;

/// The snippets of gumbel-noise.md.
#[doc = include_str!("../../../../book/zh/src/gumbel-noise.md")]
pub struct GumbelNoise;

/// The snippets of gumbel-softmax.md.
#[doc = include_str!("../../../../book/zh/src/gumbel-softmax.md")]
pub struct GumbelSoftmax;

/// The snippets of training.md.
#[doc = include_str!("../../../../book/zh/src/training.md")]
pub struct Training;

/// The snippets of frequency.md.
#[doc = include_str!("../../../../book/zh/src/frequency.md")]
pub struct Frequency;

/// The snippets of estimators.md.
#[doc = include_str!("../../../../book/zh/src/estimators.md")]
pub struct Estimators;

/// The snippets of pitfalls.md.
#[doc = include_str!("../../../../book/zh/src/pitfalls.md")]
pub struct Pitfalls;

/// The snippets of fit.md.
#[doc = include_str!("../../../../book/zh/src/fit.md")]
pub struct Fit;

/// The snippets of guide.md.
#[doc = include_str!("../../../../book/zh/src/guide.md")]
pub struct Guide;
