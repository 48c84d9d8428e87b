//! `relax`: REBAR's control variate plus a free network.

use burn::tensor::{Device, Tensor, activation};
use gumbel::Key;

use super::control_variate::{AtBoth, Draw, Relaxed};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;
use crate::init;

/// REINFORCE with the relaxed cost and a network of the perturbed logits as a control variate, RELAX.
///
/// ```text
/// (f(D) - c(Zt)) (D - pi) + d/dtheta c(Z) - d/dtheta c(Zt)
/// c(Z) = eta f(softmax(Z/lambda)) + r(Z),   r(Z) = w . tanh(W Z + b)
/// ```
///
/// Z and Zt as in [`Rebar`](super::Rebar), less the largest theta of each variable and at least -100; r is a network of
/// all variables with 64 units. Unbiased for fixed parameters, whatever r is. 3 evaluations, two of them with the
/// gradient at soft points; 5 while lambda is trained.
///
/// The parameters are eta, ln lambda, W, b and w; their objective is the squared norm of the estimate, for ln lambda
/// by a difference as in [`Rebar`](super::Rebar).
///
/// Grathwohl, Choi, Wu, Roeder and Duvenaud, "Backpropagation through the void", arXiv 1711.00123, section 3 (2018).
///
/// The network begins with w = 0, so r = 0, and the first estimate is that of [`Rebar`](super::Rebar). Of the weights
/// only w has a gradient then: r does not depend on W yet.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Rebar, Relax, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::zeros([8, 1, 3], &device).require_grad();
/// let square = |x: Tensor<3>| Ok(x.cumsum(2).sum_dim(2).square().flatten(0, 2));
/// let of = |estimator: &dyn Estimator| {
///     let own = estimator.parameters(1, 3, Key::new(0), &device).into_iter();
///     let own: Vec<_> = own.map(Tensor::require_grad).collect();
///     let variables = Variables::new(theta.clone(), Key::new(7)).with_parameters(own.clone());
///     let estimate = estimator.estimate(&variables, &Cost::new(&square))?;
///     let gradients = estimate.surrogate.sum().backward();
///     let size = |p: &Tensor<2>| p.grad(&gradients).unwrap().abs().max().into_scalar::<f32>();
///     let sizes: Vec<f32> = own.iter().map(size).collect();
///     Ok::<_, gumbel_burn::Error>((theta.grad(&gradients).unwrap(), sizes))
/// };
/// let (relax, rebar) = (of(&Relax::new(1.0, 0.5)?)?, of(&Rebar::new(1.0, 0.5)?)?);
/// assert!((relax.0 - rebar.0).abs().max().into_scalar::<f32>() < 1e-5);
/// assert!(relax.1[4] > 0.0 && relax.1[2] == 0.0);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Relax {
    eta: f64,
    lambda: f64,
}

/// The units of the network.
const UNITS: usize = 64;
/// The least perturbed logit that the network sees.
const LEAST: f64 = -100.0;

impl Relax {
    /// Makes the estimator with initial values of the coefficient and of the temperature of the relaxed cost.
    ///
    /// # Errors
    /// eta not finite; lambda not a finite number above 0.
    pub fn new(eta: f64, lambda: f64) -> Result<Self, Error> {
        Error::unless_finite("relax", "eta", eta)?;
        gumbel::check::temperature(lambda)?;
        Ok(Self { eta, lambda })
    }
}

/// r(Z) and dr/dZ, both with gradients in the parameters.
fn network([weights, bias, out]: &[Tensor<2>; 3], z: &Tensor<3>) -> (Tensor<1>, Tensor<3>) {
    let seen: Tensor<2> = z.clone().clamp_min(LEAST).flatten(1, 2);
    let t = activation::tanh(seen.matmul(weights.clone()) + bias.clone());
    let value = t.clone().matmul(out.clone()).flatten(0, 1);
    let slope = t.square().neg().add_scalar(1.0) * out.clone().transpose();
    let gradient = slope.matmul(weights.clone().transpose()).reshape(z.dims());
    (value, gradient.mask_fill(z.clone().lower_elem(LEAST), 0.0))
}

impl Estimator for Relax {
    fn name(&self) -> &str {
        "relax"
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

    fn parameters(
        &self,
        variables: usize,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Vec<Tensor<2>> {
        let inputs = variables * classes;
        let mut all = Relaxed::initial(self.eta, self.lambda, device);
        all.push(init::uniform(key, [inputs, UNITS], inputs.max(1), device));
        all.push(Tensor::zeros([1, UNITS], device));
        all.push(Tensor::zeros([UNITS, 1], device));
        all
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let [_, v, k] = variables.dims();
        let shapes = [[1, 1], [1, 1], [v * k, UNITS], [1, UNITS], [UNITS, 1]];
        let [eta, ln_lambda, weights, bias, out] = variables.parameters(shapes)?;
        let (relaxed, layers) = (Relaxed::new([eta, ln_lambda]), [weights, bias, out]);
        let draw = Draw::new(variables, cost)?;
        let (_, free) = network(&layers, &draw.z);
        let (value, conditional) = network(&layers, &draw.given);
        let network = draw.control(AtBoth { value, free, conditional });
        relaxed.estimate(variables, cost, &draw, Some(network))
    }
}
