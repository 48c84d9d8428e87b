//! `relax`: REBAR's control variate plus a free network.

use gumbel::Key;

use super::control_variate::{estimate, relaxed_cost};
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::add_scaled;
use crate::tabulated::Tabulated;

/// REINFORCE with the relaxed cost and a network of the perturbed logits as a control variate, RELAX.
///
/// ```text
/// (f(D) - c(Zt)) (D - pi) + d/dtheta c(Z) - d/dtheta c(Zt)
/// c(Z) = eta f(softmax(Z/lambda)) + r(Z)
/// r(Z) = s sum_h cos(h + 0.3) tanh(0.3 sum_i sin(1.9 h + 0.8 i + 0.1) Z_i)     h = 0..4
/// ```
///
/// Z and Zt as in [`Rebar`](super::Rebar); i runs over the logits of all variables. Unbiased with frozen parameters,
/// whatever r is: here it is a fixed network with a scale s, as training would leave one. 3 evaluations, two of them
/// with the gradient at soft points; with eta = 0, 1 evaluation at a corner.
///
/// Grathwohl, Choi, Wu, Roeder and Duvenaud, "Backpropagation through the void", arXiv 1711.00123 (2018).
#[derive(Clone, Copy, Debug)]
pub struct Relax {
    eta: f64,
    lambda: f64,
    scale: f64,
}

const UNITS: usize = 5;

impl Relax {
    /// Makes the estimator with the coefficient and the temperature of the relaxed cost, and the scale of the network.
    ///
    /// # Errors
    /// eta or the scale not finite; lambda not a finite number above 0.
    pub fn new(eta: f64, lambda: f64, scale: f64) -> Result<Self, CompareError> {
        CompareError::unless_finite("eta", eta)?;
        CompareError::unless_positive("lambda", lambda)?;
        CompareError::unless_finite("scale", scale)?;
        Ok(Self { eta, lambda, scale })
    }

    /// Adds s r(Z) and its gradient.
    fn add_network(self, z: &[f64], value: &mut f64, gradient: &mut [f64]) {
        for h in 0..UNITS {
            let h = h as f64;
            let w: Vec<f64> =
                (0..z.len()).map(|i| 0.3 * (1.9 * h + 0.8 * i as f64 + 0.1).sin()).collect();
            let (v, t) = (self.scale * (h + 0.3).cos(), crate::simplex::dot(&w, z).tanh());
            *value += v * t;
            add_scaled(gradient, v * (1.0 - t * t), &w);
        }
    }
}

impl Estimator for Relax {
    fn name(&self) -> &str {
        "relax"
    }

    fn params(&self) -> String {
        format!("eta {}, lambda {}, scale {}", self.eta, self.lambda, self.scale)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        if self.eta == 0.0 { Needs::Costs } else { Needs::SoftPoints }
    }

    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        if self.eta == 0.0 { 1 } else { 3 }
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        estimate(problem, key, |z| {
            let (mut value, mut gradient) = match self.eta {
                0.0 => (0.0, vec![0.0; z.len()]),
                eta => relaxed_cost(problem, z, eta, self.lambda),
            };
            self.add_network(z, &mut value, &mut gradient);
            (value, gradient)
        })
    }
}
