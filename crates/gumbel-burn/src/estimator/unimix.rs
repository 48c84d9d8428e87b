//! `Unimix`: an option for every estimator, the law mixed with the uniform one.

use burn::tensor::{Device, Tensor};
use gumbel::Key;

use super::algebra::softmax;
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// An estimator under the mixed law p = (1 - u) softmax(theta) + u/k.
///
/// The estimator sees [`unimix`], the logits ln p, and the chain rule leads back to theta. An unbiased estimator stays
/// unbiased for the gradient of the expected cost under the mixed law. A class of logit -inf has the probability u/k, so
/// it is drawn: a mask needs u = 0. A model that uses its logits elsewhere too, in a divergence or an evaluation, calls
/// [`unimix`] itself instead of this wrapper.
///
/// Hafner, Pasukonis, Ba and Lillicrap, "Mastering diverse domains through world models", arXiv 2301.04104 (2023), with
/// u = 0.01.
///
/// ```
/// use gumbel_burn::estimator::{Estimator, Unimix, Zgr};
/// assert_eq!(Unimix::new(Zgr, 0.01)?.settings(), "unimix 0.01");
/// # Ok::<(), gumbel_burn::Error>(())
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
    /// u not 0, and not from 1e-30 to 1.
    pub fn new(estimator: E, u: f64) -> Result<Self, Error> {
        check(u)?;
        Ok(Self { estimator, u })
    }
}

fn check(u: f64) -> Result<(), Error> {
    // A smaller share is 0 in f32, and the logarithm of a class without probability has no derivative.
    if u == 0.0 || (1e-30..=1.0).contains(&u) {
        return Ok(());
    }
    Err(gumbel::Error::Parameter {
        argument: "unimix",
        expected: "0, or a number from 1e-30 to 1",
        found: u,
    }
    .into())
}

/// The logits ln p of the mixed law p = (1 - u) softmax(theta) + u/k, with gradients: `[rows, v, k]` for logits of that
/// shape. With u = 0 the logits are returned as they are. The logits are not checked: a NaN stays one.
///
/// # Errors
/// u not 0, and not from 1e-30 to 1.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let logits = Tensor::<3>::from_floats([[[0.0, 100.0]]], &Device::flex());
/// let p = gumbel_burn::estimator::unimix(logits, 0.01)?.exp();
/// assert!((p.min().into_scalar::<f32>() - 0.005).abs() < 1e-7);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn unimix(logits: Tensor<3>, u: f64) -> Result<Tensor<3>, Error> {
    check(u)?;
    if u == 0.0 {
        return Ok(logits);
    }
    let uniform = u / logits.dims()[2].max(1) as f64;
    Ok(softmax(logits).mul_scalar(1.0 - u).add_scalar(uniform).log())
}

impl<E: Estimator> Estimator for Unimix<E> {
    fn name(&self) -> &str {
        self.estimator.name()
    }

    fn settings(&self) -> String {
        let own = self.estimator.settings();
        let comma = if own.is_empty() { "" } else { ", " };
        format!("{own}{comma}unimix {}", self.u)
    }

    fn unbiased(&self) -> bool {
        self.estimator.unbiased()
    }

    fn needs(&self) -> Needs {
        self.estimator.needs()
    }

    fn evaluations(&self, variables: usize, classes: usize) -> usize {
        self.estimator.evaluations(variables, classes)
    }

    fn default_tau(&self) -> Option<f64> {
        self.estimator.default_tau()
    }

    fn is_for_bound(&self) -> bool {
        self.estimator.is_for_bound()
    }

    fn parameters(
        &self,
        variables: usize,
        classes: usize,
        key: Key,
        device: &Device,
    ) -> Vec<Tensor<2>> {
        self.estimator.parameters(variables, classes, key, device)
    }

    fn check(&self, variables: usize, classes: usize) -> Result<(), Error> {
        self.estimator.check(variables, classes)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let mixed = unimix(variables.logits(), self.u)?;
        self.estimator.draw(&variables.clone().with_logits(mixed), cost)
    }
}
