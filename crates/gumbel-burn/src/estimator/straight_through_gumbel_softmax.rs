//! `straight-through-gumbel-softmax`: evaluate at the one-hot sample, differentiate as if relaxed.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;
use crate::relax::straight_through_gumbel_softmax;

/// The cost at the one-hot sample, with the derivative of the relaxed sample of the same noise.
///
/// ```text
/// J(y) g / tau     D = onehot(argmax(theta + G)),  y = softmax((theta + G)/tau)
/// ```
///
/// Biased. 1 evaluation, with the gradient at the corner, so that cost and network are those of the discrete model.
/// Keeps y.
///
/// Jang, Gu and Poole, arXiv 1611.01144, section 2.2 (2016).
///
/// A linear cost has the same g everywhere, so the gradient is that of
/// [`GumbelSoftmax`](super::GumbelSoftmax), but the cost is that of a corner:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator as es;
/// use gumbel_burn::estimator::Estimator;
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::from_floats([[[0.5, 0.0, -1.0]]], &device).require_grad();
/// let c = Tensor::<3>::from_floats([[[1.0, 2.0, 4.0]]], &device);
/// let linear = |x: Tensor<3>| Ok((x * c.clone()).sum_dim(2).flatten(0, 2));
/// let variables = es::Variables::new(theta.clone(), Key::new(7)).with_tau(0.5);
/// let (hard, soft) = (es::StraightThroughGumbelSoftmax, es::GumbelSoftmax);
/// let [hard, soft] = [&hard as &dyn Estimator, &soft].map(|estimator| {
///     let estimate = estimator.estimate(&variables, &es::Cost::new(&linear)).unwrap();
///     let gradient = theta.grad(&estimate.surrogate.backward()).unwrap();
///     (estimate.cost.into_scalar::<f32>(), gradient)
/// });
/// assert!([1.0, 2.0, 4.0].contains(&hard.0) && ![1.0, 2.0, 4.0].contains(&soft.0));
/// assert!((hard.1 - soft.1).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StraightThroughGumbelSoftmax;

impl Estimator for StraightThroughGumbelSoftmax {
    fn name(&self) -> &str {
        "straight-through-gumbel-softmax"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn default_tau(&self) -> Option<f64> {
        Some(0.5)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let (logits, noise) = (variables.logits(), variables.noise(0));
        let d = straight_through_gumbel_softmax(logits, -1, variables.tau(), noise)?;
        Ok(Estimate::of_cost(cost.at(d)?))
    }
}
