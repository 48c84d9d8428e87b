//! Return levels of a fit, with bounds by the delta method.

use gumbel::distribution::{Gumbel, Normal};

use crate::check;
use crate::error::FitError;
use crate::fit::GumbelFit;

impl GumbelFit {
    /// The level that one block in `period` exceeds on average: the quantile of 1 - 1 / period.
    ///
    /// ```text
    /// y        = -ln(-ln(1 - 1 / T))                    T the period
    /// x_T      = mu + beta y
    /// var(x_T) = var(mu) + 2 y cov(mu, beta) + y^2 var(beta)
    /// ```
    ///
    /// For yearly maxima the period is in years. The standard error is by the delta method.
    ///
    /// Coles, "An Introduction to Statistical Modeling of Extreme Values", Springer, 2001, section 3.3.3.
    ///
    /// # Errors
    /// A period that is not a finite number above 1.
    ///
    /// ```
    /// use gumbel_maxima::GumbelFit;
    /// let fit = GumbelFit::of(&[61.0, 48.0, 55.0, 70.0, 52.0])?;
    /// let level = fit.return_level(10.0)?;
    /// assert_eq!(level.value(), fit.law().quantile_of_survival(0.1)?);
    /// assert!(fit.return_level(1.0).is_err());
    /// # Ok::<(), gumbel_maxima::FitError>(())
    /// ```
    pub fn return_level(&self, period: f64) -> Result<ReturnLevel, FitError> {
        let good = period > 1.0 && period.is_finite();
        check::parameter("period", "a finite number above 1", period, good)?;
        let reduced = Gumbel::STANDARD.quantile_of_survival(1.0 / period)?;
        let [[location, mixed], [_, scale]] = self.unit_covariance();
        let variance = location + reduced * (2.0 * mixed + reduced * scale);
        Ok(ReturnLevel {
            period,
            reduced,
            value: self.location() + self.scale() * reduced,
            standard_error: self.scale() * variance.sqrt(),
        })
    }
}

/// A return level of a Gumbel fit, with its period and its standard error: see [`GumbelFit::return_level`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReturnLevel {
    period: f64,
    /// y, the level of the standard law.
    pub(crate) reduced: f64,
    value: f64,
    standard_error: f64,
}

impl ReturnLevel {
    /// The period, in blocks: the level is exceeded in one block of this many, on average.
    pub const fn period(&self) -> f64 {
        self.period
    }

    /// The level, in the unit of the data.
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// The standard error of the level, by the delta method.
    pub const fn standard_error(&self) -> f64 {
        self.standard_error
    }

    /// The bounds between which the true level lies with probability `confidence`, by the delta method: the
    /// level plus and minus its standard error times a quantile of the standard normal law (1.96 for 0.95).
    ///
    /// These bounds hold for large n and are too narrow for small n: of 95 % intervals for the period 100,
    /// 92.9, 94.0 and 94.7 % contain the true level at n = 50, 100 and 200. The bounds of
    /// [`GumbelBootstrap::interval`](crate::GumbelBootstrap::interval) hold at every n.
    ///
    /// # Errors
    /// A confidence that is not between 0 and 1.
    ///
    /// ```
    /// use gumbel_maxima::GumbelFit;
    /// let level = GumbelFit::of(&[61.0, 48.0, 55.0, 70.0, 52.0])?.return_level(10.0)?;
    /// let (low, high) = level.interval(0.95)?;
    /// assert!((high - level.value() - 1.96 * level.standard_error()).abs() < 1e-3);
    /// assert!((level.value() - low - 1.96 * level.standard_error()).abs() < 1e-3);
    /// # Ok::<(), gumbel_maxima::FitError>(())
    /// ```
    pub fn interval(&self, confidence: f64) -> Result<(f64, f64), FitError> {
        check::confidence(confidence)?;
        let errors = Normal::STANDARD.quantile_of_survival(0.5 * (1.0 - confidence))?;
        let margin = errors * self.standard_error;
        Ok((self.value - margin, self.value + margin))
    }
}

#[cfg(test)]
mod tests {
    use gumbel::Error;

    use super::*;

    #[test]
    fn bad_periods_and_confidences_are_refused() {
        let fit = GumbelFit::of(&[1.0, 2.0, 4.0]).unwrap();
        for period in [1.0, 0.0, -5.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                fit.return_level(period),
                Err(FitError::Argument(Error::Parameter { .. }))
            ));
        }
        for confidence in [0.0, 1.0, f64::NAN, -0.5] {
            let level = fit.return_level(10.0).unwrap();
            assert!(matches!(
                level.interval(confidence),
                Err(FitError::Argument(Error::Parameter { .. }))
            ));
        }
        assert!(fit.return_level(1e308).unwrap().value().is_finite());
        assert!(fit.return_level(1.0 + 1e-15).unwrap().value().is_finite());
    }
}
