//! `Unimix`: an option for every estimator, the law mixed with the uniform one.

use gumbel::Key;

use super::interface::{Estimator, Needs};
use crate::error::CompareError;
use crate::simplex::jacobian;
use crate::tabulated::Tabulated;

/// An estimator under the mixed law p = (1 - u) softmax(theta) + u/k.
///
/// ```text
/// J(pi) c,  c_i = (1 - u) x_i / p_i     x the estimate at the logits ln p
/// ```
///
/// The estimator sees ln p as its logits; the chain rule leads back to theta. The target is the gradient of the
/// expected cost under the mixed law, for which an unbiased estimator stays unbiased. u = 0 changes nothing.
///
/// Hafner, Pasukonis, Ba and Lillicrap, "Mastering diverse domains through world models", arXiv 2301.04104 (2023), with
/// u = 0.01.
///
/// ```
/// use gumbel_compare::{Moments, Tabulated, problem::Net};
/// use gumbel_compare::estimator::{Estimator, Indecater, Unimix};
/// let mixed = Unimix::new(Indecater, 0.01)?;
/// assert_eq!(mixed.params(), "unimix 0.01");
/// let moments = Moments::exact(&mixed, &Tabulated::new(&Net)?).expect("a function of D");
/// assert!(moments.bias() < 1e-12);
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Unimix<E> {
    estimator: E,
    u: f64,
}

impl<E: Estimator> Unimix<E> {
    /// Mixes the law of an estimator.
    ///
    /// # Errors
    /// u not from 0 to 1.
    pub fn new(estimator: E, u: f64) -> Result<Self, CompareError> {
        CompareError::unless((0.0..=1.0).contains(&u), "unimix", "a number from 0 to 1", u)?;
        Ok(Self { estimator, u })
    }

    fn mixed<'a>(&self, problem: &Tabulated<'a>) -> Tabulated<'a> {
        let uniform = self.u / problem.classes() as f64;
        let p = problem.probabilities().iter().map(|pi| (1.0 - self.u) * pi + uniform);
        problem.with_logits(p.map(f64::ln).collect())
    }

    fn back(&self, problem: &Tabulated<'_>, mixed: &Tabulated<'_>, x: &[f64]) -> Vec<f64> {
        let p = mixed.probabilities().iter();
        // Without a mixture a probability may underflow to 0; its estimate is then 0 too.
        let ratio = |(x, &p): (&f64, &f64)| if p > 0.0 { (1.0 - self.u) * x / p } else { 0.0 };
        let c: Vec<f64> = x.iter().zip(p).map(ratio).collect();
        jacobian(problem.probabilities(), &c, problem.classes())
    }
}

impl<E: Estimator> Estimator for Unimix<E> {
    fn name(&self) -> &str {
        self.estimator.name()
    }

    fn params(&self) -> String {
        let own = self.estimator.params();
        let comma = if own.is_empty() { "" } else { ", " };
        format!("{own}{comma}unimix {}", self.u)
    }

    fn tau(&self) -> Option<f64> {
        self.estimator.tau()
    }

    fn unbiased(&self) -> bool {
        self.estimator.unbiased()
    }

    fn needs(&self) -> Needs {
        self.estimator.needs()
    }

    fn evaluations(&self, problem: &Tabulated<'_>) -> usize {
        self.estimator.evaluations(problem)
    }

    fn admits(&self, problem: &Tabulated<'_>) -> bool {
        self.estimator.admits(problem)
    }

    fn target(&self, problem: &Tabulated<'_>) -> Vec<f64> {
        let mixed = self.mixed(problem);
        self.back(problem, &mixed, &self.estimator.target(&mixed))
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let mixed = self.mixed(problem);
        self.back(problem, &mixed, &self.estimator.draw(&mixed, key))
    }

    fn enumerate(&self, problem: &Tabulated<'_>, visit: &mut dyn FnMut(f64, &[f64])) -> bool {
        let mixed = self.mixed(problem);
        self.estimator
            .enumerate(&mixed, &mut |weight, x| visit(weight, &self.back(problem, &mixed, x)))
    }
}
