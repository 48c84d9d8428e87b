//! `rebar`: the relaxed cost, with and without the sample given, as a control variate.

use gumbel::Key;

use super::control_variate::{estimate, relaxed_cost};
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::tabulated::Tabulated;

/// REINFORCE with the relaxed cost as a control variate, REBAR.
///
/// ```text
/// (f(D) - eta f(s(Zt))) (D - pi) + eta d/dtheta f(s(Z)) - eta d/dtheta f(s(Zt))
/// Z = theta + G, D = argmax Z, Zt ~ Z given D and independent of Z otherwise, s = softmax(./lambda)
/// ```
///
/// The last derivative is a total one, through the dependence of Zt on theta at a fixed D. Unbiased with frozen
/// parameters. The relaxed cost is that of all variables at once. 3 evaluations, two of them with the gradient at soft
/// points.
///
/// Tucker, Mnih, Maddison, Lawson and Sohl-Dickstein, "REBAR: low-variance, unbiased gradient estimates for discrete
/// latent variable models", arXiv 1703.07370, section 3 (2017).
#[derive(Clone, Copy, Debug)]
pub struct Rebar {
    eta: f64,
    lambda: f64,
}

impl Rebar {
    /// Makes the estimator with a coefficient and a temperature.
    ///
    /// # Errors
    /// eta not finite; lambda not a finite number above 0.
    pub fn new(eta: f64, lambda: f64) -> Result<Self, CompareError> {
        CompareError::unless_finite("eta", eta)?;
        CompareError::unless_positive("lambda", lambda)?;
        Ok(Self { eta, lambda })
    }
}

impl Estimator for Rebar {
    fn name(&self) -> &str {
        "rebar"
    }

    fn params(&self) -> String {
        format!("eta {}, lambda {}", self.eta, self.lambda)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        3
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        estimate(problem, key, |z| relaxed_cost(problem, z, self.eta, self.lambda))
    }
}
