//! Noise for tensors: from a key, or given as a tensor; never from the backend's own generator.
//!
//! A backend's seed is global to the process, its generator differs from device to device, and a
//! half-precision uniform can be exactly 1. Here the noise is made from a key, in `f32` for half-precision tensors (in
//! `f64` for `f64`): by a kernel on a graphics card that has one, elsewhere on the CPU, from where it moves to the
//! device.

#[cfg(feature = "cubecl")]
use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Shape, Tensor, TensorData};
use gumbel::noise::Law;
use gumbel::{Key, Real};

#[cfg(feature = "cubecl")]
use crate::backend::{CardOps, Kind, has_kernels, kind};
#[cfg(feature = "cubecl")]
use crate::kernel;

/// The source of a sampler's noise: a key, or noise made in advance.
///
/// `From` converts a [`Key`] or a tensor, so the functions of this crate take either directly.
///
/// With a key, element `i` of the logits (row-major, whatever the axis) takes the noise of element
/// `offset + i`. So a part of a batch gets the noise that it has in the whole batch.
///
/// `G` is the type of given noise: `Tensor<D>` in the functions of this crate.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::{Noise, gumbel_noise, gumbel_softmax};
/// let device = Device::flex();
/// let logits = Tensor::<2>::zeros([4, 3], &device);
/// let by_key = gumbel_softmax(logits.clone(), -1, 0.5, Key::new(7))?;
/// let noise = gumbel_noise(Key::new(7), [4, 3], &device);
/// let given = gumbel_softmax(logits.clone(), -1, 0.5, noise)?;
/// assert_eq!(by_key.to_data(), given.into_data());
/// // The last two rows alone, with the noise that they have in the whole.
/// let noise = Noise::Keyed { key: Key::new(7), offset: 2 * 3 };
/// let part = gumbel_softmax(logits.narrow(0, 2, 2), -1, 0.5, noise)?;
/// assert_eq!(by_key.narrow(0, 2, 2).into_data(), part.into_data());
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum Noise<G> {
    /// Noise of elements `offset ..` of `key`.
    Keyed {
        /// The key.
        key: Key,
        /// The index of the tensor's first element.
        offset: u64,
    },
    /// Noise made in advance: finite numbers in the shape of the logits (or of mu).
    Given(G),
}

impl<G> From<Key> for Noise<G> {
    fn from(key: Key) -> Self {
        Self::Keyed { key, offset: 0 }
    }
}

impl<const D: usize> From<Tensor<D>> for Noise<Tensor<D>> {
    fn from(noise: Tensor<D>) -> Self {
        Self::Given(noise)
    }
}

impl<G> Noise<G> {
    /// Converts given noise, and leaves a key as it is.
    ///
    /// ```
    /// use gumbel_burn::Noise;
    /// let Noise::Given(noise) = Noise::Given([1.0, 2.0]).map(|noise| noise.map(|g| 2.0 * g)) else {
    ///     unreachable!()
    /// };
    /// assert_eq!(noise, [2.0, 4.0]);
    /// ```
    pub fn map<H>(self, convert: impl FnOnce(G) -> H) -> Noise<H> {
        match self {
            Self::Keyed { key, offset } => Noise::Keyed { key, offset },
            Self::Given(noise) => Noise::Given(convert(noise)),
        }
    }
}

impl<const D: usize> Noise<Tensor<D>> {
    /// The noise as a tensor with the shape, element type and device of `like`.
    pub(crate) fn into_tensor(self, law: Law, like: &Tensor<D>) -> Tensor<D> {
        match self {
            Self::Keyed { key, offset } => {
                tensor(law, key, offset, like.shape(), like.dtype(), &like.device())
            }
            Self::Given(noise) => noise,
        }
    }
}

/// A tensor of uniform numbers inside (0, 1), the same on every device.
///
/// Element i (row-major) is the value of [`gumbel::noise::uniform_into`] at index i of the key, in
/// `f32`.
///
/// ```
/// use burn::tensor::Device;
/// let u = gumbel_burn::uniform_noise(gumbel::Key::new(7), [2, 3], &Device::flex());
/// assert!(u.into_data().iter::<f32>().all(|u| 0.0 < u && u < 1.0));
/// ```
#[doc(alias = "rand")]
pub fn uniform_noise<const D: usize>(key: Key, shape: [usize; D], device: &Device) -> Tensor<D> {
    tensor(Law::Uniform, key, 0, Shape::new(shape), DType::F32, device)
}

/// A tensor of standard exponential noise, E = -ln u, the same on every device.
///
/// Element i (row-major) is the value of [`gumbel::noise::exponential_into`] at index i of the key, in
/// `f32`. The Gumbel noise of the same key is -ln E.
///
/// ```
/// use burn::tensor::Device;
/// let e = gumbel_burn::exponential_noise(gumbel::Key::new(7), [2, 3], &Device::flex());
/// assert!(e.into_data().iter::<f32>().all(|e| e > 0.0));
/// ```
pub fn exponential_noise<const D: usize>(
    key: Key,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    tensor(Law::Exponential, key, 0, Shape::new(shape), DType::F32, device)
}

/// A tensor of standard Gumbel noise, g = -ln(-ln u), the same on every device.
///
/// Element i (row-major) is the value of [`gumbel::noise::gumbel_into`] at index i of the key, in `f32`.
///
/// ```
/// use burn::tensor::Device;
/// let g = gumbel_burn::gumbel_noise(gumbel::Key::new(7), [2, 3], &Device::flex());
/// assert_eq!(g.dims(), [2, 3]);
/// ```
pub fn gumbel_noise<const D: usize>(key: Key, shape: [usize; D], device: &Device) -> Tensor<D> {
    tensor(Law::Gumbel, key, 0, Shape::new(shape), DType::F32, device)
}

/// A tensor of standard logistic noise, L = ln(u / (1 - u)), the same on every device.
///
/// Element i (row-major) is the value of [`gumbel::noise::logistic_into`] at index i of the key, in
/// `f32`.
///
/// ```
/// use burn::tensor::Device;
/// let l = gumbel_burn::logistic_noise(gumbel::Key::new(7), [2, 3], &Device::flex());
/// assert_eq!(l.dims(), [2, 3]);
/// ```
pub fn logistic_noise<const D: usize>(key: Key, shape: [usize; D], device: &Device) -> Tensor<D> {
    tensor(Law::Logistic, key, 0, Shape::new(shape), DType::F32, device)
}

/// A tensor of standard normal noise, the same on every device.
///
/// Element i (row-major) is the value of [`gumbel::noise::normal_into`] at index i of the key, in `f32`.
///
/// ```
/// use burn::tensor::Device;
/// let eps = gumbel_burn::normal_noise(gumbel::Key::new(7), [2, 3], &Device::flex());
/// assert_eq!(eps.dims(), [2, 3]);
/// ```
#[doc(alias = "randn")]
pub fn normal_noise<const D: usize>(key: Key, shape: [usize; D], device: &Device) -> Tensor<D> {
    tensor(Law::Normal, key, 0, Shape::new(shape), DType::F32, device)
}

/// Returns whether noise made for this device comes from multiply-adds that round once.
///
/// The device is asked: a graphics card with kernels of this crate computes one multiply-add, for any other device the
/// noise is made on the processor ([`gumbel::fuses_multiply_add`]). Devices with the same answer make `f32` noise with
/// the same bits.
///
/// ```
/// use burn::tensor::Device;
/// let fused = gumbel_burn::fuses_multiply_add(&Device::flex());
/// assert_eq!(fused, gumbel::fuses_multiply_add());
/// ```
pub fn fuses_multiply_add(device: &Device) -> bool {
    #[cfg(feature = "cubecl")]
    if kind(device) == Kind::Card {
        let x = 1.0 + 2_f32.powi(-12);
        let tensor = Tensor::<1>::from_floats([x], &device.clone().inner());
        let found = Dispatch::square_less_one(tensor.into_dispatch());
        return Tensor::<1>::from_dispatch(found).into_scalar::<f32>() == x.mul_add(x, -1.0);
    }
    let _ = device;
    gumbel::fuses_multiply_add()
}

/// Copies a tensor: one reading and one writing of its memory, which no lazy backend merges with anything or leaves out.
/// Measurements compare with it.
#[doc(hidden)]
pub fn copy<const D: usize>(x: &Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "cubecl")]
    if crate::backend::is_of_card(x) && !x.device().is_autodiff() {
        return Tensor::from_dispatch(Dispatch::copy(x.clone().into_dispatch()));
    }
    x.clone().mul_scalar(1.0)
}

/// Noise of elements `offset ..` of a key: made on a graphics card with kernels, elsewhere on the CPU and moved to the
/// device.
fn tensor<const D: usize>(
    law: Law,
    key: Key,
    offset: u64,
    shape: Shape,
    dtype: DType,
    device: &Device,
) -> Tensor<D> {
    #[cfg(feature = "cubecl")]
    if let Some(noise) = on_card(law, key, offset, &shape, dtype, device) {
        return noise;
    }
    let n = shape.num_elements();
    let data = match dtype {
        DType::F64 => TensorData::new(values::<f64>(law, key, offset, n), shape),
        _ => TensorData::new(values::<f32>(law, key, offset, n), shape),
    };
    Tensor::from_data(data, (device, dtype))
}

/// The noise of a law, type and device that kernels have.
#[cfg(feature = "cubecl")]
fn on_card<const D: usize>(
    law: Law,
    key: Key,
    offset: u64,
    shape: &Shape,
    dtype: DType,
    device: &Device,
) -> Option<Tensor<D>> {
    if !has_kernels(device, dtype, shape.num_elements()) || kernel::noise::number(law).is_none() {
        return None;
    }
    let like = Tensor::<1>::empty([1], &device.clone().inner()).into_dispatch();
    let noise = Tensor::from_dispatch(Dispatch::noise(like, shape.clone(), law, key, offset));
    Some(if device.is_autodiff() { Tensor::from_inner(noise) } else { noise })
}

fn values<T: Real>(law: Law, key: Key, offset: u64, n: usize) -> Vec<T> {
    let mut noise = vec![T::default(); n];
    law.fill_into(key, offset, &mut noise);
    noise
}
