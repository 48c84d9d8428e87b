//! Gumbel-Softmax and binary Concrete as layers with configs, in Burn's style.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::Tensor;

use crate::backend::Choice;
use crate::binary_concrete::{binary_concrete, straight_through_binary_concrete};
use crate::check;
use crate::composed::one_hot_argmax;
use crate::error::Error;
use crate::gumbel_softmax::{gumbel_softmax, straight_through_gumbel_softmax};
use crate::noise::Noise;

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

/// A layer that draws a choice for each row.
///
/// [`forward`](GumbelSoftmax::forward) always samples; to evaluate without noise, call
/// [`most_likely`](GumbelSoftmax::most_likely). The layer has no parameters and no hidden state: the
/// caller gives the key of each step, and
/// [`with_tau`](GumbelSoftmax::with_tau) the temperature that a
/// [`TemperatureSchedule`](crate::TemperatureSchedule) says.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::{GumbelSoftmaxConfig, TemperatureSchedule};
///
/// let layer = GumbelSoftmaxConfig::new().with_hard(true).init()?;
/// let logits = Tensor::<2>::zeros([8, 10], &Device::flex());
/// let (run_key, schedule) = (Key::new(7), TemperatureSchedule::linear(1.0, 0.5, 3)?);
/// let mut drawn = Vec::new();
/// for step in 0..3 {
///     let layer = layer.clone().with_tau(schedule.tau(step));
///     drawn.push(layer.forward(logits.clone(), run_key.fold_in(step))?.into_data());
/// }
/// assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]); // noise of its own in each step
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
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
        gumbel::check::temperature(self.tau)?;
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
    pub fn forward<const D: usize>(
        &self,
        logits: Tensor<D>,
        noise: impl Into<Noise<Tensor<D>>>,
    ) -> Result<Tensor<D>, Error> {
        match self.hard {
            false => gumbel_softmax(logits, self.dim, self.tau, noise),
            true => straight_through_gumbel_softmax(logits, self.dim, self.tau, noise),
        }
    }

    /// The likeliest class of each choice, one-hot: no noise, no temperature, no gradient.
    ///
    /// # Errors
    /// As [`gumbel_softmax`].
    pub fn most_likely<const D: usize>(&self, logits: Tensor<D>) -> Result<Tensor<D>, Error> {
        let (axis, dim) = check::axis(&logits, self.dim)?;
        let logits = check::widen(logits.detach());
        gumbel::check::temperature(self.tau)?;
        check::logits(&logits, Choice::Classes(axis))?;
        Ok(one_hot_argmax(logits, dim))
    }
}

/// Configuration of a [`BinaryConcrete`] layer.
///
/// ```
/// use gumbel_burn::BinaryConcreteConfig;
/// let gate = BinaryConcreteConfig::new().with_tau(0.66).with_hard(true).init()?;
/// assert!(gate.hard);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Config, Debug)]
pub struct BinaryConcreteConfig {
    /// The temperature.
    #[config(default = 1.0)]
    pub tau: f64,
    /// Straight-through: value 0 or 1, gradient of the soft sample.
    #[config(default = false)]
    pub hard: bool,
}

/// A layer that draws a yes or no for each element: a gate.
///
/// [`forward`](BinaryConcrete::forward) always samples; to evaluate without noise, call
/// [`most_likely`](BinaryConcrete::most_likely). As with [`GumbelSoftmax`], the caller gives the key of each
/// step:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
///
/// let gate = gumbel_burn::BinaryConcreteConfig::new().with_hard(true).init()?;
/// let logits = Tensor::<2>::zeros([8, 10], &Device::flex());
/// let run_key = Key::new(7);
/// let mut drawn = Vec::new();
/// for step in 0..3 {
///     drawn.push(gate.forward(logits.clone(), run_key.fold_in(step))?.into_data());
/// }
/// assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct BinaryConcrete {
    /// The temperature.
    pub tau: f64,
    /// Straight-through: value 0 or 1, gradient of the soft sample.
    pub hard: bool,
}

impl BinaryConcreteConfig {
    /// Makes the layer.
    ///
    /// # Errors
    /// A temperature that is not a finite number above 0.
    pub fn init(&self) -> Result<BinaryConcrete, Error> {
        gumbel::check::temperature(self.tau)?;
        Ok(BinaryConcrete { tau: self.tau, hard: self.hard })
    }
}

impl BinaryConcrete {
    /// The same layer at another temperature.
    #[must_use]
    pub fn with_tau(mut self, tau: f64) -> Self {
        self.tau = tau;
        self
    }

    /// A sample of each element: relaxed, or 0 and 1 when the layer is hard.
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
        noise: impl Into<Noise<Tensor<D>>>,
    ) -> Result<Tensor<D>, Error> {
        match self.hard {
            false => binary_concrete(logits, self.tau, noise),
            true => straight_through_binary_concrete(logits, self.tau, noise),
        }
    }

    /// 1 where the probability is above 1/2 and 0 elsewhere: no noise, no temperature, no gradient.
    ///
    /// # Errors
    /// NaN logits.
    pub fn most_likely<const D: usize>(&self, logits: Tensor<D>) -> Result<Tensor<D>, Error> {
        let dtype = logits.dtype();
        let logits = check::widen(logits.detach());
        gumbel::check::temperature(self.tau)?;
        check::logits(&logits, Choice::Binary)?;
        Ok(logits.greater_scalar(0.0).float().cast(dtype))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use gumbel::Key;

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
    fn gates_open_and_close() {
        let logits = Tensor::<2>::from_floats([[-9.0, 9.0], [0.1, -0.1]], &Device::flex());
        let gate = BinaryConcreteConfig::new().with_hard(true).init().unwrap();
        let sample = values(gate.forward(logits.clone(), Key::new(1)).unwrap());
        assert!(sample.iter().all(|&y| y == 0.0 || y == 1.0));
        let soft = BinaryConcreteConfig::new().init().unwrap();
        let cold = soft.clone().with_tau(0.1).forward(logits.clone(), Key::new(1)).unwrap();
        assert_ne!(values(soft.forward(logits.clone(), Key::new(1)).unwrap()), values(cold));
        assert_eq!(values(gate.most_likely(logits).unwrap()), [0.0, 1.0, 1.0, 0.0]);
        let bad = Tensor::<2>::from_floats([[f32::NAN]], &Device::flex());
        assert!(gate.most_likely(bad).is_err());
        assert!(BinaryConcreteConfig::new().with_tau(-1.0).init().is_err());
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
