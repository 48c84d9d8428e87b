//! The bound, evaluated with one-hot samples.
//!
//! ```text
//! bound(x)  = mean over S one-hot samples z of q(z | x) of -ln p(x | z), plus KL(q(z | x) || p(z))
//! IW-K(x)   = -ln (1/K) sum_k p(x | z_k) p(z_k) / q(z_k | x)
//! ```
//!
//! Both are upper bounds on -ln p(x) in expectation; the second is the tighter, the more so the
//! larger K: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", arXiv 1509.00519.
//! The standard error is that of the mean over images.

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::{Noise, likelihood};

use crate::error::LabError;
use crate::vae::config::Latents;
use crate::vae::model::{Vae, floats};
use crate::workers::Workers;

/// Images that are evaluated at once. Fixed, so that it cannot change a result.
const ROWS: usize = 250;

/// A bound in nats an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The mean over the images; lower is better.
    pub nats: f64,
    /// Its standard error over the images.
    pub se: f64,
    /// Samples for each image.
    pub samples: u64,
    /// The number of images.
    pub images: usize,
}

impl Bound {
    fn of(values: &[f64], samples: u64) -> Self {
        let n = values.len() as f64;
        let nats = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - nats).powi(2)).sum();
        Self { nats, se: (squares / (n - 1.0).max(1.0) / n).sqrt(), samples, images: values.len() }
    }
}

/// What one pass over a set of images shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The bound.
    pub bound: Bound,
    /// The part of it that is the divergence.
    pub kl: f64,
    /// The mean entropy of a latent variable given the image, in nats.
    pub entropy: f64,
    /// How often each class of each variable was drawn: `[v, k]`, each row summing to 1.
    pub usage: Vec<f64>,
}

struct Part {
    values: Vec<f64>,
    kl: f64,
    entropy: f64,
    usage: Vec<f64>,
}

/// Evaluates the bound with `samples` one-hot samples for each image.
///
/// `pixels: [images, d]`, binary or grey in 0 to 1. The noise of an image depends on `key` and the
/// index of the image, not on the workers. `done` is told the number of images as they are done.
///
/// # Errors
/// Weights that give no numbers.
pub fn evaluate(
    model: &Vae,
    pixels: &[f32],
    samples: u64,
    key: Key,
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Evaluation, LabError> {
    let Latents { variables, classes } = model.latents();
    let parts = over_parts(model, pixels, workers, done, |x, first| {
        let logits = model.encode(x.clone());
        let divergence = floats(model.divergence(logits.clone())?);
        let mut values = vec![0.0; divergence.len()];
        let mut usage = vec![0.0; variables * classes];
        for sample in 0..samples {
            let offset = (first * variables * classes) as u64;
            let noise = Noise::Keyed { key: key.fold_in(sample), offset };
            let code = model.sample_code(logits.clone(), noise)?;
            for (i, hard) in floats(code.clone()).into_iter().enumerate() {
                usage[i % (variables * classes)] += f64::from(hard);
            }
            let nll = floats(likelihood::bernoulli_nll(model.decode(code), x.clone())?);
            for (value, nll) in values.iter_mut().zip(nll) {
                *value += f64::from(nll);
            }
        }
        for (value, kl) in values.iter_mut().zip(&divergence) {
            *value = *value / samples as f64 + f64::from(*kl);
        }
        let q = log_softmax(&floats(logits), classes);
        let entropy = -q.iter().map(|ln_q| ln_q.exp() * ln_q).sum::<f64>();
        Ok(Part { values, kl: divergence.iter().map(|&kl| f64::from(kl)).sum(), entropy, usage })
    })?;
    let values: Vec<f64> = parts.iter().flat_map(|part| part.values.iter().copied()).collect();
    let images = values.len() as f64;
    let total = |f: fn(&Part) -> f64| parts.iter().map(f).sum::<f64>();
    let mut usage = vec![0.0; variables * classes];
    for part in &parts {
        for (all, one) in usage.iter_mut().zip(&part.usage) {
            *all += one / (images * samples as f64);
        }
    }
    Ok(Evaluation {
        bound: Bound::of(&values, samples),
        kl: total(|part| part.kl) / images,
        entropy: total(|part| part.entropy) / images / variables as f64,
        usage,
    })
}

/// Evaluates the importance-weighted bound with K = `samples`.
///
/// Arguments as for [`evaluate`].
///
/// # Errors
/// Weights that give no numbers.
pub fn importance_weighted(
    model: &Vae,
    pixels: &[f32],
    samples: u64,
    key: Key,
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Bound, LabError> {
    let Latents { variables, classes } = model.latents();
    let ln_prior = log_softmax(&floats(model.prior_logits()), classes);
    let parts = over_parts(model, pixels, workers, done, |x, first| {
        let logits = model.encode(x.clone());
        let ln_q = log_softmax(&floats(logits.clone()), classes);
        let rows = x.dims()[0];
        // A running log-sum-exp for each image: the largest weight, and the sum relative to it.
        let mut weights = vec![(f64::NEG_INFINITY, 0.0); rows];
        for sample in 0..samples {
            let offset = (first * variables * classes) as u64;
            let noise = Noise::Keyed { key: key.fold_in(sample), offset };
            let code = model.sample_code(logits.clone(), noise)?;
            let hard = floats(code.clone());
            let nll = floats(likelihood::bernoulli_nll(model.decode(code), x.clone())?);
            for (row, (largest, sum)) in weights.iter_mut().enumerate() {
                let at = row * variables * classes;
                let chosen = hard[at..at + variables * classes].iter().enumerate();
                let ratio: f64 = chosen
                    .filter(|(_, hard)| **hard > 0.5)
                    .map(|(i, _)| ln_prior[i] - ln_q[at + i])
                    .sum();
                let weight = ratio - f64::from(nll[row]);
                let top = largest.max(weight);
                *sum = *sum * (*largest - top).exp() + (weight - top).exp();
                *largest = top;
            }
        }
        let bound = |(largest, sum): (f64, f64)| (samples as f64).ln() - largest - sum.ln();
        Ok(weights.into_iter().map(bound).collect::<Vec<f64>>())
    })?;
    Ok(Bound::of(&parts.concat(), samples))
}

/// Runs `f` on parts of the images, each with the index of its first image, in their order.
pub(crate) fn over_parts<R: Send>(
    model: &Vae,
    pixels: &[f32],
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
    f: impl Fn(Tensor<2>, usize) -> Result<R, LabError> + Sync,
) -> Result<Vec<R>, LabError> {
    let d = model.pixels();
    let parts: Vec<&[f32]> = pixels.chunks(ROWS * d).collect();
    let results = workers.run(parts, |number, part| {
        let rows = part.len() / d;
        let x = Tensor::from_data(TensorData::new(part.to_vec(), [rows, d]), &Device::flex());
        let result = f(x, number * ROWS);
        done(rows);
        result
    });
    results.into_iter().collect()
}

/// ln softmax of each row of k, in f64.
fn log_softmax(logits: &[f32], k: usize) -> Vec<f64> {
    let rows = logits.chunks_exact(k).flat_map(|row| {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let centred = row.iter().map(move |&l| f64::from(l) - f64::from(max));
        let ln_sum = centred.clone().map(f64::exp).sum::<f64>().ln();
        centred.map(move |l| l - ln_sum)
    });
    rows.collect()
}
