//! `gapped-straight-through`: logits moved so that D is their argmax by a gap, without noise.

use gumbel::Key;

use super::enumeration::each_state;
use super::interface::{Estimator, Needs};
use super::straight_through::through_softmax;
use crate::error::CompareError;
use crate::tabulated::Tabulated;

/// The gap of [`GappedStraightThrough`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gap {
    /// The same gap for every class.
    Constant(f64),
    /// -ln(1 - pi_D) / pi_D: small for a rare class.
    Probability,
}

/// The straight-through estimator with logits at which D is the argmax by a gap.
///
/// ```text
/// t = theta + (max theta - theta_D) D - (theta - max theta + gap)_+ (1 - D)
/// J(softmax(t/tau)) g / tau
/// ```
///
/// The moves of the logits are constants. Biased; 1 evaluation, with the gradient at a corner. For one class the
/// estimate is 0, whatever the gap.
///
/// Fan, Chi, Rudnicky and Ramadge, "Training discrete deep generative models via gapped straight-through estimator",
/// arXiv 2206.07235 (2022).
#[derive(Clone, Copy, Debug)]
pub struct GappedStraightThrough {
    gap: Gap,
    tau: f64,
}

impl GappedStraightThrough {
    /// Makes the estimator with a gap, at a temperature.
    ///
    /// # Errors
    /// A gap that is not a finite number, 0 or above; tau not a finite number above 0.
    pub fn new(gap: Gap, tau: f64) -> Result<Self, CompareError> {
        CompareError::unless_positive("tau", tau)?;
        if let Gap::Constant(gap) = gap {
            let good = gap >= 0.0 && gap.is_finite();
            CompareError::unless(good, "gap", "a finite number, 0 or above", gap)?;
        }
        Ok(Self { gap, tau })
    }

    fn at(self, problem: &Tabulated<'_>, state: usize) -> Vec<f64> {
        let k = problem.classes();
        let mut t = problem.logits().to_vec();
        for (l, row) in t.chunks_exact_mut(k).enumerate() {
            let d = problem.class(state, l);
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let gap = match self.gap {
                Gap::Constant(gap) => gap,
                Gap::Probability => {
                    let p = problem.probabilities()[l * k + d];
                    -(-p).ln_1p() / p
                }
            };
            for (j, theta) in row.iter_mut().enumerate() {
                let down = (*theta - largest + gap).max(0.0);
                *theta = if j == d { largest } else { *theta - down };
            }
        }
        through_softmax(&t, problem.gradient(state), k, self.tau)
    }
}

impl Estimator for GappedStraightThrough {
    fn name(&self) -> &str {
        "gapped-straight-through"
    }

    fn params(&self) -> String {
        match self.gap {
            Gap::Constant(gap) => format!("gap {gap}, tau {}", self.tau),
            Gap::Probability => format!("gap p, tau {}", self.tau),
        }
    }

    fn tau(&self) -> Option<f64> {
        Some(self.tau)
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
