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
