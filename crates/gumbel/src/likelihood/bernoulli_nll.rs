//! The Bernoulli likelihood of pixels, from logits.

use alloc::vec;
use alloc::vec::Vec;

use fearless_simd::dispatch;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::real::Real;
use crate::simd;

/// Negative log-likelihood of Bernoulli pixels for each row, in nats, summed over the `d` elements of the row.
///
/// ```text
/// -ln p(x | l) = ln(1 + e^l) - x l = max(l, 0) - x l + ln(1 + e^-|l|)
/// d/dl         = sigmoid(l) - x
/// ```
///
/// `logits, x: [rows, d]`, x in [0, 1] (a grey value counts as the expectation of its
/// binarisation). Returns `[rows]`.
///
/// The values are not checked: logits must be finite, and a NaN among them gives NaN.
///
/// Kingma and Welling, "Auto-Encoding Variational Bayes", arXiv 1312.6114, appendix C.1.
///
/// # Errors
/// d = 0, lengths that do not fit.
///
/// ```
/// let nll = gumbel::likelihood::bernoulli_nll(&[0.0_f64, 2.0], &[1.0, 0.0], 2)?;
/// assert!((nll[0] - (2f64.ln() + (1.0 + 2f64.exp()).ln())).abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_nll<T: Real>(logits: &[T], x: &[T], d: usize) -> Result<Vec<T>> {
    let mut nll = vec![T::default(); Axis::from(d).rows("logits", logits.len())?];
    bernoulli_nll_into(logits, x, d, &mut nll, &mut vec![T::default(); logits.len()])?;
    Ok(nll)
}

/// Writes [`bernoulli_nll`] to a buffer, and the means that its gradient needs to another buffer.
///
/// `nll: [rows]`; `mean: [rows, d]` receives sigmoid(logits).
///
/// # Errors
/// As [`bernoulli_nll`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::bernoulli_nll_into;
/// let (mut nll, mut mean) = ([0.0_f64], [0.0; 2]);
/// bernoulli_nll_into(&[0.0, 2.0], &[1.0, 0.0], 2, &mut nll, &mut mean)?;
/// assert!((nll[0] - (2f64.ln() + (1.0 + 2f64.exp()).ln())).abs() < 1e-14);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_nll_into<T: Real>(
    logits: &[T],
    x: &[T],
    d: usize,
    nll: &mut [T],
    mean: &mut [T],
) -> Result<()> {
    let rows = Axis::from(d).rows("logits", logits.len())?;
    check::length("x", x.len(), logits.len())?;
    check::length("nll", nll.len(), rows)?;
    check::length("mean", mean.len(), logits.len())?;
    dispatch!(simd::level(), _ => rows_into(logits, x, d, nll, mean));
    Ok(())
}

/// The rows, with the instructions of the level that compiles it. There is no fused product among them, so the bits do
/// not depend on the level.
#[inline(always)]
fn rows_into<T: Real>(logits: &[T], x: &[T], d: usize, nll: &mut [T], mean: &mut [T]) {
    let mut terms = vec![T::default(); d];
    for (row, nll) in nll.iter_mut().enumerate() {
        let at = row * d..(row + 1) * d;
        let inputs = logits[at.clone()].iter().zip(&x[at.clone()]);
        for ((term, mean), (&l, &x)) in terms.iter_mut().zip(&mut mean[at]).zip(inputs) {
            (*term, *mean) = nll_and_mean(l, x);
        }
        *nll = T::from_f64(sum(&terms));
    }
}

/// The -ln p(x | l) and the mean sigmoid(l) of one pixel, in the arithmetic of the type.
#[inline(always)]
fn nll_and_mean<T: Real>(l: T, x: T) -> (T, T) {
    let (zero, one) = (T::default(), T::from(1.0));
    let (e, tail) = T::exp_neg_and_ln_1p(if l < zero { zero - l } else { l });
    let positive = if l > zero { l } else { zero };
    (positive - x * l + tail, (if l < zero { e } else { one }) / (one + e))
}

/// The sum in f64, in eight partial sums that are added in a fixed order: a single sum would wait for
/// each addition.
#[inline(always)]
fn sum<T: Real>(terms: &[T]) -> f64 {
    let mut parts = [0.0; 8];
    for chunk in terms.chunks(8) {
        for (part, term) in parts.iter_mut().zip(chunk) {
            *part += term.to_f64();
        }
    }
    parts.iter().sum()
}

/// Vector-Jacobian product of [`bernoulli_nll_into`] with respect to the logits: `dlogits = (mean - x) dnll[row]`.
///
/// `mean, x, dlogits: [rows, d]`, with the mean of [`bernoulli_nll_into`]; `dnll: [rows]`.
///
/// # Errors
/// d = 0, lengths that do not fit.
///
/// ```
/// use gumbel::likelihood::bernoulli_nll_vjp_into;
/// let mut dlogits = [0.0_f32; 2];
/// bernoulli_nll_vjp_into(&[0.5, 0.25], &[1.0, 0.0], &[2.0], 2, &mut dlogits)?;
/// assert_eq!(dlogits, [-1.0, 0.5]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_nll_vjp_into<T: Real>(
    mean: &[T],
    x: &[T],
    dnll: &[T],
    d: usize,
    dlogits: &mut [T],
) -> Result<()> {
    let rows = Axis::from(d).rows("mean", mean.len())?;
    check::length("x", x.len(), mean.len())?;
    check::length("dnll", dnll.len(), rows)?;
    check::length("dlogits", dlogits.len(), mean.len())?;
    for (row, &scale) in dnll.iter().enumerate() {
        let at = row * d..(row + 1) * d;
        let inputs = mean[at.clone()].iter().zip(&x[at.clone()]);
        for (out, (mean, x)) in dlogits[at].iter_mut().zip(inputs) {
            *out = T::from_f64((mean.to_f64() - x.to_f64()) * scale.to_f64());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, noise, oracle};

    #[test]
    fn value_and_gradient() {
        let (rows, d) = (3, 7);
        let (mut l, mut x) = (vec![0.0_f64; rows * d], vec![0.0_f64; rows * d]);
        noise::logistic_into(Key::new(1), 0, &mut l);
        noise::uniform_into(Key::new(2), 0, &mut x);
        let weights = [1.0, -2.0, 0.5];
        let cost = |l: &[f64]| -> f64 {
            let (mut nll, mut mean) = (vec![0.0; rows], vec![0.0; rows * d]);
            bernoulli_nll_into(l, &x, d, &mut nll, &mut mean).unwrap();
            nll.iter().zip(&weights).map(|(n, w)| n * w).sum()
        };
        let plain: f64 = (0..rows * d)
            .map(|i| {
                let p = 1.0 / (1.0 + (-l[i]).exp());
                -weights[i / d] * (x[i] * p.ln() + (1.0 - x[i]) * (1.0 - p).ln())
            })
            .sum();
        assert!((cost(&l) - plain).abs() < 1e-12);
        let (mut nll, mut mean, mut dl) = (vec![0.0; rows], vec![0.0; 21], vec![0.0; 21]);
        bernoulli_nll_into(&l, &x, d, &mut nll, &mut mean).unwrap();
        bernoulli_nll_vjp_into(&mean, &x, &weights, d, &mut dl).unwrap();
        // h^2 / 6 times a third derivative below 0.1 |w|, and rounding of 1e-15 / h.
        for (ours, other) in dl.iter().zip(oracle::finite_difference(cost, &l, 1e-5)) {
            assert!((ours - other).abs() < 1e-9);
        }
    }

    #[test]
    fn extreme_logits_stay_finite() {
        let (mut nll, mut mean) = ([0.0_f32], [0.0; 3]);
        let l = [-1e30_f32, 1e30, 200.0];
        bernoulli_nll_into(&l, &[0.0, 1.0, 1.0], 3, &mut nll, &mut mean).unwrap();
        assert_eq!((nll, mean), ([0.0], [0.0, 1.0, 1.0]));
    }
}
