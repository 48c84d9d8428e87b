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
            let (code, nll) = draw(model, &logits, &x, key.fold_in(sample), first)?;
            for (i, hard) in code.into_iter().enumerate() {
                usage[i % (variables * classes)] += f64::from(hard);
            }
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
            let (hard, nll) = draw(model, &logits, &x, key.fold_in(sample), first)?;
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

/// One-hot codes for some images, the first being image `first` of the set, and their negative
/// log-likelihoods.
fn draw(
    model: &Vae,
    logits: &Tensor<3>,
    x: &Tensor<2>,
    key: Key,
    first: usize,
) -> Result<(Vec<f32>, Vec<f32>), LabError> {
    let [_, variables, classes] = logits.dims();
    let noise = Noise::Keyed { key, offset: (first * variables * classes) as u64 };
    let code = model.sample_code(logits.clone(), noise)?;
    let nll = likelihood::bernoulli_nll(model.decode(code.clone()), x.clone())?;
    Ok((floats(code), floats(nll)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vae::config::VaeConfig;
    use burn::module::Module;

    const IMAGES: usize = 6;
    const PIXELS: usize = 5;

    /// A model with two variables of two classes: all four codes can be enumerated.
    fn model() -> Vae {
        let mut config = VaeConfig::defaults("digits");
        config.latents = Latents { variables: 2, classes: 2 };
        config.hidden = vec![8];
        Vae::new(&config, &[0.3; PIXELS], Key::new(5), &Device::flex().autodiff()).valid()
    }

    fn pixels() -> Vec<f32> {
        (0..IMAGES * PIXELS)
            .map(|i| f32::from(u8::from(Key::new(6).word(i as u64).is_multiple_of(3))))
            .collect()
    }

    /// For each image, (q(z), p(z), -ln p(x | z)) of the four codes.
    fn enumerate(model: &Vae, pixels: &[f32]) -> Vec<Vec<(f64, f64, f64)>> {
        let device = Device::flex();
        let x = Tensor::<2>::from_data(TensorData::new(pixels.to_vec(), [IMAGES, PIXELS]), &device);
        let ln_q = log_softmax(&floats(model.encode(x.clone())), 2);
        let ln_p = log_softmax(&floats(model.prior_logits()), 2);
        let mut all = vec![Vec::new(); IMAGES];
        for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let mut one = [0.0_f32; 4];
            (one[a], one[2 + b]) = (1.0, 1.0);
            let code = TensorData::new(one.repeat(IMAGES), [IMAGES, 2, 2]);
            let means = model.means(Tensor::from_data(code, &device));
            for (image, (means, x)) in
                floats(means).chunks(PIXELS).zip(pixels.chunks(PIXELS)).enumerate()
            {
                let terms = means.iter().zip(x).map(|(&p, &x)| {
                    let p = f64::from(p);
                    if x > 0.5 { -p.ln() } else { -(1.0 - p).ln() }
                });
                let q = (ln_q[image * 4 + a] + ln_q[image * 4 + 2 + b]).exp();
                all[image].push((q, (ln_p[a] + ln_p[2 + b]).exp(), terms.sum()));
            }
        }
        all
    }

    /// Both bounds against enumeration, within 5.3 standard deviations of the sampling (a false alarm
    /// of 1e-7), which enumeration gives too.
    #[test]
    fn bounds_equal_enumeration() {
        let (model, pixels) = (model(), pixels());
        let workers = Workers::new(2).unwrap();
        let states = enumerate(&model, &pixels);
        let samples = 20_000_u64;

        let (mut bound, mut variance) = (0.0, 0.0);
        for image in &states {
            let nll: f64 = image.iter().map(|(q, _, nll)| q * nll).sum();
            let kl: f64 = image.iter().map(|(q, p, _)| q * (q / p).ln()).sum();
            bound += (nll + kl) / IMAGES as f64;
            variance += image.iter().map(|(q, _, n)| q * (n - nll).powi(2)).sum::<f64>();
        }
        let deviation = (variance / samples as f64).sqrt() / IMAGES as f64;
        let ours = evaluate(&model, &pixels, samples, Key::new(7), &workers, &|_| {}).unwrap();
        let distance = (ours.bound.nats - bound).abs();
        assert!(distance < 5.3 * deviation + 1e-5, "{} {bound} {deviation}", ours.bound.nats);
        assert!(ours.usage.chunks(2).all(|row| (row[0] + row[1] - 1.0).abs() < 1e-9));

        let (mut exact, mut variance, mut bias) = (0.0, 0.0, 0.0);
        for image in &states {
            let evidence: f64 = image.iter().map(|(_, p, nll)| p * (-nll).exp()).sum();
            exact -= evidence.ln() / IMAGES as f64;
            let square: f64 = image.iter().map(|(q, p, n)| (p * (-n).exp()).powi(2) / q).sum();
            // The relative variance of one weight; the logarithm of their mean is biased by half of it.
            let relative = (square / evidence.powi(2) - 1.0) / samples as f64;
            variance += relative;
            bias += relative / 2.0 / IMAGES as f64;
        }
        let weighted =
            importance_weighted(&model, &pixels, samples, Key::new(8), &workers, &|_| {});
        let weighted = weighted.unwrap().nats;
        let bound = 5.3 * variance.sqrt() / IMAGES as f64 + bias + 1e-5;
        assert!((weighted - exact).abs() < bound, "{weighted} {exact} {bound}");
        assert!(exact < ours.bound.nats);
    }

    #[test]
    fn workers_change_nothing() {
        let (model, pixels) = (model(), pixels().repeat(100));
        let run = |threads: usize| {
            let workers = Workers::new(threads).unwrap();
            evaluate(&model, &pixels, 2, Key::new(1), &workers, &|_| {}).unwrap()
        };
        assert_eq!(run(1), run(3));
    }
}
