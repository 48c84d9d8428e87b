//! `zgr`: the mean of straight-through and `darn`, the limit of Gumbel-Rao at temperature 0.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::reinmax;
use super::variables::Variables;
use crate::error::Error;

/// The limit of the mean of Gumbel-Rao given D as tau goes to 0, ZGR.
///
/// ```text
/// (J(pi) g + (g . (D - pi)) (D - pi)) / 2 = 2 J((pi + D) / 2) g - J(pi) g / 2
/// ```
///
/// The right side is [`ReinMax`](super::ReinMax) at tau = 1. Exact on quadratic costs, biased otherwise; without a
/// temperature. 1 evaluation, with the gradient at a corner. Keeps theta and D.
///
/// Shekhovtsov, "Cold analysis of Rao-Blackwellized straight-through Gumbel-Softmax gradient estimator", ICML (2023).
///
/// It is the mean of [`StraightThrough`](super::StraightThrough) and [`Darn`](super::Darn) at pi, draw by draw:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Darn, Estimator, Point, StraightThrough, Variables, Zgr};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::from_floats([[[0.5, 0.0, -1.0], [0.0, 2.0, 1.0]]], &device);
/// let theta = theta.repeat_dim(0, 20).require_grad();
/// let variables = Variables::new(theta.clone(), Key::new(7));
/// let cube = |x: Tensor<3>| Ok(x.cumsum(2).sum_dim(2).sum_dim(1).powi_scalar(3).flatten(0, 2));
/// let of = |estimator: &dyn Estimator| {
///     let surrogate = estimator.estimate(&variables, &Cost::at_corners(&cube))?.surrogate;
///     Ok::<_, gumbel_burn::Error>(theta.grad(&surrogate.sum().backward()).unwrap())
/// };
/// let (zgr, darn) = (of(&Zgr)?, of(&Darn::new(Point::Mean))?);
/// let difference = (darn + of(&StraightThrough)?) / 2.0 - zgr.clone();
/// let [difference, zgr] = [difference, zgr].map(|x| x.abs().max().into_scalar::<f32>());
/// assert!(difference < 1e-5 * zgr);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Zgr;

impl Estimator for Zgr {
    fn name(&self) -> &str {
        "zgr"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let d = variables.sample(0)?;
        Ok(Estimate::of_cost(cost.at(reinmax::soft(variables, d, 1.0))?))
    }
}
