//! The re-parameterised sample of a normal distribution on tensors.

use burn::tensor::Tensor;

use crate::check;
use crate::error::Error;
use crate::noise::{Law, Noise};

/// Draws x = mu + e^s eps for each element, s = `ln_sigma`, eps standard normal.
///
/// `mu`, `ln_sigma`: one shape, any; `noise`: a [`Key`](gumbel::Key), or a tensor of normal noise of
/// the same shape. The gradient passes to mu and to ln_sigma, and through them to whatever made them;
/// it is an unbiased estimate of that of the expectation. Nothing flows to the noise.
///
/// This is a composition of ordinary tensor operations on every backend, with the noise as a constant.
/// [`gumbel::sample::normal_sample_into`] has the formulas and the gradients by hand, and is what the tests
/// hold it against.
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
pub fn normal_sample<const D: usize>(
    mu: Tensor<D>,
    ln_sigma: Tensor<D>,
    noise: impl Into<Noise<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    check::shape("ln_sigma", &ln_sigma, mu.dims())?;
    // Half precision: widen, compute, round once.
    let dtype = mu.dtype();
    let mu = check::widen(mu);
    let ln_sigma = ln_sigma.cast(mu.dtype());
    let noise = check::noise(noise.into(), &mu)?;
    check::normal(&mu, &ln_sigma)?;
    let noise = noise.into_tensor(Law::Normal, &mu);
    Ok((mu + ln_sigma.exp() * noise).cast(dtype))
}
