//! `grpo`: several samples with standardised costs.

use burn::tensor::Tensor;

use super::algebra::{LARGEST_SQUARE, sum};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::samples::Samples;
use super::variables::Variables;
use crate::error::Error;

/// The group-relative estimator, as in GRPO: standardised costs times the score.
///
/// ```text
/// mean_k (f(D_k) - m) / (s + 1e-4) (D_k - pi)     m the mean and s the standard deviation of the K costs
/// ```
///
/// The reading here: m includes the own cost, s divides by K - 1, and the ratio of probabilities of the old and the
/// new policy is 1 (the first step after sampling). Biased: the gradient is scaled by about 1/s, differently in each
/// group, and by (K-1)/K. K evaluations, at corners. Keeps the K samples.
///
/// Shao et al., "DeepSeekMath", arXiv 2402.03300, section 4.1.2 (2024).
///
/// The unit of the cost does not matter, up to the 1e-4; with [`Rloo`](super::Rloo) the gradient has that unit.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Grpo, Rloo, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::zeros([50, 1, 3], &device).require_grad();
/// let variables = Variables::new(theta.clone(), Key::new(7));
/// let of = |estimator: &dyn Estimator, unit: f32| {
///     let reward = |x: Tensor<3>| Ok(x.cumsum(2).sum_dim(2).flatten::<1>(0, 2) * unit);
///     let surrogate = estimator.estimate(&variables, &Cost::without_gradient(&reward))?.surrogate;
///     Ok::<_, gumbel_burn::Error>(theta.grad(&surrogate.sum().backward()).unwrap())
/// };
/// let (grpo, rloo) = (Grpo::new(4)?, Rloo::new(4)?);
/// assert!((of(&grpo, 100.0)? - of(&grpo, 1.0)?).abs().max().into_scalar::<f32>() < 1e-3);
/// assert!((of(&rloo, 100.0)? - of(&rloo, 1.0)?).abs().max().into_scalar::<f32>() > 1.0);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Grpo {
    k: usize,
}

impl Grpo {
    /// Makes the estimator of groups of K samples.
    ///
    /// # Errors
    /// K below 2.
    pub fn new(k: usize) -> Result<Self, Error> {
        Error::unless_samples("grpo", 2, k)?;
        Ok(Self { k })
    }
}

/// Added to the standard deviation, as usual implementations do.
const EPSILON: f64 = 1e-4;

impl Estimator for Grpo {
    fn name(&self) -> &str {
        "grpo"
    }

    fn settings(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        self.k
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let drawn = Samples::draw(variables, cost, self.k)?;
        // Squares of large deviations overflow: those are taken in units of the largest one.
        let largest = drawn.deviations.iter().cloned().map(Tensor::abs).reduce(Tensor::max_pair);
        let largest = largest.expect("K samples");
        let usual = largest.clone().lower_elem(LARGEST_SQUARE.sqrt());
        let unit = largest.mask_fill(usual, 1.0);
        let squares = drawn.deviations.iter().map(|f| (f.clone() / unit.clone()).square());
        let squares = sum(squares.collect());
        let deviation = squares.div_scalar(self.k as f64 - 1.0).sqrt() * unit;
        let scale = deviation.add_scalar(EPSILON).recip();
        Ok(drawn.estimate(variables, scale))
    }
}
