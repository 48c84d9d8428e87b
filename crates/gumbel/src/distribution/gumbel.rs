//! The Gumbel law, the limit of the law of maxima.

#[cfg(not(any(feature = "std", test)))]
use crate::math::float::Float as _;
use core::f64::consts::{EULER_GAMMA, LN_2, PI};

use crate::check;
use crate::error::Result;
use crate::key::Key;
use crate::math;
use crate::noise;
use crate::real::Real;

/// Beyond this z, e^-z is so small that ln(1 - exp(-e^-z)) is -z to the last bit.
const FAR: f64 = 40.0;

/// The Gumbel law, to which the maximum of many values tends, with location mu and scale beta, both in the unit
/// of the values.
///
/// ```text
/// z    = (x - mu) / beta,   t = e^-z
/// F(x) = exp(-t)                  the probability that the maximum is at most x
/// f(x) = t exp(-t) / beta
/// x_p  = mu - beta ln(-ln p)      the quantile
/// ```
///
/// The law is stable under maxima: the largest of k independent values has the same law, with mu + beta ln k
/// instead of mu. Hence the use of the law in the statistics of floods, and in sampling: the largest of x_i +
/// Gumbel noise has the Gumbel law with location ln sum exp x_i.
///
/// All functions are in `f64`. A function that loses digits in a tail has a counterpart that
/// does not: [`survival`](Self::survival) is 1 - [`cdf`](Self::cdf), and
/// [`quantile_of_survival`](Self::quantile_of_survival) is the quantile of 1 - q. An x of -inf or +inf gives the
/// limit, an x of NaN gives NaN. A value below 1e-307 may be returned as 0.
///
/// E. J. Gumbel, "Statistics of Extremes", Columbia University Press, 1958. Fisher and Tippett,
/// "Limiting forms of the frequency distribution of the largest or smallest member of a sample",
/// Proceedings of the Cambridge Philosophical Society 24 (1928).
///
/// ```
/// use gumbel::distribution::Gumbel;
/// let peaks = Gumbel::new(100.0, 20.0)?;
/// // The level that one year in a hundred exceeds, and back.
/// let level = peaks.quantile_of_survival(0.01)?;
/// assert!((level - 192.003).abs() < 1e-3);
/// assert!((peaks.survival(level) - 0.01).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gumbel {
    location: f64,
    scale: f64,
}

impl Gumbel {
    /// The standard Gumbel law, with location 0 and scale 1: the law of
    /// [`gumbel_into`](crate::noise::gumbel_into).
    pub const STANDARD: Self = Self { location: 0.0, scale: 1.0 };

    /// The law with location mu and scale beta.
    ///
    /// # Errors
    /// A location that is NaN or beyond +-1e300, a scale that is not from 1e-300 to 1e300.
    ///
    /// ```
    /// use gumbel::distribution::Gumbel;
    /// let error = Gumbel::new(0.0, 0.0).unwrap_err().to_string();
    /// assert_eq!(error, "scale: expected a number from 1e-300 to 1e300, found 0");
    /// ```
    pub fn new(location: f64, scale: f64) -> Result<Self> {
        check::location("location", location)?;
        check::scale("scale", scale)?;
        Ok(Self { location, scale })
    }

    /// The location mu, which is also the mode.
    pub const fn location(&self) -> f64 {
        self.location
    }

    /// The scale beta.
    pub const fn scale(&self) -> f64 {
        self.scale
    }

    /// z and t = e^-z.
    fn standardise(&self, x: f64) -> (f64, f64) {
        let z = (x - self.location) / self.scale;
        (z, exp_neg(z))
    }

    /// The density at x, t exp(-t) / beta with t = e^-z, z = (x - mu) / beta.
    ///
    /// ```
    /// use gumbel::distribution::Gumbel;
    /// assert!((Gumbel::STANDARD.density(0.0) - (-1.0_f64).exp()).abs() < 1e-16);
    /// ```
    pub fn density(&self, x: f64) -> f64 {
        let (z, t) = self.standardise(x);
        if t == f64::INFINITY { 0.0 } else { math::exp(-z - t) / self.scale }
    }

    /// The logarithm of the density at x, -z - t - ln beta with t = e^-z, z = (x - mu) / beta: exact even where
    /// the density underflows.
    ///
    /// ```
    /// use gumbel::distribution::Gumbel;
    /// let far = 1e5;
    /// assert_eq!(Gumbel::STANDARD.density(far), 0.0);
    /// assert_eq!(Gumbel::STANDARD.ln_density(far), -1e5);
    /// ```
    pub fn ln_density(&self, x: f64) -> f64 {
        let (z, t) = self.standardise(x);
        if t == f64::INFINITY { -t } else { -z - t - math::ln(self.scale) }
    }

    /// The probability of a value of at most x, F(x) = exp(-e^-z) with z = (x - mu) / beta.
    ///
    /// ```
    /// use gumbel::distribution::Gumbel;
    /// assert!((Gumbel::STANDARD.cdf(0.0) - (-1.0_f64).exp()).abs() < 1e-16);
    /// ```
    pub fn cdf(&self, x: f64) -> f64 {
        math::exp(-self.standardise(x).1)
    }

    /// The logarithm of the cdf, ln F(x) = -e^-z with z = (x - mu) / beta, exact even where F underflows.
    pub fn ln_cdf(&self, x: f64) -> f64 {
        -self.standardise(x).1
    }

    /// The probability of a value above x, 1 - F(x) = 1 - exp(-e^-z) with z = (x - mu) / beta, exact even where
    /// F rounds to 1.
    ///
    /// ```
    /// use gumbel::distribution::Gumbel;
    /// let once_in_1e20 = Gumbel::STANDARD.survival(20.0 * 10f64.ln());
    /// assert!((once_in_1e20 / 1e-20 - 1.0).abs() < 1e-13);
    /// assert_eq!(1.0 - Gumbel::STANDARD.cdf(20.0 * 10f64.ln()), 0.0);
    /// ```
    pub fn survival(&self, x: f64) -> f64 {
        math::one_minus_exp_neg(self.standardise(x).1)
    }

    /// The logarithm of the survival function, ln(1 - F(x)), exact in both tails.
    pub fn ln_survival(&self, x: f64) -> f64 {
        match self.standardise(x) {
            (z, _) if z > FAR => -z,
            (_, t) if t > LN_2 => -math::neg_ln_1m(math::exp(-t)),
            (_, t) => math::ln_nonnegative(math::one_minus_exp_neg(t)),
        }
    }

    /// The quantile of p: the x with F(x) = p, which is mu - beta ln(-ln p); -inf for p = 0, +inf for p = 1.
    ///
    /// Near 1 the rounding of p costs digits of the quantile:
    /// [`quantile_of_survival`](Self::quantile_of_survival) takes 1 - p instead.
    ///
    /// # Errors
    /// A p that is not from 0 to 1.
    ///
    /// ```
    /// use gumbel::distribution::Gumbel;
    /// let law = Gumbel::new(3.0, 2.0)?;
    /// assert_eq!(law.quantile(0.5)?, law.median());
    /// assert!(law.quantile(1.5).is_err());
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn quantile(&self, p: f64) -> Result<f64> {
        check::probability("p", p)?;
        Ok(self.quantile_of_neg_ln(neg_ln(p)))
    }

    /// The quantile of 1 - q: the x with 1 - F(x) = q, which is mu - beta ln(-ln(1 - q)), exact for small q.
    ///
    /// # Errors
    /// A q that is not from 0 to 1.
    ///
    /// ```
    /// use gumbel::distribution::Gumbel;
    /// let x = Gumbel::STANDARD.quantile_of_survival(1e-20)?;
    /// assert!((x - 20.0 * 10f64.ln()).abs() < 1e-13);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn quantile_of_survival(&self, q: f64) -> Result<f64> {
        check::probability("q", q)?;
        Ok(self.quantile_of_neg_ln(neg_ln_1m(q)))
    }

    /// The quantile of e^l: the x with ln F(x) = l, which is mu - beta ln(-l); -inf for l = -inf, +inf for l = 0.
    ///
    /// It is the inverse of [`ln_cdf`](Self::ln_cdf), and exact in both tails: where e^l rounds to 0, and where it
    /// rounds to 1.
    ///
    /// # Errors
    /// An l that is NaN or above 0.
    ///
    /// ```
    /// use gumbel::distribution::Gumbel;
    /// let x = Gumbel::STANDARD.quantile_of_ln_cdf(-1e5)?;
    /// assert_eq!(Gumbel::STANDARD.cdf(x), 0.0);
    /// assert!((Gumbel::STANDARD.ln_cdf(x) / -1e5 - 1.0).abs() < 1e-13);
    /// assert!(Gumbel::STANDARD.quantile_of_ln_cdf(0.1).is_err());
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn quantile_of_ln_cdf(&self, l: f64) -> Result<f64> {
        check::parameter("l", "a number up to 0", l, l <= 0.0)?;
        Ok(self.quantile_of_neg_ln(-l))
    }

    /// The x with -ln F(x) = t: mu - beta ln t.
    fn quantile_of_neg_ln(&self, t: f64) -> f64 {
        self.location - self.scale * math::ln_nonnegative(t)
    }

    /// The mean, mu + gamma beta, with Euler's constant gamma = 0.5772.
    pub fn mean(&self) -> f64 {
        self.location + EULER_GAMMA * self.scale
    }

    /// The mode mu, where the density is highest.
    pub const fn mode(&self) -> f64 {
        self.location
    }

    /// The median, mu - beta ln ln 2.
    pub fn median(&self) -> f64 {
        self.quantile_of_neg_ln(LN_2)
    }

    /// The variance, pi^2 beta^2 / 6; +inf for a scale above 1e153, whose square overflows.
    pub fn variance(&self) -> f64 {
        self.standard_deviation() * self.standard_deviation()
    }

    /// The standard deviation, pi beta / sqrt(6).
    pub fn standard_deviation(&self) -> f64 {
        PI / 6f64.sqrt() * self.scale
    }

    /// The skewness, 12 sqrt(6) zeta(3) / pi^3, the same for all parameters.
    pub const fn skewness(&self) -> f64 {
        1.139_547_099_404_648_7
    }

    /// The entropy in nats, ln beta + gamma + 1.
    pub fn entropy(&self) -> f64 {
        math::ln(self.scale) + EULER_GAMMA + 1.0
    }

    /// Fills `out` with draws: mu + beta times the noise of [`gumbel_into`](crate::noise::gumbel_into), computed
    /// in `f64` and rounded to the type of `out`.
    ///
    /// `out[i]` belongs to element `offset + i` of `key`, so a long buffer may be filled in pieces.
    /// Both tails are exact to probabilities of 2^-64. A value beyond the range of `f32` becomes an
    /// infinity.
    ///
    /// ```
    /// use gumbel::{Key, distribution::Gumbel, noise};
    /// let (mut peaks, mut standard) = ([0.0_f64; 3], [0.0_f64; 3]);
    /// Gumbel::new(100.0, 20.0)?.sample_into(Key::new(7), 0, &mut peaks);
    /// noise::gumbel_into(Key::new(7), 0, &mut standard);
    /// assert_eq!(peaks, standard.map(|g| 100.0 + 20.0 * g));
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn sample_into<T: Real>(&self, key: Key, offset: u64, out: &mut [T]) {
        noise::gumbel_into(key, offset, out);
        for x in out {
            *x = T::from_f64(self.location + self.scale * x.to_f64());
        }
    }
}

/// e^-z for every z; beyond the range of [`math::exp`] it is the square of e^(-z / 2).
fn exp_neg(z: f64) -> f64 {
    if z < -700.0 {
        let half = math::exp(-0.5 * z.max(-1400.0));
        half * half
    } else {
        math::exp(-z)
    }
}

/// -ln p for p from 0 to 1; +inf for 0.
pub(super) fn neg_ln(p: f64) -> f64 {
    if p > 0.5 { neg_ln_1m(1.0 - p) } else { -math::ln_nonnegative(p) }
}

/// -ln(1 - q) for q from 0 to 1; +inf for 1.
pub(super) fn neg_ln_1m(q: f64) -> f64 {
    if q < 0.5 { math::neg_ln_1m(q) } else { -math::ln_nonnegative(1.0 - q) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn infinite_arguments_give_limits() {
        let law = Gumbel::new(-3.0, 0.5).unwrap();
        let nan = f64::NAN;
        assert!(law.density(nan).is_nan() && law.ln_density(nan).is_nan());
        assert!(law.cdf(nan).is_nan() && law.ln_cdf(nan).is_nan());
        assert!(law.survival(nan).is_nan() && law.ln_survival(nan).is_nan());
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        for (x, cdf) in [(low, 0.0), (-1e308, 0.0), (1e308, 1.0), (high, 1.0)] {
            assert_eq!((law.cdf(x), law.survival(x), law.density(x)), (cdf, 1.0 - cdf, 0.0));
            assert!(!law.ln_density(x).is_nan() && law.ln_density(x) < -1e100);
            assert!(!law.ln_cdf(x).is_nan() && !law.ln_survival(x).is_nan());
        }
        assert_eq!((law.quantile(0.0), law.quantile(1.0)), (Ok(low), Ok(high)));
        assert_eq!(
            (law.quantile_of_survival(1.0), law.quantile_of_survival(0.0)),
            (Ok(low), Ok(high))
        );
        assert!(law.quantile(5e-324).unwrap().is_finite());
        assert!(law.quantile_of_survival(5e-324).unwrap().is_finite());
        for p in [-1e-300, 1.0 + 1e-15, f64::NAN, high] {
            assert!(matches!(law.quantile(p), Err(Error::Parameter { argument: "p", .. })));
            assert!(matches!(
                law.quantile_of_survival(p),
                Err(Error::Parameter { argument: "q", .. })
            ));
        }
        for (l, x) in [(low, low), (-0.0, high), (0.0, high)] {
            assert_eq!(law.quantile_of_ln_cdf(l), Ok(x), "{l}");
        }
        assert!(law.quantile_of_ln_cdf(-5e-324).unwrap().is_finite());
        assert!(law.quantile_of_ln_cdf(-f64::MAX).unwrap().is_finite());
        for l in [5e-324, 1.0, f64::NAN, high] {
            let refused = law.quantile_of_ln_cdf(l);
            assert!(matches!(refused, Err(Error::Parameter { argument: "l", .. })), "{l}");
        }
    }

    #[test]
    fn quantiles_and_probabilities_are_inverse() {
        for (location, scale) in [(0.0, 1.0), (-7.5, 0.02), (1e300, 1e300), (0.0, 1e-300)] {
            let law = Gumbel::new(location, scale).unwrap();
            for p in [1e-300, 1e-9, 0.1, 0.5, 0.9] {
                let x = law.quantile(p).unwrap();
                // A unit in the last place of x moves ln p by (|x| / beta) ln p units of its own.
                let bound = 8.0 * f64::EPSILON * (1.0 + (x / scale).abs()) * (1.0 - p.ln());
                assert!((law.cdf(x) / p - 1.0).abs() < bound.max(1e-14), "{law:?} {p}");
                let x = law.quantile_of_survival(p).unwrap();
                let bound = 8.0 * f64::EPSILON * (1.0 + (x / scale).abs()) * (1.0 - p.ln());
                assert!((law.survival(x) / p - 1.0).abs() < bound.max(1e-14), "{law:?} {p}");
            }
            for l in [-1e300, -700.0, -1.0, -0.1, -1e-9, -1e-300] {
                let x = law.quantile_of_ln_cdf(l).unwrap();
                // As above: a relative error of ln F by z, and by the rounding of x.
                let z = (x - location) / scale;
                let bound = 8.0 * f64::EPSILON * (1.0 + (x / scale).abs() + z.abs());
                assert!((law.ln_cdf(x) / l - 1.0).abs() < bound.max(1e-14), "{law:?} {l}");
            }
        }
    }

    #[test]
    fn the_density_is_the_slope_of_the_cdf() {
        let law = Gumbel::new(2.0, 3.0).unwrap();
        for i in 0..60 {
            let x = -6.0 + 0.5 * f64::from(i);
            let h = 1e-4;
            // h^2 / 6 times a third derivative below 1, and rounding of 1e-16 / h.
            let slope = (law.cdf(x + h) - law.cdf(x - h)) / (2.0 * h);
            assert!((law.density(x) - slope).abs() < 1e-8);
            assert!((law.density(x).ln() - law.ln_density(x)).abs() < 1e-12);
            assert!((law.cdf(x) + law.survival(x) - 1.0).abs() < 1e-15);
            assert!((law.survival(x).ln() - law.ln_survival(x)).abs() < 1e-12);
        }
    }

    #[test]
    fn moments_are_integrals() {
        let law = Gumbel::new(2.0, 3.0).unwrap();
        // Midpoints over [-15, 150] leave out less than 1e-20; the rule is exact to 1e-12 here.
        let step = 1e-3;
        let integral = |f: &dyn Fn(f64) -> f64| -> f64 {
            let at = |i: i32| -15.0 + (f64::from(i) + 0.5) * step;
            (0..165_000).map(|i| law.density(at(i)) * f(at(i)) * step).sum()
        };
        let (mean, deviation) = (law.mean(), law.standard_deviation());
        let central = |power| integral(&|x| ((x - mean) / deviation).powi(power));
        assert!((integral(&|x| x) - mean).abs() < 1e-9);
        assert!((central(2) - 1.0).abs() < 1e-9);
        assert!((central(3) - law.skewness()).abs() < 1e-9);
        assert!((integral(&|x| -law.ln_density(x)) - law.entropy()).abs() < 1e-9);
        assert!((law.cdf(law.median()) - 0.5).abs() < 1e-15);
        assert!(law.density(law.mode()) > law.density(law.mode() + 1e-3));
        assert!((law.variance() / (deviation * deviation) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for location in [f64::NAN, f64::INFINITY, -1.01e300] {
            assert!(Gumbel::new(location, 1.0).is_err());
        }
        for scale in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e-301, 1.01e300] {
            assert!(Gumbel::new(0.0, scale).is_err());
        }
        let mut out = [0.0_f64; 1000];
        Gumbel::new(1e300, 1e300).unwrap().sample_into(Key::new(1), 0, &mut out);
        assert!(out.iter().all(|x| x.is_finite()));
    }
}
