//! `Samples`: several samples with their costs, the common part of the estimators that compare samples.

use burn::tensor::Tensor;

use super::algebra::{constant, mean, per_row, sum};
use super::cost::Cost;
use super::estimate::Estimate;
use super::variables::Variables;
use crate::error::Error;

/// K samples with their costs: the mean cost with its gradient in the closure, and each cost less the mean.
pub(super) struct Samples {
    pub(super) samples: Vec<Tensor<3>>,
    pub(super) cost: Tensor<1>,
    pub(super) deviations: Vec<Tensor<1>>,
}

impl Samples {
    pub(super) fn draw(variables: &Variables, cost: &Cost<'_>, k: usize) -> Result<Self, Error> {
        let samples = variables.samples(k)?;
        let costs = samples.iter().map(|d| cost.at(d.clone())).collect::<Result<Vec<_>, _>>()?;
        // Less the first cost: equal costs, however large, have deviations of exactly 0.
        let first = constant(costs[0].clone());
        let values = costs.iter().map(|f| constant(f.clone()) - first.clone());
        let values: Vec<_> = values.collect();
        let middle = mean(values.clone());
        let deviations = values.into_iter().map(|f| f - middle.clone()).collect();
        Ok(Self { samples, cost: mean(costs), deviations })
    }

    /// The mean of `scale` times each deviation times its score.
    pub(super) fn estimate(self, variables: &Variables, scale: Tensor<1>) -> Estimate {
        let scale = scale.div_scalar(self.samples.len() as f64);
        let terms = self.samples.into_iter().zip(self.deviations);
        let terms = terms.map(|(d, deviation)| per_row(deviation * scale.clone()) * d).collect();
        // The deviations have the sum 0, so pi drops out of the scores.
        Estimate::with_gradient(self.cost, variables, sum(terms))
    }
}

/// K samples with their scores, and costs and gradients as constants.
pub(super) struct WithGradients {
    pub(super) scores: Vec<Tensor<3>>,
    pub(super) samples: Vec<Tensor<3>>,
    /// The mean cost with its gradient in the closure.
    pub(super) cost: Tensor<1>,
    pub(super) costs: Vec<Tensor<1>>,
    pub(super) gradients: Vec<Tensor<3>>,
}

impl WithGradients {
    pub(super) fn draw(variables: &Variables, cost: &Cost<'_>, k: usize) -> Result<Self, Error> {
        let samples = variables.samples(k)?;
        let (mut costs, mut gradients, mut tracked) = (Vec::new(), Vec::new(), Vec::new());
        for d in &samples {
            let (value, gradient) = cost.value_and_gradient(d.clone())?;
            costs.push(value);
            gradients.push(gradient);
            tracked.push(cost.at(d.clone())?);
        }
        let scores = samples.iter().map(|d| variables.score(d.clone())).collect();
        Ok(Self { scores, samples, cost: mean(tracked), costs, gradients })
    }

    /// mean_k (x_k - mean_{j != k} x_j) (D_k - pi).
    pub(super) fn leave_one_out(&self, x: &[Tensor<1>]) -> Tensor<3> {
        let (k, middle) = (x.len() as f64, mean(x.to_vec()));
        let terms = x.iter().zip(&self.scores);
        let terms = terms.map(|(x, score)| per_row(x.clone() - middle.clone()) * score.clone());
        mean(terms.collect()).mul_scalar(k / (k - 1.0))
    }
}
