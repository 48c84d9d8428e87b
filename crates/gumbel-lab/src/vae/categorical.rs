//! A categorical code: v variables of k classes, trained through an estimator.
//!
//! ```text
//! q(z | x) = prod_v Categorical(softmax(a_v)),   a is the encoder's output
//! p(z)     = prod_v Categorical(softmax(b_v)),   b is learned from zero, or stays zero
//! ```
//!
//! Jang, Gu and Poole, arXiv 1611.01144, section 4.2.

use burn::tensor::{Tensor, activation};
use gumbel::Key;
use gumbel_burn::estimator::{Cost, Estimator, Variables, unimix};
use gumbel_burn::{Noise, likelihood, straight_through_gumbel_softmax};
use gumbel_train::values::floats;

use crate::error::LabError;
use crate::vae::latents::LnRatio;

/// The distribution q(z | x) of the discrete codes of a batch of images, and the prior.
#[derive(Clone, Debug)]
pub struct Posterior {
    logits: Tensor<3>,
    prior: Tensor<2>,
}

impl Posterior {
    /// A posterior from the logits `encoded: [rows, v k]` and `prior: [v, k]`, mixed with the uniform law by a share u
    /// from 0 to 1.
    pub(crate) fn new(encoded: Tensor<2>, prior: Tensor<2>, u: f64) -> Self {
        let [variables, classes] = prior.dims();
        let rows = encoded.dims()[0];
        let logits = encoded.reshape([rows, variables, classes]);
        Self { logits: unimix(logits, u).expect("a share that the settings allow"), prior }
    }

    /// The prior in place of the posterior, `rows` times.
    pub(crate) fn of_prior(prior: Tensor<2>, rows: usize) -> Self {
        let [variables, classes] = prior.dims();
        let logits = prior.clone().unsqueeze::<3>().expand([rows, variables, classes]);
        Self { logits, prior }
    }

    /// The logits of q(z | x), `[rows, v, k]`.
    pub fn logits(&self) -> Tensor<3> {
        self.logits.clone()
    }

    pub(crate) fn divergence(&self) -> Result<Tensor<1>, LabError> {
        Ok(likelihood::categorical_kl(self.logits.clone(), self.prior.clone())?)
    }

    /// Draws one-hot codes.
    pub(crate) fn sample(&self, key: Key, first: usize) -> Result<Tensor<2>, LabError> {
        let logits = self.logits.clone();
        // The value of a straight-through sample does not depend on the temperature.
        let code = straight_through_gumbel_softmax(logits, -1, 1.0, self.noise(key, first))?;
        Ok(code.flatten(1, 2))
    }

    /// The variables of the code for an estimator. The rows use the noise of images `first ..` of the key.
    pub(crate) fn variables(&self, key: Key, first: usize) -> Variables {
        Variables::new(self.logits.clone(), key).first_row(first)
    }

    /// The objective of each row: the cost plus the divergence, or for an estimator of the multi-sample bound the
    /// log-weights' own: cost + ln q(z) - ln p(z) for each sample.
    pub(crate) fn objective(
        &self,
        estimator: &dyn Estimator,
        variables: &Variables,
        cost: impl Fn(Tensor<2>) -> Result<Tensor<1>, gumbel_burn::Error>,
    ) -> Result<Tensor<1>, LabError> {
        if estimator.is_for_bound() {
            let [ln_q, ln_p] = [self.logits.clone(), self.prior.clone().unsqueeze()]
                .map(|l| activation::log_softmax(l, 2));
            let weight = |code: Tensor<3>| {
                let ratio = (code.clone() * (ln_q.clone() - ln_p.clone())).sum_dim(2).sum_dim(1);
                Ok(cost(code.flatten(1, 2))? + ratio.flatten(0, 2))
            };
            return Ok(estimator.estimate(variables, &Cost::new(&weight))?.surrogate);
        }
        let cost = |code: Tensor<3>| cost(code.flatten(1, 2));
        let surrogate = estimator.estimate(variables, &Cost::new(&cost))?.surrogate;
        Ok(surrogate + self.divergence()?)
    }

    fn noise(&self, key: Key, first: usize) -> Noise<Tensor<3>> {
        let [variables, classes] = self.prior.dims();
        Noise::Keyed { key, offset: (first * variables * classes) as u64 }
    }

    /// The log ratio of the chosen classes: ln p - ln q, summed over the variables.
    pub(crate) fn ln_ratio(&self) -> LnRatio {
        let [variables, classes] = self.prior.dims();
        let ln_p = log_softmax(&floats(self.prior.clone()), classes);
        let ln_q = log_softmax(&floats(self.logits.clone()), classes);
        Box::new(move |codes, _, _| {
            let size = variables * classes;
            let row = |(code, ln_q): (&[f32], &[f64])| {
                let terms = code.iter().zip(ln_q.iter().zip(&ln_p));
                terms.filter(|(hard, _)| **hard > 0.5).map(|(_, (ln_q, ln_p))| ln_p - ln_q).sum()
            };
            codes.chunks_exact(size).zip(ln_q.chunks_exact(size)).map(row).collect()
        })
    }

    /// The entropy of each variable, summed over the rows.
    pub(crate) fn entropies(&self) -> Vec<f64> {
        let [variables, classes] = self.prior.dims();
        let ln_q = log_softmax(&floats(self.logits.clone()), classes);
        let mut sums = vec![0.0; variables];
        for (i, ln_q) in ln_q.chunks_exact(classes).enumerate() {
            sums[i % variables] -= ln_q.iter().map(|ln_q| ln_q.exp() * ln_q).sum::<f64>();
        }
        sums
    }
}

/// ln softmax of each row of k, in f64.
pub(crate) fn log_softmax(logits: &[f32], k: usize) -> Vec<f64> {
    let rows = logits.chunks_exact(k).flat_map(|row| {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let centred = row.iter().map(move |&l| f64::from(l) - f64::from(max));
        let ln_sum = centred.clone().map(f64::exp).sum::<f64>().ln();
        centred.map(move |l| l - ln_sum)
    });
    rows.collect()
}
