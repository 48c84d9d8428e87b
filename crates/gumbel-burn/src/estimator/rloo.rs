//! `rloo`: several samples, each with the others as its baseline.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::samples::Samples;
use super::variables::Variables;
use crate::error::Error;

/// REINFORCE with the mean of the other samples as the baseline, RLOO.
///
/// ```text
/// mean_k (f(D_k) - mean_{j != k} f(D_j)) (D_k - pi)
/// ```
///
/// Unbiased; K evaluations, at corners. Keeps the K samples.
///
/// Kool, van Hoof and Welling, "Buy 4 REINFORCE samples, get a baseline for free!", ICLR workshop (2019).
///
/// A cost that is a table needs no gradient. The mean of 20,000 estimates is J(pi) c, here by hand for equal logits:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Rloo, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::zeros([20_000, 1, 3], &device).require_grad();
/// let table = Tensor::<1>::from_floats([5.0, 1.0, 3.0], &device);
/// let look_up = |x: Tensor<3>| Ok(table.clone().select(0, x.argmax(2).flatten::<1>(0, 2)));
/// let variables = Variables::new(theta.clone(), Key::new(7));
/// let estimate = Rloo::new(4)?.estimate(&variables, &Cost::without_gradient(&look_up))?;
/// let gradient = theta.grad(&estimate.surrogate.sum().backward()).unwrap().mean_dim(0);
/// let by_hand = [2.0, -2.0, 0.0].map(|c: f32| c / 3.0); // (c - mean of c) / 3
/// for (found, expected) in gradient.into_data().iter::<f32>().zip(by_hand) {
///     assert!((found - expected).abs() < 0.03, "{found} {expected}");
/// }
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rloo {
    k: usize,
}

impl Rloo {
    /// Makes the estimator of K samples.
    ///
    /// # Errors
    /// K below 2.
    pub fn new(k: usize) -> Result<Self, Error> {
        Error::unless_samples("rloo", 2, k)?;
        Ok(Self { k })
    }
}

impl Estimator for Rloo {
    fn name(&self) -> &str {
        "rloo"
    }

    fn settings(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        self.k
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let drawn = Samples::draw(variables, cost, self.k)?;
        // f_k - mean of the others = (f_k - mean of all) K / (K - 1).
        let scale = self.k as f64 / (self.k as f64 - 1.0);
        let scale = drawn.deviations[0].full_like(scale);
        Ok(drawn.estimate(variables, scale))
    }
}
