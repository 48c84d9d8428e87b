//! Gumbel-Softmax of half-precision rows, its logarithm, straight-through, and their vector-Jacobian products.

use super::Half;
use super::rows::{HalfRows, Soft, relax, vjp};
use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::kernel::winners::Winners;
use crate::kernel::work::Form;
use crate::noise::Noise;
use crate::temperature::Temperature;

/// Gumbel-Softmax: [`gumbel_softmax_into`](crate::relax::gumbel_softmax_into) of the same logits in `f32`,
/// rounded once at the end.
///
/// ```text
/// y = softmax((l + g) / tau),   g_i independent standard Gumbel
/// ```
///
/// `logits: [rows, k]` in half precision, or any array with the classes along `axis`; `noise`: a [`Key`](crate::Key), or Gumbel
/// noise in `f32`.
///
/// As tau goes to 0, y tends to the one-hot vector of the argmax of l + g, which is distributed as softmax(l)
/// however large the logits are; as tau goes to infinity, y tends to 1/k. A logit of -inf gives 0. Values of `y`
/// below 2^-25 are 0 in `f16`. The working memory of each thread is a tile of 8 KiB, or one row (along an axis that is
/// not the last, one block of rows) in `f32` if that is longer, and what [`gumbel_softmax_in_place`] needs for it.
///
/// [`gumbel_softmax_in_place`]: crate::relax::gumbel_softmax_in_place
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
    let (soft, winners) =
        (Some(Soft { argument: "y", form: Form::Soft, out: y }), Winners::Unwanted);
    relax(HalfRows { logits, axis, noise, tau, soft, winners })
}

/// The logarithm of Gumbel-Softmax: [`gumbel_log_softmax_into`](crate::relax::gumbel_log_softmax_into) of the same
/// logits in `f32`, rounded once at the end.
///
/// ```text
/// x = z / tau - ln sum_i e^(z_i / tau),   z = (l - max l) + g,   g_i independent standard Gumbel
/// ```
///
/// Shapes and noise are those of [`gumbel_softmax_into`]. Values below the range of the type become its lowest finite
/// number (-65,504 in `f16`): -inf means an impossible class.
///
/// # Errors
/// As [`gumbel_softmax_into`].
///
/// ```
/// use gumbel::half_precision::{f16, gumbel_log_softmax_into};
/// let logits = [f16::ZERO, f16::from_f32(-60_000.0), f16::NEG_INFINITY];
/// let mut x = [f16::ONE; 3];
/// gumbel_log_softmax_into(&logits, 3, 0.5, gumbel::Key::new(7), &mut x)?;
/// assert_eq!(x, [f16::ZERO, f16::MIN, f16::NEG_INFINITY]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_log_softmax_into<'a, H: Half>(
    logits: &[H],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, f32>>,
    x: &mut [H],
) -> Result<()> {
    let (axis, tau, noise) = (axis.into(), tau.into(), noise.into());
    let (soft, winners) =
        (Some(Soft { argument: "x", form: Form::Log, out: x }), Winners::Unwanted);
    relax(HalfRows { logits, axis, noise, tau, soft, winners })
}

/// One-hot samples, and the soft samples that give their gradient:
/// [`straight_through_gumbel_softmax_into`](crate::relax::straight_through_gumbel_softmax_into) of the same logits in
/// `f32`, with `soft` rounded once at the end.
///
/// ```text
/// forward   D = onehot(argmax z),   z = (l - max l) + g in f32
/// backward  as if D were y = softmax(z / tau): gumbel_softmax_vjp_into with y = soft
/// ```
///
/// Shapes and noise are those of [`gumbel_softmax_into`]. The argmax is taken over z in `f32`, not over rounded values,
/// so `hard` has exactly one 1 in each row, and `soft` may have ties where `hard` has none.
///
/// # Errors
/// As [`gumbel_softmax_into`].
///
/// ```
/// use gumbel::half_precision::{bf16, straight_through_gumbel_softmax_into};
/// let logits = [0.0, 50.0, 0.0].map(bf16::from_f32);
/// let (mut hard, mut soft) = ([bf16::ZERO; 3], [bf16::ZERO; 3]);
/// let key = gumbel::Key::new(7);
/// straight_through_gumbel_softmax_into(&logits, 3, 0.5, key, &mut hard, &mut soft)?;
/// assert_eq!(hard, [bf16::ZERO, bf16::ONE, bf16::ZERO]);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "hard")]
pub fn straight_through_gumbel_softmax_into<'a, H: Half>(
    logits: &[H],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, f32>>,
    hard: &mut [H],
    soft: &mut [H],
) -> Result<()> {
    let (axis, tau, noise) = (axis.into(), tau.into(), noise.into());
    check::length("hard", hard.len(), logits.len())?;
    let soft = Some(Soft { argument: "soft", form: Form::Soft, out: soft });
    relax(HalfRows { logits, axis, noise, tau, soft, winners: Winners::OneHot(hard) })
}

/// Vector-Jacobian product of [`gumbel_softmax_into`] with respect to the logits, for noise held fixed:
/// [`gumbel_softmax_vjp_into`](crate::relax::gumbel_softmax_vjp_into) of the same y and dy in `f32`, rounded once.
///
/// ```text
/// dlogits_i = y_i (dy_i - sum_j y_j dy_j) / tau
/// ```
///
/// `y` is the sample that was rounded, so a row of `dlogits` sums to 0 within the rounding of y. A gradient beyond the
/// range of the type is infinite: 65,504 in `f16`, where a loss is commonly scaled.
///
/// # Errors
/// As [`gumbel_softmax_vjp_into`](crate::relax::gumbel_softmax_vjp_into).
///
/// ```
/// use gumbel::half_precision::{f16, gumbel_softmax_vjp_into};
/// let y = [0.75, 0.25].map(f16::from_f32);
/// let mut dlogits = [f16::ZERO; 2];
/// gumbel_softmax_vjp_into(&y, &[f16::ONE, f16::ZERO], 2, 0.5, &mut dlogits)?;
/// assert_eq!(dlogits.map(f16::to_f32), [0.375, -0.375]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_vjp_into<'a, H: Half>(
    y: &[H],
    dy: &[H],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    dlogits: &mut [H],
) -> Result<()> {
    vjp(Form::Soft, ("y", y), ("dy", dy), axis.into(), tau.into(), dlogits)
}

/// Vector-Jacobian product of [`gumbel_log_softmax_into`] with respect to the logits, for noise held fixed:
/// [`gumbel_log_softmax_vjp_into`](crate::relax::gumbel_log_softmax_vjp_into) of the same x and dx in `f32`, rounded
/// once.
///
/// ```text
/// dlogits_i = (dx_i - e^x_i sum_j dx_j) / tau
/// ```
///
/// # Errors
/// As [`gumbel_log_softmax_vjp_into`](crate::relax::gumbel_log_softmax_vjp_into).
///
/// ```
/// use gumbel::half_precision::{f16, gumbel_log_softmax_vjp_into};
/// let (x, dx) = ([0.75_f32, 0.25].map(|y| f16::from_f32(y.ln())), [f16::ONE, f16::ZERO]);
/// let mut dlogits = [f16::ZERO; 2];
/// gumbel_log_softmax_vjp_into(&x, &dx, 2, 0.5, &mut dlogits)?;
/// assert!((dlogits[0].to_f32() - 0.5).abs() < 1e-3 && (dlogits[1].to_f32() + 0.5).abs() < 1e-3);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_log_softmax_vjp_into<'a, H: Half>(
    x: &[H],
    dx: &[H],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    dlogits: &mut [H],
) -> Result<()> {
    vjp(Form::Log, ("x", x), ("dx", dx), axis.into(), tau.into(), dlogits)
}
