//! The network: linear encoder, code, decoder.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData, activation};
use gumbel::Key;
use gumbel_burn::{init, likelihood};
use gumbel_train::values::{floats, rows};

use crate::error::LabError;
use crate::vae::config::{Gradient, Prior, VaeConfig};
use crate::vae::latents::{Choices, Latents};
use crate::vae::posterior::Posterior;
use crate::vae::{categorical, gaussian};

/// The least distance of the pixel means from 0 and 1 when the output bias is set to their logit.
pub const MEAN_CLAMP: f32 = 1e-3;

/// The number of the key of the estimator's own parameters.
const ESTIMATOR: u64 = 2;

/// The most numbers of codes or images that are sampled at once.
const MAX_SAMPLED: usize = 1 << 25;

/// The autoencoder: a linear encoder, a discrete or Gaussian code, a decoder.
#[derive(Module, Debug)]
pub struct Vae {
    encoder: Linear,
    decoder: Vec<Linear>,
    /// Logits of p(z), `[v, k]`, for a categorical code. Absent for a Gaussian code, where p(z) is N(0, 1).
    prior: Option<Param<Tensor<2>>>,
    /// The parameters of the gradient estimator, if it has any: not used after the training.
    estimator: Vec<Param<Tensor<2>>>,
    /// The share u of the uniform law in q(z | x).
    unimix: f64,
    /// Means of the training pixels, `[d]`: subtracted before the encoder, not trained.
    mean: Param<Tensor<1>>,
}

impl Vae {
    /// Creates a model with initial weights.
    ///
    /// Weights and biases of a layer with n inputs are uniform on (-1/sqrt(n), 1/sqrt(n)), drawn from
    /// `key`. The bias of the last layer is the logit of the pixel means, which are kept [`MEAN_CLAMP`]
    /// away from 0 and 1. Prior logits are zero.
    pub fn new(config: &VaeConfig, pixel_means: &[f32], key: Key, device: &Device) -> Self {
        let d = pixel_means.len();
        let mut sizes = vec![config.latents.code_size()];
        sizes.extend(&config.hidden);
        let [encoder_key, decoder_key] = key.split();
        let encoder = linear(d, config.latents.encoded_size(), encoder_key, None, device);
        let last = sizes.len() - 1;
        let decoder = (0..=last)
            .map(|i| {
                let output = sizes.get(i + 1).copied().unwrap_or(d);
                let bias = (i == last).then(|| pixel_means.iter().map(|&m| logit(m)).collect());
                linear(sizes[i], output, decoder_key.fold_in(i as u64), bias, device)
            })
            .collect();
        let prior = match config.latents {
            Latents::Categorical(Choices { variables, classes }) => {
                let prior = Tensor::zeros([variables, classes], device);
                let prior = prior.set_require_grad(config.prior != Some(Prior::Uniform));
                Some(Param::initialized(ParamId::new(), prior))
            }
            Latents::Gaussian(_) => None,
        };
        let mean = Tensor::from_data(TensorData::from(pixel_means), device);
        let mean = Param::initialized(ParamId::new(), mean);
        let estimator = estimator_parameters(config, key.fold_in(ESTIMATOR), device);
        let unimix = config.unimix.unwrap_or(0.0);
        Self { encoder, decoder, prior, estimator, unimix, mean }
    }

    /// The kind and the size of the code.
    pub fn latents(&self) -> Latents {
        match &self.prior {
            Some(prior) => {
                let [variables, classes] = prior.val().dims();
                Latents::Categorical(Choices { variables, classes })
            }
            None => Latents::Gaussian(self.encoder.weight.val().dims()[1] / 2),
        }
    }

    /// The number of pixels of an image, d.
    pub fn pixels(&self) -> usize {
        self.mean.val().dims()[0]
    }

    /// The device of the weights.
    pub(crate) fn device(&self) -> Device {
        self.mean.val().device()
    }

    /// The distribution q(z | x) of the codes of images `[rows, d]`.
    pub fn encode(&self, x: Tensor<2>) -> Posterior {
        let encoded = self.encoder.forward(x - self.mean.val().unsqueeze());
        match &self.prior {
            Some(prior) => Posterior::Categorical(categorical::Posterior::new(
                encoded,
                prior.val(),
                self.unimix,
            )),
            None => Posterior::Gaussian(gaussian::Posterior::new(encoded)),
        }
    }

    /// Weights, `[inputs, outputs]` row by row, and biases of the layers of the decoder, first to last.
    pub(crate) fn decoder_weights(&self) -> Vec<(Vec<f32>, Vec<f32>)> {
        let bias = |layer: &Linear| layer.bias.as_ref().map_or_else(Vec::new, |b| floats(b.val()));
        self.decoder.iter().map(|layer| (floats(layer.weight.val()), bias(layer))).collect()
    }

    /// The parameters of the gradient estimator.
    pub(crate) fn estimator_parameters(&self) -> Vec<TensorData> {
        self.estimator.iter().map(|parameter| parameter.val().into_data()).collect()
    }

    /// Logits of p(x | z), `[rows, d]`, for codes `[rows, code size]`.
    pub fn decode(&self, code: Tensor<2>) -> Tensor<2> {
        let mut h = code;
        for (i, layer) in self.decoder.iter().enumerate() {
            if i > 0 {
                h = activation::relu(h);
            }
            h = layer.forward(h);
        }
        h
    }

    /// The training objective of each row: the cost of a sample plus the divergence, or the multi-sample bound of
    /// an estimator for it. Row i uses the noise of image `first + i` of the key.
    ///
    /// # Errors
    /// Encoder outputs that are not finite; an invalid temperature; an estimator that does not take this code.
    pub fn objective(
        &self,
        x: Tensor<2>,
        gradient: Gradient<'_>,
        key: Key,
        first: usize,
    ) -> Result<Tensor<1>, LabError> {
        let parameters = self.estimator.iter().map(Param::val).collect();
        self.encode(x.clone()).objective(gradient, parameters, key, first, |code| {
            likelihood::bernoulli_nll(self.decode(code), x.clone())
        })
    }

    /// Means of the pixels, `[rows, d]`, for codes `[rows, code size]`.
    pub fn means(&self, code: Tensor<2>) -> Tensor<2> {
        activation::sigmoid(self.decode(code))
    }

    /// Samples `n` codes from the prior and returns the pixel means of their images, in 0 to 1.
    ///
    /// # Panics
    /// Prior logits that are not finite, which a loaded or trained model does not have.
    pub fn sample_prior(&self, n: usize, key: Key) -> Vec<Vec<f32>> {
        // In parts that fit into memory, whatever the size of a code.
        let (size, device) = (self.latents().code_size(), self.mean.val().device());
        let at_once = (MAX_SAMPLED / size.max(self.pixels()).max(1)).max(1);
        let mut images = Vec::with_capacity(n);
        while images.len() < n {
            let first = images.len();
            let n = at_once.min(n - first);
            let code = match &self.prior {
                Some(prior) => categorical::Posterior::of_prior(prior.val(), n).sample(key, first),
                None => {
                    let zero = Tensor::zeros([n, size], &device);
                    gaussian::Posterior::of_prior(zero).sample(key, first)
                }
            };
            images.extend(rows(self.means(code.expect("prior logits are finite"))));
        }
        images
    }
}

/// The initial parameters of the gradient estimator.
fn estimator_parameters(config: &VaeConfig, key: Key, device: &Device) -> Vec<Param<Tensor<2>>> {
    let (Latents::Categorical(choices), Ok(Some(estimator))) =
        (config.latents, config.make_estimator())
    else {
        return Vec::new();
    };
    let Choices { variables, classes } = choices;
    let initial = estimator.parameters(variables, classes, key, device);
    let param = |x: Tensor<2>| Param::initialized(ParamId::new(), x.require_grad());
    initial.into_iter().map(param).collect()
}

fn logit(mean: f32) -> f32 {
    let p = mean.clamp(MEAN_CLAMP, 1.0 - MEAN_CLAMP);
    (p / (1.0 - p)).ln()
}

fn linear(
    inputs: usize,
    outputs: usize,
    key: Key,
    bias: Option<Vec<f32>>,
    device: &Device,
) -> Linear {
    let [weight_key, bias_key] = key.split();
    let weight = init::uniform(weight_key, [inputs, outputs], inputs, device);
    let bias = match bias {
        Some(bias) => Tensor::from_data(TensorData::new(bias, [outputs]), device),
        None => init::uniform(bias_key, [outputs], inputs, device),
    };
    Linear {
        weight: Param::initialized(ParamId::new(), weight.require_grad()),
        bias: Some(Param::initialized(ParamId::new(), bias.require_grad())),
    }
}
