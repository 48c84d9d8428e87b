//! `exact`: the exact gradient by enumeration.

use gumbel::Key;

use super::interface::{Estimator, Needs};
use crate::tabulated::Tabulated;

/// The exact gradient, as an estimator without noise.
///
/// ```text
/// sum_D P(D) f(D) (D - pi)
/// ```
///
/// Unbiased, variance 0; k^L evaluations, at corners.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exact;

impl Estimator for Exact {
    fn name(&self) -> &str {
        "exact"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, problem: &Tabulated<'_>) -> usize {
        problem.states()
    }

    fn draw(&self, problem: &Tabulated<'_>, _key: Key) -> Vec<f64> {
        problem.exact_gradient().to_vec()
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        visit(1.0, problem.exact_gradient());
        true
    }
}
