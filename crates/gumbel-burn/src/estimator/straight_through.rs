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
#[derive(Clone, Copy, Debug, Default)]
pub struct StraightThrough;

/// The straight-through estimator with a slope that rises in training.
///
/// The slope a = 1/tau is in the backward pass only: the estimate is that of [`StraightThrough`] at tau, and the
/// schedule of the temperature makes it rise.
///
/// Chung, Ahn and Bengio, "Hierarchical multiscale recurrent neural networks", arXiv 1609.01704, section 2.4 (2016).
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
