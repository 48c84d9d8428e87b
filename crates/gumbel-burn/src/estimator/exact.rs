//! `exact`: the sum over all states.

use burn::tensor::{Int, Tensor, activation};

use super::algebra::{constant, dot, sum};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::{Variables, one_hot};
use crate::error::Error;

/// The exact gradient.
///
/// ```text
/// d/dtheta sum_D P(D) f(D)     over the k^v states D
/// ```
///
/// No noise: the expected cost itself, with its gradient also in the parameters of the cost. k^v evaluations, at
/// corners, at most 2^14. The closure also gets states of probability 0; their cost is not used, and may be infinite or
/// NaN.
///
/// For two Bernoulli variables and the cost "they differ", E f = p (1 - q) + q (1 - p), so the derivative in the first
/// log-odds is (1 - 2q) p (1 - p):
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Exact, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::from_floats([[0.5, -1.0]], &device).require_grad();
/// let differ = |x| Ok(Variables::yes(x).sum_dim(1).equal_elem(1.0).float().flatten(0, 1));
/// let variables = Variables::bernoulli(log_odds.clone(), Key::new(7));
/// let estimate = Exact.estimate(&variables, &Cost::without_gradient(&differ))?;
/// let [p, q] = [0.5, -1.0_f32].map(|x| 1.0 / (1.0 + (-x).exp()));
/// assert!((estimate.cost.into_scalar::<f32>() - (p * (1.0 - q) + q * (1.0 - p))).abs() < 1e-6);
/// let gradient = log_odds.grad(&estimate.surrogate.backward()).unwrap().into_data();
/// let by_hand = [(1.0 - 2.0 * q) * p * (1.0 - p), (1.0 - 2.0 * p) * q * (1.0 - q)];
/// assert!(gradient.iter::<f32>().zip(by_hand).all(|(a, b)| (a - b).abs() < 1e-6));
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Exact;

/// The most states that are summed.
const MOST_STATES: usize = 1 << 14;

impl Estimator for Exact {
    fn name(&self) -> &str {
        "exact"
    }

    fn unbiased(&self) -> bool {
        true
    }

    fn needs(&self) -> Needs {
        Needs::Costs
    }

    fn evaluations(&self, variables: usize, classes: usize) -> usize {
        let exponent = u32::try_from(variables).unwrap_or(u32::MAX);
        classes.checked_pow(exponent).unwrap_or(usize::MAX)
    }

    fn check(&self, variables: usize, classes: usize) -> Result<(), Error> {
        if self.evaluations(variables, classes) <= MOST_STATES {
            return Ok(());
        }
        let problem = format!("expected at most {MOST_STATES} states, found {classes}^{variables}");
        Err(Error::estimator(self.name(), problem))
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let [rows, v, k] = variables.dims();
        let states = self.evaluations(v, k);
        let logits = variables.logits();
        // Of a class of -inf only the probability 0 is used: its logarithm would be NaN times 0.
        let ln_pi = activation::log_softmax(variables.finite_logits(), 2);
        let mut first = None;
        let terms = (0..states).map(|state| {
            let class = |l: usize| (state / k.pow((v - 1 - l) as u32) % k) as i64;
            let classes: Vec<i64> = (0..v).map(class).collect();
            let classes = Tensor::<1, Int>::from_ints(classes.as_slice(), &logits.device());
            let d = one_hot(classes.reshape([1, v, 1]).expand([rows, v, 1]), &logits);
            let p = dot(d.clone(), ln_pi.clone()).exp();
            let cost = cost.at(d)?.mask_fill(constant(p.clone()).equal_elem(0.0), 0.0);
            // Less the first cost: the probabilities have the sum 1, and a large cost would take their digits.
            let first = first.get_or_insert_with(|| constant(cost.clone())).clone();
            Ok(p * (cost - first))
        });
        let terms = terms.collect::<Result<Vec<_>, Error>>()?;
        Ok(Estimate::of_cost(sum(terms) + first.expect("at least one state")))
    }
}
