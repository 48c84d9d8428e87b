//! The Kullback-Leibler divergence between Bernoulli distributions, from log-odds.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::math;
use crate::real::Real;

/// Kullback-Leibler divergence of yes-or-no variables from their prior, in nats, summed over each row.
///
/// ```text
/// q = sigmoid(a), p = sigmoid(b)
/// KL(q || p) = q (ln q - ln p) + (1-q) (ln(1-q) - ln(1-p))
/// d/da       = q (1-q) (a - b)
/// d/db       = p - q
/// ```
///
/// `posterior: [rows, v]`, the log-odds a of q; `prior: [v]`, the log-odds b of p, shared by all rows. Returns `[rows]`,
/// each the sum over the v variables; no rows without variables. The value is that of
/// [`categorical_kl()`](super::categorical_kl()) for the logits (a, 0) and (b, 0).
///
/// - A posterior of -inf or +inf is certain: it adds -ln(1-p) or -ln p, and has gradient 0.
/// - The divergence is never negative beyond rounding, and exactly 0 for equal log-odds.
/// - Both types compute in `f64` and round once.
///
/// This divergence is the closed form of the regulariser of a VAE with yes-or-no latents: Maddison, Mnih and Teh,
/// arXiv 1611.00712, section 3.
///
/// # Errors
/// No variables for a posterior that is not empty, a posterior that is not whole rows, NaN posterior, NaN or infinite
/// prior.
///
/// ```
/// let posterior = [3f64.ln(), f64::INFINITY]; // q = 3/4 and 1
/// let kl = gumbel::likelihood::bernoulli_kl(&posterior, &[0.0, 0.0])?;
/// let first = 0.75 * (0.75_f64 / 0.5).ln() + 0.25 * (0.25_f64 / 0.5).ln();
/// assert!((kl[0] - (first + 2f64.ln())).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_kl<T: Real>(posterior: &[T], prior: &[T]) -> Result<Vec<T>> {
    let mut kl = vec![T::default(); posterior.len().checked_div(prior.len()).unwrap_or_default()];
    bernoulli_kl_into(posterior, prior, &mut kl)?;
    Ok(kl)
}

/// Writes [`bernoulli_kl`] to a buffer, `kl: [rows]`. An error leaves the buffer unchanged.
///
/// # Errors
/// As [`bernoulli_kl`]; also a buffer of another length.
///
/// ```
/// let mut kl = [9.0_f64; 2];
/// gumbel::likelihood::bernoulli_kl_into(&[0.5, -1.0], &[0.5], &mut kl)?;
/// assert!(kl[0] == 0.0 && kl[1] > 0.0);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_kl_into<T: Real>(posterior: &[T], prior: &[T], kl: &mut [T]) -> Result<()> {
    check(posterior, prior, kl.len())?;
    if prior.is_empty() {
        return Ok(());
    }
    for (kl, row) in kl.iter_mut().zip(posterior.chunks_exact(prior.len())) {
        let terms = row.iter().zip(prior).map(|(a, b)| Pair::new(a.to_f64(), b.to_f64()).kl);
        *kl = T::from_f64(terms.sum());
    }
    Ok(())
}

/// Vector-Jacobian product of [`bernoulli_kl`]: from `dkl: [rows]` to `dposterior: [rows, v]` and `dprior: [v]`.
///
/// The gradient of the prior is summed over the rows in order, in `f64`.
///
/// # Errors
/// As [`bernoulli_kl`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::bernoulli_kl_vjp_into;
/// // q = 3/4 pulls an even prior towards itself: p - q = -1/4.
/// let (mut dposterior, mut dprior) = ([9.0_f64], [9.0]);
/// bernoulli_kl_vjp_into(&[3f64.ln()], &[0.0], &[1.0], &mut dposterior, &mut dprior)?;
/// assert!((dposterior[0] - 3.0 / 16.0 * 3f64.ln()).abs() < 1e-15 && dprior[0] == -0.25);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_kl_vjp_into<T: Real>(
    posterior: &[T],
    prior: &[T],
    dkl: &[T],
    dposterior: &mut [T],
    dprior: &mut [T],
) -> Result<()> {
    check(posterior, prior, dkl.len())?;
    check::length("dposterior", dposterior.len(), posterior.len())?;
    check::length("dprior", dprior.len(), prior.len())?;
    let v = prior.len();
    let mut total = vec![0.0; v];
    for (row, scale) in dkl.iter().enumerate() {
        for (i, total) in total.iter_mut().enumerate() {
            let at = row * v + i;
            let pair = Pair::new(posterior[at].to_f64(), prior[i].to_f64());
            dposterior[at] = T::from_f64(scale.to_f64() * pair.da);
            *total += scale.to_f64() * pair.db;
        }
    }
    for (d, total) in dprior.iter_mut().zip(total) {
        *d = T::from_f64(total);
    }
    Ok(())
}

fn check<T: Real>(posterior: &[T], prior: &[T], rows: usize) -> Result<()> {
    if !posterior.is_empty() {
        Axis::from(prior.len()).rows("posterior", posterior.len())?;
    }
    check::length("posterior", posterior.len(), rows * prior.len())?;
    let number = |a: f64| !a.is_nan();
    check::all_allowed("posterior", "a number or an infinity", number, posterior)?;
    check::prior(prior)
}

/// The divergence of one variable and its derivatives.
struct Pair {
    kl: f64,
    da: f64,
    db: f64,
}

impl Pair {
    fn new(a: f64, b: f64) -> Self {
        let (q, ln_q) = sigmoid_and_ln(a);
        let (not_q, ln_not_q) = sigmoid_and_ln(-a);
        let (p, ln_p) = sigmoid_and_ln(b);
        let ln_not_p = sigmoid_and_ln(-b).1;
        // 0 ln 0 = 0: for a certain a, q (1-q) is 0 too.
        let term = |q: f64, t: f64| if q == 0.0 { 0.0 } else { q * t };
        let kl = term(q, ln_q - ln_p) + term(not_q, ln_not_q - ln_not_p);
        Self { kl, da: term(q * not_q, a - b), db: p - q }
    }
}

/// (sigmoid(a), ln sigmoid(a)), both with full relative precision.
fn sigmoid_and_ln(a: f64) -> (f64, f64) {
    let e = math::exp(-a.abs());
    let tail = math::ln_1p(e);
    if a < 0.0 { (e / (1.0 + e), a - tail) } else { (1.0 / (1.0 + e), -tail) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::likelihood::{categorical_kl, categorical_kl_vjp_into};
    use crate::{Key, noise, oracle};

    fn draw(n: usize, seed: u64) -> Vec<f64> {
        let mut x = vec![0.0; n];
        noise::logistic_into(Key::new(seed), 0, &mut x);
        x
    }

    #[test]
    fn value_and_gradients() {
        let (rows, v) = (4, 3);
        let (a, b) = (draw(rows * v, 1), draw(v, 2));
        let weights = [1.0, -0.5, 2.0, 0.3];
        let cost = |a: &[f64], b: &[f64]| -> f64 {
            bernoulli_kl(a, b).unwrap().iter().zip(&weights).map(|(kl, w)| kl * w).sum()
        };
        let mut plain = 0.0;
        for (i, a) in a.iter().enumerate() {
            let [q, p] = [*a, b[i % v]].map(|x| 1.0 / (1.0 + (-x).exp()));
            let kl = q * (q / p).ln() + (1.0 - q) * ((1.0 - q) / (1.0 - p)).ln();
            plain += weights[i / v] * kl;
        }
        assert!((cost(&a, &b) - plain).abs() < 1e-14);
        let (mut da, mut db) = (vec![9.0; a.len()], vec![9.0; v]);
        bernoulli_kl_vjp_into(&a, &b, &weights, &mut da, &mut db).unwrap();
        // Third derivatives are below 2, so h^2 / 6 of them and 1e-15 / h of rounding.
        let numeric = oracle::finite_difference(|a| cost(a, &b), &a, 1e-5);
        assert!(da.iter().zip(&numeric).all(|(x, y)| (x - y).abs() < 1e-9));
        let numeric = oracle::finite_difference(|b| cost(&a, b), &b, 1e-5);
        assert!(db.iter().zip(&numeric).all(|(x, y)| (x - y).abs() < 1e-9));
    }

    #[test]
    fn is_the_categorical_divergence_of_two_classes() {
        let (a, b) = (draw(20, 3), draw(20, 4));
        let two = |x: &[f64]| -> Vec<f64> { x.iter().flat_map(|&l| [l, 0.0]).collect() };
        let (ours, other) = (bernoulli_kl(&a, &b).unwrap(), categorical_kl(&two(&a), &two(&b), 2));
        assert!((ours[0] - other.unwrap()[0]).abs() < 1e-13);
        let (mut da, mut db) = (vec![0.0; 20], vec![0.0; 20]);
        bernoulli_kl_vjp_into(&a, &b, &[1.0], &mut da, &mut db).unwrap();
        let (mut da_two, mut db_two) = (vec![0.0; 40], vec![0.0; 40]);
        let (a, b) = (two(&a), two(&b));
        categorical_kl_vjp_into(&a, &b, &[1.0], 2, &mut da_two, &mut db_two).unwrap();
        for i in 0..20 {
            assert!((da[i] - da_two[2 * i]).abs() < 1e-14 && (db[i] - db_two[2 * i]).abs() < 1e-14);
        }
    }

    #[test]
    fn certain_equal_and_empty() {
        let inf = f64::INFINITY;
        let b = [0.3, 0.3];
        let kl = bernoulli_kl(&[inf, -inf], &b).unwrap()[0];
        let p: f64 = 1.0 / (1.0 + (-0.3_f64).exp());
        assert!((kl + p.ln() + (1.0 - p).ln()).abs() < 1e-14);
        let (mut da, mut db) = ([9.0; 2], [9.0; 2]);
        bernoulli_kl_vjp_into(&[inf, -inf], &b, &[1.0], &mut da, &mut db).unwrap();
        assert!(da == [0.0, 0.0] && (db[0] + 1.0 - p).abs() < 1e-15 && db[1] == p);
        assert_eq!(bernoulli_kl(&b, &b).unwrap(), [0.0]);
        assert!(bernoulli_kl(&[800.0_f32, -800.0], &[-800.0, 700.0]).unwrap()[0] == 1500.0);
        assert!(bernoulli_kl::<f32>(&[], &[1.0]).unwrap().is_empty());
        assert!(bernoulli_kl::<f32>(&[], &[]).unwrap().is_empty());
    }

    #[test]
    fn bad_input_is_named() {
        let of = |a: &[f64], b: &[f64]| bernoulli_kl(a, b).unwrap_err();
        assert!(matches!(of(&[f64::NAN], &[0.0]), Error::Value { argument: "posterior", .. }));
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(matches!(of(&[0.0], &[bad]), Error::Value { argument: "prior", .. }));
        }
        assert!(matches!(of(&[0.0; 3], &[0.0; 2]), Error::NotRows { argument: "posterior", .. }));
        assert!(matches!(of(&[0.0; 3], &[]), Error::NoClasses));
        let error = bernoulli_kl_into(&[0.0; 4], &[0.0; 2], &mut [0.0]);
        assert!(matches!(error, Err(Error::Length { .. })));
    }
}
