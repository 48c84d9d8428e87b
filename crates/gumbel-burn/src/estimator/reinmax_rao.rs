//! `reinmax-rao`: ReinMax with Gumbel-Rao at its middle point.

use burn::tensor::Tensor;

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::gumbel_rao::GumbelRao;
use super::interface::Estimator;
use super::passage::pass;
use super::variables::Variables;
use crate::backend::Passage;
use crate::error::Error;

/// ReinMax with Gumbel-Rao in place of its first term.
///
/// ```text
/// 2 GR(theta_D, tau; K) - J(pi) g / 2     theta_D = ln((pi + D) / 2),  D ~ pi
/// GR(theta_D, tau; K) = mean_k J(softmax(Z_k/tau)) g / tau
/// ```
///
/// The reading here: Z_k = theta_D + G given that its argmax is the same D, which was drawn from pi, not from
/// softmax(theta_D). Biased; its variance may be above or below that of ReinMax. 1 evaluation, with the gradient at a
/// corner. Its draws are those of [`GumbelRao`], fused on the CPU.
///
/// Wang and Bui, arXiv 2603.08257 (2026).
///
/// The second term has no temperature. So tau is to be chosen with care: a high one removes the first term, and leaves
/// minus half of the straight-through estimate at temperature 1.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, ReinMaxRao, StraightThrough, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::from_floats([[[1.0, 0.0, -1.0]]], &device).require_grad();
/// let c = Tensor::<3>::from_floats([[[3.0, 2.0, 1.0]]], &device);
/// let linear = |x: Tensor<3>| Ok((x * c.clone()).sum_dim(2).flatten(0, 2));
/// let of = |estimator: &dyn Estimator, tau| {
///     let variables = Variables::new(theta.clone(), Key::new(7)).with_tau(tau);
///     let surrogate = estimator.estimate(&variables, &Cost::at_corners(&linear))?.surrogate;
///     Ok::<_, gumbel_burn::Error>(theta.grad(&surrogate.backward()).unwrap())
/// };
/// let sum = of(&ReinMaxRao::new(10)?, 1e6)? + of(&StraightThrough, 1.0)? * 0.5;
/// assert!(sum.abs().max().into_scalar::<f32>() < 1e-5);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReinMaxRao {
    k: usize,
    rao: GumbelRao,
}

impl ReinMaxRao {
    /// Makes the estimator with K draws of the noise.
    ///
    /// # Errors
    /// K = 0.
    pub fn new(k: usize) -> Result<Self, Error> {
        Ok(Self { k, rao: GumbelRao::new(k)? })
    }
}

/// theta_D = ln((pi + D) / 2) as constants.
pub(super) fn middle_logits(variables: &Variables, sample: Tensor<3>) -> Tensor<3> {
    (variables.probabilities() + sample).mul_scalar(0.5).log()
}

impl Estimator for ReinMaxRao {
    fn name(&self) -> &str {
        "reinmax-rao"
    }

    fn settings(&self) -> String {
        format!("K {}", self.k)
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
        let (d, tau) = (variables.sample(0)?, variables.tau());
        let middle = middle_logits(variables, d.clone());
        let rao = self.rao.soft(variables, middle, d.clone(), tau, 1);
        let theta = variables.constant_logits();
        let mean = pass(variables, theta, d.clone(), Passage::Softmax { tau: 1.0 });
        let soft = rao.mul_scalar(2.0) - mean.mul_scalar(0.5);
        Ok(Estimate::of_cost(cost.at_corner_with_gradient_of(d, soft)?))
    }
}
