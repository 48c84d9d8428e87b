//! `vimco`: the leave-one-out estimator for the multi-sample bound.

use gumbel::Key;
use rayon::prelude::*;

use super::enumeration::{count, each_choice, each_tuple, sample_tuple};
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::add_scaled;
use crate::tabulated::Tabulated;

/// The estimator of the gradient of the multi-sample bound of K draws, VIMCO.
///
/// ```text
/// L = E ln mean_k e^(l_k)     l_k = -f(D_k)
/// sum_k (L_hat - L_hat_-k) (D_k - pi) + sum_j w_j grad l_j
/// L_hat_-k: in L_hat, l_k is replaced by the mean of the others (the geometric mean of the weights)
/// ```
///
/// The sum over j, w = softmax(l), is the path-wise term. It is 0 here, because f does not depend on theta; where the
/// log-weights contain -ln q(D), it must not be left out. Unbiased for the bound, which is to be maximised: the target
/// is the gradient of L, not that of the expected cost. K evaluations, at corners.
///
/// Mnih and Rezende, "Variational inference for Monte Carlo objectives", arXiv 1602.06725 (2016).
#[derive(Clone, Copy, Debug)]
pub struct Vimco {
    k: usize,
}

/// Pairs are cheap to enumerate in parallel: the exact gradient of K = 2 works on any table.
const PAIR: usize = 2;

impl Vimco {
    /// Makes the estimator of K draws.
    ///
    /// # Errors
    /// K below 2.
    pub fn new(k: usize) -> Result<Self, CompareError> {
        CompareError::unless_at_least(2, k)?;
        Ok(Self { k })
    }

    fn at(&self, problem: &Tabulated<'_>, states: &[usize]) -> Vec<f64> {
        let l: Vec<f64> = states.iter().map(|&s| -problem.cost(s)).collect();
        let (bound, total) = (ln_mean_exp(&l), l.iter().sum::<f64>());
        let mut sum = vec![0.0; problem.logits().len()];
        for (k, &state) in states.iter().enumerate() {
            let mut without = l.clone();
            without[k] = (total - l[k]) / (self.k as f64 - 1.0);
            add_scaled(&mut sum, bound - ln_mean_exp(&without), &problem.score(state));
        }
        sum
    }
}

/// Computes ln mean_k e^(l_k).
fn ln_mean_exp(l: &[f64]) -> f64 {
    let largest = l.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + (l.iter().map(|l| (l - largest).exp()).sum::<f64>() / l.len() as f64).ln()
}

/// Computes the exact gradient of E ln mean_k e^(-f(D_k)) in the logits, `[L, k]`.
///
/// ```text
/// K sum_D P(D) (D - pi) E ln mean(e^(-f(D)), e^(-f(D_2)), ..., e^(-f(D_K)))
/// ```
///
/// The K draws are exchangeable, so one score and a factor K are enough. The time grows as the number of states to the
/// power K.
pub fn exact_gradient_of_bound(problem: &Tabulated<'_>, k: usize) -> Vec<f64> {
    let states = problem.states();
    let costs: Vec<f64> = (0..states).map(|s| -problem.cost(s)).collect();
    let probabilities: Vec<f64> = (0..states).map(|s| problem.probability(s)).collect();
    let expected: Vec<f64> = (0..states)
        .into_par_iter()
        .map(|state| {
            let (mut sum, mut l) = (0.0, vec![costs[state]; k]);
            each_choice(states, k - 1, &mut |others| {
                others.iter().zip(&mut l[1..]).for_each(|(&s, l)| *l = costs[s]);
                let weight: f64 = others.iter().map(|&s| probabilities[s]).product();
                sum += weight * ln_mean_exp(&l);
            });
            sum
        })
        .collect();
    let mut gradient = vec![0.0; problem.logits().len()];
    let mean: f64 = expected.iter().zip(&probabilities).map(|(e, p)| e * p).sum();
    for state in 0..states {
        let weight = k as f64 * probabilities[state] * (expected[state] - mean);
        add_scaled(&mut gradient, weight, &problem.score(state));
    }
    gradient
}

impl Estimator for Vimco {
    fn name(&self) -> &str {
        "vimco"
    }

    fn params(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        self.k
    }

    fn admits(&self, problem: &Tabulated<'_>) -> bool {
        self.k == PAIR || count(problem.states(), self.k).is_some()
    }

    fn target(&self, problem: &Tabulated<'_>) -> Vec<f64> {
        exact_gradient_of_bound(problem, self.k)
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        self.at(problem, &sample_tuple(problem, self.k, key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_tuple(problem, self.k, visit, |states| self.at(problem, states))
    }
}
