//! `reinmax`: Heun's second-order method in place of straight-through's first-order one.

use gumbel::Key;

use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::{add_scaled, jacobian, scaled, softmax};
use crate::tabulated::Tabulated;

/// The second-order straight-through estimator, ReinMax.
///
/// ```text
/// 2 J(pi_D) g - J(pi) g / 2     pi_D = (softmax(theta/tau) + D) / 2,  pi = softmax(theta)
/// ```
///
/// There is no factor 1/tau, and the second pi is at temperature 1. At tau = 1 it equals [`Zgr`](super::Zgr) draw by
/// draw, and is exact on quadratic costs; biased otherwise. 1 evaluation, with the gradient at a corner.
///
/// Liu, Dong, Liu, Yu and Gao, "Bridging discrete and backpropagation: straight-through and beyond", arXiv 2304.08612,
/// algorithm 2 (2023).
#[derive(Clone, Copy, Debug)]
pub struct ReinMax {
    tau: f64,
}

impl ReinMax {
    /// Makes the estimator at a temperature.
    ///
    /// # Errors
    /// tau not a finite number of at least 1.
    pub fn new(tau: f64) -> Result<Self, CompareError> {
        let good = tau >= 1.0 && tau.is_finite();
        CompareError::unless(good, "tau", "a finite number of at least 1", tau)?;
        Ok(Self { tau })
    }

    /// The estimate at a state.
    pub(super) fn at(self, problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
        let (k, g) = (problem.classes(), problem.gradient(state));
        let mut middle = scaled(softmax(problem.logits(), k, self.tau), 0.5);
        add_scaled(&mut middle, 0.5, &problem.corner(state));
        let mut out = scaled(jacobian(&middle, g, k), 2.0);
        add_scaled(&mut out, -0.5, &jacobian(problem.probabilities(), g, k));
        out
    }
}

impl Estimator for ReinMax {
    fn name(&self) -> &str {
        "reinmax"
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
        self.at(problem, problem.sample(key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_state(problem, visit, |state| self.at(problem, state))
    }
}
