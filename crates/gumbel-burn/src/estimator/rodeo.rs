//! `rodeo`: leave-one-out with control variates from a discrete Stein operator.

use burn::tensor::{Device, Tensor};
use gumbel::Key;

use super::algebra::{dot, jacobian, mean, per_row, sum};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::samples::WithGradients;
use super::variables::Variables;
use crate::error::Error;

/// Leave-one-out REINFORCE with Stein control variates, RODEO.
///
/// ```text
/// mean_k [(f_k - mean_{j != k} (f_j + alpha (A h_j)(D_j))) (D_k - pi) + beta (A (h_k score))(D_k)]
/// (A h)(x) = mean_l E[h(y) | y = x but for variable l] - h(x)     y_l ~ pi_l
/// h_k(y) = mean_{j != k} (f_j + g_j . (y - D_j))
/// ```
///
/// A is the operator of the Gibbs sampler that renews a variable at random, so E (A h)(D) = 0 for every h; h_k uses
/// the other samples only. The paper's h has a network of the two terms; here it is their sum. Unbiased for all
/// coefficients: (A h_j)(D_j) depends on D_k through h_j, and has mean 0 given D_k. The parameters are alpha and beta;
/// their objective is the squared norm of the estimate. The paper is for two classes, and the same proof holds for k.
/// 2 K evaluations: K with gradients at corners, and K for the network in the cost. On two of three test problems
/// alpha = 2, beta = 1 are near the least variance.
///
/// Shi, Zhou, Hwang, Titsias and Mackey, "Gradient estimation with discrete Stein operators", arXiv 2202.09497
/// (2022).
///
/// With both coefficients 0 it is [`Rloo`](super::Rloo), draw by draw; the control variates take variance away.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Rloo, Rodeo, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::zeros([2000, 4], &device).require_grad();
/// let square = |x| Ok((Variables::yes(x).sum_dim(1) + 1.0).square().flatten(0, 1));
/// let of = |estimator: &dyn Estimator| {
///     let own = estimator.parameters(4, 2, Key::new(0), &device);
///     let variables = Variables::bernoulli(log_odds.clone(), Key::new(7)).with_parameters(own);
///     let surrogate = estimator.estimate(&variables, &Cost::at_corners(&square))?.surrogate;
///     Ok::<_, gumbel_burn::Error>(log_odds.grad(&surrogate.sum().backward()).unwrap())
/// };
/// let [none, rodeo] = [(0.0, 0.0), (2.0, 1.0)].map(|(alpha, beta)| Rodeo::new(2, alpha, beta));
/// let (rloo, none, rodeo) = (of(&Rloo::new(2)?)?, of(&none?)?, of(&rodeo?)?);
/// assert!((rloo.clone() - none).abs().max().into_scalar::<f32>() < 1e-4);
/// let [rloo, rodeo] = [rloo, rodeo].map(|x| x.var(0).sum().into_scalar::<f32>());
/// assert!(rodeo < 0.7 * rloo);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rodeo {
    k: usize,
    alpha: f64,
    beta: f64,
}

impl Rodeo {
    /// Makes the estimator of K samples with initial values of the coefficients.
    ///
    /// # Errors
    /// K below 2; a coefficient that is not finite.
    pub fn new(k: usize, alpha: f64, beta: f64) -> Result<Self, Error> {
        Error::unless_samples("rodeo", 2, k)?;
        Error::unless_finite("rodeo", "alpha", alpha)?;
        Error::unless_finite("rodeo", "beta", beta)?;
        Ok(Self { k, alpha, beta })
    }
}

impl Estimator for Rodeo {
    fn name(&self) -> &str {
        "rodeo"
    }

    fn settings(&self) -> String {
        format!("K {}, alpha {}, beta {}", self.k, self.alpha, self.beta)
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
        [self.alpha, self.beta].map(|x| Tensor::full([1, 1], x, device)).into()
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let [alpha, beta] = variables.parameters([[1, 1]; 2])?.map(|x| x.reshape([1, 1, 1]));
        let drawn = WithGradients::draw(variables, cost, self.k)?;
        let (l, others) = (variables.dims()[1] as f64, 1.0 / (self.k as f64 - 1.0));
        let pi = variables.probabilities();
        let total = sum(drawn.gradients.clone());
        // h_k is linear: `slope` is its gradient, and `value` is h_k(D_k).
        let constant_terms = (0..self.k).map(|j| {
            drawn.costs[j].clone() - dot(drawn.gradients[j].clone(), drawn.samples[j].clone())
        });
        let constant_terms: Vec<_> = constant_terms.collect();
        let all = sum(constant_terms.clone());
        let (mut along, mut outer) = (Vec::new(), Vec::new());
        for (k, score) in drawn.scores.iter().enumerate() {
            let slope = (total.clone() - drawn.gradients[k].clone()).mul_scalar(others);
            let rest = (all.clone() - constant_terms[k].clone()).mul_scalar(others);
            let value = rest + dot(slope.clone(), drawn.samples[k].clone());
            let dots = slope.clone() * score.clone();
            let whole = dot(slope.clone(), score.clone());
            // A (h score) of variable m: terms l != m change h alone, term m is J(pi) slope - h score.
            let without = per_row(whole.clone() + value) - dots.sum_dim(2);
            outer.push((jacobian(pi.clone(), slope) - without * score.clone()).div_scalar(l));
            along.push(whole.div_scalar(-l));
        }
        // (A h_j)(D_j) = -slope_j . (D_j - pi) / v, of the others, with the sign of a baseline.
        let sum_along = sum(along.clone());
        let inner = along.into_iter().zip(&drawn.scores).map(|(own, score)| {
            per_row((sum_along.clone() - own).mul_scalar(-others)) * score.clone()
        });
        let inner = mean(inner.collect());
        let estimate = drawn.leave_one_out(&drawn.costs) + alpha * inner + beta * mean(outer);
        Ok(Estimate::trained(drawn.cost, variables, estimate))
    }
}
