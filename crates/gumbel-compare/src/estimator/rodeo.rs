//! `rodeo`: leave-one-out with control variates from a discrete Stein operator.

use gumbel::Key;

use super::enumeration::{each_tuple, sample_tuple};
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::{add_scaled, dot, jacobian};
use crate::tabulated::Tabulated;

/// Leave-one-out REINFORCE with Stein control variates, RODEO.
///
/// ```text
/// mean_k [(f_k - mean_{j != k} (f_j + alpha (A h_j)(D_j))) (D_k - pi) + beta (A (h_k score))(D_k)]
/// (A h)(x) = mean_l E[h(y) | y = x but for variable l] - h(x)     y_l ~ pi_l
/// h_k(y) = mean_{j != k} (f_j + g_j . (y - D_j))
/// ```
///
/// A is the operator of the Gibbs sampler that renews a variable at random, so E (A h)(D) = 0 for every h; h_k uses
/// the other draws only. The paper learns alpha, beta and a network of the two terms of h_k; here the network is their
/// sum, and alpha = 2, beta = 1 is near the least variance on two of the three problems. Unbiased for all coefficients:
/// (A h_j)(D_j) depends on D_k through h_j, and has mean 0 given D_k. The paper is for two classes, and the same proof
/// holds for k. K evaluations, with gradients at corners; on tensors 2 K, because there a network in the cost is
/// trained with K more.
///
/// Shi, Zhou, Hwang, Titsias and Mackey, "Gradient estimation with discrete Stein operators", arXiv 2202.09497
/// (2022).
#[derive(Clone, Copy, Debug)]
pub struct Rodeo {
    k: usize,
    alpha: f64,
    beta: f64,
}

impl Rodeo {
    /// Makes the estimator of K draws with the coefficients of the two control variates.
    ///
    /// # Errors
    /// K below 2; a coefficient that is not finite.
    pub fn new(k: usize, alpha: f64, beta: f64) -> Result<Self, CompareError> {
        CompareError::unless_at_least(2, k)?;
        CompareError::unless_finite("alpha", alpha)?;
        CompareError::unless_finite("beta", beta)?;
        Ok(Self { k, alpha, beta })
    }

    fn at(self, problem: &Tabulated<'_>, states: &[usize]) -> Vec<f64> {
        let (k, classes) = (self.k as f64, problem.classes());
        let l = problem.variables() as f64;
        let scores: Vec<Vec<f64>> = states.iter().map(|&s| problem.score(s)).collect();
        let corners: Vec<Vec<f64>> = states.iter().map(|&s| problem.corner(s)).collect();
        // h_k is linear with slope `slopes[k]`: its value at D_k, and mean_l E - 1 of it, -slope . (D_k - pi) / L.
        let (mut slopes, mut values) = (Vec::new(), Vec::new());
        for (own, corner) in corners.iter().enumerate() {
            let (mut slope, mut value) = (vec![0.0; corner.len()], 0.0);
            for (j, &other) in states.iter().enumerate().filter(|(j, _)| *j != own) {
                let g = problem.gradient(other);
                value += (problem.cost(other) + dot(g, corner) - dot(g, &corners[j])) / (k - 1.0);
                add_scaled(&mut slope, 1.0 / (k - 1.0), g);
            }
            slopes.push(slope);
            values.push(value);
        }
        let corrected: Vec<f64> = (0..self.k)
            .map(|i| problem.cost(states[i]) - self.alpha * dot(&slopes[i], &scores[i]) / l)
            .collect();
        let total: f64 = corrected.iter().sum();
        let mut out = vec![0.0; problem.logits().len()];
        for i in 0..self.k {
            let others = (total - corrected[i]) / (k - 1.0);
            add_scaled(&mut out, (problem.cost(states[i]) - others) / k, &scores[i]);
            // A (h score) of variable m: terms l != m change h alone, term m is J(pi) slope - h score.
            let along = dot(&slopes[i], &scores[i]);
            let exact = jacobian(problem.probabilities(), &slopes[i], classes);
            for (m, score) in scores[i].chunks_exact(classes).enumerate() {
                let here = m * classes..(m + 1) * classes;
                let others = along - dot(&slopes[i][here.clone()], score);
                let row = &mut out[here.clone()];
                add_scaled(row, self.beta / (k * l), &exact[here]);
                add_scaled(row, -self.beta * (others + values[i]) / (k * l), score);
            }
        }
        out
    }
}

impl Estimator for Rodeo {
    fn name(&self) -> &str {
        "rodeo"
    }

    fn params(&self) -> String {
        format!("K {}, alpha {}, beta {}", self.k, self.alpha, self.beta)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn evaluations(&self, _problem: &Tabulated<'_>) -> usize {
        self.k
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        self.at(problem, &sample_tuple(problem, self.k, key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        each_tuple(problem, self.k, visit, |states| self.at(problem, states))
    }
}
