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
