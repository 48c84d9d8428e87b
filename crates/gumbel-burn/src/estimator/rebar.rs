//! `rebar`: the score-function estimator with the relaxed cost as a control variate.

use burn::tensor::{Device, Tensor};
use gumbel::Key;

use super::control_variate::{Draw, Relaxed};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// REINFORCE with the relaxed cost as a control variate, REBAR.
///
/// ```text
/// (f(D) - eta f(s(Zt))) (D - pi) + eta d/dtheta f(s(Z)) - eta d/dtheta f(s(Zt))     s = softmax(./lambda)
/// ```
///
/// Z = theta + G has the argmax D, and Zt is drawn given D; the last term is a total derivative. Unbiased for fixed
/// parameters. 3 evaluations, two of them with the gradient at soft points; 5 while lambda is trained.
///
/// The parameters are eta and ln lambda. Their objective is the squared norm of the estimate: they do not change its
/// mean, so less of it is less variance. The derivative in ln lambda is a difference of the squared norm at lambda and
/// at 1.05 lambda with the same noise, because Burn has no second derivatives.
///
/// Tucker, Mnih, Maddison, Lawson and Sohl-Dickstein, "REBAR: low-variance, unbiased gradient estimates for discrete
/// latent variable models", arXiv 1703.07370, equation 8 (2017).
#[derive(Clone, Copy, Debug)]
pub struct Rebar {
    eta: f64,
    lambda: f64,
}

impl Rebar {
    /// Makes the estimator with initial values of the coefficient and of the temperature.
    ///
    /// # Errors
    /// eta not finite; lambda not a finite number above 0.
    pub fn new(eta: f64, lambda: f64) -> Result<Self, Error> {
        Error::unless_finite("rebar", "eta", eta)?;
        gumbel::check::temperature(lambda)?;
        Ok(Self { eta, lambda })
    }
}

impl Estimator for Rebar {
    fn name(&self) -> &str {
        "rebar"
    }

    fn settings(&self) -> String {
        format!("eta {}, lambda {}", self.eta, self.lambda)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        3
    }

    fn parameters(&self, _: usize, _: usize, _: Key, device: &Device) -> Vec<Tensor<2>> {
        Relaxed::initial(self.eta, self.lambda, device)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let relaxed = Relaxed::new(variables.parameters([[1, 1]; 2])?);
        let draw = Draw::new(variables, cost)?;
        relaxed.estimate(variables, cost, &draw, None)
    }
}
