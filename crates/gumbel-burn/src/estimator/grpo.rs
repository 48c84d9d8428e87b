//! `grpo`: several samples with standardised costs.

use super::algebra::sum;
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::samples::Samples;
use super::variables::Variables;
use crate::error::Error;

/// The group-relative estimator, as in GRPO: standardised costs times the score.
///
/// ```text
/// mean_k (f(D_k) - m) / (s + 1e-4) (D_k - pi)     m the mean and s the standard deviation of the K costs
/// ```
///
/// The reading here: m includes the own cost, s divides by K - 1, and the ratio of probabilities of the old and the
/// new policy is 1 (the first step after sampling). Biased: the gradient is scaled by about 1/s, differently in each
/// group, and by (K-1)/K. K evaluations, at corners. Keeps the K samples.
///
/// Shao et al., "DeepSeekMath", arXiv 2402.03300, section 4.1.2 (2024).
#[derive(Clone, Copy, Debug)]
pub struct Grpo {
    k: usize,
}

impl Grpo {
    /// Makes the estimator of groups of K samples.
    ///
    /// # Errors
    /// K below 2.
    pub fn new(k: usize) -> Result<Self, Error> {
        Error::unless_samples("grpo", 2, k)?;
        Ok(Self { k })
    }
}

/// Added to the standard deviation, as usual implementations do.
const EPSILON: f64 = 1e-4;

impl Estimator for Grpo {
    fn name(&self) -> &str {
        "grpo"
    }

    fn settings(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        self.k
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let drawn = Samples::draw(variables, cost, self.k)?;
        let squares = sum(drawn.deviations.iter().map(|f| f.clone().square()).collect());
        let deviation = squares.div_scalar(self.k as f64 - 1.0).sqrt();
        let scale = deviation.add_scalar(EPSILON).recip();
        Ok(drawn.estimate(variables, scale))
    }
}
