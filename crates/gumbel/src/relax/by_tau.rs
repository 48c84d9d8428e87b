//! The derivatives of the relaxations with respect to the temperature of each row, from the sample alone.
//!
//! A sample is a function of u = z / tau, so its derivative with respect to tau is that with respect to u, times -u / tau.
//! For classes u is ln y up to a constant of the row, which cancels because the gradients of a row sum to 0; for a
//! yes-or-no choice u is logit(y). So neither the noise nor the logits are needed.

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::parallel::{self, Work};
use crate::real::Real;
use crate::simd;
use crate::temperature::row_length;

/// Elements whose terms are computed together, at most.
const TAU_TILE: usize = 1024;

/// Derivative of a scalar with respect to the temperature of each row of [`gumbel_softmax()`](crate::gumbel_softmax()),
/// for noise held fixed.
///
/// ```text
/// dtau = -sum_i dlogits_i ln y_i
/// ```
///
/// `y`: the value of [`gumbel_softmax()`](crate::gumbel_softmax()), or the soft sample of a straight-through one;
/// `dlogits`: the result of [`gumbel_softmax_vjp_into`](super::gumbel_softmax_vjp_into) for it, both `[rows, k]` (or
/// along `axis`). `dtau: [rows]`, in the order of [`Temperature`](crate::Temperature). If the rows share one
/// temperature, its derivative is the sum of `dtau`.
///
/// - In `f64` the result is that of [`gumbel_softmax_vjp_tau`](super::gumbel_softmax_vjp_tau) within rounding.
/// - In `f32` each term is computed in `f32`, with an error relative to its own size; terms are added in `f64`. Then dtau is within
///   `2^-22 sum_i |dlogits_i ln y_i|` of the formula for these `y` and `dlogits`.
/// - A class with y = 0 adds 0, as its gradient is 0. Where y underflowed (below 2^-120 in `f32`), a term of at most
///   2^-110 |dy| / tau is lost: a sample that is one-hot to the last bit has derivative 0.
///   [`gumbel_log_softmax_vjp_tau_into`] has no such limit.
///
/// Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", arXiv 1611.01144, section 2.2, learn the
/// temperature as a kind of entropy regularisation.
///
/// # Errors
/// k = 0, lengths that do not fit.
///
/// ```
/// use gumbel::gumbel_softmax;
/// use gumbel::relax::{gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau_into};
/// let (logits, noise, dy) = ([0.3_f64, -0.2, 0.1, 1.0], [0.5, 1.5, 0.2, -0.7], [1.0, 2.0, -1.0, 0.5]);
/// let (tau, mut dlogits, mut dtau) = ([0.7, 2.0], [0.0; 4], [0.0; 2]);
/// let y = gumbel_softmax(&logits, 2, &tau, &noise)?;
/// gumbel_softmax_vjp_into(&y, &dy, 2, &tau, &mut dlogits)?;
/// gumbel_softmax_vjp_tau_into(&y, &dlogits, 2, &mut dtau)?;
///
/// // The second row, by a finite difference.
/// let cost = |tau| -> Result<f64, gumbel::Error> {
///     let y = gumbel_softmax(&logits, 2, &[0.7, tau], &noise)?;
///     Ok(y.iter().zip(&dy).map(|(y, d)| y * d).sum())
/// };
/// let difference = (cost(2.0 + 1e-5)? - cost(2.0 - 1e-5)?) / 2e-5;
/// assert!((dtau[1] - difference).abs() < 1e-9);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_vjp_tau_into<T: Real>(
    y: &[T],
    dlogits: &[T],
    axis: impl Into<Axis>,
    dtau: &mut [f64],
) -> Result<()> {
    let axis = axis.into();
    check::length("dtau", dtau.len(), axis.rows("y", y.len())?)?;
    check::length("dlogits", dlogits.len(), y.len())?;
    if !y.is_empty() {
        parallel::run(ByRow { y, dlogits, axis, dtau, terms: OfSoft });
    }
    Ok(())
}

/// Derivative of a scalar with respect to the temperature of each row of
/// [`gumbel_log_softmax()`](super::gumbel_log_softmax()), for noise held fixed: `dtau = -sum_i dlogits_i x_i`.
///
/// `x`: the value of [`gumbel_log_softmax()`](super::gumbel_log_softmax()); `dlogits`: the result of
/// [`gumbel_log_softmax_vjp_into`](super::gumbel_log_softmax_vjp_into) for it, both `[rows, k]` (or along `axis`).
/// `dtau: [rows]`, in the order of [`Temperature`](crate::Temperature). A class with x = -inf adds 0. Terms are computed
/// and added in `f64`: nothing underflows.
///
/// # Errors
/// k = 0, lengths that do not fit.
///
/// ```
/// use gumbel::relax::{gumbel_log_softmax, gumbel_log_softmax_vjp_into, gumbel_log_softmax_vjp_tau_into};
/// // x = (0, -1 / tau) up to a part that vanishes, so dx_1 / dtau = 1 / tau^2.
/// let tau = [0.01];
/// let x = gumbel_log_softmax(&[1.0_f64, 0.0], 2, &tau, &[0.0; 2])?;
/// let (mut dlogits, mut dtau) = ([0.0; 2], [0.0]);
/// gumbel_log_softmax_vjp_into(&x, &[0.0, 1.0], 2, &tau, &mut dlogits)?;
/// gumbel_log_softmax_vjp_tau_into(&x, &dlogits, 2, &mut dtau)?;
/// assert!((dtau[0] - 1e4).abs() < 1e-8);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_log_softmax_vjp_tau_into<T: Real>(
    x: &[T],
    dlogits: &[T],
    axis: impl Into<Axis>,
    dtau: &mut [f64],
) -> Result<()> {
    let axis = axis.into();
    check::length("dtau", dtau.len(), axis.rows("x", x.len())?)?;
    check::length("dlogits", dlogits.len(), x.len())?;
    if !x.is_empty() {
        parallel::run(ByRow { y: x, dlogits, axis, dtau, terms: OfLog });
    }
    Ok(())
}

/// Derivative of a scalar with respect to the temperature of each row of
/// [`binary_concrete()`](crate::binary_concrete()), for noise held fixed.
///
/// ```text
/// dtau = -sum_i dlogits_i (ln y_i - ln(1 - y_i))
/// ```
///
/// `y`: the value of [`binary_concrete()`](crate::binary_concrete()), or the soft sample of a straight-through one;
/// `dlogits`: the result of [`binary_concrete_vjp_into`](super::binary_concrete_vjp_into) for it. `dtau`: one number for
/// each of n rows of equal length, as [`Temperature`](crate::Temperature) has them; one for each logit, or one for all,
/// are such rows.
///
/// - In `f64` the result is that of [`binary_concrete_vjp_tau`](super::binary_concrete_vjp_tau), with the relative
///   error that a y near 1 leaves in 1 - y: 2^-54 / (1 - y).
/// - In `f32` that error is 2^-25 / (1 - y) for a y near 1, in this derivative as in `dlogits`; near 0 there is none.
/// - A y of 0 or 1 adds 0, as its gradient is 0.
///
/// # Errors
/// A `dtau` whose length does not divide the number of elements, lengths that differ.
///
/// ```
/// use gumbel::relax::binary_concrete_vjp_tau_into;
/// // logit(3/4) = ln 3
/// let mut dtau = [0.0; 2];
/// binary_concrete_vjp_tau_into(&[0.75_f64, 0.25, 0.5, 1.0], &[1.0, 2.0, 3.0, 0.0], &mut dtau)?;
/// assert!((dtau[0] - 3f64.ln()).abs() < 1e-15 && dtau[1] == 0.0);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn binary_concrete_vjp_tau_into<T: Real>(
    y: &[T],
    dlogits: &[T],
    dtau: &mut [f64],
) -> Result<()> {
    let row = row_length("dtau", dtau.len(), y.len())?;
    check::length("dlogits", dlogits.len(), y.len())?;
    dtau.fill(0.0);
    if !y.is_empty() {
        parallel::run(ByRow { y, dlogits, axis: Axis::from(row), dtau, terms: OfBinary });
    }
    Ok(())
}

/// The terms of a kind of sample.
trait Terms<T: Real>: Copy + Send {
    type Term: Real;

    /// Writes the terms of at most [`TAU_TILE`] elements.
    fn write(self, y: &[T], d: &[T], terms: &mut [Self::Term]);
}

#[derive(Clone, Copy)]
struct OfSoft;

impl<T: Real> Terms<T> for OfSoft {
    type Term = T;

    fn write(self, y: &[T], d: &[T], terms: &mut [T]) {
        T::times_neg_ln(y, d, terms);
    }
}

#[derive(Clone, Copy)]
struct OfLog;

impl<T: Real> Terms<T> for OfLog {
    type Term = f64;

    fn write(self, x: &[T], d: &[T], terms: &mut [f64]) {
        simd::math::times_neg(simd::level(), x, d, terms);
    }
}

#[derive(Clone, Copy)]
struct OfBinary;

impl<T: Real> Terms<T> for OfBinary {
    type Term = T;

    fn write(self, y: &[T], d: &[T], terms: &mut [T]) {
        let (zero, one) = (T::default(), T::from(1.0));
        let mut odds = [zero; TAU_TILE];
        for (odds, y) in odds.iter_mut().zip(y) {
            // 1 - y is exact above 1/2. A y of 1 adds 0, as odds of 0 do.
            *odds = if *y == one { zero } else { *y / (one - *y) };
        }
        T::times_neg_ln(&odds[..y.len()], d, terms);
    }
}

/// The sums of the terms of rows.
struct ByRow<'a, T, F> {
    y: &'a [T],
    dlogits: &'a [T],
    axis: Axis,
    dtau: &'a mut [f64],
    terms: F,
}

impl<T: Real, F: Terms<T>> Work for ByRow<'_, T, F> {
    fn pieces(&self) -> usize {
        self.dtau.len() / self.axis.stride()
    }

    fn elements(&self) -> usize {
        self.axis.classes() * self.axis.stride()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (y, later_y) = self.y.split_at(pieces * self.elements());
        let (dlogits, later) = self.dlogits.split_at(pieces * self.elements());
        let (dtau, later_dtau) = self.dtau.split_at_mut(pieces * self.axis.stride());
        let later = ByRow { y: later_y, dlogits: later, dtau: later_dtau, ..self };
        (ByRow { y, dlogits, dtau, ..self }, later)
    }

    fn run(self) {
        let Self { y, dlogits, axis, dtau, terms: of } = self;
        let (k, stride) = (axis.classes(), axis.stride());
        dtau.fill(0.0);
        if stride == 1 && k <= TAU_TILE {
            let tile = TAU_TILE / k * k;
            let tiles = y.chunks(tile).zip(dlogits.chunks(tile));
            for ((y, d), dtau) in tiles.zip(dtau.chunks_mut(tile / k)) {
                let mut tile = [F::Term::default(); TAU_TILE];
                let terms = &mut tile[..y.len()];
                of.write(y, d, terms);
                match k {
                    1 => add_rows::<_, 1>(terms, dtau),
                    2 => add_rows::<_, 2>(terms, dtau),
                    3 => add_rows::<_, 3>(terms, dtau),
                    4 => add_rows::<_, 4>(terms, dtau),
                    _ => {
                        for (out, terms) in dtau.iter_mut().zip(terms.chunks_exact(k)) {
                            *out = sum(terms);
                        }
                    }
                }
            }
            return;
        }
        // Runs of neighbours: of the elements of one row, or of one class of a block of rows.
        let run = if stride == 1 { k } else { stride };
        for (number, (y, d)) in y.chunks(run).zip(dlogits.chunks(run)).enumerate() {
            let parts = y.chunks(TAU_TILE).zip(d.chunks(TAU_TILE)).enumerate();
            for (part, (y, d)) in parts {
                let mut tile = [F::Term::default(); TAU_TILE];
                let terms = &mut tile[..y.len()];
                of.write(y, d, terms);
                if stride == 1 {
                    dtau[number] += sum(terms);
                } else {
                    let first = number / k * stride + part * TAU_TILE;
                    for (out, term) in dtau[first..].iter_mut().zip(&*terms) {
                        *out += term.to_f64();
                    }
                }
            }
        }
    }
}

/// The sums of rows of K.
fn add_rows<T: Real, const K: usize>(terms: &[T], dtau: &mut [f64]) {
    for (out, terms) in dtau.iter_mut().zip(terms.as_chunks::<K>().0) {
        *out = terms.iter().map(|term| term.to_f64()).sum();
    }
}

/// The sum in `f64`, in eight partial sums that are added in a fixed order: a single sum would wait for each addition.
fn sum<T: Real>(terms: &[T]) -> f64 {
    let mut parts = [0.0; 8];
    let (eights, rest) = terms.as_chunks::<8>();
    for eight in eights {
        for (part, term) in parts.iter_mut().zip(eight) {
            *part += term.to_f64();
        }
    }
    for (part, term) in parts.iter_mut().zip(rest) {
        *part += term.to_f64();
    }
    parts.iter().sum()
}
