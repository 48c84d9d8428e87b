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
///
/// The parameters are trained beside the model, by the same surrogate. Here the model stays as it is: from eta = 0,
/// which is REINFORCE, 50 steps halve the squared norm of the estimate.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Rebar, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::zeros([256, 1, 3], &device).require_grad();
/// let square = |x: Tensor<3>| Ok(x.cumsum(2).sum_dim(2).square().flatten(0, 2));
/// let rebar = Rebar::new(0.0, 0.5)?;
/// let mut own = rebar.parameters(1, 3, Key::new(0), &device);
/// let mut norms = Vec::new();
/// for step in 0..50 {
///     own = own.into_iter().map(|p| p.detach().require_grad()).collect();
///     let variables = Variables::new(theta.clone(), Key::new(7).fold_in(step));
///     let variables = variables.with_parameters(own.clone());
///     let estimate = rebar.estimate(&variables, &Cost::new(&square))?;
///     let gradients = estimate.surrogate.sum().backward();
///     norms.push(theta.grad(&gradients).unwrap().square().sum().into_scalar::<f32>());
///     let down = |p: &Tensor<2>| Tensor::from_inner(p.grad(&gradients).unwrap()) * -4e-6;
///     own = own.iter().map(|p| p.clone() + down(p)).collect();
/// }
/// assert!(norms[49] < 0.6 * norms[0]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
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
