//! `Estimate`: the cost of each row, and a surrogate whose gradient is the estimate.

use burn::tensor::Tensor;

use super::algebra::{constant, dot, per_row};
use super::variables::Variables;

/// The result of [`Estimator::estimate`](super::Estimator::estimate): costs, and a surrogate to differentiate.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The cost of each row as a constant, `[rows]`: at the sample, or the mean over the samples that the estimator
    /// takes.
    pub cost: Tensor<1>,
    /// A tensor `[rows]` with the values of `cost`. Its gradient in the logits is the estimate; in the parameters of
    /// the cost it is that of the cost, and in the estimator's own parameters that of their objective.
    pub surrogate: Tensor<1>,
}

impl Estimate {
    /// The estimate that is the derivative of the cost: for estimators that pass the gradient along the sample.
    pub fn of_cost(cost: Tensor<1>) -> Self {
        Self { cost: constant(cost.clone()), surrogate: cost }
    }

    /// The estimate with this gradient in the logits, `[rows, v, k]`, which is taken as a constant. `cost` has the
    /// gradient in the parameters of the closure.
    pub fn with_gradient(cost: Tensor<1>, variables: &Variables, gradient: Tensor<3>) -> Self {
        let logits = variables.finite_logits();
        let zero = logits.clone() - constant(logits);
        let inner = dot(constant(gradient), zero);
        Self { cost: constant(cost.clone()), surrogate: cost + inner }
    }

    /// Adds an objective of the estimator's own parameters for each row, `[rows]`. It changes their gradient, and not
    /// the value of the surrogate.
    #[must_use]
    pub fn with_objective(self, objective: Tensor<1>) -> Self {
        let surrogate = self.surrogate + (objective.clone() - constant(objective));
        Self { surrogate, ..self }
    }

    /// The estimate with the gradient coefficient x (D - pi) in the logits, `coefficient: [rows]`, a constant: the
    /// score-function form.
    pub fn with_score(
        cost: Tensor<1>,
        variables: &Variables,
        coefficient: Tensor<1>,
        sample: Tensor<3>,
    ) -> Self {
        let gradient = per_row(coefficient) * variables.score(sample);
        Self::with_gradient(cost, variables, gradient)
    }
}
