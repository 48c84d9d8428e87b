//! `reinforce`: the score-function estimator with a baseline.

use gumbel::Key;

use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::scaled;
use crate::tabulated::Tabulated;

/// The baseline b of [`Reinforce`], which is independent of the draw D.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Baseline {
    /// b = 0.
    None,
    /// The mean cost of K earlier draws at the same logits, as a running mean has them. It is noise too. A mean that
    /// includes the own cost would give (K-1)/K of the gradient.
    Mean(usize),
    /// The exact expected cost: what a learned baseline tends to, since least squares fits the mean. Nothing is learned
    /// here, so the parameters in words say "baseline expected cost".
    Learned,
}

/// The score-function estimator, REINFORCE.
///
/// ```text
/// (f(D) - b) (D - pi)     b independent of D
/// ```
///
/// Unbiased; 1 evaluation, at a corner. The earlier draws of the baseline `mean` count as paid for by earlier steps.
/// Their mean has the two moments E f and Var f / K; the enumeration takes two values with these moments.
///
/// Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning", Machine
/// Learning 8 (1992), theorem 1; learned baseline: Mnih and Gregor, "Neural variational inference and learning in
/// belief networks", arXiv 1402.0030, section 2.3 (2014).
#[derive(Clone, Copy, Debug)]
pub struct Reinforce {
    baseline: Baseline,
}

impl Reinforce {
    /// Makes the estimator.
    ///
    /// # Errors
    /// A mean of no draws.
    pub fn new(baseline: Baseline) -> Result<Self, CompareError> {
        if let Baseline::Mean(k) = baseline {
            CompareError::unless_at_least(1, k)?;
        }
        Ok(Self { baseline })
    }
}

fn estimate(problem: &Tabulated<'_>, state: usize, b: f64) -> Vec<f64> {
    scaled(problem.score(state), problem.cost(state) - b)
}

impl Estimator for Reinforce {
    fn name(&self) -> &str {
        "reinforce"
    }

    fn params(&self) -> String {
        match self.baseline {
            Baseline::None => "baseline none".into(),
            Baseline::Mean(k) => format!("baseline mean, K {k}"),
            Baseline::Learned => "baseline expected cost".into(),
        }
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let [own, earlier] = key.split();
        let b = match self.baseline {
            Baseline::None => 0.0,
            Baseline::Mean(k) => {
                let cost = |i| problem.cost(problem.sample(earlier.fold_in(i as u64)));
                (0..k).map(cost).sum::<f64>() / k as f64
            }
            Baseline::Learned => problem.expected_cost(),
        };
        estimate(problem, problem.sample(own), b)
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        let mean = problem.expected_cost();
        let spread = match self.baseline {
            Baseline::None => return each_state(problem, visit, |s| estimate(problem, s, 0.0)),
            Baseline::Learned => 0.0,
            Baseline::Mean(k) => {
                let square = |s| problem.probability(s) * (problem.cost(s) - mean).powi(2);
                ((0..problem.states()).map(square).sum::<f64>() / k as f64).sqrt()
            }
        };
        for b in [mean - spread, mean + spread] {
            each_state(problem, &mut |p, x| visit(p / 2.0, x), |s| estimate(problem, s, b));
        }
        true
    }
}
