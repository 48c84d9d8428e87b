//! `reinmax-rao`: ReinMax with Gumbel-Rao at its middle point.

use gumbel::Key;

use super::gumbel_rao::GumbelRao;
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::{add_scaled, jacobian, scaled};
use crate::tabulated::Tabulated;

/// ReinMax with Gumbel-Rao in place of its first term.
///
/// ```text
/// 2 GR(theta_D, tau; K) - J(pi) g / 2     theta_D = ln((pi + D) / 2),  D ~ pi
/// GR(theta_D, tau; K) = mean_k J(softmax(Z_k/tau)) g / tau
/// ```
///
/// The reading here: Z_k = theta_D + G given that its argmax is the same D, which was drawn from pi, not from
/// softmax(theta_D). Biased; its variance may be above or below that of ReinMax. 1 evaluation, with the gradient at a
/// corner.
///
/// Wang and Bui, arXiv 2603.08257 (2026).
#[derive(Clone, Copy, Debug)]
pub struct ReinMaxRao {
    rao: GumbelRao,
}

impl ReinMaxRao {
    /// Makes the estimator at a temperature, with K draws of the noise.
    ///
    /// # Errors
    /// tau not a finite number above 0; K = 0.
    pub fn new(tau: f64, k: usize) -> Result<Self, CompareError> {
        Ok(Self { rao: GumbelRao::new(tau, k)? })
    }
}

/// theta_D = ln((pi + D) / 2).
pub(super) fn middle_logits(problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
    let pi = problem.probabilities().iter();
    pi.zip(problem.corner(state)).map(|(pi, d)| ((pi + d) / 2.0).ln()).collect()
}

impl Estimator for ReinMaxRao {
    fn name(&self) -> &str {
        "reinmax-rao"
    }

    fn params(&self) -> String {
        self.rao.params()
    }

    fn tau(&self) -> Option<f64> {
        self.rao.tau()
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let [sample, noise] = key.split();
        let state = problem.sample(sample);
        let middle = middle_logits(problem, state);
        let mut out = scaled(self.rao.given(problem, &middle, state, noise), 2.0);
        let g = problem.gradient(state);
        add_scaled(&mut out, -0.5, &jacobian(problem.probabilities(), g, problem.classes()));
        out
    }
}
