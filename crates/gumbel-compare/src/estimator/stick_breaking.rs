//! Stick breaking with an antithetic uniform number for each stick: two dependent draws of one variable.

use crate::tabulated::Tabulated;

/// The classes of one variable as sticks, in an order.
///
/// ```text
/// stick j breaks for z where u_j < b_j, and for zt where 1 - u_j < b_j     b_j = q_j / sum_{m >= j} q_m
/// ```
///
/// A draw is the first stick that breaks; the last one has b = 1.
#[derive(Clone, Debug)]
pub(super) struct Sticks<'a> {
    probabilities: &'a [f64],
    /// The class of each stick.
    order: Vec<usize>,
    /// The stick of each class.
    place: Vec<usize>,
    breaks: Vec<f64>,
}

impl<'a> Sticks<'a> {
    /// The sticks of all variables, each with its classes ascending by logit.
    pub(super) fn ascending(problem: &'a Tabulated<'_>) -> Vec<Self> {
        Self::of_all(problem, |order, q| order.sort_by(|&i, &j| q[i].total_cmp(&q[j])))
    }

    /// The sticks of all variables, in the order that `sort` makes.
    pub(super) fn of_all(
        problem: &'a Tabulated<'_>,
        sort: impl Fn(&mut [usize], &[f64]),
    ) -> Vec<Self> {
        let rows = problem.probabilities().chunks_exact(problem.classes());
        rows.map(|probabilities| {
            let mut order: Vec<usize> = (0..probabilities.len()).collect();
            sort(&mut order, probabilities);
            Self::new(probabilities, order)
        })
        .collect()
    }

    fn new(probabilities: &'a [f64], order: Vec<usize>) -> Self {
        let k = order.len();
        let (mut place, mut breaks, mut rest) = (vec![0; k], vec![1.0; k], 0.0);
        for j in (0..k).rev() {
            place[order[j]] = j;
            rest += probabilities[order[j]];
            breaks[j] = probabilities[order[j]] / rest;
        }
        Self { probabilities, order, place, breaks }
    }

    /// The probability q of a class in one draw.
    pub(super) fn probability(&self, class: usize) -> f64 {
        self.probabilities[class]
    }

    /// The classes (z, zt) that k - 1 uniform numbers draw.
    pub(super) fn draw(&self, u: &[f64]) -> (usize, usize) {
        let first = |broken: &dyn Fn(usize) -> bool| {
            self.order[(0..u.len()).find(|&j| broken(j)).unwrap_or(u.len())]
        };
        (first(&|j| u[j] < self.breaks[j]), first(&|j| 1.0 - u[j] < self.breaks[j]))
    }

    /// The joint probability p(z, zt).
    ///
    /// Until the first of the two breaks, neither does: probability 1 - 2b each. At that stick one breaks, b or 1 - b,
    /// whichever is less, or both, 2b - 1. After it the other goes on alone.
    pub(super) fn joint(&self, z: usize, zt: usize) -> f64 {
        let (a, b) = (self.place[z], self.place[zt]);
        let (first, last) = (a.min(b), a.max(b));
        let neither: f64 = self.breaks[..first].iter().map(|b| (1.0 - 2.0 * b).max(0.0)).product();
        let at = self.breaks[first];
        if first == last {
            return neither * (2.0 * at - 1.0).max(0.0);
        }
        let alone: f64 = self.breaks[first + 1..last].iter().map(|b| 1.0 - b).product();
        neither * at.min(1.0 - at) * alone * self.breaks[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Problem, Quadratic, Skewed};

    #[test]
    fn both_draws_have_the_law_and_ascending_order_makes_every_pair_possible() {
        for problem in [&Quadratic as &dyn Problem, &crate::problem::Net, &Skewed] {
            let table = Tabulated::new(problem).unwrap();
            let k = table.classes();
            for sticks in Sticks::ascending(&table) {
                for i in 0..k {
                    let z: f64 = (0..k).map(|j| sticks.joint(i, j)).sum();
                    let zt: f64 = (0..k).map(|j| sticks.joint(j, i)).sum();
                    assert!((z - sticks.probability(i)).abs() < 1e-14);
                    assert!((zt - sticks.probability(i)).abs() < 1e-14);
                    assert!((0..k).all(|j| i == j || sticks.joint(i, j) > 0.0));
                }
            }
        }
    }
}
