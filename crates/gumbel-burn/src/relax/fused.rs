//! The common path of the relaxations: check, then run the fused operation or its composed twin.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use crate::backend::{Draw, Relaxation, RelaxationOps, has_relaxation_ops, is_of_card};
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
    let logits = check::widen("logits", logits)?;
    let tau = check::temperature(tau, &logits, dim)?;
    let noise = check::noise(noise, &logits)?;
    let card = is_of_card(&logits);
    if !card {
        check::logits(&logits, relaxation.choice)?;
    }
    let sample = if has_relaxation_ops(&logits) {
        let Relaxation { choice, form } = relaxation;
        let (draw, taus, noise) = Draw::of(choice, tau.by_row(&logits, dim), noise, &logits);
        let [taus, noise, inputs] = [taus, noise, logits.clone()].map(Tensor::into_dispatch);
        let (sample, _soft, wrong) = Dispatch::relax(inputs, taus, noise, draw, form);
        if card {
            check::logits_of_card(&logits, choice, Tensor::from_dispatch(wrong))?;
        }
        Tensor::from_dispatch(sample)
    } else {
        let noise = noise.into_tensor(relaxation.choice.law(), &logits);
        composed(logits, tau, noise)
    };
    Ok(sample.cast(dtype))
}
