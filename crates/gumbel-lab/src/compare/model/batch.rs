//! `Images`: draws of estimators on tensors, in f32, for images under an autoencoder.

use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData, activation};
use gumbel::Key;
use gumbel_burn::estimator::{Cost, Estimator, Variables};
use gumbel_burn::likelihood;
use gumbel_train::values::floats;
use gumbel_train::workers::Workers;

use super::super::image_cost::logits;
use super::groups::{Draws, GROUPS, Group};
use crate::error::LabError;
use crate::vae::{Choices, Vae};

/// The rows of a batch, about: as many as a default training has.
pub(super) const ROWS: usize = 100;

/// An estimator with its temperature and its own parameters, frozen.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) estimator: Box<dyn Estimator>,
    pub(super) tau: Option<f64>,
    pub(super) parameters: Vec<TensorData>,
}

/// Images under an autoencoder, whose weights are constants here.
pub(super) struct Images {
    pub(super) choices: Choices,
    /// The number of images.
    pub(super) images: usize,
    /// `[images, d]`.
    pub(super) pixels: Vec<f32>,
    /// `[images, v, k]`.
    pub(super) logits: Vec<f32>,
    decoder: Vec<(Tensor<2>, Tensor<2>)>,
    device: Device,
}

impl Images {
    pub(super) fn new(vae: &Vae, pixels: &[f32]) -> Result<Self, LabError> {
        let d = vae.pixels();
        if pixels.is_empty() || !pixels.len().is_multiple_of(d) {
            let problem = format!("expected images of {d} pixels, found {} pixels", pixels.len());
            return Err(LabError::setting("images", problem));
        }
        let (choices, logits) = logits(vae, pixels)?;
        let device = Device::flex().autodiff();
        let layer = |(weights, bias): (Vec<f32>, Vec<f32>)| {
            let shape = [weights.len() / bias.len(), bias.len()];
            let matrix = |data, shape| Tensor::from_data(TensorData::new(data, shape), &device);
            (matrix(weights, shape), matrix(bias, [1, shape[1]]))
        };
        let decoder = vae.decoder_weights().into_iter().map(layer).collect();
        let images = pixels.len() / d;
        Ok(Self { choices, images, pixels: pixels.to_vec(), logits, decoder, device })
    }

    /// The draws of each image in a batch.
    fn at_once(&self) -> usize {
        (ROWS / self.images).max(1)
    }

    /// The number of batches in a group, for at least `draws` draws of each image.
    fn batches(&self, draws: u64) -> usize {
        let at_once = self.at_once();
        let wanted = draws.div_ceil((GROUPS * at_once) as u64) as usize;
        wanted.max(2_usize.div_ceil(at_once))
    }

    /// The number of draws of each image that [`measure`](Self::measure) makes for `draws`.
    pub(super) fn whole(&self, draws: u64) -> u64 {
        (GROUPS * self.batches(draws) * self.at_once()) as u64
    }

    fn decode(&self, code: Tensor<2>) -> Tensor<2> {
        let layers = self.decoder.iter().enumerate();
        layers.fold(code, |h, (i, (weights, bias))| {
            let h = if i > 0 { activation::relu(h) } else { h };
            h.matmul(weights.clone()) + bias.clone()
        })
    }

    /// Draws each image `draws` times: estimates `[draws, images, v, k]`, and the time without the inputs' copies.
    pub(super) fn draw(
        &self,
        candidate: &Candidate,
        draws: usize,
        first: usize,
        key: Key,
    ) -> Result<(Vec<f32>, Duration), LabError> {
        let Choices { variables, classes } = self.choices;
        let rows = draws * self.images;
        let data = TensorData::new(self.logits.repeat(draws), [rows, variables, classes]);
        let logits = Tensor::<3>::from_data(data, &self.device).require_grad();
        let data =
            TensorData::new(self.pixels.repeat(draws), [rows, self.pixels.len() / self.images]);
        let x = Tensor::<2>::from_data(data, &self.device);
        let parameters = candidate.parameters.iter();
        let parameters =
            parameters.map(|data| Tensor::from_data(data.clone(), &self.device)).collect();
        let began = Instant::now();
        let variables = Variables::new(logits.clone(), key).first_row(first * self.images);
        let variables =
            variables.with_tau(candidate.tau.unwrap_or(1.0)).with_parameters(parameters);
        let cost =
            |code: Tensor<3>| likelihood::bernoulli_nll(self.decode(code.flatten(1, 2)), x.clone());
        let estimate = candidate.estimator.estimate(&variables, &Cost::new(&cost))?;
        let mut gradients = estimate.surrogate.sum().backward();
        let gradient = logits.grad_remove(&mut gradients);
        let gradient = gradient.map_or_else(|| vec![0.0; rows * variables_in(self)], floats);
        Ok((gradient, began.elapsed()))
    }

    /// Draws each image at least `draws` times, in groups; also the shortest time of a row in a batch, in seconds.
    ///
    /// Draw i of an image has the same noise however many threads there are, and sums have a fixed order.
    /// `told` hears of the draws of each batch.
    pub(super) fn measure(
        &self,
        candidate: &Candidate,
        draws: u64,
        key: Key,
        shift: &[f64],
        workers: &Workers,
        told: &(dyn Fn(u64) + Sync),
    ) -> Result<(Draws, f64), LabError> {
        let (at_once, batches) = (self.at_once(), self.batches(draws));
        let groups = workers.run((0..GROUPS).collect(), |_, g: usize| {
            let (mut group, mut shortest) = (Group::new(shift.len()), f64::INFINITY);
            for batch in 0..batches {
                let first = (g * batches + batch) * at_once;
                let (estimates, time) = self.draw(candidate, at_once, first, key)?;
                estimates.chunks_exact(shift.len()).for_each(|draw| group.add(draw, shift));
                shortest = shortest.min(time.as_secs_f64() / (at_once * self.images) as f64);
                told(at_once as u64);
            }
            Ok((group, shortest))
        });
        let groups = groups.into_iter().collect::<Result<Vec<_>, LabError>>()?;
        let shortest = groups.iter().map(|(_, time)| *time).fold(f64::INFINITY, f64::min);
        let groups: Vec<Group> = groups.into_iter().map(|(group, _)| group).collect();
        Ok((Draws::of(&groups, shift), shortest))
    }
}

fn variables_in(images: &Images) -> usize {
    images.choices.variables * images.choices.classes
}
