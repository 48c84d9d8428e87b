//! `Estimator`: what every estimator has, a name, a claim and one draw.

use std::fmt::Debug;
use std::ops::Range;

use gumbel::Key;

use crate::tabulated::Tabulated;

/// What an estimator asks of the cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// The cost at corners.
    Costs,
    /// The cost at corners, and its gradient there.
    Gradients,
    /// The cost or its gradient also between the corners.
    SoftPoints,
}

/// An estimator of the gradient in the logits.
///
/// Implement it to compare an estimator of your own: a name, what it claims, and one draw.
pub trait Estimator: Debug + Send + Sync {
    /// The name, as `--estimator` takes it.
    fn name(&self) -> &str;

    /// The parameters in words, as in "tau 0.5, K 10"; empty without parameters.
    fn params(&self) -> String {
        String::new()
    }

    /// The temperature, where the estimator has one (of two, that of the backward pass).
    fn tau(&self) -> Option<f64> {
        None
    }

    /// Whether the estimator claims that its mean is [`target`](Self::target) on every problem.
    fn unbiased(&self) -> bool;

    /// What the estimator asks of the cost.
    fn needs(&self) -> Needs;

    /// How often one draw evaluates the cost. A cost with its gradient counts once.
    ///
    /// The cost is a fixed function here. Where it is a network that is trained with the estimate, `rodeo` and
    /// `double-cv` need 2 K in place of K: the gradient inside the estimate does not reach the network. Where their own
    /// parameters are trained too, `rebar` and `relax` need 5 in place of 3.
    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        1
    }

    /// Whether the estimator is defined on this problem.
    fn admits(&self, _problem: &Tabulated<'_>) -> bool {
        true
    }

    /// The gradient that is estimated, `[L, k]`: that of the expected cost, unless the estimator says otherwise.
    fn target(&self, problem: &Tabulated<'_>) -> Vec<f64> {
        problem.exact_gradient().to_vec()
    }

    /// Draws one estimate of the whole gradient, `[L, k]`: a function of the key.
    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64>;

    /// Draws the estimates of a range of draw numbers, and adds them in this order, each a function of the key and of
    /// its number. Draw i has the key `key.fold_in(i)`; an estimator that makes many draws at once has a rule of its own.
    fn draw_range(
        &self,
        problem: &Tabulated<'_>,
        key: Key,
        range: Range<u64>,
        add: &mut dyn FnMut(&[f64]),
    ) {
        range.for_each(|i| add(&self.draw(problem, key.fold_in(i))));
    }

    /// Visits finitely many estimates with their probabilities, from which mean and variance of a draw are exact.
    ///
    /// Returns false, without a visit, if there are infinitely many or more than
    /// [`MOST_OUTCOMES`](super::MOST_OUTCOMES). The visited estimates need not be the values of a draw, if they have
    /// its mean and its covariance.
    fn enumerate(&self, _problem: &Tabulated<'_>, _visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        false
    }
}
