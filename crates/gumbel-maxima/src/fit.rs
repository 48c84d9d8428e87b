//! The fit of a Gumbel law to block maxima: maximum likelihood, started from L-moments.
//!
//! The equation in beta of [`GumbelFit::of`], left side less right, rises in beta with a slope above 1. So there is
//! one root, and it lies between 0 and mean(x) - min(x). Newton's steps start at the estimate from L-moments. The
//! values are first moved and scaled to [0, 1]: the largest w is then 1, and nothing overflows.

use std::f64::consts::{EULER_GAMMA, LN_2, PI};

use gumbel::distribution::Gumbel;

use crate::check;
use crate::error::FitError;

/// The limit on the steps. Newton's method takes a handful; bisection would take about 60.
const MAX_STEPS: usize = 100;

/// A Gumbel law fitted to data by [`GumbelFit::of`], or by [`GumbelFit::with_location`] or [`GumbelFit::with_scale`] if one
/// parameter is known, with its standard errors.
///
/// ```
/// use gumbel::{Key, distribution::Gumbel};
/// use gumbel_maxima::GumbelFit;
/// let truth = Gumbel::new(100.0, 20.0)?;
/// let mut peaks = [0.0_f64; 500];
/// truth.sample_into(Key::new(7), 0, &mut peaks);
/// let fit = GumbelFit::of(&peaks)?;
/// assert!((fit.location() - 100.0).abs() < 3.0 * fit.location_error());
/// assert!((fit.scale() - 20.0).abs() < 3.0 * fit.scale_error());
/// // The level that one year in a hundred exceeds, with its standard error.
/// let level = fit.return_level(100.0)?;
/// assert!((level.value() - truth.quantile_of_survival(0.01)?).abs() < 3.0 * level.standard_error());
/// # Ok::<(), gumbel_maxima::FitError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GumbelFit {
    law: Gumbel,
    start: Gumbel,
    count: usize,
    ln_likelihood: f64,
    anderson_darling: f64,
    known: Known,
}

/// The parameter that was not estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Neither,
    Location,
    Scale,
}

impl GumbelFit {
    /// Fits the law under which the values are most likely.
    ///
    /// ```text
    /// beta = mean(x) - sum x_i w_i / sum w_i        w_i = e^(-x_i / beta): one equation, in beta only
    /// mu   = -beta ln mean(w)
    /// ```
    ///
    /// The order of the values does not matter. Two different values are enough for a fit, but not for a reliable
    /// fit: the standard errors hold for large n, and mean nothing below about 20 values.
    ///
    /// Gumbel, "Statistics of Extremes", 1958, section 6.2. The search starts at [`GumbelFit::l_moments`].
    ///
    /// # Errors
    /// Fewer than two values, a value that is NaN or beyond +-1e300, values that are all equal, values
    /// so close together or so far apart that [`Gumbel::new`] refuses the location or the scale.
    ///
    /// ```
    /// use gumbel_maxima::GumbelFit;
    /// let fit = GumbelFit::of(&[61.0, 48.0, 55.0, 70.0, 52.0])?;
    /// assert!((fit.location() - 53.6042).abs() < 1e-4 && (fit.scale() - 6.0009).abs() < 1e-4);
    /// let error = GumbelFit::of(&[61.0, f64::NAN]).unwrap_err().to_string();
    /// assert_eq!(error, "values: expected a number from -1e300 to 1e300, found NaN at index 1");
    /// # Ok::<(), gumbel_maxima::FitError>(())
    /// ```
    pub fn of(values: &[f64]) -> Result<Self, FitError> {
        Self::of_sorted(&sorted(values)?)
    }

    /// The fit to values in rising order.
    pub(crate) fn of_sorted(sorted: &[f64]) -> Result<Self, FitError> {
        let (&[low, ..], &[.., high], 2..) = (sorted, sorted, sorted.len()) else {
            return Err(FitError::TooFew { found: sorted.len() });
        };
        let range = high - low;
        if range == 0.0 {
            return Err(FitError::AllEqual { found: low });
        }
        let unit: Vec<f64> = sorted.iter().map(|x| (x - low) / range).collect();
        let back =
            |(location, scale): (f64, f64)| Gumbel::new(low + range * location, range * scale);
        let start = l_moments(&unit);
        let law = back(maximum_likelihood(&unit, start.1)?)?;
        Ok(Self::new(law, back(start)?, sorted, Known::Neither))
    }

    /// The fit of a law to values in rising order.
    pub(crate) fn new(law: Gumbel, start: Gumbel, sorted: &[f64], known: Known) -> Self {
        Self {
            law,
            start,
            count: sorted.len(),
            ln_likelihood: sorted.iter().map(|&x| law.ln_density(x)).sum(),
            anderson_darling: anderson_darling(&law, sorted),
            known,
        }
    }

    /// The same kind of fit to a sample of the standard law, in rising order: with the same parameter known.
    pub(crate) fn again_of_standard(&self, sorted: &[f64]) -> Result<Self, FitError> {
        match self.known {
            Known::Neither => Self::of_sorted(sorted),
            Known::Location => Self::with_location_of_sorted(sorted, 0.0),
            Known::Scale => Self::with_scale_of_sorted(sorted, 1.0),
        }
    }

    /// The fitted law: the Gumbel law with the highest likelihood.
    pub const fn law(&self) -> Gumbel {
        self.law
    }

    /// The location mu of the fitted law.
    pub const fn location(&self) -> f64 {
        self.law.location()
    }

    /// The scale beta of the fitted law.
    pub const fn scale(&self) -> f64 {
        self.law.scale()
    }

    /// The law estimated from L-moments, from which the search for the fit started: less precise than the fit,
    /// but robust.
    ///
    /// ```text
    /// beta = l2 / ln 2,  mu = l1 - gamma beta       l1 the mean, l2 half the mean distance of two values
    /// ```
    ///
    /// With a known scale this is mu = l1 - gamma beta. With a known location beta is the square root of
    /// mean((x - mu)^2) / (gamma^2 + pi^2 / 6), which exists for all values.
    ///
    /// J. R. M. Hosking, "L-moments: analysis and estimation of distributions using linear combinations
    /// of order statistics", Journal of the Royal Statistical Society B 52 (1990), table 1.
    pub const fn l_moments(&self) -> Gumbel {
        self.start
    }

    /// The number of values fitted.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The log-likelihood of the fitted law, in nats.
    pub const fn ln_likelihood(&self) -> f64 {
        self.ln_likelihood
    }

    /// The covariance of the estimates (mu, beta) for large n, the inverse of the expected information.
    ///
    /// ```text
    /// beta^2 / n [ 1 + 6 (1 - gamma)^2 / pi^2    6 (1 - gamma) / pi^2 ]
    ///            [ 6 (1 - gamma) / pi^2          6 / pi^2             ]
    /// ```
    ///
    /// With a known parameter the estimate of the other has the inverse of its own information, and all other entries
    /// are 0: beta^2 / n for mu, beta^2 / n / (pi^2 / 6 + (1 - gamma)^2) for beta.
    ///
    /// The covariance is +inf for a scale above 1e153, whose square overflows; the standard errors are finite.
    pub fn covariance(&self) -> [[f64; 2]; 2] {
        let square = self.scale() * self.scale();
        self.unit_covariance().map(|row| row.map(|c| if c == 0.0 { 0.0 } else { c * square }))
    }

    /// The covariance for beta = 1.
    pub(crate) fn unit_covariance(&self) -> [[f64; 2]; 2] {
        let n = self.count as f64;
        match self.known {
            Known::Neither => {}
            Known::Location => {
                let information = PI * PI / 6.0 + (1.0 - EULER_GAMMA) * (1.0 - EULER_GAMMA);
                return [[0.0, 0.0], [0.0, 1.0 / (n * information)]];
            }
            Known::Scale => return [[1.0 / n, 0.0], [0.0, 0.0]],
        }
        let (scale, mixed) = (6.0 / (PI * PI), 6.0 * (1.0 - EULER_GAMMA) / (PI * PI));
        let location = 1.0 + mixed * (1.0 - EULER_GAMMA);
        [[location / n, mixed / n], [mixed / n, scale / n]]
    }

    /// The standard error of mu, 1.053 beta / sqrt(n), from the expected information: beta / sqrt(n) with a known scale,
    /// 0 if mu itself is known.
    pub fn location_error(&self) -> f64 {
        self.scale() * self.unit_covariance()[0][0].sqrt()
    }

    /// The standard error of beta, 0.780 beta / sqrt(n), from the expected information: 0.740 beta / sqrt(n) with a known
    /// location, 0 if beta itself is known.
    pub fn scale_error(&self) -> f64 {
        self.scale() * self.unit_covariance()[1][1].sqrt()
    }

    /// The statistic of Anderson and Darling (1952) for the distance of the values from the fitted law.
    ///
    /// ```text
    /// A^2 = n integral (F_n - F)^2 / (F (1 - F)) dF
    ///     = -n - 1/n sum (2 i - 1) (ln F(x_i) + ln(1 - F(x_(n+1-i)))),  x in rising order
    /// ```
    ///
    /// The weight 1 / (F (1 - F)) makes the statistic sensitive to the tails, and so to the largest maxima; the
    /// distance of Kolmogorov and Smirnov is hardly sensitive there. The law of the statistic is simulated, not
    /// read from a table: see [`GumbelFit::bootstrap`].
    pub const fn anderson_darling(&self) -> f64 {
        self.anderson_darling
    }
}

/// The values in rising order, after a check of each.
pub(crate) fn sorted(values: &[f64]) -> Result<Vec<f64>, FitError> {
    if let Some(index) = values.iter().position(|&x| !check::is_value(x)) {
        let (expected, found) = ("a number from -1e300 to 1e300", values[index]);
        return Err(gumbel::Error::Value { argument: "values", expected, index, found }.into());
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    Ok(sorted)
}

/// (mu, beta) from L-moments, for values in rising order.
fn l_moments(sorted: &[f64]) -> (f64, f64) {
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    // l2 = 2 b1 - b0 as one sum over 2 (i - 1) / (n - 1) - 1.
    let weight = |i: usize| 2.0 * i as f64 / (n - 1.0) - 1.0;
    let l2 = sorted.iter().enumerate().map(|(i, x)| weight(i) * x).sum::<f64>() / n;
    let scale = l2 / LN_2;
    (mean - EULER_GAMMA * scale, scale)
}

/// (mu, beta) with the highest likelihood, for values from 0 to 1 that include 0 and 1.
fn maximum_likelihood(unit: &[f64], start: f64) -> Result<(f64, f64), FitError> {
    let n = unit.len() as f64;
    let mean = unit.iter().sum::<f64>() / n;
    // The residual is -mean at 0 and positive at the mean: the root is between.
    let (mut below, mut above) = (0.0, mean);
    let mut scale = start.clamp(mean * 1e-3, mean);
    for _ in 0..MAX_STEPS {
        let [w, xw, xxw] = sums(unit, scale);
        let weighted = xw / w;
        let residual = scale - mean + weighted;
        if residual < 0.0 {
            below = scale;
        } else {
            above = scale;
        }
        let slope = 1.0 + (xxw / w - weighted * weighted).max(0.0) / (scale * scale);
        let newton = scale - residual / slope;
        let next = if below < newton && newton < above { newton } else { 0.5 * (below + above) };
        let step = (next - scale).abs();
        scale = next;
        if step <= 2.0 * f64::EPSILON * scale {
            break;
        }
    }
    // -ln of the mean of w. The logarithm is that of the core, for equal bits on every machine.
    let reduced = Gumbel::STANDARD.quantile_of_ln_cdf(-sums(unit, scale)[0] / n)?;
    Ok((scale * reduced, scale))
}

/// The sums of w, x w and x^2 w, where w = e^(-x / beta) is -ln F(x / beta) for the standard law F: the exponential is
/// that of the core, for equal bits on every machine.
fn sums(unit: &[f64], scale: f64) -> [f64; 3] {
    unit.iter().fold([0.0; 3], |[a, b, c], &x| {
        let w = -Gumbel::STANDARD.ln_cdf(x / scale);
        [a + w, b + x * w, c + x * x * w]
    })
}

/// A^2 of values in rising order.
fn anderson_darling(law: &Gumbel, sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let pairs = sorted.iter().zip(sorted.iter().rev()).enumerate();
    let sum: f64 = pairs
        .map(|(i, (&x, &mirrored))| {
            (2.0 * i as f64 + 1.0) * (law.ln_cdf(x) + law.ln_survival(mirrored))
        })
        .sum();
    -n - sum / n
}

#[cfg(test)]
mod tests {
    use gumbel::Key;

    use super::*;

    fn drawn(n: usize, law: Gumbel, seed: u64) -> Vec<f64> {
        let mut values = vec![0.0; n];
        law.sample_into(Key::new(seed), 0, &mut values);
        values
    }

    /// The gradient of the log-likelihood is 0 at the fit: in z, mean(e^-z) = 1 and
    /// mean(z (1 - e^-z)) = 1.
    #[test]
    fn the_likelihood_is_stationary() {
        for (n, seed) in [(2, 1), (3, 2), (10, 3), (1000, 4), (100_000, 5)] {
            let values = drawn(n, Gumbel::new(-40.0, 7.0).unwrap(), seed);
            let law = GumbelFit::of(&values).unwrap().law();
            let mean = |f: &dyn Fn(f64) -> f64| {
                let z = |x: &f64| (x - law.location()) / law.scale();
                values.iter().map(|x| f(z(x))).sum::<f64>() / n as f64
            };
            assert!((mean(&|z| (-z).exp()) - 1.0).abs() < 1e-11, "{n}");
            assert!((mean(&|z| z * (1.0 - (-z).exp())) - 1.0).abs() < 1e-11, "{n}");
        }
    }

    #[test]
    fn the_likelihood_is_a_maximum() {
        let fit = GumbelFit::of(&drawn(50, Gumbel::STANDARD, 6)).unwrap();
        let values = drawn(50, Gumbel::STANDARD, 6);
        for (dx, ds) in [(0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01), (0.01, 0.01)] {
            let near = Gumbel::new(fit.location() + dx, fit.scale() + ds).unwrap();
            let other: f64 = values.iter().map(|&x| near.ln_density(x)).sum();
            assert!(other < fit.ln_likelihood());
        }
    }

    /// Moved and scaled data give the moved and scaled law, up to the ends of the range of `f64`.
    #[test]
    fn the_fit_moves_with_the_data() {
        let values = drawn(200, Gumbel::STANDARD, 7);
        let plain = GumbelFit::of(&values).unwrap();
        for (shift, scale) in [(0.0, 1e298), (0.0, 1e-299), (1e6, 1.0), (-3e299, 1e298)] {
            let moved: Vec<f64> = values.iter().map(|x| shift + scale * x).collect();
            let fit = GumbelFit::of(&moved).unwrap();
            let rounding = 1e-12 + 1e-15 * (shift / scale).abs();
            assert!((fit.scale() / scale - plain.scale()).abs() < rounding);
            assert!(((fit.location() - shift) / scale - plain.location()).abs() < rounding);
            assert!((fit.anderson_darling() - plain.anderson_darling()).abs() < 1e3 * rounding);
            assert!(fit.location_error().is_finite() && fit.location_error() > 0.0);
        }
        let mut reversed = values;
        reversed.reverse();
        assert_eq!(GumbelFit::of(&reversed).unwrap(), plain);
    }

    /// One value far from all the others, on either side.
    #[test]
    fn outliers_are_fitted() {
        for (usual, outlier) in [(0.0, 1.0), (1.0, 0.0), (5.0, 1e9), (5.0, -1e9)] {
            for n in [3, 100, 100_000] {
                let mut values = vec![usual; n];
                values[n / 2] = outlier;
                let law = GumbelFit::of(&values).unwrap().law();
                let z = |x: f64| (x - law.location()) / law.scale();
                let others = (n - 1) as f64;
                let mean = (others * (-z(usual)).exp() + (-z(outlier)).exp()) / n as f64;
                assert!((mean - 1.0).abs() < 1e-9, "{usual} {outlier} {n}: {mean}");
            }
        }
    }

    #[test]
    fn bad_values_are_refused() {
        assert!(matches!(GumbelFit::of(&[]), Err(FitError::TooFew { found: 0 })));
        assert!(matches!(GumbelFit::of(&[1.0]), Err(FitError::TooFew { found: 1 })));
        assert!(matches!(GumbelFit::of(&[4.0; 9]), Err(FitError::AllEqual { found: 4.0 })));
        assert!(matches!(GumbelFit::of(&[-0.0, 0.0]), Err(FitError::AllEqual { .. })));
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1.1e300] {
            let refused = GumbelFit::of(&[1.0, 2.0, bad]);
            let at_2 =
                matches!(refused, Err(FitError::Argument(gumbel::Error::Value { index: 2, .. })));
            assert!(at_2, "{refused:?}");
        }
        assert!(matches!(
            GumbelFit::of(&[0.0, 1e-310, 2e-310]),
            Err(FitError::Argument(gumbel::Error::Parameter { argument: "scale", .. }))
        ));
    }
}
