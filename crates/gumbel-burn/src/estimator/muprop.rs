//! `muprop`: the score-function estimator with a Taylor expansion of the cost at the mean.

use super::algebra::{constant, dot, jacobian, per_row};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// The score-function estimator with the first-order expansion of the cost at pi as a control variate, MuProp.
///
/// ```text
/// (f(D) - f(pi) - f'(pi) . (D - pi)) (D - pi) + J(pi) f'(pi)
/// ```
///
/// The dot product is over all variables. Unbiased; 2 evaluations, one of them with the gradient at pi, a soft point.
///
/// Gu, Levine, Sutskever and Mnih, "MuProp: unbiased backpropagation for stochastic neural networks", arXiv 1511.05176,
/// equation 3 (2016).
///
/// A linear cost is its own expansion, so the noise goes out: two keys give one gradient, J(pi) c.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, MuProp, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::zeros([1, 2, 2], &device).require_grad();
/// let c = Tensor::<3>::from_floats([[[1.0, 3.0], [0.0, -8.0]]], &device);
/// let linear = |x: Tensor<3>| Ok((x * c.clone()).sum_dim(2).sum_dim(1).flatten(0, 2));
/// for key in 0..10 {
///     let variables = Variables::new(theta.clone(), Key::new(key));
///     let surrogate = MuProp.estimate(&variables, &Cost::new(&linear))?.surrogate;
///     let gradient = theta.grad(&surrogate.backward()).unwrap().into_data();
///     assert_eq!(gradient.try_to_vec::<f32>().unwrap(), [-0.5, 0.5, 2.0, -2.0]);
/// }
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MuProp;

impl Estimator for MuProp {
    fn name(&self) -> &str {
        "muprop"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        2
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let (d, pi) = (variables.sample(0)?, variables.probabilities());
        let (at_mean, slope) = cost.value_and_gradient(pi.clone())?;
        let drawn = cost.at(d.clone())?;
        let score = variables.score(d);
        let rest = constant(drawn.clone()) - at_mean - dot(slope.clone(), score.clone());
        let gradient = per_row(rest) * score + jacobian(pi, slope);
        Ok(Estimate::with_gradient(drawn, variables, gradient))
    }
}
