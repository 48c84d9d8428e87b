//! `grpo`: costs less their mean, divided by their standard deviation.

use gumbel::Key;

use super::enumeration::{each_tuple, sample_tuple};
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::add_scaled;
use crate::tabulated::Tabulated;

/// Added to the standard deviation, as usual implementations do.
const EPSILON: f64 = 1e-4;

/// The group-relative estimator: standardised costs times the score.
///
/// ```text
/// mean_k (f(D_k) - m) / (s + 1e-4) (D_k - pi)     m the mean and s the standard deviation of the K costs
/// ```
///
/// The reading here: m includes the own cost, s divides by K - 1, and the ratio of probabilities of the old and the
/// new policy is 1 (the first step after sampling). Biased: the gradient is scaled by about 1/s, differently in each
/// group, and by (K-1)/K. K evaluations, at corners.
///
/// Shao et al., "DeepSeekMath", arXiv 2402.03300, section 4.1.2 (2024).
#[derive(Clone, Copy, Debug)]
pub struct Grpo {
    k: usize,
}

impl Grpo {
    /// Makes the estimator of groups of K draws.
    ///
    /// # Errors
    /// K below 2.
    pub fn new(k: usize) -> Result<Self, CompareError> {
        CompareError::unless_at_least(2, k)?;
        Ok(Self { k })
    }

    fn at(&self, problem: &Tabulated<'_>, states: &[usize]) -> Vec<f64> {
        let k = self.k as f64;
        let costs: Vec<f64> = states.iter().map(|&s| problem.cost(s)).collect();
        let mean = costs.iter().sum::<f64>() / k;
        let deviation = (costs.iter().map(|f| (f - mean).powi(2)).sum::<f64>() / (k - 1.0)).sqrt();
        let mut sum = vec![0.0; problem.logits().len()];
        for (&state, cost) in states.iter().zip(&costs) {
            let advantage = (cost - mean) / (deviation + EPSILON);
            add_scaled(&mut sum, advantage / k, &problem.score(state));
        }
        sum
    }
}

impl Estimator for Grpo {
    fn name(&self) -> &str {
        "grpo"
    }

    fn params(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        false
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
