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

/// Draws as [`gumbel_max`], into a buffer: `out` has one index for each row. The working memory is that of
/// [`gumbel_max_one_hot_into`], and, in `f32` along an axis that is not the last, a block of rows.
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
    let axis = axis.into();
    check::length("out", out.len(), axis.rows("logits", logits.len())?)?;
    pick(logits, axis, noise.into(), Winners::Index(out))
}

/// Writes the sample of [`gumbel_max`] as one-hot rows: 1 at the class of each row, 0 elsewhere.
///
/// ```text
/// D = onehot(argmax z),   z = (l - max l) + g
/// ```
///
/// `out` has the shape of the logits. It is the hard sample of
/// [`straight_through_gumbel_softmax`](crate::straight_through_gumbel_softmax) for the same noise, to the bit, for uses
/// without a gradient: no soft sample is computed or stored. The working memory in `f32` is 4 bytes for each row of 16
/// classes or more, 28 bytes for each 2,048 classes of a wider row, and, along an axis that is not the last, 12 bytes
/// for each row of a block and up to 32 rows if they have more than 32 classes. In `f64` it is, on each thread, twice
/// 1,024 elements or two wider rows, along an axis that is not the last two blocks of rows.
///
/// # Errors
/// As [`gumbel_max`]; a buffer of another length than the logits. After an error the buffer is as before.
///
/// ```
/// use gumbel::{Key, gumbel_max, sample::gumbel_max_one_hot_into};
/// let (logits, mut hard) = ([0.0_f32, 1.0, 2.0, 3.0], [9.0; 4]);
/// gumbel_max_one_hot_into(&logits, 4, Key::new(7), &mut hard)?;
/// let class = gumbel_max(&logits, 4, Key::new(7))?[0];
/// assert!((0..4).all(|i| hard[i] == if i == class { 1.0 } else { 0.0 }));
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "hard")]
#[doc(alias = "OneHotCategorical")]
pub fn gumbel_max_one_hot_into<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    noise: impl Into<Noise<'a, T>>,
    out: &mut [T],
) -> Result<()> {
    check::length("out", out.len(), logits.len())?;
    pick(logits, axis.into(), noise.into(), Winners::OneHot(out))
}

/// Picks the class of each row. The buffer of the winners has the right length.
fn pick<T: Real>(
    logits: &[T],
    axis: Axis,
    noise: Noise<'_, T>,
    winners: Winners<'_, T>,
) -> Result<()> {
    check::source(noise, logits.len())?;
    let (_, maxima) = check::rows_and_maxima(logits, axis)?;
    T::gumbel_rows(GumbelRows {
        axis,
        tau: Temperature::Scalar(1.0),
        noise,
        maxima: &maxima,
        buffers: Buffers::Logits(logits),
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
    use crate::relax::straight_through_gumbel_softmax_into;
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
        let mut hard = [9.0; 2];
        assert!(gumbel_max_one_hot_into(&masked, 2, Key::new(1), &mut hard).is_err());
        assert!(gumbel_max_one_hot_into(&[0.0], 1, Key::new(1), &mut hard).is_err());
        assert_eq!(hard, [9.0; 2]);
    }

    fn check_one_hot<T: Real>() {
        for (shape, dim) in [
            (vec![6, 1], -1),
            (vec![50, 2], -1),
            (vec![9, 20], -1),
            (vec![7, 40], -1),
            (vec![3, 2049], -1),
            (vec![7000, 10], -1),
            (vec![40, 2000], -1),
            (vec![5, 7], 0),
            (vec![3, 20, 17], 1),
            (vec![2, 33, 18], 1),
            (vec![50, 40, 50], 1),
        ] {
            let axis = Axis::of(&shape, dim).unwrap();
            let n = shape.iter().product();
            let (mut l, mut g) = (vec![T::default(); n], vec![T::default(); n]);
            noise::logistic_into(Key::new(1), 0, &mut l);
            noise::gumbel_into(Key::new(2), 0, &mut g);
            let (mut hard, mut soft) = (vec![T::from(9.0); n], vec![T::default(); n]);
            straight_through_gumbel_softmax_into(&l, axis, 0.5, &g, &mut hard, &mut soft).unwrap();
            let mut out = vec![T::from(9.0); n];
            gumbel_max_one_hot_into(&l, axis, &g, &mut out).unwrap();
            assert!(out == hard, "{shape:?} given");
            out.fill(T::from(9.0));
            gumbel_max_one_hot_into(&l, axis, Key::new(2), &mut out).unwrap();
            assert!(out == hard, "{shape:?} keyed");
        }
    }

    #[test]
    fn one_hot_rows_are_the_hard_sample_of_straight_through() {
        check_one_hot::<f32>();
        check_one_hot::<f64>();
    }
}
