//! The Kullback-Leibler divergence of diagonal normal distributions from the standard normal distribution.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::{Error, Result};
use crate::math;
use crate::real::Real;

/// Kullback-Leibler divergence of diagonal normal distributions from N(0, 1)^d, in nats, summed over each row.
///
/// ```text
/// KL(N(mu, sigma^2) || N(0, 1)) = (mu^2 + sigma^2 - 1) / 2 - s,   s = ln sigma
/// d/dmu = mu,   d/ds = sigma^2 - 1
/// ```
///
/// `mu, ln_sigma: [rows, d]`. Returns `[rows]`, each the sum over the d latents. The divergence is never negative
/// beyond rounding, 0 if mu = 0 and sigma = 1, and +inf if it is too large for the type.
///
/// This divergence is the regulariser of a Gaussian VAE: Kingma and Welling, arXiv 1312.6114, appendix B.
///
/// # Errors
/// d = 0, lengths that do not fit, values that are not finite, ln_sigma above 300 (in `f32`
/// above 44).
///
/// ```
/// let kl = gumbel::likelihood::normal_kl(&[0.0, 0.0, 1.0, 0.0], &[0.0, 0.0, 0.0, 2_f64.ln()], 2)?;
/// assert_eq!(kl[0], 0.0);
/// assert!((kl[1] - (0.5 + 1.5 - 2_f64.ln())).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn normal_kl<T: Real>(mu: &[T], ln_sigma: &[T], d: usize) -> Result<Vec<T>> {
    let mut kl = vec![T::default(); mu.len().checked_div(d).unwrap_or_default()];
    normal_kl_into(mu, ln_sigma, d, &mut kl)?;
    Ok(kl)
}

/// Writes [`normal_kl`] to a buffer, `kl: [rows]`.
///
/// # Errors
/// As [`normal_kl`]; also a buffer of another length.
pub fn normal_kl_into<T: Real>(mu: &[T], ln_sigma: &[T], d: usize, kl: &mut [T]) -> Result<()> {
    let rows = check(mu, ln_sigma, d)?;
    check::length("kl", kl.len(), rows)?;
    for ((kl, mu), s) in kl.iter_mut().zip(mu.chunks_exact(d)).zip(ln_sigma.chunks_exact(d)) {
        let term = |(mu, s): (&T, &T)| {
            let (mu, s) = (mu.to_f64(), s.to_f64());
            0.5 * (mu * mu + (math::exp(2.0 * s) - 1.0)) - s
        };
        *kl = T::from_f64(mu.iter().zip(s).map(term).sum());
    }
    Ok(())
}

/// Vector-Jacobian product of [`normal_kl_into`]: from `dkl: [rows]` to `dmu = mu dkl` and
/// `dln_sigma = (sigma^2 - 1) dkl`, both `[rows, d]`.
///
/// # Errors
/// As [`normal_kl_into`].
///
/// ```
/// use gumbel::likelihood::normal_kl_vjp_into;
/// let (mut dmu, mut dln_sigma) = ([0.0_f64; 1], [0.0; 1]);
/// normal_kl_vjp_into(&[3.0], &[0.0], &[2.0], 1, &mut dmu, &mut dln_sigma)?;
/// assert_eq!((dmu, dln_sigma), ([6.0], [0.0]));
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn normal_kl_vjp_into<T: Real>(
    mu: &[T],
    ln_sigma: &[T],
    dkl: &[T],
    d: usize,
    dmu: &mut [T],
    dln_sigma: &mut [T],
) -> Result<()> {
    let rows = check(mu, ln_sigma, d)?;
    check::length("dkl", dkl.len(), rows)?;
    check::length("dmu", dmu.len(), mu.len())?;
    check::length("dln_sigma", dln_sigma.len(), mu.len())?;
    for i in 0..mu.len() {
        let dkl = dkl[i / d].to_f64();
        dmu[i] = T::from_f64(mu[i].to_f64() * dkl);
        dln_sigma[i] = T::from_f64((math::exp(2.0 * ln_sigma[i].to_f64()) - 1.0) * dkl);
    }
    Ok(())
}

/// Checks shapes and values; returns the number of rows.
fn check<T: Real>(mu: &[T], ln_sigma: &[T], d: usize) -> Result<usize> {
    if d == 0 {
        return Err(Error::Integer { argument: "d", expected: "at least 1", found: 0 });
    }
    let rows = Axis::from(d).rows("mu", mu.len())?;
    check::length("ln_sigma", ln_sigma.len(), mu.len())?;
    check::mu(mu)?;
    check::ln_sigma(ln_sigma)?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::{noise, oracle};

    #[test]
    fn value_is_the_integral_and_gradients_are_finite_differences() {
        let (rows, d) = (4, 3);
        let (mut mu, mut s) = (vec![0.0_f64; rows * d], vec![0.0_f64; rows * d]);
        noise::logistic_into(Key::new(1), 0, &mut mu);
        noise::uniform_into(Key::new(2), 0, &mut s);
        let weights = [1.0, -0.5, 2.0, 0.25];
        let cost = |mu: &[f64], s: &[f64]| -> f64 {
            let mut kl = vec![0.0; rows];
            normal_kl_into(mu, s, d, &mut kl).unwrap();
            kl.iter().zip(&weights).map(|(kl, w)| kl * w).sum()
        };
        // E_q[ln q - ln p] by the trapezoid rule over 24 sigma: for a normal it is exact.
        let integral = |mu: f64, s: f64| -> f64 {
            let term = |i: i32| {
                let eps = f64::from(i) / 10.0;
                let x = mu + s.exp() * eps;
                let density = (-0.5 * eps * eps).exp() / (2.0 * core::f64::consts::PI).sqrt();
                0.1 * density * (0.5 * x * x - 0.5 * eps * eps - s)
            };
            (-120..=120).map(term).sum()
        };
        let plain: f64 = (0..rows * d).map(|i| weights[i / d] * integral(mu[i], s[i])).sum();
        assert!((cost(&mu, &s) - plain).abs() < 1e-12 * 100.0, "{plain}");
        let (mut dmu, mut ds) = (vec![0.0; rows * d], vec![0.0; rows * d]);
        normal_kl_vjp_into(&mu, &s, &weights, d, &mut dmu, &mut ds).unwrap();
        // h^2 / 6 of a third derivative below 8 e^2, and rounding of 100 epsilon / h.
        let numeric = oracle::finite_difference(|mu| cost(mu, &s), &mu, 1e-5);
        assert!(dmu.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 4e-9));
        let numeric = oracle::finite_difference(|s| cost(&mu, s), &s, 1e-5);
        assert!(ds.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 4e-9));
    }

    #[test]
    fn extremes_are_no_nan_and_bad_input_is_named() {
        let mut kl = [0.0_f32];
        normal_kl_into(&[1e30], &[-1e30], 1, &mut kl).unwrap();
        assert_eq!(kl, [f32::INFINITY]);
        normal_kl_into(&[0.0], &[-1e3], 1, &mut kl).unwrap();
        assert_eq!(kl, [999.5]);
        normal_kl_into::<f32>(&[0.0], &[44.0], 1, &mut kl).unwrap();
        assert!(kl[0].is_finite() && kl[0] > 8e37);
        let large = normal_kl_into::<f32>(&[0.0], &[44.5], 1, &mut kl).unwrap_err().to_string();
        let stated =
            "ln_sigma: expected a finite number of at most 44 in f32, found 44.5 at index 0";
        assert_eq!(large, stated);
        let nan = normal_kl_into(&[f32::NAN], &[0.0], 1, &mut kl);
        assert!(matches!(nan, Err(Error::Value { argument: "mu", index: 0, .. })));
        let large = normal_kl_into(&[0.0], &[f32::INFINITY], 1, &mut kl);
        assert!(matches!(large, Err(Error::Value { argument: "ln_sigma", .. })));
        let short = normal_kl_into(&[0.0; 3], &[0.0; 3], 2, &mut kl);
        assert!(matches!(short, Err(Error::NotRows { .. })));
        let none = normal_kl_into::<f32>(&[], &[], 0, &mut []).unwrap_err().to_string();
        assert_eq!(none, "d: expected at least 1, found 0");
    }
}
