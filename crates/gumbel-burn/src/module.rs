//! Gumbel-Softmax as a layer with a config, in Burn's style.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;
use gumbel::Key;

use crate::composed::one_hot_argmax;
use crate::error::Error;
use crate::gumbel_softmax::{gumbel_softmax, straight_through_gumbel_softmax};

/// Configuration of a [`GumbelSoftmax`] layer.
///
/// ```
/// use gumbel_burn::GumbelSoftmaxConfig;
/// let layer = GumbelSoftmaxConfig::new().with_tau(0.5).with_hard(true).init()?;
/// assert_eq!(layer.tau, 0.5);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Config, Debug)]
pub struct GumbelSoftmaxConfig {
    /// The temperature.
    #[config(default = 1.0)]
    pub tau: f64,
    /// Straight-through: value one-hot, gradient of the soft sample.
    #[config(default = false)]
    pub hard: bool,
    /// The axis of the classes; negative counts from the end.
    #[config(default = -1)]
    pub dim: isize,
}

/// A layer that draws a relaxed choice while training and takes the likeliest class when it is not.
///
/// It has no parameters and no hidden state: the caller gives the key of each step, and
/// [`with_tau`](GumbelSoftmax::with_tau) the temperature that a
/// [`TemperatureSchedule`](crate::TemperatureSchedule) says.
#[derive(Module, Debug)]
pub struct GumbelSoftmax {
    /// The temperature.
    pub tau: f64,
    /// Straight-through: value one-hot, gradient of the soft sample.
    pub hard: bool,
    /// The axis of the classes.
    pub dim: isize,
}

impl GumbelSoftmaxConfig {
    /// Makes the layer.
    ///
    /// # Errors
    /// A temperature that is not a finite number above 0.
    pub fn init(&self) -> Result<GumbelSoftmax, Error> {
        gumbel::check::binary::<f32>(&[], self.tau)?;
        Ok(GumbelSoftmax { tau: self.tau, hard: self.hard, dim: self.dim })
    }
}

impl GumbelSoftmax {
    /// The same layer at another temperature.
    #[must_use]
    pub fn with_tau(mut self, tau: f64) -> Self {
        self.tau = tau;
        self
    }

    /// A sample of each choice: relaxed, or one-hot when the layer is hard.
    ///
    /// # Shapes
    /// - logits: any
    /// - output: the same
    ///
    /// # Errors
    /// As [`gumbel_softmax`].
    pub fn forward<const D: usize>(&self, logits: Tensor<D>, key: Key) -> Result<Tensor<D>, Error> {
        match self.hard {
            false => gumbel_softmax(logits, key, self.tau, self.dim),
            true => straight_through_gumbel_softmax(logits, key, self.tau, self.dim),
        }
    }

    /// The likeliest class of each choice, one-hot: no noise, no temperature, no gradient.
    ///
    /// # Errors
    /// An axis that is not there.
    pub fn most_likely<const D: usize>(&self, logits: Tensor<D>) -> Result<Tensor<D>, Error> {
        gumbel::Axis::of(&logits.dims(), self.dim)?;
        let dim = if self.dim < 0 { self.dim + D as isize } else { self.dim };
        Ok(one_hot_argmax(logits.detach(), dim as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn values(t: Tensor<2>) -> Vec<f32> {
        t.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn temperature_and_hardness_change_the_output() {
        let logits = Tensor::<2>::zeros([3, 5], &Device::flex());
        let layer = GumbelSoftmaxConfig::new().init().unwrap();
        let at =
            |layer: &GumbelSoftmax| values(layer.forward(logits.clone(), Key::new(1)).unwrap());
        let (warm, cold) = (at(&layer), at(&layer.clone().with_tau(0.1)));
        assert_ne!(warm, cold);
        let hard = at(&GumbelSoftmaxConfig::new().with_hard(true).init().unwrap());
        assert!(hard.iter().all(|&y| y == 0.0 || y == 1.0));
        assert_eq!(warm, at(&layer));
    }

    #[test]
    fn evaluation_has_no_noise() {
        let logits = Tensor::<2>::from_floats([[0.0, 1.0, 0.5], [2.0, 1.0, 0.0]], &Device::flex());
        let layer = GumbelSoftmaxConfig::new().init().unwrap();
        let code = values(layer.most_likely(logits).unwrap());
        assert_eq!(code, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_cold_layer_is_refused() {
        assert!(GumbelSoftmaxConfig::new().with_tau(0.0).init().is_err());
        let layer = GumbelSoftmaxConfig::new().with_dim(2).init().unwrap();
        let logits = Tensor::<2>::zeros([1, 1], &Device::flex());
        assert!(layer.forward(logits.clone(), Key::new(1)).is_err());
        assert!(layer.most_likely(logits).is_err());
    }
}
