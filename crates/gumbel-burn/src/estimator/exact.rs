//! `exact`: the sum over all states.

use burn::tensor::{Int, Tensor, activation};

use super::algebra::{dot, sum};
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
/// corners, at most 2^14.
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
        let terms = (0..states).map(|state| {
            let class = |l: usize| (state / k.pow((v - 1 - l) as u32) % k) as i64;
            let classes: Vec<i64> = (0..v).map(class).collect();
            let classes = Tensor::<1, Int>::from_ints(classes.as_slice(), &logits.device());
            let d = one_hot(classes.reshape([1, v, 1]).expand([rows, v, 1]), &logits);
            let p = dot(d.clone(), ln_pi.clone()).exp();
            Ok(p * cost.at(d)?)
        });
        Ok(Estimate::of_cost(sum(terms.collect::<Result<Vec<_>, Error>>()?)))
    }
}
