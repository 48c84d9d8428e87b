//! Random utility: argmax(l + noise) with other noises than Gumbel's, and their error.
//!
//! In Thurstone's model ("A law of comparative judgment", Psych. Review 34, 1927) the largest of the utilities
//! plus random noise is chosen. In Luce's ("Individual Choice Behavior", 1959) the choice has the
//! probabilities p_i / sum_j p_j: his choice axiom, softmax(ln p). With Gumbel noise the two models are equal.
//! Is there another noise that makes them equal?
//!
//! **Three or more classes: no.** Yellott, "The relationship between Luce's choice axiom, Thurstone's
//! theory of comparative judgment, and the double exponential distribution", J. Math. Psych. 15, 1977:
//! if argmax(l + e), e_i independent with one law, has the probabilities softmax(l) for all logits of
//! three classes, then e is Gumbel up to a shift. (A scale of the noise is a temperature of the softmax.)
//! In short: P(class 1) = P(e2 - e1 < l1 - l2, e3 - e1 < l1 - l3) for all l is the joint law of two
//! differences. Its characteristic function is f(s) f(t) f(-s-t), with f that of e. Let h be the ratio of
//! f to the characteristic function of Gumbel noise, Gamma(1 - it), which is never 0. Then
//!
//! ```text
//! h(s) h(t) h(-s-t) = 1            for all s, t; h is continuous, h(0) = 1
//! h(s) h(-s) = 1                   with t = 0
//! h(s + t) = h(s) h(t)             so h(t) = exp(c t)
//! |h(t)|^2 = h(t) h(-t) = 1        so c is imaginary: a shift
//! ```
//!
//! More classes contain this case: with the others at -inf, three are left.
//!
//! **Two classes: yes.** P(class 1) = F(l1 - l2) depends on one number, and F is the distribution
//! function of e2 - e1. Each noise has its own curve of probabilities:
//!
//! ```text
//! Gumbel, reversed Gumbel    1 / (1 + exp(-d))                      exact
//! normal N(0, s^2)           Phi(d / (s sqrt 2))                    the probit
//! uniform on [0, w]          1 - (1 - d/w)^2 / 2,   0 <= d <= w     certain beyond w
//! exponential                1 - exp(-d) / 2,       0 <= d          Laplace
//! logistic                   e^d (e^d - 1 - d) / (e^d - 1)^2
//! F(-d) = 1 - F(d) for all of them
//! ```
//!
//! It is exact if and only if the difference is logistic: |f(t)|^2 = pi t / sinh(pi t). The
//! reversed noise -g has the differences of g, so it is exact for two classes. It is wrong for three:
//! the first of exponential clocks with rates p_i is class i with probability p_i, but -g chooses
//! the *last* of clocks with rates 1 / p_i. There are symmetric noises too: pi t / sinh(pi t) is
//! the product of 1 / (1 + t^2 / n^2), the square root of each factor belongs to the difference of two
//! Gamma(1/2) variables over n, and two sums of these differ by a logistic. The theorem needs the joint
//! law of two differences; the law of one is not enough.
//!
//! With many classes the upper tails decide the winner. Exponential and logistic noise have the tail of
//! the Gumbel, so they do well among many small classes; a large class among them shows the difference.

#[cfg(not(any(feature = "std", test)))]
use crate::math::float::Float as _;
use alloc::vec;
use alloc::vec::Vec;
use core::f64::consts::PI;

use crate::check;
use crate::distribution::Normal;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::math;
use crate::noise;
use crate::scalar::rows::{self, argmax};
use crate::scalar::softmax::softmax_rows;

/// Noise is made in parts of about this many numbers.
const DRAWS_PART: usize = 1 << 14;

/// A noise to add to the logits before the argmax. A noise is exact if the argmax has the probabilities
/// softmax(logits).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UtilityNoise {
    /// Standard Gumbel noise g: exact for any number of classes.
    Gumbel,
    /// Reversed Gumbel noise, -g: exact for two classes only.
    ReversedGumbel,
    /// Standard normal noise.
    Normal,
    /// Normal noise with the variance of Gumbel noise, pi^2 / 6.
    MatchedNormal,
    /// Uniform noise on (0, 1).
    Uniform,
    /// Uniform noise with the variance of Gumbel noise: on (0, pi sqrt 2).
    MatchedUniform,
    /// Exponential noise of rate 1. Its upper tail is that of Gumbel noise.
    Exponential,
    /// Standard logistic noise.
    Logistic,
}

impl UtilityNoise {
    /// All noises, in the order of the variants.
    pub const ALL: [Self; 8] = [
        Self::Gumbel,
        Self::ReversedGumbel,
        Self::Normal,
        Self::MatchedNormal,
        Self::Uniform,
        Self::MatchedUniform,
        Self::Exponential,
        Self::Logistic,
    ];

    /// The name of the noise, in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gumbel => "Gumbel",
            Self::ReversedGumbel => "reversed Gumbel",
            Self::Normal => "normal",
            Self::MatchedNormal => "normal, variance matched",
            Self::Uniform => "uniform",
            Self::MatchedUniform => "uniform, variance matched",
            Self::Exponential => "exponential",
            Self::Logistic => "logistic",
        }
    }

    /// Fills `out` with this noise: `out[i]` belongs to element `offset + i` of `key`.
    pub fn fill_into(self, key: Key, offset: u64, out: &mut [f64]) {
        let mut factor = 1.0;
        match self {
            Self::Gumbel => noise::gumbel_into(key, offset, out),
            Self::ReversedGumbel => {
                noise::gumbel_into(key, offset, out);
                factor = -1.0;
            }
            Self::Normal => noise::normal_into(key, offset, out),
            Self::MatchedNormal => {
                noise::normal_into(key, offset, out);
                factor = PI / 6f64.sqrt();
            }
            Self::Uniform => noise::uniform_into(key, offset, out),
            Self::MatchedUniform => {
                noise::uniform_into(key, offset, out);
                factor = PI * 2f64.sqrt();
            }
            Self::Exponential => noise::exponential_into(key, offset, out),
            Self::Logistic => noise::logistic_into(key, offset, out),
        }
        if factor != 1.0 {
            out.iter_mut().for_each(|x| *x *= factor);
        }
    }

    /// The probability of the first of two classes whose logits differ by `difference` = l1 - l2: the
    /// curves of the [module](self), in closed form. Small probabilities keep their digits.
    ///
    /// # Errors
    /// A difference that is NaN.
    ///
    /// ```
    /// use gumbel::textbook::random_utility::UtilityNoise::{Exponential, Gumbel, ReversedGumbel};
    /// let d = 4f64.ln(); // p = (0.8, 0.2)
    /// assert!((Gumbel.of_two(d)? - 0.8).abs() < 1e-15);
    /// assert_eq!(ReversedGumbel.of_two(d)?, Gumbel.of_two(d)?);
    /// assert!((Exponential.of_two(d)? - 0.875).abs() < 1e-15);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn of_two(self, difference: f64) -> Result<f64> {
        check::parameter("difference", "a number", difference, !difference.is_nan())?;
        let tail = self.tail(difference.abs());
        Ok(if difference < 0.0 { tail } else { 1.0 - tail })
    }

    /// The small probability F(-d) = 1 - F(d) for d >= 0, with all its digits.
    fn tail(self, d: f64) -> f64 {
        let triangle = |d: f64| if d < 1.0 { 0.5 * (1.0 - d) * (1.0 - d) } else { 0.0 };
        let normal = |d: f64| Normal::STANDARD.survival(d);
        let e = math::exp(-d);
        match self {
            Self::Gumbel | Self::ReversedGumbel => e / (1.0 + e),
            Self::Normal => normal(d / 2f64.sqrt()),
            Self::MatchedNormal => normal(d * 3f64.sqrt() / PI),
            Self::Uniform => triangle(d),
            Self::MatchedUniform => triangle(d / (PI * 2f64.sqrt())),
            Self::Exponential => 0.5 * e,
            // The difference of two logistics; the series where the closed form cancels, next term
            // d^5 / 5040.
            Self::Logistic if d < 0.01 => 0.5 - d / 6.0 + d * d * d / 180.0,
            Self::Logistic if d > 700.0 => 0.0,
            Self::Logistic => {
                let rest = math::one_minus_exp_neg(d);
                e * (d - rest) / (rest * rest)
            }
        }
    }
}

/// Counts how often each class is argmax(logits + noise) in `draws` independent draws.
///
/// `logits`: unnormalised log-probabilities of one choice. A class with logit -inf never wins; among equal sums
/// the first class wins. The noise of class i in draw d is element `d k + i` of `key`. With
/// [`UtilityNoise::Gumbel`] the counts are multinomial with probabilities softmax(logits), exactly.
///
/// # Errors
/// No classes, NaN or +inf logits, logits of -inf only.
///
/// ```
/// use gumbel::{Key, textbook::random_utility::{UtilityNoise, counts, total_variation}};
/// let logits = [0.7_f64, 0.2, 0.1].map(f64::ln);
/// let gumbel = counts(&logits, UtilityNoise::Gumbel, 100_000, Key::new(7))?;
/// assert!(total_variation(&gumbel, &logits)? < 0.005);
/// let normal = counts(&logits, UtilityNoise::Normal, 100_000, Key::new(7))?;
/// assert!(total_variation(&normal, &logits)? > 0.06);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn counts(logits: &[f64], noise: UtilityNoise, draws: u64, key: Key) -> Result<Vec<u64>> {
    check::rows(logits, logits.len().into())?;
    let k = logits.len();
    // Beside a logit of 1e16 all noise would be rounded away, so the largest is subtracted.
    let top = rows::max(logits);
    let mut counts = vec![0; k];
    let rows = (DRAWS_PART / k).max(1) as u64;
    let mut z = vec![0.0; rows as usize * k];
    let mut first = 0;
    while first < draws {
        let part = &mut z[..rows.min(draws - first) as usize * k];
        noise.fill_into(key, first.wrapping_mul(k as u64), part);
        for row in part.chunks_exact_mut(k) {
            row.iter_mut().zip(logits).for_each(|(z, l)| *z += l - top);
            counts[argmax(row)] += 1;
        }
        first += rows;
    }
    Ok(counts)
}

/// The total variation distance of counts from softmax(logits): half the sum of |n_i / n - p_i|.
///
/// The distance is the largest difference between the two in the probability of a set of classes. For counts of
/// an exact sampler the distance is not 0: see [`total_variation_floor`].
///
/// # Errors
/// As [`counts`]; also a number of counts other than the number of logits, and counts that are all 0.
///
/// ```
/// let logits = [0.5_f64.ln(), 0.5_f64.ln()];
/// let d = gumbel::textbook::random_utility::total_variation(&[60, 40], &logits)?;
/// assert!((d - 0.1).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn total_variation(counts: &[u64], logits: &[f64]) -> Result<f64> {
    let (p, n) = probabilities_and_draws(counts, logits)?;
    Ok(0.5 * counts.iter().zip(&p).map(|(&c, p)| (c as f64 / n - p).abs()).sum::<f64>())
}

/// An upper bound on the mean [`total_variation`] of `draws` exact draws: half the sum of
/// sqrt(p_i (1 - p_i) / draws), because a mean deviation is at most the standard deviation.
///
/// # Errors
/// As [`counts`]; also no draws.
///
/// ```
/// let even = [0.0; 100];
/// let floor = gumbel::textbook::random_utility::total_variation_floor(&even, 10_000)?;
/// assert!((floor - 0.0497).abs() < 1e-4);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn total_variation_floor(logits: &[f64], draws: u64) -> Result<f64> {
    let p = softmax(logits)?;
    if draws == 0 {
        return Err(Error::Integer { argument: "draws", expected: "at least 1", found: 0 });
    }
    Ok(0.5 * p.iter().map(|p| (p * (1.0 - p) / draws as f64).sqrt()).sum::<f64>())
}

/// Pearson's statistic of counts against probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquare {
    /// The sum of (n_i - n p_i)^2 / (n p_i) over the classes that are possible.
    pub statistic: f64,
    /// The number of possible classes less one.
    pub degrees_of_freedom: usize,
}

/// Pearson's chi-square statistic of counts against softmax(logits).
///
/// For counts of an exact sampler, as n grows, the statistic tends to the chi-square law with its degrees of
/// freedom as the mean and twice that number as the variance. The law is close when each possible class is
/// expected five times or more. A count of an impossible class makes the statistic infinite.
///
/// # Errors
/// As [`total_variation`].
///
/// ```
/// let logits = [0.5_f64.ln(), 0.5_f64.ln()];
/// let chi = gumbel::textbook::random_utility::chi_square(&[60, 40], &logits)?;
/// assert!((chi.statistic - 4.0).abs() < 1e-12);
/// assert_eq!(chi.degrees_of_freedom, 1);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn chi_square(counts: &[u64], logits: &[f64]) -> Result<ChiSquare> {
    let (p, n) = probabilities_and_draws(counts, logits)?;
    let terms = counts.iter().zip(&p).map(|(&count, p)| match (count, p * n) {
        (0, 0.0) => 0.0,
        (_, 0.0) => f64::INFINITY,
        (count, expected) => (count as f64 - expected) * (count as f64 - expected) / expected,
    });
    let statistic = terms.sum();
    let possible = p.iter().filter(|&&p| p > 0.0).count();
    Ok(ChiSquare { statistic, degrees_of_freedom: possible - 1 })
}

/// softmax(logits) and the number of draws, after a check of both.
fn probabilities_and_draws(counts: &[u64], logits: &[f64]) -> Result<(Vec<f64>, f64)> {
    let p = softmax(logits)?;
    check::length("counts", counts.len(), logits.len())?;
    let n: f64 = counts.iter().map(|&c| c as f64).sum();
    if n == 0.0 {
        return Err(Error::Integer { argument: "counts", expected: "at least one draw", found: 0 });
    }
    Ok((p, n))
}

fn softmax(logits: &[f64]) -> Result<Vec<f64>> {
    let k = logits.len();
    check::rows(logits, k.into())?;
    let mut p = logits.to_vec();
    softmax_rows(&mut p, k, 1.0.into());
    Ok(p)
}

#[cfg(test)]
mod tests {
    use super::UtilityNoise::*;
    use super::*;
    use crate::gumbel_max;

    #[test]
    fn gumbel_counts_are_those_of_gumbel_max() {
        let logits = [0.3, -1.0, f64::NEG_INFINITY, 0.0, 2.0];
        let draws = 10_000;
        let winners = gumbel_max(&logits.repeat(draws), 5, Key::new(1)).unwrap();
        let expected = [0, 1, 2, 3, 4].map(|c| winners.iter().filter(|&&w| w == c).count() as u64);
        let counts = counts(&logits, Gumbel, draws as u64, Key::new(1)).unwrap();
        assert_eq!(counts, expected);
        assert_eq!(counts[2], 0);
    }

    /// The closed forms equal the integral of F(x + d) f(x) by the midpoint rule in v = F(x).
    #[test]
    fn two_classes_follow_the_difference_of_two_noises() {
        type Law = (UtilityNoise, fn(f64) -> f64, fn(f64) -> f64);
        let n = 20_000;
        let laws: [Law; 5] = [
            (Gumbel, |v| -(-v.ln()).ln(), |x| (-(-x).exp()).exp()),
            (ReversedGumbel, |v| (-(-v).ln_1p()).ln(), |x| -(-x.exp()).exp_m1()),
            (Uniform, |v| v, |x| x.clamp(0.0, 1.0)),
            (Exponential, |v| -(-v).ln_1p(), |x| -(-x.max(0.0)).exp_m1()),
            (Logistic, |v| (v / (1.0 - v)).ln(), |x| 1.0 / (1.0 + (-x).exp())),
        ];
        for (noise, quantile, cdf) in laws {
            for d in [-3.0, -0.7, -0.005, 0.0, 0.009, 0.011, 0.4, 1.5, 4.0] {
                let middle = |i: usize| (i as f64 + 0.5) / n as f64;
                let sum: f64 = (0..n).map(|i| cdf(quantile(middle(i)) + d)).sum();
                let ours = noise.of_two(d).unwrap();
                // The integrand rises from 0 to 1, with a jump at an end for two of the laws.
                assert!((ours - sum / n as f64).abs() < 1.0 / n as f64, "{noise:?} {d}: {ours}");
            }
        }
    }

    #[test]
    fn the_curves_are_symmetric_and_rise() {
        for noise in UtilityNoise::ALL {
            assert_eq!(noise.of_two(0.0).unwrap(), 0.5, "{noise:?}");
            let mut last = 0.0;
            for i in -400..=400 {
                let d = f64::from(i) / 40.0;
                let (p, q) = (noise.of_two(d).unwrap(), noise.of_two(-d).unwrap());
                assert!((p + q - 1.0).abs() < 1e-15 && p >= last, "{noise:?} {d}");
                last = p;
            }
            assert_eq!(noise.of_two(f64::INFINITY).unwrap(), 1.0);
            assert!(noise.of_two(f64::NAN).is_err());
        }
        // The series of the logistic meets the closed form: its next term, and 2 epsilon / d.
        let [a, b] = [0.01, 0.01 - 1e-15].map(|d| Logistic.of_two(d).unwrap());
        assert!((a - b).abs() < 6.5e-14, "{a} {b}");
        assert!((Gumbel.of_two(-50.0).unwrap() / (-50_f64).exp() - 1.0).abs() < 1e-15);
        assert!((Logistic.of_two(-50.0).unwrap() / (49.0 * (-50_f64).exp()) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn statistics_of_known_counts() {
        let logits = [0.5_f64, 0.25, 0.25, 0.0].map(f64::ln);
        assert!((total_variation(&[40, 40, 20, 0], &logits).unwrap() - 0.15).abs() < 1e-15);
        let chi = chi_square(&[40, 40, 20, 0], &logits).unwrap();
        assert!((chi.statistic - (2.0 + 9.0 + 1.0)).abs() < 1e-12);
        assert_eq!(chi.degrees_of_freedom, 2);
        assert_eq!(chi_square(&[40, 40, 19, 1], &logits).unwrap().statistic, f64::INFINITY);
        let one = chi_square(&[9], &[3.0]).unwrap();
        assert_eq!((one.statistic, one.degrees_of_freedom), (0.0, 0));
    }

    #[test]
    fn bad_input_is_named() {
        assert_eq!(counts(&[], Gumbel, 5, Key::new(1)), Err(Error::NoClasses));
        assert_eq!(counts(&[1.0, 2.0], Gumbel, 0, Key::new(1)), Ok(vec![0, 0]));
        let nan = counts(&[0.0, f64::NAN], Normal, 5, Key::new(1));
        assert!(matches!(nan, Err(Error::Value { argument: "logits", index: 1, .. })));
        assert_eq!(chi_square(&[1], &[f64::NEG_INFINITY]), Err(Error::AllMasked { row: 0 }));
        let length = Error::Length { argument: "counts", expected: 2, found: 1 };
        assert_eq!(total_variation(&[1], &[0.0, 0.0]), Err(length));
        let none = total_variation(&[0, 0], &[0.0, 0.0]);
        assert!(matches!(none, Err(Error::Integer { argument: "counts", .. })));
        let none = total_variation_floor(&[0.0, 0.0], 0);
        assert!(matches!(none, Err(Error::Integer { argument: "draws", .. })));
    }
}
