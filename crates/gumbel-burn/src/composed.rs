//! The fused operations as compositions of ordinary tensor operations.
//!
//! The fused operations are tested against these twins, and a backend without fused operations runs them.
//! Twins and fused operations compute the same steps in the same order: z = (l - max l) + g, the largest z
//! is subtracted before the division by tau, and the hard index is the argmax of z. The compositions check
//! nothing.

use burn::tensor::{Int, Tensor, activation};

use crate::temperature::Temperature;

/// A relaxed sample along `dim`: y = softmax((logits + noise) / tau), with Gumbel noise.
///
/// Jang, Gu and Poole, arXiv 1611.01144, equation 2. A class of -inf has value and gradient 0.
///
/// # Panics
/// When the shapes differ, or `dim` is not an axis. Nothing else is checked here.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let zeros = Tensor::<1>::zeros([4], &Device::flex());
/// let y = gumbel_burn::composed::gumbel_softmax(zeros.clone(), 0, 0.5, zeros);
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [0.25; 4]);
/// ```
pub fn gumbel_softmax<const D: usize>(
    logits: Tensor<D>,
    dim: usize,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: Tensor<D>,
) -> Tensor<D> {
    let z = perturbed(logits, dim, noise);
    let max = z.clone().detach().max_dim(dim);
    activation::softmax(divided(z - max, tau.into()), dim)
}

/// The logarithm of a relaxed sample along `dim`: x = ln softmax((logits + noise) / tau), with Gumbel noise.
///
/// Maddison, Mnih and Teh, arXiv 1611.00712, appendix C.3. A class of -inf has the value -inf and gradient 0.
///
/// # Panics
/// As [`gumbel_softmax`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let zeros = Tensor::<1>::zeros([4], &Device::flex());
/// let x = gumbel_burn::composed::gumbel_log_softmax(zeros.clone(), 0, 0.5, zeros);
/// assert!((x.exp() - 0.25).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
pub fn gumbel_log_softmax<const D: usize>(
    logits: Tensor<D>,
    dim: usize,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: Tensor<D>,
) -> Tensor<D> {
    let z = perturbed(logits, dim, noise);
    let max = z.clone().detach().max_dim(dim);
    let masked = z.clone().is_inf();
    let x = activation::log_softmax(divided(z - max, tau.into()), dim);
    // A class of -inf passes no gradient, whatever its gradient is.
    x.mask_fill(masked, f64::NEG_INFINITY)
}

/// A sample with the value onehot(argmax(logits + noise)) and the gradient of [`gumbel_softmax`].
///
/// # Panics
/// As [`gumbel_softmax`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel_burn::composed;
/// let logits = Tensor::<1>::from_floats([0.0, 2.0, 1.0], &Device::flex());
/// let y = composed::straight_through_gumbel_softmax(logits.clone(), 0, 0.5, logits.zeros_like());
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [0.0, 1.0, 0.0]);
/// ```
pub fn straight_through_gumbel_softmax<const D: usize>(
    logits: Tensor<D>,
    dim: usize,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: Tensor<D>,
) -> Tensor<D> {
    let hard = one_hot_argmax(perturbed(logits.clone(), dim, noise.clone()).detach(), dim);
    with_gradient_of(hard, gumbel_softmax(logits, dim, tau, noise))
}

/// The index of the largest logits + noise along `dim`, with Gumbel noise; of equal sums the first.
///
/// Returns the shape of the logits with size 1 along `dim`.
///
/// # Panics
/// As [`gumbel_softmax`].
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let logits = Tensor::<1>::from_floats([0.0, 2.0, 1.0], &Device::flex());
/// let class = gumbel_burn::composed::gumbel_max(logits.clone(), 0, logits.zeros_like());
/// assert_eq!(class.into_scalar::<i64>(), 1);
/// ```
pub fn gumbel_max<const D: usize>(
    logits: Tensor<D>,
    dim: usize,
    noise: Tensor<D>,
) -> Tensor<D, Int> {
    perturbed(logits, dim, noise).argmax(dim)
}

/// A relaxed Bernoulli sample: y = sigmoid((logits + noise) / tau), with logistic noise.
///
/// Maddison, Mnih and Teh, arXiv 1611.00712, appendix B.
///
/// # Panics
/// When the shapes differ.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let zeros = Tensor::<1>::zeros([2], &Device::flex());
/// let y = gumbel_burn::composed::binary_concrete(zeros.clone(), 0.5, zeros);
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [0.5; 2]);
/// ```
pub fn binary_concrete<const D: usize>(
    logits: Tensor<D>,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: Tensor<D>,
) -> Tensor<D> {
    activation::sigmoid(divided(logits + noise, tau.into()))
}

/// A sample with the value 1 where logits + noise > 0, 0 elsewhere, and the gradient of
/// [`binary_concrete`].
///
/// # Panics
/// When the shapes differ.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel_burn::composed;
/// let logits = Tensor::<1>::from_floats([-1.0, 2.0], &Device::flex());
/// let y = composed::straight_through_binary_concrete(logits.clone(), 0.5, logits.zeros_like());
/// assert_eq!(y.into_data().try_to_vec::<f32>().unwrap(), [0.0, 1.0]);
/// ```
pub fn straight_through_binary_concrete<const D: usize>(
    logits: Tensor<D>,
    tau: impl Into<Temperature<Tensor<D>>>,
    noise: Tensor<D>,
) -> Tensor<D> {
    let dtype = logits.dtype();
    let hard = (logits.clone() + noise.clone()).detach().greater_scalar(0.0).float().cast(dtype);
    with_gradient_of(hard, binary_concrete(logits, tau, noise))
}

/// Negative log-likelihood of binary pixels for each row: the sum of max(l, 0) - x l + ln(1 + e^-|l|).
///
/// `logits, x: [rows, d]` of one element type; returns `[rows]`.
///
/// # Panics
/// When the shapes differ.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let zeros = Tensor::<2>::zeros([1, 3], &Device::flex());
/// let nll = gumbel_burn::composed::bernoulli_nll(zeros.clone(), zeros).into_scalar::<f32>();
/// assert!((nll - 3.0 * 2f32.ln()).abs() < 1e-6);
/// ```
pub fn bernoulli_nll(logits: Tensor<2>, x: Tensor<2>) -> Tensor<1> {
    let positive = activation::relu(logits.clone());
    let tail = logits.clone().abs().neg().exp().log1p();
    (positive - x * logits + tail).sum_dim(1).flatten(0, 1)
}

/// Divergence of categorical posteriors from a shared prior for each row: the sum of q (ln q - ln p).
///
/// `posterior: [rows, v, k]` and `prior: [v, k]` of one element type; returns `[rows]`.
///
/// # Panics
/// When the shapes do not fit.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let prior = Tensor::<2>::zeros([2, 3], &Device::flex());
/// let kl = gumbel_burn::composed::categorical_kl(prior.clone().unsqueeze(), prior);
/// assert_eq!(kl.into_scalar::<f32>(), 0.0);
/// ```
pub fn categorical_kl(posterior: Tensor<3>, prior: Tensor<2>) -> Tensor<1> {
    let ln_q = activation::log_softmax(posterior, 2);
    let ln_p = activation::log_softmax(prior, 1).unsqueeze::<3>();
    // A class of -inf has q = 0; the clamp makes its term 0 times a finite number.
    let terms = ln_q.clone().exp() * (ln_q.clamp_min(-1e30) - ln_p);
    terms.sum_dim(2).sum_dim(1).flatten(0, 2)
}

/// Logits less their largest, plus noise: with a large shift of all logits the noise would be rounded away.
fn perturbed<const D: usize>(logits: Tensor<D>, dim: usize, noise: Tensor<D>) -> Tensor<D> {
    let max = logits.clone().detach().max_dim(dim);
    logits - max + noise
}

/// z / tau. An infinite z keeps its value and gives no gradient, not even to a tensor of temperatures.
pub(crate) fn divided<const D: usize>(z: Tensor<D>, tau: Temperature<Tensor<D>>) -> Tensor<D> {
    match tau {
        Temperature::Scalar(tau) => z.mul_scalar(inverse(tau)),
        Temperature::PerRow(tau) => {
            // Below 1e-18 the sample is one-hot already, and the square in the gradient would underflow in `f32`.
            let inverse = tau.clamp_min(1e-18).recip();
            let infinite = z.clone().is_inf();
            let finite = z.clone().mask_fill(infinite.clone(), 0.0) * inverse;
            finite.mask_where(infinite, z.detach())
        }
    }
}

/// 1 / tau, kept finite in `f32`: below 1e-30 the sample is one-hot already. (The callers multiply by it,
/// because Burn's gradient of a division by a scalar rounds that scalar to `f32`.)
fn inverse(tau: f64) -> f64 {
    1.0 / tau.max(1e-30)
}

/// The value of `hard` with the gradient of `soft`. Equal to `hard` to the bit: `soft - soft` is 0.
fn with_gradient_of<const D: usize>(hard: Tensor<D>, soft: Tensor<D>) -> Tensor<D> {
    hard + (soft.clone() - soft.detach())
}

/// 1 at the largest element along `dim`, 0 elsewhere.
pub(crate) fn one_hot_argmax<const D: usize>(z: Tensor<D>, dim: usize) -> Tensor<D> {
    let winner = z.clone().argmax(dim);
    one_hot(winner, &z, dim)
}

/// 1 at the index of each row along `dim`, 0 elsewhere, in the shape and type of `like`.
pub(crate) fn one_hot<const D: usize>(
    index: Tensor<D, Int>,
    like: &Tensor<D>,
    dim: usize,
) -> Tensor<D> {
    let k = like.dims()[dim];
    let mut shape = [1; D];
    shape[dim] = k;
    let classes = Tensor::<1, Int>::arange(0..k as i64, &like.device()).reshape(shape);
    index.equal(classes).float().cast(like.dtype())
}
