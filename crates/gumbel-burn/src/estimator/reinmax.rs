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
///
/// The mean is exact on a quadratic cost, within 5 standard errors of 40,000 draws; straight-through is far from it:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Exact, ReinMax, StraightThrough, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::from_floats([[[1.0, 0.0, -1.0]]], &device);
/// let theta = theta.repeat_dim(0, 40_000).require_grad();
/// let variables = Variables::new(theta.clone(), Key::new(7));
/// let square = |x: Tensor<3>| Ok(x.cumsum(2).sum_dim(2).square().flatten(0, 2)); // 9, 4 and 1
/// let of = |estimator: &dyn Estimator| {
///     let surrogate = estimator.estimate(&variables, &Cost::at_corners(&square))?.surrogate;
///     Ok::<_, gumbel_burn::Error>(theta.grad(&surrogate.sum().backward()).unwrap())
/// };
/// let (exact, reinmax) = (of(&Exact)?.mean_dim(0), of(&ReinMax)?);
/// let error = (reinmax.clone().var(0) / 40_000.0).sqrt();
/// let from_exact = |gradient: Tensor<3>| {
///     let errors = (gradient.mean_dim(0) - exact.clone()).abs() / error.clone();
///     errors.max().into_scalar::<f32>()
/// };
/// assert!(from_exact(reinmax) < 5.0 && from_exact(of(&StraightThrough)?) > 50.0);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
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
