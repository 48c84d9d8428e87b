//! Adaptive rejection sampling of a log-concave density on the line: the sampler. Its bounds are in `hull`.

use alloc::vec::Vec;
use core::fmt;

use rand_core::Rng;

use super::hull::Hull;
use super::rejection::Accepted;
use super::tangent::Tangent;
use super::uniform;
use crate::check::parameter;
use crate::error::{Error, Result};
use crate::math;

/// The limit on the number of tangents, unless another is set.
const DEFAULT_TANGENTS: usize = 64;
/// Tries for one value before the sampler gives up.
const MAX_TRIES: u64 = 1_000_000;

/// A sampler of a log-concave density, by rejection under the tangents of its logarithm.
///
/// ```text
/// h = ln f, concave;   upper: the lowest tangent of h,   lower: chords between the points of tangency
/// x ~ exp(upper),  u ~ uniform (0, 1)
/// ln u <= lower(x) - upper(x):  accept x, without evaluating h         (squeeze)
/// ln u <= h(x) - upper(x):      accept x
/// where h was evaluated, its tangent joins the hull (the lowest tangents), which so tightens where it is loose
/// ```
///
/// The sampler needs no proposal and no bound: both come from the tangents, and tighten as the sampler runs. Many
/// densities have a concave logarithm: normal, Gumbel, logistic, exponential, gamma and Weibull of shape 1 and
/// more, beta with both parameters 1 and more, and any of them restricted to an interval.
///
/// `ln_density` returns h(x), up to a constant, and its derivative h'(x). It is called only inside of
/// (low, high), and at an end if rounding leads there. Draws are independent and exact, whatever the state of
/// the hull. A try takes three `u64` of the generator; a new sampler and the same [`Key`](crate::Key) give the
/// same values.
///
/// h may be -inf where the density is 0: the domain then shrinks to the points where it is above 0.
///
/// Gilks and Wild, "Adaptive rejection sampling for Gibbs sampling", Applied Statistics 41, 1992.
///
/// ```
/// use gumbel::Key;
/// use gumbel::textbook::AdaptiveRejection;
///
/// // Gamma with shape 2, x e^-x: h = ln x - x on (0, infinity), from one point with h' < 0.
/// let h = |x: f64| (x.ln() - x, 1.0 / x - 1.0);
/// let mut gamma = AdaptiveRejection::new(h, 0.0, f64::INFINITY, &[2.0])?;
/// let drawn = gamma.sample_many(10_000, &mut Key::new(7).rng())?;
/// let mean = drawn.values.iter().sum::<f64>() / 10_000.0;
/// assert!((mean - 2.0).abs() < 6.0 * (2.0_f64 / 10_000.0).sqrt()); // six standard deviations
/// assert!(drawn.rate() > 0.95);
/// assert!(gamma.evaluations() < 300); // the squeeze accepts the rest
///
/// // Two bumps are not log-concave.
/// let bumps = |x: f64| {
///     let (a, b) = ((-0.5 * (x + 3.0) * (x + 3.0)).exp(), (-0.5 * (x - 3.0) * (x - 3.0)).exp());
///     ((a + b).ln(), (-(x + 3.0) * a - (x - 3.0) * b) / (a + b))
/// };
/// let infinite = f64::INFINITY;
/// let error = AdaptiveRejection::new(bumps, -infinite, infinite, &[-4.0, -2.0, 2.0, 4.0]);
/// assert!(matches!(error, Err(gumbel::Error::NotLogConcave { .. })));
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone)]
pub struct AdaptiveRejection<F> {
    ln_density: F,
    hull: Hull,
    limit: usize,
    evaluations: u64,
}

impl<F: Fn(f64) -> (f64, f64)> AdaptiveRejection<F> {
    /// Creates a sampler over (low, high), with the first tangents at `starts`.
    ///
    /// Either end may be infinite. There must be a start with h' > 0 if `low` is -inf, and one with h' < 0 if
    /// `high` is inf: one on either side of the mode. Otherwise one start is enough. Starts may be far from the
    /// mode. But 10^15 nats below the mode h has no digits left to show the direction, and the tries may run out.
    ///
    /// # Errors
    /// Ends that are NaN, in the wrong order, or so far apart that their distance overflows; no starts, or starts
    /// that do not increase or are not between the ends; an h that is not finite at a start; an
    /// h' that is not finite, or has the wrong sign for an infinite end; starts at which h is not concave.
    pub fn new(ln_density: F, low: f64, high: f64, starts: &[f64]) -> Result<Self> {
        parameter("low", "a number or -inf", low, low < f64::INFINITY)?;
        parameter("high", "a number above low, or inf", high, high > low)?;
        let width = high - low;
        let unbounded = low.is_infinite() || high.is_infinite();
        let good = unbounded || width.is_normal();
        let expected = "a width from 2.3e-308 to 1.7e308, or an infinite end";
        parameter("high - low", expected, width, good)?;
        if starts.is_empty() {
            let (argument, expected) = ("starts", "at least 1 number");
            return Err(Error::Integer { argument, expected, found: 0 });
        }
        let mut least = low;
        let mut tangents = Vec::with_capacity(starts.len());
        for (index, &found) in starts.iter().enumerate() {
            if !(least < found && found < high) {
                let (argument, expected) = ("starts", "increasing numbers between low and high");
                return Err(Error::Value { argument, expected, index, found });
            }
            least = found;
            tangents.push(Tangent::of(&ln_density, found)?.ok_or(Error::Function {
                argument: "ln density",
                expected: "a finite number at the starts",
                x: found,
                found: f64::NEG_INFINITY,
            })?);
        }
        let hull = Hull::new(low, high, tangents)?;
        let limit = DEFAULT_TANGENTS.max(starts.len());
        Ok(Self { ln_density, hull, limit, evaluations: starts.len() as u64 })
    }

    /// Sets the limit on the number of tangents (by default 64, or the number of starts if that is larger).
    ///
    /// At the limit, the tangent at a rejected point replaces another one if that makes the hull smaller.
    ///
    /// # Errors
    /// A limit below the current number of tangents.
    pub fn with_limit(self, tangents: usize) -> Result<Self> {
        if tangents < self.hull.len() {
            return Err(Error::Integer {
                argument: "tangents",
                expected: "at least the current number",
                found: tangents as u128,
            });
        }
        Ok(Self { limit: tangents, ..self })
    }

    /// Draws one value.
    ///
    /// # Errors
    /// Points of h above a tangent, so that f is not log-concave (or h' is not the derivative of h); an h or h'
    /// that is NaN or infinite, except h = -inf; no value in 10^6 tries. Concavity is checked only where h is
    /// evaluated, which proves nothing elsewhere.
    pub fn sample<R: Rng + ?Sized>(&mut self, rng: &mut R) -> Result<f64> {
        let mut tries = 0;
        self.draw(&mut &mut *rng, &mut tries)
    }

    /// Draws `n` values, and counts the tries: [`Accepted::rate`] is the acceptance rate.
    ///
    /// # Errors
    /// As [`AdaptiveRejection::sample`].
    pub fn sample_many<R: Rng + ?Sized>(&mut self, n: usize, rng: &mut R) -> Result<Accepted> {
        let mut tries = 0;
        let values =
            (0..n).map(|_| self.draw(&mut &mut *rng, &mut tries)).collect::<Result<_>>()?;
        Ok(Accepted { values, tries })
    }

    fn draw(&mut self, rng: &mut dyn Rng, tries: &mut u64) -> Result<f64> {
        for _ in 0..MAX_TRIES {
            *tries += 1;
            let segment = self.hull.segment(uniform(rng));
            let (v, complement) = open_unit(rng);
            let x = self.hull.point(segment, v, complement);
            let ln_u = math::ln(open_unit(rng).0);
            let upper = self.hull.upper(segment, x);
            if ln_u <= self.hull.lower(x) - upper {
                return Ok(x);
            }
            self.evaluations += 1;
            let Some(new) = Tangent::of(&self.ln_density, x)? else {
                self.hull.cut_off(x)?;
                continue;
            };
            self.hull.check_concave(&new)?;
            let accepted = ln_u <= new.h - upper;
            if self.hull.len() < self.limit {
                self.hull.insert(new)?;
            } else if !accepted {
                self.hull.replace(new)?;
            }
            if accepted {
                return Ok(x);
            }
        }
        Err(Error::NothingAccepted { tries: MAX_TRIES })
    }
}

impl<F> AdaptiveRejection<F> {
    /// The number of calls of `ln_density` so far.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// The number of tangents in the hull.
    pub fn tangents(&self) -> usize {
        self.hull.len()
    }
}

impl<F> fmt::Debug for AdaptiveRejection<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tangents, limit, calls) = (self.hull.len(), self.limit, self.evaluations);
        write!(f, "AdaptiveRejection({tangents} of {limit} tangents, {calls} evaluations)")
    }
}

/// v = (k + 1/2) 2^-64 and 1 - v for a 64-bit word k, each to full relative precision.
fn open_unit(rng: &mut dyn Rng) -> (f64, f64) {
    const STEP: f64 = 1.0 / (1_u128 << 64) as f64;
    let k = rng.next_u64();
    ((k as f64 + 0.5) * STEP, (!k as f64 + 0.5) * STEP)
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use super::*;
    use crate::key::Key;

    const INF: f64 = f64::INFINITY;

    fn normal(mean: f64, sigma: f64) -> impl Fn(f64) -> (f64, f64) + Copy {
        move |x| {
            let z = (x - mean) / sigma;
            (-0.5 * z * z, -z / sigma)
        }
    }

    /// Mean and variance of a normal sample, within six standard deviations of each.
    fn assert_normal(values: &[f64], mean: f64, sigma: f64) {
        let n = values.len() as f64;
        let z = || values.iter().map(|x| (x - mean) / sigma);
        let (first, second) = (z().sum::<f64>() / n, z().map(|z| z * z).sum::<f64>() / n);
        assert!(first.abs() < 6.0 / n.sqrt(), "mean {first}");
        assert!((second - 1.0).abs() < 6.0 * (2.0 / n).sqrt(), "second moment {second}");
    }

    /// The tangent of a straight line is the line: nothing is rejected.
    #[test]
    fn an_exponential_is_its_own_hull() {
        let mut line = AdaptiveRejection::new(|x| (-3.0 * x, -3.0), 0.0, INF, &[1.0]).unwrap();
        let drawn = line.sample_many(10_000, &mut Key::new(1).rng()).unwrap();
        assert_eq!((drawn.tries, drawn.rate()), (10_000, 1.0));
        let mean = drawn.values.iter().sum::<f64>() / 1e4;
        assert!((mean - 1.0 / 3.0).abs() < 6.0 / 3.0 / 100.0, "{mean}");
    }

    #[test]
    fn the_same_key_gives_the_same_values() {
        let sampler = AdaptiveRejection::new(normal(0.0, 1.0), -INF, INF, &[-1.0, 1.0]).unwrap();
        let drawn = sampler.clone().sample_many(1000, &mut Key::new(1).rng()).unwrap();
        let (mut again, mut rng) = (sampler.clone(), Key::new(1).rng());
        let singles: Vec<f64> = (0..1000).map(|_| again.sample(&mut rng).unwrap()).collect();
        assert_eq!(singles, drawn.values);
        assert_normal(&drawn.values, 0.0, 1.0);
    }

    #[test]
    fn evaluations_are_counted_and_the_hull_is_limited() {
        let calls = Cell::new(0);
        let counted = |x| {
            calls.set(calls.get() + 1);
            normal(0.0, 1.0)(x)
        };
        let sampler = AdaptiveRejection::new(counted, -INF, INF, &[-2.0, 2.0]).unwrap();
        assert_eq!(sampler.evaluations(), 2);
        let mut wide = sampler.clone();
        let free = wide.sample_many(20_000, &mut Key::new(1).rng()).unwrap();
        assert_eq!(wide.evaluations(), calls.get());
        assert_eq!(wide.tangents(), DEFAULT_TANGENTS);
        // With k tangents hull and squeeze are of order 1 / k^2 apart: a few evaluations in 1,000.
        assert!(wide.evaluations() < 400, "{}", wide.evaluations());
        let mut tight = sampler.with_limit(2).unwrap();
        let bound = tight.sample_many(20_000, &mut Key::new(1).rng()).unwrap();
        assert_eq!(tight.tangents(), 2);
        assert_normal(&bound.values, 0.0, 1.0);
        assert!(free.rate() > 0.99, "{}", free.rate());
    }

    #[test]
    fn any_scale_and_any_start() {
        // Starts that are a million deviations away, or on one side, or far from a narrow peak.
        let cases = [
            (normal(0.0, 1.0), 0.0, 1.0, -INF, INF, [-1e6, 1e6]),
            (normal(1e6, 1e-3), 1e6, 1e-3, -INF, INF, [1e6 - 1.0, 1e6 + 1.0]),
            (normal(0.3, 1e-9), 0.3, 1e-9, -3.0, 3.0, [-1.0, 2.0]),
            (normal(0.0, 1e-200), 0.0, 1e-200, -INF, INF, [-1e-199, 3e-200]),
            (normal(0.0, 1e150), 0.0, 1e150, -1e155, 1e155, [3e150, 4e150]),
        ];
        for (h, mean, sigma, low, high, starts) in cases {
            let mut sampler = AdaptiveRejection::new(h, low, high, &starts).unwrap();
            let drawn = sampler.sample_many(5_000, &mut Key::new(3).rng()).unwrap();
            assert_normal(&drawn.values, mean, sigma);
            assert!(drawn.rate() > 0.9, "{sampler:?}: {}", drawn.rate());
        }
        // A start e^30 nats below the mode, from which each tangent leads up by a unit or so.
        let gumbel = |x: f64| (-x - (-x).exp(), (-x).exp() - 1.0);
        let mut sampler = AdaptiveRejection::new(gumbel, -INF, INF, &[-30.0, 9.0]).unwrap();
        let drawn = sampler.sample_many(5_000, &mut Key::new(3).rng()).unwrap();
        // The mean of the Gumbel law is Euler's constant, its variance pi^2 / 6.
        let mean = drawn.values.iter().sum::<f64>() / 5_000.0;
        assert!((mean - 0.577_216).abs() < 6.0 * (1.644_934 / 5_000.0_f64).sqrt(), "{mean}");
        assert!(sampler.evaluations() < 200, "{sampler:?}");
        // A normalising constant that is large beside all differences.
        let shifted = |x| (normal(0.0, 1.0)(x).0 + 1e6, -x);
        let mut sampler = AdaptiveRejection::new(shifted, -INF, INF, &[-1.0, 1.0]).unwrap();
        let drawn = sampler.sample_many(5_000, &mut Key::new(4).rng()).unwrap();
        assert_normal(&drawn.values, 0.0, 1.0);
    }

    #[test]
    fn the_domain_shrinks_to_where_the_density_is() {
        let uniform = |x: f64| (if (0.25..=0.5).contains(&x) { 7.0 } else { -INF }, 0.0);
        let mut sampler = AdaptiveRejection::new(uniform, -10.0, 10.0, &[0.3]).unwrap();
        let drawn = sampler.sample_many(10_000, &mut Key::new(1).rng()).unwrap();
        let (least, most) =
            drawn.values.iter().fold((INF, -INF), |(a, b), &x| (x.min(a), x.max(b)));
        // An end stays empty over a share of 0.002 with probability 2e-9.
        assert!((0.25..0.250_5).contains(&least) && (0.499_5..=0.5).contains(&most));
        assert!(drawn.rate() > 0.99, "{}", drawn.rate());
    }

    #[test]
    fn a_density_that_is_not_log_concave_is_found() {
        let mut rng = Key::new(1).rng();
        // Tails of a power.
        let cauchy = |x: f64| (-(1.0 + x * x).ln(), -2.0 * x / (1.0 + x * x));
        let mut sampler = AdaptiveRejection::new(cauchy, -INF, INF, &[-1.0, 1.0]).unwrap();
        let error = sampler.sample_many(1000, &mut rng).unwrap_err();
        let Error::NotLogConcave { x, bound, found } = error else { panic!("{error}") };
        assert!(x.abs() > 1.0 && found > bound && found == cauchy(x).0);
        // An increasing derivative, at the starts.
        let bowl = |x: f64| (x * x, 2.0 * x);
        let error = AdaptiveRejection::new(bowl, -1.0, 1.0, &[-0.5, 0.5]).unwrap_err();
        assert_eq!(error, Error::NotLogConcave { x: 0.5, bound: -0.75, found: 0.25 });
        // The sampler can be used after an error.
        assert!((0..10).any(|_| sampler.sample(&mut rng).is_ok()));
        // A derivative with the wrong sign.
        let wrong = |x: f64| (-0.5 * x * x, x);
        let mut sampler = AdaptiveRejection::new(wrong, -1.0, 1.0, &[0.5]).unwrap();
        let error = sampler.sample_many(1000, &mut rng).unwrap_err();
        assert!(matches!(error, Error::NotLogConcave { .. }), "{error}");
    }

    #[test]
    fn bad_functions() {
        let refused = |h: f64, slope: f64| {
            // Good at the start, bad elsewhere.
            let f = move |x: f64| if x == 0.5 { (0.0, 0.0) } else { (h, slope) };
            let mut sampler = AdaptiveRejection::new(f, 0.0, 1.0, &[0.5]).unwrap();
            let drawn = sampler.sample_many(100, &mut Key::new(1).rng());
            let Err(Error::Function { argument, x, found, .. }) = drawn else {
                panic!("{drawn:?}")
            };
            assert!(x > 0.0 && x < 1.0);
            (argument, found.to_bits())
        };
        for bad in [f64::NAN, INF] {
            assert_eq!(refused(bad, 0.0), ("ln density", bad.to_bits()));
            assert_eq!(refused(0.0, bad), ("derivative of ln density", bad.to_bits()));
        }
        for (low, high, x) in [(-INF, 0.0, -1.0), (0.0, INF, 1.0), (-INF, INF, 1.0)] {
            // The slope must lead down to an infinite end.
            let rises = AdaptiveRejection::new(move |y| (x * y, x), low, high, &[x]);
            assert_eq!(rises.is_ok(), low.is_infinite() == (x > 0.0) && high.is_finite());
            let flat = AdaptiveRejection::new(|_| (0.0, 0.0), low, high, &[x]).unwrap_err();
            let Error::Function { argument, x: at, found, .. } = flat else { panic!("{flat}") };
            assert_eq!((argument, at, found), ("derivative of ln density", x, 0.0));
        }
        let nowhere = AdaptiveRejection::new(|_| (-INF, 0.0), 0.0, 1.0, &[0.5]).unwrap_err();
        assert!(matches!(nowhere, Error::Function { found: f64::NEG_INFINITY, .. }));
    }

    #[test]
    fn bad_parameters() {
        let new = |low, high, starts: &[f64]| {
            AdaptiveRejection::new(normal(0.0, 1.0), low, high, starts).unwrap_err()
        };
        for (low, high) in
            [(f64::NAN, 1.0), (INF, INF), (1.0, 1.0), (0.0, f64::NAN), (-1e308, 1e308)]
        {
            let error = new(low, high, &[0.5]);
            assert!(matches!(error, Error::Parameter { .. }), "{error}");
        }
        assert!(matches!(new(0.0, 1.0, &[]), Error::Integer { argument: "starts", .. }));
        for (starts, at) in [
            (&[0.0, 0.5][..], 0),
            (&[0.5, 1.0], 1),
            (&[0.5, 0.5], 1),
            (&[0.5, 0.4], 1),
            (&[f64::NAN], 0),
        ] {
            let error = new(0.0, 1.0, starts);
            assert!(matches!(error, Error::Value { index, .. } if index == at), "{error}");
        }
        let sampler = AdaptiveRejection::new(normal(0.0, 1.0), -INF, INF, &[-1.0, 1.0]).unwrap();
        let error = sampler.with_limit(1).unwrap_err();
        assert!(matches!(error, Error::Integer { argument: "tangents", found: 1, .. }));
    }
}
