//! `gumbel-rao`: straight-through Gumbel-Softmax with the noise averaged out given the sample.

use burn::tensor::Tensor;

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::passage::pass;
use super::variables::Variables;
use crate::backend::Passage;
use crate::error::Error;

/// Straight-through Gumbel-Softmax, averaged over K draws of the noise given D.
///
/// ```text
/// mean_k J(softmax(Z_k/tau)) g / tau     Z_k = theta + G given argmax = D
/// ```
///
/// There is no derivative through Z given D: with it the mean is another one. Biased, with the mean of
/// [`StraightThroughGumbelSoftmax`](super::StraightThroughGumbelSoftmax) at the same tau and at most its variance. As
/// tau goes to 0 its mean given D tends to [`Zgr`](super::Zgr), and its variance grows as 1/(K tau). 1 evaluation, with
/// the gradient at a corner. On the CPU one fused operation: it keeps theta and D, and the backward pass makes each of
/// the K draws again. Elsewhere the K relaxed samples are kept.
///
/// Paulus, Maddison and Krause, "Rao-Blackwellizing the straight-through Gumbel-Softmax gradient estimator", arXiv
/// 2010.04838, section 3 (2020).
///
/// The variance of the gradient is less than with one draw of the noise, and the samples are the same:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator as es;
/// use gumbel_burn::estimator::Estimator;
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::zeros([2000, 1, 4], &device).require_grad();
/// let variables = es::Variables::new(theta.clone(), Key::new(7)).with_tau(0.3);
/// let cost = |x: Tensor<3>| Ok(x.cumsum(2).sum_dim(2).square().flatten(0, 2));
/// let of = |estimator: &dyn Estimator| {
///     let estimate = estimator.estimate(&variables, &es::Cost::at_corners(&cost))?;
///     let gradient = theta.grad(&estimate.surrogate.sum().backward()).unwrap();
///     let variance = gradient.var(0).sum().into_scalar::<f32>();
///     Ok::<_, gumbel_burn::Error>((estimate.cost.into_data(), variance))
/// };
/// let (one, rao) = (of(&es::StraightThroughGumbelSoftmax)?, of(&es::GumbelRao::new(10)?)?);
/// assert_eq!(one.0, rao.0);
/// assert!(rao.1 < 0.7 * one.1);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GumbelRao {
    k: usize,
}

impl GumbelRao {
    /// Makes the estimator with K draws of the noise.
    ///
    /// # Errors
    /// K = 0.
    pub fn new(k: usize) -> Result<Self, Error> {
        Error::unless_samples("gumbel-rao", 1, k)?;
        Ok(Self { k })
    }

    /// The sample, with the mean of J(softmax(Z_k/tau)) / tau as its derivative in theta, for Z of any logits given the
    /// sample. Draws `first ..` make the noise.
    pub(super) fn soft(
        self,
        variables: &Variables,
        logits: Tensor<3>,
        sample: Tensor<3>,
        tau: f64,
        first: u64,
    ) -> Tensor<3> {
        let (keys, offset) = variables.draws(first, self.k);
        pass(variables, logits, sample, Passage::Averaged { tau, keys, offset })
    }
}

impl Estimator for GumbelRao {
    fn name(&self) -> &str {
        "gumbel-rao"
    }

    fn settings(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn default_tau(&self) -> Option<f64> {
        Some(0.5)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let (d, theta) = (variables.sample(0)?, variables.constant_logits());
        let d = self.soft(variables, theta, d, variables.tau(), 1);
        Ok(Estimate::of_cost(cost.at(d)?))
    }
}
