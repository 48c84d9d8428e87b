//! The gradient of the whole objective, compared with finite differences.

use burn::tensor::TensorData;
use gumbel::noise::normal_into;
use gumbel_burn::GateCondition;
use gumbel_data::jpeg::{Content, LoadOptions};
use gumbel_train::parameters;

use super::*;
use crate::frequency::config::Stem;

const IMAGES: usize = 6;

fn set(content: Content) -> JpegSet {
    let options = LoadOptions { content, ..LoadOptions::default() };
    let mut set = JpegSet::smoke(&options).unwrap();
    set.train.images.truncate(IMAGES);
    set
}

/// Settings with soft gates, as a hard gate has the gradient of the soft one by definition.
fn kinds() -> Vec<FrequencyConfig> {
    let mut mean = FrequencyConfig { width: 8, ..FrequencyConfig::defaults("digits-jpeg") };
    let gate = mean.gate.as_mut().unwrap();
    gate.hard = false;
    gate.penalty = GatePenalty::Mean { lambda: 0.7 };
    let mut above = mean.clone();
    let gate = above.gate.as_mut().unwrap();
    gate.condition = GateCondition::Static;
    gate.penalty = GatePenalty::AboveTarget { lambda: 2.0, target: 0.25 };
    let (strided, patch) =
        (mean.clone().on_pixels(Stem::Strided), mean.clone().on_pixels(Stem::Patch));
    vec![mean, above, strided, patch]
}

/// Weights as they might be in the middle of a training: the initial ones, each moved.
fn weights(task: &FrequencyTask<'_>, device: &Device) -> Vec<(String, TensorData)> {
    let initial = parameters::collect(&task.init(Key::new(3), device));
    let moved = |(i, leaf): (usize, parameters::Leaf)| {
        let data = parameters::to_data(leaf.rank, leaf.value);
        let (shape, mut values) = (data.shape().clone(), data.try_to_vec::<f32>().unwrap());
        let mut noise = vec![0.0_f32; values.len()];
        normal_into(Key::new(5).fold_in(i as u64), 0, &mut noise);
        if leaf.trained {
            values.iter_mut().zip(noise).for_each(|(x, z)| *x += 0.1 * z);
        }
        (leaf.name, TensorData::new(values, shape))
    };
    initial.into_iter().enumerate().map(moved).collect()
}

fn model(
    task: &FrequencyTask<'_>,
    weights: &[(String, TensorData)],
    device: &Device,
) -> FrequencyNet {
    parameters::with_weights(task.init(Key::new(3), device), weights.to_vec(), device).unwrap()
}

/// For the weights of each layer, along the gradient and along a random direction:
///
/// ```text
/// <gradient, d> = (f(w + h d) - f(w - h d)) / 2 h
/// ```
///
/// The difference for 2 h shows the error of the finite step: it is four times that for h where f is smooth,
/// and up to twice where a ReLU switches between h and 2 h. Where a ReLU switches within the step h, as it
/// may for all blank blocks at once, the error is half of the difference of the slopes on both sides of w.
/// The objective of an image is off by at most 8 ulps.
#[test]
fn the_gradient_of_the_objective_equals_finite_differences() {
    let device = Device::flex().autodiff();
    for config in kinds() {
        let content = match config.input {
            Input::Coefficients => Content::Coefficients,
            Input::Pixels(_) => Content::Pixels,
        };
        let set = set(content);
        let moments = Moments::of(&config, &set, 1).unwrap();
        let reader = ImageReader::new(&config, (set.rows, set.columns), &moments);
        let shuffle = Shuffle::new(IMAGES);
        let task = FrequencyTask {
            config: &config,
            set: &set,
            moments,
            reader,
            threads: 1,
            shuffle,
            resident: Resident::new(),
        };
        let indices: Vec<usize> = (0..IMAGES).collect();
        let (key, noise) = (Key::new(0), Key::new(11));
        let step = Step { number: 9, epoch: 0, offset: 0, size: IMAGES, run_key: key, noise };
        let part = Part { batch: &indices, rows: 0..IMAGES, step };
        let weights = weights(&task, &device);
        let objective = |weights: &[(String, TensorData)]| {
            let loss = task.objective(&model(&task, weights, &device), &part, &device).unwrap();
            assert_eq!(loss.dims(), [IMAGES]);
            gumbel_train::values::floats(loss).into_iter().map(f64::from).sum::<f64>()
        };
        let whole = model(&task, &weights, &device);
        let gradients = task.objective(&whole, &part, &device).unwrap().sum().backward();
        let gradients = parameters::gradients(&whole, gradients);
        let value = objective(&weights);
        assert_eq!(value, objective(&weights));
        let mut widest = Vec::new();
        for (i, (leaf, gradient)) in
            parameters::collect(&whole).into_iter().zip(gradients).enumerate()
        {
            let Some(gradient) = gradient else {
                assert!(!leaf.trained, "{} has no gradient", leaf.name);
                continue;
            };
            let gradient: Vec<f64> =
                parameters::to_data(leaf.rank, gradient).iter::<f32>().map(f64::from).collect();
            let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            assert!(norm > 1e-3, "{}: {norm}", leaf.name);
            let mut random = vec![0.0_f64; gradient.len()];
            normal_into(Key::new(13).fold_in(i as u64), 0, &mut random);
            for direction in [&gradient, &random] {
                let length = direction.iter().map(|d| d * d).sum::<f64>().sqrt();
                let moved = |h: f64| {
                    let mut weights = weights.clone();
                    let data = &mut weights[i].1;
                    let values = data.iter::<f32>().zip(direction);
                    let values: Vec<f32> =
                        values.map(|(w, d)| (f64::from(w) + h * d / length) as f32).collect();
                    *data = TensorData::new(values, data.shape().clone());
                    objective(&weights)
                };
                let difference = |h: f64| (moved(h) - moved(-h)) / (2.0 * h);
                let h = 2e-3;
                let (near, far) = (difference(h), difference(2.0 * h));
                let expected: f64 =
                    gradient.iter().zip(direction).map(|(g, d)| g * d / length).sum();
                let rounding = 8.0 * 2.0_f64.powi(-24) * value / h;
                let bend = (moved(h) - 2.0 * value + moved(-h)).abs() / h;
                let tolerance = 2.0 * (far - near).abs() + 0.5 * bend + rounding;
                let text = format!(
                    "{} {}: {near}, {far}, expected {expected}, tolerance {tolerance}, norm {norm}",
                    config.kind(),
                    leaf.name
                );
                assert!((near - expected).abs() <= tolerance, "{text}");
                widest.push(tolerance / norm);
            }
        }
        // A tolerance near the size of the gradient would prove little: most are far below.
        widest.sort_by(f64::total_cmp);
        let middle = widest[widest.len() / 2];
        assert!(middle < 0.2, "{}: {middle}", config.kind());
    }
}
