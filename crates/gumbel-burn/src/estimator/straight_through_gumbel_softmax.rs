//! `straight-through-gumbel-softmax`: evaluate at the one-hot sample, differentiate as if relaxed.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;
use crate::relax::straight_through_gumbel_softmax;

/// The cost at the one-hot sample, with the derivative of the relaxed sample of the same noise.
///
/// ```text
/// J(y) g / tau     D = onehot(argmax(theta + G)),  y = softmax((theta + G)/tau)
/// ```
///
/// Biased. 1 evaluation, with the gradient at the corner, so that cost and network are those of the discrete model.
/// Keeps y.
///
/// Jang, Gu and Poole, arXiv 1611.01144, section 2.2 (2016).
#[derive(Clone, Copy, Debug, Default)]
pub struct StraightThroughGumbelSoftmax;

impl Estimator for StraightThroughGumbelSoftmax {
    fn name(&self) -> &str {
        "straight-through-gumbel-softmax"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn default_tau(&self) -> Option<f64> {
        Some(0.5)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let (logits, noise) = (variables.logits(), variables.noise(0));
        let d = straight_through_gumbel_softmax(logits, -1, variables.tau(), noise)?;
        Ok(Estimate::of_cost(cost.at(d)?))
    }
}
