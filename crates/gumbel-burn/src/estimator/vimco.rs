//! `vimco`: the leave-one-out estimator for the multi-sample bound.

use burn::tensor::Tensor;

use super::algebra::{constant, mean, per_row, sum};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// The estimator of the gradient of the multi-sample bound of K draws, VIMCO.
///
/// ```text
/// -L = -E ln mean_k e^(l_k)     l_k = -f(D_k) = ln p(x, D_k) - ln q(D_k)
/// -sum_k (L_hat - L_hat_-k) (D_k - pi) - sum_j w_j grad l_j
/// L_hat_-k: in L_hat, l_k is replaced by the mean of the others (the geometric mean of the weights)
/// ```
///
/// The cost is minus the log-weight, and contains ln q(D) with its gradient in theta: the sum over j, w = softmax(l),
/// is the path-wise term, the gradient of the closure's own tensors. The cost of the estimate is -L_hat. Unbiased for
/// the bound. K evaluations, at corners. The costs have to be finite: a sample of likelihood 0 has no log-weight.
///
/// Mnih and Rezende, "Variational inference for Monte Carlo objectives", arXiv 1602.06725 (2016).
///
/// Take weights of 1 and 1/3, each with probability 1/2. The bound of K = 2 is ln(2/3)/2 + ln(1/3)/4, above the
/// -ln(3)/2 of one sample, and the cost is minus the bound in the mean:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Vimco, Variables};
/// let device = Device::flex();
/// let variables = Variables::bernoulli(Tensor::zeros([20_000, 1], &device), Key::new(7));
/// let ln_3 = 3.0_f32.ln();
/// let minus_ln_weight = |x| Ok(Variables::yes(x).flatten::<1>(0, 1) * ln_3);
/// let of = |k| {
///     let cost = Cost::without_gradient(&minus_ln_weight);
///     let estimate = Vimco::new(k)?.estimate(&variables, &cost)?;
///     Ok::<_, gumbel_burn::Error>(-estimate.cost.mean().into_scalar::<f32>())
/// };
/// let (bound, ln_likelihood) = (of(2)?, (2.0_f32 / 3.0).ln());
/// assert!((bound - (ln_likelihood / 2.0 - ln_3 / 4.0)).abs() < 0.015);
/// assert!(bound < of(20)? && of(20)? < ln_likelihood); // closer with more samples
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Vimco {
    k: usize,
}

impl Vimco {
    /// Makes the estimator of K samples.
    ///
    /// # Errors
    /// K below 2.
    pub fn new(k: usize) -> Result<Self, Error> {
        Error::unless_samples("vimco", 2, k)?;
        Ok(Self { k })
    }
}

/// ln mean_k e^(l_k).
fn ln_mean_exp(l: &[Tensor<1>]) -> Tensor<1> {
    let largest = l.iter().cloned().map(constant).reduce(Tensor::max_pair).expect("K tensors");
    let terms = l.iter().map(|l| (l.clone() - largest.clone()).exp()).collect();
    sum(terms).div_scalar(l.len() as f64).log() + largest
}

impl Estimator for Vimco {
    fn name(&self) -> &str {
        "vimco"
    }

    fn settings(&self) -> String {
        format!("K {}", self.k)
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn is_for_bound(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, _variables: usize, _classes: usize) -> usize {
        self.k
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let samples = variables.samples(self.k)?;
        let l = samples.iter().map(|d| Ok(cost.at(d.clone())?.neg()));
        let l = l.collect::<Result<Vec<_>, Error>>()?;
        let bound = ln_mean_exp(&l);
        let values: Vec<_> = l.into_iter().map(constant).collect();
        let hat = constant(bound.clone());
        let terms = samples.into_iter().enumerate().map(|(k, d)| {
            let mut without = values.clone();
            // The mean of the others from the others: a large l_k would take their digits from a sum of all.
            let others = values.iter().enumerate().filter(|(j, _)| *j != k);
            without[k] = mean(others.map(|(_, l)| l.clone()).collect());
            let signal = ln_mean_exp(&without) - hat.clone();
            per_row(signal) * variables.score(d)
        });
        let gradient = sum(terms.collect());
        Ok(Estimate::with_gradient(bound.neg(), variables, gradient))
    }
}
