//! `double-cv`: leave-one-out with a Taylor control variate inside and outside the baseline.

use burn::tensor::{Device, Tensor};
use gumbel::Key;

use super::algebra::{dot, jacobian, sum};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::samples::WithGradients;
use super::variables::Variables;
use crate::error::Error;

/// Leave-one-out REINFORCE with double control variates.
///
/// ```text
/// mean_k [(f_k + a b_k - mean_{j != k} (f_j + a b_j)) (D_k - pi)] - a J(pi) mean_k g_k
/// f_k = f(D_k),  b_k = gbar_k . (D_k - pi) over all variables,  gbar_k = mean_{j != k} g_j
/// ```
///
/// b_k uses the gradients of the other samples, so that E[b_k (D_k - pi)] = J(pi) E g is known up to gradients that are
/// there already. Unbiased for every a; a = -1 removes the linear part of the cost from the first term. The parameter
/// is a; its objective is the squared norm of the estimate. The paper is for two classes, and the same proof holds for
/// k. 2 K evaluations: K with gradients at corners, and K for the network in the cost. On two of three test problems
/// a = -0.7 is near the least variance.
///
/// Titsias and Shi, "Double control variates for gradient estimation in discrete latent variable models", arXiv
/// 2111.05300 (2021).
///
/// At a = -1 no noise is left of a linear cost, as with [`MuProp`](super::MuProp), but the cost is evaluated at corners
/// alone:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, DoubleCv, Estimator, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::zeros([100, 3], &device).require_grad();
/// let ones = |x| Ok(Variables::yes(x).sum_dim(1).flatten(0, 1));
/// let spread = |a| {
///     let estimator = DoubleCv::new(2, a).unwrap();
///     let own = estimator.parameters(3, 2, Key::new(0), &device);
///     let variables = Variables::bernoulli(log_odds.clone(), Key::new(7)).with_parameters(own);
///     let estimate = estimator.estimate(&variables, &Cost::at_corners(&ones)).unwrap();
///     let gradient = log_odds.grad(&estimate.surrogate.sum().backward()).unwrap();
///     (gradient - 0.25).abs().max().into_scalar::<f32>()
/// };
/// assert!(spread(-1.0) < 1e-6);
/// assert!(spread(0.0) > 0.5); // leave-one-out without control variates
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DoubleCv {
    k: usize,
    alpha: f64,
}

impl DoubleCv {
    /// Makes the estimator of K samples with an initial value of the coefficient a.
    ///
    /// # Errors
    /// K below 2; a not finite.
    pub fn new(k: usize, alpha: f64) -> Result<Self, Error> {
        Error::unless_samples("double-cv", 2, k)?;
        Error::unless_finite("double-cv", "alpha", alpha)?;
        Ok(Self { k, alpha })
    }
}

impl Estimator for DoubleCv {
    fn name(&self) -> &str {
        "double-cv"
    }

    fn settings(&self) -> String {
        format!("K {}, alpha {}", self.k, self.alpha)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        2 * self.k
    }

    fn parameters(&self, _: usize, _: usize, _: Key, device: &Device) -> Vec<Tensor<2>> {
        vec![Tensor::full([1, 1], self.alpha, device)]
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let [alpha] = variables.parameters([[1, 1]])?;
        let drawn = WithGradients::draw(variables, cost, self.k)?;
        let others = 1.0 / (self.k as f64 - 1.0);
        let total = sum(drawn.gradients.clone());
        let pairs = drawn.gradients.iter().zip(&drawn.scores);
        let b = pairs.map(|(g, score)| dot(total.clone() - g.clone(), score.clone()));
        let b: Vec<_> = b.map(|b| b.mul_scalar(others)).collect();
        let own = drawn.leave_one_out(&b);
        let mean_g = total.div_scalar(self.k as f64);
        let slope = own - jacobian(variables.probabilities(), mean_g);
        let alpha = alpha.reshape([1, 1, 1]);
        let estimate = drawn.leave_one_out(&drawn.costs) + alpha * slope;
        Ok(Estimate::trained(drawn.cost, variables, estimate))
    }
}
