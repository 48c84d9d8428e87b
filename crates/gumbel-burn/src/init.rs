//! Initial weights of layers, drawn from a key: the same on every device, whatever other code draws.
//!
//! Burn's own initialisers draw from a generator that is global to the process.

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::{Key, noise};

use crate::error::Error;

/// Draws weights uniform on (-1/sqrt(n), 1/sqrt(n)), n the number of inputs of the layer.
///
/// `shape`: any, weights or biases; `inputs` is n, and 0 counts as 1. Element i (row-major) is
/// (2 u - 1) / sqrt(n) in `f32`, with u the uniform of the key at index i.
///
/// PyTorch initialises its linear layers in this way. Glorot and Bengio, "Understanding the difficulty of
/// training deep feedforward neural networks", AISTATS 2010, equation 1.
///
/// ```
/// use burn::tensor::Device;
/// use gumbel::Key;
/// let weight = gumbel_burn::init::uniform(Key::new(7), [100, 20], 100, &Device::flex());
/// assert!(weight.into_data().iter::<f32>().all(|w| w.abs() < 0.1));
/// ```
#[doc(alias = "kaiming_uniform")]
pub fn uniform<const D: usize>(
    key: Key,
    shape: [usize; D],
    inputs: usize,
    device: &Device,
) -> Tensor<D> {
    let bound = 1.0 / (inputs.max(1) as f32).sqrt();
    let mut values = vec![0.0_f32; shape.iter().product()];
    noise::uniform_into(key, 0, &mut values);
    values.iter_mut().for_each(|x| *x = (2.0 * *x - 1.0) * bound);
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Draws weights from N(0, `deviation`^2).
///
/// `shape`: any. Element i (row-major) is `deviation` times the normal noise of the key at index i, in
/// `f32`.
///
/// # Errors
/// A `deviation` that is not a number from 0 to 1e30.
///
/// ```
/// use burn::tensor::Device;
/// use gumbel::Key;
/// let weight = gumbel_burn::init::normal(Key::new(7), [100, 20], 0.02, &Device::flex())?;
/// assert!(weight.into_data().iter::<f32>().all(|w| w.abs() < 0.2));
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn normal<const D: usize>(
    key: Key,
    shape: [usize; D],
    deviation: f64,
    device: &Device,
) -> Result<Tensor<D>, Error> {
    if !(0.0..=1e30).contains(&deviation) {
        let (argument, expected) = ("deviation", "a number from 0 to 1e30");
        Err(gumbel::Error::Parameter { argument, expected, found: deviation })?;
    }
    Ok(scaled_normal(key, shape, deviation, device))
}

/// Draws weights from N(0, 2 / n), n the number of inputs of each unit, for layers after a ReLU.
///
/// `shape`: any; `inputs` is n, and 0 counts as 1. For a k x k convolution, n is k^2 times the number of input
/// channels.
///
/// He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", arXiv 1502.01852, section 2.2.
///
/// ```
/// use burn::tensor::Device;
/// use gumbel::Key;
/// let weight = gumbel_burn::init::he_normal(Key::new(7), [9 * 8, 16], 9 * 8, &Device::flex());
/// assert_eq!(weight.dims(), [72, 16]);
/// ```
#[doc(alias = "kaiming_normal")]
pub fn he_normal<const D: usize>(
    key: Key,
    shape: [usize; D],
    inputs: usize,
    device: &Device,
) -> Tensor<D> {
    scaled_normal(key, shape, (2.0 / inputs.max(1) as f64).sqrt(), device)
}

fn scaled_normal<const D: usize>(
    key: Key,
    shape: [usize; D],
    deviation: f64,
    device: &Device,
) -> Tensor<D> {
    let mut values = vec![0.0_f32; shape.iter().product()];
    noise::normal_into(key, 0, &mut values);
    values.iter_mut().for_each(|x| *x *= deviation as f32);
    Tensor::from_data(TensorData::new(values, shape), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(t: Tensor<2>) -> Vec<f32> {
        t.into_data().try_to_vec().unwrap()
    }

    /// Trained runs are repeated from these bits.
    #[test]
    fn weights_are_the_formulas_to_the_bit() {
        let (key, device) = (Key::new(5), Device::flex());
        let mut u = [0.0_f32; 12];
        noise::uniform_into(key, 0, &mut u);
        let reach = 1.0 / 7_f32.sqrt();
        let expected: Vec<f32> = u.iter().map(|u| (2.0 * u - 1.0) * reach).collect();
        assert_eq!(values(uniform(key, [3, 4], 7, &device)), expected);
        let mut eps = [0.0_f32; 12];
        noise::normal_into(key, 0, &mut eps);
        let expected = eps.map(|eps| eps * 1e-3_f64 as f32);
        assert_eq!(values(normal(key, [4, 3], 1e-3, &device).unwrap()), expected);
        let deviation = (2.0 / 4_f64).sqrt() as f32;
        assert_eq!(values(he_normal(key, [4, 3], 4, &device)), eps.map(|eps| eps * deviation));
    }

    #[test]
    fn impossible_deviations_are_refused_and_no_inputs_give_numbers() {
        let device = Device::flex();
        for deviation in [-1.0, f64::NAN, f64::INFINITY] {
            let error = normal(Key::new(1), [1, 1], deviation, &device).unwrap_err();
            assert!(error.to_string().starts_with("deviation: expected"), "{error}");
        }
        let all = [
            uniform(Key::new(1), [1, 5], 0, &device),
            he_normal(Key::new(1), [1, 5], 0, &device),
            normal(Key::new(1), [1, 5], 0.0, &device).unwrap(),
        ];
        assert!(all.into_iter().flat_map(values).all(f32::is_finite));
    }
}
