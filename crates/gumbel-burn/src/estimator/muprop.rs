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
/// equation 4 (2016).
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
