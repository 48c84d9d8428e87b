//! `rloo`: REINFORCE with the leave-one-out baseline.

use gumbel::Key;

use super::enumeration::{each_tuple, sample_tuple};
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::add_scaled;
use crate::tabulated::Tabulated;

/// REINFORCE with the mean of the other costs as the baseline of each draw.
///
/// ```text
/// mean_k (f(D_k) - mean_{j != k} f(D_j)) (D_k - pi)
/// ```
///
/// Unbiased; K evaluations, at corners.
///
/// Kool, van Hoof and Welling, "Buy 4 REINFORCE samples, get a baseline for free!", ICLR workshop (2019).
#[derive(Clone, Copy, Debug)]
pub struct Rloo {
    k: usize,
}

impl Rloo {
    /// Makes the estimator of K draws.
    ///
    /// # Errors
    /// K below 2.
    pub fn new(k: usize) -> Result<Self, CompareError> {
        CompareError::unless_at_least(2, k)?;
        Ok(Self { k })
    }

    fn at(&self, problem: &Tabulated<'_>, states: &[usize]) -> Vec<f64> {
        let costs: Vec<f64> = states.iter().map(|&s| problem.cost(s)).collect();
        let (total, k) = (costs.iter().sum::<f64>(), self.k as f64);
        let mut sum = vec![0.0; problem.logits().len()];
        for (&state, cost) in states.iter().zip(&costs) {
            let others = (total - cost) / (k - 1.0);
            add_scaled(&mut sum, (cost - others) / k, &problem.score(state));
        }
        sum
    }
}

impl Estimator for Rloo {
    fn name(&self) -> &str {
        "rloo"
    }

    fn params(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        self.k
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        self.at(problem, &sample_tuple(problem, self.k, key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_tuple(problem, self.k, visit, |states| self.at(problem, states))
    }
}
