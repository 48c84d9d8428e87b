//! The cost of open gates.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A term of the loss that closes gates.
///
/// | penalty | term, with r the mean of all gates given |
/// |---|---|
/// | mean | lambda r |
/// | above-target | lambda max(0, r - target) |
///
/// The penalty "mean" is that of Xu et al., arXiv 2002.12416, section 3.2. Above-target adds nothing to the
/// loss once the share of open gates is at the target.
///
/// r is the mean over the batch given, so a part of a batch is compared with the target by itself. Sampled
/// gates make r noisy, so max(0, r - target) is at times above 0 although the mean of r is at the target:
/// unless another term of the loss opposes this, the share of open gates settles below the target, by up to
/// a few sd(r) = sqrt(mean p(1 - p) / (n c)). [`Gated::keep_probability`](crate::Gated) has no noise.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel_burn::GatePenalty;
/// let gates = Tensor::<2>::from_floats([[1.0, 0.0, 1.0, 1.0]], &Device::flex());
/// let loss = |penalty: GatePenalty| Ok::<f32, gumbel_burn::Error>(penalty.loss(gates.clone())?.into_scalar());
/// assert_eq!(loss(GatePenalty::mean(2.0)?)?, 1.5);
/// assert_eq!(loss(GatePenalty::above_target(2.0, 0.5)?)?, 0.5);
/// assert_eq!(loss(GatePenalty::above_target(2.0, 0.75)?)?, 0.0);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GatePenalty {
    /// A cost proportional to r, the mean of all gates.
    Mean {
        /// The cost when all gates are open.
        lambda: f64,
    },
    /// A cost proportional to the share of open gates above a target.
    AboveTarget {
        /// The factor of the share above the target.
        lambda: f64,
        /// The share of open gates that is free, 0 to 1.
        target: f64,
    },
}

impl GatePenalty {
    /// Makes the penalty lambda r, with r the mean of all gates.
    ///
    /// # Errors
    /// As [`checked`](GatePenalty::checked).
    pub fn mean(lambda: f64) -> Result<Self, Error> {
        Self::Mean { lambda }.checked()
    }

    /// Makes the penalty lambda max(0, r - target), with r the mean of all gates.
    ///
    /// # Errors
    /// As [`checked`](GatePenalty::checked).
    pub fn above_target(lambda: f64, target: f64) -> Result<Self, Error> {
        Self::AboveTarget { lambda, target }.checked()
    }

    /// Checks the parameters of a penalty that was written as a literal or read from a file, and returns it.
    ///
    /// # Errors
    /// lambda not from 0 to 1e30, target not from 0 to 1.
    pub fn checked(self) -> Result<Self, Error> {
        let refused = |argument, expected, found| {
            Err(gumbel::Error::Parameter { argument, expected, found }.into())
        };
        let (Self::Mean { lambda } | Self::AboveTarget { lambda, .. }) = self;
        if !(0.0..=1e30).contains(&lambda) {
            return refused("lambda", "a number from 0 to 1e30", lambda);
        }
        match self {
            Self::AboveTarget { target, .. } if !(0.0..=1.0).contains(&target) => {
                refused("target", "a share from 0 to 1", target)
            }
            _ => Ok(self),
        }
    }

    /// Returns the term of the loss, `[1]`, for gates `[n, c]`.
    ///
    /// # Errors
    /// As [`checked`](GatePenalty::checked); also no gates at all.
    pub fn loss(&self, gates: Tensor<2>) -> Result<Tensor<1>, Error> {
        let penalty = self.checked()?;
        if gates.dims().contains(&0) {
            Err(gumbel::Error::TooFew { argument: "gates", least: 1, found: 0 })?;
        }
        // Row by row first, so that the order of the sum is fixed at every size.
        let rate = gates.mean_dim(1).mean();
        Ok(match penalty {
            Self::Mean { lambda } => rate.mul_scalar(lambda),
            Self::AboveTarget { lambda, target } => {
                activation::relu(rate.sub_scalar(target)).mul_scalar(lambda)
            }
        })
    }
}
