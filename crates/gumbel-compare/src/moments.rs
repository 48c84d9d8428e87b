//! `Moments`: mean and variance of one draw, by enumeration or by Monte Carlo, against the target.

use gumbel::Key;
use rayon::prelude::*;

use crate::estimator::Estimator;
use crate::simplex::dot;
use crate::sums::Sums;
use crate::tabulated::Tabulated;

/// The draws of one chunk of a Monte Carlo estimate.
pub const CHUNK: u64 = 1024;

/// A number of draws rounded up to whole chunks, at least two.
pub(crate) fn whole_chunks(draws: u64) -> u64 {
    draws.div_ceil(CHUNK).max(2) * CHUNK
}

/// Rounding allowed to an exact mean that claims no bias, relative to the size of a draw.
const ROUNDING: f64 = 1e-10;

/// The mean and the variance of one draw of an estimator, held against its target.
///
/// ```
/// use gumbel::Key;
/// use gumbel_compare::{Moments, Tabulated, estimator::Rloo, problem::Net};
/// let table = Tabulated::new(&Net)?;
/// let exact = Moments::exact(&Rloo::new(2)?, &table).expect("4,096 pairs of states");
/// assert!(exact.bias() < 1e-12);
/// let sampled = Moments::sampled(&Rloo::new(2)?, &table, 20_000, Key::new(1));
/// let error = sampled.total_variance() - exact.total_variance();
/// assert!(error.abs() < 5.0 * sampled.variance_error());
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    target: Vec<f64>,
    mean: Vec<f64>,
    variances: Vec<f64>,
    draws: Option<u64>,
    variance_error: f64,
}

impl Moments {
    /// Computes the moments by enumeration; `None` where the estimator cannot be enumerated.
    pub fn exact(estimator: &dyn Estimator, problem: &Tabulated<'_>) -> Option<Self> {
        Self::enumerated(estimator, problem, estimator.target(problem)).ok()
    }

    /// Estimates the moments from draws, on all threads of the current rayon pool.
    ///
    /// Draw i has the key `key.fold_in(i)`. The number of draws is rounded up to whole chunks of [`CHUNK`], at least
    /// two. Chunks are summed in a fixed order, so the result has the same bits on any number of threads.
    pub fn sampled(
        estimator: &dyn Estimator,
        problem: &Tabulated<'_>,
        draws: u64,
        key: Key,
    ) -> Self {
        Self::from_draws(estimator, problem, draws, key, estimator.target(problem), &|_| {})
    }

    /// Computes the moments by enumeration where possible, or else estimates them from draws.
    pub fn of(estimator: &dyn Estimator, problem: &Tabulated<'_>, draws: u64, key: Key) -> Self {
        Self::enumerated(estimator, problem, estimator.target(problem)).unwrap_or_else(|target| {
            Self::from_draws(estimator, problem, draws, key, target, &|_| {})
        })
    }

    /// The moments by enumeration, or the target back.
    pub(crate) fn enumerated(
        estimator: &dyn Estimator,
        problem: &Tabulated<'_>,
        target: Vec<f64>,
    ) -> Result<Self, Vec<f64>> {
        // Moments about the target: the squares lose no digits.
        let mut sums = Sums::new(target.len());
        let mut add = |weight, estimate: &[f64]| sums.add(weight, estimate, &target);
        if !estimator.enumerate(problem, &mut add) {
            return Err(target);
        }
        let (mean, variances) = sums.moments();
        Ok(Self { mean, variances, draws: None, variance_error: 0.0, target })
    }

    /// The moments from draws; `told` hears of the draws of each chunk.
    pub(crate) fn from_draws(
        estimator: &dyn Estimator,
        problem: &Tabulated<'_>,
        draws: u64,
        key: Key,
        target: Vec<f64>,
        told: &(dyn Fn(u64) + Sync),
    ) -> Self {
        let chunks = whole_chunks(draws) / CHUNK;
        let sums: Vec<Sums> = (0..chunks)
            .into_par_iter()
            .map(|chunk| {
                let mut sums = Sums::new(target.len());
                let range = chunk * CHUNK..(chunk + 1) * CHUNK;
                let mut add = |estimate: &[f64]| sums.add(1.0, estimate, &target);
                estimator.draw_range(problem, key, range, &mut add);
                told(CHUNK);
                sums
            })
            .collect();
        let mut all = Sums::new(target.len());
        sums.iter().for_each(|sums| all.merge(sums));
        let (mean, mut variances) = all.moments();
        let n = (chunks * CHUNK) as f64;
        variances.iter_mut().for_each(|v| *v *= n / (n - 1.0));
        // Each chunk's variance about the common mean; their spread gives the standard error of the whole.
        let total: f64 = variances.iter().sum();
        let difference: Vec<f64> = mean.iter().zip(&target).map(|(m, t)| m - t).collect();
        let square = |sums: &Sums| (sums.variance_about(&difference) - total).powi(2);
        let squares: f64 = sums.iter().map(square).sum();
        let variance_error = (squares / (chunks as f64 * (chunks as f64 - 1.0))).sqrt();
        Self { mean, variances, draws: Some(chunks * CHUNK), variance_error, target }
    }

    /// The gradient that is estimated, `[L, k]`.
    pub fn target(&self) -> &[f64] {
        &self.target
    }

    /// The norm of the target.
    pub fn target_norm(&self) -> f64 {
        norm(&self.target)
    }

    /// The mean of a draw, `[L, k]`.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The variance of each coordinate of a draw, `[L, k]`.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The number of draws; `None` for an enumeration.
    pub fn draws(&self) -> Option<u64> {
        self.draws
    }

    /// The norm of mean - target. Noise adds to it: see [`bias_error`](Self::bias_error).
    pub fn bias(&self) -> f64 {
        self.difference().map(|d| d * d).sum::<f64>().sqrt()
    }

    /// The bias over the norm of the target; `None` if the target is 0.
    pub fn relative_bias(&self) -> Option<f64> {
        let norm = norm(&self.target);
        (norm > 0.0).then(|| self.bias() / norm)
    }

    /// The standard error of the mean as a vector, sqrt(total variance / n): the bias that noise alone shows.
    pub fn bias_error(&self) -> f64 {
        self.draws.map_or(0.0, |n| (self.total_variance() / n as f64).sqrt())
    }

    /// The trace of the covariance of one draw of the whole gradient.
    pub fn total_variance(&self) -> f64 {
        self.variances.iter().sum()
    }

    /// The standard error of the total variance.
    pub fn variance_error(&self) -> f64 {
        self.variance_error
    }

    /// The cosine of the mean with the target; `None` if one of them is 0.
    pub fn cosine(&self) -> Option<f64> {
        let norms = norm(&self.mean) * norm(&self.target);
        (norms > 0.0).then(|| dot(&self.mean, &self.target) / norms)
    }

    /// The mean squared error of the mean of as many draws as `evaluations` of the cost pay for.
    ///
    /// ```text
    /// bias^2 + total variance x (evaluations of one draw) / evaluations
    /// ```
    pub fn mean_squared_error(&self, evaluations_of_one: usize, evaluations: f64) -> f64 {
        let noise = self.bias_error().powi(2);
        let squared_bias = (self.bias().powi(2) - noise).max(0.0);
        squared_bias + self.total_variance() * evaluations_of_one as f64 / evaluations
    }

    /// The largest |mean - target| over the coordinates in standard errors; `None` for an enumeration.
    ///
    /// A coordinate that is right within rounding counts 0. A wrong one without variance is infinite, and so are NaN
    /// and numbers whose squares overflow.
    pub fn z_max(&self) -> Option<f64> {
        let n = self.draws? as f64;
        let z = self.difference().zip(&self.variances).map(|(difference, variance)| {
            let z = difference.abs() / (variance / n).sqrt();
            match self.is_rounding(difference) {
                true => 0.0,
                false if z.is_nan() || !self.size().is_finite() => f64::INFINITY,
                false => z,
            }
        });
        Some(z.fold(0.0, f64::max))
    }

    /// Whether the mean may be the target: exactly within rounding, or with no z above the limit.
    pub fn agrees(&self, z_limit: f64) -> bool {
        self.z_max().map_or_else(|| self.is_rounding(self.bias()), |z| z <= z_limit)
    }

    /// Whether a difference may be due to rounding. Not if the size of a draw overflows: it would excuse anything.
    fn is_rounding(&self, difference: f64) -> bool {
        let size = self.size();
        size.is_finite() && difference.abs() <= ROUNDING * size
    }

    /// The size of a draw: what rounding errors are relative to.
    fn size(&self) -> f64 {
        norm(&self.target) + self.total_variance().sqrt()
    }

    fn difference(&self) -> impl Iterator<Item = f64> + '_ {
        self.mean.iter().zip(&self.target).map(|(mean, target)| mean - target)
    }
}

fn norm(v: &[f64]) -> f64 {
    dot(v, v).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::{GumbelSoftmax, Needs};
    use crate::problem::Quadratic;

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let table = Tabulated::new(&Quadratic).unwrap();
        let estimator = GumbelSoftmax::new(0.5).unwrap();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Moments::sampled(&estimator, &table, 10_000, Key::new(3)))
        };
        assert_eq!(on(1), on(3));
        assert_eq!(on(1).draws(), Some(10_240));
    }

    /// The exact gradient, and another number in its place once in a while.
    #[derive(Debug)]
    struct Odd(f64);

    impl Estimator for Odd {
        fn name(&self) -> &str {
            "odd"
        }

        fn unbiased(&self) -> bool {
            true
        }

        fn needs(&self) -> Needs {
            Needs::Costs
        }

        fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
            let mut draw = problem.exact_gradient().to_vec();
            draw[0] = if key.word(0) < 1 << 24 { self.0 } else { draw[0] };
            draw
        }
    }

    #[test]
    fn a_nan_never_agrees() {
        let table = Tabulated::new(&Quadratic).unwrap();
        let moments = Moments::sampled(&Odd(f64::NAN), &table, 2_000, Key::new(4));
        assert_eq!(moments.z_max(), Some(f64::INFINITY));
        assert!(!moments.agrees(1e9) && moments.total_variance().is_nan());
    }

    /// The square of such a number is infinite, and rounding relative to it excused any bias.
    #[test]
    fn a_number_whose_square_overflows_never_agrees() {
        let table = Tabulated::new(&Quadratic).unwrap();
        let moments = Moments::sampled(&Odd(1e200), &table, 2_000, Key::new(4));
        assert!(!moments.agrees(1e9), "{:?}", moments.z_max());
    }
}
