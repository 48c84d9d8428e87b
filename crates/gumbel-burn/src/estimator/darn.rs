//! `darn`: the score-function estimator with a linear expansion of the cost.

use burn::tensor::{Tensor, activation};

use super::algebra::constant;
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// The point p of [`Darn`], from which the cost is expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// p = pi.
    Mean,
    /// p = 1/k in each class: 1/2 for two classes, which is Gregor's.
    Centre,
}

/// The score-function estimator with a linear expansion of the cost in place of the cost.
///
/// ```text
/// (g . (D - p)) (D - pi)     p = pi, or 1/k in each class
/// ```
///
/// The dot product is over the classes of one variable: the terms of the other variables are noise that is independent
/// of the score to first order. Biased. At p = pi exact for linear costs; at p = 1/2 and two classes exact for
/// quadratic ones. 1 evaluation, with the gradient at a corner.
///
/// Gregor et al., "Deep autoregressive networks", arXiv 1310.8499 (2014); for k classes, with the points 1/k and pi:
/// Gu, Levine, Sutskever and Mnih, "MuProp", arXiv 1511.05176, equations 5 and 7 (2016).
///
/// For two classes and a quadratic cost, the dot product at p = 1/2 is the cost less a constant. For x^2 the constant
/// is 0, so the estimate is that of REINFORCE, but made of the gradient of the cost alone:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Baseline, Cost, Darn, Estimator, Point, Reinforce, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::ones([50, 1], &device).require_grad();
/// let square = |x: Tensor<3>| Ok(Variables::yes(x).square().flatten(0, 1));
/// let of = |estimator: &dyn Estimator| {
///     let variables = Variables::bernoulli(log_odds.clone(), Key::new(7));
///     let surrogate = estimator.estimate(&variables, &Cost::at_corners(&square))?.surrogate;
///     Ok::<_, gumbel_burn::Error>(log_odds.grad(&surrogate.sum().backward()).unwrap())
/// };
/// let difference = of(&Darn::new(Point::Centre))? - of(&Reinforce::new(Baseline::None))?;
/// assert!(difference.abs().max().into_scalar::<f32>() < 1e-6);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Darn {
    point: Point,
}

impl Darn {
    /// Makes the estimator.
    pub const fn new(point: Point) -> Self {
        Self { point }
    }
}

/// (D - p) ln P(D): its derivative in theta, at g, is (g . (D - p)) (D - pi).
fn along_score(variables: &Variables, sample: Tensor<3>, from: Tensor<3>) -> Tensor<3> {
    let ln_pi = activation::log_softmax(variables.logits(), 2);
    let ln_p = ln_pi.mask_fill(sample.clone().equal_elem(0.0), 0.0).sum_dim(2);
    constant(sample - from) * ln_p
}

impl Estimator for Darn {
    fn name(&self) -> &str {
        "darn"
    }

    fn settings(&self) -> String {
        match self.point {
            Point::Mean => "point pi".into(),
            Point::Centre => "point 1/k".into(),
        }
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let d = variables.sample(0)?;
        let from = match self.point {
            Point::Mean => variables.probabilities(),
            Point::Centre => d.full_like(1.0 / variables.dims()[2] as f64),
        };
        let soft = along_score(variables, d.clone(), from);
        Ok(Estimate::of_cost(cost.at_corner_with_gradient_of(d, soft)?))
    }
}
