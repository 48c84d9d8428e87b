//! The binary Concrete density, of a number between 0 and 1 and of its log-odds.

use burn::tensor::Tensor;

use super::relaxed_categorical::finite;
use crate::check;
use crate::error::Error;
use crate::temperature::Temperature;

/// Log-density of relaxed Bernoulli samples, the binary Concrete distribution, for each element, in nats.
///
/// ```text
/// ln p(y) = ln tau + l - (tau+1) (ln y + ln(1-y)) - 2 ln(e^l y^-tau + (1-y)^-tau)
/// ```
///
/// `y`: samples of [`binary_concrete`](crate::binary_concrete), any shape; `log_odds`: the l = ln(p / (1 - p)) of their law,
/// of the same shape; `tau`: a number or a tensor that broadcasts to y ([`Temperature`]). Returns the shape of y.
///
/// - Differentiable in y, in the log-odds and in a tensor of temperatures.
/// - A y of 0 or 1 is an error: samples at small tau round to them, and [`relaxed_bernoulli_ln_density_of_logit`] takes
///   their log-odds.
/// - Infinite log-odds are a choice that is certain: y must be 0 (-inf) or 1 (+inf), and the value and all gradients are 0.
/// - Computed in the type of y, half precision in `f32`.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendix B. See also
/// [`gumbel::likelihood::relaxed_bernoulli_ln_density`], which computes in `f64`.
///
/// # Errors
/// Shapes that differ, tau not a finite number above 0 or of a shape that does not broadcast to y, NaN log-odds, a y that is
/// not above 0 and below 1 (0 where the log-odds are -inf, 1 where they are +inf).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel_burn::likelihood::relaxed_bernoulli_ln_density;
/// // At even odds and y = 1/2 the density is tau.
/// let zeros = Tensor::<1>::zeros([2], &Device::flex());
/// let tau = Tensor::<1>::from_floats([0.25, 2.0], &Device::flex());
/// let ln_p = relaxed_bernoulli_ln_density(zeros.clone() + 0.5, zeros, tau.clone())?;
/// assert!((ln_p.exp() - tau).abs().max().into_scalar::<f32>() < 1e-6);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "RelaxedBernoulli")]
#[doc(alias = "Concrete")]
#[doc(alias = "log_prob")]
pub fn relaxed_bernoulli_ln_density<const D: usize>(
    y: Tensor<D>,
    log_odds: Tensor<D>,
    tau: impl Into<Temperature<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    check::shape("y", &y, log_odds.dims())?;
    let dtype = y.dtype();
    let y = check::widen("y", y)?;
    let log_odds = check::cast("log_odds", log_odds, y.dtype())?;
    let tau = check::temperature(tau.into(), &y, None)?;
    check::pair(["y", "log_odds"], &y, &log_odds, check::PairRule::Unit)?;
    let certain = log_odds.clone().is_inf();
    let y = y.mask_fill(certain.clone(), 0.5);
    let (ln_y, ln_1m) = (y.clone().log(), y.neg().log1p());
    let ln_density = of_logit(ln_y.clone() - ln_1m.clone(), log_odds, tau) - ln_y - ln_1m;
    Ok(finite(ln_density.mask_fill(certain, 0.0)).cast(dtype))
}

/// Log-density of the log-odds x = ln(y / (1 - y)) of relaxed Bernoulli samples, for each element, in nats.
///
/// ```text
/// x = (l + L) / tau, L standard logistic
/// u = tau x - l
/// ln p(x) = ln tau - |u| - 2 ln(1 + e^-|u|)
/// ```
///
/// `x`: log-odds of samples, any shape; `log_odds`: the l = ln(p / (1 - p)) of their law, of the same shape; `tau`: a number
/// or a tensor that broadcasts to x ([`Temperature`]). Returns the shape of x.
///
/// - Differentiable in x, in the log-odds and in a tensor of temperatures.
/// - Finite at every temperature, for every finite x. Computed in the type of x, half precision in `f32`: the error is about
///   2^-24 |tau x| in `f32`, as large as that of the rounding of x.
/// - Infinite log-odds are a choice that is certain: x must be the same infinity, and the value and all gradients are 0.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendices B and C.3. See also
/// [`gumbel::likelihood::relaxed_bernoulli_ln_density_of_logit`], which computes in `f64`.
///
/// # Errors
/// Shapes that differ, tau not a finite number above 0 or of a shape that does not broadcast to x, NaN log-odds, an x that
/// is not finite (the same infinity where the log-odds are infinite).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel_burn::likelihood::relaxed_bernoulli_ln_density_of_logit;
/// // sigmoid(200) is 1 in f32; the log-density of x is not lost: u = 0.05 * 200 = 10.
/// let x = Tensor::<1>::from_floats([200.0], &Device::flex());
/// let ln_p = relaxed_bernoulli_ln_density_of_logit(x.clone(), x.zeros_like(), 0.05)?;
/// let expected = 0.05_f32.ln() - 10.0 - 2.0 * (-10.0_f32).exp();
/// assert!((ln_p.into_scalar::<f32>() - expected).abs() < 2e-6);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "LogitRelaxedBernoulli")]
#[doc(alias = "log_prob")]
pub fn relaxed_bernoulli_ln_density_of_logit<const D: usize>(
    x: Tensor<D>,
    log_odds: Tensor<D>,
    tau: impl Into<Temperature<Tensor<D>>>,
) -> Result<Tensor<D>, Error> {
    check::shape("x", &x, log_odds.dims())?;
    let dtype = x.dtype();
    let x = check::widen("x", x)?;
    let log_odds = check::cast("log_odds", log_odds, x.dtype())?;
    let tau = check::temperature(tau.into(), &x, None)?;
    check::pair(["x", "log_odds"], &x, &log_odds, check::PairRule::Logit)?;
    let certain = log_odds.clone().is_inf();
    let x = x.mask_fill(certain.clone(), 0.0);
    let ln_density = of_logit(x, log_odds, tau).mask_fill(certain, 0.0);
    Ok(finite(ln_density).cast(dtype))
}

/// The logistic log-density of a finite x. Where the log-odds are infinite it is that of even odds.
fn of_logit<const D: usize>(
    x: Tensor<D>,
    log_odds: Tensor<D>,
    tau: Temperature<Tensor<D>>,
) -> Tensor<D> {
    let certain = log_odds.clone().is_inf();
    let l = log_odds.mask_fill(certain, 0.0).clamp(-MOST, MOST);
    let of_u = |tau_x: Tensor<D>| {
        let size = (tau_x.clamp(-MOST, MOST) - l).abs();
        let tail = size.clone().neg().exp().log1p();
        size.neg() - tail.mul_scalar(2.0)
    };
    match tau {
        Temperature::Scalar(tau) => of_u(x.mul_scalar(tau)).add_scalar(tau.ln()),
        Temperature::PerRow(tau) => of_u(x * tau.clone()) + tau.log(),
    }
}

/// Cut off where a difference could be infinite.
const MOST: f64 = 1e37;
