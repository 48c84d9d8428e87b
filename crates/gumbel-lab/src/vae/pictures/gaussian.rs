//! The report of a Gaussian code.

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::distribution::Normal;
use gumbel_report::{LineChart, Series};
use gumbel_train::report::{Chart, Drawing};
use gumbel_train::values::rows;

use super::CodeTexts;
use crate::vae::model::Vae;

/// A dimension is used when its divergence is above this, in nats.
const ACTIVE: f64 = 0.01;
/// Rows and columns of the manifold.
pub(super) const SIDE: usize = 15;

pub(super) fn texts(dimensions: usize) -> CodeTexts {
    CodeTexts {
        kind: "Gaussian",
        lead: format!(
            "An autoencoder whose code is {dimensions} numbers, normal given the image, trained \
             through the re-parameterised sample z = mu + sigma eps."
        ),
        samples: "samples an image",
        code: "code, drawn from q(z | x),",
        curves: [
            ("validation", |row| Some(row.validation_bound)),
            ("training", |row| Some(row.train_bound)),
            ("training objective", |row| Some(row.objective)),
        ],
        bounds: "The training objective is the bound too, with weights that change in the epoch.",
    }
}

/// A chart of the divergence of each dimension, largest first.
pub(super) fn chart(kl: &[f64]) -> Chart {
    let mut sorted = kl.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let active = sorted.iter().filter(|&&kl| kl > ACTIVE).count();
    let points = sorted.iter().enumerate().map(|(i, &kl)| ((i + 1) as f64, kl)).collect();
    Chart {
        file: "divergence",
        alt: format!("the divergence of each of {} dimensions, sorted", kl.len()),
        caption: format!(
            "How much each latent dimension says about an image: the mean of its divergence \
             KL(q(z | x) || p(z)) over the test images, largest first. {active} of {} are above \
             {ACTIVE} nats; a dimension at 0 is not used.",
            kl.len()
        ),
        drawing: Drawing::Lines(LineChart {
            title: "Divergence of the dimensions".to_owned(),
            x_label: "latent dimension, by rank".to_owned(),
            y_label: "nats".to_owned(),
            series: vec![Series { name: "KL(q(z | x) || p(z))".to_owned(), points }],
        }),
    }
}

/// The mean images of a grid over two dimensions: z at the quantiles (i + 1/2) / 15 of the prior, the
/// first dimension to the right, the second upwards.
pub(super) fn manifold(model: &Vae) -> Vec<Vec<f32>> {
    let quantile = |i: usize| {
        let p = (i as f64 + 0.5) / SIDE as f64;
        // p is inside (0, 1), so the quantile exists.
        Normal::STANDARD.quantile(p).unwrap_or_default() as f32
    };
    let code = (0..SIDE * SIDE).flat_map(|i| [quantile(i % SIDE), quantile(SIDE - 1 - i / SIDE)]);
    let code = TensorData::new(code.collect::<Vec<f32>>(), [SIDE * SIDE, 2]);
    rows(model.means(Tensor::from_data(code, &Device::flex())))
}
