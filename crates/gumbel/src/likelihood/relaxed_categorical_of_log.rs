//! The Concrete density in log-space: no sample underflows.

use alloc::vec;
use alloc::vec::Vec;

use super::concrete::{Form, Samples};
use super::relaxed_categorical::{total_dtau, write_dtau};
use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::real::{Real, finite};
use crate::temperature::Temperature;

/// Log-density of the logarithms x = ln y of relaxed categorical samples (ExpConcrete) for each row, in nats.
///
/// ```text
/// ln kappa(x) = ln (n-1)! + (n-1) ln tau + sum_i (l_i - tau x_i) - n ln sum_i e^(l_i - tau x_i)
///             = ln p(e^x) + sum_i x_i
/// ```
///
/// `x, logits: [rows, k]` (or along `axis`): the values of [`gumbel_log_softmax`](crate::relax::gumbel_log_softmax),
/// and the unnormalised log-probabilities l of their law; `tau` dimensionless, one number or
/// one for each row. Returns `[rows]`.
///
/// - The density is with respect to the n - 1 differences x_i - x_j from any one class j. Densities of one x under two
///   laws have the same difference in this form and in that of
///   [`relaxed_categorical_ln_density`](super::relaxed_categorical_ln_density), so a Monte Carlo estimate of a
///   Kullback-Leibler divergence may use this form; an entropy depends on the form.
/// - It depends on differences of x alone: a row of x need not be normalised, and is not checked for it.
/// - n counts the classes with a logit above -inf. A class with logit -inf is left out, and its x must be -inf.
///   n = 1 gives exactly 0: the law is a single point.
/// - Finite at every temperature, for every finite x. Both types compute in `f64` and round once; a result
///   beyond the range of the type is its largest number. An error of e in each x changes the result by at most
///   2 n tau e: the rounding of samples in `f32` by about 2 n 2^-24 max|tau x|.
/// - A shift of all logits of a row changes nothing, to the bit if the shift is exact.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendix C.3.
///
/// # Errors
/// k = 0, lengths that do not fit, tau not a finite number above 0, temperatures for another number of rows, NaN or +inf logits, a row of only -inf, an x that
/// is not finite (-inf for a class with logit -inf).
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density_of_log;
/// let (logits, tau) = ([2.0_f32, 0.0, -1.0], 0.01);
/// let x = gumbel::relax::gumbel_log_softmax(&logits, 3, tau, gumbel::Key::new(7))?;
/// assert!(x.iter().any(|x| x.exp() == 0.0)); // y itself underflows
/// assert!(relaxed_categorical_ln_density_of_log(&x, &logits, 3, tau)?[0].is_finite());
///
/// // Two classes: the logistic density of the difference, tau / 4 where it is 0.
/// let ln_density = relaxed_categorical_ln_density_of_log(&[-0.7, -0.7], &[0.0_f64; 2], 2, 0.5)?;
/// assert!((ln_density[0] - 0.125_f64.ln()).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "ExpConcrete")]
#[doc(alias = "ExpRelaxedCategorical")]
#[doc(alias = "log_prob")]
pub fn relaxed_categorical_ln_density_of_log<'a, T: Real>(
    x: &[T],
    logits: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
) -> Result<Vec<T>> {
    let samples = Samples::new(Form::Log, x, logits, axis.into(), tau.into())?;
    let mut ln_density = vec![T::default(); samples.rows()];
    samples.for_each(|number, row| ln_density[number] = finite(row.ln_density));
    Ok(ln_density)
}

/// Writes [`relaxed_categorical_ln_density_of_log`] to a buffer, `ln_density: [rows]`. An error leaves the buffer
/// unchanged.
///
/// # Errors
/// As [`relaxed_categorical_ln_density_of_log`]; also a buffer of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density_of_log_into;
/// let mut ln_density = [9.0_f64];
/// relaxed_categorical_ln_density_of_log_into(&[-0.7; 2], &[0.0; 2], 2, 0.5, &mut ln_density)?;
/// assert!((ln_density[0] - 0.125_f64.ln()).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_categorical_ln_density_of_log_into<'a, T: Real>(
    x: &[T],
    logits: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    ln_density: &mut [T],
) -> Result<()> {
    let samples = Samples::new(Form::Log, x, logits, axis.into(), tau.into())?;
    check::length("ln_density", ln_density.len(), samples.rows())?;
    samples.for_each(|number, row| ln_density[number] = finite(row.ln_density));
    Ok(())
}

/// Vector-Jacobian product of [`relaxed_categorical_ln_density_of_log`]: from `dln_density: [rows]` to `dx` and
/// `dlogits`, both of the shape of x.
///
/// ```text
/// s = softmax(l - tau x)
/// d/dl_i = 1 - n s_i
/// d/dx_i = -tau (1 - n s_i)
/// ```
///
/// Both gradients sum to 0 over a row, within rounding. Masked classes and rows with n = 1 have gradient 0.
///
/// # Errors
/// As [`relaxed_categorical_ln_density_of_log`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density_of_log_vjp_into;
/// let (mut dx, mut dlogits) = ([9.0_f64; 2], [9.0; 2]);
/// let (x, logits) = ([0.25_f64.ln(), 0.75_f64.ln()], [0.0, 0.0]);
/// relaxed_categorical_ln_density_of_log_vjp_into(&x, &logits, &[1.0], 2, 1.0, &mut dx, &mut dlogits)?;
/// // s = (3/4, 1/4)
/// assert!((dlogits[0] + 0.5).abs() < 1e-15 && (dlogits[1] - 0.5).abs() < 1e-15);
/// assert!((dx[0] - 0.5).abs() < 1e-15 && (dx[1] + 0.5).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_categorical_ln_density_of_log_vjp_into<'a, T: Real>(
    x: &[T],
    logits: &[T],
    dln_density: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    dx: &mut [T],
    dlogits: &mut [T],
) -> Result<()> {
    let samples = Samples::new(Form::Log, x, logits, axis.into(), tau.into())?;
    check::length("dln_density", dln_density.len(), samples.rows())?;
    check::length("dx", dx.len(), x.len())?;
    check::length("dlogits", dlogits.len(), x.len())?;
    samples.for_each(|number, row| {
        let scale = dln_density[number].to_f64();
        for (slope, i) in row.slope.iter().zip(samples.indices(number)) {
            dlogits[i] = finite(scale * slope);
            dx[i] = finite(-row.tau * (scale * slope));
        }
    });
    Ok(())
}

/// Derivative of a scalar with respect to the one temperature of [`relaxed_categorical_ln_density_of_log`]: the sum of
/// `dln_density ((n-1) / tau - sum_i x_i (1 - n s_i))` over all rows, in `f64`.
///
/// # Errors
/// As [`relaxed_categorical_ln_density_of_log`]; also a `dln_density` of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density_of_log_vjp_tau;
/// // Equal x of equal classes: ln kappa = ln 2! + 2 ln tau - 3 ln 3.
/// let dtau = relaxed_categorical_ln_density_of_log_vjp_tau(&[0.0; 3], &[0.0_f64; 3], &[1.0], 3, 0.5)?;
/// assert!((dtau - 2.0 / 0.5).abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_categorical_ln_density_of_log_vjp_tau<T: Real>(
    x: &[T],
    logits: &[T],
    dln_density: &[T],
    axis: impl Into<Axis>,
    tau: f64,
) -> Result<f64> {
    let samples = Samples::new(Form::Log, x, logits, axis.into(), tau.into())?;
    check::length("dln_density", dln_density.len(), samples.rows())?;
    Ok(total_dtau(&samples, dln_density))
}

/// Derivative of a scalar with respect to the temperature of each row of [`relaxed_categorical_ln_density_of_log`]:
/// `dtau = dln_density ((n-1) / tau - sum_i x_i (1 - n s_i))`.
///
/// `dtau: [rows]`, in the order of [`Temperature`].
///
/// # Errors
/// As [`relaxed_categorical_ln_density_of_log`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_categorical_ln_density_of_log_vjp_tau_into;
/// let mut dtau = [9.0; 2];
/// let (x, logits) = ([0.0_f64; 6], [0.0; 6]);
/// relaxed_categorical_ln_density_of_log_vjp_tau_into(&x, &logits, &[1.0, 1.0], 3, &[0.5, 2.0], &mut dtau)?;
/// assert!((dtau[0] - 4.0).abs() < 1e-14 && (dtau[1] - 1.0).abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_categorical_ln_density_of_log_vjp_tau_into<'a, T: Real>(
    x: &[T],
    logits: &[T],
    dln_density: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    dtau: &mut [f64],
) -> Result<()> {
    let samples = Samples::new(Form::Log, x, logits, axis.into(), tau.into())?;
    check::length("dln_density", dln_density.len(), samples.rows())?;
    check::length("dtau", dtau.len(), samples.rows())?;
    write_dtau(&samples, dln_density, dtau);
    Ok(())
}

#[cfg(test)]
mod tests;
