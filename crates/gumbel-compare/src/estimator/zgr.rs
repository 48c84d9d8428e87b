//! `zgr`: the mean of straight-through and DARN, the limit of Gumbel-Rao at temperature 0.

use gumbel::Key;

use super::darn::{Darn, Point};
use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use super::straight_through;
use crate::simplex::add_scaled;
use crate::tabulated::Tabulated;

/// The mean of straight-through at tau = 1 and DARN at pi, ZGR.
///
/// ```text
/// (J(pi) g + (g . (D - pi)) (D - pi)) / 2
/// ```
///
/// The two have opposite biases on quadratic costs, so it is exact there, and biased otherwise. It is the limit of
/// [`GumbelRao`](super::GumbelRao) as tau and 1/K go to 0, and for two classes Gregor's estimator. 1 evaluation, with
/// the gradient at a corner.
///
/// Shekhovtsov, "Cold analysis of Rao-Blackwellized straight-through Gumbel-Softmax gradient estimator", ICML
/// (2023).
#[derive(Clone, Copy, Debug, Default)]
pub struct Zgr;

fn at(problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
    let darn = Darn::new(Point::Mean).at(problem, state);
    let through = straight_through::at(problem, state, 1.0);
    let mut mean = vec![0.0; darn.len()];
    add_scaled(&mut mean, 0.5, &through);
    add_scaled(&mut mean, 0.5, &darn);
    mean
}

impl Estimator for Zgr {
    fn name(&self) -> &str {
        "zgr"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        at(problem, problem.sample(key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_state(problem, visit, |state| at(problem, state))
    }
}
