//! Noise for tensors: a key, or a tensor of noise; never the backend's own generator.
//!
//! A backend's seed is global to the process and its generator differs from device to device, and a
//! half-precision uniform can be exactly 1. Here the noise is made on the CPU from a key, in `f32`
//! for half-precision tensors (in `f64` for `f64`), and moved to the device.

use burn::tensor::{DType, Device, Shape, Tensor, TensorData};
use gumbel::{Key, Real};

use crate::backend::{Choice, Keyed};

/// The law of a noise.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Law {
    Gumbel,
    Logistic,
    Normal,
}

impl From<Choice> for Law {
    /// The noise that a choice takes: Gumbel for classes, logistic for yes and no.
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Classes(_) => Self::Gumbel,
            Choice::Binary => Self::Logistic,
        }
    }
}

/// Where a sampler takes its noise from. `From` turns a [`Key`] or a tensor into one.
///
/// With a key, element `i` of the logits (row-major, whatever the axis) has the noise of element
/// `offset + i`. So a part of a batch draws what it would have drawn inside the batch.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a tensor is a handle of this size everywhere")]
pub enum Noise<const D: usize> {
    /// Noise of elements `offset ..` of `key`.
    Keyed {
        /// The key.
        key: Key,
        /// The index of the tensor's first element.
        offset: u64,
    },
    /// Noise already made: the shape of the logits (or of mu), finite.
    Given(Tensor<D>),
}

impl<const D: usize> From<Key> for Noise<D> {
    fn from(key: Key) -> Self {
        Self::Keyed { key, offset: 0 }
    }
}

impl<const D: usize> From<Tensor<D>> for Noise<D> {
    fn from(noise: Tensor<D>) -> Self {
        Self::Given(noise)
    }
}

/// A tensor of standard Gumbel noise, the same on every device.
///
/// ```
/// use burn::tensor::Device;
/// let g = gumbel_burn::gumbel_noise(gumbel::Key::new(7), [2, 3], &Device::flex());
/// assert_eq!(g.dims(), [2, 3]);
/// ```
pub fn gumbel_noise<const D: usize>(key: Key, shape: [usize; D], device: &Device) -> Tensor<D> {
    make(Keyed { key, offset: 0 }, Law::Gumbel, Shape::new(shape), DType::F32, device)
}

/// A tensor of standard logistic noise, the same on every device.
///
/// ```
/// use burn::tensor::Device;
/// let l = gumbel_burn::logistic_noise(gumbel::Key::new(7), [2, 3], &Device::flex());
/// assert_eq!(l.dims(), [2, 3]);
/// ```
pub fn logistic_noise<const D: usize>(key: Key, shape: [usize; D], device: &Device) -> Tensor<D> {
    make(Keyed { key, offset: 0 }, Law::Logistic, Shape::new(shape), DType::F32, device)
}

/// A tensor of standard normal noise, the same on every device.
///
/// ```
/// use burn::tensor::Device;
/// let eps = gumbel_burn::normal_noise(gumbel::Key::new(7), [2, 3], &Device::flex());
/// assert_eq!(eps.dims(), [2, 3]);
/// ```
pub fn normal_noise<const D: usize>(key: Key, shape: [usize; D], device: &Device) -> Tensor<D> {
    make(Keyed { key, offset: 0 }, Law::Normal, Shape::new(shape), DType::F32, device)
}

/// Makes noise on the CPU and moves it to the device.
pub(crate) fn make<const D: usize>(
    Keyed { key, offset }: Keyed,
    law: Law,
    shape: Shape,
    dtype: DType,
    device: &Device,
) -> Tensor<D> {
    fn fill<T: Real>(key: Key, offset: u64, law: Law, n: usize) -> Vec<T> {
        let mut noise = vec![T::default(); n];
        match law {
            Law::Gumbel => gumbel::noise::gumbel_into(key, offset, &mut noise),
            Law::Logistic => gumbel::noise::logistic_into(key, offset, &mut noise),
            Law::Normal => gumbel::noise::normal_into(key, offset, &mut noise),
        }
        noise
    }
    let n = shape.num_elements();
    let data = if dtype == DType::F64 {
        TensorData::new(fill::<f64>(key, offset, law, n), shape)
    } else {
        TensorData::new(fill::<f32>(key, offset, law, n), shape)
    };
    Tensor::from_data(data, (device, dtype))
}
