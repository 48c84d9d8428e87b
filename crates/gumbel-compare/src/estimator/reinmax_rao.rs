//! `reinmax-rao` and `reinmax-cv`: ReinMax with Gumbel-Rao at its middle point.

use gumbel::Key;

use super::gumbel_rao::GumbelRao;
use super::reinmax::ReinMax;
use super::{Estimator, Needs};
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
fn middle_logits(problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
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

/// ReinMax at tau = 1 with the noise of Gumbel-Softmax at its middle point as a control variate.
///
/// ```text
/// ReinMax(1) + eta (GR - GS)     GR = GR(theta_D, tau; K),  GS = J(softmax(Z/tau)) g / tau
/// ```
///
/// The reading here: Z of GS is theta_D + G given that its argmax is D, independent of the K draws of GR. So GR and GS
/// have one mean given D, and the mean is that of ReinMax at tau = 1 for every eta. Sources disagree on the noise of
/// GS; with this reading the difference is independent noise given D, and only adds variance. Biased; 1 evaluation,
/// with the gradient at a corner.
///
/// Wang and Bui, arXiv 2603.08257 (2026).
#[derive(Clone, Copy, Debug)]
pub struct ReinMaxCv {
    eta: f64,
    tau: f64,
    k: usize,
}

impl ReinMaxCv {
    /// Makes the estimator with a coefficient, at a temperature, with K draws of the noise.
    ///
    /// # Errors
    /// eta not finite; tau not a finite number above 0; K = 0.
    pub fn new(eta: f64, tau: f64, k: usize) -> Result<Self, CompareError> {
        CompareError::unless_finite("eta", eta)?;
        GumbelRao::new(tau, k)?;
        Ok(Self { eta, tau, k })
    }
}

impl Estimator for ReinMaxCv {
    fn name(&self) -> &str {
        "reinmax-cv"
    }

    fn params(&self) -> String {
        format!("eta {}, tau {}, K {}", self.eta, self.tau, self.k)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let [sample, many, one] = key.split();
        let state = problem.sample(sample);
        let middle = middle_logits(problem, state);
        let rao = |k, key| {
            let rao = GumbelRao::new(self.tau, k).expect("checked parameters");
            rao.given(problem, &middle, state, key)
        };
        let mut out = ReinMax::new(1.0).expect("tau = 1").at(problem, state);
        add_scaled(&mut out, self.eta, &rao(self.k, many));
        add_scaled(&mut out, -self.eta, &rao(1, one));
        out
    }
}
