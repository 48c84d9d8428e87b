//! Gumbel-Softmax on tensors, soft and straight-through.

use burn::tensor::Tensor;

use super::fused::fused_or_composed;
use crate::backend::{Choice, Form, Relaxation};
use crate::check;
use crate::composed;
use crate::error::Error;
use crate::noise::Noise;
use crate::temperature::Temperature;

/// Draws a relaxed sample along axis `dim`: y = softmax((logits + g) / tau), g Gumbel noise.
///
/// `logits`: any shape, unnormalised log-probabilities; `dim` may be negative, -1 being the last axis;
/// `tau`: dimensionless, a number, or a tensor with a temperature for each row that gets a gradient
/// ([`Temperature`]); `noise`: a [`Key`](gumbel::Key), or a tensor of Gumbel noise of the same shape. Returns the shape and the element type of `logits`.
///
/// - The argmax has the law of softmax(logits) at every temperature. The gradient is the exact
///   gradient of the relaxed sample, a biased estimate for the discrete one.
/// - As tau goes to 0, the sample tends to one-hot; as tau goes to infinity, to uniform. A class with
///   logit -inf has value and gradient exactly 0. A single class has the value 1.
/// - A shift of all logits of a row changes nothing: the largest logit is subtracted before the noise is
///   added.
/// - The noise of an element depends on the key and its row-major index alone. The noise gets no
///   gradient.
/// - `f16` and `bf16` tensors are computed in `f32` and rounded once.
///
/// Jang, Gu and Poole, arXiv 1611.01144, equation 2.
///
/// # Errors
/// No classes, tau not a finite number above 0, a tau that does not broadcast to the logits with size 1 along `dim`, NaN or +inf logits, a row of -inf only, an axis that does
/// not exist, noise of another shape or with a number that is not finite.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// let logits = Tensor::<2>::from_floats([[0.9, 0.05, 0.05, 0.0]], &Device::flex()).log();
/// let (run_key, step) = (Key::new(7), 300); // each training step folds in its number
/// let y = gumbel_burn::gumbel_softmax(logits, -1, 0.5, run_key.fold_in(step))?;
/// let y = y.into_data().try_to_vec::<f32>().unwrap();
/// assert!((y.iter().sum::<f32>() - 1.0).abs() < 1e-6);
/// assert_eq!(y[3], 0.0);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "Concrete")]
#[doc(alias = "rsample")]
pub fn gumbel_softmax<const D: usize>(
    logits: Tensor<D>,
    dim: isize,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: impl Into<Noise<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    relax_classes(logits, dim, tau.into(), noise.into(), Form::Soft)
}

/// Draws a one-hot sample along axis `dim`, with the gradient of [`gumbel_softmax`]:
/// onehot(argmax(logits + g)), g Gumbel noise.
///
/// Arguments and the returned shape are those of [`gumbel_softmax`]. The law of the value is exactly
/// softmax(logits), at every temperature. The gradient is that of the soft sample with the same noise: a
/// biased estimate, because the cost is evaluated at the one-hot sample.
///
/// Jang, Gu and Poole, arXiv 1611.01144, section 2.2.
///
/// # Errors
/// As [`gumbel_softmax`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// let logits = Tensor::<2>::from_floats([[0.0, 50.0, 0.0]], &Device::flex());
/// let (run_key, step) = (Key::new(7), 300);
/// let y = gumbel_burn::straight_through_gumbel_softmax(logits, -1, 0.5, run_key.fold_in(step))?;
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [0.0, 1.0, 0.0]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "hard")]
pub fn straight_through_gumbel_softmax<const D: usize>(
    logits: Tensor<D>,
    dim: isize,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: impl Into<Noise<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    relax_classes(logits, dim, tau.into(), noise.into(), Form::Hard)
}

/// Draws the logarithm of a relaxed sample along axis `dim`: x = ln softmax((logits + g) / tau), g Gumbel noise.
///
/// Arguments and the returned shape are those of [`gumbel_softmax`], and z = (logits - max) + g is the same to the bit,
/// so e^x is its sample within rounding. At small tau that sample underflows to 0, while x and its gradients stay
/// finite; [`relaxed_categorical_ln_density_of_log`](crate::likelihood::relaxed_categorical_ln_density_of_log) is the
/// log-density of x.
///
/// - A class with logit -inf has x = -inf and gradient 0. A single class has x = 0.
/// - On the CPU x is computed from z in `f64` and rounded once.
/// - The gradient is exact, also that of a tensor of temperatures.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendix C.3.
///
/// # Errors
/// As [`gumbel_softmax`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::gumbel_log_softmax;
/// let logits = Tensor::<2>::from_floats([[0.0, 1.0, 2.0]], &Device::flex());
/// let (run_key, step) = (Key::new(7), 300); // each training step folds in its number
/// let key = run_key.fold_in(step);
/// let x = gumbel_log_softmax(logits.clone(), -1, 0.5, key)?;
/// let y = gumbel_burn::gumbel_softmax(logits.clone(), -1, 0.5, key)?;
/// assert!((x.exp() - y).abs().max().into_scalar::<f32>() < 1e-6);
/// // Where y underflows, x does not.
/// let cold = gumbel_log_softmax(logits, -1, 0.001, key)?;
/// assert!(cold.clone().exp().min().into_scalar::<f32>() == 0.0);
/// assert!(cold.min().into_scalar::<f32>() > -1e5);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "ExpConcrete")]
pub fn gumbel_log_softmax<const D: usize>(
    logits: Tensor<D>,
    dim: isize,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: impl Into<Noise<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    relax_classes(logits, dim, tau.into(), noise.into(), Form::Log)
}

fn relax_classes<const D: usize>(
    logits: Tensor<D>,
    dim: isize,
    tau: Temperature<Tensor<D>>,
    noise: Noise<Tensor<D>>,
    form: Form,
) -> Result<Tensor<D>, Error> {
    let (axis, dim) = check::axis(&logits, dim)?;
    let relaxation = Relaxation { choice: Choice::Classes(axis), form };
    fused_or_composed(logits, Some(dim), tau, noise, relaxation, |logits, tau, noise| match form {
        Form::Soft => composed::gumbel_softmax(logits, dim, tau, noise),
        Form::Hard => composed::straight_through_gumbel_softmax(logits, dim, tau, noise),
        Form::Log => composed::gumbel_log_softmax(logits, dim, tau, noise),
    })
}
