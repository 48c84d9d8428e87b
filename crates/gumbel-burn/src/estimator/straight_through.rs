//! `straight-through` and `annealed-straight-through`: the derivative of the mean in place of that of the sample.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::passage::pass;
use super::variables::Variables;
use crate::backend::Passage;
use crate::error::Error;

/// The straight-through estimator.
///
/// ```text
/// J(softmax(theta/tau)) g / tau
/// ```
///
/// Biased; at tau = 1 exact for linear costs. 1 evaluation, with the gradient at a corner. Keeps theta and D.
///
/// Bengio, Leonard and Courville, "Estimating or propagating gradients through stochastic neurons for conditional
/// computation", arXiv 1308.3432 (2013).
///
/// The bias depends on how the cost is written. x and x^2 are one cost at the corners, but have other slopes there:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Exact, StraightThrough, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::ones([1000, 1], &device).require_grad();
/// let line = |x: Tensor<3>| Ok(Variables::yes(x).flatten(0, 1));
/// let square = |x: Tensor<3>| Ok(Variables::yes(x).square().flatten(0, 1));
/// let of = |estimator: &dyn Estimator, cost: Cost<'_>| {
///     let variables = Variables::bernoulli(log_odds.clone(), Key::new(7));
///     let surrogate = estimator.estimate(&variables, &cost)?.surrogate.sum();
///     let gradient = log_odds.grad(&surrogate.backward()).unwrap();
///     Ok::<_, gumbel_burn::Error>(gradient.mean().into_scalar::<f32>())
/// };
/// let exact = of(&Exact, Cost::new(&square))?;
/// assert!((of(&StraightThrough, Cost::new(&line))? - exact).abs() < 1e-6);
/// assert!(of(&StraightThrough, Cost::new(&square))? > 1.3 * exact);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StraightThrough;

/// The straight-through estimator with a slope that rises in training.
///
/// The slope a = 1/tau is in the backward pass only: the estimate is that of [`StraightThrough`] at tau, and the
/// schedule of the temperature makes it rise.
///
/// Chung, Ahn and Bengio, "Hierarchical multiscale recurrent neural networks", arXiv 1609.01704, section 2.4 (2016).
///
/// A schedule lowers tau; the samples stay, and at logit 0 the gradient rises as the slope does:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::TemperatureSchedule;
/// use gumbel_burn::estimator::{AnnealedStraightThrough, Cost, Estimator, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::zeros([1, 20], &device).require_grad();
/// let ones = |x| Ok(Variables::yes(x).sum_dim(1).flatten(0, 1));
/// let schedule = TemperatureSchedule::linear(1.0, 0.25, 100)?;
/// let [first, last] = [0, 100].map(|step| {
///     let variables = Variables::bernoulli(log_odds.clone(), Key::new(7));
///     let variables = variables.with_tau(schedule.tau(step));
///     let estimate = AnnealedStraightThrough.estimate(&variables, &Cost::at_corners(&ones)).unwrap();
///     let gradient = log_odds.grad(&estimate.surrogate.backward()).unwrap();
///     (estimate.cost.into_scalar::<f32>(), gradient.max().into_scalar::<f32>())
/// });
/// assert_eq!(first.0, last.0);
/// assert_eq!((first.1, last.1), (0.25, 1.0));
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AnnealedStraightThrough;

fn draw(variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
    let (d, passage) = (variables.sample(0)?, Passage::Softmax { tau: variables.tau() });
    Ok(Estimate::of_cost(cost.at(pass(variables, variables.logits(), d, passage))?))
}

impl Estimator for StraightThrough {
    fn name(&self) -> &str {
        "straight-through"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn default_tau(&self) -> Option<f64> {
        Some(1.0)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        draw(variables, cost)
    }
}

impl Estimator for AnnealedStraightThrough {
    fn name(&self) -> &str {
        "annealed-straight-through"
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
        draw(variables, cost)
    }
}
