//! `Cost`: the user's closure, where it may be evaluated, and the ways in which estimators evaluate it.

use std::fmt;

use burn::tensor::Tensor;

use super::algebra::constant;
use crate::check;
use crate::error::Error;

/// What an estimator asks of the cost, and what a cost allows: each kind allows the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// The cost at corners, where each variable is one-hot.
    Costs,
    /// The cost at corners, and its gradient in x there.
    Gradients,
    /// The cost and its gradient also between the corners.
    SoftPoints,
}

/// The cost of a sample: a closure from `[rows, v, k]` to `[rows]`, and where it may be evaluated.
///
/// The cost is to be minimised. Of a reward return the negative in the closure; a minus sign outside would also turn the
/// objective of a learned baseline around. Errors of your own go into [`Error::Cost`].
///
/// Estimators evaluate it once or several times. Parameters of a network in the closure get their gradient from the
/// cost at corners alone, whatever points an estimator evaluates besides; only `gumbel-softmax` and `gumbel-sparsemax`
/// replace the corner by a soft sample, for the network too.
///
/// Random numbers in the closure have to come from a key that it holds, so that all its evaluations in one estimate
/// use the same numbers. A layer that follows, with an estimator of its own, returns its
/// [`surrogate`](super::Estimate::surrogate) in the closure.
///
/// In `f32` the gradient in the logits is right as long as the sum of the costs of the call is finite, that is below
/// 3e38. The own parameters of `rebar`, `relax`, `rodeo` and `double-cv` are trained by the squared norm of the
/// estimate, which overflows from 2e19 on: a row whose squared norm is above 1e30 does not train them. Divide costs of
/// that size by a constant.
///
/// The closure may hold leaves (the parameters of a network) and constants. `muprop`, `rebar`, `relax`, `rodeo` and
/// `double-cv` run a backward pass of their own through the closure, and Burn panics at a second pass through the same
/// graph. So for these five the closure must not hold a tensor that depends on parameters, such as the output of an
/// encoder: compute it again inside, or pass it in through x.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Rloo, Variables};
/// // A cost that is a table: it has no gradient, and a value at corners alone.
/// let device = Device::flex().autodiff();
/// let costs = Tensor::<3>::from_floats([[[5.0, 1.0, 3.0]]], &device);
/// let table = |x: Tensor<3>| Ok((x * costs.clone()).sum_dim(2).flatten(0, 2));
/// let variables = Variables::new(Tensor::zeros([100, 1, 3], &device), Key::new(7));
/// let estimate = Rloo::new(2)?.estimate(&variables, &Cost::without_gradient(&table))?;
/// assert_eq!(estimate.cost.dims(), [100]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Cost<'a> {
    function: &'a dyn Fn(Tensor<3>) -> Result<Tensor<1>, Error>,
    allows: Needs,
}

impl<'a> Cost<'a> {
    /// Makes a cost that is defined and differentiable everywhere.
    pub fn new(function: &'a dyn Fn(Tensor<3>) -> Result<Tensor<1>, Error>) -> Self {
        Self { function, allows: Needs::SoftPoints }
    }

    /// Makes a cost that is defined at corners alone, with a gradient there.
    pub fn at_corners(function: &'a dyn Fn(Tensor<3>) -> Result<Tensor<1>, Error>) -> Self {
        Self { function, allows: Needs::Gradients }
    }

    /// Makes a cost that is defined at corners alone, without a gradient in x: a simulator, a table, a reward.
    pub fn without_gradient(function: &'a dyn Fn(Tensor<3>) -> Result<Tensor<1>, Error>) -> Self {
        Self { function, allows: Needs::Costs }
    }

    pub(super) fn check(&self, estimator: &str, needs: Needs) -> Result<(), Error> {
        if needs <= self.allows {
            return Ok(());
        }
        let what = match needs {
            Needs::Gradients => "the gradient of the cost",
            _ => "the cost between the corners",
        };
        Err(Error::estimator(estimator, format!("needs {what}, which this cost does not allow")))
    }

    /// The cost of each row at x, `[rows]`, with gradients in x and in the parameters of the closure.
    ///
    /// # Errors
    /// Those of the closure; a cost that is not `[rows]`.
    pub fn at(&self, x: Tensor<3>) -> Result<Tensor<1>, Error> {
        let rows = x.dims()[0];
        let cost = (self.function)(x)?;
        check::shape("cost", &cost, [rows])?;
        Ok(cost)
    }

    /// The cost at a corner D, where the gradient passes to `soft` as if it were D. The parameters of the closure get
    /// the gradient at the corner.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn at_corner_with_gradient_of(
        &self,
        corner: Tensor<3>,
        soft: Tensor<3>,
    ) -> Result<Tensor<1>, Error> {
        self.at(constant(corner) + (soft.clone() - constant(soft)))
    }

    /// The cost at x as a constant, `[rows]`.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn value(&self, x: Tensor<3>) -> Result<Tensor<1>, Error> {
        Ok(constant(self.at(constant(x))?))
    }

    /// The cost at x and its gradient in x as constants, `[rows]` and the shape of x, by a backward pass of its own.
    /// The gradient is 0 on a device without autodiff.
    ///
    /// # Errors
    /// As [`at`](Self::at).
    pub fn value_and_gradient(&self, x: Tensor<3>) -> Result<(Tensor<1>, Tensor<3>), Error> {
        if !x.device().is_autodiff() {
            return Ok((self.at(x.clone())?, x.zeros_like()));
        }
        let zeros = constant(x.zeros_like());
        let x = constant(x).require_grad();
        let cost = self.at(x.clone())?;
        let value = constant(cost.clone());
        if !cost.is_tracked() {
            return Ok((value, zeros));
        }
        let gradient = x.grad_remove(&mut cost.sum().backward());
        Ok((value, gradient.map_or(zeros, Tensor::from_inner)))
    }
}

impl fmt::Debug for Cost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cost").field("allows", &self.allows).finish_non_exhaustive()
    }
}
