//! `straight-through-gumbel-softmax`: the gradient at the corner through the relaxed sample.

use gumbel::Key;

use super::interface::{Estimator, Needs};
use super::straight_through::through_softmax;
use crate::error::CompareError;
use crate::tabulated::Tabulated;

/// The gradient of the cost at the one-hot sample, pulled back through the relaxed sample of the same noise.
///
/// ```text
/// J(y) g / tau     y = softmax((theta + G)/tau),  D = onehot(argmax(theta + G))
/// ```
///
/// Biased; 1 evaluation, with the gradient at a corner.
///
/// Jang, Gu and Poole, "Categorical reparameterization with Gumbel-Softmax", arXiv 1611.01144, section 2.2 (2016).
#[derive(Clone, Copy, Debug)]
pub struct StraightThroughGumbelSoftmax {
    tau: f64,
}

impl StraightThroughGumbelSoftmax {
    /// Makes the estimator at a temperature.
    ///
    /// # Errors
    /// tau not a finite number above 0.
    pub fn new(tau: f64) -> Result<Self, CompareError> {
        CompareError::unless_positive("tau", tau)?;
        Ok(Self { tau })
    }
}

impl Estimator for StraightThroughGumbelSoftmax {
    fn name(&self) -> &str {
        "straight-through-gumbel-softmax"
    }

    fn params(&self) -> String {
        format!("tau {}", self.tau)
    }

    fn tau(&self) -> Option<f64> {
        Some(self.tau)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let (z, state) = problem.perturbed(key);
        through_softmax(&z, problem.gradient(state), problem.classes(), self.tau)
    }
}
