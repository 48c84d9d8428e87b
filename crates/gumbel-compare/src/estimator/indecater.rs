//! `indecater`: for each variable the sum over its classes, the other variables sampled.

use gumbel::Key;

use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use crate::simplex::jacobian;
use crate::tabulated::Tabulated;

/// The sum over all classes of each variable, at a draw of the others: IndeCateR, or local expectation gradients.
///
/// ```text
/// for each variable l:  sum_i f(D with D_l = e_i) J(pi_l)_i
/// ```
///
/// Unbiased; L (k - 1) + 1 evaluations, at corners. The reading here: one draw D serves all variables and classes, so
/// that f(D) is shared. With one variable it is the exact gradient.
///
/// De Smet, Sansone and Zuidberg Dos Martires, "Differentiable sampling of categorical distributions using the
/// CatLog-derivative trick", arXiv 2311.12569 (2023); Titsias and Lazaro-Gredilla, "Local expectation
/// gradients for black box variational inference", arXiv 1503.01494 (2015).
#[derive(Clone, Copy, Debug, Default)]
pub struct Indecater;

fn at(problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
    let (l, k) = (problem.variables(), problem.classes());
    let costs: Vec<f64> =
        (0..l * k).map(|i| problem.cost(problem.with_class(state, i / k, i % k))).collect();
    jacobian(problem.probabilities(), &costs, k)
}

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

    fn evaluations(&self, problem: &Tabulated<'_>) -> usize {
        problem.variables() * (problem.classes() - 1) + 1
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        at(problem, problem.sample(key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_state(problem, visit, |state| at(problem, state))
    }
}
