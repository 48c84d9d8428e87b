//! Gumbel-max of half-precision rows, as indices and as one-hot rows.

use alloc::vec;
use alloc::vec::Vec;

use super::Half;
use super::rows::{HalfRows, relax};
use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::kernel::winners::Winners;
use crate::noise::Noise;
use crate::temperature::Temperature;

/// Draws the index of a class for each row, with probabilities softmax(logits): [`gumbel_max`](crate::gumbel_max) of the
/// same logits in `f32`.
///
/// ```text
/// P(argmax_i (l_i + g_i) = j) = exp(l_j) / sum_i exp(l_i)        g_i independent Gumbel noise
/// ```
///
/// `logits: [rows, k]` in half precision, or any array with the classes along `axis`; `noise`: a [`Key`](crate::Key), or
/// Gumbel noise in `f32`. Returns one index below k for each row. The sample is exact for the logits as they are rounded.
///
/// # Errors
/// As [`gumbel_max`](crate::gumbel_max).
///
/// ```
/// use gumbel::half_precision::{f16, gumbel_max};
/// let logits = [0.0_f32, 1.0, 2.0, 3.0];
/// let drawn = gumbel_max(&logits.map(f16::from_f32), 2, gumbel::Key::new(7))?;
/// assert_eq!(drawn, gumbel::gumbel_max(&logits, 2, gumbel::Key::new(7))?);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_max<'a, H: Half>(
    logits: &[H],
    axis: impl Into<Axis>,
    noise: impl Into<Noise<'a, f32>>,
) -> Result<Vec<usize>> {
    let axis = axis.into();
    let mut classes = vec![0; axis.rows("logits", logits.len())?];
    gumbel_max_into(logits, axis, noise, &mut classes)?;
    Ok(classes)
}

/// Draws as [`gumbel_max`], into a buffer: `out` has one index for each row.
///
/// # Errors
/// As [`gumbel_max`]; a buffer of another length than the number of rows. After an error the buffer is as before.
///
/// ```
/// use gumbel::half_precision::{bf16, gumbel_max_into};
/// let logits = [0.0, 50.0, 50.0, 0.0].map(bf16::from_f32);
/// let mut classes = [9; 2];
/// gumbel_max_into(&logits, 2, gumbel::Key::new(7), &mut classes)?;
/// assert_eq!(classes, [1, 0]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_max_into<'a, H: Half>(
    logits: &[H],
    axis: impl Into<Axis>,
    noise: impl Into<Noise<'a, f32>>,
    out: &mut [usize],
) -> Result<()> {
    let axis = axis.into();
    check::length("out", out.len(), axis.rows("logits", logits.len())?)?;
    pick(logits, axis, noise.into(), Winners::Index(out))
}

/// Writes the sample of [`gumbel_max`] as one-hot rows: 1 at the class of each row, 0 elsewhere. The result is that of
/// [`gumbel_max_one_hot_into`](crate::sample::gumbel_max_one_hot_into) of the same logits in `f32`.
///
/// # Errors
/// As [`gumbel_max`]; a buffer of another length than the logits. After an error the buffer is as before.
///
/// ```
/// use gumbel::half_precision::{bf16, gumbel_max_one_hot_into};
/// let logits = [0.0, 50.0, 0.0].map(bf16::from_f32);
/// let mut hard = [bf16::ZERO; 3];
/// gumbel_max_one_hot_into(&logits, 3, gumbel::Key::new(7), &mut hard)?;
/// assert_eq!(hard, [bf16::ZERO, bf16::ONE, bf16::ZERO]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_max_one_hot_into<'a, H: Half>(
    logits: &[H],
    axis: impl Into<Axis>,
    noise: impl Into<Noise<'a, f32>>,
    out: &mut [H],
) -> Result<()> {
    check::length("out", out.len(), logits.len())?;
    pick(logits, axis.into(), noise.into(), Winners::OneHot(out))
}

fn pick<H: Half>(
    logits: &[H],
    axis: Axis,
    noise: Noise<'_, f32>,
    winners: Winners<'_, H>,
) -> Result<()> {
    let tau = Temperature::Scalar(1.0);
    relax(HalfRows { logits, axis, noise, tau, soft: None, winners })
}
