//! Gumbel-Rao: the gradient of a straight-through sample, with the noise averaged out given the sample.
//!
//! There is no soft sample to keep: the backward pass makes the draws again from their keys, one after the other.

use crate::axis::Axis;
use crate::check;
use crate::error::{Error, Result};
use crate::kernel::work::RaoRows;
use crate::key::Key;
use crate::real::Real;

/// K draws of noise: a key for each, and the index of the first element.
///
/// `offset` is 0 for a whole array; a part of a larger array gives the global index of its first element, and gets the
/// noise that it has in the whole.
#[derive(Clone, Copy, Debug)]
pub struct NoiseDraws<'a> {
    /// The key of each draw.
    pub keys: &'a [Key],
    /// The index of the first element.
    pub offset: u64,
}

impl<'a> From<&'a [Key]> for NoiseDraws<'a> {
    fn from(keys: &'a [Key]) -> Self {
        Self { keys, offset: 0 }
    }
}

impl<'a, const N: usize> From<&'a [Key; N]> for NoiseDraws<'a> {
    fn from(keys: &'a [Key; N]) -> Self {
        Self { keys, offset: 0 }
    }
}

/// Writes the vector-Jacobian product of softmax(Z / tau), averaged over K draws of Z = theta + Gumbel noise given its
/// argmax.
///
/// ```text
/// dlogits = mean_k y_k (dy - y_k . dy) / tau     y_k = softmax(Z_k / tau)
/// Z_i = ln S - ln E_i,   Z_j = -ln(E_j / exp(theta_j) + E_i / S)     i the winner, j != i,  S = sum exp(theta)
/// ```
///
/// `logits: [rows, k]`, theta, row-major; `winners: [rows]`, the class i that was drawn from softmax(theta) in each
/// row; `dy: [rows, k]`, the gradient in the one-hot sample; `tau` dimensionless; `draws`: K keys. E is the exponential
/// noise of a draw's key, so that Z_k is that of
/// [`gumbel_given_argmax_into`](crate::sample::gumbel_given_argmax_into) for that key. `dlogits: [rows, k]`.
///
/// - There is no derivative through Z given its argmax: with it the mean would be another one.
/// - A biased estimate of the gradient of the expected cost, with the mean of the straight-through gradient
///   ([`straight_through_gumbel_softmax`](crate::straight_through_gumbel_softmax)) at the same tau and at most its
///   variance. tau to 0: each y_k tends to the winner, and the mean over k to that of Shekhovtsov's ZGR as K grows.
///   tau to infinity: the gradient tends to 0.
/// - A class with logit -inf has the gradient 0, whatever dy is there. A `dy` that is not finite elsewhere makes the
///   gradient of its row not finite. k = 1: 0.
/// - Nothing of the size of the draws is stored. The working memory is 60 KB of a thread's stack, or three rows of more
///   than 32 classes; in `f64` two rows.
/// - Each row of the result sums to 0 within rounding.
///
/// Paulus, Maddison and Krause, "Rao-Blackwellizing the straight-through Gumbel-Softmax gradient estimator", arXiv
/// 2010.04838, section 3 and equation 6 (2020).
///
/// # Errors
/// k = 0, lengths that do not fit, NaN or +inf logits, a row of only -inf, a winner that is not a class, or is a class
/// of -inf, tau not a finite number above 0, no draws.
///
/// ```
/// use gumbel::{Key, gumbel_max, relax::gumbel_rao_vjp_into};
/// let logits = [0.0_f32, 3.0, 1.0];
/// let winners = gumbel_max(&logits, 3, Key::new(7))?;
/// let keys: [Key; 100] = core::array::from_fn(|i| Key::new(8).fold_in(i as u64));
/// let mut dlogits = [0.0; 3];
/// gumbel_rao_vjp_into(&logits, 3, &winners, &[1.0, 0.0, 0.0], 0.5, &keys, &mut dlogits)?;
/// assert!(dlogits[0] > 0.0 && dlogits[1] < 0.0);
/// assert!(dlogits.iter().sum::<f32>().abs() < 1e-6);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_rao_vjp_into<'a, T: Real>(
    logits: &[T],
    k: usize,
    winners: &[usize],
    dy: &[T],
    tau: f64,
    draws: impl Into<NoiseDraws<'a>>,
    dlogits: &mut [T],
) -> Result<()> {
    let (axis, NoiseDraws { keys, offset }) = (Axis::from(k), draws.into());
    check::temperature(tau)?;
    check::rows(logits, axis)?;
    check::winners(logits, axis, winners)?;
    check::length("dy", dy.len(), logits.len())?;
    check::length("dlogits", dlogits.len(), logits.len())?;
    if keys.is_empty() {
        return Err(Error::Integer { argument: "draws", expected: "at least 1", found: 0 });
    }
    T::gumbel_rao_vjp(RaoRows { logits, k, winners, dy, tau, keys, offset, out: dlogits });
    Ok(())
}

#[cfg(test)]
mod tests;
