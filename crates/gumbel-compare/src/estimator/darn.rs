//! `darn`: the score times the derivative of the cost along it.

use gumbel::Key;

use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use crate::simplex::dot;
use crate::tabulated::Tabulated;

/// The point p of [`Darn`], from which the cost is expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// p = pi.
    Mean,
    /// p = 1/k in each class: 1/2 for two classes, which is Gregor's.
    Centre,
}

/// The score-function estimator with a linear expansion of the cost in place of the cost.
///
/// ```text
/// (g . (D - p)) (D - pi)     p = pi, or 1/k in each class
/// ```
///
/// The dot product is over the classes of one variable: the terms of the other variables are noise that is independent
/// of the score to first order. Biased. At p = pi exact for linear costs; at p = 1/2 and two classes exact for
/// quadratic ones. 1 evaluation, with the gradient at a corner.
///
/// Gregor et al., "Deep autoregressive networks", arXiv 1310.8499 (2014).
#[derive(Clone, Copy, Debug)]
pub struct Darn {
    point: Point,
}

impl Darn {
    /// Makes the estimator.
    pub const fn new(point: Point) -> Self {
        Self { point }
    }

    /// The estimate at a state.
    pub(super) fn at(self, problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
        let k = problem.classes();
        let (mut out, corner) = (problem.score(state), problem.corner(state));
        for (l, row) in out.chunks_exact_mut(k).enumerate() {
            let here = l * k..(l + 1) * k;
            let (g, d) = (&problem.gradient(state)[here.clone()], &corner[here]);
            let along = match self.point {
                Point::Mean => dot(g, row),
                Point::Centre => dot(g, d) - g.iter().sum::<f64>() / k as f64,
            };
            row.iter_mut().for_each(|x| *x *= along);
        }
        out
    }
}

impl Estimator for Darn {
    fn name(&self) -> &str {
        "darn"
    }

    fn params(&self) -> String {
        match self.point {
            Point::Mean => "point pi".into(),
            Point::Centre => "point 1/k".into(),
        }
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        self.at(problem, problem.sample(key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_state(problem, visit, |state| self.at(problem, state))
    }
}
