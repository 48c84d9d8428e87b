//! Gumbel-Softmax, y = softmax((l + g) / tau), and its vector-Jacobian products.
//!
//! The largest l of the row is subtracted before g is added, z = (l - max l) + g: the distribution depends only on
//! differences of logits, but l + g would be rounded at the size of l. Then the largest z is subtracted before the
//! division by tau: the other order overflows at small tau.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::kernel::winners::Winners;
use crate::kernel::work::{Buffers, Form, GumbelRows};
use crate::law::Law;
use crate::noise::Noise;
use crate::real::Real;
use crate::scalar::rows;
use crate::temperature::Temperature;

/// Draws one relaxed sample for each row of `logits`: a point of the simplex that tends to a one-hot sample as
/// tau goes to 0.
///
/// ```text
/// y = softmax((l + g) / tau),   g_i independent standard Gumbel
/// ```
///
/// `logits: [rows, k]`, row-major, unnormalised log-probabilities; `tau`: dimensionless, one number or one
/// for each row ([`Temperature`]); `noise`: a [`Key`](crate::Key), or Gumbel noise made in advance. Returns `[rows, k]`;
/// each row is non-negative and sums to 1 within rounding.
///
/// - The argmax of a row is distributed as softmax(l), at every temperature (Gumbel-max).
/// - tau to 0: y tends to the one-hot vector of that argmax. tau to infinity: y tends to 1/k.
/// - A class with logit -inf is impossible; its value and gradient are exactly 0.
/// - k = 1: exactly 1. No rows: an empty result.
/// - A shift of all logits of a row changes nothing, to the bit if the shift is exact.
/// - z = (l - max l) + g is computed in the type of the logits, with two roundings. The soft sample, the hard sample
///   and [`gumbel_max`](crate::gumbel_max) are functions of z. In `f32` the first rounding changes the odds of a
///   class that is d nats below the largest by at most 2^-24 d, relative to the odds. The second rounding can make
///   two classes tie if their z differ by less than a unit in the last place; then the first class wins. Values
///   below 2^-120 may be 0.
///
/// Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", arXiv 1611.01144,
/// equation 2; Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712.
///
/// # Errors
/// k = 0, a length that is not a multiple of k, tau not a finite number above 0, temperatures for another number of
/// rows, NaN or +inf logits, a row of only -inf, a noise buffer of the wrong length or with a number that is not finite or so large that its
/// sum with a logit may be infinite (above 1e30 in `f32`, 1e290 in `f64`).
///
/// ```
/// let logits = [0.9_f32.ln(), 0.05_f32.ln(), 0.05_f32.ln(), f32::NEG_INFINITY];
/// let key = gumbel::Key::new(7);
/// let y = gumbel::gumbel_softmax(&logits, 4, 0.5, key)?;
/// assert!((y.iter().sum::<f32>() - 1.0).abs() < 1e-6);
/// assert_eq!(y[3], 0.0);
///
/// // Its argmax is the sample that gumbel_max draws with the same key.
/// let class = gumbel::gumbel_max(&logits, 4, key)?[0];
/// assert!(y.iter().all(|&p| p <= y[class]));
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "Concrete")]
#[doc(alias = "rsample")]
pub fn gumbel_softmax<'a, T: Real>(
    logits: &[T],
    k: usize,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
) -> Result<Vec<T>> {
    let mut y = vec![T::default(); logits.len()];
    gumbel_softmax_into(logits, k, tau, noise, &mut y)?;
    Ok(y)
}

/// Writes [`gumbel_softmax`] along any axis to a buffer. An error leaves the buffer unchanged. The working memory is at
/// most that of [`gumbel_softmax_in_place`].
///
/// # Errors
/// As [`gumbel_softmax`]; also a buffer of the wrong length.
///
/// ```
/// use gumbel::relax::gumbel_softmax_into;
/// use gumbel::{Axis, Key};
/// // One choice among three rows for each of two columns.
/// let logits = [0.0_f32, 50.0, 50.0, 0.0, 0.0, 0.0];
/// let (mut y, columns) = ([0.0; 6], Axis::of(&[3, 2], 0)?);
/// gumbel_softmax_into(&logits, columns, 0.5, Key::new(7), &mut y)?;
/// assert_eq!(y, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
///
/// // Noise made in advance; zeros leave a softmax. 1 / (1 + e^-2) = 0.880797
/// let mut y = [0.0_f64; 2];
/// gumbel_softmax_into(&[1.0, 0.0], 2, 0.5, &[0.0; 2], &mut y)?;
/// assert!((y[0] - 0.880797).abs() < 1e-6);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_into<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
    y: &mut [T],
) -> Result<()> {
    let (axis, tau, noise) = (axis.into(), tau.into(), noise.into());
    tau.check()?;
    check::source(noise, logits.len())?;
    let (rows, maxima) = check::rows_and_maxima(logits, axis)?;
    tau.check_rows(rows)?;
    check::length("y", y.len(), logits.len())?;
    let buffers = Buffers::Separate(logits, y);
    T::gumbel_rows(GumbelRows {
        axis,
        tau,
        noise,
        maxima: &maxima,
        buffers,
        form: Form::Soft,
        winners: Winners::Unwanted,
    });
    Ok(())
}

/// Replaces the logits by [`gumbel_softmax`] along any axis. An error leaves the logits unchanged.
///
/// The function writes the same bits as [`gumbel_softmax_into`], without a second buffer. The working memory in
/// `f32` is 4 bytes for each row of 16 classes or more, 28 bytes for each 2,048 classes of a wider row, and, along
/// an axis that is not the last, 4 bytes for each row of a block and up to 32 rows if they have more than 32 classes.
/// In `f64` it is, on each thread, three times 1,024 logits, or three wider rows (along another axis three blocks of
/// rows).
///
/// # Errors
/// As [`gumbel_softmax`].
///
/// ```
/// use gumbel::relax::gumbel_softmax_in_place;
/// let mut values = [0.0_f32, 50.0, 0.0];
/// gumbel_softmax_in_place(&mut values, 3, 0.5, gumbel::Key::new(7))?;
/// assert_eq!(values, [0.0, 1.0, 0.0]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_in_place<'a, T: Real>(
    logits: &mut [T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
) -> Result<()> {
    let (axis, tau, noise) = (axis.into(), tau.into(), noise.into());
    tau.check()?;
    check::source(noise, logits.len())?;
    let (rows, maxima) = check::rows_and_maxima(logits, axis)?;
    tau.check_rows(rows)?;
    let buffers = Buffers::InPlace(logits);
    T::gumbel_rows(GumbelRows {
        axis,
        tau,
        noise,
        maxima: &maxima,
        buffers,
        form: Form::Soft,
        winners: Winners::Unwanted,
    });
    Ok(())
}

/// Vector-Jacobian product of [`gumbel_softmax`] with respect to the logits, for noise held fixed:
/// `dlogits = y (dy - sum(y dy)) / tau`.
///
/// `y` is the value of [`gumbel_softmax`], `dy` the gradient of a scalar with respect to y, both `[rows, k]` (or
/// along `axis`). `dlogits` is the exact gradient of the relaxed sample. Where y is 0, the gradient is 0. A `dy`
/// that is not finite makes the gradient of its row not finite. Each row of the result sums to 0 within rounding.
/// Nothing is allocated.
///
/// # Errors
/// k = 0, tau not a finite number above 0, temperatures for another number of rows, lengths that differ or are not a
/// multiple of k.
///
/// ```
/// use gumbel::relax::gumbel_softmax_vjp_into;
/// let mut dlogits = [0.0_f32; 2];
/// gumbel_softmax_vjp_into(&[0.75, 0.25], &[1.0, 0.0], 2, 0.5, &mut dlogits)?;
/// assert_eq!(dlogits, [0.375, -0.375]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_vjp_into<'a, T: Real>(
    y: &[T],
    dy: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    dlogits: &mut [T],
) -> Result<()> {
    let (axis, tau) = (axis.into(), tau.into());
    tau.check()?;
    tau.check_rows(axis.rows("y", y.len())?)?;
    check::length("dy", dy.len(), y.len())?;
    check::length("dlogits", dlogits.len(), y.len())?;
    T::softmax_vjp(Form::Soft, y, dy, axis, tau, dlogits);
    Ok(())
}

/// Derivative of a scalar with respect to the one temperature of [`gumbel_softmax`]:
/// `-(1 / tau) sum_i dlogits_i (l_i + g_i)`.
///
/// `dlogits` is the result of [`gumbel_softmax_vjp_into`] for the same logits, noise and tau. The
/// sum is over all rows, in `f64`, with l + g relative to the largest of its row. A class of -inf adds 0. The working
/// memory is 1,024 elements or one wider row (along another axis one block of rows), in the type of the logits and in
/// `f64`. [`gumbel_softmax_vjp_tau_into`](super::gumbel_softmax_vjp_tau_into) gives the derivative of each row, without
/// the noise, from the sample.
///
/// # Errors
/// As [`gumbel_softmax`]; also a `dlogits` of the wrong length.
///
/// ```
/// use gumbel::gumbel_softmax;
/// use gumbel::relax::{gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau};
/// let (logits, noise, dy) = ([0.3_f64, -0.2, 1.0], [0.5, 1.5, -0.7], [1.0, 2.0, -1.0]);
/// let cost = |tau| -> Result<f64, gumbel::Error> {
///     let y = gumbel_softmax(&logits, 3, tau, &noise)?;
///     Ok(y.iter().zip(&dy).map(|(y, d)| y * d).sum())
/// };
/// let y = gumbel_softmax(&logits, 3, 0.7, &noise)?;
/// let mut dlogits = [0.0; 3];
/// gumbel_softmax_vjp_into(&y, &dy, 3, 0.7, &mut dlogits)?;
/// let dtau = gumbel_softmax_vjp_tau(&logits, 3, 0.7, &noise, &dlogits)?;
/// let difference = (cost(0.7 + 1e-6)? - cost(0.7 - 1e-6)?) / 2e-6;
/// assert!((dtau - difference).abs() < 1e-8);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_vjp_tau<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    tau: f64,
    noise: impl Into<Noise<'a, T>>,
    dlogits: &[T],
) -> Result<f64> {
    let (axis, noise) = (axis.into(), noise.into());
    check::temperature(tau)?;
    check::source(noise, logits.len())?;
    check::rows(logits, axis)?;
    check::length("dlogits", dlogits.len(), logits.len())?;
    let mut total = 0.0;
    let fill = |start: usize, out: &mut [T]| noise.fill(Law::Gumbel, start, out);
    rows::for_each_tile(logits, axis, fill, |tile, z| {
        for (row, z) in z.chunks_exact(axis.classes()).enumerate() {
            let max = rows::max(z);
            let terms = z.iter().enumerate().map(|(class, &z)| {
                let d = dlogits[tile.index(row, class)].to_f64();
                if d == 0.0 || z == f64::NEG_INFINITY { 0.0 } else { d * (z - max) }
            });
            total += terms.sum::<f64>();
        }
    });
    Ok(-total / tau)
}

#[cfg(test)]
mod tests;
