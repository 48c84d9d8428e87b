//! The normal distribution.

use crate::check;
use crate::error::Result;
use crate::key::Key;
use crate::law::Law;
use crate::math;
use crate::math::normal as standard;
use crate::noise::Noise;
use crate::real::Real;

/// ln sqrt(2 pi).
const LN_SQRT_2_PI: f64 = 0.918_938_533_204_672_7;

/// The normal distribution N(mu, sigma^2).
///
/// ```text
/// density   exp(-z^2 / 2) / (sigma sqrt(2 pi)),   z = (x - mu) / sigma
/// cdf       Phi(z) = P(X < x),   survival Q(z) = Phi(-z) = P(X > x)
/// entropy   ln(sigma sqrt(2 pi e))
/// sample    x = mu + sigma eps,   eps ~ N(0, 1)
/// ```
///
/// The functions take any x: an infinity gives the limit, NaN gives NaN. The error bounds of the functions are
/// for mu = 0 and sigma = 1; otherwise the rounding of z is added.
/// [`normal_sample`](crate::sample::normal_sample()) is the sample with its gradients.
///
/// ```
/// use gumbel::distribution::Normal;
/// let heart_rate = Normal::new(70.0, 10.0)?;
/// assert!((heart_rate.cdf(70.0 + 1.96 * 10.0) - 0.975).abs() < 1e-5);
/// // The highest of a hundred measurements exceeds this on one day in a hundred.
/// let high = heart_rate.quantile_of_survival(1e-4)?;
/// assert!((high - 107.19).abs() < 0.01);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    mu: f64,
    sigma: f64,
}

impl Normal {
    /// The standard normal distribution, N(0, 1).
    pub const STANDARD: Self = Self { mu: 0.0, sigma: 1.0 };

    /// The distribution with mean `mu` and standard deviation `sigma`.
    ///
    /// # Errors
    /// A mu that is NaN or beyond +-1e300, a sigma that is not from 1e-300 to 1e300.
    ///
    /// ```
    /// use gumbel::distribution::Normal;
    /// let error = Normal::new(0.0, -1.0).unwrap_err().to_string();
    /// assert_eq!(error, "sigma: expected a number from 1e-300 to 1e300, found -1");
    /// ```
    pub fn new(mu: f64, sigma: f64) -> Result<Self> {
        check::location("mu", mu)?;
        check::scale("sigma", sigma)?;
        Ok(Self { mu, sigma })
    }

    /// The mean mu, which is also the median and the mode.
    pub const fn mu(&self) -> f64 {
        self.mu
    }

    /// The standard deviation sigma.
    pub const fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The mean mu.
    pub const fn mean(&self) -> f64 {
        self.mu
    }

    /// The standard deviation sigma.
    pub const fn standard_deviation(&self) -> f64 {
        self.sigma
    }

    /// The variance sigma^2; +inf for a sigma above 1.3e154, whose square overflows.
    pub const fn variance(&self) -> f64 {
        self.sigma * self.sigma
    }

    fn z(&self, x: f64) -> f64 {
        (x - self.mu) / self.sigma
    }

    /// The density at x, within 6 units in the last place.
    pub fn density(&self, x: f64) -> f64 {
        standard::density(self.z(x)) / self.sigma
    }

    /// The logarithm of the density at x, exact even where the density underflows.
    pub fn ln_density(&self, x: f64) -> f64 {
        let z = self.z(x);
        -0.5 * z * z - math::ln(self.sigma) - LN_SQRT_2_PI
    }

    /// The probability of a value below x, P(X < x), with full relative precision in the lower tail: within 8
    /// units in the last place.
    pub fn cdf(&self, x: f64) -> f64 {
        standard::survival(-self.z(x))
    }

    /// The probability of a value above x, P(X > x), with full relative precision in the upper tail: within 8
    /// units in the last place.
    pub fn survival(&self, x: f64) -> f64 {
        standard::survival(self.z(x))
    }

    /// The quantile of p: the x with P(X < x) = p, within 6 units in the last place; -inf for p = 0 and +inf
    /// for p = 1.
    ///
    /// A p near 1 is itself rounded: [`quantile_of_survival`](Self::quantile_of_survival) takes 1 - p instead.
    ///
    /// # Errors
    /// A p that is not from 0 to 1.
    ///
    /// ```
    /// use gumbel::distribution::Normal;
    /// assert!((Normal::STANDARD.quantile(0.975)? - 1.959_963_984_540_054).abs() < 1e-14);
    /// assert!(Normal::STANDARD.quantile(1.5).is_err());
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn quantile(&self, p: f64) -> Result<f64> {
        check::probability("p", p)?;
        Ok(self.mu + self.sigma * quantile(p))
    }

    /// The quantile of 1 - q: the x with P(X > x) = q, within 6 units in the last place; +inf for q = 0 and
    /// -inf for q = 1.
    ///
    /// # Errors
    /// A q that is not from 0 to 1.
    pub fn quantile_of_survival(&self, q: f64) -> Result<f64> {
        check::probability("q", q)?;
        Ok(self.mu - self.sigma * quantile(q))
    }

    /// The entropy in nats, ln(sigma sqrt(2 pi e)).
    pub fn entropy(&self) -> f64 {
        0.5 + LN_SQRT_2_PI + math::ln(self.sigma)
    }

    /// Fills `out` with draws x = mu + sigma eps, where eps is the noise of
    /// [`normal_into`](crate::noise::normal_into).
    ///
    /// `out[i]` belongs to element `offset + i` of `key`.
    ///
    /// ```
    /// use gumbel::{Key, distribution::Normal};
    /// let mut x = [0.0_f64; 3];
    /// Normal::new(5.0, 1e-3)?.sample_into(Key::new(7), 0, &mut x);
    /// assert!(x.iter().all(|x| (x - 5.0).abs() < 9.2e-3));
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn sample_into<T: Real>(&self, key: Key, offset: u64, out: &mut [T]) {
        Noise::Keyed { key, offset }.fill(Law::Normal, 0, out);
        for x in out {
            *x = T::from_f64(self.mu + self.sigma * x.to_f64());
        }
    }
}

/// The standard normal quantile of p in [0, 1].
fn quantile(p: f64) -> f64 {
    match p {
        0.0 => f64::NEG_INFINITY,
        1.0 => f64::INFINITY,
        // 1 - p is exact for p >= 1/2, and p - 1/2 for p >= 1/4; for smaller p it is rounded.
        _ => standard::quantile(p - 0.5, if p < 0.5 { p } else { 1.0 - p }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn formulas_agree_with_each_other() {
        let normal = Normal::new(-3.0, 2.5).unwrap();
        for x in [-20.0, -3.0, 0.0, 4.5, 30.0] {
            assert!((normal.density(x).ln() - normal.ln_density(x)).abs() < 1e-13 * 90.0);
            assert!((normal.cdf(x) + normal.survival(x) - 1.0).abs() < 1e-15);
            // The density is the slope of the cdf: h^2 / 6 of its second derivative, and rounding.
            let slope = (normal.cdf(x + 1e-5) - normal.cdf(x - 1e-5)) / 2e-5;
            assert!((slope - normal.density(x)).abs() < 1e-10);
            // Back from the tail that is exact.
            let back = if x < -3.0 {
                normal.quantile(normal.cdf(x))
            } else {
                normal.quantile_of_survival(normal.survival(x))
            };
            assert!((back.unwrap() - x).abs() < 1e-13);
        }
        assert_eq!((normal.mu(), normal.sigma()), (-3.0, 2.5));
        assert_eq!(
            (normal.mean(), normal.standard_deviation(), normal.variance()),
            (-3.0, 2.5, 6.25)
        );
        assert_eq!(normal.quantile(0.5).unwrap(), -3.0);
        // The entropy is the mean of -ln density: the trapezoid rule over 16 sigma, exact here.
        let h = 2.5 / 8.0;
        let term = |i: i32| {
            let x = -3.0 + f64::from(i) * h;
            -h * normal.density(x) * normal.ln_density(x)
        };
        let entropy: f64 = (-80..=80).map(term).sum();
        assert!((entropy - normal.entropy()).abs() < 1e-13, "{entropy}");
    }

    #[test]
    fn limits_and_bad_input() {
        let one = Normal::STANDARD;
        assert_eq!(one.quantile(0.0).unwrap(), f64::NEG_INFINITY);
        assert_eq!(one.quantile_of_survival(0.0).unwrap(), f64::INFINITY);
        assert_eq!(one.quantile(1.0).unwrap(), f64::INFINITY);
        assert_eq!((one.cdf(f64::INFINITY), one.survival(f64::INFINITY)), (1.0, 0.0));
        assert_eq!(one.density(f64::NEG_INFINITY), 0.0);
        assert!(one.cdf(f64::NAN).is_nan() && one.density(f64::NAN).is_nan());
        for p in [-1e-9, 1.0 + 1e-9, f64::NAN, f64::INFINITY] {
            let error = one.quantile(p).unwrap_err().to_string();
            assert!(error.starts_with("p: expected a number from 0 to 1"), "{error}");
            let error = one.quantile_of_survival(p).unwrap_err();
            assert!(matches!(error, Error::Parameter { argument: "q", .. }));
        }
        for (mu, sigma, name) in [
            (f64::NAN, 1.0, "mu"),
            (f64::INFINITY, 1.0, "mu"),
            (-1.01e300, 1.0, "mu"),
            (0.0, 1e-301, "sigma"),
            (0.0, 0.0, "sigma"),
            (0.0, -1.0, "sigma"),
            (0.0, f64::NAN, "sigma"),
            (0.0, f64::INFINITY, "sigma"),
        ] {
            let error = Normal::new(mu, sigma).unwrap_err();
            assert!(matches!(error, Error::Parameter { argument, .. } if argument == name));
        }
    }

    #[test]
    fn samples_are_the_noise_moved_and_scaled() {
        let (mut x, mut eps) = (vec![0.0_f64; 100], vec![0.0_f64; 100]);
        Normal::new(2.0, 3.0).unwrap().sample_into(Key::new(4), 7, &mut x);
        crate::noise::normal_into(Key::new(4), 7, &mut eps);
        assert!(x.iter().zip(&eps).all(|(x, eps)| *x == 2.0 + 3.0 * eps));
    }
}
