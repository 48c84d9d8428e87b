//! `straight-through` and `annealed-straight-through`: the gradient at the corner through the softmax.

use gumbel::Key;

use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::{jacobian, scaled, softmax};
use crate::tabulated::Tabulated;

/// The straight-through estimator.
///
/// ```text
/// J(softmax(theta/tau)) g / tau     D ~ softmax(theta), at every tau
/// ```
///
/// Biased; 1 evaluation, with the gradient at a corner.
///
/// Bengio, Leonard and Courville, "Estimating or propagating gradients through stochastic neurons for conditional
/// computation", arXiv 1308.3432 (2013).
#[derive(Clone, Copy, Debug)]
pub struct StraightThrough {
    tau: f64,
}

impl StraightThrough {
    /// Makes the estimator at a temperature.
    ///
    /// # Errors
    /// tau not a finite number above 0.
    pub fn new(tau: f64) -> Result<Self, CompareError> {
        CompareError::unless_positive("tau", tau)?;
        Ok(Self { tau })
    }
}

/// J(softmax(z/tau)) g / tau.
pub(super) fn through_softmax(z: &[f64], g: &[f64], k: usize, tau: f64) -> Vec<f64> {
    scaled(jacobian(&softmax(z, k, tau), g, k), 1.0 / tau)
}

/// The estimate at a state.
pub(super) fn at(problem: &Tabulated<'_>, state: usize, tau: f64) -> Vec<f64> {
    through_softmax(problem.logits(), problem.gradient(state), problem.classes(), tau)
}

impl Estimator for StraightThrough {
    fn name(&self) -> &str {
        "straight-through"
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
        at(problem, problem.sample(key), self.tau)
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_state(problem, visit, |state| at(problem, state, self.tau))
    }
}

/// The straight-through estimator with a slope a, which training raises.
///
/// ```text
/// a J(softmax(a theta)) g     D ~ softmax(theta)
/// ```
///
/// The reading here: the slope is in the backward pass only, so the estimate is that of [`StraightThrough`] at
/// tau = 1/a. In the paper the slope is in the forward pass too, which changes the law of D. Biased; 1 evaluation, with
/// the gradient at a corner.
///
/// Chung, Ahn and Bengio, "Hierarchical multiscale recurrent neural networks", arXiv 1609.01704 (2016).
#[derive(Clone, Copy, Debug)]
pub struct AnnealedStraightThrough {
    slope: f64,
}

impl AnnealedStraightThrough {
    /// Makes the estimator at a slope.
    ///
    /// # Errors
    /// A slope that is not a finite number above 0.
    pub fn new(slope: f64) -> Result<Self, CompareError> {
        CompareError::unless_positive("slope", slope)?;
        Ok(Self { slope })
    }
}

impl Estimator for AnnealedStraightThrough {
    fn name(&self) -> &str {
        "annealed-straight-through"
    }

    fn params(&self) -> String {
        format!("slope {}", self.slope)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        at(problem, problem.sample(key), 1.0 / self.slope)
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_state(problem, visit, |state| at(problem, state, 1.0 / self.slope))
    }
}
