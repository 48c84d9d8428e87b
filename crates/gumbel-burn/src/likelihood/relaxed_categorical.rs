//! The Concrete density, of a point of the simplex and of its logarithm.

use burn::tensor::{Bool, Int, Tensor, TensorData, activation};
use gumbel::Axis;

use crate::check;
use crate::error::Error;
use crate::temperature::Temperature;

/// Log-density of relaxed categorical samples, the Concrete distribution, for each row along axis `dim`, in nats.
///
/// ```text
/// ln p(y) = ln (n-1)! + (n-1) ln tau + sum_i (l_i - (tau+1) ln y_i) - n ln sum_i e^(l_i - tau ln y_i)
/// ```
///
/// `y`: points of the simplex, for instance samples of [`gumbel_softmax`](crate::gumbel_softmax); `logits`: the
/// unnormalised log-probabilities of their law, of the same shape; `dim` may be negative; `tau`: a number or a tensor
/// ([`Temperature`]). Returns the shape of the logits with size 1 along `dim`.
///
/// - Differentiable in y, in the logits and in a tensor of temperatures. The derivatives with respect to y are those of
///   the formula, each coordinate on its own.
/// - n counts the classes with a logit above -inf. A class with logit -inf is left out, its y must be 0, and its gradients
///   are 0. n = 1 gives 0.
/// - A y of 0 for a possible class is an error: samples at small tau underflow, and
///   [`relaxed_categorical_ln_density_of_log`] takes their logarithms.
/// - Computed in the type of y, half precision in `f32`: the error is about n 2^-24 max |l - tau ln y| in `f32`.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, definition 1. See also
/// [`gumbel::likelihood::relaxed_categorical_ln_density`], which computes in `f64`.
///
/// # Errors
/// No classes, shapes that differ, an axis that does not exist, tau not a finite number above 0 or of another shape, NaN or
/// +inf logits, a row of -inf only, a y that is not a finite number above 0 (0 for a class with logit -inf), a row of y that
/// does not sum to 1 within 1e-3 (in `f64` 1e-6).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel_burn::likelihood::relaxed_categorical_ln_density;
/// // At the centre of three equal classes the terms of y cancel: ln p = ln 2! + 2 ln tau.
/// let zeros = Tensor::<2>::zeros([1, 3], &Device::flex());
/// let ln_p = relaxed_categorical_ln_density(zeros.clone() + 1.0 / 3.0, zeros, -1, 0.5)?;
/// assert!((ln_p.into_scalar::<f32>() - 0.5_f32.ln()).abs() < 1e-6);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "Concrete")]
#[doc(alias = "RelaxedOneHotCategorical")]
#[doc(alias = "log_prob")]
pub fn relaxed_categorical_ln_density<const D: usize>(
    y: Tensor<D>,
    logits: Tensor<D>,
    dim: isize,
    tau: impl Into<Temperature<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    let dtype = y.dtype();
    let Arguments { point: y, logits, axis, dim } = Arguments::new("y", y, logits, dim)?;
    let tau = check::temperature(tau.into(), &y, Some(dim))?;
    check::pair(["y", "logits"], &y, &logits, check::PairRule::Simplex(axis))?;
    let rows = Rows::new(logits, dim);
    let x = y.mask_fill(rows.masked.clone(), 1.0).log();
    let jacobian = x.clone().sum_dim(dim);
    let certain = rows.classes.clone().equal_scalar(1.0);
    let ln_density = rows.ln_density(x, tau) - jacobian;
    Ok(finite(ln_density.mask_fill(certain, 0.0)).cast(dtype))
}

/// Log-density of the logarithms x = ln y of relaxed categorical samples (ExpConcrete) for each row along axis `dim`, in
/// nats.
///
/// ```text
/// ln kappa(x) = ln (n-1)! + (n-1) ln tau + sum_i (l_i - tau x_i) - n ln sum_i e^(l_i - tau x_i)
///             = ln p(e^x) + sum_i x_i
/// ```
///
/// `x`: samples of [`gumbel_log_softmax`](crate::gumbel_log_softmax); `logits`: the unnormalised log-probabilities of their
/// law, of the same shape; `dim` may be negative; `tau`: a number or a tensor ([`Temperature`]). Returns the shape of the
/// logits with size 1 along `dim`.
///
/// - Differentiable in x, in the logits and in a tensor of temperatures.
/// - The density is with respect to the n - 1 differences x_i - x_j from any one class j: a row of x need not be
///   normalised. Densities of one x under two laws have the same difference in this form and in that of
///   [`relaxed_categorical_ln_density`].
/// - n counts the classes with a logit above -inf. A class with logit -inf is left out, its x must be -inf, and its
///   gradients are 0. n = 1 gives 0.
/// - Finite at every temperature. Computed in the type of x, half precision in `f32`: the error is about
///   n 2^-24 max |l - tau x| in `f32`, as large as that of the rounding of x.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendix C.3. See also
/// [`gumbel::likelihood::relaxed_categorical_ln_density_of_log`], which computes in `f64`.
///
/// # Errors
/// No classes, shapes that differ, an axis that does not exist, tau not a finite number above 0 or of another shape, NaN or
/// +inf logits, a row of -inf only, an x that is not finite (-inf for a class with logit -inf).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::gumbel_log_softmax;
/// use gumbel_burn::likelihood::relaxed_categorical_ln_density_of_log;
/// let device = Device::flex().autodiff();
/// let logits = Tensor::<2>::from_floats([[2.0, 0.0, -1.0]], &device);
/// let tau = Tensor::<2>::from_floats([[0.01]], &device).require_grad();
/// let x = gumbel_log_softmax(logits.clone(), -1, tau.clone(), Key::new(7))?;
/// let ln_density = relaxed_categorical_ln_density_of_log(x, logits, -1, tau.clone())?;
/// assert!(ln_density.clone().into_scalar::<f32>().is_finite());
/// // A sample at its own temperature: tau x does not change with tau, so d ln kappa / dtau = (n-1) / tau.
/// let dtau = tau.grad(&ln_density.sum().backward()).unwrap().into_scalar::<f32>();
/// assert!((dtau - 200.0).abs() < 0.1);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "ExpConcrete")]
#[doc(alias = "ExpRelaxedCategorical")]
#[doc(alias = "log_prob")]
pub fn relaxed_categorical_ln_density_of_log<const D: usize>(
    x: Tensor<D>,
    logits: Tensor<D>,
    dim: isize,
    tau: impl Into<Temperature<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    let dtype = x.dtype();
    let Arguments { point: x, logits, axis, dim } = Arguments::new("x", x, logits, dim)?;
    let tau = check::temperature(tau.into(), &x, Some(dim))?;
    check::pair(["x", "logits"], &x, &logits, check::PairRule::Log(axis))?;
    let rows = Rows::new(logits, dim);
    let x = x.mask_fill(rows.masked.clone(), 0.0);
    Ok(finite(rows.ln_density(x, tau)).cast(dtype))
}

/// A point and the logits of its law, of one shape and type.
struct Arguments<const D: usize> {
    point: Tensor<D>,
    logits: Tensor<D>,
    axis: Axis,
    dim: usize,
}

impl<const D: usize> Arguments<D> {
    fn new(
        argument: &'static str,
        point: Tensor<D>,
        logits: Tensor<D>,
        dim: isize,
    ) -> Result<Self, Error> {
        let (axis, dim) = check::axis(&logits, dim)?;
        check::shape(argument, &point, logits.dims())?;
        let point = check::widen(argument, point)?;
        let logits = check::cast("logits", logits, point.dtype())?;
        Ok(Self { point, logits, axis, dim })
    }
}

/// The logits of rows, less their largest, 0 where masked; and the number of classes of each row that are not masked.
struct Rows<const D: usize> {
    l: Tensor<D>,
    masked: Tensor<D, Bool>,
    classes: Tensor<D>,
    dim: usize,
}

impl<const D: usize> Rows<D> {
    fn new(logits: Tensor<D>, dim: usize) -> Self {
        let masked = logits.clone().is_inf();
        let dtype = logits.dtype();
        let classes = masked.clone().bool_not().float().cast(dtype).sum_dim(dim);
        let max = logits.clone().detach().max_dim(dim);
        let l = (logits - max).mask_fill(masked.clone(), 0.0).clamp(-MOST, MOST);
        Self { l, masked, classes, dim }
    }

    /// ln kappa(x) of each row; x is 0 where masked.
    fn ln_density(self, x: Tensor<D>, tau: Temperature<Tensor<D>>) -> Tensor<D> {
        let Self { l, masked, classes, dim } = self;
        let constant = ln_factorials(classes.clone(), l.dims()[dim]);
        let (tau_x, ln_tau) = match tau {
            Temperature::Scalar(tau) => (x.mul_scalar(tau), (classes - 1.0).mul_scalar(tau.ln())),
            Temperature::PerRow(tau) => (x * tau.clone(), (classes - 1.0) * tau.log()),
        };
        let w = l - tau_x.clamp(-MOST, MOST);
        let ln_s = activation::log_softmax(w.mask_fill(masked.clone(), f64::NEG_INFINITY), dim);
        ln_s.mask_fill(masked, 0.0).sum_dim(dim) + constant + ln_tau
    }
}

/// Beyond this size a term is cut off, so that no difference of two terms is NaN.
const MOST: f64 = 1e37;

/// Keeps a result finite.
pub(super) fn finite<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.clamp(-3e38, 3e38)
}

/// ln (n-1)! for whole numbers n from 1 to `most`.
fn ln_factorials<const D: usize>(n: Tensor<D>, most: usize) -> Tensor<D> {
    let mut sum = 0.0;
    let table: Vec<f64> = (0..=most)
        .map(|n| {
            sum += if n > 1 { ((n - 1) as f64).ln() } else { 0.0 };
            sum
        })
        .collect();
    let (shape, device, dtype) = (n.dims(), n.device(), n.dtype());
    let table = Tensor::<1>::from_data(TensorData::new(table, [most + 1]), (&device, dtype));
    let index: Tensor<1, Int> = n.detach().int().reshape([-1]);
    table.select(0, index).reshape(shape)
}
