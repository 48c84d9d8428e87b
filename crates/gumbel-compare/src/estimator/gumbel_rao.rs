//! `gumbel-rao`: straight-through Gumbel-Softmax with the noise averaged out given the sample.

use gumbel::Key;

use super::interface::{Estimator, Needs};
use super::straight_through::through_softmax;
use crate::error::CompareError;
use crate::simplex::add_scaled;
use crate::tabulated::Tabulated;

/// Straight-through Gumbel-Softmax, averaged over K draws of the noise given D.
///
/// ```text
/// mean_k J(softmax(Z_k/tau)) g / tau     Z_k = theta + G given argmax = D
/// ```
///
/// There is no derivative through Z given D: with it the mean is another one. Biased, with the mean of
/// [`StraightThroughGumbelSoftmax`](super::StraightThroughGumbelSoftmax) at the same tau and at most its variance. As
/// tau goes to 0 it tends to [`Zgr`](super::Zgr). 1 evaluation, with the gradient at a corner.
///
/// Paulus, Maddison and Krause, "Rao-Blackwellizing the straight-through Gumbel-Softmax gradient estimator", arXiv
/// 2010.04838, section 3 (2020).
#[derive(Clone, Copy, Debug)]
pub struct GumbelRao {
    tau: f64,
    k: usize,
}

impl GumbelRao {
    /// Makes the estimator at a temperature, with K draws of the noise.
    ///
    /// # Errors
    /// tau not a finite number above 0; K = 0.
    pub fn new(tau: f64, k: usize) -> Result<Self, CompareError> {
        CompareError::unless_positive("tau", tau)?;
        CompareError::unless_at_least(1, k)?;
        Ok(Self { tau, k })
    }

    /// The estimate given D, with logits that may be others than those of D's law.
    pub(super) fn given(
        self,
        problem: &Tabulated<'_>,
        logits: &[f64],
        state: usize,
        key: Key,
    ) -> Vec<f64> {
        let z = problem.posterior(logits, state, self.k, key);
        let mut mean = vec![0.0; logits.len()];
        for z in z.chunks_exact(logits.len()) {
            let one = through_softmax(z, problem.gradient(state), problem.classes(), self.tau);
            add_scaled(&mut mean, 1.0 / self.k as f64, &one);
        }
        mean
    }
}

impl Estimator for GumbelRao {
    fn name(&self) -> &str {
        "gumbel-rao"
    }

    fn params(&self) -> String {
        format!("tau {}, K {}", self.tau, self.k)
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
        let [sample, noise] = key.split();
        self.given(problem, problem.logits(), problem.sample(sample), noise)
    }
}
