//! The bound, evaluated with codes drawn from q(z | x); discrete codes are one-hot.
//!
//! ```text
//! bound(x)  = mean over S samples z of q(z | x) of -ln p(x | z), plus KL(q(z | x) || p(z))
//! IW-K(x)   = -ln (1/K) sum_k p(x | z_k) p(z_k) / q(z_k | x)
//! ```
//!
//! Both are upper bounds on -ln p(x) in expectation. The second is tighter, and becomes tighter as K
//! grows: Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", arXiv 1509.00519.
//! The standard error is that of the mean over the images.

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::likelihood;
use gumbel_train::values::floats;
use gumbel_train::workers::Workers;

use crate::error::LabError;
use crate::vae::latents::Latents;
use crate::vae::model::Vae;

/// The most images that are evaluated at once. Fewer only where images or codes are too large for memory:
/// a function of the model alone, so it cannot change a result.
const MAX_ROWS: usize = 250;
/// The most pixels or code entries that are evaluated at once.
const MAX_NUMBERS: usize = 1 << 24;

/// The number of images that are evaluated at once.
pub(crate) fn rows_at_once(model: &Vae) -> usize {
    (MAX_NUMBERS / model.pixels().max(model.latents().code_size()).max(1)).clamp(1, MAX_ROWS)
}

/// An upper bound on -ln p(x), in nats an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The mean of the bound over the images; lower is better.
    pub nats: f64,
    /// The standard error of the mean over the images.
    pub se: f64,
    /// The number of samples for each image.
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

/// The result of one pass over a set of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The bound.
    pub bound: Bound,
    /// The mean divergence KL(q(z | x) || p(z)) in nats an image, which is a part of the bound.
    pub kl: f64,
    /// How the images use the code.
    pub code: LatentUsage,
}

/// How the images use the code: entropy and shares of classes, or the divergence of each dimension.
#[derive(Clone, Debug, PartialEq)]
pub enum LatentUsage {
    /// Discrete choices.
    Choices {
        /// The mean entropy of each latent variable given the image, in nats: `[v]`.
        entropies: Vec<f64>,
        /// The share of draws of each class of each variable: `[v, k]`, each row summing to 1.
        usage: Vec<f64>,
    },
    /// Gaussian latents.
    Dimensions {
        /// The divergence of each dimension, in nats: `[D]`, summing to the whole divergence.
        kl: Vec<f64>,
    },
}

impl LatentUsage {
    /// The mean entropy of a latent variable given the image, in nats; `None` for Gaussian latents.
    pub fn entropy(&self) -> Option<f64> {
        match self {
            Self::Choices { entropies, .. } => {
                Some(entropies.iter().sum::<f64>() / entropies.len() as f64)
            }
            Self::Dimensions { .. } => None,
        }
    }
}

struct Part {
    values: Vec<f64>,
    kl: f64,
    /// [`Posterior::per_latent`](crate::vae::Posterior::per_latent) of the images.
    per_latent: Vec<f64>,
    /// The drawn codes, summed over images and samples.
    codes: Vec<f64>,
}

/// Evaluates the bound with `samples` samples for each image.
///
/// `pixels: [images, d]`, binary or grey in 0 to 1. The noise of an image depends on `key` and the
/// index of the image, not on the workers. `done` receives the number of samples that were just evaluated;
/// these sum to `samples` for each image.
///
/// # Errors
/// Network outputs that are not finite.
pub fn evaluate(
    model: &Vae,
    pixels: &[f32],
    samples: u64,
    key: Key,
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Evaluation, LabError> {
    let size = model.latents().code_size();
    let parts = over_parts(model, pixels, workers, |x, first| {
        let posterior = model.encode(x.clone());
        let divergence = floats(posterior.divergence()?);
        let mut values = vec![0.0; divergence.len()];
        let mut codes = vec![0.0; size];
        for sample in 0..samples {
            let code = posterior.sample(key.fold_in(sample), first)?;
            let nll = likelihood::bernoulli_nll(model.decode(code.clone()), x.clone())?;
            for (i, z) in floats(code).into_iter().enumerate() {
                codes[i % size] += f64::from(z);
            }
            for (value, nll) in values.iter_mut().zip(floats(nll)) {
                *value += f64::from(nll);
            }
            done(values.len());
        }
        for (value, kl) in values.iter_mut().zip(&divergence) {
            *value = *value / samples as f64 + f64::from(*kl);
        }
        let kl = divergence.iter().map(|&kl| f64::from(kl)).sum();
        Ok(Part { values, kl, per_latent: posterior.per_latent(), codes })
    })?;
    let values: Vec<f64> = parts.iter().flat_map(|part| part.values.iter().copied()).collect();
    let images = values.len() as f64;
    let mean = |of: fn(&Part) -> &[f64], n: f64| {
        let mut sums = vec![0.0; parts.first().map_or(0, |part| of(part).len())];
        for part in &parts {
            for (sum, one) in sums.iter_mut().zip(of(part)) {
                *sum += one / n;
            }
        }
        sums
    };
    let per_latent = mean(|part| &part.per_latent, images);
    let code = match model.latents() {
        Latents::Categorical(_) => LatentUsage::Choices {
            entropies: per_latent,
            usage: mean(|part| &part.codes, images * samples as f64),
        },
        Latents::Gaussian(_) => LatentUsage::Dimensions { kl: per_latent },
    };
    let kl = parts.iter().map(|part| part.kl).sum::<f64>() / images;
    Ok(Evaluation { bound: Bound::of(&values, samples), kl, code })
}

/// Evaluates the importance-weighted bound with K = `samples`.
///
/// Takes the arguments of [`evaluate`].
///
/// # Errors
/// Network outputs that are not finite.
pub fn importance_weighted(
    model: &Vae,
    pixels: &[f32],
    samples: u64,
    key: Key,
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Bound, LabError> {
    let parts = over_parts(model, pixels, workers, |x, first| {
        let posterior = model.encode(x.clone());
        let ln_ratio = posterior.ln_ratio();
        // A running log-sum-exp for each image: the largest weight, and the sum relative to it.
        let mut weights = vec![(f64::NEG_INFINITY, 0.0); x.dims()[0]];
        for sample in 0..samples {
            let key = key.fold_in(sample);
            let code = posterior.sample(key, first)?;
            let nll = likelihood::bernoulli_nll(model.decode(code.clone()), x.clone())?;
            let ratios = ln_ratio(&floats(code), key, first);
            for ((largest, sum), (ratio, nll)) in
                weights.iter_mut().zip(ratios.into_iter().zip(floats(nll)))
            {
                let weight = ratio - f64::from(nll);
                let top = largest.max(weight);
                *sum = *sum * (*largest - top).exp() + (weight - top).exp();
                *largest = top;
            }
            done(weights.len());
        }
        let bound = |(largest, sum): (f64, f64)| (samples as f64).ln() - largest - sum.ln();
        Ok(weights.into_iter().map(bound).collect::<Vec<f64>>())
    })?;
    Ok(Bound::of(&parts.concat(), samples))
}

/// Runs `f` on parts of the images, with the index of the first image of each. Returns the results in order.
pub(crate) fn over_parts<R: Send>(
    model: &Vae,
    pixels: &[f32],
    workers: &Workers,
    f: impl Fn(Tensor<2>, usize) -> Result<R, LabError> + Sync,
) -> Result<Vec<R>, LabError> {
    let (d, at_once) = (model.pixels(), rows_at_once(model));
    let parts: Vec<&[f32]> = pixels.chunks(at_once * d).collect();
    let results = workers.run(parts, |number, part| {
        let rows = part.len() / d;
        let x = Tensor::from_data(TensorData::new(part.to_vec(), [rows, d]), &Device::flex());
        f(x, number * at_once)
    });
    results.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vae::categorical::log_softmax;
    use crate::vae::config::VaeConfig;
    use crate::vae::posterior::Posterior;
    use burn::module::Module;

    const IMAGES: usize = 6;
    const PIXELS: usize = 5;

    fn model(latents: &str) -> Vae {
        let latents = latents.parse().unwrap();
        let mut config = VaeConfig::defaults("digits").with_latents(latents);
        config.hidden = vec![8];
        Vae::new(&config, &[0.3; PIXELS], Key::new(5), &Device::flex().autodiff()).valid()
    }

    fn pixels() -> Vec<f32> {
        (0..IMAGES * PIXELS)
            .map(|i| f32::from(u8::from(Key::new(6).word(i as u64).is_multiple_of(3))))
            .collect()
    }

    fn images(pixels: &[f32]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(pixels.to_vec(), [IMAGES, PIXELS]), &Device::flex())
    }

    /// -ln p(x | z) of each image, for one code an image.
    fn costs(model: &Vae, pixels: &[f32], codes: Vec<f32>) -> Vec<f64> {
        let codes = TensorData::new(codes, [IMAGES, model.latents().code_size()]);
        let means = floats(model.means(Tensor::from_data(codes, &Device::flex())));
        let cost = |(means, x): (&[f32], &[f32])| {
            let terms = means.iter().zip(x).map(|(&p, &x)| {
                let p = f64::from(p);
                if x > 0.5 { -p.ln() } else { -(1.0 - p).ln() }
            });
            terms.sum()
        };
        means.chunks(PIXELS).zip(pixels.chunks(PIXELS)).map(cost).collect()
    }

    /// The terms of a bound at one code of one image: q and p are weights in a sum or an integral.
    struct State {
        q: f64,
        p: f64,
        nll: f64,
    }

    /// Two variables of two classes: all four codes can be enumerated.
    fn enumerate(model: &Vae, pixels: &[f32]) -> Vec<Vec<State>> {
        let Posterior::Categorical(q) = model.encode(images(pixels)) else { panic!("2x2") };
        let ln_q = log_softmax(&floats(q.logits()), 2);
        // The prior has its initial weights: it is uniform.
        let mut all: Vec<Vec<State>> = (0..IMAGES).map(|_| Vec::new()).collect();
        for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let mut one = [0.0_f32; 4];
            (one[a], one[2 + b]) = (1.0, 1.0);
            for (image, nll) in costs(model, pixels, one.repeat(IMAGES)).into_iter().enumerate() {
                let q = (ln_q[image * 4 + a] + ln_q[image * 4 + 2 + b]).exp();
                all[image].push(State { q, p: 0.25, nll });
            }
        }
        all
    }

    /// One Gaussian latent: the trapezoid rule over z within 12 sigma of mu, in steps of sigma / 20.
    /// Its error on a smooth function with Gaussian tails is far below the error of sampling.
    fn integrate(model: &Vae, pixels: &[f32]) -> Vec<Vec<State>> {
        let Posterior::Gaussian(q) = model.encode(images(pixels)) else { panic!("gaussian:1") };
        let (mu, ln_sigma) = (floats(q.mu()), floats(q.ln_sigma()));
        let normal = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let mut all: Vec<Vec<State>> = (0..IMAGES).map(|_| Vec::new()).collect();
        for step in -240..=240 {
            let eps = f64::from(step) / 20.0;
            let z = |i: usize| f64::from(mu[i]) + f64::from(ln_sigma[i]).exp() * eps;
            let codes = (0..IMAGES).map(|i| z(i) as f32).collect();
            for (image, nll) in costs(model, pixels, codes).into_iter().enumerate() {
                let dz = f64::from(ln_sigma[image]).exp() / 20.0;
                let state = State { q: normal(eps) / 20.0, p: normal(z(image)) * dz, nll };
                all[image].push(state);
            }
        }
        all
    }

    /// Compares both bounds with the sum or integral over all codes, within 5.3 standard deviations of the
    /// sampling (a false-alarm rate of 1e-7); the sum gives that deviation too.
    fn assert_bounds(model: &Vae, states: &[Vec<State>]) -> Evaluation {
        let pixels = pixels();
        let workers = Workers::new(2).unwrap();
        let samples = 20_000_u64;

        let (mut bound, mut variance) = (0.0, 0.0);
        for image in states {
            let nll: f64 = image.iter().map(|s| s.q * s.nll).sum();
            let kl: f64 = image.iter().map(|s| s.q * (s.q / s.p).ln()).sum();
            bound += (nll + kl) / IMAGES as f64;
            variance += image.iter().map(|s| s.q * (s.nll - nll).powi(2)).sum::<f64>();
        }
        let deviation = (variance / samples as f64).sqrt() / IMAGES as f64;
        let ours = evaluate(model, &pixels, samples, Key::new(7), &workers, &|_| {}).unwrap();
        let distance = (ours.bound.nats - bound).abs();
        assert!(distance < 5.3 * deviation + 1e-5, "{} {bound} {deviation}", ours.bound.nats);

        let (mut exact, mut variance, mut bias) = (0.0, 0.0, 0.0);
        for image in states {
            let evidence: f64 = image.iter().map(|s| s.p * (-s.nll).exp()).sum();
            exact -= evidence.ln() / IMAGES as f64;
            let square: f64 = image.iter().map(|s| (s.p * (-s.nll).exp()).powi(2) / s.q).sum();
            // The relative variance of the mean of the weights. Its logarithm is biased by half of this.
            let relative = (square / evidence.powi(2) - 1.0) / samples as f64;
            variance += relative;
            bias += relative / 2.0 / IMAGES as f64;
        }
        let weighted = importance_weighted(model, &pixels, samples, Key::new(8), &workers, &|_| {});
        let weighted = weighted.unwrap().nats;
        let bound = 5.3 * variance.sqrt() / IMAGES as f64 + bias + 1e-5;
        assert!((weighted - exact).abs() < bound, "{weighted} {exact} {bound}");
        assert!(exact < ours.bound.nats);
        ours
    }

    #[test]
    fn bounds_of_choices_equal_enumeration() {
        let model = model("2x2");
        let ours = assert_bounds(&model, &enumerate(&model, &pixels()));
        let entropy = ours.code.entropy().unwrap();
        let LatentUsage::Choices { entropies, usage } = ours.code else { panic!("2x2") };
        assert!(usage.chunks(2).all(|row| (row[0] + row[1] - 1.0).abs() < 1e-9));
        assert!(entropies.len() == 2 && entropies.iter().all(|&h| h > 0.0 && h < 2f64.ln()));
        assert!((entropy - (entropies[0] + entropies[1]) / 2.0).abs() < 1e-15);
    }

    #[test]
    fn bounds_of_a_gaussian_latent_equal_quadrature() {
        let model = model("gaussian:1");
        let states = integrate(&model, &pixels());
        // The integral of q is 1, so the rule is accurate.
        assert!(states.iter().all(|s| (s.iter().map(|s| s.q).sum::<f64>() - 1.0).abs() < 1e-12));
        let ours = assert_bounds(&model, &states);
        let LatentUsage::Dimensions { kl } = ours.code else { panic!("gaussian:1") };
        assert!((kl[0] - ours.kl).abs() < 1e-6 && kl[0] > 0.0, "{kl:?} {}", ours.kl);
    }

    #[test]
    fn the_number_of_workers_does_not_change_the_result() {
        for latents in ["2x2", "gaussian:3"] {
            let (model, pixels) = (model(latents), pixels().repeat(100));
            let run = |threads: usize| {
                let workers = Workers::new(threads).unwrap();
                let weighted =
                    importance_weighted(&model, &pixels, 3, Key::new(1), &workers, &|_| {});
                let bound = evaluate(&model, &pixels, 2, Key::new(1), &workers, &|_| {});
                (bound.unwrap(), weighted.unwrap())
            };
            assert_eq!(run(1), run(3));
        }
    }
}
