//! `arm`: two antithetic samples of two classes, weighted by their uniform number.

use burn::tensor::Tensor;

use super::algebra::{constant, mean, per_row};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// The antithetic estimator ARM, for two classes.
///
/// ```text
/// (f(1[u > sigma(-phi)]) - f(1[u < sigma(phi)])) (u - 1/2)     u uniform, phi = theta_1 - theta_0
/// ```
///
/// This is the derivative in phi; that in theta is (-1, 1) times it. In f32 an event rarer than 2^-24 is drawn in one of
/// the two directions only. Unbiased; 2 evaluations, at corners. Its variance
/// is not always below that of REINFORCE: for f = -1, 1 at p = 1/2 that of REINFORCE is 0.
///
/// Yin and Zhou, "ARM: augment-REINFORCE-merge gradient for stochastic binary networks", arXiv 1807.11143, theorem 1
/// (2019).
///
/// For f(b) = b and phi = 0 the estimate is |u - 1/2|: right in the mean, 1/4, but spread from 0 to 1/2.
/// [`Disarm`](super::Disarm) has its mean given the samples, here 1/4 in each row.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Arm, Cost, Disarm, Estimator, Variables};
/// let device = Device::flex().autodiff();
/// let phi = Tensor::<2>::zeros([1000, 1], &device).require_grad();
/// let cost = |x| Ok(Variables::yes(x).flatten(0, 1));
/// let [arm, disarm] = [&Arm as &dyn Estimator, &Disarm].map(|estimator| {
///     let variables = Variables::bernoulli(phi.clone(), Key::new(7));
///     let estimate = estimator.estimate(&variables, &Cost::without_gradient(&cost)).unwrap();
///     phi.grad(&estimate.surrogate.sum().backward()).unwrap()
/// });
/// let [least, most] = [arm.clone().min(), arm.clone().max()].map(Tensor::into_scalar::<f32>);
/// assert!((0.0..0.01).contains(&least) && (0.49..0.501).contains(&most));
/// assert!((arm.mean().into_scalar::<f32>() - 0.25).abs() < 0.03);
/// assert!((disarm - 0.25).abs().max().into_scalar::<f32>() < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Arm;

impl Estimator for Arm {
    fn name(&self) -> &str {
        "arm"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        2
    }

    fn check(&self, _variables: usize, classes: usize) -> Result<(), Error> {
        if classes == 2 {
            return Ok(());
        }
        let problem = format!("expected variables of 2 classes, found {classes}; disarm takes any");
        Err(Error::estimator(self.name(), problem))
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let (u, pi) = (variables.uniforms(1, 0), variables.probabilities());
        let (no, yes) = (pi.clone().narrow(2, 0, 1), pi.clone().narrow(2, 1, 1));
        let corner = |second: Tensor<3>| {
            Tensor::cat(vec![second.clone().neg().add_scalar(1.0), second], 2).cast(pi.dtype())
        };
        let number = |condition: burn::tensor::Tensor<3, burn::tensor::Bool>| {
            condition.float().cast(pi.dtype())
        };
        let above = cost.at(corner(number(u.clone().greater(no))))?;
        let below = cost.at(corner(number(u.clone().lower(yes))))?;
        let difference = per_row(constant(above.clone() - below.clone()));
        let along = difference * u.sub_scalar(0.5);
        let gradient = Tensor::cat(vec![along.clone().neg(), along], 2);
        Ok(Estimate::with_gradient(mean(vec![above, below]), variables, gradient))
    }
}
