//! `Estimate`: the cost of each row, and a surrogate whose gradient is the estimate.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::algebra::{constant, dot, per_row, squared_norm, unless_large};
use super::variables::Variables;
use crate::backend::{CostOps, has_cost_ops};

/// The result of [`Estimator::estimate`](super::Estimator::estimate): costs, and a surrogate to differentiate.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The cost of each row as a constant, `[rows]`: at the sample, or the mean over the samples that the estimator
    /// takes; for `exact` the expected cost, for `vimco` minus the bound.
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
        let (value, theta, gradient) = (cost.clone(), variables.logits(), constant(gradient));
        let surrogate = if has_cost_ops(&theta) && cost.dtype() == theta.dtype() {
            let [theta, gradient] = [theta, gradient].map(Tensor::into_dispatch);
            let surrogate = Dispatch::with_gradient(cost.into_dispatch(), theta, gradient);
            Tensor::from_dispatch(surrogate)
        } else {
            composed(cost, variables, gradient)
        };
        Self { cost: constant(value), surrogate }
    }

    /// The estimate with this gradient in the logits, which depends on own parameters and does not change its mean with
    /// them. If they are trained, their objective is the squared norm of the gradient: less of it is less variance. A
    /// row of squared norm above 1e30 has none, because it would overflow in `f32`.
    pub fn trained(cost: Tensor<1>, variables: &Variables, gradient: Tensor<3>) -> Self {
        let estimate = Self::with_gradient(cost, variables, gradient.clone());
        if !variables.trains_parameters() {
            return estimate;
        }
        let norm = squared_norm(constant(gradient.clone()));
        estimate.with_objective(unless_large(squared_norm(gradient), norm))
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

/// The cost plus the inner product of the gradient and theta - theta.
fn composed(cost: Tensor<1>, variables: &Variables, gradient: Tensor<3>) -> Tensor<1> {
    let logits = variables.finite_logits();
    cost + dot(gradient, logits.clone() - constant(logits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use gumbel::Key;

    #[test]
    fn fused_and_composed_have_the_same_gradients() {
        let device = Device::flex().autodiff();
        let theta = Tensor::<3>::from_floats([[[0.5, f32::NEG_INFINITY], [1.0, 2.0]]], &device);
        let theta = theta.repeat_dim(0, 2).require_grad();
        let gradient = Tensor::<3>::from_floats(
            [[[1.0, 0.0], [-2.0, 0.5]], [[0.25, 0.0], [3.0, -1.0]]],
            &device,
        );
        let factors = Tensor::<1>::from_floats([2.0, -0.5], &device);
        let of = |fused: bool| {
            let w = Tensor::<1>::from_floats([3.0, 4.0], &device).require_grad();
            let variables = Variables::new(theta.clone(), Key::new(1));
            let surrogate = if fused {
                Estimate::with_gradient(w.clone().square(), &variables, gradient.clone()).surrogate
            } else {
                composed(w.clone().square(), &variables, gradient.clone())
            };
            let numbers = |data: TensorData| data.try_to_vec::<f32>().unwrap();
            let value = numbers(surrogate.clone().into_data());
            let gradients = (surrogate * factors.clone()).sum().backward();
            let of_theta = numbers(theta.grad(&gradients).unwrap().into_data());
            (value, of_theta, numbers(w.grad(&gradients).unwrap().into_data()))
        };
        assert_eq!(of(true), of(false));
        let expected = [2.0, 0.0, -4.0, 1.0, -0.125, 0.0, -1.5, 0.5];
        assert_eq!(of(true).1, expected);
    }
}
