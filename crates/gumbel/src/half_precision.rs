//! Noise, relaxations with their gradients and Gumbel-max for half-precision tensors, computed in `f32` and rounded once.
//! Feature `half`.
//!
//! A uniform in half precision may round to 0 or 1, and then its logarithms are infinite. So noise and
//! z = (l - max l) + g are computed in `f32`, whatever the type of the tensor, and only the result is
//! rounded. Nothing overflows: no noise exceeds 45.07, and the largest `f16` is 65,504.
//!
//! Each function is that of the same name in [`relax`](crate::relax) or [`sample`](crate::sample), of the same values in
//! `f32`, with each result rounded to the nearest. Temperatures are `f64` and noise made in advance is `f32`. Values are
//! converted in tiles of 2,048, or of one row if that is longer (along an axis that is not the last, one block of
//! rows). The working memory of a thread is one such tile, with 8 bytes for each row if classes are picked; for
//! gradients it is three.
//!
//! ```
//! use gumbel::half_precision::{f16, gumbel_softmax_into};
//! let logits = [0.9_f32, 0.05, 0.05, 0.0].map(|p| f16::from_f32(p.ln()));
//! let mut y = [f16::ZERO; 4];
//! gumbel_softmax_into(&logits, 4, 0.5, gumbel::Key::new(7), &mut y)?;
//! assert!((y.iter().map(|y| y.to_f32()).sum::<f32>() - 1.0).abs() < 2e-3);
//! assert_eq!(y[3], f16::ZERO);
//! # Ok::<(), gumbel::Error>(())
//! ```

mod binary_concrete;
mod gumbel_max;
mod gumbel_softmax;
mod rows;

pub use binary_concrete::{
    binary_concrete_into, binary_concrete_vjp_into, straight_through_binary_concrete_into,
};
pub use gumbel_max::{gumbel_max, gumbel_max_into, gumbel_max_one_hot_into};
pub use gumbel_softmax::{
    gumbel_log_softmax_into, gumbel_log_softmax_vjp_into, gumbel_softmax_into,
    gumbel_softmax_vjp_into, straight_through_gumbel_softmax_into,
};
pub use half::{bf16, f16};

use half::slice::HalfFloatSliceExt;

use crate::key::Key;
use crate::law::Law;
use crate::parallel;

/// Elements that are converted to `f32` at a time.
const HALF_TILE: usize = 2048;

mod sealed {
    pub trait Sealed {}
    impl Sealed for half::f16 {}
    impl Sealed for half::bf16 {}
}

/// The half-precision types: [`f16`](struct@f16) (eleven bits of precision, up to 65,504) and [`bf16`] (eight bits,
/// the range of `f32`).
pub trait Half: sealed::Sealed + Copy + Send + Sync + Default + core::fmt::Debug + 'static {
    /// The smallest value that exponential noise is rounded to: positive in this type.
    #[doc(hidden)]
    const LEAST: f32;
    /// The lowest finite number of this type.
    #[doc(hidden)]
    const LOWEST: f32;
    /// 1.
    #[doc(hidden)]
    const ONE: Self;
    /// Converts to `f32`, exactly.
    #[doc(hidden)]
    fn widen(from: &[Self], to: &mut [f32]);
    /// Converts to the nearest numbers of this type, ties to even.
    #[doc(hidden)]
    fn narrow(from: &[f32], to: &mut [Self]);
}

macro_rules! impl_half {
    ($type:ty, $least:expr, $lowest:expr) => {
        impl Half for $type {
            const LEAST: f32 = $least;
            const LOWEST: f32 = $lowest;
            const ONE: Self = Self::ONE;
            fn widen(from: &[Self], to: &mut [f32]) {
                from.convert_to_f32_slice(to);
            }
            fn narrow(from: &[f32], to: &mut [Self]) {
                to.convert_from_f32_slice(from);
            }
        }
    };
}

impl_half!(f16, 1.0 / 16_777_216.0, -65_504.0);
// The upper half of the bits of the lowest f32.
impl_half!(bf16, f32::MIN_POSITIVE, f32::from_bits(0xFF7F_0000));

/// Exponential noise: [`noise::exponential_into`](crate::noise::exponential_into) in `f32`, rounded, but never
/// to 0. In `f16` smaller values become 2^-24, the smallest positive number.
///
/// ```
/// use gumbel::half_precision::{exponential_into, f16};
/// let mut e = [f16::ZERO; 1000];
/// exponential_into(gumbel::Key::new(7), 0, &mut e);
/// assert!(e.iter().all(|&e| e > f16::ZERO));
/// ```
pub fn exponential_into<H: Half>(key: Key, offset: u64, out: &mut [H]) {
    fill(Law::Exponential, key, offset, out);
}

/// Standard Gumbel noise: [`noise::gumbel_into`](crate::noise::gumbel_into) in `f32`, rounded. Values lie within
/// [-3.8086, 45.0625] in `f16` and within [-3.8125, 45.0] in `bf16`.
///
/// ```
/// use gumbel::half_precision::{bf16, gumbel_into};
/// let (mut g, mut wide) = ([bf16::ZERO; 100], [0.0_f32; 100]);
/// gumbel_into(gumbel::Key::new(7), 0, &mut g);
/// gumbel::noise::gumbel_into(gumbel::Key::new(7), 0, &mut wide);
/// assert_eq!(g, wide.map(bf16::from_f32));
/// ```
pub fn gumbel_into<H: Half>(key: Key, offset: u64, out: &mut [H]) {
    fill(Law::Gumbel, key, offset, out);
}

/// Standard logistic noise: [`noise::logistic_into`](crate::noise::logistic_into) in `f32`, rounded. Values lie
/// within [-45.0625, 45.0625] in `f16` and within [-45.0, 45.0] in `bf16`.
///
/// ```
/// use gumbel::half_precision::{f16, logistic_into};
/// let mut l = [f16::ZERO; 100];
/// logistic_into(gumbel::Key::new(7), 0, &mut l);
/// assert!(l.iter().all(|l| l.is_finite()));
/// ```
pub fn logistic_into<H: Half>(key: Key, offset: u64, out: &mut [H]) {
    fill(Law::Logistic, key, offset, out);
}

/// Standard normal noise: [`noise::normal_into`](crate::noise::normal_into) in `f32`, rounded. Values lie within
/// [-9.15625, 9.15625] in `f16` and within [-9.125, 9.125] in `bf16`.
///
/// ```
/// use gumbel::half_precision::{f16, normal_into};
/// let mut z = [f16::ZERO; 100];
/// normal_into(gumbel::Key::new(7), 0, &mut z);
/// assert!(z.iter().all(|z| z.to_f32().abs() <= 9.2));
/// ```
pub fn normal_into<H: Half>(key: Key, offset: u64, out: &mut [H]) {
    fill(Law::Normal, key, offset, out);
}

fn fill<H: Half>(law: Law, key: Key, offset: u64, out: &mut [H]) {
    parallel::for_elements(out, |start, out| {
        let mut tile = [0.0; HALF_TILE];
        let mut index = offset.wrapping_add(start as u64);
        for out in out.chunks_mut(HALF_TILE) {
            let tile = &mut tile[..out.len()];
            law.fill_into(key, index, tile);
            round_noise(law, tile, out);
            index = index.wrapping_add(out.len() as u64);
        }
    });
}

fn round_noise<H: Half>(law: Law, values: &mut [f32], out: &mut [H]) {
    if law == Law::Exponential {
        for e in values.iter_mut() {
            *e = if *e < H::LEAST { H::LEAST } else { *e };
        }
    }
    H::narrow(values, out);
}

#[cfg(test)]
mod tests;
