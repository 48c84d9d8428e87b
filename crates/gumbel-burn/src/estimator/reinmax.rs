//! `reinmax`: straight-through to second order.

use burn::tensor::Tensor;

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::passage::pass;
use super::variables::Variables;
use crate::backend::Passage;
use crate::error::Error;

/// The second-order straight-through estimator, ReinMax.
///
/// ```text
/// 2 J(pi_D) g - J(pi) g / 2     pi_D = (softmax(theta/tau) + D) / 2,  pi = softmax(theta)
/// ```
///
/// There is no factor 1/tau, and the second pi is at temperature 1. At tau = 1 it equals [`Zgr`](super::Zgr) draw by
/// draw, and is exact on quadratic costs; biased otherwise. The paper has tau of at least 1; here any temperature is
/// taken. 1 evaluation, with the gradient at a corner. Keeps theta and D.
///
/// Liu, Dong, Liu, Yu and Gao, "Bridging discrete and backpropagation: straight-through and beyond", arXiv 2304.08612,
/// algorithm 2 (2023).
#[derive(Clone, Copy, Debug, Default)]
pub struct ReinMax;

/// The sample, with 2 J(pi_D) - J(pi) / 2 as its derivative in theta.
pub(super) fn soft(variables: &Variables, sample: Tensor<3>, tau: f64) -> Tensor<3> {
    pass(variables, variables.logits(), sample, Passage::SecondOrder { tau })
}

impl Estimator for ReinMax {
    fn name(&self) -> &str {
        "reinmax"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn default_tau(&self) -> Option<f64> {
        Some(1.0)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let d = variables.sample(0)?;
        Ok(Estimate::of_cost(cost.at(soft(variables, d, variables.tau()))?))
    }
}
