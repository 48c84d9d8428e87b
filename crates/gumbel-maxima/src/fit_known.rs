//! The fit of a Gumbel law of which one parameter is known: maximum likelihood in the other.
//!
//! With a known scale the estimate is a formula. With a known location it is the root of an equation. In the rate
//! s = 1 / beta, for values moved by mu and scaled to at most 1 in size, the equation is
//!
//! ```text
//! f(s) = ln(s mean(u (1 - e^(-u s)))) = 0,   u = (x - mu) / max |x - mu|
//! ```
//!
//! No term of the mean is negative and all rise with s, so f rises with a slope above 1 / s, and there is one root. f is
//! the logarithm of a power of s for small s, and nearly a line where a value far below mu decides, so Newton's steps
//! need no good start. They are kept inside the bounds that the signs of f give.

use std::f64::consts::{EULER_GAMMA, PI};

use gumbel::distribution::Gumbel;

use crate::error::FitError;
use crate::fit::{GumbelFit, Known, sorted};

/// The limit on the steps. Newton's method takes about ten.
const MAX_STEPS: usize = 200;

impl GumbelFit {
    /// Fits the scale under which the values are most likely, for a location that is known.
    ///
    /// ```text
    /// beta = mean((x - mu) (1 - w))        w_i = e^(-(x_i - mu) / beta)
    /// ```
    ///
    /// The standard error of the scale is 0.740 beta / sqrt(n), that of the location 0; errors of return levels and the
    /// bootstrap take the location as known. One value other than mu is enough for a fit. Gumbel, "Statistics of
    /// Extremes", 1958, section 6.2.
    ///
    /// # Errors
    /// No value, a value that is NaN or beyond +-1e300, values that are all equal to the location, a location that
    /// [`Gumbel::new`] refuses, values so near to the location or so far away that it refuses the scale.
    ///
    /// ```
    /// use gumbel_maxima::GumbelFit;
    /// let fit = GumbelFit::with_location(&[61.0, 48.0, 55.0, 70.0, 52.0], 50.0)?;
    /// assert!((fit.scale() - 6.42023).abs() < 1e-5);
    /// assert_eq!((fit.location(), fit.location_error()), (50.0, 0.0));
    /// # Ok::<(), gumbel_maxima::FitError>(())
    /// ```
    #[doc(alias = "floc")]
    pub fn with_location(values: &[f64], location: f64) -> Result<Self, FitError> {
        Gumbel::new(location, 1.0)?;
        Self::with_location_of_sorted(&sorted(values)?, location)
    }

    pub(crate) fn with_location_of_sorted(sorted: &[f64], mu: f64) -> Result<Self, FitError> {
        let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
            return Err(FitError::Empty);
        };
        let most = (low - mu).abs().max((high - mu).abs());
        if most == 0.0 {
            return Err(FitError::AllAtLocation { found: mu });
        }
        let unit: Vec<f64> = sorted.iter().map(|x| (x - mu) / most).collect();
        let square = unit.iter().map(|u| u * u).sum::<f64>() / unit.len() as f64;
        let start = ((EULER_GAMMA * EULER_GAMMA + PI * PI / 6.0) / square).sqrt();
        let law = Gumbel::new(mu, most / most_likely_rate(&unit, start)?)?;
        Ok(Self::new(law, Gumbel::new(mu, most / start)?, sorted, Known::Location))
    }

    /// Fits the location under which the values are most likely, for a scale that is known.
    ///
    /// ```text
    /// mu = -beta ln mean(e^(-x / beta))
    /// ```
    ///
    /// The standard error of the location is beta / sqrt(n), that of the scale 0; errors of return levels and the
    /// bootstrap take the scale as known. One value is enough for a fit. The smallest value is subtracted before the
    /// exponential, so nothing overflows. Gumbel, "Statistics of Extremes", 1958, section 6.2.
    ///
    /// # Errors
    /// No value, a value that is NaN or beyond +-1e300, a scale or a fitted location that [`Gumbel::new`] refuses.
    ///
    /// ```
    /// use gumbel_maxima::GumbelFit;
    /// let fit = GumbelFit::with_scale(&[61.0, 48.0, 55.0, 70.0, 52.0], 6.0)?;
    /// assert!((fit.location() - 53.60386).abs() < 1e-5);
    /// assert_eq!((fit.scale(), fit.scale_error()), (6.0, 0.0));
    /// # Ok::<(), gumbel_maxima::FitError>(())
    /// ```
    #[doc(alias = "fscale")]
    pub fn with_scale(values: &[f64], scale: f64) -> Result<Self, FitError> {
        Gumbel::new(0.0, scale)?;
        Self::with_scale_of_sorted(&sorted(values)?, scale)
    }

    pub(crate) fn with_scale_of_sorted(sorted: &[f64], beta: f64) -> Result<Self, FitError> {
        let &[low, ..] = sorted else { return Err(FitError::Empty) };
        let n = sorted.len() as f64;
        // w is -ln F of the standard law, and the quantile is -ln of the mean: both have equal bits on every machine.
        let w = |x: &f64| -Gumbel::STANDARD.ln_cdf((x - low) / beta);
        let reduced =
            Gumbel::STANDARD.quantile_of_ln_cdf(-(sorted.iter().map(w).sum::<f64>() / n))?;
        let mean = low + sorted.iter().map(|x| (x - low) / n).sum::<f64>();
        let law = Gumbel::new(low + beta * reduced, beta)?;
        let start = Gumbel::new(mean - EULER_GAMMA * beta, beta)?;
        Ok(Self::new(law, start, sorted, Known::Scale))
    }
}

/// The rate 1 / beta with the highest likelihood for mu = 0, for values from -1 to 1 that include -1 or 1.
fn most_likely_rate(unit: &[f64], start: f64) -> Result<f64, FitError> {
    let n = unit.len() as f64;
    let (mut below, mut above) = (0.0, f64::INFINITY);
    let mut rate = start;
    for _ in 0..MAX_STEPS {
        // The mean of the equation and its derivative in s.
        let [mean, slope] = unit.iter().fold([0.0; 2], |[mean, slope], &u| {
            let w = -Gumbel::STANDARD.ln_cdf(u * rate);
            [mean + u * (1.0 - w) / n, slope + u * u * w / n]
        });
        let residual = -Gumbel::STANDARD.quantile_of_ln_cdf(-(rate * mean))?;
        if residual < 0.0 {
            below = rate;
        } else {
            above = rate;
        }
        let newton = rate - residual / (1.0 / rate + slope / mean);
        let next = if (below..=above).contains(&newton) {
            newton
        } else if above == f64::INFINITY {
            2.0 * rate
        } else {
            0.5 * (below + above)
        };
        let step = (next - rate).abs();
        rate = next;
        if step <= 2.0 * f64::EPSILON * rate {
            break;
        }
    }
    Ok(rate)
}

#[cfg(test)]
mod tests {
    use gumbel::{Error, Key};

    use super::*;

    fn drawn(n: usize, law: Gumbel, seed: u64) -> Vec<f64> {
        let mut values = vec![0.0; n];
        law.sample_into(Key::new(seed), 0, &mut values);
        values
    }

    /// Values on both sides of the location, all on one side, far away, and one that decides for all.
    fn hard_values() -> Vec<(Vec<f64>, f64)> {
        let mut cases = vec![
            (vec![3.0], 0.0),
            (vec![-3.0], 0.0),
            (vec![1.0, -1.0], 0.0),
            (vec![1e8, 1e8 + 3.0, 1e8 - 2.0], 1e8 + 1.0),
            (vec![5e299, -5e299], 0.0),
            (vec![1e-290, 3e-290], 0.0),
            (vec![5.0, 6.0, 7.0], 1e12),
            (vec![5.0, 6.0, 7.0], -1e12),
        ];
        for n in [10, 1000, 300_000] {
            for (usual, other) in
                [(0.0, 1.0), (0.0, -1.0), (1e-9, -1.0), (-1e-9, 1.0), (1.0, -1.0), (-1.0, 1.0)]
            {
                let mut values = vec![usual; n];
                values[n / 2] = other;
                cases.push((values, 0.0));
            }
            cases.push((drawn(n, Gumbel::new(-40.0, 7.0).unwrap(), 1), -40.0));
            cases.push((drawn(n, Gumbel::new(-40.0, 7.0).unwrap(), 2), 30.0));
            cases.push((drawn(n, Gumbel::new(-40.0, 7.0).unwrap(), 3), -1000.0));
        }
        cases
    }

    /// The derivative of the log-likelihood in beta is 0: in z, mean(z (1 - e^-z)) = 1.
    #[test]
    fn the_scale_is_stationary() {
        for (values, mu) in hard_values() {
            let fit = GumbelFit::with_location(&values, mu).unwrap();
            let n = values.len() as f64;
            let z = |x: &f64| (x - mu) / fit.scale();
            let mean = values.iter().map(|x| -z(x) * (-z(x)).exp_m1()).sum::<f64>() / n;
            // Sums of n values in order are rounded n times, and a rounding of beta moves e^-z by |z| units.
            assert!((mean - 1.0).abs() < 1e-12 + 1e-16 * n, "{mu} {n}: {mean}");
            assert_eq!(fit.location(), mu);
            assert!(fit.scale_error() > 0.0 && fit.location_error() == 0.0);
            assert!(fit.ln_likelihood().is_finite());
            for factor in [0.99, 1.01] {
                if let Ok(near) = Gumbel::new(mu, fit.scale() * factor) {
                    let other: f64 = values.iter().map(|&x| near.ln_density(x)).sum();
                    assert!(other < fit.ln_likelihood());
                }
            }
        }
    }

    #[test]
    fn the_location_is_stationary() {
        for (values, _) in hard_values() {
            let n = values.len() as f64;
            let spread = values.iter().fold(0.0_f64, |most, x| most.max((x - values[0]).abs()));
            for scale in [1e-12, 0.1, 1.0, 1e3].map(|s| s * spread.max(1e-280)) {
                let Ok(fit) = GumbelFit::with_scale(&values, scale) else {
                    assert!(scale > 1e298);
                    continue;
                };
                let z = |x: &f64| (x - fit.location()) / scale;
                let mean = values.iter().map(|x| (-z(x)).exp()).sum::<f64>() / n;
                // Sums of n values in order are rounded n times, and mu to a unit of its size.
                let bound = 1e-12 + 1e-16 * n + f64::EPSILON * (fit.location() / scale).abs();
                assert!((mean - 1.0).abs() < bound, "{scale}: {mean}");
                assert_eq!((fit.scale(), fit.scale_error()), (scale, 0.0));
            }
        }
    }

    #[test]
    fn errors_are_those_of_one_parameter() {
        let values = drawn(400, Gumbel::new(3.0, 2.0).unwrap(), 4);
        let free = GumbelFit::of(&values).unwrap();
        let by_location = GumbelFit::with_location(&values, free.location()).unwrap();
        let by_scale = GumbelFit::with_scale(&values, free.scale()).unwrap();
        // The other parameter at its estimate gives the estimate back.
        assert!((by_location.scale() - free.scale()).abs() < 1e-12);
        assert!((by_scale.location() - free.location()).abs() < 1e-12);
        // The information is the inverse of the covariance of the free fit, and its own inverse is the variance.
        let [[a, b], [_, d]] = free.covariance();
        let determinant = a * d - b * b;
        let [[zero, _], [_, scale]] = by_location.covariance();
        let [[location, mixed], [_, none]] = by_scale.covariance();
        assert!((scale * a / determinant - 1.0).abs() < 1e-12);
        assert!((location * d / determinant - 1.0).abs() < 1e-12);
        assert_eq!([zero, mixed, none], [0.0; 3]);
        // The error of a return level has no part of the known parameter.
        let level = by_location.return_level(100.0).unwrap();
        let reduced = (level.value() - by_location.location()) / by_location.scale();
        assert!((level.standard_error() / by_location.scale_error() - reduced).abs() < 1e-10);
        let level = by_scale.return_level(100.0).unwrap();
        assert!((level.standard_error() / by_scale.location_error() - 1.0).abs() < 1e-12);
        let large = GumbelFit::with_scale(&[1e299, -1e299], 1e299).unwrap();
        assert_eq!(large.covariance(), [[f64::INFINITY, 0.0], [0.0, 0.0]]);
    }

    /// The bounds of the bootstrap contain the true level in their share of samples, with the known parameter known.
    #[test]
    fn bounds_of_the_bootstrap_hold() {
        let (law, samples, n) = (Gumbel::new(10.0, 3.0).unwrap(), 400, 6);
        let truth = law.quantile_of_survival(0.02).unwrap();
        for known in [Known::Location, Known::Scale] {
            let inside = (0..samples).filter(|&seed| {
                let values = drawn(n, law, 100 + seed);
                let fit = match known {
                    Known::Location => GumbelFit::with_location(&values, 10.0).unwrap(),
                    _ => GumbelFit::with_scale(&values, 3.0).unwrap(),
                };
                let bootstrap = fit.bootstrap(199, Key::new(7).fold_in(seed)).unwrap();
                let level = fit.return_level(50.0).unwrap();
                let (low, high) = bootstrap.interval(&level, 0.8).unwrap();
                low <= truth && truth <= high
            });
            // Exactly binomial with p = 0.8: six standard deviations are 48.
            let inside = inside.count();
            assert!(inside.abs_diff(320) < 48, "{known:?}: {inside}");
        }
    }

    #[test]
    fn bad_arguments_are_named() {
        for known in [GumbelFit::with_location, GumbelFit::with_scale] {
            assert_eq!(known(&[], 1.0), Err(FitError::Empty));
            let refused = known(&[1.0, f64::NAN], 1.0);
            assert!(matches!(refused, Err(FitError::Argument(Error::Value { index: 1, .. }))));
        }
        let at = GumbelFit::with_location(&[2.0; 3], 2.0);
        assert_eq!(at, Err(FitError::AllAtLocation { found: 2.0 }));
        let named = |result: Result<GumbelFit, FitError>, name: &str| {
            let parameter = Err(FitError::Argument(Error::Parameter {
                argument: "",
                expected: "",
                found: 0.0,
            }));
            assert_eq!(std::mem::discriminant(&result), std::mem::discriminant(&parameter));
            let text = result.unwrap_err().to_string();
            assert!(text.starts_with(name), "{text}");
        };
        for bad in [f64::NAN, f64::INFINITY, -1.1e300] {
            named(GumbelFit::with_location(&[1.0], bad), "location: ");
            named(GumbelFit::with_scale(&[1.0], bad), "scale: ");
        }
        named(GumbelFit::with_scale(&[1.0], 0.0), "scale: ");
        named(GumbelFit::with_location(&[0.0, 1e-310], 0.0), "scale: ");
    }
}
