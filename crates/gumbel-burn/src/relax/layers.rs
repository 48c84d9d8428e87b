//! Gumbel-Softmax and binary Concrete as layers with configs, in Burn's style.
//!
//! A layer holds the settings that do not change, soft or hard and the axis; the temperature and the noise
//! change with each step and are arguments of the call. A learned temperature is a tensor that the caller owns.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;

use super::binary_concrete::{binary_concrete, straight_through_binary_concrete};
use super::gumbel_softmax::{gumbel_softmax, straight_through_gumbel_softmax};
use crate::backend::Choice;
use crate::check;
use crate::composed::one_hot_argmax;
use crate::error::Error;
use crate::noise::Noise;
use crate::temperature::Temperature;

/// Configuration of a [`GumbelSoftmax`] layer.
///
/// ```
/// use gumbel_burn::GumbelSoftmaxConfig;
/// let layer = GumbelSoftmaxConfig::new().with_hard(true).init();
/// assert!(layer.hard && layer.dim == -1);
/// ```
#[derive(Config, Debug)]
pub struct GumbelSoftmaxConfig {
    /// Whether the sample is one-hot, with the gradient of the soft sample (straight-through).
    #[config(default = false)]
    pub hard: bool,
    /// The axis of the classes; a negative number counts from the end.
    #[config(default = -1)]
    pub dim: isize,
}

/// A layer that draws one class of several for each row.
///
/// In training, [`forward`](GumbelSoftmax::forward) samples, at the temperature and with the noise of the
/// step; to evaluate without noise, call [`most_likely`](GumbelSoftmax::most_likely). The layer has no
/// parameters and no state.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::{GumbelSoftmaxConfig, TemperatureSchedule};
///
/// let layer = GumbelSoftmaxConfig::new().with_hard(true).init();
/// let logits = Tensor::<2>::zeros([8, 10], &Device::flex());
/// let (run_key, schedule) = (Key::new(7), TemperatureSchedule::linear(1.0, 0.5, 3)?);
/// let mut drawn = Vec::new();
/// for step in 0..3 {
///     let sample = layer.forward(logits.clone(), schedule.tau(step), run_key.fold_in(step))?;
///     drawn.push(sample.into_data());
/// }
/// assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]); // noise of its own in each step
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct GumbelSoftmax {
    /// Whether the sample is one-hot, with the gradient of the soft sample (straight-through).
    pub hard: bool,
    /// The axis of the classes; a negative number counts from the end.
    pub dim: isize,
}

impl GumbelSoftmaxConfig {
    /// Makes the layer.
    pub fn init(&self) -> GumbelSoftmax {
        GumbelSoftmax { hard: self.hard, dim: self.dim }
    }
}

impl GumbelSoftmax {
    /// Draws a sample of each choice: relaxed, or one-hot when the layer is hard.
    ///
    /// # Shapes
    /// - logits: any
    /// - output: the same
    ///
    /// # Errors
    /// As [`gumbel_softmax`].
    pub fn forward<const D: usize>(
        &self,
        logits: Tensor<D>,
        tau: impl Into<Temperature<Tensor<D>>>,
        noise: impl Into<Noise<Tensor<D>>>,
    ) -> Result<Tensor<D>, Error> {
        match self.hard {
            false => gumbel_softmax(logits, self.dim, tau, noise),
            true => straight_through_gumbel_softmax(logits, self.dim, tau, noise),
        }
    }

    /// Returns the likeliest class of each choice, one-hot: no noise, no temperature, no gradient.
    ///
    /// Of classes with equal logits the first wins.
    ///
    /// # Errors
    /// An axis that does not exist, no classes, NaN or +inf logits, a row of -inf only.
    pub fn most_likely<const D: usize>(&self, logits: Tensor<D>) -> Result<Tensor<D>, Error> {
        let (axis, dim) = check::axis(&logits, self.dim)?;
        let dtype = logits.dtype();
        let logits = check::widen("logits", logits.detach())?;
        check::logits(&logits, Choice::Classes(axis))?;
        Ok(one_hot_argmax(logits, dim).cast(dtype))
    }
}

/// Configuration of a [`BinaryConcrete`] layer.
///
/// ```
/// use gumbel_burn::BinaryConcreteConfig;
/// let layer = BinaryConcreteConfig::new().with_hard(true).init();
/// assert!(layer.hard);
/// ```
#[derive(Config, Debug)]
pub struct BinaryConcreteConfig {
    /// Whether the sample is 0 or 1, with the gradient of the soft sample (straight-through).
    #[config(default = false)]
    pub hard: bool,
}

/// A layer that draws yes or no for each element.
///
/// In training, [`forward`](BinaryConcrete::forward) samples, at the temperature and with the noise of the
/// step; to evaluate without noise, call [`most_likely`](BinaryConcrete::most_likely).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
///
/// let layer = gumbel_burn::BinaryConcreteConfig::new().with_hard(true).init();
/// let logits = Tensor::<2>::zeros([8, 10], &Device::flex());
/// let run_key = Key::new(7);
/// let mut drawn = Vec::new();
/// for step in 0..3 {
///     drawn.push(layer.forward(logits.clone(), 0.5, run_key.fold_in(step))?.into_data());
/// }
/// assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct BinaryConcrete {
    /// Whether the sample is 0 or 1, with the gradient of the soft sample (straight-through).
    pub hard: bool,
}

impl BinaryConcreteConfig {
    /// Makes the layer.
    pub fn init(&self) -> BinaryConcrete {
        BinaryConcrete { hard: self.hard }
    }
}

impl BinaryConcrete {
    /// Draws a sample of each element: relaxed, or 0 and 1 when the layer is hard.
    ///
    /// # Shapes
    /// - logits: any
    /// - output: the same
    ///
    /// # Errors
    /// As [`binary_concrete`].
    pub fn forward<const D: usize>(
        &self,
        logits: Tensor<D>,
        tau: impl Into<Temperature<Tensor<D>>>,
        noise: impl Into<Noise<Tensor<D>>>,
    ) -> Result<Tensor<D>, Error> {
        match self.hard {
            false => binary_concrete(logits, tau, noise),
            true => straight_through_binary_concrete(logits, tau, noise),
        }
    }

    /// Returns 1 where the probability of yes is above 1/2 and 0 elsewhere: no noise, no temperature, no
    /// gradient.
    ///
    /// # Errors
    /// NaN logits.
    pub fn most_likely<const D: usize>(&self, logits: Tensor<D>) -> Result<Tensor<D>, Error> {
        let dtype = logits.dtype();
        let logits = check::widen("logits", logits.detach())?;
        check::logits(&logits, Choice::Binary)?;
        Ok(logits.greater_scalar(0.0).float().cast(dtype))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device};
    use gumbel::Key;

    fn values(t: Tensor<2>) -> Vec<f32> {
        t.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn temperature_and_hardness_change_the_output() {
        let logits = Tensor::<2>::zeros([3, 5], &Device::flex());
        let layer = GumbelSoftmaxConfig::new().init();
        let at = |layer: &GumbelSoftmax, tau| {
            values(layer.forward(logits.clone(), tau, Key::new(1)).unwrap())
        };
        let (warm, cold) = (at(&layer, 1.0), at(&layer, 0.1));
        assert_ne!(warm, cold);
        let hard = at(&GumbelSoftmaxConfig::new().with_hard(true).init(), 1.0);
        assert!(hard.iter().all(|&y| y == 0.0 || y == 1.0));
        assert_eq!(warm, at(&layer, 1.0));
    }

    #[test]
    fn evaluation_has_no_noise() {
        let logits = Tensor::<2>::from_floats([[0.0, 1.0, 0.5], [2.0, 1.0, 0.0]], &Device::flex());
        let layer = GumbelSoftmaxConfig::new().init();
        let code = values(layer.most_likely(logits.clone()).unwrap());
        assert_eq!(code, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        let half = layer.most_likely(logits.cast(DType::F16)).unwrap();
        assert_eq!(half.dtype(), DType::F16);
        assert_eq!(values(half.cast(DType::F32)), code);
    }

    #[test]
    fn a_binary_layer_says_yes_and_no() {
        let logits = Tensor::<2>::from_floats([[-9.0, 9.0], [0.1, -0.1]], &Device::flex());
        let hard = BinaryConcreteConfig::new().with_hard(true).init();
        let sample = values(hard.forward(logits.clone(), 1.0, Key::new(1)).unwrap());
        assert!(sample.iter().all(|&y| y == 0.0 || y == 1.0));
        let soft = BinaryConcreteConfig::new().init();
        let at = |tau| values(soft.forward(logits.clone(), tau, Key::new(1)).unwrap());
        assert_ne!(at(1.0), at(0.1));
        assert_eq!(values(hard.most_likely(logits).unwrap()), [0.0, 1.0, 1.0, 0.0]);
        let bad = Tensor::<2>::from_floats([[f32::NAN]], &Device::flex());
        assert!(hard.most_likely(bad).is_err());
    }

    #[test]
    fn a_bad_temperature_or_axis_is_refused() {
        let logits = Tensor::<2>::zeros([1, 1], &Device::flex());
        for tau in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let layer = GumbelSoftmaxConfig::new().init();
            assert!(layer.forward(logits.clone(), tau, Key::new(1)).is_err());
            let layer = BinaryConcreteConfig::new().init();
            assert!(layer.forward(logits.clone(), tau, Key::new(1)).is_err());
        }
        let layer = GumbelSoftmaxConfig::new().with_dim(2).init();
        assert!(layer.forward(logits.clone(), 1.0, Key::new(1)).is_err());
        assert!(layer.most_likely(logits).is_err());
    }
}
