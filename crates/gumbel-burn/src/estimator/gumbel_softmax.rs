//! `gumbel-softmax`: differentiate the cost of the relaxed sample.
//!
//! Estimate: (1 / tau) J(y) df/dy(y), y = softmax((l + g) / tau), J(y) = diag(y) - y y^T.
//! Unbiased for the expectation of the relaxed cost; biased for the expectation of the discrete cost, the
//! more so the higher tau; its variance grows as tau falls. One evaluation of the cost, at y; keeps y.
//!
//! Jang, Gu and Poole, arXiv 1611.01144, section 2.1; Maddison, Mnih and Teh, arXiv 1611.00712.

use burn::tensor::Tensor;

use super::Estimate;
use crate::error::Error;
use crate::noise::Noise;
use crate::relax::gumbel_softmax;

pub(super) fn estimate(
    logits: Tensor<3>,
    tau: f64,
    noise: Noise<Tensor<3>>,
    cost: impl Fn(Tensor<3>) -> Tensor<1>,
) -> Result<Estimate, Error> {
    let cost = cost(gumbel_softmax(logits, -1, tau, noise)?);
    Ok(Estimate { cost: cost.clone(), surrogate: cost })
}
