//! Gumbel-max: an exact categorical sample as the argmax of logits plus Gumbel noise.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::kernel::winners::Winners;
use crate::kernel::work::{Buffers, Form, GumbelRows};
use crate::key::Key;
use crate::noise::Noise;
use crate::real::Real;
use crate::temperature::Temperature;

/// Draws the index of a class for each row, with probabilities softmax(logits).
///
/// ```text
/// P(argmax_i (l_i + g_i) = j) = exp(l_j) / sum_i exp(l_i)        g_i independent Gumbel noise
/// ```
///
/// `logits: [rows, k]`, row-major, unnormalised log-probabilities. Returns one index below k for each row, for
/// no rows an empty vector. A class of -inf is never drawn. The sample is exact. The class is the choice of
/// [`gumbel_softmax`](crate::gumbel_softmax) with the same key: the argmax of its z = (l - max l) + g. So the
/// law depends only on differences of logits, whatever their size.
///
/// E. J. Gumbel, 1954; Yellott, "The relationship between Luce's choice axiom, Thurstone's theory of
/// comparative judgment, and the double exponential distribution", J. Math. Psych. 15, 1977: for three or more
/// classes no other noise gives these probabilities. Maddison, Tarlow and Minka, arXiv 1411.0030.
///
/// # Errors
/// k = 0, a length that is not a multiple of k, NaN or +inf logits, a row of -inf only, a noise buffer
/// of the wrong length or with a number that is not finite.
///
/// ```
/// // Forward, back, left or right with probability .9, .05, .05 and 0.
/// let logits = [0.9_f64, 0.05, 0.05, 0.0].map(f64::ln);
/// let many = logits.repeat(10_000);
/// let moves = gumbel::gumbel_max(&many, 4, gumbel::Key::new(7))?;
/// let count = |class| moves.iter().filter(|&&m| m == class).count();
/// assert!((count(0) as f64 - 9_000.0).abs() < 180.0); // six standard deviations
/// assert!(count(1) > 0 && count(2) > 0);
/// assert_eq!(count(3), 0);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "multinomial")]
pub fn gumbel_max<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    noise: impl Into<Noise<'a, T>>,
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
/// use gumbel::{Key, gumbel_max, sample::gumbel_max_into};
/// let logits = [0.0_f32, 1.0, 2.0, 3.0, 2.0, 1.0];
/// let mut classes = [0; 2];
/// for step in 0..3 {
///     gumbel_max_into(&logits, 3, Key::new(7).fold_in(step), &mut classes)?;
///     assert_eq!(gumbel_max(&logits, 3, Key::new(7).fold_in(step))?, classes);
/// }
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_max_into<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    noise: impl Into<Noise<'a, T>>,
    out: &mut [usize],
) -> Result<()> {
    let (axis, noise) = (axis.into(), noise.into());
    check::source(noise, logits.len())?;
    let (rows, maxima) = check::rows_and_maxima(logits, axis)?;
    check::length("out", out.len(), rows)?;
    let (buffers, winners) = (Buffers::Logits(logits), Winners::Index(out));
    T::gumbel_rows(GumbelRows {
        axis,
        tau: Temperature::Scalar(1.0),
        noise,
        maxima: &maxima,
        buffers,
        form: Form::Soft,
        winners,
    });
    Ok(())
}

/// Draws the index of a class for each row, with probabilities softmax(logits): [`gumbel_max`] under the name
/// that JAX and PyTorch use.
///
/// The method is Gumbel-max, not [`Categorical::sample`](crate::Categorical::sample), because only Gumbel-max
/// gives the same choice for the same key on every device: an argmax of the same perturbed logits.
/// `Categorical::sample` has the same law. Above 128 classes its draws are different and several times as fast,
/// but only on CPUs.
///
/// # Errors
/// As [`gumbel_max`].
///
/// ```
/// use gumbel::{Key, categorical, gumbel_max};
/// let logits = [0.9_f64, 0.05, 0.05, 0.0].map(f64::ln);
/// assert_eq!(categorical(&logits, 4, Key::new(7))?, gumbel_max(&logits, 4, Key::new(7))?);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "multinomial")]
pub fn categorical<T: Real>(logits: &[T], axis: impl Into<Axis>, key: Key) -> Result<Vec<usize>> {
    gumbel_max(logits, axis, key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::{noise, oracle};

    #[test]
    fn equals_the_oracle() {
        for k in [1, 2, 7, 1024, 1025, 9000] {
            let (mut l, mut g) = (vec![0.0; 3 * k], vec![0.0; 3 * k]);
            noise::logistic_into(Key::new(1), 0, &mut l);
            noise::gumbel_into(Key::new(2), 0, &mut g);
            let winners = gumbel_max(&l, k, Key::new(2)).unwrap();
            for (row, winner) in winners.into_iter().enumerate() {
                let at = row * k..(row + 1) * k;
                assert_eq!(winner, oracle::gumbel_max(&l[at.clone()], &g[at]));
            }
        }
    }

    #[test]
    fn rows_run_along_any_axis() {
        let l = [0.0, 1e9, 1e9, 0.0_f32];
        let axis = Axis::of(&[2, 2], 0).unwrap();
        assert_eq!(gumbel_max(&l, axis, Key::new(1)).unwrap(), [1, 0]);
        assert_eq!(gumbel_max(&l, 2, Key::new(1)).unwrap(), [1, 0]);
    }

    #[test]
    fn empty_single_and_bad() {
        assert!(gumbel_max::<f32>(&[], 3, Key::new(1)).unwrap().is_empty());
        assert_eq!(gumbel_max(&[5.0_f32, -5.0], 1, Key::new(1)).unwrap(), [0, 0]);
        assert_eq!(gumbel_max::<f32>(&[], 0, Key::new(1)), Err(Error::NoClasses));
        let masked = [f64::NEG_INFINITY; 2];
        assert_eq!(gumbel_max(&masked, 2, Key::new(1)), Err(Error::AllMasked { row: 0 }));
        let mut out = [9; 2];
        // Logits without an error, and a row too many in the buffer; then the error of the logits.
        assert!(gumbel_max_into(&[0.0, 1.0], 2, Key::new(1), &mut out).is_err());
        assert!(gumbel_max_into(&masked, 2, Key::new(1), &mut out[..1]).is_err());
        assert_eq!(out, [9; 2]);
    }
}
