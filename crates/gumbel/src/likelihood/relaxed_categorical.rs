//! The Concrete density of a point of the simplex.

use alloc::vec;
use alloc::vec::Vec;

use super::concrete::{Form, Row, Samples};
use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::real::{Real, finite};
use crate::temperature::Temperature;

/// Log-density of relaxed categorical samples, the Concrete distribution, for each row of the simplex, in nats.
///
/// ```text
/// ln p(y) = ln (n-1)! + (n-1) ln tau + sum_i (l_i - (tau+1) ln y_i) - n ln sum_i e^(l_i - tau ln y_i)
/// ```
///
/// `y, logits: [rows, k]` (or along `axis`): points of the simplex, for instance the values of
/// [`gumbel_softmax()`](crate::gumbel_softmax()), and the unnormalised log-probabilities l of their law; `tau`
/// dimensionless, one number or one for each row. Returns `[rows]`. The density is with respect to any n - 1 of the n coordinates.
///
/// - n counts the classes with a logit above -inf. A class with logit -inf is left out, and its y must be 0.
///   n = 1 gives exactly 0: the law is a single point.
/// - A y of 0 for a possible class is an error: there the density is 0, infinite or has no limit, depending on tau and
///   on the way to that point. Samples at small tau underflow to 0, in `f32` often below tau = 0.2:
///   [`relaxed_categorical_ln_density_of_log`](super::relaxed_categorical_ln_density_of_log) takes their logarithms.
/// - A shift of all logits of a row changes nothing, to the bit if the shift is exact.
/// - Both types compute in `f64` and round once; a result beyond the range of the type is its largest number.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, definition 1.
///
/// # Errors
/// k = 0, lengths that do not fit, tau not a finite number above 0, temperatures for another number of rows, NaN or +inf logits, a row of only -inf, a y that is
/// not a finite number above 0 (0 for a class with logit -inf), a row of y that does not sum to 1 within 1e-3 in
/// `f32`, 1e-6 in `f64`.
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density;
/// // At the centre of three equal classes the terms of y cancel: ln p = ln 2! + 2 ln tau.
/// let third = [1.0 / 3.0; 3];
/// let ln_p = relaxed_categorical_ln_density(&third, &[0.0_f64; 3], 3, 0.5)?;
/// assert!((ln_p[0] - (2.0 * 0.25_f64).ln()).abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "Concrete")]
#[doc(alias = "RelaxedOneHotCategorical")]
#[doc(alias = "log_prob")]
pub fn relaxed_categorical_ln_density<'a, T: Real>(
    y: &[T],
    logits: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
) -> Result<Vec<T>> {
    let samples = Samples::new(Form::Simplex, y, logits, axis.into(), tau.into())?;
    let mut ln_density = vec![T::default(); samples.rows()];
    write(&samples, &mut ln_density);
    Ok(ln_density)
}

/// Writes [`relaxed_categorical_ln_density`] to a buffer, `ln_density: [rows]`. An error leaves the buffer unchanged.
///
/// # Errors
/// As [`relaxed_categorical_ln_density`]; also a buffer of another length.
///
/// ```
/// use gumbel::{Axis, likelihood::relaxed_categorical_ln_density_into};
/// // Two columns; at tau = 1 and equal logits the density of two classes is uniform.
/// let (y, mut ln_p) = ([0.25_f64, 0.5, 0.75, 0.5], [9.0; 2]);
/// let columns = Axis::of(&[2, 2], 0)?;
/// relaxed_categorical_ln_density_into(&y, &[0.0; 4], columns, 1.0, &mut ln_p)?;
/// assert!(ln_p.iter().all(|l| l.abs() < 1e-15));
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_categorical_ln_density_into<'a, T: Real>(
    y: &[T],
    logits: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    ln_density: &mut [T],
) -> Result<()> {
    let samples = Samples::new(Form::Simplex, y, logits, axis.into(), tau.into())?;
    check::length("ln_density", ln_density.len(), samples.rows())?;
    write(&samples, ln_density);
    Ok(())
}

fn write<T: Real>(samples: &Samples<'_, T>, ln_density: &mut [T]) {
    samples.for_each(|number, row| {
        // x of a masked class is 0.
        let jacobian: f64 = row.x.iter().sum();
        let certain = row.classes == 1;
        ln_density[number] = finite(if certain { 0.0 } else { row.ln_density - jacobian });
    });
}

/// Vector-Jacobian product of [`relaxed_categorical_ln_density`]: from `dln_density: [rows]` to `dy` and `dlogits`,
/// both of the shape of y.
///
/// ```text
/// s = softmax(l - tau ln y)
/// d/dl_i = 1 - n s_i
/// d/dy_i = -(1 + tau (1 - n s_i)) / y_i
/// ```
///
/// The derivatives with respect to y are those of the formula, each coordinate on its own; only their differences
/// within a row belong to steps that stay in the simplex. Masked classes and rows with n = 1 have gradient 0.
///
/// # Errors
/// As [`relaxed_categorical_ln_density`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density_vjp_into;
/// let (mut dy, mut dlogits) = ([9.0_f64; 2], [9.0; 2]);
/// let (y, logits) = ([0.25, 0.75], [0.0, 0.0]);
/// relaxed_categorical_ln_density_vjp_into(&y, &logits, &[1.0], 2, 1.0, &mut dy, &mut dlogits)?;
/// // s = (1/4, 3/4)^-1 / (4 + 4/3) = (3/4, 1/4)
/// assert!((dlogits[0] + 0.5).abs() < 1e-15 && (dlogits[1] - 0.5).abs() < 1e-15);
/// assert!((dy[0] + 2.0).abs() < 1e-14 && (dy[1] + 2.0).abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_categorical_ln_density_vjp_into<'a, T: Real>(
    y: &[T],
    logits: &[T],
    dln_density: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    dy: &mut [T],
    dlogits: &mut [T],
) -> Result<()> {
    let samples = Samples::new(Form::Simplex, y, logits, axis.into(), tau.into())?;
    check::length("dln_density", dln_density.len(), samples.rows())?;
    check::length("dy", dy.len(), y.len())?;
    check::length("dlogits", dlogits.len(), y.len())?;
    samples.for_each(|number, row| {
        let scale = dln_density[number].to_f64();
        for (class, i) in samples.indices(number).enumerate() {
            let (slope, value) = (row.slope[class], y[i].to_f64());
            dlogits[i] = finite(scale * slope);
            let flat = row.classes == 1 || value == 0.0;
            dy[i] = finite(if flat { 0.0 } else { -scale * (1.0 + row.tau * slope) / value });
        }
    });
    Ok(())
}

/// Derivative of a scalar with respect to the one temperature of [`relaxed_categorical_ln_density`]: the sum of
/// `dln_density ((n-1) / tau - sum_i (1 - n s_i) ln y_i)` over all rows, in `f64`.
///
/// # Errors
/// As [`relaxed_categorical_ln_density`]; also a `dln_density` of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density_vjp_tau;
/// // At the centre of equal classes ln p = ln 2! + 2 ln tau.
/// let third = [1.0 / 3.0; 3];
/// let dtau = relaxed_categorical_ln_density_vjp_tau(&third, &[0.0_f64; 3], &[1.0], 3, 0.5)?;
/// assert!((dtau - 2.0 / 0.5).abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_categorical_ln_density_vjp_tau<T: Real>(
    y: &[T],
    logits: &[T],
    dln_density: &[T],
    axis: impl Into<Axis>,
    tau: f64,
) -> Result<f64> {
    let samples = Samples::new(Form::Simplex, y, logits, axis.into(), tau.into())?;
    check::length("dln_density", dln_density.len(), samples.rows())?;
    Ok(total_dtau(&samples, dln_density))
}

/// Derivative of a scalar with respect to the temperature of each row of [`relaxed_categorical_ln_density`]:
/// `dtau = dln_density ((n-1) / tau - sum_i (1 - n s_i) ln y_i)`.
///
/// `dtau: [rows]`, in the order of [`Temperature`].
///
/// # Errors
/// As [`relaxed_categorical_ln_density`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density_vjp_tau_into;
/// // At the centre of equal classes ln p = ln 2! + 2 ln tau.
/// let (third, mut dtau) = ([1.0 / 3.0; 6], [9.0; 2]);
/// relaxed_categorical_ln_density_vjp_tau_into(&third, &[0.0_f64; 6], &[1.0, 1.0], 3, &[0.5, 2.0], &mut dtau)?;
/// assert!((dtau[0] - 4.0).abs() < 1e-14 && (dtau[1] - 1.0).abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_categorical_ln_density_vjp_tau_into<'a, T: Real>(
    y: &[T],
    logits: &[T],
    dln_density: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    dtau: &mut [f64],
) -> Result<()> {
    let samples = Samples::new(Form::Simplex, y, logits, axis.into(), tau.into())?;
    check::length("dln_density", dln_density.len(), samples.rows())?;
    check::length("dtau", dtau.len(), samples.rows())?;
    write_dtau(&samples, dln_density, dtau);
    Ok(())
}

/// The derivative with respect to tau, which both forms share.
pub(super) fn total_dtau<T: Real>(samples: &Samples<'_, T>, dln: &[T]) -> f64 {
    let mut total = 0.0;
    samples.for_each(|number, row| total += dln[number].to_f64() * dtau(row));
    finite(total)
}

/// The derivative with respect to the temperature of each row, which both forms share.
pub(super) fn write_dtau<T: Real>(samples: &Samples<'_, T>, dln: &[T], out: &mut [f64]) {
    samples.for_each(|number, row| out[number] = finite(dln[number].to_f64() * dtau(row)));
}

fn dtau(row: &Row) -> f64 {
    let of_x: f64 = row.x.iter().zip(&row.slope).map(|(x, slope)| x * slope).sum();
    finite::<f64>((row.classes - 1) as f64 / row.tau) - of_x
}

#[cfg(test)]
mod tests;
