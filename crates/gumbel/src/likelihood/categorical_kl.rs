//! The Kullback-Leibler divergence between categorical distributions, from logits.

use alloc::vec;
use alloc::vec::Vec;

use fearless_simd::dispatch;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::math;
use crate::real::Real;
use crate::scalar::rows;
use crate::simd;

/// Kullback-Leibler divergence of categorical variables from their prior, in nats, summed over each row.
///
/// ```text
/// q = softmax(a), p = softmax(b), t_i = ln q_i - ln p_i
/// KL(q || p) = sum_i q_i t_i
/// d/da_i     = q_i (t_i - KL)
/// d/db_i     = p_i - q_i
/// ```
///
/// `posterior: [rows, v, k]`, the logits a of q; `prior: [v, k]`, the logits b of p, shared by all rows. Returns
/// `[rows]`, each the sum over the v variables; 0 without variables. A posterior class with logit -inf adds 0.
/// The divergence is never negative beyond rounding, and 0 if the two distributions are equal.
///
/// This divergence is the closed form of the regulariser in a categorical VAE with a learned prior: Jang, Gu and
/// Poole, arXiv 1611.01144, section 4.2.
///
/// # Errors
/// k = 0, lengths that do not fit, NaN or infinite prior logits, NaN or +inf posterior logits, a
/// posterior row of -inf only.
///
/// ```
/// let posterior = [0.75_f64.ln(), 0.25_f64.ln()];
/// let kl = gumbel::likelihood::categorical_kl(&posterior, &[0.0, 0.0], 2)?;
/// let expected = 0.75 * (0.75_f64 / 0.5).ln() + 0.25 * (0.25_f64 / 0.5).ln();
/// assert!((kl[0] - expected).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn categorical_kl<T: Real>(posterior: &[T], prior: &[T], k: usize) -> Result<Vec<T>> {
    let rows = posterior.len().checked_div(prior.len()).unwrap_or_default();
    let mut kl = vec![T::default(); rows];
    categorical_kl_into(posterior, prior, k, &mut kl)?;
    Ok(kl)
}

/// Writes [`categorical_kl`] to a buffer, `kl: [rows]`.
///
/// # Errors
/// As [`categorical_kl`]; also a buffer of another length.
///
/// ```
/// let mut kl = [9.0_f64];
/// gumbel::likelihood::categorical_kl_into(&[1.0, 3.0], &[0.0, 2.0], 2, &mut kl)?;
/// assert!(kl[0].abs() < 1e-15); // the same distribution
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn categorical_kl_into<T: Real>(
    posterior: &[T],
    prior: &[T],
    k: usize,
    kl: &mut [T],
) -> Result<()> {
    let prior = Prior::new(prior, k)?;
    check(posterior, &prior, kl.len())?;
    if prior.ln_p.is_empty() {
        kl.fill(T::default());
        return Ok(());
    }
    dispatch!(simd::level(), _ => rows_into(posterior, &prior, k, kl));
    Ok(())
}

/// The rows, with the instructions of the level that compiles it. There is no fused product among them, so the bits do
/// not depend on the level.
#[inline(always)]
fn rows_into<T: Real>(posterior: &[T], prior: &Prior, k: usize, kl: &mut [T]) {
    let mut scratch = Scratch::new(prior.ln_p.len(), k);
    for (kl, row) in kl.iter_mut().zip(posterior.chunks_exact(prior.ln_p.len())) {
        scratch.fill(row, &prior.ln_p);
        *kl = T::from_f64(scratch.kl.iter().sum());
    }
}

/// Vector-Jacobian product of [`categorical_kl_into`]: from `dkl: [rows]` to `dposterior: [rows, v, k]` and
/// `dprior: [v, k]`.
///
/// The gradient of the prior is summed over the rows in order, in `f64`.
///
/// # Errors
/// As [`categorical_kl_into`].
///
/// ```
/// use gumbel::likelihood::categorical_kl_vjp_into;
/// // A certain posterior pulls a uniform prior towards itself.
/// let (mut dposterior, mut dprior) = ([9.0_f64; 2], [9.0; 2]);
/// let certain = [0.0, f64::NEG_INFINITY];
/// categorical_kl_vjp_into(&certain, &[0.0, 0.0], &[1.0], 2, &mut dposterior, &mut dprior)?;
/// assert_eq!((dposterior, dprior), ([0.0, 0.0], [-0.5, 0.5]));
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn categorical_kl_vjp_into<T: Real>(
    posterior: &[T],
    prior: &[T],
    dkl: &[T],
    k: usize,
    dposterior: &mut [T],
    dprior: &mut [T],
) -> Result<()> {
    let prior = Prior::new(prior, k)?;
    check(posterior, &prior, dkl.len())?;
    check::length("dposterior", dposterior.len(), posterior.len())?;
    let group = prior.ln_p.len();
    check::length("dprior", dprior.len(), group)?;
    let mut total = vec![0.0; group];
    dispatch!(simd::level(), _ => rows_vjp(posterior, &prior, dkl, k, dposterior, &mut total));
    for (d, total) in dprior.iter_mut().zip(total) {
        *d = T::from_f64(total);
    }
    Ok(())
}

/// The gradients of the rows, and the sum of those of the prior.
#[inline(always)]
fn rows_vjp<T: Real>(
    posterior: &[T],
    prior: &Prior,
    dkl: &[T],
    k: usize,
    dposterior: &mut [T],
    total: &mut [f64],
) {
    let group = prior.ln_p.len();
    let mut scratch = Scratch::new(group, k);
    for (row, scale) in dkl.iter().enumerate() {
        let (scale, here) = (scale.to_f64(), row * group..(row + 1) * group);
        scratch.fill(&posterior[here.clone()], &prior.ln_p);
        for (i, d) in dposterior[here].iter_mut().enumerate() {
            let (q, t) = (scratch.q[i], scratch.t[i]);
            *d = T::from_f64(if q == 0.0 { 0.0 } else { scale * q * (t - scratch.kl[i / k]) });
            total[i] += scale * (prior.p[i] - q);
        }
    }
}

/// Checks the posterior against the prior and the number of rows.
fn check<T: Real>(posterior: &[T], prior: &Prior, rows: usize) -> Result<()> {
    check::length("posterior", posterior.len(), rows * prior.ln_p.len())?;
    check::rows(posterior, prior.axis)?;
    Ok(())
}

/// The prior's probabilities and their logarithms.
struct Prior {
    axis: Axis,
    p: Vec<f64>,
    ln_p: Vec<f64>,
}

impl Prior {
    fn new<T: Real>(logits: &[T], k: usize) -> Result<Self> {
        let axis = Axis::from(k);
        axis.rows("prior", logits.len())?;
        check::prior(logits)?;
        let mut ln_p: Vec<f64> = logits.iter().map(|l| l.to_f64()).collect();
        let mut p = ln_p.clone();
        log_softmax(&mut ln_p, &mut p, &mut vec![0.0; logits.len() / k], k);
        Ok(Self { axis, p, ln_p })
    }
}

/// Replaces the logits of variables with k classes by ln softmax, and writes the probabilities. `sums` has a place for
/// each variable.
///
/// Each loop is over all the variables, because one of few classes would not fill a vector.
#[inline(always)]
fn log_softmax(logits: &mut [f64], probabilities: &mut [f64], sums: &mut [f64], k: usize) {
    for row in logits.chunks_exact_mut(k) {
        let max = rows::max(row);
        row.iter_mut().for_each(|l| *l -= max);
    }
    for (p, l) in probabilities.iter_mut().zip(logits.iter()) {
        *p = math::exp(*l);
    }
    for (row, sum) in probabilities.chunks_exact_mut(k).zip(sums.iter_mut()) {
        *sum = row.iter().sum();
        row.iter_mut().for_each(|p| *p /= *sum);
    }
    sums.iter_mut().for_each(|sum| *sum = math::ln(*sum));
    for (row, ln_sum) in logits.chunks_exact_mut(k).zip(sums.iter()) {
        row.iter_mut().for_each(|l| *l -= ln_sum);
    }
}

/// q, t and the divergences of the variables of a row.
struct Scratch {
    k: usize,
    q: Vec<f64>,
    t: Vec<f64>,
    kl: Vec<f64>,
}

impl Scratch {
    fn new(group: usize, k: usize) -> Self {
        Self { k, q: vec![0.0; group], t: vec![0.0; group], kl: vec![0.0; group / k] }
    }

    /// Fills q, t = ln q - ln p, and KL(softmax(a) || p) of each variable.
    #[inline(always)]
    fn fill<T: Real>(&mut self, a: &[T], ln_p: &[f64]) {
        let Self { k, q, t, kl } = self;
        for (t, a) in t.iter_mut().zip(a) {
            *t = a.to_f64();
        }
        log_softmax(t, q, kl, *k);
        t.iter_mut().zip(ln_p).for_each(|(t, ln_p)| *t -= ln_p);
        for (kl, (q, t)) in kl.iter_mut().zip(q.chunks_exact(*k).zip(t.chunks_exact(*k))) {
            *kl = 0.0;
            for (q, t) in q.iter().zip(t) {
                *kl += if *q == 0.0 { 0.0 } else { q * t };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::{Key, noise, oracle};

    fn draw(n: usize, seed: u64) -> Vec<f64> {
        let mut x = vec![0.0; n];
        noise::logistic_into(Key::new(seed), 0, &mut x);
        x
    }

    #[test]
    fn value_and_gradients() {
        let (rows, v, k) = (3, 2, 5);
        let (a, b) = (draw(rows * v * k, 1), draw(v * k, 2));
        let weights = [1.0, -0.5, 2.0];
        let cost = |a: &[f64], b: &[f64]| -> f64 {
            let mut kl = vec![0.0; rows];
            categorical_kl_into(a, b, k, &mut kl).unwrap();
            kl.iter().zip(&weights).map(|(kl, w)| kl * w).sum()
        };
        let mut plain = 0.0;
        for row in 0..rows * v {
            let q = oracle::softmax(&a[row * k..][..k]);
            let p = oracle::softmax(&b[row % v * k..][..k]);
            plain += weights[row / v] * (0..k).map(|i| q[i] * (q[i] / p[i]).ln()).sum::<f64>();
        }
        assert!((cost(&a, &b) - plain).abs() < 1e-13);
        let (mut da, mut db) = (vec![0.0; a.len()], vec![0.0; b.len()]);
        categorical_kl_vjp_into(&a, &b, &weights, k, &mut da, &mut db).unwrap();
        // Third derivatives are below 10, so h^2 / 6 of them and 1e-15 / h of rounding.
        let numeric = oracle::finite_difference(|a| cost(a, &b), &a, 1e-5);
        assert!(da.iter().zip(&numeric).all(|(x, y)| (x - y).abs() < 2e-9));
        let numeric = oracle::finite_difference(|b| cost(&a, b), &b, 1e-5);
        assert!(db.iter().zip(&numeric).all(|(x, y)| (x - y).abs() < 2e-9));
    }

    #[test]
    fn equal_is_zero_and_masked_is_finite() {
        let a = draw(10, 3);
        let mut kl = [9.0];
        categorical_kl_into(&a, &a, 5, &mut kl).unwrap();
        assert!(kl[0].abs() < 1e-15);
        let masked = [0.0, f64::NEG_INFINITY];
        categorical_kl_into(&masked, &[0.0, 0.0], 2, &mut kl).unwrap();
        assert!((kl[0] - 2f64.ln()).abs() < 1e-15);
        let (mut da, mut db) = ([9.0; 2], [9.0; 2]);
        categorical_kl_vjp_into(&masked, &[0.0, 0.0], &[1.0], 2, &mut da, &mut db).unwrap();
        assert_eq!((da, db), ([0.0, 0.0], [-0.5, 0.5]));
    }

    #[test]
    fn without_variables_the_divergence_is_0() {
        let mut kl = [9.0_f64; 3];
        categorical_kl_into(&[], &[], 2, &mut kl).unwrap();
        assert_eq!(kl, [0.0; 3]);
        categorical_kl_vjp_into::<f64>(&[], &[], &[1.0; 3], 2, &mut [], &mut []).unwrap();
    }

    #[test]
    fn bad_input_is_named() {
        let mut kl = [0.0_f32];
        let nan = categorical_kl_into(&[0.0, f32::NAN], &[0.0, 0.0], 2, &mut kl);
        assert!(matches!(nan, Err(Error::Value { argument: "logits", index: 1, .. })));
        let prior = categorical_kl_into(&[0.0, 0.0], &[0.0, f32::NEG_INFINITY], 2, &mut kl);
        assert!(matches!(prior, Err(Error::Value { argument: "prior", index: 1, .. })));
        let short = categorical_kl_into(&[0.0; 3], &[0.0, 0.0], 2, &mut kl);
        assert!(matches!(short, Err(Error::Length { argument: "posterior", .. })));
    }
}
