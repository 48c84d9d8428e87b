//! `gumbel-softmax`: the gradient of the relaxed cost at the relaxed sample.

use gumbel::Key;

use super::interface::{Estimator, Needs};
use super::straight_through::through_softmax;
use crate::error::CompareError;
use crate::simplex::softmax;
use crate::tabulated::Tabulated;

/// The gradient of the cost at the relaxed sample.
///
/// ```text
/// J(y) f'(y) / tau     y = softmax((theta + G)/tau)
/// ```
///
/// Unbiased for E f(y), the relaxed cost, and biased for E f(D). The bias falls with tau, and the variance grows as
/// 1/tau. 1 evaluation, with the gradient at a soft point.
///
/// Jang, Gu and Poole, arXiv 1611.01144, equation 2; Maddison, Mnih and Teh, arXiv 1611.00712, section 3 (2016).
#[derive(Clone, Copy, Debug)]
pub struct GumbelSoftmax {
    tau: f64,
}

impl GumbelSoftmax {
    /// Makes the estimator at a temperature.
    ///
    /// # Errors
    /// tau not a finite number above 0.
    pub fn new(tau: f64) -> Result<Self, CompareError> {
        CompareError::unless_positive("tau", tau)?;
        Ok(Self { tau })
    }
}

impl Estimator for GumbelSoftmax {
    fn name(&self) -> &str {
        "gumbel-softmax"
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
        Needs::SoftPoints
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let ((z, _), k) = (problem.perturbed(key), problem.classes());
        let gradient = problem.problem().gradient(&softmax(&z, k, self.tau));
        through_softmax(&z, &gradient, k, self.tau)
    }
}
