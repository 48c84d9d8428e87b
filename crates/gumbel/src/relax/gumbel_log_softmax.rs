//! The logarithm of Gumbel-Softmax, x = ln y, and its vector-Jacobian product.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::kernel::winners::Winners;
use crate::kernel::work::{Buffers, Form, GumbelRows};
use crate::noise::Noise;
use crate::real::Real;
use crate::temperature::Temperature;

/// Draws the logarithm of one relaxed sample for each row of `logits`.
///
/// ```text
/// x = z / tau - ln sum_i e^(z_i / tau),   z = (l - max l) + g,   g_i independent standard Gumbel
/// ```
///
/// `logits: [rows, k]` (or along `axis`), unnormalised log-probabilities; `tau`: dimensionless, one
/// number or one for each row ([`Temperature`]); `noise`: a [`Key`](crate::Key), or Gumbel noise made in advance. Returns
/// the shape of the logits, in nats.
///
/// - e^x is [`gumbel_softmax()`](crate::gumbel_softmax()) with the same noise, within rounding: z is the same to the
///   bit. At small tau that sample underflows to 0 while x stays finite, and
///   [`relaxed_categorical_ln_density_of_log`](crate::likelihood::relaxed_categorical_ln_density_of_log) is the
///   log-density of x.
/// - x is at most 0, and ln sum e^x = 0 within rounding. Values below the range of the type become its lowest finite
///   number.
/// - In `f32` x is within 2^-21 max(1, |x|) of the formula for this z, and an x near 0 within
///   2^-24 (8 + |ln |x||) |x| + 2^-110: a near-certain class keeps its digits. Without a fused multiply-add the bounds
///   are three times as wide. A tau below 5e-39 counts as about 5e-39, one above 1e38 as about 1e38.
/// - A class with logit -inf is impossible, and one whose difference to the largest logit is beyond the range of the
///   type: its x is exactly -inf, its gradient 0.
/// - k = 1: exactly 0. No rows: an empty result.
/// - A shift of all logits of a row changes nothing, to the bit if the shift is exact.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendix C.3.
///
/// # Errors
/// As [`gumbel_softmax()`](crate::gumbel_softmax()).
///
/// ```
/// let (logits, key) = ([0.9_f32.ln(), 0.1_f32.ln(), f32::NEG_INFINITY], gumbel::Key::new(7));
/// let x = gumbel::relax::gumbel_log_softmax(&logits, 3, 0.5, key)?;
/// let y = gumbel::gumbel_softmax(&logits, 3, 0.5, key)?;
/// assert!((x[0].exp() - y[0]).abs() < 1e-6 && (x[1].exp() - y[1]).abs() < 1e-6);
/// assert_eq!(x[2], f32::NEG_INFINITY);
///
/// // Noise made in advance: -ln(1 + e^-2) and -2 - ln(1 + e^-2)
/// let x = gumbel::relax::gumbel_log_softmax(&[1.0_f64, 0.0], 2, 0.5, &[0.0; 2])?;
/// assert!((x[0] + 0.126928).abs() < 1e-6 && (x[1] + 2.126928).abs() < 1e-6);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "ExpConcrete")]
pub fn gumbel_log_softmax<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
) -> Result<Vec<T>> {
    let mut x = vec![T::default(); logits.len()];
    gumbel_log_softmax_into(logits, axis, tau, noise, &mut x)?;
    Ok(x)
}

/// Writes [`gumbel_log_softmax`] to a buffer. An error leaves the buffer unchanged. The working memory is
/// that of [`gumbel_softmax_in_place`](super::gumbel_softmax_in_place).
///
/// # Errors
/// As [`gumbel_log_softmax`]; also a buffer of the wrong length.
///
/// ```
/// let mut x = [9.0_f64; 2];
/// gumbel::relax::gumbel_log_softmax_into(&[3.0, 3.0], 2, 0.01, &[0.5, -0.5], &mut x)?;
/// assert!(x[0].abs() < 1e-40 && (x[1] + 100.0).abs() < 1e-12);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_log_softmax_into<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
    x: &mut [T],
) -> Result<()> {
    let (axis, tau, noise) = (axis.into(), tau.into(), noise.into());
    tau.check()?;
    check::source(noise, logits.len())?;
    let (rows, maxima) = check::rows_and_maxima(logits, axis)?;
    tau.check_rows(rows)?;
    check::length("x", x.len(), logits.len())?;
    T::gumbel_rows(GumbelRows {
        axis,
        tau,
        noise,
        maxima: &maxima,
        buffers: Buffers::Separate(logits, x),
        form: Form::Log,
        winners: Winners::Unwanted,
    });
    Ok(())
}

/// Vector-Jacobian product of [`gumbel_log_softmax`] with respect to the logits, for noise held fixed:
/// `dlogits_i = (dx_i - e^x_i sum(dx)) / tau`.
///
/// `x` is the value of [`gumbel_log_softmax`], `dx` the gradient of a scalar with respect to x, both `[rows, k]` (or
/// along `axis`). A class with x = -inf has gradient 0, and its dx is left out of the sum. Each row of the result sums
/// to 0 within rounding. [`gumbel_softmax_vjp_tau`](super::gumbel_softmax_vjp_tau) of this `dlogits` is the derivative
/// with respect to one temperature: both samples are functions of z / tau.
/// [`gumbel_log_softmax_vjp_tau_into`](super::gumbel_log_softmax_vjp_tau_into) is that of each row.
///
/// In `f64` along the last axis the working memory of each thread is 1,024 numbers, or one wider row.
///
/// # Errors
/// k = 0, tau not a finite number above 0, temperatures for another number of rows, lengths that differ or are not a
/// multiple of k.
///
/// ```
/// use gumbel::relax::gumbel_log_softmax_vjp_into;
/// let (x, mut dlogits) = ([0.75_f64.ln(), 0.25_f64.ln()], [9.0; 2]);
/// gumbel_log_softmax_vjp_into(&x, &[1.0, 0.0], 2, 0.5, &mut dlogits)?;
/// assert!((dlogits[0] - 0.5).abs() < 1e-15 && (dlogits[1] + 0.5).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_log_softmax_vjp_into<'a, T: Real>(
    x: &[T],
    dx: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    dlogits: &mut [T],
) -> Result<()> {
    let (axis, tau) = (axis.into(), tau.into());
    tau.check()?;
    tau.check_rows(axis.rows("x", x.len())?)?;
    check::length("dx", dx.len(), x.len())?;
    check::length("dlogits", dlogits.len(), x.len())?;
    T::softmax_vjp(Form::Log, x, dx, axis, tau, dlogits);
    Ok(())
}

#[cfg(test)]
mod tests;
