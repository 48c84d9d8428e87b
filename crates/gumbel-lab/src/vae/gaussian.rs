//! A Gaussian code: D normal latents, re-parameterised.
//!
//! ```text
//! q(z | x) = prod_j N(mu_j, sigma_j^2),   the encoder's output is mu, then ln sigma
//! p(z)     = prod_j N(0, 1)
//! z        = mu + sigma eps,   eps ~ N(0, 1)
//! ```
//!
//! The sample has a gradient, so the training objective is an estimate of the bound from one sample.
//! Kingma and Welling, arXiv 1312.6114, section 3.

use burn::tensor::Tensor;
use gumbel::{Key, noise};
use gumbel_burn::{Noise, likelihood, normal_sample};
use gumbel_train::values::floats;

use crate::error::LabError;
use crate::vae::latents::LnRatio;

/// The distribution q(z | x) of the Gaussian codes of a batch of images.
#[derive(Clone, Debug)]
pub struct Posterior {
    mu: Tensor<2>,
    ln_sigma: Tensor<2>,
}

impl Posterior {
    /// A posterior from encoder outputs `[rows, 2 D]`.
    pub(crate) fn new(encoded: Tensor<2>) -> Self {
        let dimensions = encoded.dims()[1] / 2;
        let mu = encoded.clone().narrow(1, 0, dimensions);
        Self { mu, ln_sigma: encoded.narrow(1, dimensions, dimensions) }
    }

    /// The prior N(0, 1), in the shape of `zeros`, a tensor of zeros.
    pub(crate) fn of_prior(zeros: Tensor<2>) -> Self {
        Self { mu: zeros.clone(), ln_sigma: zeros }
    }

    /// The means of q(z | x), `[rows, D]`.
    pub fn mu(&self) -> Tensor<2> {
        self.mu.clone()
    }

    /// The logarithms of the standard deviations of q(z | x), `[rows, D]`.
    pub fn ln_sigma(&self) -> Tensor<2> {
        self.ln_sigma.clone()
    }

    pub(crate) fn divergence(&self) -> Result<Tensor<1>, LabError> {
        Ok(likelihood::normal_kl(self.mu.clone(), self.ln_sigma.clone())?)
    }

    pub(crate) fn sample(&self, key: Key, first: usize) -> Result<Tensor<2>, LabError> {
        let noise = Noise::Keyed { key, offset: (first * self.mu.dims()[1]) as u64 };
        Ok(normal_sample(self.mu.clone(), self.ln_sigma.clone(), noise)?)
    }

    /// The log ratio for z = mu + sigma eps. The constants of both densities cancel:
    /// ln p(z) - ln q(z | x) = sum_j (eps_j^2 - z_j^2) / 2 + ln sigma_j, with eps computed again from the key.
    pub(crate) fn ln_ratio(&self) -> LnRatio {
        let dimensions = self.mu.dims()[1];
        let ln_sigma = floats(self.ln_sigma.clone());
        Box::new(move |codes, key, first| {
            let mut eps = vec![0.0_f32; codes.len()];
            noise::normal_into(key, (first * dimensions) as u64, &mut eps);
            let term = |i: usize| {
                let (z, eps) = (f64::from(codes[i]), f64::from(eps[i]));
                0.5 * (eps * eps - z * z) + f64::from(ln_sigma[i])
            };
            let rows = 0..codes.len() / dimensions;
            rows.map(|row| (row * dimensions..(row + 1) * dimensions).map(term).sum()).collect()
        })
    }

    /// The divergence of each dimension, summed over the rows.
    pub(crate) fn divergences(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.mu.dims()[1]];
        let (mu, ln_sigma) = (floats(self.mu.clone()), floats(self.ln_sigma.clone()));
        let dimensions = sums.len();
        for (i, (mu, s)) in mu.into_iter().zip(ln_sigma).enumerate() {
            let (mu, s) = (f64::from(mu), f64::from(s));
            sums[i % dimensions] += 0.5 * (mu * mu + (2.0 * s).exp_m1()) - s;
        }
        sums
    }
}
