//! `Reference`: the gradient that estimators are held against, exact where the states can be counted.

use gumbel::Key;
use gumbel_burn::estimator::{Name, Options};
use gumbel_compare::simplex::{dot, softmax};
use gumbel_train::workers::Workers;

use super::batch::{Candidate, Images};
use super::candidates::candidate;
use crate::compare::decoder::{Decoder, softplus};
use crate::error::LabError;
use crate::vae::Vae;

/// The most states over which a reference is a sum.
pub(super) const MOST_STATES: usize = 1 << 14;
/// The states of one job of the sum.
const STATES_AT_ONCE: usize = 256;
/// The evaluations of the cost of each image in the trial of the unbiased estimators.
const TRIAL: u64 = 256;

/// How the reference of a comparison was made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// A sum over all states.
    Enumeration {
        /// The number of states.
        states: usize,
    },
    /// The mean of draws of an unbiased estimator.
    Draws {
        /// The name of the estimator, with its parameters.
        estimator: String,
        /// The draws of each image.
        draws: u64,
        /// The standard error of the mean, as a vector, over the norm of the gradient.
        relative_error: f64,
    },
}

/// The reference: the mean of each group of draws, or the exact gradient as the only one.
pub(super) struct Reference {
    pub(super) means: Vec<Vec<f64>>,
    pub(super) origin: Origin,
}

/// The number of states, if a reference is a sum over them.
fn countable(images: &Images) -> Option<usize> {
    let exponent = u32::try_from(images.choices.variables).ok()?;
    images.choices.classes.checked_pow(exponent).filter(|states| *states <= MOST_STATES)
}

/// The unbiased estimators of which one makes the reference.
fn unbiased() -> [(Name, Options); 5] {
    let eight = Options { samples: Some(8), ..Options::default() };
    [
        (Name::Indecater, Options::default()),
        (Name::Rloo, eight),
        (Name::MuProp, Options::default()),
        (Name::Rebar, Options::default()),
        (Name::Disarm, Options::default()),
    ]
}

/// Makes the reference: a sum over all states, or draws that take about `evaluations` evaluations of each image.
pub(super) fn reference(
    vae: &Vae,
    images: &Images,
    evaluations: u64,
    key: Key,
    workers: &Workers,
    told: &(dyn Fn(u64) + Sync),
) -> Result<Reference, LabError> {
    if let Some(states) = countable(images) {
        let exact = enumerated(&Decoder::of(vae), images, states, workers);
        told(evaluations);
        return Ok(Reference { means: vec![exact], origin: Origin::Enumeration { states } });
    }
    drawn(images, evaluations, key, workers, told)
}

/// Draws of the estimator with the least variance times evaluations in a trial.
pub(super) fn drawn(
    images: &Images,
    evaluations: u64,
    key: Key,
    workers: &Workers,
    told: &(dyn Fn(u64) + Sync),
) -> Result<Reference, LabError> {
    let [trial_key, key] = key.split();
    let zeros = vec![0.0; images.logits.len()];
    let (v, k) = (images.choices.variables, images.choices.classes);
    let mut best: Option<(f64, Candidate, u64)> = None;
    for (name, options) in unbiased() {
        let candidate = candidate(name, options, None, images, &[])?;
        let evals = candidate.estimator.evaluations(v, k) as u64;
        let draws = (TRIAL / evals).max(2);
        let (found, _) = images.measure(&candidate, draws, trial_key, &zeros, workers, &|_| {})?;
        let price = found.total_variance * evals as f64;
        if best.as_ref().is_none_or(|(least, ..)| price < *least) {
            best = Some((price, candidate, evals));
        }
    }
    let (_, candidate, evals) = best.expect("there are unbiased estimators");
    let draws = images.whole(evaluations.div_ceil(evals));
    let told = |n: u64| told(n * evaluations / draws.max(1));
    let (found, _) = images.measure(&candidate, draws, key, &zeros, workers, &told)?;
    let error = (found.total_variance / found.draws as f64).sqrt();
    let mean = found.mean();
    let settings = candidate.estimator.settings();
    let estimator = format!("{} {settings}", candidate.estimator.name()).trim_end().to_owned();
    let origin = Origin::Draws {
        estimator,
        draws: found.draws,
        relative_error: error / (dot(&mean, &mean) - error * error).max(0.0).sqrt(),
    };
    Ok(Reference { means: found.means, origin })
}

/// The exact gradient of each image in its logits, `[images, v, k]`: sum_D P(D) f(D) (D - pi), in f64.
///
/// The decoder of a state is computed once for all images: the cost of image x at logits l of the pixels is
/// sum_j softplus(l_j) - x . l.
fn enumerated(decoder: &Decoder, images: &Images, states: usize, workers: &Workers) -> Vec<f64> {
    let (v, k) = (images.choices.variables, images.choices.classes);
    let wide = |values: &[f32]| values.iter().copied().map(f64::from).collect::<Vec<_>>();
    let (pixels, pi) = (wide(&images.pixels), softmax(&wide(&images.logits), k, 1.0));
    let d = pixels.len() / images.images;
    let firsts: Vec<usize> = (0..states).step_by(STATES_AT_ONCE).collect();
    let parts = workers.run(firsts, |_, first| {
        let (mut sums, mut means) = (vec![0.0; pi.len()], vec![0.0; images.images]);
        for state in first..states.min(first + STATES_AT_ONCE) {
            let class = |l: usize| state / k.pow((v - 1 - l) as u32) % k;
            let mut code = vec![0.0; v * k];
            (0..v).for_each(|l| code[l * k + class(l)] = 1.0);
            let logits = decoder.logits(&code);
            let base: f64 = logits.iter().map(|l| softplus(*l)).sum();
            for (i, x) in pixels.chunks_exact(d).enumerate() {
                let places = (0..v).map(|l| (i * v + l) * k + class(l));
                let p: f64 = places.clone().map(|place| pi[place]).product();
                let weighted = p * (base - dot(x, &logits));
                means[i] += weighted;
                places.for_each(|place| sums[place] += weighted);
            }
        }
        (sums, means)
    });
    let (mut sums, mut means) = (vec![0.0; pi.len()], vec![0.0; images.images]);
    for (part, mean) in &parts {
        sums.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
        means.iter_mut().zip(mean).for_each(|(sum, x)| *sum += x);
    }
    let of_image = |(place, pi): (usize, &f64)| sums[place] - means[place / (v * k)] * pi;
    pi.iter().enumerate().map(of_image).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{model, pixels};
    use super::*;
    use crate::compare::ImageCost;
    use gumbel_compare::Tabulated;

    #[test]
    fn the_sum_is_the_exact_gradient_of_each_image() {
        let (vae, pixels) = (model("2x3"), pixels(3));
        let images = Images::new(&vae, &pixels).unwrap();
        let workers = Workers::new(2).unwrap();
        let found = reference(&vae, &images, 1, Key::new(0), &workers, &|_| {}).unwrap();
        assert_eq!(found.origin, Origin::Enumeration { states: 9 });
        let d = vae.pixels();
        for (i, found) in found.means[0].chunks_exact(6).enumerate() {
            let image = ImageCost::new("image", &vae, &pixels[i * d..(i + 1) * d]).unwrap();
            let table = Tabulated::new(&image).unwrap();
            for (a, b) in found.iter().zip(table.exact_gradient()) {
                assert!((a - b).abs() < 1e-12, "{a} {b}");
            }
        }
    }

    /// Draws against the sum: within 6 standard errors in each of 18 coordinates, a false alarm in 3e7.
    #[test]
    fn draws_agree_with_the_sum_within_their_error() {
        let (vae, pixels) = (model("2x3"), pixels(3));
        let images = Images::new(&vae, &pixels).unwrap();
        let workers = Workers::new(2).unwrap();
        let exact = reference(&vae, &images, 1, Key::new(0), &workers, &|_| {}).unwrap();
        let found = drawn(&images, 20_000, Key::new(1), &workers, &|_| {}).unwrap();
        let mean = super::super::groups::mean(&found.means);
        let n = found.means.len() as f64;
        for (j, exact) in exact.means[0].iter().enumerate() {
            let squares: f64 = found.means.iter().map(|group| (group[j] - mean[j]).powi(2)).sum();
            let error = (squares / (n * (n - 1.0))).sqrt();
            // Of 16 groups: Student's t with 15 degrees of freedom exceeds 9 in 2e7.
            assert!((mean[j] - exact).abs() < 9.0 * error, "{j}: {} {exact} {error}", mean[j]);
        }
        let Origin::Draws { relative_error, .. } = found.origin else { panic!() };
        assert!(relative_error > 0.0 && relative_error < 0.1, "{relative_error}");
    }

    #[test]
    fn many_states_are_not_counted() {
        for (latents, states) in [("7x4", Some(16_384)), ("20x10", None), ("15x2", None)] {
            let images = Images::new(&model(latents), &pixels(1)).unwrap();
            assert_eq!(countable(&images), states);
        }
    }
}
