//! Gradient estimators behind one interface, chosen by name.
//!
//! A model is written once, as a function from a sample to a cost for each row:
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use gumbel::Key;
//! use gumbel_burn::estimator::Estimator;
//!
//! let device = Device::flex().autodiff();
//! let logits = Tensor::<3>::zeros([16, 20, 10], &device).require_grad();
//! let estimator: Estimator = "straight-through-gumbel-softmax".parse()?;
//! let run_key = Key::new(7);
//! for step in 0..3 {
//!     let estimate = estimator.estimate(logits.clone(), 0.5, run_key.fold_in(step), |sample| {
//!         sample.powi_scalar(2).sum_dim(2).sum_dim(1).flatten(0, 2)
//!     })?;
//!     assert_eq!(estimate.cost.dims(), [16]);
//!     let grads = estimate.surrogate.mean().backward();
//!     assert!(logits.grad(&grads).is_some());
//! }
//! # Ok::<(), gumbel_burn::Error>(())
//! ```
//!
//! | name | biased | evaluations | kept in memory | paper |
//! |---|---|---|---|---|
//! | `gumbel-softmax` | unbiased for the relaxed cost, biased for the discrete one | 1, at the soft sample | soft sample | Jang 2016, Maddison 2016 |
//! | `straight-through-gumbel-softmax` | biased | 1, at the one-hot sample | soft sample | Jang 2016 |

mod gumbel_softmax;
mod straight_through_gumbel_softmax;

use core::fmt;
use core::str::FromStr;

use burn::tensor::Tensor;

use crate::error::Error;
use crate::noise::Noise;

/// The result of [`Estimator::estimate`]: the cost of each row, and a surrogate whose gradient is the
/// estimate.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The cost of each row, `[rows]`, as the closure returned it.
    pub cost: Tensor<1>,
    /// A value of each row, `[rows]`, whose gradient is the estimate. For a path-wise estimator the value
    /// is the cost itself.
    pub surrogate: Tensor<1>,
}

/// A gradient estimator for categorical latents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Estimator {
    /// The relaxed sample and its exact gradient.
    GumbelSoftmax,
    /// The one-hot sample, with the gradient of the relaxed sample.
    StraightThroughGumbelSoftmax,
}

impl Estimator {
    /// The names of all estimators, as `FromStr` reads them.
    pub const NAMES: [&'static str; 2] = ["gumbel-softmax", "straight-through-gumbel-softmax"];

    /// The name of this estimator, one of [`Estimator::NAMES`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::GumbelSoftmax => Self::NAMES[0],
            Self::StraightThroughGumbelSoftmax => Self::NAMES[1],
        }
    }

    /// Estimates the gradient of the expected cost with respect to the logits.
    ///
    /// `logits: [rows, v, k]`, v variables of k classes; `tau` and `noise` as in
    /// [`gumbel_softmax`](crate::gumbel_softmax); `cost` maps a sample of the shape of the logits to a cost
    /// for each row, `[rows]`.
    ///
    /// # Errors
    /// As [`gumbel_softmax`](crate::gumbel_softmax).
    pub fn estimate(
        self,
        logits: Tensor<3>,
        tau: f64,
        noise: impl Into<Noise<Tensor<3>>>,
        cost: impl Fn(Tensor<3>) -> Tensor<1>,
    ) -> Result<Estimate, Error> {
        match self {
            Self::GumbelSoftmax => gumbel_softmax::estimate(logits, tau, noise.into(), cost),
            Self::StraightThroughGumbelSoftmax => {
                straight_through_gumbel_softmax::estimate(logits, tau, noise.into(), cost)
            }
        }
    }
}

impl FromStr for Estimator {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        [Self::GumbelSoftmax, Self::StraightThroughGumbelSoftmax]
            .into_iter()
            .find(|estimator| estimator.name() == name)
            .ok_or_else(|| Error::UnknownEstimator { found: name.to_owned(), known: &Self::NAMES })
    }
}

impl fmt::Display for Estimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for name in Estimator::NAMES {
            assert_eq!(name.parse::<Estimator>().unwrap().to_string(), name);
        }
        let error = "gumbel".parse::<Estimator>().unwrap_err().to_string();
        assert!(Estimator::NAMES.iter().all(|name| error.contains(name)), "{error}");
    }
}
