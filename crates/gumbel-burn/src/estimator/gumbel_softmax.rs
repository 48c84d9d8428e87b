//! `gumbel-softmax`: differentiate the cost of the relaxed sample.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;
use crate::relax::gumbel_softmax;

/// The gradient of the cost at the relaxed sample.
///
/// ```text
/// J(y) f'(y) / tau     y = softmax((theta + G)/tau)
/// ```
///
/// Unbiased for the expectation of the relaxed cost; biased for that of the discrete cost, the more so the higher tau;
/// its variance grows as tau falls. 1 evaluation, at y, so the network in the cost too is trained at soft samples.
/// Keeps y.
///
/// Jang, Gu and Poole, arXiv 1611.01144, section 2.1 (2016); Maddison, Mnih and Teh, arXiv 1611.00712 (2016).
///
/// The cost is that of a soft sample. The sum of squares is 1 at every corner, so its gradient is 0, but not here:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, GumbelSoftmax, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::from_floats([[[0.0, 1.0]]], &device).require_grad();
/// let variables = Variables::new(theta.clone().repeat_dim(0, 1000), Key::new(7));
/// let squares = |x: Tensor<3>| Ok(x.square().sum_dim(2).flatten(0, 2));
/// let of = |tau| GumbelSoftmax.estimate(&variables.clone().with_tau(tau), &Cost::new(&squares));
/// let soft = of(0.5)?;
/// assert!(soft.cost.mean().into_scalar::<f32>() < 0.9);
/// let gradient = theta.grad(&soft.surrogate.mean().backward()).unwrap();
/// assert!(gradient.abs().min().into_scalar::<f32>() > 0.02);
/// assert!(of(0.01)?.cost.mean().into_scalar::<f32>() > 0.99); // nearly one-hot
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GumbelSoftmax;

impl Estimator for GumbelSoftmax {
    fn name(&self) -> &str {
        "gumbel-softmax"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn default_tau(&self) -> Option<f64> {
        Some(0.5)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let y = gumbel_softmax(variables.logits(), -1, variables.tau(), variables.noise(0))?;
        Ok(Estimate::of_cost(cost.at(y)?))
    }
}
