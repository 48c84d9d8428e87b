//! The common path of the relaxations: check, then run the fused operation or its composed twin.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::backend::{FusedOps, Relaxation, has_fused_ops};
use crate::check;
use crate::error::Error;
use crate::noise::Noise;
use crate::temperature::Temperature;

/// Relaxes logits, with the classes along `dim` if there are any: checks, then runs the fused operation where there is
/// one and `composed` elsewhere.
pub(super) fn fused_or_composed<const D: usize>(
    logits: Tensor<D>,
    dim: Option<usize>,
    tau: Temperature<Tensor<D>>,
    noise: Noise<Tensor<D>>,
    relaxation: Relaxation,
    composed: impl FnOnce(Tensor<D>, Temperature<Tensor<D>>, Tensor<D>) -> Tensor<D>,
) -> Result<Tensor<D>, Error> {
    // Half precision: widen, compute, round once.
    let dtype = logits.dtype();
    let logits = check::widen(logits);
    let tau = check::temperature(tau, &logits, dim)?;
    let noise = check::noise(noise, &logits)?;
    check::logits(&logits, relaxation.choice)?;
    let sample = if has_fused_ops(&logits) {
        let tau = tau.by_row(&logits, dim).map(Tensor::into_dispatch);
        let noise = noise.map(Tensor::into_dispatch);
        let (sample, _soft) = Dispatch::relax(logits.into_dispatch(), tau, noise, relaxation);
        Tensor::from_dispatch(sample)
    } else {
        let noise = noise.into_tensor(relaxation.choice.law(), &logits);
        composed(logits, tau, noise)
    };
    Ok(sample.cast(dtype))
}
