//! `gumbel-softmax`: differentiate the cost of the relaxed sample.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;
use crate::relax::gumbel_softmax;

/// The gradient of the cost at the relaxed sample.
///
/// ```text
/// J(y) f'(y) / tau     y = softmax((theta + G)/tau)
/// ```
///
/// Unbiased for the expectation of the relaxed cost; biased for that of the discrete cost, the more so the higher tau;
/// its variance grows as tau falls. 1 evaluation, at y, so the network in the cost too is trained at soft samples.
/// Keeps y.
///
/// Jang, Gu and Poole, arXiv 1611.01144, section 2.1 (2016); Maddison, Mnih and Teh, arXiv 1611.00712 (2016).
#[derive(Clone, Copy, Debug, Default)]
pub struct GumbelSoftmax;

impl Estimator for GumbelSoftmax {
    fn name(&self) -> &str {
        "gumbel-softmax"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn default_tau(&self) -> Option<f64> {
        Some(0.5)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let y = gumbel_softmax(variables.logits(), -1, variables.tau(), variables.noise(0))?;
        Ok(Estimate::of_cost(cost.at(y)?))
    }
}
