//! `decoupled-straight-through`: straight-through with one temperature forward and another backward.

use gumbel::Key;

use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use super::straight_through::through_softmax;
use crate::error::CompareError;
use crate::simplex::scaled;
use crate::tabulated::Tabulated;

/// The straight-through estimator with two temperatures.
///
/// ```text
/// J(softmax(theta/tau_b)) g / tau_b     D ~ softmax(theta/tau_f)
/// ```
///
/// The reading here is the 2026 version. The first version has a hard forward pass by argmax(theta + G), which does not
/// depend on tau_f: it is straight-through Gumbel-Softmax at tau_b. Biased, also because D has another law than
/// softmax(theta) unless tau_f = 1. 1 evaluation, with the gradient at a corner.
///
/// Shah et al., "Improving discrete optimisation via decoupled straight-through Gumbel-Softmax", arXiv
/// 2410.13331 (2024).
#[derive(Clone, Copy, Debug)]
pub struct DecoupledStraightThrough {
    forward: f64,
    backward: f64,
}

impl DecoupledStraightThrough {
    /// Makes the estimator at the temperatures tau_f and tau_b.
    ///
    /// # Errors
    /// A temperature that is not a finite number above 0.
    pub fn new(forward: f64, backward: f64) -> Result<Self, CompareError> {
        CompareError::unless_positive("tau_f", forward)?;
        CompareError::unless_positive("tau_b", backward)?;
        Ok(Self { forward, backward })
    }

    fn at(self, problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
        let (theta, g) = (problem.logits(), problem.gradient(state));
        through_softmax(theta, g, problem.classes(), self.backward)
    }

    fn sampler<'a>(self, problem: &Tabulated<'a>) -> Tabulated<'a> {
        problem.with_logits(scaled(problem.logits().to_vec(), 1.0 / self.forward))
    }
}

impl Estimator for DecoupledStraightThrough {
    fn name(&self) -> &str {
        "decoupled-straight-through"
    }

    fn params(&self) -> String {
        format!("tau_f {}, tau_b {}", self.forward, self.backward)
    }

    fn tau(&self) -> Option<f64> {
        Some(self.backward)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        self.at(problem, self.sampler(problem).sample(key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_state(&self.sampler(problem), visit, |state| self.at(problem, state))
    }
}
