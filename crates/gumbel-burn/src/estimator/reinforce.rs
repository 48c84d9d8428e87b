//! `reinforce`: the score-function estimator with a baseline.

use burn::tensor::{Device, Tensor, activation};
use gumbel::Key;
use strum::{Display, EnumIter, EnumString, IntoStaticStr, VariantNames};

use super::algebra::constant;
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;
use crate::init;

/// The baseline b of [`Reinforce`], which is independent of the draw D.
///
/// The learned baseline has parameters beside those of the model, trained by the same surrogate. Here the cost is
/// always 3, so b becomes 3, and the gradient of the logits 0:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Baseline, Cost, Estimator, Reinforce, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::zeros([16, 2, 3], &device).require_grad();
/// let estimator = Reinforce::new(Baseline::Learned);
/// let three = |x: Tensor<3>| Ok(Tensor::full([x.dims()[0]], 3.0, &x.device()));
/// let mut own = estimator.parameters(2, 3, Key::new(0), &device);
/// let mut sizes = Vec::new();
/// for step in 0..100 {
///     own = own.into_iter().map(|p| p.detach().require_grad()).collect();
///     let variables = Variables::new(theta.clone(), Key::new(7).fold_in(step));
///     let variables = variables.with_parameters(own.clone());
///     let estimate = estimator.estimate(&variables, &Cost::without_gradient(&three))?;
///     let gradients = estimate.surrogate.mean().backward();
///     sizes.push(theta.grad(&gradients).unwrap().abs().max().into_scalar::<f32>());
///     let down = |p: &Tensor<2>| Tensor::from_inner(p.grad(&gradients).unwrap()) * -0.1;
///     own = own.iter().map(|p| p.clone() + down(p)).collect();
/// }
/// assert!(sizes[0] > 0.1 && sizes[99] < 1e-3);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = Error, parse_err_fn = unknown_baseline)]
pub enum Baseline {
    /// b = 0.
    None,
    /// The mean cost of the other rows of the call; 0 for one row. A training that cuts its batches into parts calls once
    /// for each part. A mean that includes the row's own cost would give (n - 1)/n of the gradient.
    #[default]
    Mean,
    /// A network of pi, trained by least squares on the costs.
    Learned,
}

fn unknown_baseline(found: &str) -> Error {
    Error::UnknownName { argument: "baseline", found: found.to_owned(), known: Baseline::VARIANTS }
}

/// The units of the learned baseline.
const UNITS: usize = 64;

/// The score-function estimator, REINFORCE.
///
/// ```text
/// (f(D) - b) (D - pi)     b independent of D
/// ```
///
/// Unbiased; 1 evaluation, at a corner. Where the rows have costs of one size, the mean of the other rows is a good
/// baseline without parameters. The learned one is b(pi) = w . tanh(W pi + c) + b_0 over the probabilities of all
/// variables, with 64 units; its parameters are W, c, w and b_0, and its objective (f(D) - b)^2.
///
/// Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning", Machine
/// Learning 8 (1992), theorem 1; learned baseline: Mnih and Gregor, "Neural variational inference and learning in
/// belief networks", arXiv 1402.0030, section 2.3 (2014).
///
/// A constant that is added to the cost does not change the mean gradient, but makes the estimate noisy, unless a
/// baseline takes it out:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Baseline, Cost, Estimator, Reinforce, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::zeros([500, 1], &device).require_grad();
/// let variance = |baseline, constant: f32| {
///     let variables = Variables::bernoulli(log_odds.clone(), Key::new(7));
///     let cost = |x| Ok(Variables::yes(x).flatten::<1>(0, 1) + constant);
///     let estimator = Reinforce::new(baseline);
///     let estimate = estimator.estimate(&variables, &Cost::without_gradient(&cost)).unwrap();
///     let gradient = log_odds.grad(&estimate.surrogate.sum().backward()).unwrap();
///     gradient.var(0).into_scalar::<f32>()
/// };
/// assert!((variance(Baseline::Mean, 10.0) - variance(Baseline::Mean, 0.0)).abs() < 1e-5);
/// assert!(variance(Baseline::None, 10.0) > 100.0 * variance(Baseline::None, 0.0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reinforce {
    baseline: Baseline,
}

impl Reinforce {
    /// Makes the estimator.
    pub const fn new(baseline: Baseline) -> Self {
        Self { baseline }
    }
}

/// The mean of the other rows.
fn mean_of_others(costs: Tensor<1>) -> Tensor<1> {
    let rows = costs.dims()[0];
    if rows < 2 {
        return costs.zeros_like();
    }
    // From the deviations: the sum of large costs would lose the digits of their differences.
    let mean = costs.clone().mean();
    let deviation = costs - mean.clone();
    mean - deviation.div_scalar(rows as f64 - 1.0)
}

/// b(pi) of each row, with gradients in the parameters.
fn learned(variables: &Variables) -> Result<Tensor<1>, Error> {
    let [_, v, k] = variables.dims();
    let shapes = [[v * k, UNITS], [1, UNITS], [UNITS, 1], [1, 1]];
    let [w, c, v, b] = variables.parameters(shapes)?;
    let pi: Tensor<2> = variables.probabilities().flatten(1, 2);
    let hidden = activation::tanh(pi.matmul(w) + c);
    Ok((hidden.matmul(v) + b).flatten(0, 1))
}

impl Estimator for Reinforce {
    fn name(&self) -> &str {
        "reinforce"
    }

    fn settings(&self) -> String {
        format!("baseline {}", self.baseline)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn parameters(
        &self,
        variables: usize,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Vec<Tensor<2>> {
        if self.baseline != Baseline::Learned {
            return Vec::new();
        }
        let inputs = variables * classes;
        let zeros = |shape| Tensor::zeros(shape, device);
        vec![
            init::uniform(key, [inputs, UNITS], inputs.max(1), device),
            zeros([1, UNITS]),
            zeros([UNITS, 1]),
            zeros([1, 1]),
        ]
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let d = variables.sample(0)?;
        let cost = cost.at(d.clone())?;
        let value = constant(cost.clone());
        let baseline = match self.baseline {
            Baseline::None => value.zeros_like(),
            Baseline::Mean => mean_of_others(value.clone()),
            Baseline::Learned => learned(variables)?,
        };
        let coefficient = value.clone() - constant(baseline.clone());
        let estimate = Estimate::with_score(cost, variables, coefficient.clone(), d);
        if self.baseline != Baseline::Learned {
            return Ok(estimate);
        }
        // The derivative of (f - b)^2 without the square itself, which may overflow.
        let moved = baseline.clone() - constant(baseline);
        Ok(estimate.with_objective(moved * coefficient.mul_scalar(-2.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_leaves_the_own_row_out() {
        let costs = Tensor::<1>::from_floats([1.0, 2.0, 6.0], &Device::flex());
        let others = mean_of_others(costs.clone()).into_data();
        assert_eq!(others.try_to_vec::<f32>().unwrap(), [4.0, 3.5, 1.5]);
        assert_eq!(mean_of_others(costs.narrow(0, 0, 1)).into_scalar::<f32>(), 0.0);
    }
}
