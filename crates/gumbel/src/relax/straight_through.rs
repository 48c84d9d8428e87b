//! Straight-through: the value is the hard sample, the gradient is the gradient of the soft sample.
//!
//! So the backward functions are in `gumbel_softmax.rs` and `binary_concrete.rs`. The argmax is taken over z, not
//! over y, because values of y tie in `f32` at a large tau.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::kernel::winners::Winners;
use crate::kernel::work::{BinaryElements, Buffers, Form, GumbelRows};
use crate::noise::Noise;
use crate::real::Real;
use crate::temperature::Temperature;

/// Draws a one-hot sample for each row, and the soft sample that gives its gradient.
///
/// ```text
/// forward   D = onehot(argmax z),   z = (l - max l) + g
/// backward  as if D were y = softmax(z / tau)
/// ```
///
/// `logits: [rows, k]`, row-major; `tau`: one number, or one for each row. Returns `(hard, soft)`, both `[rows, k]`. `hard` is D: exactly one 1
/// in each row, at the index that [`gumbel_max`](crate::gumbel_max) returns for the same noise, at every
/// temperature. `soft` is y, equal to [`gumbel_softmax`](crate::gumbel_softmax) for the same noise; its docs
/// describe -inf, k = 1 and the limits of tau.
///
/// The vector-Jacobian product is [`gumbel_softmax_vjp_into`](crate::relax::gumbel_softmax_vjp_into) with
/// y = `soft`. The result is a biased estimate of the gradient, because the cost is evaluated at `hard`.
///
/// Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", arXiv 1611.01144, section 2.2;
/// Bengio, Leonard and Courville, arXiv 1308.3432, introduced the estimator.
///
/// # Errors
/// As [`gumbel_softmax`](crate::gumbel_softmax).
///
/// ```
/// use gumbel::Key;
/// let (hard, soft) = gumbel::straight_through_gumbel_softmax(&[0.0_f32, 50.0, 0.0], 3, 0.5, Key::new(7))?;
/// assert_eq!(hard, [0.0, 1.0, 0.0]);
/// assert_eq!(soft, gumbel::gumbel_softmax(&[0.0, 50.0, 0.0], 3, 0.5, Key::new(7))?);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "hard")]
pub fn straight_through_gumbel_softmax<'a, T: Real>(
    logits: &[T],
    k: usize,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
) -> Result<(Vec<T>, Vec<T>)> {
    let (mut hard, mut soft) = (vec![T::default(); logits.len()], vec![T::default(); logits.len()]);
    straight_through_gumbel_softmax_into(logits, k, tau, noise, &mut hard, &mut soft)?;
    Ok((hard, soft))
}

/// Writes [`straight_through_gumbel_softmax`] along any axis to buffers. An error leaves them unchanged. The working
/// memory is at most that of [`gumbel_softmax_in_place`](super::gumbel_softmax_in_place).
///
/// # Errors
/// As [`straight_through_gumbel_softmax`]; also buffers of the wrong length.
///
/// ```
/// use gumbel::{Key, relax::straight_through_gumbel_softmax_into};
/// let (mut hard, mut soft) = ([0.0_f32; 3], [0.0; 3]);
/// straight_through_gumbel_softmax_into(&[0.0, 50.0, 0.0], 3, 0.5, Key::new(7), &mut hard, &mut soft)?;
/// assert_eq!(hard, [0.0, 1.0, 0.0]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn straight_through_gumbel_softmax_into<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
    hard: &mut [T],
    soft: &mut [T],
) -> Result<()> {
    let (axis, tau, noise) = (axis.into(), tau.into(), noise.into());
    tau.check()?;
    check::source(noise, logits.len())?;
    let (rows, maxima) = check::rows_and_maxima(logits, axis)?;
    tau.check_rows(rows)?;
    check::length("hard", hard.len(), logits.len())?;
    check::length("soft", soft.len(), logits.len())?;
    let (buffers, winners) = (Buffers::Separate(logits, soft), Winners::OneHot(hard));
    let form = Form::Soft;
    T::gumbel_rows(GumbelRows { axis, tau, noise, maxima: &maxima, buffers, form, winners });
    Ok(())
}

/// Draws a hard Bernoulli sample for each logit, and the soft sample that gives its gradient.
///
/// ```text
/// forward   D = 1 where z > 0, else 0,   z = l + L
/// backward  as if D were y = sigmoid(z / tau)
/// ```
///
/// `logits`: log-odds, any shape; `tau`: one number, or one for each row or logit. Returns `(hard, soft)`. `hard` is D, and P(D = 1) = sigmoid(l) at every
/// temperature. `soft` is y, equal to [`binary_concrete`](crate::binary_concrete()) for the same noise; its docs
/// describe infinite logits and the limits of tau.
///
/// The vector-Jacobian product is [`binary_concrete_vjp_into`](crate::relax::binary_concrete_vjp_into) with
/// y = `soft`. The result is a biased estimate of the gradient, because the cost is evaluated at `hard`. For the
/// papers see [`straight_through_gumbel_softmax`].
///
/// # Errors
/// As [`binary_concrete`](crate::binary_concrete()).
///
/// ```
/// let key = gumbel::Key::new(7);
/// let (hard, soft) = gumbel::straight_through_binary_concrete(&[-60.0_f32, 60.0], 0.5, key)?;
/// assert_eq!(hard, [0.0, 1.0]);
/// assert_eq!(soft, gumbel::binary_concrete(&[-60.0, 60.0], 0.5, key)?);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "hard")]
pub fn straight_through_binary_concrete<'a, T: Real>(
    logits: &[T],
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
) -> Result<(Vec<T>, Vec<T>)> {
    let (mut hard, mut soft) = (vec![T::default(); logits.len()], vec![T::default(); logits.len()]);
    straight_through_binary_concrete_into(logits, tau, noise, &mut hard, &mut soft)?;
    Ok((hard, soft))
}

/// Writes [`straight_through_binary_concrete`] to buffers. An error leaves them unchanged.
///
/// # Errors
/// As [`binary_concrete`](crate::binary_concrete()); also buffers of the wrong length.
///
/// ```
/// let (mut hard, mut soft) = ([9.0_f32; 2], [9.0; 2]);
/// let key = gumbel::Key::new(7);
/// gumbel::relax::straight_through_binary_concrete_into(&[-60.0, 60.0], 0.5, key, &mut hard, &mut soft)?;
/// assert_eq!(hard, [0.0, 1.0]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn straight_through_binary_concrete_into<'a, T: Real>(
    logits: &[T],
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
    hard: &mut [T],
    soft: &mut [T],
) -> Result<()> {
    let (tau, noise) = (tau.into(), noise.into());
    tau.check()?;
    let tau = tau.spread(logits.len())?;
    check::log_odds(logits)?;
    check::source(noise, logits.len())?;
    check::length("hard", hard.len(), logits.len())?;
    check::length("soft", soft.len(), logits.len())?;
    T::binary(BinaryElements { logits, tau, noise, soft, hard: Some(hard) });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::{gumbel_max, gumbel_softmax, noise};

    #[test]
    fn hard_is_gumbel_max_and_soft_is_gumbel_softmax() {
        for k in [1, 2, 10, 2000] {
            let mut l = vec![0.0_f32; 6 * k];
            noise::logistic_into(Key::new(1), 0, &mut l);
            for tau in [0.1, 1.0, 1e9] {
                let (mut hard, mut soft) = (vec![9.0; l.len()], vec![9.0; l.len()]);
                straight_through_gumbel_softmax_into(&l, k, tau, Key::new(2), &mut hard, &mut soft)
                    .unwrap();
                assert_eq!(soft, gumbel_softmax(&l, k, tau, Key::new(2)).unwrap());
                let winners = gumbel_max(&l, k, Key::new(2)).unwrap();
                for (row, winner) in winners.into_iter().enumerate() {
                    let expected = (0..k).map(|i| f32::from(u8::from(i == winner)));
                    assert!(hard[row * k..(row + 1) * k].iter().copied().eq(expected));
                }
            }
        }
    }

    #[test]
    fn works_along_any_axis() {
        let l = [0.0_f64, 9e9, 9e9, 0.0, 0.0, 0.0];
        let axis = Axis::of(&[3, 2], 0).unwrap();
        let (mut hard, mut soft) = ([0.0; 6], [0.0; 6]);
        straight_through_gumbel_softmax_into(&l, axis, 0.5, Key::new(1), &mut hard, &mut soft)
            .unwrap();
        assert_eq!(hard, [0.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(soft, hard);
    }
}
