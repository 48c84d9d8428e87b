//! The binary Concrete density of a number between 0 and 1.

use alloc::vec;
use alloc::vec::Vec;

use super::relaxed_bernoulli_of_logit::{Form, Point, check_points};
use crate::check;
use crate::error::Result;
use crate::math;
use crate::real::{Real, finite};
use crate::temperature::{Temperature, row_length};

/// Log-density of relaxed Bernoulli samples, the binary Concrete distribution, for each element, in nats.
///
/// ```text
/// ln p(y) = ln tau + l - (tau+1) (ln y + ln(1-y)) - 2 ln(e^l y^-tau + (1-y)^-tau)
/// ```
///
/// `y`: values of [`binary_concrete()`](crate::binary_concrete()), any shape; `log_odds`: the l = ln(p / (1 - p)) of
/// their law, one for each y; `tau` dimensionless, one number, or one for each row or y. Returns one number for each
/// y.
///
/// - A y of 0 or 1 is an error: there the density is 0, infinite or finite, depending on tau. Samples at small tau
///   round to 0 and, sooner, to 1:
///   [`relaxed_bernoulli_ln_density_of_logit`](super::relaxed_bernoulli_ln_density_of_logit) takes their log-odds.
/// - A log-odds of -inf or +inf is a choice that is certain: its y must be 0 (-inf) or 1 (+inf), and it
///   gives exactly 0.
/// - The value is that of [`relaxed_categorical_ln_density`](super::relaxed_categorical_ln_density) for the points
///   (y, 1 - y) and the logits (l, 0).
/// - Both types compute in `f64` and round once; a result beyond the range of the type is its largest number.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendix B.
///
/// # Errors
/// Lengths that differ, tau not a finite number above 0, temperatures that do not divide the values into equal rows, NaN
/// log-odds, a y that is not above 0 and below 1 (0 where the
/// log-odds are -inf, 1 where they are +inf).
///
/// ```
/// use gumbel::likelihood::relaxed_bernoulli_ln_density;
/// // At tau = 1 and even odds y is uniform; at y = 1/2 the density is tau.
/// let ln_p = relaxed_bernoulli_ln_density(&[0.3_f64], &[0.0], 1.0)?;
/// assert!(ln_p[0].abs() < 1e-15);
/// let ln_p = relaxed_bernoulli_ln_density(&[0.5_f64], &[0.0], 0.05)?;
/// assert!((ln_p[0] - 0.05_f64.ln()).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "RelaxedBernoulli")]
#[doc(alias = "Concrete")]
#[doc(alias = "log_prob")]
pub fn relaxed_bernoulli_ln_density<'a, T: Real>(
    y: &[T],
    log_odds: &[T],
    tau: impl Into<Temperature<'a>>,
) -> Result<Vec<T>> {
    let mut ln_density = vec![T::default(); y.len()];
    relaxed_bernoulli_ln_density_into(y, log_odds, tau, &mut ln_density)?;
    Ok(ln_density)
}

/// Writes [`relaxed_bernoulli_ln_density`] to a buffer. An error leaves the buffer unchanged.
///
/// # Errors
/// As [`relaxed_bernoulli_ln_density`]; also a buffer of another length.
///
/// ```
/// let mut ln_p = [9.0_f64];
/// gumbel::likelihood::relaxed_bernoulli_ln_density_into(&[0.5], &[0.0], 2.0, &mut ln_p)?;
/// assert!((ln_p[0] - 2.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_bernoulli_ln_density_into<'a, T: Real>(
    y: &[T],
    log_odds: &[T],
    tau: impl Into<Temperature<'a>>,
    ln_density: &mut [T],
) -> Result<()> {
    let tau = check_points(Form::Unit, y, log_odds, tau.into())?;
    check::length("ln_density", ln_density.len(), y.len())?;
    for (i, out) in ln_density.iter_mut().enumerate() {
        let (y, l, tau) = (y[i], log_odds[i], tau.of(i));
        let (ln_y, ln_1m) = logarithms(y.to_f64());
        let point = Point::new(ln_y - ln_1m, l.to_f64(), tau);
        *out = finite(if point.certain { 0.0 } else { point.ln_density - ln_y - ln_1m });
    }
    Ok(())
}

/// (ln y, ln(1 - y)), both with full relative precision; 1 - y is exact above 1/2. Finite also for y of 0 and 1,
/// where it is not used.
fn logarithms(y: f64) -> (f64, f64) {
    let ln_1m = if y <= 0.5 { -math::neg_ln_1m(y) } else { math::ln_positive(1.0 - y) };
    (math::ln_positive(y), ln_1m)
}

/// Vector-Jacobian product of [`relaxed_bernoulli_ln_density`]: from `dln_density` to `dy` and `dlog_odds`.
///
/// ```text
/// t = tanh((tau logit(y) - l) / 2)
/// d/dl = t
/// d/dy = (2 y - 1 - tau t) / (y (1 - y))
/// ```
///
/// All buffers have the length of y. A certain choice has gradient 0.
///
/// # Errors
/// As [`relaxed_bernoulli_ln_density`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_bernoulli_ln_density_vjp_into;
/// // logit(0.75) = ln 3, so t = (3 - 1) / (3 + 1) = 1/2 at tau = 1, where the density is uniform.
/// let (mut dy, mut dl) = ([9.0_f64], [9.0]);
/// relaxed_bernoulli_ln_density_vjp_into(&[0.75], &[0.0], &[1.0], 1.0, &mut dy, &mut dl)?;
/// assert!((dl[0] - 0.5).abs() < 1e-15 && dy[0].abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_bernoulli_ln_density_vjp_into<'a, T: Real>(
    y: &[T],
    log_odds: &[T],
    dln_density: &[T],
    tau: impl Into<Temperature<'a>>,
    dy: &mut [T],
    dlog_odds: &mut [T],
) -> Result<()> {
    let tau = check_points(Form::Unit, y, log_odds, tau.into())?;
    check::length("dln_density", dln_density.len(), y.len())?;
    check::length("dy", dy.len(), y.len())?;
    check::length("dlog_odds", dlog_odds.len(), y.len())?;
    for i in 0..y.len() {
        let (y, scale, tau) = (y[i].to_f64(), dln_density[i].to_f64(), tau.of(i));
        let (ln_y, ln_1m) = logarithms(y);
        let point = Point::new(ln_y - ln_1m, log_odds[i].to_f64(), tau);
        let top = scale * ((2.0 * y - 1.0) - tau * point.t);
        dy[i] = finite(if point.certain { 0.0 } else { top / (y * (1.0 - y)) });
        dlog_odds[i] = finite(scale * point.t);
    }
    Ok(())
}

/// Derivative of a scalar with respect to the one temperature of [`relaxed_bernoulli_ln_density`]: the sum of
/// `dln_density (1 / tau - logit(y) t)` over all elements, in `f64`, with the t of
/// [`relaxed_bernoulli_ln_density_vjp_into`].
///
/// # Errors
/// As [`relaxed_bernoulli_ln_density`]; also a `dln_density` of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_bernoulli_ln_density_vjp_tau;
/// // ln p(1/2) = ln tau at even odds.
/// let dtau = relaxed_bernoulli_ln_density_vjp_tau(&[0.5_f64], &[0.0], &[1.0], 0.25)?;
/// assert_eq!(dtau, 4.0);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_bernoulli_ln_density_vjp_tau<T: Real>(
    y: &[T],
    log_odds: &[T],
    dln_density: &[T],
    tau: f64,
) -> Result<f64> {
    check_points(Form::Unit, y, log_odds, tau.into())?;
    check::length("dln_density", dln_density.len(), y.len())?;
    let terms = y.iter().zip(log_odds).zip(dln_density).map(|((y, l), scale)| {
        let (ln_y, ln_1m) = logarithms(y.to_f64());
        scale.to_f64() * Point::new(ln_y - ln_1m, l.to_f64(), tau).dtau(tau)
    });
    Ok(finite(terms.sum()))
}

/// Derivative of a scalar with respect to the temperature of each row of [`relaxed_bernoulli_ln_density`]: the sum of
/// `dln_density (1 / tau - logit(y) t)` over the row.
///
/// `dtau`: one number for each of n rows of equal length, as [`Temperature`] has them; one for each y, or one for all,
/// are such rows. tau may be one number for all rows.
///
/// # Errors
/// As [`relaxed_bernoulli_ln_density`]; also a `dln_density` of another length, and a `dtau` whose
/// length does not divide the number of elements.
///
/// ```
/// use gumbel::likelihood::relaxed_bernoulli_ln_density_vjp_tau_into;
/// // ln p(1/2) = ln tau at even odds.
/// let mut dtau = [9.0; 2];
/// relaxed_bernoulli_ln_density_vjp_tau_into(&[0.5_f64; 2], &[0.0; 2], &[1.0; 2], &[0.25, 2.0], &mut dtau)?;
/// assert_eq!(dtau, [4.0, 0.5]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_bernoulli_ln_density_vjp_tau_into<'a, T: Real>(
    y: &[T],
    log_odds: &[T],
    dln_density: &[T],
    tau: impl Into<Temperature<'a>>,
    dtau: &mut [f64],
) -> Result<()> {
    let tau = check_points(Form::Unit, y, log_odds, tau.into())?;
    check::length("dln_density", dln_density.len(), y.len())?;
    let row = row_length("dtau", dtau.len(), y.len())?;
    dtau.fill(0.0);
    for (i, scale) in dln_density.iter().enumerate() {
        let tau = tau.of(i);
        let (ln_y, ln_1m) = logarithms(y[i].to_f64());
        let point = Point::new(ln_y - ln_1m, log_odds[i].to_f64(), tau);
        dtau[i / row] += scale.to_f64() * point.dtau(tau);
    }
    for d in dtau {
        *d = finite(*d);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
