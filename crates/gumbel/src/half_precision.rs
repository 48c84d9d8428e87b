//! Noise and Gumbel-Softmax for half-precision tensors, computed in `f32` and rounded once. Feature `half`.
//!
//! A uniform in half precision may round to 0 or 1, and then its logarithms are infinite. So noise and
//! z = (l - max l) + g are computed in `f32`, whatever the type of the tensor, and only the result is
//! rounded. Nothing overflows: no noise exceeds 45.07, and the largest `f16` is 65,504.
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

use alloc::vec;

pub use half::{bf16, f16};

use half::slice::HalfFloatSliceExt;

use crate::axis::Axis;
use crate::check;
use crate::error::{Error, Result};
use crate::kernel::Kernel;
use crate::kernel::winners::Winners;
use crate::kernel::work::{Buffers, Form, GumbelRows};
use crate::key::Key;
use crate::law::Law;
use crate::noise::Noise;
use crate::parallel::{self, Work};
use crate::temperature::Temperature;

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
    /// Converts to `f32`, exactly.
    #[doc(hidden)]
    fn widen(from: &[Self], to: &mut [f32]);
    /// Converts to the nearest numbers of this type, ties to even.
    #[doc(hidden)]
    fn narrow(from: &[f32], to: &mut [Self]);
}

macro_rules! impl_half {
    ($type:ty, $least:expr) => {
        impl Half for $type {
            const LEAST: f32 = $least;
            fn widen(from: &[Self], to: &mut [f32]) {
                from.convert_to_f32_slice(to);
            }
            fn narrow(from: &[f32], to: &mut [Self]) {
                to.convert_from_f32_slice(from);
            }
        }
    };
}

impl_half!(f16, 1.0 / 16_777_216.0);
impl_half!(bf16, f32::MIN_POSITIVE);

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

/// Gumbel-Softmax: [`gumbel_softmax_into`](crate::relax::gumbel_softmax_into) of the same logits in `f32`,
/// rounded once at the end.
///
/// ```text
/// y = softmax((l + g) / tau),   g_i independent standard Gumbel
/// ```
///
/// `logits: [rows, k]` in half precision, or any array with the classes along `axis`; `noise`: a [`Key`], or Gumbel
/// noise in `f32`.
///
/// As tau goes to 0, y tends to the one-hot vector of the argmax of l + g, which is distributed as softmax(l)
/// however large the logits are; as tau goes to infinity, y tends to 1/k. A logit of -inf gives 0. Values of `y`
/// below 2^-25 are 0 in `f16`. The working memory is 8 KiB for each thread, or one row (along an axis that is not
/// the last, one block of rows) in `f32` if that is longer, and 4 bytes for each row of 16 classes or more.
///
/// Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", arXiv 1611.01144, equation 2;
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712.
///
/// # Errors
/// As [`gumbel_softmax`](crate::gumbel_softmax); also a buffer of the wrong length. An error leaves the buffer
/// unchanged.
///
/// ```
/// use gumbel::half_precision::{bf16, gumbel_softmax_into};
/// let logits = [0.0, 50.0, 0.0].map(bf16::from_f32);
/// let mut y = [bf16::ZERO; 3];
/// gumbel_softmax_into(&logits, 3, 0.5, gumbel::Key::new(7), &mut y)?;
/// assert_eq!(y, [bf16::ZERO, bf16::ONE, bf16::ZERO]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_into<'a, H: Half>(
    logits: &[H],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, f32>>,
    y: &mut [H],
) -> Result<()> {
    let (axis, tau, noise) = (axis.into(), tau.into(), noise.into());
    tau.check()?;
    check::source(noise, logits.len())?;
    tau.check_rows(axis.rows("logits", logits.len())?)?;
    check::length("y", y.len(), logits.len())?;
    if logits.is_empty() {
        return Ok(());
    }
    let mut wide = vec![0.0; tile_len(axis).min(logits.len())];
    let mut start = 0;
    for logits in logits.chunks(wide.len()) {
        let wide = &mut wide[..logits.len()];
        H::widen(logits, wide);
        check::rows(wide, axis).map_err(|error| shift_error(error, start, axis))?;
        start += logits.len();
    }
    parallel::run(Rows { logits, axis, noise, tau, y });
    Ok(())
}

/// The number of elements of the whole rows that are processed together.
fn tile_len(axis: Axis) -> usize {
    let block = axis.classes() * axis.stride();
    block * (HALF_TILE / block).max(1)
}

/// Converts an error in a part that begins at `start` to an error in the whole array.
fn shift_error(error: Error, start: usize, axis: Axis) -> Error {
    match error {
        Error::Value { argument, expected, index, found } => {
            Error::Value { argument, expected, index: index + start, found }
        }
        Error::AllMasked { row } => Error::AllMasked { row: row + start / axis.classes() },
        other => other,
    }
}

struct Rows<'a, H> {
    logits: &'a [H],
    axis: Axis,
    noise: Noise<'a, f32>,
    tau: Temperature<'a>,
    y: &'a mut [H],
}

impl<H: Half> Work for Rows<'_, H> {
    fn pieces(&self) -> usize {
        self.logits.len() / self.elements()
    }

    fn elements(&self) -> usize {
        self.axis.classes() * self.axis.stride()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let at = pieces * self.elements();
        let (logits, later_logits) = self.logits.split_at(at);
        let (y, later_y) = self.y.split_at_mut(at);
        let noise = self.noise.after(at);
        let (tau, later_tau) = self.tau.split(pieces * self.axis.stride());
        let later = Self { logits: later_logits, noise, tau: later_tau, y: later_y, ..self };
        (Self { logits, tau, y, ..self }, later)
    }

    fn run(self) {
        let Self { logits, axis, noise, tau, y } = self;
        let mut wide = vec![0.0; tile_len(axis).min(logits.len())];
        let size = wide.len();
        for (number, (l, y)) in logits.chunks(size).zip(y.chunks_mut(size)).enumerate() {
            let wide = &mut wide[..l.len()];
            H::widen(l, wide);
            let maxima = &f32::scan_rows(wide, axis).1[..];
            let (noise, buffers) = (noise.after(number * size), Buffers::InPlace(wide));
            let tau = tau.after(number * size / axis.classes());
            f32::gumbel_rows(GumbelRows {
                axis,
                tau,
                noise,
                maxima,
                buffers,
                form: Form::Soft,
                winners: Winners::Unwanted,
            });
            H::narrow(wide, y);
        }
    }
}

#[cfg(test)]
mod tests;
