//! Binary Concrete of half-precision log-odds, straight-through, and the vector-Jacobian product.

use core::sync::atomic::{AtomicBool, Ordering};

use super::rows::shift_error;
use super::{HALF_TILE, Half};
use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::kernel::work::BinaryElements;
use crate::noise::Noise;
use crate::parallel::{self, Work};
use crate::relax::gradients_of_part;
use crate::temperature::{Spread, Temperature};

/// Binary Concrete: [`binary_concrete_into`](crate::relax::binary_concrete_into) of the same logits in `f32`, rounded
/// once at the end.
///
/// ```text
/// y = sigmoid((l + L) / tau),   L standard logistic, l = ln(p / (1 - p))
/// ```
///
/// `logits`: log-odds in half precision, any shape; `noise`: a [`Key`](crate::Key), or logistic noise in `f32`. A y near
/// 1 is rounded to 1 from 1 - 2^-12 on in `f16` and from 1 - 2^-9 on in `bf16`; there its gradient is 0.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendix B, equation 22.
///
/// # Errors
/// As [`binary_concrete`](crate::binary_concrete()); also a buffer of the wrong length. An error leaves the buffer
/// unchanged.
///
/// ```
/// use gumbel::half_precision::{binary_concrete_into, f16};
/// let logits = [f16::ZERO, f16::INFINITY];
/// let mut y = [f16::ZERO; 2];
/// binary_concrete_into(&logits, 0.5, &[0.0; 2], &mut y)?;
/// assert_eq!(y, [0.5, 1.0].map(f16::from_f32));
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn binary_concrete_into<'a, H: Half>(
    logits: &[H],
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, f32>>,
    y: &mut [H],
) -> Result<()> {
    let noise = noise.into();
    let tau = spread(logits, tau.into(), noise)?;
    check::length("y", y.len(), logits.len())?;
    parallel::run(Elements { logits, tau, noise, soft: y, hard: None });
    Ok(())
}

/// Hard Bernoulli samples, and the soft samples that give their gradient:
/// [`straight_through_binary_concrete_into`](crate::relax::straight_through_binary_concrete_into) of the same logits in
/// `f32`, with `soft` rounded once at the end.
///
/// ```text
/// forward   D = 1 where z > 0, else 0,   z = l + L in f32
/// backward  as if D were y = sigmoid(z / tau): binary_concrete_vjp_into with y = soft
/// ```
///
/// # Errors
/// As [`binary_concrete_into`].
///
/// ```
/// use gumbel::half_precision::{bf16, straight_through_binary_concrete_into};
/// let logits = [-60.0, 60.0].map(bf16::from_f32);
/// let (mut hard, mut soft) = ([bf16::ZERO; 2], [bf16::ZERO; 2]);
/// let key = gumbel::Key::new(7);
/// straight_through_binary_concrete_into(&logits, 0.5, key, &mut hard, &mut soft)?;
/// assert_eq!(hard, [bf16::ZERO, bf16::ONE]);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "hard")]
pub fn straight_through_binary_concrete_into<'a, H: Half>(
    logits: &[H],
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, f32>>,
    hard: &mut [H],
    soft: &mut [H],
) -> Result<()> {
    let noise = noise.into();
    let tau = spread(logits, tau.into(), noise)?;
    check::length("hard", hard.len(), logits.len())?;
    check::length("soft", soft.len(), logits.len())?;
    parallel::run(Elements { logits, tau, noise, soft, hard: Some(hard) });
    Ok(())
}

/// Checks the arguments; returns the temperature of each element.
fn spread<'a, H: Half>(
    logits: &[H],
    tau: Temperature<'a>,
    noise: Noise<'_, f32>,
) -> Result<Spread<'a>> {
    tau.check()?;
    let tau = tau.spread(logits.len())?;
    let mut wide = [0.0; HALF_TILE];
    for (number, logits) in logits.chunks(HALF_TILE).enumerate() {
        let wide = &mut wide[..logits.len()];
        H::widen(logits, wide);
        let shift = |error| shift_error(error, number * HALF_TILE, Axis::from(1));
        check::log_odds(wide).map_err(shift)?;
    }
    check::source(noise, logits.len())?;
    Ok(tau)
}

struct Elements<'a, H> {
    logits: &'a [H],
    tau: Spread<'a>,
    noise: Noise<'a, f32>,
    soft: &'a mut [H],
    hard: Option<&'a mut [H]>,
}

impl<H: Half> Work for Elements<'_, H> {
    fn pieces(&self) -> usize {
        self.logits.len()
    }

    fn elements(&self) -> usize {
        1
    }

    fn split(self, at: usize) -> (Self, Self) {
        let (logits, later_logits) = self.logits.split_at(at);
        let (soft, later_soft) = self.soft.split_at_mut(at);
        let (hard, later_hard) = self.hard.map(|hard| hard.split_at_mut(at)).unzip();
        let later = Elements {
            logits: later_logits,
            tau: self.tau.after(at),
            noise: self.noise.after(at),
            soft: later_soft,
            hard: later_hard,
        };
        (Elements { logits, soft, hard, tau: self.tau, noise: self.noise }, later)
    }

    fn run(self) {
        let Self { logits, tau, noise, soft, mut hard } = self;
        let mut wide = [[0.0; HALF_TILE]; 3];
        let tiles = logits.chunks(HALF_TILE).zip(soft.chunks_mut(HALF_TILE));
        for (number, (l, soft)) in tiles.enumerate() {
            let start = number * HALF_TILE;
            let [logits, wide_soft, wide_hard] = wide.each_mut().map(|wide| &mut wide[..l.len()]);
            H::widen(l, logits);
            f32::binary(BinaryElements {
                logits,
                tau: tau.after(start),
                noise: noise.after(start),
                soft: wide_soft,
                hard: hard.is_some().then_some(&mut *wide_hard),
            });
            H::narrow(wide_soft, soft);
            if let Some(hard) = &mut hard {
                H::narrow(wide_hard, &mut hard[start..start + l.len()]);
            }
        }
    }
}

/// Vector-Jacobian product of [`binary_concrete_into`] with respect to the logits, for noise held fixed:
/// [`binary_concrete_vjp_into`](crate::relax::binary_concrete_vjp_into) of the same y and dy in `f32`, rounded once:
/// `dlogits = dy y (1 - y) / tau`.
///
/// # Errors
/// As [`binary_concrete_vjp_into`](crate::relax::binary_concrete_vjp_into).
///
/// ```
/// use gumbel::half_precision::{binary_concrete_vjp_into, f16};
/// let mut dlogits = [f16::ZERO];
/// binary_concrete_vjp_into(&[f16::from_f32(0.75)], &[f16::ONE], 0.5, &mut dlogits)?;
/// assert_eq!(dlogits[0].to_f32(), 0.375);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn binary_concrete_vjp_into<'a, H: Half>(
    y: &[H],
    dy: &[H],
    tau: impl Into<Temperature<'a>>,
    dlogits: &mut [H],
) -> Result<()> {
    let all = tau.into();
    if let Temperature::Scalar(tau) = all {
        check::temperature(tau)?;
    }
    let tau = all.spread(y.len())?;
    check::length("dy", dy.len(), y.len())?;
    check::length("dlogits", dlogits.len(), y.len())?;
    let bad = AtomicBool::new(false);
    parallel::for_elements(dlogits, |first, dlogits| {
        let mut wide = [[0.0; HALF_TILE]; 3];
        for (number, out) in dlogits.chunks_mut(HALF_TILE).enumerate() {
            let at = first + number * HALF_TILE;
            let here = at..at + out.len();
            let [wide_y, wide_dy, wide_out] = wide.each_mut().map(|wide| &mut wide[..out.len()]);
            H::widen(&y[here.clone()], wide_y);
            H::widen(&dy[here], wide_dy);
            if !gradients_of_part(wide_y, wide_dy, tau.after(at), wide_out) {
                bad.store(true, Ordering::Relaxed);
            }
            H::narrow(wide_out, out);
        }
    });
    if bad.into_inner() { all.check() } else { Ok(()) }
}
