//! Estimators of the gradient of an expected cost in the logits, one file each.
//!
//! In all files: theta are the logits of one variable, pi = softmax(theta), D a one-hot draw, f the cost,
//! g = df/dx at D, J(p) = diag(p) - p p^T, and D - pi the score. Formulas are for one variable of several
//! independent ones; f and g are those of all variables together.

mod arm;
mod control_variate;
mod darn;
mod decoupled_straight_through;
mod disarm;
mod double_cv;
mod exact;
mod gapped_straight_through;
mod grpo;
mod gumbel_rao;
mod gumbel_softmax;
mod gumbel_sparsemax;
mod indecater;
mod muprop;
#[cfg(test)]
mod power;
mod rebar;
mod reinforce;
mod reinmax;
mod reinmax_rao;
mod relax;
mod rloo;
mod rodeo;
mod stick_breaking;
mod straight_through;
mod straight_through_gumbel_softmax;
mod unimix;
mod vimco;
mod zgr;

use std::fmt::Debug;

use gumbel::Key;

pub use arm::Arm;
pub use darn::{Darn, Point};
pub use decoupled_straight_through::DecoupledStraightThrough;
pub use disarm::Disarm;
pub use double_cv::DoubleCv;
pub use exact::Exact;
pub use gapped_straight_through::{Gap, GappedStraightThrough};
pub use grpo::Grpo;
pub use gumbel_rao::GumbelRao;
pub use gumbel_softmax::GumbelSoftmax;
pub use gumbel_sparsemax::GumbelSparsemax;
pub use indecater::Indecater;
pub use muprop::MuProp;
pub use rebar::Rebar;
pub use reinforce::{Baseline, Reinforce};
pub use reinmax::ReinMax;
pub use reinmax_rao::{ReinMaxCv, ReinMaxRao};
pub use relax::Relax;
pub use rloo::Rloo;
pub use rodeo::Rodeo;
pub use straight_through::{AnnealedStraightThrough, StraightThrough};
pub use straight_through_gumbel_softmax::StraightThroughGumbelSoftmax;
pub use unimix::Unimix;
pub use vimco::{Vimco, exact_gradient_of_bound};
pub use zgr::Zgr;

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

    /// Whether the estimator claims that its mean is [`target`](Self::target) on every problem.
    fn unbiased(&self) -> bool;

    /// What the estimator asks of the cost.
    fn needs(&self) -> Needs;

    /// How often one draw evaluates the cost. A cost with its gradient counts once.
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

    /// Visits finitely many estimates with their probabilities, from which mean and variance of a draw are exact.
    ///
    /// Returns false, without a visit, if there are infinitely many or more than [`MOST_OUTCOMES`]. The visited
    /// estimates need not be the values of a draw, if they have its mean and its covariance.
    fn enumerate(&self, _problem: &Tabulated<'_>, _visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        false
    }
}

/// The most outcomes that an estimator enumerates.
pub const MOST_OUTCOMES: usize = 1 << 20;

/// Visits the estimates of an estimator that is a function of one draw D.
pub(crate) fn each_state(
    problem: &Tabulated<'_>,
    visit: &mut dyn FnMut(f64, &[f64]),
    at: impl Fn(usize) -> Vec<f64>,
) -> bool {
    (0..problem.states()).for_each(|state| visit(problem.probability(state), &at(state)));
    true
}

/// Visits the estimates of an estimator that is a function of K independent draws D, if they are not too many.
pub(crate) fn each_tuple(
    problem: &Tabulated<'_>,
    k: usize,
    visit: &mut dyn FnMut(f64, &[f64]),
    at: impl Fn(&[usize]) -> Vec<f64>,
) -> bool {
    let few = count(problem.states(), k).is_some();
    if few {
        each_choice(problem.states(), k, &mut |states| {
            visit(states.iter().map(|&s| problem.probability(s)).product(), &at(states));
        });
    }
    few
}

/// The number base^digits, if it is at most [`MOST_OUTCOMES`].
pub(crate) fn count(base: usize, digits: usize) -> Option<usize> {
    let count = base.checked_pow(u32::try_from(digits).ok()?)?;
    (count <= MOST_OUTCOMES).then_some(count)
}

/// Visits all tuples of `digits` numbers below `base`, the last number fastest.
pub(crate) fn each_choice(base: usize, digits: usize, visit: &mut dyn FnMut(&[usize])) {
    let mut tuple = vec![0; digits];
    loop {
        visit(&tuple);
        let Some(last) = tuple.iter().rposition(|&digit| digit + 1 < base) else { return };
        tuple[last] += 1;
        tuple[last + 1..].fill(0);
    }
}

/// Draws K independent states.
pub(crate) fn sample_tuple(problem: &Tabulated<'_>, k: usize, key: Key) -> Vec<usize> {
    (0..k).map(|i| problem.sample(key.fold_in(i as u64))).collect()
}
