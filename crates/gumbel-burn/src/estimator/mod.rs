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

use burn::tensor::Tensor;
use strum::{Display, EnumIter, EnumString, IntoStaticStr, VariantNames};

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

/// A gradient estimator for categorical latents. The name of a variant is its name in kebab case.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr, VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = Error, parse_err_fn = unknown_estimator)]
#[non_exhaustive]
pub enum Estimator {
    /// The relaxed sample and its exact gradient.
    GumbelSoftmax,
    /// The one-hot sample, with the gradient of the relaxed sample.
    StraightThroughGumbelSoftmax,
}

fn unknown_estimator(found: &str) -> Error {
    Error::UnknownEstimator { found: found.to_owned(), known: Estimator::VARIANTS }
}

impl Estimator {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        assert_eq!(Estimator::VARIANTS, ["gumbel-softmax", "straight-through-gumbel-softmax"]);
        for name in Estimator::VARIANTS {
            assert_eq!(name.parse::<Estimator>().unwrap().to_string(), *name);
        }
        let error = "gumbel".parse::<Estimator>().unwrap_err().to_string();
        assert!(Estimator::VARIANTS.iter().all(|name| error.contains(name)), "{error}");
    }
}
