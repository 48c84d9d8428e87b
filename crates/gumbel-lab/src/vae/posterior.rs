//! q(z | x) of some images, whatever kind of code it is over.
//!
//! The only place that tells the kinds of code apart while training and evaluating:
//! `categorical.rs` and `gaussian.rs` have one function for each of these.

use burn::tensor::Tensor;
use gumbel::Key;

use crate::error::LabError;
use crate::vae::categorical;
use crate::vae::config::Gradient;
use crate::vae::gaussian;
use crate::vae::latents::LnRatio;

/// What the encoder says of the codes of some images.
#[derive(Clone, Debug)]
pub enum Posterior {
    /// Over discrete choices.
    Categorical(categorical::Posterior),
    /// Over numbers.
    Gaussian(gaussian::Posterior),
}

impl Posterior {
    /// KL(q(z | x) || p(z)) of each row, in nats.
    ///
    /// # Errors
    /// An encoder that gives no numbers.
    pub fn divergence(&self) -> Result<Tensor<1>, LabError> {
        match self {
            Self::Categorical(q) => q.divergence(),
            Self::Gaussian(q) => q.divergence(),
        }
    }

    /// A draw of a code for each row, `[rows, code size]`. The noise is that of images `first ..` of
    /// the key.
    ///
    /// # Errors
    /// An encoder that gives no numbers.
    pub fn sample(&self, key: Key, first: usize) -> Result<Tensor<2>, LabError> {
        match self {
            Self::Categorical(q) => q.sample(key, first),
            Self::Gaussian(q) => q.sample(key, first),
        }
    }

    /// The cost of a draw, `[rows]`, whose gradient is an estimate of that of the expected cost.
    pub(crate) fn surrogate(
        &self,
        gradient: Gradient,
        key: Key,
        first: usize,
        cost: impl Fn(Tensor<2>) -> Tensor<1>,
    ) -> Result<Tensor<1>, LabError> {
        match (self, gradient) {
            (Self::Categorical(q), Gradient::Relaxed { estimator, tau }) => {
                q.surrogate(estimator, tau, key, first, cost)
            }
            (Self::Categorical(_), Gradient::Reparameterised) => {
                let problem = "expected one for discrete latents, whose samples have no gradient";
                Err(LabError::setting("estimator", problem))
            }
            (Self::Gaussian(q), _) => Ok(cost(q.sample(key, first)?)),
        }
    }

    /// The weights of importance sampling.
    pub(crate) fn ln_ratio(&self) -> LnRatio {
        match self {
            Self::Categorical(q) => q.ln_ratio(),
            Self::Gaussian(q) => q.ln_ratio(),
        }
    }

    /// Sums over the rows of what is told of the codes beside the bound: the entropy of each variable,
    /// or the divergence of each dimension.
    pub(crate) fn per_latent(&self) -> Vec<f64> {
        match self {
            Self::Categorical(q) => q.entropies(),
            Self::Gaussian(q) => q.divergences(),
        }
    }
}
