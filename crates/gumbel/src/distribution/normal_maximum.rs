//! The law of the largest of m normal values, and the Gumbel laws near it.

#[cfg(not(any(feature = "std", test)))]
use crate::math::float::Float as _;
use core::f64::consts::{LN_2, PI};

use super::Normal;
use super::gumbel::{Gumbel, neg_ln, neg_ln_1m};
use crate::check;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::math;
use crate::noise;
use crate::real::Real;

/// The law of the largest of m independent normal values.
///
/// ```text
/// F(x) = Phi(z)^m,   z = (x - mu) / sigma
/// x_p  = mu + sigma Phi^-1(p^(1/m))
/// ```
///
/// For large m this law is near a Gumbel law: see [`NormalMaximum::gumbel_approximation`].
///
/// Every function is stable in both tails, for every m up to 2^64: no digits are lost where Phi rounds
/// to 1, and the m values are never drawn. An infinite x gives the limit, NaN gives NaN. Probabilities
/// of a single value below 1e-307 lose digits.
///
/// ```
/// use gumbel::{Key, distribution::NormalMaximum};
/// // A heart beats 70 +- 10 times a minute; the highest of a hundred measurements of each day.
/// let peak = NormalMaximum::new(100, 70.0, 10.0)?;
/// assert!((peak.quantile(0.5)? - 94.62).abs() < 0.01);
/// let mut year = [0.0_f64; 365];
/// peak.sample_into(Key::new(7), 0, &mut year);
/// // Near a Gumbel law, but not equal: probabilities are off by up to a twentieth.
/// let gumbel = peak.gumbel_approximation()?;
/// let off = peak.cdf(90.0) - gumbel.cdf(90.0);
/// assert!(off.abs() > 0.02);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalMaximum {
    m: u64,
    value: Normal,
}

/// The smallest number above 0: a normal value exceeds 38.47 sigma with this probability.
const SMALLEST: f64 = 5e-324;

impl NormalMaximum {
    /// The law of the largest of `m` values of N(mu, sigma^2).
    ///
    /// # Errors
    /// m = 0; a mu or sigma that [`Normal::new`] refuses.
    pub fn new(m: u64, mu: f64, sigma: f64) -> Result<Self> {
        if m == 0 {
            return Err(Error::Integer { argument: "m", expected: "at least 1", found: 0 });
        }
        Ok(Self { m, value: Normal::new(mu, sigma)? })
    }

    /// The number m of normal values, the largest of which has this law.
    pub const fn m(&self) -> u64 {
        self.m
    }

    /// The law of each of the m values.
    pub const fn value(&self) -> Normal {
        self.value
    }

    /// -ln Phi(z), from the tail that is exact.
    fn neg_ln_phi(&self, x: f64) -> f64 {
        let (below, above) = (self.value.cdf(x), self.value.survival(x));
        if above < 0.5 { neg_ln_1m(above) } else { neg_ln(below) }
    }

    /// -ln F(x) = -m ln Phi(z).
    fn neg_ln_cdf(&self, x: f64) -> f64 {
        self.m as f64 * self.neg_ln_phi(x)
    }

    /// The density at x, m Phi(z)^(m - 1) phi(z) / sigma with z = (x - mu) / sigma.
    pub fn density(&self, x: f64) -> f64 {
        if self.m == 1 {
            return self.value.density(x);
        }
        let others = math::exp(-((self.m - 1) as f64) * self.neg_ln_phi(x));
        self.m as f64 * others * self.value.density(x)
    }

    /// The probability that none of the m values is above x, F(x) = Phi(z)^m with z = (x - mu) / sigma.
    pub fn cdf(&self, x: f64) -> f64 {
        math::exp(-self.neg_ln_cdf(x))
    }

    /// The probability that at least one of the m values is above x, 1 - F(x).
    pub fn survival(&self, x: f64) -> f64 {
        math::one_minus_exp_neg(self.neg_ln_cdf(x))
    }

    /// The quantile of p: the x with F(x) = p; -inf for p = 0, +inf for p = 1.
    ///
    /// # Errors
    /// A p that is not from 0 to 1.
    pub fn quantile(&self, p: f64) -> Result<f64> {
        check::probability("p", p)?;
        self.quantile_of_neg_ln(neg_ln(p))
    }

    /// The quantile of 1 - q: the x with 1 - F(x) = q, exact for small q.
    ///
    /// # Errors
    /// A q that is not from 0 to 1.
    pub fn quantile_of_survival(&self, q: f64) -> Result<f64> {
        check::probability("q", q)?;
        self.quantile_of_neg_ln(neg_ln_1m(q))
    }

    /// The x with -ln F(x) = t: Phi(z) = e^(-t/m), from the tail that is exact.
    fn quantile_of_neg_ln(&self, t: f64) -> Result<f64> {
        // A t above 0 has a quantile, even where the share underflows.
        let share = (t / self.m as f64).max(if t > 0.0 { SMALLEST } else { 0.0 });
        if share < LN_2 {
            self.value.quantile_of_survival(math::one_minus_exp_neg(share))
        } else {
            // The square of e^(-share / 2): `exp` itself ends at 1e-307.
            let half = math::exp(-0.5 * share);
            let least = if t < f64::INFINITY { SMALLEST } else { 0.0 };
            self.value.quantile((half * half).max(least))
        }
    }

    /// Fills `out` with draws of the maximum, without drawing the m values: each draw is the x with -ln F(x) = E,
    /// where E is the noise of [`exponential_into`](crate::noise::exponential_into).
    ///
    /// `out[i]` belongs to element `offset + i` of `key`. As Gumbel noise is -ln E, [`Gumbel::sample_into`] with the
    /// same key is high where this function is high.
    pub fn sample_into<T: Real>(&self, key: Key, offset: u64, out: &mut [T]) {
        noise::exponential_into(key, offset, out);
        for x in out {
            // A positive finite E has a quantile.
            *x = T::from_f64(self.quantile_of_neg_ln(x.to_f64()).unwrap_or_default());
        }
    }

    /// The Gumbel law to which the maximum tends as m grows, with the constants of the textbook, a and b:
    ///
    /// ```text
    /// F(a x + b) -> exp(-e^-x)
    /// a = sigma / sqrt(2 ln m)
    /// b = mu + sigma (sqrt(2 ln m) - (ln ln m + ln 4 pi) / (2 sqrt(2 ln m)))
    /// ```
    ///
    /// The maximum tends to this law slowly, and the law is never exact. The largest difference of the probabilities
    /// falls as (ln ln m)^2 / ln m with these constants, and as 1 / ln m with the best constants (Hall 1979): from a
    /// hundred values to a million it falls to a half, or to a third. Measured:
    ///
    /// ```text
    /// m                                    100       10^4      10^6
    /// with a and b as above                0.0589    0.0405    0.0314
    /// b where 1 - Phi = 1 / m              0.0272    0.0137    0.0091
    /// the fit of highest likelihood        0.0230    0.0118    0.0079
    /// ```
    ///
    /// The second row is [`NormalMaximum::gumbel_at_quantile`]. The third row is the limit of the fit of highest
    /// likelihood, `GumbelFit` of the crate `gumbel-maxima`, for many maxima. With maxima of a hundred values the
    /// difference can be detected: at the 5 % level, the test of Anderson and Darling rejects the Gumbel law in 60 % of
    /// the cases for 365 maxima, in 97 % for a thousand maxima.
    ///
    /// Fisher and Tippett, Proceedings of the Cambridge Philosophical Society 24 (1928). Hall, "On the
    /// rate of convergence of normal extremes", Journal of Applied Probability 16 (1979).
    ///
    /// # Errors
    /// m = 1, for which a and b are not finite; a location or scale that [`Gumbel::new`] refuses.
    ///
    /// ```
    /// use gumbel::distribution::NormalMaximum;
    /// let law = NormalMaximum::new(100, 0.0, 1.0)?.gumbel_approximation()?;
    /// assert!((law.location() - 2.366).abs() < 1e-3 && (law.scale() - 0.3295).abs() < 1e-4);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn gumbel_approximation(&self) -> Result<Gumbel> {
        self.at_least_two()?;
        let ln_m = math::ln(self.m as f64);
        let root = (2.0 * ln_m).sqrt();
        let location = root - (math::ln(ln_m) + math::ln(4.0 * PI)) / (2.0 * root);
        self.scaled(location, 1.0 / root)
    }

    /// The Gumbel law whose location is the level that a single value exceeds with probability 1 / m:
    ///
    /// ```text
    /// 1 - Phi(b) = 1 / m,  a = 1 / (m phi(b)):   location mu + sigma b,  scale sigma a
    /// ```
    ///
    /// From m = 7 on this law is nearer to the law of the maximum than [`NormalMaximum::gumbel_approximation`],
    /// which has the same limit; its docs state the errors of both.
    ///
    /// # Errors
    /// As [`NormalMaximum::gumbel_approximation`].
    pub fn gumbel_at_quantile(&self) -> Result<Gumbel> {
        self.at_least_two()?;
        let m = self.m as f64;
        let location = Normal::STANDARD.quantile_of_survival(1.0 / m)?;
        self.scaled(location, 1.0 / (m * Normal::STANDARD.density(location)))
    }

    fn at_least_two(&self) -> Result<()> {
        if self.m >= 2 {
            return Ok(());
        }
        Err(Error::Integer { argument: "m", expected: "at least 2", found: self.m.into() })
    }

    /// The Gumbel law for a location and scale that are those for mu = 0 and sigma = 1.
    fn scaled(&self, location: f64, scale: f64) -> Result<Gumbel> {
        let (mu, sigma) = (self.value.mu(), self.value.sigma());
        Gumbel::new(mu + sigma * location, sigma * scale)
    }

    /// The largest difference between this distribution function F and that of a Gumbel law, G: sup |F(x) - G(x)|.
    ///
    /// The difference is computed at 20,000 quantiles of F. Both F and G rise, so between two quantiles the
    /// difference is larger by less than 1 / 20,000.
    ///
    /// ```
    /// use gumbel::distribution::NormalMaximum;
    /// let peak = NormalMaximum::new(100, 70.0, 10.0)?;
    /// let distance = peak.distance(&peak.gumbel_approximation()?);
    /// assert!((distance - 0.05).abs() < 0.01);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn distance(&self, law: &Gumbel) -> f64 {
        const POINTS: u32 = 20_000;
        let difference = |i: u32| {
            let p = (f64::from(i) + 0.5) / f64::from(POINTS);
            // A p strictly within 0 and 1 has a quantile.
            self.quantile(p).map_or(0.0, |x| (p - law.cdf(x)).abs())
        };
        (0..POINTS).map(difference).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Phi(z)^m as a plain product, where this loses no digits.
    #[test]
    fn the_law_is_a_power_of_the_normal_law() {
        for m in [1, 2, 7, 100] {
            let law = NormalMaximum::new(m, 3.0, 2.0).unwrap();
            for i in -20..60 {
                let x = 3.0 + 0.2 * f64::from(i);
                let plain = law.value().cdf(x).powi(m as i32);
                assert!((law.cdf(x) - plain).abs() < 1e-14);
                assert!((law.survival(x) - (1.0 - plain)).abs() < 1e-14);
                let slope = (law.cdf(x + 1e-5) - law.cdf(x - 1e-5)) / 2e-5;
                assert!((law.density(x) - slope).abs() < 1e-9, "{m} {x}");
            }
        }
    }

    #[test]
    fn quantiles_and_probabilities_are_inverse() {
        for m in [1, 2, 100, 1_000_000, u64::MAX] {
            let law = NormalMaximum::new(m, 0.0, 1.0).unwrap();
            for p in [1e-280, 1e-9, 0.3, 0.5, 0.9, 1.0 - 1e-9] {
                // x has a rounding of 6 units; one unit moves ln F by |x| (|x| + 1) units, and F by
                // that times -ln p.
                let x = law.quantile(p).unwrap();
                let moved = 8.0 * f64::EPSILON * (1.0 + x * x) * (1.0 - p.ln());
                assert!((law.cdf(x) / p - 1.0).abs() < 2.0 * moved, "{m} {p} {x}");
                let x = law.quantile_of_survival(p).unwrap();
                let moved = 8.0 * f64::EPSILON * (1.0 + x * x) * (1.0 - (-p).ln_1p() / p);
                assert!((law.survival(x) / p - 1.0).abs() < 2.0 * moved, "{m} {p} {x}");
            }
            let nan = f64::NAN;
            assert!(
                law.density(nan).is_nan() && law.cdf(nan).is_nan() && law.survival(nan).is_nan()
            );
            assert_eq!(law.quantile(0.0), Ok(f64::NEG_INFINITY));
            assert_eq!(law.quantile_of_survival(0.0), Ok(f64::INFINITY));
            for x in [f64::NEG_INFINITY, -1e300, 1e300, f64::INFINITY] {
                let cdf = if x > 0.0 { 1.0 } else { 0.0 };
                assert_eq!((law.cdf(x), law.survival(x), law.density(x)), (cdf, 1.0 - cdf, 0.0));
            }
        }
    }

    #[test]
    fn a_probability_above_0_has_a_finite_quantile() {
        let law = NormalMaximum::new(u64::MAX, 0.0, 1.0).unwrap();
        assert!((law.quantile_of_survival(1e-310).unwrap() - 38.47).abs() < 0.01);
        assert_eq!(law.quantile_of_survival(0.0), Ok(f64::INFINITY));
        assert_eq!(law.quantile(1.0), Ok(f64::INFINITY));
        let one = NormalMaximum::new(1, 0.0, 1.0).unwrap();
        for p in [5e-324, 1e-310, 1e-300, 1e-10] {
            let exact = one.value().quantile(p).unwrap();
            assert!((one.quantile(p).unwrap() / exact - 1.0).abs() < 1e-3, "{p}");
        }
        assert_eq!(one.quantile(0.0), Ok(f64::NEG_INFINITY));
    }

    #[test]
    fn draws_are_the_quantiles_of_the_noise() {
        let law = NormalMaximum::new(10_000, 70.0, 10.0).unwrap();
        let (mut x, mut narrow, mut e) = ([0.0_f64; 200], [0.0_f32; 200], [0.0_f64; 200]);
        law.sample_into(Key::new(5), 9, &mut x);
        law.sample_into(Key::new(5), 9, &mut narrow);
        noise::exponential_into(Key::new(5), 9, &mut e);
        for i in 0..200 {
            assert!((law.cdf(x[i]) - (-e[i]).exp()).abs() < 1e-12);
            assert!((f64::from(narrow[i]) - x[i]).abs() < 1e-4);
        }
    }

    #[test]
    fn bad_parameters_are_refused() {
        let no_values = Error::Integer { argument: "m", expected: "at least 1", found: 0 };
        assert_eq!(NormalMaximum::new(0, 0.0, 1.0), Err(no_values));
        assert!(NormalMaximum::new(5, f64::NAN, 1.0).is_err());
        assert!(NormalMaximum::new(5, 0.0, 0.0).is_err());
        let one = NormalMaximum::new(1, 0.0, 1.0).unwrap();
        assert!(one.gumbel_approximation().is_err() && one.gumbel_at_quantile().is_err());
        assert!(NormalMaximum::new(2, 0.0, 1.0).unwrap().gumbel_approximation().is_ok());
        assert!(one.quantile(f64::NAN).is_err() && one.quantile_of_survival(2.0).is_err());
    }
}
