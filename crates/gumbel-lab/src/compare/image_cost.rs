//! `ImageCost`: the cost of one image under a trained autoencoder as a problem of `gumbel-compare`.

use burn::tensor::{Tensor, TensorData};
use gumbel_compare::problem::Problem;
use gumbel_train::values::floats;

use super::decoder::Decoder;
use crate::error::LabError;
use crate::vae::{Choices, Latents, Posterior, Vae};

/// The cost of one image under an autoencoder with discrete latents, in plain f64.
///
/// ```text
/// theta = logits of q(z | x),   f(z) = -ln p(x | z) = sum_j softplus(l_j(z)) - x_j l_j(z),   l = decoder(z)
/// ```
///
/// The divergence from the prior is no part of f: it and its gradient are computed without sampling. Its logits are
/// those that a training would draw from, `unimix` included. The decoder is also defined between the corners. Weights
/// are those of the model, f32, and all arithmetic is f64.
///
/// ```
/// use burn::{module::Module, tensor::Device};
/// use gumbel::Key;
/// use gumbel_compare::{Tabulated, problem::Problem};
/// use gumbel_lab::compare::ImageCost;
/// use gumbel_lab::vae::{Vae, VaeConfig};
///
/// let config = VaeConfig::defaults("digits").with_latents("2x3".parse()?);
/// let vae = Vae::new(&config, &[0.5; 64], Key::new(7), &Device::flex().autodiff()).valid();
/// let image = ImageCost::new("first", &vae, &[1.0; 64])?;
/// assert_eq!((image.variables(), image.classes()), (2, 3));
/// assert!(Tabulated::new(&image)?.expected_cost() > 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageCost {
    name: String,
    choices: Choices,
    logits: Vec<f64>,
    decoder: Decoder,
    pixels: Vec<f64>,
}

impl ImageCost {
    /// Makes the problem of one image, `pixels: [d]`, each within 0 to 1.
    ///
    /// # Errors
    /// A Gaussian code; another number of pixels than the model has.
    pub fn new(name: impl Into<String>, vae: &Vae, pixels: &[f32]) -> Result<Self, LabError> {
        if pixels.len() != vae.pixels() {
            let problem = format!("expected {} of them, found {}", vae.pixels(), pixels.len());
            return Err(LabError::setting("pixels", problem));
        }
        let (choices, logits) = logits(vae, pixels)?;
        let wide = |values: &[f32]| values.iter().copied().map(f64::from).collect();
        Ok(Self {
            name: name.into(),
            choices,
            logits: wide(&logits),
            decoder: Decoder::of(vae),
            pixels: wide(pixels),
        })
    }
}

/// The logits of q(z | x) of images `[images, d]`, `[images, v, k]`.
pub(super) fn logits(vae: &Vae, pixels: &[f32]) -> Result<(Choices, Vec<f32>), LabError> {
    let shape = [pixels.len() / vae.pixels().max(1), vae.pixels()];
    let x = Tensor::from_data(TensorData::new(pixels.to_vec(), shape), &vae.device());
    match (vae.latents(), vae.encode(x)) {
        (Latents::Categorical(choices), Posterior::Categorical(q)) => {
            Ok((choices, floats(q.logits())))
        }
        (latents, _) => {
            let problem = format!(
                "expected discrete choices such as 20x10, found {latents}: a Gaussian sample has its own gradient, \
                 and no estimators to compare"
            );
            Err(LabError::setting("latents", problem))
        }
    }
}

impl Problem for ImageCost {
    fn name(&self) -> &str {
        &self.name
    }

    fn variables(&self) -> usize {
        self.choices.variables
    }

    fn classes(&self) -> usize {
        self.choices.classes
    }

    fn logits(&self) -> Vec<f64> {
        self.logits.clone()
    }

    fn cost(&self, x: &[f64]) -> f64 {
        self.decoder.cost(x, &self.pixels)
    }

    fn gradient(&self, x: &[f64]) -> Vec<f64> {
        self.decoder.gradient(x, &self.pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vae::VaeConfig;
    use burn::module::Module;
    use burn::tensor::Device;
    use gumbel::{Key, noise};
    use gumbel_burn::likelihood;

    const D: usize = 5;

    fn model(latents: &str, hidden: &[usize]) -> Vae {
        let config = VaeConfig {
            hidden: hidden.to_vec(),
            unimix: (!latents.starts_with('g')).then_some(0.1),
            ..VaeConfig::defaults("digits").with_latents(latents.parse().unwrap())
        };
        Vae::new(&config, &[0.3; D], Key::new(5), &Device::flex().autodiff()).valid()
    }

    /// Central differences with h = 1e-5 have an error of h^2 f'''/6, and no kink of a relu is so near here.
    #[test]
    fn the_gradient_equals_finite_differences() {
        for hidden in [&[][..], &[8], &[8, 6]] {
            let image = ImageCost::new("image", &model("2x3", hidden), &[1.0, 0.0, 0.25, 1.0, 0.0])
                .unwrap();
            for seed in 0..20 {
                let mut x = vec![0.0; 6];
                noise::uniform_into(Key::new(seed), 0, &mut x);
                let gradient = image.gradient(&x);
                for i in 0..6 {
                    let moved = |h: f64| {
                        let mut x = x.clone();
                        x[i] += h;
                        image.cost(&x)
                    };
                    let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!((gradient[i] - difference).abs() < 1e-8, "{hidden:?} {seed} {i}");
                }
            }
        }
    }

    #[test]
    fn cost_and_logits_are_those_of_the_model() {
        for hidden in [&[][..], &[8], &[8, 6]] {
            let vae = model("2x3", hidden);
            let pixels = [1.0_f32, 0.0, 0.25, 1.0, 0.0];
            let image = ImageCost::new("image", &vae, &pixels).unwrap();
            let device = Device::flex();
            let x = Tensor::<2>::from_data(TensorData::new(pixels.to_vec(), [1, D]), &device);
            let Posterior::Categorical(q) = vae.encode(x.clone()) else { unreachable!() };
            let near = |a: f64, b: f32| (a - f64::from(b)).abs() < 1e-5;
            assert!(image.logits().iter().zip(floats(q.logits())).all(|(a, b)| near(*a, b)));
            let code = [0.2_f32, 0.3, 0.5, 0.0, 1.0, 0.0];
            let tensor = Tensor::<2>::from_data(TensorData::new(code.to_vec(), [1, 6]), &device);
            let cost = likelihood::bernoulli_nll(vae.decode(tensor), x).unwrap();
            assert!(near(image.cost(&code.map(f64::from)), cost.into_scalar::<f32>()));
        }
    }

    #[test]
    fn a_gaussian_code_and_other_pixels_are_refused() {
        let error = ImageCost::new("image", &model("gaussian:2", &[8]), &[0.0; D]).unwrap_err();
        assert!(error.to_string().contains("expected discrete choices such as 20x10"), "{error}");
        let error = ImageCost::new("image", &model("2x3", &[8]), &[0.0; 4]).unwrap_err();
        assert_eq!(error.to_string(), "pixels: expected 5 of them, found 4");
    }

    #[test]
    fn large_logits_have_a_finite_cost() {
        use super::super::decoder::softplus;
        assert_eq!((softplus(800.0), softplus(-800.0)), (800.0, 0.0));
        assert!((softplus(0.0) - 2f64.ln()).abs() < 1e-15);
    }
}
