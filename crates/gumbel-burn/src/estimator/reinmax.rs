//! `reinmax`: straight-through to second order.

use burn::tensor::Tensor;

use super::algebra::{constant, softmax};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// The second-order straight-through estimator, ReinMax.
///
/// ```text
/// 2 J(pi_D) g - J(pi) g / 2     pi_D = (softmax(theta/tau) + D) / 2,  pi = softmax(theta)
/// ```
///
/// There is no factor 1/tau, and the second pi is at temperature 1. At tau = 1 it equals [`Zgr`](super::Zgr) draw by
/// draw, and is exact on quadratic costs; biased otherwise. The paper has tau of at least 1; here any temperature is
/// taken. 1 evaluation, with the gradient at a corner.
///
/// Liu, Dong, Liu, Yu and Gao, "Bridging discrete and backpropagation: straight-through and beyond", arXiv 2304.08612,
/// algorithm 2 (2023).
#[derive(Clone, Copy, Debug, Default)]
pub struct ReinMax;

/// A tensor that is p, with the derivative J(p) in theta.
pub(super) fn with_derivative_of_softmax(variables: &Variables, p: Tensor<3>) -> Tensor<3> {
    let theta = variables.finite_logits();
    let p = constant(p);
    // The logits ln p of p, moved by theta - theta: classes with p = 0 have no derivative.
    let mean = (p.clone() * theta.clone()).sum_dim(2);
    p * (theta - mean)
}

/// A tensor whose derivative in theta is 2 J(pi_D) - J(pi) / 2.
pub(super) fn soft(variables: &Variables, sample: Tensor<3>, tau: f64) -> Tensor<3> {
    let flattened = softmax(variables.constant_logits().mul_scalar(1.0 / tau));
    let middle = with_derivative_of_softmax(variables, (flattened + sample).mul_scalar(0.5));
    middle.mul_scalar(2.0) - softmax(variables.logits()).mul_scalar(0.5)
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
        let soft = soft(variables, d.clone(), variables.temperature());
        Ok(Estimate::of_cost(cost.at_corner_with_gradient_of(d, soft)?))
    }
}
