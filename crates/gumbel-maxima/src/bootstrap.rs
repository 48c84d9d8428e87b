//! The parametric bootstrap of a Gumbel fit: a p-value, and bounds of return levels that hold at every n.
//!
//! The bootstrap draws n values from the fitted law, fits them, and repeats both steps. For a family of locations
//! and scales the result does not depend on the location and the scale of the law that is drawn from. With (m, b)
//! the fit to n values of the standard law,
//!
//! ```text
//! A^2 of the values against their own fit      has the law of the statistic of the data
//! (m + b y - y) / b                            has the law of (estimated - true level) / scale
//! ```
//!
//! for the level mu + beta y. So the p-value and the bounds are both simulated from the standard law. Their only
//! error comes from the number of replicates, B: among B + 1 exchangeable values each rank is equally likely.

use gumbel::distribution::Gumbel;
use gumbel::{Error, Key};

use crate::check;
use crate::error::FitError;
use crate::fit::GumbelFit;
use crate::return_level::ReturnLevel;

/// The parametric bootstrap of a Gumbel fit, made by [`GumbelFit::bootstrap`]: one fit for each simulated sample.
#[derive(Clone, Debug, PartialEq)]
pub struct GumbelBootstrap {
    fit: GumbelFit,
    key: Key,
    /// (m, b) of each replicate.
    laws: Vec<(f64, f64)>,
    /// A^2 of each replicate, in rising order.
    statistics: Vec<f64>,
}

impl GumbelFit {
    /// Simulates `replicates` samples of the same size from a Gumbel law and fits each: the parametric bootstrap.
    ///
    /// The results do not depend on location and scale, so all samples are drawn from the standard law. A parameter
    /// that was known to the fit is known to the fits of the samples: the pivots hold for it too. Replicate
    /// r uses `key.fold_in(r)`; the same key gives the same result. Time grows with n times the replicates: 1,000
    /// replicates of n = 1,000 values take about a quarter of a second.
    ///
    /// Stephens, "Goodness of fit for the extreme value distribution", Biometrika 64 (1977). Davison and
    /// Hinkley, "Bootstrap Methods and their Application", Cambridge University Press, 1997, sections
    /// 2.4 and 4.2.
    ///
    /// # Errors
    /// 0 replicates.
    ///
    /// ```
    /// use gumbel::{Key, distribution::Gumbel};
    /// use gumbel_maxima::GumbelFit;
    /// let mut peaks = [0.0_f64; 60];
    /// Gumbel::new(100.0, 20.0)?.sample_into(Key::new(5), 0, &mut peaks);
    /// let fit = GumbelFit::of(&peaks)?;
    /// let bootstrap = fit.bootstrap(999, Key::new(8))?;
    /// assert!(bootstrap.p_value() > 0.05); // nothing speaks against a Gumbel law
    /// let (low, high) = bootstrap.interval(&fit.return_level(100.0)?, 0.95)?;
    /// assert!(low < 192.0 && 192.0 < high);
    /// # Ok::<(), gumbel_maxima::FitError>(())
    /// ```
    pub fn bootstrap(&self, replicates: usize, key: Key) -> Result<GumbelBootstrap, FitError> {
        if replicates == 0 {
            let (argument, expected) = ("replicates", "at least 1");
            return Err(Error::Integer { argument, expected, found: 0 }.into());
        }
        let mut values = vec![0.0; self.count()];
        let (mut laws, mut statistics) = (Vec::new(), Vec::new());
        for replicate in 0..replicates {
            draw_replicate(key, replicate, &mut values);
            let fit = self.again_of_standard(&values)?;
            laws.push((fit.location(), fit.scale()));
            statistics.push(fit.anderson_darling());
        }
        statistics.sort_by(f64::total_cmp);
        Ok(GumbelBootstrap { fit: self.clone(), key, laws, statistics })
    }
}

impl GumbelBootstrap {
    /// The number of replicates.
    pub fn replicates(&self) -> usize {
        self.statistics.len()
    }

    /// The p-value of the fit: how often data from a Gumbel law are at least as far from their own fit as these
    /// data, measured by [`GumbelFit::anderson_darling`].
    ///
    /// The p-value is (1 + replicates at least as far) / (1 + replicates). For data from a Gumbel law it is
    /// uniform on these fractions, at every n. A small p-value is evidence against the law; a large p-value
    /// proves nothing.
    pub fn p_value(&self) -> f64 {
        let observed = self.fit.anderson_darling();
        let nearer = self.statistics.partition_point(|&s| s < observed);
        (1 + self.replicates() - nearer) as f64 / (1 + self.replicates()) as f64
    }

    /// The critical value of the test of fit, by simulation: for data from a Gumbel law,
    /// [`GumbelFit::anderson_darling`] is below it with probability p.
    ///
    /// # Errors
    /// As [`GumbelBootstrap::interval`], for p instead of the confidence.
    pub fn critical_value(&self, p: f64) -> Result<f64, FitError> {
        value_of_rank(&self.statistics, "p", p, p)
    }

    /// The bounds between which the true return level lies with probability `confidence`; the true level is as
    /// often below the lower bound as above the upper bound.
    ///
    /// The bounds are exact at every n if the data come from a Gumbel law; the bounds of the delta method are too
    /// narrow for few values. They are not symmetric: the upper side is longer.
    ///
    /// # Errors
    /// A confidence that is not between 0 and 1, or so near 1 that it needs more replicates: at least
    /// 2 / (1 - confidence) - 1.
    pub fn interval(&self, level: &ReturnLevel, confidence: f64) -> Result<(f64, f64), FitError> {
        check::confidence(confidence)?;
        let y = level.reduced;
        let mut pivots: Vec<f64> = self.laws.iter().map(|(m, b)| (m + b * y - y) / b).collect();
        pivots.sort_by(f64::total_cmp);
        let tail = 0.5 * (1.0 - confidence);
        let at = |p| value_of_rank(&pivots, "confidence", p, confidence);
        let bound = |pivot: f64| self.fit.location() + self.fit.scale() * (y - pivot);
        Ok((bound(at(1.0 - tail)?), bound(at(tail)?)))
    }

    /// The envelope of a quantile-quantile plot: for each rank in `ranks`, the bounds between which the value of
    /// this rank lies with probability `confidence`, as often below as above. Rank 0 is the smallest value.
    ///
    /// The envelope takes into account that the law was fitted to the values. One rank in 1 / (1 - confidence) is
    /// outside by chance.
    ///
    /// # Errors
    /// A rank that is not below the number of values; as [`GumbelBootstrap::interval`].
    ///
    /// ```
    /// use gumbel::Key;
    /// use gumbel_maxima::GumbelFit;
    /// let fit = GumbelFit::of(&[61.0, 48.0, 55.0, 70.0, 52.0])?;
    /// let envelope = fit.bootstrap(999, Key::new(8))?.envelope(&[0, 4], 0.95)?;
    /// assert!(envelope[0].0 < 48.0 && 48.0 < envelope[0].1);
    /// assert!(envelope[1].0 < 70.0 && 70.0 < envelope[1].1);
    /// # Ok::<(), gumbel_maxima::FitError>(())
    /// ```
    pub fn envelope(&self, ranks: &[usize], confidence: f64) -> Result<Vec<(f64, f64)>, FitError> {
        check::confidence(confidence)?;
        let mut values = vec![0.0; self.fit.count()];
        if let Some(index) = ranks.iter().position(|&rank| rank >= values.len()) {
            return Err(Error::Value {
                argument: "ranks",
                expected: "a rank below the number of values",
                index,
                found: ranks[index] as f64,
            }
            .into());
        }
        let mut pivots = vec![Vec::with_capacity(self.laws.len()); ranks.len()];
        for (replicate, (m, b)) in self.laws.iter().enumerate() {
            draw_replicate(self.key, replicate, &mut values);
            for (pivots, &rank) in pivots.iter_mut().zip(ranks) {
                pivots.push((values[rank] - m) / b);
            }
        }
        let tail = 0.5 * (1.0 - confidence);
        let bound = |pivot: f64| self.fit.location() + self.fit.scale() * pivot;
        let bounds = |mut pivots: Vec<f64>| {
            pivots.sort_by(f64::total_cmp);
            let at = |p| value_of_rank(&pivots, "confidence", p, confidence).map(bound);
            Ok((at(tail)?, at(1.0 - tail)?))
        };
        pivots.into_iter().map(bounds).collect()
    }
}

/// Draws the values of a replicate, in rising order.
fn draw_replicate(key: Key, replicate: usize, values: &mut [f64]) {
    Gumbel::STANDARD.sample_into(key.fold_in(replicate as u64), 0, values);
    values.sort_by(f64::total_cmp);
}

/// The value of rank p (B + 1) among B values in rising order, by linear interpolation.
fn value_of_rank(
    sorted: &[f64],
    argument: &'static str,
    p: f64,
    found: f64,
) -> Result<f64, FitError> {
    check::parameter(argument, "a number between 0 and 1", found, 0.0 < p && p < 1.0)?;
    // Rounded where it is nearly whole, so that 0.025 of 40 is rank 1.
    let place = p * (sorted.len() + 1) as f64;
    let place = if (place - place.round()).abs() < 1e-9 { place.round() } else { place };
    if place < 1.0 || place > sorted.len() as f64 {
        let expected = "a number farther from 0 and 1, or more replicates";
        return Err(Error::Parameter { argument, expected, found }.into());
    }
    let below = place as usize;
    let part = place - below as f64;
    let next = sorted[below.min(sorted.len() - 1)];
    Ok(sorted[below - 1] + part * (next - sorted[below - 1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_exchangeable_values() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (p, expected) in [(0.2, 1.0), (0.4, 2.0), (0.5, 3.0), (0.8, 8.0)] {
            assert_eq!(value_of_rank(&sorted, "p", p, p), Ok(expected));
        }
        for p in [0.0, 1.0, -1.0, f64::NAN, 0.19, 0.81] {
            assert!(
                matches!(
                    value_of_rank(&sorted, "p", p, p),
                    Err(FitError::Argument(Error::Parameter { .. }))
                ),
                "{p}"
            );
        }
    }

    #[test]
    fn equal_keys_give_equal_results() {
        let fit = GumbelFit::of(&[61.0, 48.0, 55.0, 70.0, 52.0]).unwrap();
        let bootstrap = |seed| fit.bootstrap(99, Key::new(seed)).unwrap();
        assert_eq!(bootstrap(1), bootstrap(1));
        assert_ne!(bootstrap(1).laws, bootstrap(2).laws);
        assert!(fit.bootstrap(0, Key::new(1)).is_err());
        let level = fit.return_level(10.0).unwrap();
        assert!(bootstrap(1).interval(&level, 0.98).is_ok());
        let error = bootstrap(1).interval(&level, 0.99).unwrap_err().to_string();
        assert!(error.contains("more replicates, found 0.99"), "{error}");
        assert!(bootstrap(1).envelope(&[0, 5], 0.9).is_err());
        for confidence in [-0.5, 0.0, 1.0, f64::NAN] {
            let refused = [
                bootstrap(1).envelope(&[0], confidence).map(drop),
                bootstrap(1).envelope(&[], confidence).map(drop),
                bootstrap(1).interval(&level, confidence).map(drop),
            ];
            for error in refused {
                let named = matches!(
                    error,
                    Err(FitError::Argument(Error::Parameter { argument: "confidence", .. }))
                );
                assert!(named, "{error:?}");
            }
        }
    }
}
