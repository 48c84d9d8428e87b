//! `muprop`: a Taylor expansion of the cost at the mean as a control variate.

use gumbel::Key;

use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use crate::simplex::{add_scaled, dot, jacobian, scaled};
use crate::tabulated::Tabulated;

/// REINFORCE with the first-order expansion at pi as a control variate, MuProp.
///
/// ```text
/// (f(D) - f(pi) - f'(pi) . (D - pi)) (D - pi) + J(pi) f'(pi)
/// ```
///
/// The dot product is over all variables. Unbiased; 2 evaluations, one of them with the gradient at pi, a soft point.
///
/// Gu, Levine, Sutskever and Mnih, "MuProp: unbiased backpropagation for stochastic neural networks", arXiv
/// 1511.05176, section 3 (2016).
#[derive(Clone, Copy, Debug, Default)]
pub struct MuProp;

fn at(problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
    let (pi, score) = (problem.probabilities(), problem.score(state));
    let gradient = problem.problem().gradient(pi);
    let expansion = problem.problem().cost(pi) + dot(&gradient, &score);
    let mut out = scaled(score, problem.cost(state) - expansion);
    add_scaled(&mut out, 1.0, &jacobian(pi, &gradient, problem.classes()));
    out
}

impl Estimator for MuProp {
    fn name(&self) -> &str {
        "muprop"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        2
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        at(problem, problem.sample(key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_state(problem, visit, |state| at(problem, state))
    }
}
