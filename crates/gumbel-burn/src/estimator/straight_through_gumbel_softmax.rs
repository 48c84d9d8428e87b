//! `straight-through-gumbel-softmax`: evaluate at the one-hot sample, differentiate as if relaxed.
//!
//! Estimate: (1 / tau) J(y) df/dD(D), D = onehot(argmax(l + g)), y = softmax((l + g) / tau) with the
//! same noise. Biased. One evaluation of the cost, at D, so the cost and the gradient of the decoder
//! are those of the discrete model; keeps y.
//!
//! Jang, Gu and Poole, arXiv 1611.01144, section 2.2.

use burn::tensor::Tensor;

use super::Estimate;
use crate::error::Error;
use crate::noise::Noise;
use crate::relax::straight_through_gumbel_softmax;

pub(super) fn estimate(
    logits: Tensor<3>,
    tau: f64,
    noise: Noise<Tensor<3>>,
    cost: impl Fn(Tensor<3>) -> Tensor<1>,
) -> Result<Estimate, Error> {
    let cost = cost(straight_through_gumbel_softmax(logits, -1, tau, noise)?);
    Ok(Estimate { cost: cost.clone(), surrogate: cost })
}
