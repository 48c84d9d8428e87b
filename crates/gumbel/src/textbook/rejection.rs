//! Rejection sampling of a density on the line that is known up to its normalisation.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use rand_core::Rng;

use super::uniform;
use crate::check::parameter;
use crate::error::{Error, Result};

/// The limit on the tries for one value, unless another is set.
const DEFAULT_TRIES: u64 = 100_000_000;
/// How far the target may be above the bound, relative to the bound: where the two are equal, rounding in the
/// two closures decides which is larger.
const BOUND_ROUNDING: f64 = 1e-12;

/// A distribution of candidates, with its density.
///
/// [`Proposal::uniform`] is a box. [`Proposal::new`] takes two closures, so that any distribution of
/// `rand_distr` can be a proposal; nothing checks that the two belong together.
pub struct Proposal<'a> {
    kind: Kind<'a>,
}

enum Kind<'a> {
    Uniform { low: f64, high: f64 },
    Custom { sample: Box<Sample<'a>>, density: Box<Density<'a>> },
}

type Sample<'a> = dyn Fn(&mut dyn Rng) -> f64 + 'a;
type Density<'a> = dyn Fn(f64) -> f64 + 'a;

impl<'a> Proposal<'a> {
    /// The uniform distribution on `[low, high]`, with density 1 / (high - low).
    ///
    /// For a target of at most h, the bound is M = h (high - low), the area of the box. The target outside of the
    /// box is cut off.
    ///
    /// # Errors
    /// Ends that are not finite, low not below high, a width that overflows or is subnormal.
    pub fn uniform(low: f64, high: f64) -> Result<Self> {
        parameter("low", "a finite number", low, low.is_finite())?;
        parameter("high", "a finite number above low", high, high.is_finite() && high > low)?;
        let width = high - low;
        parameter("high - low", "a width from 2.3e-308 to 1.7e308", width, width.is_normal())?;
        Ok(Self { kind: Kind::Uniform { low, high } })
    }

    /// A distribution of your own: `sample` draws from the distribution, `density` is its normalised density.
    ///
    /// See [`Rejection`] for an example with `rand_distr`.
    pub fn new(
        sample: impl Fn(&mut dyn Rng) -> f64 + 'a,
        density: impl Fn(f64) -> f64 + 'a,
    ) -> Self {
        Self { kind: Kind::Custom { sample: Box::new(sample), density: Box::new(density) } }
    }

    fn sample(&self, rng: &mut dyn Rng) -> Result<f64> {
        match &self.kind {
            // Rounding could lead beyond the end.
            Kind::Uniform { low, high } => Ok((low + (high - low) * uniform(rng)).min(*high)),
            Kind::Custom { sample, .. } => {
                let x = sample(rng);
                parameter("proposal sample", "a finite number", x, x.is_finite())?;
                Ok(x)
            }
        }
    }

    fn density(&self, x: f64) -> f64 {
        match &self.kind {
            Kind::Uniform { low, high } => 1.0 / (high - low),
            Kind::Custom { density, .. } => density(x),
        }
    }
}

impl fmt::Debug for Proposal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Uniform { low, high } => write!(f, "Proposal::uniform({low}, {high})"),
            Kind::Custom { .. } => f.write_str("Proposal::new(..)"),
        }
    }
}

/// A sampler of a density f on the line, which accepts or rejects proposals.
///
/// ```text
/// x ~ g,  u ~ uniform [0, 1);   accept x if u M g(x) < f(x),   where f(x) <= M g(x) for all x
/// P(accept) = integral(f) / M
/// ```
///
/// `density` is f, not normalised; `bound` is M, with f(x) <= M g(x) wherever the proposal's density g
/// is above 0. Draws are independent and exact: their density is f / integral(f), over the support of
/// g, because the points (x, u M g(x)) fill the area under M g evenly, and those under f are kept. A value takes
/// M / integral(f) tries on average, so M should be as small as possible.
///
/// Values depend only on the generator: the same [`Key`](crate::Key) gives the same values. A try takes the
/// numbers of the proposal, then one `u64`.
///
/// Von Neumann, "Various techniques used in connection with random digits", in "Monte Carlo Method",
/// National Bureau of Standards, Applied Mathematics Series 12, 1951.
///
/// ```
/// use gumbel::Key;
/// use gumbel::textbook::{Proposal, Rejection};
///
/// // A half disc in a box of height 1: M is the area 2, the rate is pi / 4.
/// let disc = Rejection::new(|x| (1.0 - x * x).sqrt(), Proposal::uniform(-1.0, 1.0)?, 2.0)?;
/// let drawn = disc.sample_many(10_000, &mut Key::new(7).rng())?;
/// assert_eq!(drawn.values.len(), 10_000);
/// assert!((drawn.rate() - 0.785_398).abs() < 0.022); // six standard deviations
///
/// // Any distribution of `rand_distr` can be a proposal: here a broad normal one above two bumps.
/// use rand_distr::{Distribution, Normal};
/// let bump = |x: f64, mean: f64| (-0.5 * (x - mean) * (x - mean)).exp();
/// let normal = Normal::new(0.0, 3.0).unwrap();
/// let proposal = Proposal::new(
///     |rng| normal.sample(rng),
///     |x| (-x * x / 18.0).exp() / (3.0 * std::f64::consts::TAU.sqrt()),
/// );
/// let bumps = Rejection::new(|x| bump(x, -2.0) + bump(x, 2.0), proposal, 11.0)?;
/// assert!(bumps.sample(&mut Key::new(7).rng())?.abs() < 8.0);
///
/// // A bound that does not hold is an error at the point where it fails.
/// let wrong = Rejection::new(|x: f64| 1.0 / x, Proposal::uniform(0.0, 1.0)?, 10.0)?;
/// let error = wrong.sample_many(1_000, &mut Key::new(7).rng()).unwrap_err();
/// assert!(matches!(error, gumbel::Error::AboveBound { target, .. } if target > 10.0));
/// # Ok::<(), gumbel::Error>(())
/// ```
pub struct Rejection<'a, F> {
    density: F,
    proposal: Proposal<'a>,
    bound: f64,
    limit: u64,
}

impl<'a, F: Fn(f64) -> f64> Rejection<'a, F> {
    /// Creates a sampler of `density`, with candidates from `proposal` and M = `bound`.
    ///
    /// # Errors
    /// A bound that is not a finite number above 0.
    pub fn new(density: F, proposal: Proposal<'a>, bound: f64) -> Result<Self> {
        let good = bound.is_finite() && bound > 0.0;
        parameter("bound", "a finite number above 0", bound, good)?;
        Ok(Self { density, proposal, bound, limit: DEFAULT_TRIES })
    }

    /// Sets the limit on the tries for one value (by default 10^8).
    ///
    /// # Errors
    /// A limit of 0.
    pub fn with_limit(self, tries: u64) -> Result<Self> {
        if tries == 0 {
            let (argument, expected) = ("tries", "at least 1");
            return Err(Error::Integer { argument, expected, found: 0 });
        }
        Ok(Self { limit: tries, ..self })
    }

    /// Draws one value.
    ///
    /// # Errors
    /// A target above M g(x) by more than one part in 10^12 (less may be rounding); a density, of target or
    /// proposal, that is NaN, infinite or below 0; a candidate that is not finite; nothing accepted within the
    /// limit. Only the candidates drawn are checked.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Result<f64> {
        let mut tries = 0;
        self.draw(&mut &mut *rng, &mut tries)
    }

    /// Draws `n` values, and counts the tries. With n = 0 there are no tries.
    ///
    /// # Errors
    /// As [`Rejection::sample`]; the limit is for each value.
    pub fn sample_many<R: Rng + ?Sized>(&self, n: usize, rng: &mut R) -> Result<Accepted> {
        let mut tries = 0;
        let values =
            (0..n).map(|_| self.draw(&mut &mut *rng, &mut tries)).collect::<Result<_>>()?;
        Ok(Accepted { values, tries })
    }

    fn draw(&self, rng: &mut dyn Rng, tries: &mut u64) -> Result<f64> {
        for _ in 0..self.limit {
            *tries += 1;
            let x = self.proposal.sample(rng)?;
            let height = self.bound * checked("proposal density", x, self.proposal.density(x))?;
            checked("M times the proposal density", x, height)?;
            let target = checked("target density", x, (self.density)(x))?;
            if target > height * (1.0 + BOUND_ROUNDING) {
                return Err(Error::AboveBound { x, target, bound: height });
            }
            if uniform(rng) * height < target {
                return Ok(x);
            }
        }
        Err(Error::NothingAccepted { tries: self.limit })
    }
}

impl<F> fmt::Debug for Rejection<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rejection({:?}, bound {}, limit {})", self.proposal, self.bound, self.limit)
    }
}

/// Accepted values, and the tries they took.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The values, in the order in which they were drawn.
    pub values: Vec<f64>,
    /// The number of candidates, accepted or not.
    pub tries: u64,
}

impl Accepted {
    /// The share of tries that were accepted, 0 without tries. It estimates integral(f) / M.
    pub fn rate(&self) -> f64 {
        self.values.len() as f64 / self.tries.max(1) as f64
    }
}

/// The density, if it is finite and not negative.
fn checked(argument: &'static str, x: f64, density: f64) -> Result<f64> {
    if density.is_finite() && density >= 0.0 {
        return Ok(density);
    }
    Err(Error::Function { argument, expected: "a finite number, 0 or above", x, found: density })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::textbook::{Lcg, LcgParameters};

    fn unit_box() -> Proposal<'static> {
        Proposal::uniform(0.0, 1.0).unwrap()
    }

    /// The rule itself, written out with the generator's words.
    #[test]
    fn equals_the_rule() {
        let target = |x: f64| x * x;
        let sampler = Rejection::new(target, Proposal::uniform(-1.0, 3.0).unwrap(), 36.0).unwrap();
        let drawn = sampler.sample_many(1000, &mut Key::new(1).rng()).unwrap();
        let mut rng = Key::new(1).rng();
        let mut expected = Vec::new();
        for _ in 0..drawn.tries {
            let [x, u] = [0; 2].map(|_| (rng.next_u64() >> 11) as f64 / 2f64.powi(53));
            let x = -1.0 + 4.0 * x;
            if u * 9.0 < target(x) {
                expected.push(x);
            }
        }
        assert_eq!(drawn.values, expected);
        let mut rng = Key::new(1).rng();
        let singles: Vec<f64> = (0..1000).map(|_| sampler.sample(&mut rng).unwrap()).collect();
        assert_eq!(singles, expected);
    }

    /// A box and the closures of a box are the same proposal; a generator behind a pointer works too.
    #[test]
    fn any_proposal_and_any_generator() {
        let target = |x: f64| x;
        let own = Proposal::new(|rng| (rng.next_u64() >> 11) as f64 / 2f64.powi(53), |_| 1.0);
        let mut lcg = Lcg::new(LcgParameters::MMIX, 5).unwrap();
        let expected = Rejection::new(target, unit_box(), 1.0).unwrap();
        let expected = expected.sample_many(100, &mut lcg.clone()).unwrap();
        let same = Rejection::new(target, own, 1.0).unwrap();
        let behind: &mut dyn Rng = &mut lcg;
        assert_eq!(same.sample_many(100, behind).unwrap(), expected);
    }

    #[test]
    fn a_target_that_meets_the_bound_is_always_accepted() {
        // 3 (1/3) and 0.1 + 0.2 - 0.3 are where rounding shows.
        let own = Proposal::new(|_| 0.3, |_| 0.1);
        let sampler = Rejection::new(|_| 0.1 + 0.2, own, 3.0).unwrap();
        let drawn = sampler.sample_many(100, &mut Key::new(1).rng()).unwrap();
        assert_eq!((drawn.tries, drawn.rate()), (100, 1.0));
        let nothing = sampler.sample_many(0, &mut Key::new(1).rng()).unwrap();
        assert_eq!((nothing.tries, nothing.rate()), (0, 0.0));
    }

    #[test]
    fn a_target_above_the_bound_is_an_error() {
        let step = |x: f64| if x < 0.99 { 1.0 } else { 1.000_001 };
        let sampler = Rejection::new(step, unit_box(), 1.0).unwrap();
        let error = sampler.sample_many(10_000, &mut Key::new(1).rng()).unwrap_err();
        let Error::AboveBound { x, target, bound } = error else { panic!("{error:?}") };
        assert!(x >= 0.99 && target == 1.000_001 && bound == 1.0);
        // Where the proposal density is 0, the target must be 0.
        let outside = Proposal::new(|_| 2.0, |x| if x < 1.0 { 1.0 } else { 0.0 });
        let sampler = Rejection::new(|_| 0.5, outside, 1.0).unwrap();
        let expected = Error::AboveBound { x: 2.0, target: 0.5, bound: 0.0 };
        assert_eq!(sampler.sample(&mut Key::new(1).rng()), Err(expected.clone()));
        assert_eq!(
            expected.to_string(),
            "target density: expected at most M times the proposal density, 0 at x = 2, found 0.5"
        );
    }

    #[test]
    fn densities_are_checked() {
        let rng = || Key::new(1).rng();
        for bad in [f64::NAN, f64::INFINITY, -1e-300] {
            let error = Rejection::new(|_| bad, unit_box(), 1.0).unwrap().sample(&mut rng());
            assert!(
                matches!(error, Err(Error::Function { argument: "target density", .. })),
                "{error:?}"
            );
            let own = Proposal::new(|_| 0.5, |_| bad);
            let error = Rejection::new(|_| 1.0, own, 1.0).unwrap().sample(&mut rng());
            let Err(Error::Function { argument, x, found, .. }) = error else {
                panic!("{error:?}")
            };
            assert_eq!((argument, x), ("proposal density", 0.5));
            assert_eq!(found.to_bits(), bad.to_bits());
            let own = Proposal::new(|_| bad, |_| 1.0);
            let error = Rejection::new(|_| 1.0, own, 1.0).unwrap().sample(&mut rng());
            assert_eq!(error.is_err(), !bad.is_finite(), "{error:?}");
        }
        let steep = Proposal::new(|_| 0.5, |_| 1e200);
        let error = Rejection::new(|_| 1.0, steep, 1e200).unwrap().sample(&mut rng());
        assert!(matches!(error, Err(Error::Function { found: f64::INFINITY, .. })), "{error:?}");
    }

    #[test]
    fn gives_up_at_the_limit() {
        let sampler = Rejection::new(|_| 0.0, unit_box(), 1.0).unwrap().with_limit(1000).unwrap();
        let error = sampler.sample(&mut Key::new(1).rng());
        assert_eq!(error, Err(Error::NothingAccepted { tries: 1000 }));
        // The limit is for each value: 2,000 values at rate 1/2 take more tries than that.
        let half = Rejection::new(|x| x, unit_box(), 1.0).unwrap().with_limit(1000).unwrap();
        assert!(half.sample_many(2000, &mut Key::new(1).rng()).unwrap().tries > 3000);
    }

    #[test]
    fn bad_parameters() {
        for (low, high) in [
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
            (1.0, 1.0),
            (2.0, 1.0),
            (-1e308, 1e308),
            (0.0, 1e-310),
        ] {
            let error = Proposal::uniform(low, high).unwrap_err();
            assert!(matches!(error, Error::Parameter { .. }), "{error}");
        }
        for bound in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = Rejection::new(|_| 1.0, unit_box(), bound).unwrap_err();
            assert!(matches!(error, Error::Parameter { argument: "bound", .. }), "{error}");
        }
        let sampler = Rejection::new(|_| 1.0, unit_box(), 1.0).unwrap();
        assert!(matches!(sampler.with_limit(0), Err(Error::Integer { argument: "tries", .. })));
    }
}
