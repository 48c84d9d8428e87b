//! `rloo`: several samples, each with the others as its baseline.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::samples::Samples;
use super::variables::Variables;
use crate::error::Error;

/// REINFORCE with the mean of the other samples as the baseline, RLOO.
///
/// ```text
/// mean_k (f(D_k) - mean_{j != k} f(D_j)) (D_k - pi)
/// ```
///
/// Unbiased; K evaluations, at corners. Keeps the K samples.
///
/// Kool, van Hoof and Welling, "Buy 4 REINFORCE samples, get a baseline for free!", ICLR workshop (2019).
#[derive(Clone, Copy, Debug)]
pub struct Rloo {
    k: usize,
}

impl Rloo {
    /// Makes the estimator of K samples.
    ///
    /// # Errors
    /// K below 2.
    pub fn new(k: usize) -> Result<Self, Error> {
        Error::unless_samples("rloo", 2, k)?;
        Ok(Self { k })
    }
}

impl Estimator for Rloo {
    fn name(&self) -> &str {
        "rloo"
    }

    fn settings(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        self.k
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let drawn = Samples::draw(variables, cost, self.k)?;
        // f_k - mean of the others = (f_k - mean of all) K / (K - 1).
        let scale = self.k as f64 / (self.k as f64 - 1.0);
        let scale = drawn.deviations[0].full_like(scale);
        Ok(drawn.estimate(variables, scale))
    }
}
