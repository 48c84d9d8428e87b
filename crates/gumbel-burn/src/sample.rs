//! Exact samples: the index of a class, and a normal number that gradients pass through.

use burn::backend::Dispatch;
use burn::tensor::{Int, Tensor};
use gumbel::Key;
use gumbel::noise::Law;

use crate::backend::{Choice, Draw, RelaxationOps, has_relaxation_ops, is_of_card};
use crate::check;
use crate::composed;
use crate::error::Error;
use crate::noise::Noise;
use crate::temperature::Temperature;

/// Draws the index of a class along axis `dim`, with probabilities softmax(logits):
/// argmax(logits + g), g Gumbel noise.
///
/// `logits`: any shape, unnormalised log-probabilities; `dim` may be negative, -1 being the last axis;
/// `noise`: a [`Key`], or a tensor of Gumbel noise of the same shape. Returns the shape of the logits
/// with size 1 along `dim`, in the device's type of integers, as Burn's `argmax` does.
///
/// - The index is where [`straight_through_gumbel_softmax`](crate::straight_through_gumbel_softmax) has
///   its 1 for the same noise, and the one that [`gumbel::gumbel_max`] returns for the same key.
/// - A class with logit -inf is never drawn. Of equal sums the first wins.
/// - An index has no gradient.
/// - `f16` and `bf16` logits are computed in `f32`.
///
/// Maddison, Tarlow and Minka, arXiv 1411.0030.
///
/// # Errors
/// No classes, NaN or +inf logits, a row of -inf only, an axis that does not exist, noise of another
/// shape or with a number that is not finite.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// // Forward, back, left or right with probability .9, .05, .05 and 0.
/// let logits = Tensor::<2>::from_floats([[0.9, 0.05, 0.05, 0.0]], &Device::flex()).log();
/// let moves = gumbel_burn::gumbel_max(logits.repeat_dim(0, 10_000), -1, Key::new(7))?;
/// assert_eq!(moves.dims(), [10_000, 1]);
/// let forward = moves.clone().equal_elem(0).int().sum().into_scalar::<i64>();
/// assert!((forward - 9_000).abs() < 180); // six standard deviations
/// assert!(moves.max().into_scalar::<i64>() < 3);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "multinomial")]
pub fn gumbel_max<const D: usize>(
    logits: Tensor<D>,
    dim: isize,
    noise: impl Into<Noise<Tensor<D>>>,
) -> Result<Tensor<D, Int>, Error> {
    let (axis, dim) = check::axis(&logits, dim)?;
    let choice = Choice::Classes(axis);
    let logits = check::widen("logits", logits)?;
    let noise = check::noise(noise.into(), &logits)?;
    let card = is_of_card(&logits);
    if !card {
        check::logits(&logits, choice)?;
    }
    if !has_relaxation_ops(&logits) {
        let noise = noise.into_tensor(choice.law(), &logits);
        return Ok(composed::gumbel_max(logits, dim, noise));
    }
    let integers = logits.device().settings().int_dtype;
    let (draw, _, noise) = Draw::of(choice, Temperature::Scalar(1.0), noise, &logits);
    let [inputs, noise] = [logits.clone(), noise].map(Tensor::into_dispatch);
    let (classes, wrong) = Dispatch::gumbel_max(inputs, noise, draw, dim);
    if card {
        check::logits_of_card(&logits, choice, Tensor::from_dispatch(wrong))?;
    }
    Ok(Tensor::<D, Int>::from_dispatch(classes).cast(integers))
}

/// Draws the index of a class along axis `dim`, with probabilities softmax(logits): [`gumbel_max`] under
/// the name that JAX and PyTorch use.
///
/// The method is Gumbel-max because only Gumbel-max gives one choice for one key on every device: an
/// argmax of the same perturbed logits. The core's [`Categorical::sample`](gumbel::Categorical::sample)
/// has the same law; above 128 classes its draws are different and several times as fast, but only on
/// CPUs.
///
/// # Errors
/// As [`gumbel_max`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// let logits = Tensor::<2>::zeros([8, 10], &Device::flex());
/// let classes = gumbel_burn::categorical(logits.clone(), -1, Key::new(7))?;
/// let same = gumbel_burn::gumbel_max(logits, -1, Key::new(7))?;
/// assert_eq!(classes.into_data(), same.into_data());
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "multinomial")]
pub fn categorical<const D: usize>(
    logits: Tensor<D>,
    dim: isize,
    key: Key,
) -> Result<Tensor<D, Int>, Error> {
    gumbel_max(logits, dim, key)
}

/// Draws x = mu + e^s eps for each element, s = `ln_sigma`, eps standard normal.
///
/// `mu`, `ln_sigma`: any shape, the same for both; `noise`: a [`Key`], or a tensor of normal noise of the
/// same shape. The gradient passes to mu and to ln_sigma; it is an unbiased estimate of the gradient of
/// the expectation. The noise gets no gradient.
///
/// This is a composition of ordinary tensor operations on every backend, with the noise as a constant.
/// The tests compare it with [`gumbel::sample::normal_sample_into`] and its hand-written gradients.
///
/// Kingma and Welling, "Auto-Encoding Variational Bayes", arXiv 1312.6114, section 2.4.
///
/// # Errors
/// Shapes that differ, values that are not finite, ln_sigma above 300 (in `f32` and half precision above
/// 44).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// let device = Device::flex().autodiff();
/// let mu = Tensor::<2>::zeros([4, 2], &device).require_grad();
/// let ln_sigma = Tensor::<2>::zeros([4, 2], &device).require_grad();
/// let (run_key, step) = (Key::new(7), 300); // each training step folds in its number
/// let x = gumbel_burn::normal_sample(mu.clone(), ln_sigma.clone(), run_key.fold_in(step))?;
/// let grads = x.clone().sum().backward();
/// assert_eq!(mu.grad(&grads).unwrap().into_data().try_to_vec::<f32>().unwrap(), [1.0; 8]);
/// // Here dx/ds = eps = x.
/// assert_eq!(ln_sigma.grad(&grads).unwrap().into_data(), x.into_data());
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "rsample")]
pub fn normal_sample<const D: usize>(
    mu: Tensor<D>,
    ln_sigma: Tensor<D>,
    noise: impl Into<Noise<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    check::shape("ln_sigma", &ln_sigma, mu.dims())?;
    // Half precision: widen, compute, round once.
    let dtype = mu.dtype();
    let mu = check::widen("mu", mu)?;
    let ln_sigma = check::cast("ln_sigma", ln_sigma, mu.dtype())?;
    let noise = check::noise(noise.into(), &mu)?;
    check::normal(&mu, &ln_sigma)?;
    let noise = noise.into_tensor(Law::Normal, &mu);
    Ok((mu + ln_sigma.exp() * noise).cast(dtype))
}
