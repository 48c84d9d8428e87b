//! `Estimator`: what every estimator has: a name, a claim, what it asks of the cost, and one draw.

use std::fmt::Debug;

use burn::tensor::{Device, Tensor};
use gumbel::Key;

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::variables::Variables;
use crate::error::Error;

/// An estimator of the gradient of an expected cost in the logits of discrete variables.
///
/// ```text
/// d/dtheta E f(D)      D ~ softmax(theta), one-hot for each variable
/// ```
///
/// Call [`estimate`](Self::estimate). To add an estimator of your own, implement the other methods in a file of your
/// own; [`draw`](Self::draw) is the formula. The example is the straight-through estimator at temperature 1, and the
/// gradient of a linear cost c . D, for which it is J(pi) c, without noise:
///
/// ```
/// use burn::tensor::{Device, Tensor, activation::softmax};
/// use gumbel::Key;
/// use gumbel_burn::Error;
/// use gumbel_burn::estimator::{Cost, Estimate, Estimator, Needs, Variables};
///
/// #[derive(Debug)]
/// struct MyStraightThrough;
///
/// impl Estimator for MyStraightThrough {
///     fn name(&self) -> &str { "my-straight-through" }
///     fn unbiased(&self) -> bool { false }
///     fn needs(&self) -> Needs { Needs::Gradients }
///     fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
///         let soft = softmax(variables.logits(), 2);
///         Ok(Estimate::of_cost(cost.at_corner_with_gradient_of(variables.sample(0)?, soft)?))
///     }
/// }
///
/// let device = Device::flex().autodiff();
/// let logits = Tensor::<3>::from_floats([[[0.0, 0.0]]], &device).require_grad();
/// let c = Tensor::<3>::from_floats([[[1.0, 3.0]]], &device);
/// let linear = |x: Tensor<3>| Ok((x * c.clone()).sum_dim(2).flatten(0, 2));
/// let variables = Variables::new(logits.clone(), Key::new(7));
/// let estimate = MyStraightThrough.estimate(&variables, &Cost::new(&linear))?;
/// let gradients = estimate.surrogate.mean().backward();
/// let gradient = logits.grad(&gradients).unwrap().into_data();
/// assert_eq!(gradient.try_to_vec::<f32>().unwrap(), [-0.5, 0.5]);
/// # Ok::<(), Error>(())
/// ```
pub trait Estimator: Debug + Send + Sync {
    /// The name, as `--estimator` takes it.
    fn name(&self) -> &str;

    /// The settings in words, as in "K 10"; empty without settings.
    fn settings(&self) -> String {
        String::new()
    }

    /// Whether the estimator claims that its mean is the gradient of the expected cost (or of the bound, for an
    /// estimator with [`is_for_bound`](Self::is_for_bound)).
    fn unbiased(&self) -> bool;

    /// What the estimator asks of the cost.
    fn needs(&self) -> Needs;

    /// The number of times that a draw evaluates the cost of each row, for v variables of k classes and with frozen
    /// parameters of its own. A cost with its gradient counts once.
    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        1
    }

    /// A temperature to begin with; `None` for an estimator without temperature.
    fn default_tau(&self) -> Option<f64> {
        None
    }

    /// Whether the estimate is of the gradient of -E ln mean_k e^(-f(D_k)), a multi-sample bound, in place of that of
    /// E f(D). The cost is then minus the log-weight, ln q(D) - ln p(x, D), of which the gradient in theta is part.
    fn is_for_bound(&self) -> bool {
        false
    }

    /// The initial values of the estimator's own parameters, for v variables of k classes: what a learned baseline or
    /// a control variate trains.
    ///
    /// Keep them beside the parameters of the model, under one optimiser: with `require_grad`, or in a `Param`. Give them
    /// to [`Variables::with_parameters`]; the surrogate contains their objective. A parameter without `require_grad` is
    /// frozen. One step of a training, with a rate of 0.1:
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use gumbel::Key;
    /// use gumbel_burn::estimator::{Cost, DoubleCv, Estimator, Variables};
    /// let device = Device::flex().autodiff();
    /// let logits = Tensor::<3>::zeros([32, 2, 3], &device).require_grad();
    /// let estimator = DoubleCv::new(2, 0.0)?;
    /// let own = estimator.parameters(2, 3, Key::new(0), &device);
    /// let own: Vec<_> = own.into_iter().map(Tensor::require_grad).collect();
    /// let square = |x: Tensor<3>| Ok(x.sum_dim(1).square().narrow(2, 0, 1).flatten(0, 2));
    /// let variables = Variables::new(logits.clone(), Key::new(7)).with_parameters(own.clone());
    /// let estimate = estimator.estimate(&variables, &Cost::new(&square))?;
    /// let gradients = estimate.surrogate.mean().backward();
    /// let step = own[0].grad(&gradients).unwrap().mul_scalar(0.1);
    /// assert!(step.into_scalar::<f32>() > 0.0); // the coefficient goes from 0 towards -1
    /// # Ok::<(), gumbel_burn::Error>(())
    /// ```
    fn parameters(
        &self,
        _variables: usize,
        _classes: usize,
        _key: Key,
        _device: &Device,
    ) -> Vec<Tensor<2>> {
        Vec::new()
    }

    /// Checks that the estimator takes v variables of k classes.
    ///
    /// # Errors
    /// Numbers that it does not take.
    fn check(&self, _variables: usize, _classes: usize) -> Result<(), Error> {
        Ok(())
    }

    /// Draws an estimate for each row. Arguments are checked by [`estimate`](Self::estimate).
    ///
    /// # Errors
    /// As [`estimate`](Self::estimate).
    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error>;

    /// Estimates the gradient of the expected cost for each row. Not to be implemented: a box and
    /// [`Unimix`](super::Unimix) call [`draw`](Self::draw).
    ///
    /// # Errors
    /// Logits that are NaN or +inf, a row of -inf only, no classes, a temperature that is not a finite number above 0;
    /// a cost that does not allow what the estimator needs; a cost of another shape than `[rows]`; errors of the cost;
    /// own parameters of another number or shape; a number of classes or of variables that the estimator does not take.
    fn estimate(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        variables.check()?;
        let [_, v, k] = variables.dims();
        self.check(v, k)?;
        cost.check(self.name(), self.needs())?;
        self.draw(variables, cost)
    }
}

impl<E: Estimator + ?Sized> Estimator for Box<E> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn settings(&self) -> String {
        (**self).settings()
    }

    fn unbiased(&self) -> bool {
        (**self).unbiased()
    }

    fn needs(&self) -> Needs {
        (**self).needs()
    }

    fn evaluations(&self, variables: usize, classes: usize) -> usize {
        (**self).evaluations(variables, classes)
    }

    fn default_tau(&self) -> Option<f64> {
        (**self).default_tau()
    }

    fn is_for_bound(&self) -> bool {
        (**self).is_for_bound()
    }

    fn parameters(
        &self,
        variables: usize,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Vec<Tensor<2>> {
        (**self).parameters(variables, classes, key, device)
    }

    fn check(&self, variables: usize, classes: usize) -> Result<(), Error> {
        (**self).check(variables, classes)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        (**self).draw(variables, cost)
    }
}
