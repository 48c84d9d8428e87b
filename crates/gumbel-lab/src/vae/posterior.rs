//! q(z | x) of a batch of images, for any kind of code.
//!
//! Training and evaluation distinguish the kinds of code only here: `categorical.rs` and `gaussian.rs` have
//! a function for each of these methods.

use burn::tensor::Tensor;
use gumbel::Key;

use crate::error::LabError;
use crate::vae::config::Gradient;
use crate::vae::latents::LnRatio;
use crate::vae::{categorical, gaussian};

/// The distribution q(z | x) that the encoder gives to the codes of a batch of images.
#[derive(Clone, Debug)]
pub enum Posterior {
    /// A distribution over discrete choices.
    Categorical(categorical::Posterior),
    /// A distribution over vectors of numbers.
    Gaussian(gaussian::Posterior),
}

impl Posterior {
    /// The divergence KL(q(z | x) || p(z)) of each row, in nats.
    ///
    /// # Errors
    /// Encoder outputs that are not finite.
    pub fn divergence(&self) -> Result<Tensor<1>, LabError> {
        match self {
            Self::Categorical(q) => q.divergence(),
            Self::Gaussian(q) => q.divergence(),
        }
    }

    /// Draws a code for each row, `[rows, code size]`. The rows use the noise of images `first ..` of the key.
    ///
    /// # Errors
    /// Encoder outputs that are not finite.
    pub fn sample(&self, key: Key, first: usize) -> Result<Tensor<2>, LabError> {
        match self {
            Self::Categorical(q) => q.sample(key, first),
            Self::Gaussian(q) => q.sample(key, first),
        }
    }

    /// The training objective of each row, `[rows]`: the cost of a draw plus the divergence, or a multi-sample bound
    /// if the estimator is for one. Its gradient estimates that of its expectation.
    pub(crate) fn objective(
        &self,
        gradient: Gradient<'_>,
        parameters: Vec<Tensor<2>>,
        key: Key,
        first: usize,
        cost: impl Fn(Tensor<2>) -> Result<Tensor<1>, gumbel_burn::Error>,
    ) -> Result<Tensor<1>, LabError> {
        match (self, gradient) {
            (Self::Categorical(q), Gradient::Estimated { estimator, tau }) => {
                let variables = q.variables(key, first).with_tau(tau).with_parameters(parameters);
                q.objective(estimator, &variables, cost)
            }
            (Self::Categorical(_), Gradient::Reparameterised) => {
                let problem = "expected one for discrete latents, whose samples have no gradient";
                Err(LabError::setting("estimator", problem))
            }
            (Self::Gaussian(q), _) => Ok(cost(q.sample(key, first)?)? + q.divergence()?),
        }
    }

    /// The log weights of importance sampling, without the likelihood.
    pub(crate) fn ln_ratio(&self) -> LnRatio {
        match self {
            Self::Categorical(q) => q.ln_ratio(),
            Self::Gaussian(q) => q.ln_ratio(),
        }
    }

    /// The entropy of each variable, or the divergence of each dimension, summed over the rows.
    pub(crate) fn per_latent(&self) -> Vec<f64> {
        match self {
            Self::Categorical(q) => q.entropies(),
            Self::Gaussian(q) => q.divergences(),
        }
    }
}
