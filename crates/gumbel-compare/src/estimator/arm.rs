//! `arm`: augment, reinforce, merge, for variables of two classes.

use gumbel::{Key, noise};

use super::enumeration::{count, each_choice};
use super::interface::{Estimator, Needs};
use crate::tabulated::Tabulated;

/// The antithetic estimator ARM, for two classes.
///
/// ```text
/// (f(1[u > sigma(-phi)]) - f(1[u < sigma(phi)])) (u - 1/2)     u uniform, phi = theta_1 - theta_0
/// ```
///
/// This is the derivative in phi; that in theta is (-1, 1) times it. Unbiased; 2 evaluations, at corners. On each
/// interval of u where both draws are constant the estimate is linear in u, so the enumeration takes Gauss's two
/// points: they have the same mean and the same variance.
///
/// Its variance is not always below that of REINFORCE: for f = -1, 1 at p = 1/2 that of REINFORCE is 0, and that of
/// ARM is 1/12 in phi.
///
/// Yin and Zhou, "ARM: augment-REINFORCE-merge gradient for stochastic binary networks", arXiv 1807.11143, theorem 1
/// (2019).
#[derive(Clone, Copy, Debug, Default)]
pub struct Arm;

/// The antithetic draws of one u, as classes: (1[u > sigma(-phi)], 1[u < sigma(phi)]). p = sigma(phi).
pub(super) fn antithetic(u: f64, p: f64) -> (usize, usize) {
    ((u > 1.0 - p).into(), (u < p).into())
}

/// Draws one uniform number for each variable.
pub(super) fn uniforms(n: usize, key: Key) -> Vec<f64> {
    let mut u = vec![0.0; n];
    noise::uniform_into(key, 0, &mut u);
    u
}

/// The gradient in the logits of two classes, from that in their difference.
pub(super) fn from_difference(gradient: impl Iterator<Item = f64>) -> Vec<f64> {
    gradient.flat_map(|g| [-g, g]).collect()
}

fn at(problem: &Tabulated<'_>, u: &[f64]) -> Vec<f64> {
    let p = problem.probabilities();
    let pairs = u.iter().enumerate().map(|(l, &u)| antithetic(u, p[2 * l + 1]));
    let (b, bt): (Vec<usize>, Vec<usize>) = pairs.unzip();
    let difference = problem.cost(problem.state_of(&b)) - problem.cost(problem.state_of(&bt));
    from_difference(u.iter().map(|u| difference * (u - 0.5)))
}

/// Gauss's two points of each interval of u, with their weights.
fn nodes(p: f64) -> Vec<(f64, f64)> {
    let a = p.min(1.0 - p);
    let intervals = [(0.0, a), (a, 1.0 - a), (1.0 - a, 1.0)];
    let points = intervals.iter().flat_map(|(low, high)| {
        let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
        [-1.0, 1.0].map(|side| (half, middle + side * half / 3f64.sqrt()))
    });
    points.collect()
}

impl Estimator for Arm {
    fn name(&self) -> &str {
        "arm"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        2
    }

    fn admits(&self, problem: &Tabulated<'_>) -> bool {
        problem.classes() == 2
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        at(problem, &uniforms(problem.variables(), key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        let nodes: Vec<_> = problem.probabilities().chunks_exact(2).map(|p| nodes(p[1])).collect();
        let few = count(6, nodes.len()).is_some();
        if few {
            each_choice(6, nodes.len(), &mut |choice| {
                let chosen = || choice.iter().zip(&nodes).map(|(&i, nodes)| nodes[i]);
                let u: Vec<f64> = chosen().map(|(_, u)| u).collect();
                visit(chosen().map(|(weight, _)| weight).product(), &at(problem, &u));
            });
        }
        few
    }
}
