//! Binary Concrete on tensors, soft and straight-through.

use burn::tensor::Tensor;

use super::fused::fused_or_composed;
use crate::backend::{Choice, Form, Relaxation};
use crate::composed;
use crate::error::Error;
use crate::noise::Noise;
use crate::temperature::Temperature;

/// Draws a relaxed Bernoulli sample for each element: y = sigmoid((logits + L) / tau), L logistic.
///
/// `logits`: any shape, log-odds; `tau`: dimensionless, a number, or a tensor that broadcasts to the logits and gets a
/// gradient ([`Temperature`]); `noise`: a [`Key`](gumbel::Key), or a tensor of logistic noise of the same shape. Returns the shape and the element type of `logits`.
///
/// - P(y > 1/2) = sigmoid(logits) at every temperature. The gradient is exact for the relaxed sample and
///   biased for the discrete one.
/// - A logit of -inf gives exactly 0, a logit of +inf exactly 1, both with gradient 0.
/// - `f16` and `bf16` tensors are computed in `f32` and rounded once.
///
/// Maddison, Mnih and Teh, arXiv 1611.00712, appendix B.
///
/// # Errors
/// tau not a finite number above 0, a tau that does not broadcast to the logits, NaN logits, noise of another shape or with a number that is not finite.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// let logits = Tensor::<1>::from_floats([-50.0, 50.0], &Device::flex());
/// let (run_key, step) = (Key::new(7), 300); // each training step folds in its number
/// let y = gumbel_burn::binary_concrete(logits, 0.5, run_key.fold_in(step))?.into_data();
/// let y = y.try_to_vec::<f32>().unwrap();
/// assert!(y[0] < 1e-6 && y[1] > 1.0 - 1e-6);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "Concrete")]
#[doc(alias = "RelaxedBernoulli")]
#[doc(alias = "rsample")]
pub fn binary_concrete<const D: usize>(
    logits: Tensor<D>,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: impl Into<Noise<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    let relaxation = Relaxation { choice: Choice::Binary, form: Form::Soft };
    let dim = None;
    fused_or_composed(logits, dim, tau.into(), noise.into(), relaxation, composed::binary_concrete)
}

/// Draws 0 or 1 for each element, with the gradient of [`binary_concrete`]: 1 where logits + L > 0, L
/// logistic.
///
/// Arguments and the returned shape are those of [`binary_concrete`]. The law of the value is exactly
/// Bernoulli(sigmoid(logits)). The gradient is that of the soft sample with the same noise: a biased
/// estimate.
///
/// Jang, Gu and Poole, arXiv 1611.01144, section 2.2, for two classes.
///
/// # Errors
/// As [`binary_concrete`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// let logits = Tensor::<1>::from_floats([-50.0, 50.0], &Device::flex());
/// let (run_key, step) = (Key::new(7), 300);
/// let y = gumbel_burn::straight_through_binary_concrete(logits, 0.5, run_key.fold_in(step))?;
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [0.0, 1.0]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "hard")]
pub fn straight_through_binary_concrete<const D: usize>(
    logits: Tensor<D>,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: impl Into<Noise<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    let relaxation = Relaxation { choice: Choice::Binary, form: Form::Hard };
    let composed = composed::straight_through_binary_concrete;
    fused_or_composed(logits, None, tau.into(), noise.into(), relaxation, composed)
}
