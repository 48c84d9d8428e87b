//! The reparameterised sample of a normal distribution, from ln sigma or from sigma, with its gradients.

use alloc::vec;
use alloc::vec::Vec;

use crate::check;
use crate::error::Result;
use crate::law::Law;
use crate::math;
use crate::noise::Noise;
use crate::real::Real;

/// Elements for which noise is made at a time.
const NORMAL_BLOCK: usize = 1024;

/// Draws x = mu + e^s eps for each element, with s = `ln_sigma` and eps standard normal.
///
/// ```text
/// x = mu + e^s eps          dmu = dx,   ds = e^s eps dx        s = ln sigma
/// ```
///
/// `mu` and `ln_sigma` may have any shape, but both the same; `noise` is a [`Key`](crate::Key) or normal noise
/// made in advance. A network can give s directly, because s may be negative and sigma may not. s is the
/// logarithm of sigma, not of the variance: halve a log-variance first. From s = -800 down, x is exactly mu.
///
/// The noise does not depend on mu and sigma, so gradients pass through x. These gradients are unbiased
/// estimates of the gradient of the expectation.
///
/// Kingma and Welling, arXiv 1312.6114, section 2.4.
///
/// # Errors
/// mu or ln_sigma that is not finite, ln_sigma above 300 (in `f32` above 44), lengths that differ,
/// noise of the wrong length or not finite.
///
/// ```
/// let x = gumbel::sample::normal_sample(&[1.0_f64], &[0.5_f64.ln()], &[2.0])?;
/// assert!((x[0] - 2.0).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "rsample")]
pub fn normal_sample<'a, T: Real>(
    mu: &[T],
    ln_sigma: &[T],
    noise: impl Into<Noise<'a, T>>,
) -> Result<Vec<T>> {
    let mut x = vec![T::default(); mu.len()];
    normal_sample_into(mu, ln_sigma, noise, &mut x)?;
    Ok(x)
}

/// Writes [`normal_sample`] to a buffer.
///
/// # Errors
/// As [`normal_sample`]; also a buffer of another length. Nothing is written when there is an error.
///
/// ```
/// let mut x = [0.0_f64];
/// gumbel::sample::normal_sample_into(&[1.0], &[0.5_f64.ln()], &[2.0], &mut x)?;
/// assert!((x[0] - 2.0).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn normal_sample_into<'a, T: Real>(
    mu: &[T],
    ln_sigma: &[T],
    noise: impl Into<Noise<'a, T>>,
    out: &mut [T],
) -> Result<()> {
    let noise = noise.into();
    check::length("ln_sigma", ln_sigma.len(), mu.len())?;
    check::length("out", out.len(), mu.len())?;
    check::source(noise, mu.len())?;
    check::mu(mu)?;
    check::ln_sigma(ln_sigma)?;
    for_each_noise(noise, mu.len(), |i, eps| {
        out[i] = T::from_f64(mu[i].to_f64() + math::exp(ln_sigma[i].to_f64()) * eps);
    });
    Ok(())
}

/// Vector-Jacobian product of [`normal_sample_into`]: `dmu = dx`, `dln_sigma = e^s eps dx`.
///
/// `noise`: the key or the noise that the sample was drawn with.
///
/// # Errors
/// As [`normal_sample_into`].
///
/// ```
/// use gumbel::sample::normal_sample_vjp_into;
/// let (mut dmu, mut dln_sigma) = ([0.0_f64], [0.0]);
/// normal_sample_vjp_into(&[0.0], &[3.0], &[-2.0], &mut dmu, &mut dln_sigma)?;
/// assert_eq!((dmu, dln_sigma), ([3.0], [-6.0]));
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn normal_sample_vjp_into<'a, T: Real>(
    ln_sigma: &[T],
    dx: &[T],
    noise: impl Into<Noise<'a, T>>,
    dmu: &mut [T],
    dln_sigma: &mut [T],
) -> Result<()> {
    let noise = noise.into();
    check::length("ln_sigma", ln_sigma.len(), dx.len())?;
    check::length("dmu", dmu.len(), dx.len())?;
    check::length("dln_sigma", dln_sigma.len(), dx.len())?;
    check::source(noise, dx.len())?;
    check::ln_sigma(ln_sigma)?;
    dmu.copy_from_slice(dx);
    for_each_noise(noise, dx.len(), |i, eps| {
        dln_sigma[i] = T::from_f64(dx[i].to_f64() * math::exp(ln_sigma[i].to_f64()) * eps);
    });
    Ok(())
}

/// Draws x = mu + sigma eps for each element: [`normal_sample_into`] with sigma instead of its logarithm.
///
/// sigma = 0 gives exactly mu.
///
/// # Errors
/// mu or sigma that is not finite, a negative sigma, lengths that differ, noise of the wrong length or
/// not finite. Nothing is written when there is an error.
///
/// ```
/// use gumbel::sample::normal_sample_of_sigma_into;
/// let mut x = [0.0_f32; 2];
/// normal_sample_of_sigma_into(&[1.0, 2.0], &[0.5, 0.0], &[2.0, 9.0], &mut x)?;
/// assert_eq!(x, [2.0, 2.0]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn normal_sample_of_sigma_into<'a, T: Real>(
    mu: &[T],
    sigma: &[T],
    noise: impl Into<Noise<'a, T>>,
    out: &mut [T],
) -> Result<()> {
    let noise = noise.into();
    check::length("sigma", sigma.len(), mu.len())?;
    check::length("out", out.len(), mu.len())?;
    check::source(noise, mu.len())?;
    check::mu(mu)?;
    check::sigma(sigma)?;
    for_each_noise(noise, mu.len(), |i, eps| {
        out[i] = T::from_f64(mu[i].to_f64() + sigma[i].to_f64() * eps);
    });
    Ok(())
}

/// Vector-Jacobian product of [`normal_sample_of_sigma_into`]: `dmu = dx`, `dsigma = eps dx`.
///
/// `noise`: the key or the noise that the sample was drawn with.
///
/// # Errors
/// Lengths that differ, noise of the wrong length or not finite.
///
/// ```
/// use gumbel::sample::normal_sample_of_sigma_vjp_into;
/// let (mut dmu, mut dsigma) = ([0.0_f32], [0.0]);
/// normal_sample_of_sigma_vjp_into(&[3.0], &[-2.0], &mut dmu, &mut dsigma)?;
/// assert_eq!((dmu, dsigma), ([3.0], [-6.0]));
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn normal_sample_of_sigma_vjp_into<'a, T: Real>(
    dx: &[T],
    noise: impl Into<Noise<'a, T>>,
    dmu: &mut [T],
    dsigma: &mut [T],
) -> Result<()> {
    let noise = noise.into();
    check::length("dmu", dmu.len(), dx.len())?;
    check::length("dsigma", dsigma.len(), dx.len())?;
    check::source(noise, dx.len())?;
    dmu.copy_from_slice(dx);
    for_each_noise(noise, dx.len(), |i, eps| {
        dsigma[i] = T::from_f64(dx[i].to_f64() * eps);
    });
    Ok(())
}

/// Calls `f` with the index and the noise of each element.
fn for_each_noise<T: Real>(noise: Noise<'_, T>, n: usize, mut f: impl FnMut(usize, f64)) {
    let mut eps = [T::default(); NORMAL_BLOCK];
    for start in (0..n).step_by(NORMAL_BLOCK) {
        let eps = &mut eps[..NORMAL_BLOCK.min(n - start)];
        noise.fill(Law::Normal, start, eps);
        for (i, eps) in eps.iter().enumerate() {
            f(start + i, eps.to_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::key::Key;
    use crate::{noise, oracle};

    const N: usize = 1500;

    fn logistic(seed: u64) -> Vec<f64> {
        let mut x = vec![0.0; N];
        noise::logistic_into(Key::new(seed), 0, &mut x);
        x
    }

    #[test]
    fn key_equals_its_noise_to_the_bit() {
        let (mu, s) = (logistic(1), logistic(2));
        let sigma: Vec<f64> = s.iter().map(|s| s.exp()).collect();
        let mut eps = vec![0.0; N];
        noise::normal_into(Key::new(3), 0, &mut eps);
        let (mut a, mut b, mut c) = (vec![0.0; N], vec![0.0; N], vec![0.0; N]);
        normal_sample_of_sigma_into(&mu, &sigma, Key::new(3), &mut a).unwrap();
        normal_sample_of_sigma_into(&mu, &sigma, &eps, &mut b).unwrap();
        assert_eq!(a, b);
        assert!((0..N).all(|i| a[i] == mu[i] + sigma[i] * eps[i]));
        normal_sample_into(&mu, &s, Key::new(3), &mut c).unwrap();
        assert!((0..N).all(|i| (a[i] - c[i]).abs() <= 1e-15 * (mu[i].abs() + (sigma[i] * 9.2))));
    }

    /// Each gradient against a central difference of its own element of the cost sum w x^2 / 2.
    #[test]
    fn gradients_equal_finite_differences() {
        let (mu, s, eps, weights) = (logistic(1), logistic(2), logistic(3), logistic(4));
        let sigma: Vec<f64> = s.iter().map(|s| s.exp()).collect();
        let gradient = |x: &[f64]| -> Vec<f64> { (0..N).map(|i| weights[i] * x[i]).collect() };
        let (mut x, mut dmu, mut dscale) = (vec![0.0; N], vec![0.0; N], vec![0.0; N]);
        // 8 |w| (|mu| + sigma |eps|)^2 bounds the cost, for its rounding, and its third derivative in
        // ln sigma (those in mu and sigma are 0).
        let assert_near = |ours: f64, numeric: f64, i: usize, h: f64| {
            let size = 8.0 * weights[i].abs() * (mu[i].abs() + sigma[i] * eps[i].abs()).powi(2);
            assert!((ours - numeric).abs() <= size * (h * h + 2e-16 / h), "element {i}");
        };

        normal_sample_of_sigma_into(&mu, &sigma, &eps, &mut x).unwrap();
        normal_sample_of_sigma_vjp_into(&gradient(&x), &eps, &mut dmu, &mut dscale).unwrap();
        for i in 0..N {
            let cost = |p: &[f64]| {
                let mut x = [0.0];
                normal_sample_of_sigma_into(&p[..1], &p[1..], &[eps[i]], &mut x).unwrap();
                weights[i] * x[0] * x[0] / 2.0
            };
            let h = 1e-5 * sigma[i].min(1.0);
            let numeric = oracle::finite_difference(cost, &[mu[i], sigma[i]], h);
            assert_near(dmu[i], numeric[0], i, h);
            assert_near(dscale[i], numeric[1], i, h);
        }

        normal_sample_into(&mu, &s, &eps, &mut x).unwrap();
        normal_sample_vjp_into(&s, &gradient(&x), &eps, &mut dmu, &mut dscale).unwrap();
        for i in 0..N {
            let cost = |p: &[f64]| {
                let mut x = [0.0];
                normal_sample_into(&p[..1], &p[1..], &[eps[i]], &mut x).unwrap();
                weights[i] * x[0] * x[0] / 2.0
            };
            let numeric = oracle::finite_difference(cost, &[mu[i], s[i]], 1e-5);
            assert_near(dmu[i], numeric[0], i, 1e-5);
            assert_near(dscale[i], numeric[1], i, 1e-5);
        }
    }

    #[test]
    fn bad_input_is_named_and_nothing_is_written() {
        let mut x = [7.0_f32; 2];
        let key = Key::new(1);
        let refused = |result: Result<()>, name: &str| match result {
            Err(Error::Value { argument, index: 1, .. }) => assert_eq!(argument, name),
            other => panic!("{other:?}"),
        };
        refused(normal_sample_of_sigma_into(&[0.0, f32::NAN], &[1.0; 2], key, &mut x), "mu");
        refused(normal_sample_of_sigma_into(&[0.0; 2], &[1.0, -0.1], key, &mut x), "sigma");
        refused(
            normal_sample_of_sigma_into(&[0.0; 2], &[1.0, f32::INFINITY], key, &mut x),
            "sigma",
        );
        refused(normal_sample_into(&[0.0; 2], &[1.0, f32::NAN], key, &mut x), "ln_sigma");
        refused(normal_sample_into(&[0.0; 2], &[1.0, 44.5], key, &mut x), "ln_sigma");
        let mut wide = [7.0_f64; 2];
        refused(normal_sample_into(&[0.0; 2], &[300.0, 301.0], key, &mut wide), "ln_sigma");
        refused(normal_sample_into(&[0.0; 2], &[1.0; 2], &[0.0, f32::NAN], &mut x), "noise");
        let short = normal_sample_of_sigma_into(&[0.0; 2], &[1.0], key, &mut x);
        assert!(matches!(short, Err(Error::Length { argument: "sigma", .. })));
        assert_eq!(x, [7.0; 2]);
        normal_sample_into(&[1.0; 2], &[-1e30, -800.0], key, &mut x).unwrap();
        assert_eq!(x, [1.0; 2]);
    }
}
