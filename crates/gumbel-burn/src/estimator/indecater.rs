//! `indecater`: every class of each variable, the other variables sampled.

use super::algebra::{constant, jacobian, per_row};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// The sum over the classes of each variable, with the other variables sampled: local expectation gradients, IndeCateR.
///
/// ```text
/// sum_i f(D with D_l = i) J(pi)_i     for each variable l
/// ```
///
/// Unbiased; v (k - 1) + 1 evaluations, at corners. The network in the cost is trained at D alone. The closure also
/// gets classes of logit -inf, because rows have different ones; their cost is not used, and may be infinite or NaN.
///
/// De Smet, Sansone and Zuidberg Dos Martires, "Differentiable sampling of categorical distributions using the
/// CatLog-derivative trick", arXiv 2311.12569 (2023); Titsias and Lazaro-Gredilla, "Local expectation gradients for
/// black box variational inference" (2015).
///
/// With one variable every class is evaluated, and the gradient is exact in each row, here (c - mean of c) / 3 at equal
/// logits:
///
/// ```
/// use std::cell::Cell;
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Indecater, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::zeros([20, 1, 3], &device).require_grad();
/// let (c, calls) = (Tensor::<3>::from_floats([[[5.0, 1.0, 3.0]]], &device), Cell::new(0));
/// let cost = |x: Tensor<3>| {
///     calls.set(calls.get() + 1);
///     Ok((x * c.clone()).sum_dim(2).flatten(0, 2))
/// };
/// let variables = Variables::new(theta.clone(), Key::new(7));
/// let estimate = Indecater.estimate(&variables, &Cost::without_gradient(&cost))?;
/// let gradient = theta.grad(&estimate.surrogate.sum().backward()).unwrap();
/// let by_hand = Tensor::<3>::from_floats([[[2.0, -2.0, 0.0]]], &gradient.device()) / 3.0;
/// assert!((gradient - by_hand).abs().max().into_scalar::<f32>() < 1e-6);
/// assert_eq!(calls.get(), Indecater.evaluations(1, 3));
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Indecater;

impl Estimator for Indecater {
    fn name(&self) -> &str {
        "indecater"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, variables: usize, classes: usize) -> usize {
        variables * classes.saturating_sub(1) + 1
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let ([rows, v, k], d) = (variables.dims(), variables.sample(0)?);
        let drawn = cost.at(d.clone())?;
        let base = constant(drawn.clone());
        let pi = variables.probabilities();
        let mut costs = d.zeros_like();
        for l in 0..v {
            let own = d.clone().narrow(1, l, 1);
            // The class that is i places after the drawn one, in every row; its cost less that of D.
            let mut along = own.zeros_like();
            for i in 1..k {
                let other = own.clone().roll_dim(i, 2);
                let moved = d.clone().slice_assign([0..rows, l..l + 1, 0..k], other.clone());
                let difference = cost.value(moved)? - base.clone();
                let p = (other.clone() * pi.clone().narrow(1, l, 1)).sum_dim(2);
                let difference = per_row(difference).mask_fill(p.equal_elem(0.0), 0.0);
                along = along + other * difference;
            }
            costs = costs.slice_assign([0..rows, l..l + 1, 0..k], along);
        }
        let gradient = jacobian(pi, costs);
        Ok(Estimate::with_gradient(drawn, variables, gradient))
    }
}
