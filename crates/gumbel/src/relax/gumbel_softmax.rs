//! Gumbel-Softmax: a point of the simplex that tends to a one-hot sample as tau goes to 0.
//!
//! ```text
//! y = softmax((l + g) / tau),   g_i independent standard Gumbel
//! ```
//!
//! Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax", arXiv 1611.01144,
//! equation 2; Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712.
//!
//! The largest l + g is subtracted first and the division by tau follows: the other order overflows
//! at small tau.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::math;
use crate::noise::Noise;
use crate::real::Real;
use crate::simd::relax::{GumbelRows, Picks};
use crate::simd::{self, vjp};
use crate::tile;

/// Draws one relaxed sample for each row of `logits`: y = softmax((l + g) / tau).
///
/// `logits: [rows, k]`, row-major, unnormalised log-probabilities; `tau` dimensionless;
/// `noise` a [`Key`](crate::Key) or Gumbel noise already made. Returns `[rows, k]`; each row is
/// non-negative and sums to 1 within rounding.
///
/// - The argmax of a row has the law of softmax(l), at every temperature (Gumbel-max).
/// - tau to 0: tends to the one-hot vector of that argmax. tau to infinity: tends to 1/k.
/// - -inf: the class is impossible; its value and gradient are exactly 0.
/// - k = 1: exactly 1. No rows: an empty result.
///
/// # Errors
/// k = 0, a length that is no multiple of k, tau not a finite number above 0, NaN or +inf logits, a
/// row of -inf only, a noise buffer of the wrong length or with a number that is not finite.
///
/// ```
/// let logits = [0.9_f32.ln(), 0.05_f32.ln(), 0.05_f32.ln(), f32::NEG_INFINITY];
/// let y = gumbel::gumbel_softmax(&logits, 4, 0.5, gumbel::Key::new(7))?;
/// assert!((y.iter().sum::<f32>() - 1.0).abs() < 1e-6);
/// assert_eq!(y[3], 0.0);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax<'a, T: Real>(
    logits: &[T],
    k: usize,
    tau: f64,
    noise: impl Into<Noise<'a, T>>,
) -> Result<Vec<T>> {
    let mut y = vec![T::default(); logits.len()];
    gumbel_softmax_into(logits, k, tau, noise, &mut y)?;
    Ok(y)
}

/// [`gumbel_softmax`] along any axis, into a buffer. Nothing is written when there is an error.
///
/// # Errors
/// As [`gumbel_softmax`]; also a buffer of another length.
pub fn gumbel_softmax_into<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    tau: f64,
    noise: impl Into<Noise<'a, T>>,
    y: &mut [T],
) -> Result<()> {
    let (axis, noise) = (axis.into(), noise.into());
    check::temperature(tau)?;
    check::source(noise, logits.len())?;
    check::rows(logits, axis)?;
    check::length("y", y.len(), logits.len())?;
    if let (Some(l), Some(noise), Some(y)) = (T::as_f32(logits), noise.as_f32(), T::as_f32_mut(y)) {
        let (level, logits) = (simd::level(), l);
        GumbelRows { level, logits, axis, noise, tau, y: Some(y), picks: Picks::No }.go();
        return Ok(());
    }
    tile::for_each_tile(logits, axis, noise, |tile, z| {
        softmax_rows(z, axis.classes(), tau);
        tile.scatter(z, y);
    });
    Ok(())
}

/// softmax(z / tau) of each row of k, in place.
pub(crate) fn softmax_rows(z: &mut [f64], k: usize, tau: f64) {
    for row in z.chunks_exact_mut(k) {
        let max = tile::max(row);
        for z in row {
            *z = (*z - max) / tau;
        }
    }
    // One loop over the whole tile, however narrow the rows.
    for z in z.iter_mut() {
        *z = math::exp(*z);
    }
    for row in z.chunks_exact_mut(k) {
        let sum: f64 = row.iter().sum();
        for z in row {
            *z /= sum;
        }
    }
}

/// Vector-Jacobian product with respect to the logits: `dlogits = y (dy - sum(y dy)) / tau`.
///
/// `y` is the value of [`gumbel_softmax`], `dy` the gradient of a scalar with respect to it, both
/// `[rows, k]` (or along `axis`); a `dy` that is not finite gives a gradient that is not, in that row.
/// Where y is 0, so is the gradient. Each row of the result sums to 0
/// within rounding.
///
/// # Errors
/// k = 0, tau not a finite number above 0, lengths that differ or are no multiple of k.
///
/// ```
/// use gumbel::relax::gumbel_softmax::gumbel_softmax_vjp_into;
/// let mut dlogits = [0.0_f32; 2];
/// gumbel_softmax_vjp_into(&[0.75, 0.25], &[1.0, 0.0], 2, 0.5, &mut dlogits)?;
/// assert_eq!(dlogits, [0.375, -0.375]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_vjp_into<T: Real>(
    y: &[T],
    dy: &[T],
    axis: impl Into<Axis>,
    tau: f64,
    dlogits: &mut [T],
) -> Result<()> {
    let axis = axis.into();
    check::temperature(tau)?;
    let rows = axis.rows("y", y.len())?;
    check::length("dy", dy.len(), y.len())?;
    check::length("dlogits", dlogits.len(), y.len())?;
    let (k, stride) = (axis.classes(), axis.stride());
    if stride == 1
        && let (Some(y), Some(dy)) = (T::as_f32(y), T::as_f32(dy))
        && let Some(dlogits) = T::as_f32_mut(dlogits)
    {
        vjp::softmax(simd::level(), y, dy, k, tau, dlogits);
        return Ok(());
    }
    for row in 0..rows {
        let first = axis.first(row);
        let places = || (first..).step_by(stride).take(k);
        let mean: f64 = places().map(|i| weighted(y[i], dy[i].to_f64())).sum();
        for i in places() {
            dlogits[i] = T::from_f64(weighted(y[i], dy[i].to_f64() - mean) / tau);
        }
    }
    Ok(())
}

/// y x, and 0 where y is 0 whatever x: an impossible class passes no gradient, not even an infinite
/// one.
#[inline]
fn weighted<T: Real>(y: T, x: f64) -> f64 {
    if y.to_f64() == 0.0 { 0.0 } else { y.to_f64() * x }
}

/// Derivative with respect to the temperature: `-(1 / tau) sum_i dlogits_i (l_i + g_i)`.
///
/// `dlogits` is the result of [`gumbel_softmax_vjp_into`] for the same logits, noise and tau; the
/// sum runs over all rows, each relative to its largest l + g, in `f64`. A class of -inf counts 0.
///
/// # Errors
/// As [`gumbel_softmax`].
///
/// ```
/// use gumbel::{gumbel_softmax, Noise};
/// use gumbel::relax::gumbel_softmax::{gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau};
/// let (logits, noise, dy) = ([0.3_f64, -0.2, 1.0], [0.5, 1.5, -0.7], [1.0, 2.0, -1.0]);
/// let cost = |tau| -> Result<f64, gumbel::Error> {
///     let y = gumbel_softmax(&logits, 3, tau, &noise)?;
///     Ok(y.iter().zip(&dy).map(|(y, d)| y * d).sum())
/// };
/// let y = gumbel_softmax(&logits, 3, 0.7, &noise)?;
/// let mut dlogits = [0.0; 3];
/// gumbel_softmax_vjp_into(&y, &dy, 3, 0.7, &mut dlogits)?;
/// let dtau = gumbel_softmax_vjp_tau(&logits, 3, 0.7, &noise, &dlogits)?;
/// let difference = (cost(0.7 + 1e-6)? - cost(0.7 - 1e-6)?) / 2e-6;
/// assert!((dtau - difference).abs() < 1e-8);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_softmax_vjp_tau<'a, T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    tau: f64,
    noise: impl Into<Noise<'a, T>>,
    dlogits: &[T],
) -> Result<f64> {
    let (axis, noise) = (axis.into(), noise.into());
    check::temperature(tau)?;
    check::source(noise, logits.len())?;
    check::rows(logits, axis)?;
    check::length("dlogits", dlogits.len(), logits.len())?;
    let mut total = 0.0;
    tile::for_each_tile(logits, axis, noise, |tile, z| {
        for (row, z) in z.chunks_exact(axis.classes()).enumerate() {
            let max = tile::max(z);
            let terms = z.iter().enumerate().map(|(class, &z)| {
                let d = dlogits[tile.index(row, class)].to_f64();
                if d == 0.0 || z == f64::NEG_INFINITY { 0.0 } else { d * (z - max) }
            });
            total += terms.sum::<f64>();
        }
    });
    Ok(-total / tau)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::key::Key;
    use crate::noise;
    use crate::oracle;

    fn logits(n: usize, seed: u64) -> Vec<f64> {
        let mut l = vec![0.0; n];
        noise::logistic_into(Key::new(seed), 0, &mut l);
        l
    }

    fn gumbels(n: usize, seed: u64) -> Vec<f64> {
        let mut g = vec![0.0; n];
        noise::gumbel_into(Key::new(seed), 0, &mut g);
        g
    }

    #[test]
    fn equals_the_oracle() {
        for k in [1, 2, 3, 10, 32, 1000, 5000] {
            let rows = 7;
            let (l, g) = (logits(rows * k, 1), gumbels(rows * k, 2));
            for tau in [0.05, 0.5, 1.0, 30.0] {
                let y = gumbel_softmax(&l, k, tau, Key::new(2)).unwrap();
                for row in 0..rows {
                    let at = row * k..(row + 1) * k;
                    let exact = oracle::gumbel_softmax(&l[at.clone()], &g[at.clone()], tau);
                    for (y, exact) in y[at].iter().zip(&exact) {
                        // z carries an error of a few units, which 1 / tau magnifies.
                        let bound = 1e-14 / tau.min(1.0) * (1.0 + exact.ln().abs());
                        assert!((y - exact).abs() <= bound * exact, "{k} {tau}: {y} {exact}");
                    }
                }
            }
        }
    }

    #[test]
    fn key_equals_its_noise_to_the_bit() {
        for k in [2, 10, 64, 100, 3000] {
            let l: Vec<f32> = logits(5 * k, 3).iter().map(|&l| l as f32).collect();
            let mut g = vec![0.0_f32; 5 * k];
            noise::gumbel_into(Key::new(4), 0, &mut g);
            assert_eq!(
                gumbel_softmax(&l, k, 0.7, Key::new(4)).unwrap(),
                gumbel_softmax(&l, k, 0.7, &g).unwrap()
            );
        }
    }

    #[test]
    fn parts_of_a_batch_equal_the_batch() {
        let l = logits(100 * 10, 5);
        let whole = gumbel_softmax(&l, 10, 0.5, Key::new(6)).unwrap();
        for cut in [1, 37, 99] {
            let offset = cut as u64 * 10;
            let noise = Noise::Keyed { key: Key::new(6), offset };
            let part = gumbel_softmax(&l[cut * 10..], 10, 0.5, noise).unwrap();
            assert_eq!(part, whole[cut * 10..]);
        }
    }

    #[test]
    fn any_axis_equals_the_transposed_last_axis() {
        let (a, k, b) = (3, 5, 4);
        let (l, g) = (logits(a * k * b, 7), gumbels(a * k * b, 8));
        let turn = |x: &[f64]| -> Vec<f64> {
            let at = |i: usize, j: usize, c: usize| x[(i * k + c) * b + j];
            (0..a * b * k).map(|n| at(n / (b * k), n / k % b, n % k)).collect()
        };
        let axis = Axis::of(&[a, k, b], 1).unwrap();
        let mut y = vec![0.0; l.len()];
        gumbel_softmax_into(&l, axis, 0.5, Key::new(8), &mut y).unwrap();
        let turned = gumbel_softmax(&turn(&l), k, 0.5, &turn(&g)).unwrap();
        assert_eq!(turn(&y), turned);

        let dy = logits(y.len(), 9);
        let (mut dl, mut dl_turned) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        gumbel_softmax_vjp_into(&y, &dy, axis, 0.5, &mut dl).unwrap();
        gumbel_softmax_vjp_into(&turned, &turn(&dy), k, 0.5, &mut dl_turned).unwrap();
        assert_eq!(turn(&dl), dl_turned);
        let one = gumbel_softmax_vjp_tau(&l, axis, 0.5, Key::new(8), &dl).unwrap();
        let other = gumbel_softmax_vjp_tau(&turn(&l), k, 0.5, &turn(&g), &dl_turned).unwrap();
        assert!((one - other).abs() <= 1e-12 * one.abs());
    }

    #[test]
    fn gradients_equal_finite_differences() {
        for (k, tau) in [(1, 0.5), (2, 0.3), (3, 1.0), (10, 0.5), (10, 5.0)] {
            let (l, g, dy) = (logits(3 * k, 10), gumbels(3 * k, 11), logits(3 * k, 12));
            let cost = |l: &[f64], tau: f64| -> f64 {
                let y = gumbel_softmax(l, k, tau, &g).unwrap();
                y.iter().zip(&dy).map(|(y, d)| y * d).sum()
            };
            let y = gumbel_softmax(&l, k, tau, &g).unwrap();
            let mut dl = vec![0.0; l.len()];
            gumbel_softmax_vjp_into(&y, &dy, k, tau, &mut dl).unwrap();
            // Central differences with h = 1e-5: truncation h^2 |c'''| / 6 with |c'''| of about
            // |dy| / tau^3, rounding 1e-16 |c| / h.
            let bound = 1e-10 * (1.0 + tau.powi(-3)) * 20.0;
            let difference = oracle::finite_difference(|l| cost(l, tau), &l, 1e-5);
            for (ours, difference) in dl.iter().zip(&difference) {
                assert!((ours - difference).abs() < bound, "{ours} {difference}");
            }
            let dtau = gumbel_softmax_vjp_tau(&l, k, tau, &g, &dl).unwrap();
            let difference = oracle::finite_difference(|t| cost(&l, t[0]), &[tau], 1e-5 * tau)[0];
            assert!((dtau - difference).abs() < bound * 100.0, "{dtau} {difference}");
        }
    }

    #[test]
    fn a_masked_class_is_absent() {
        let mut l = logits(4, 13);
        l[2] = f64::NEG_INFINITY;
        let g = gumbels(4, 14);
        let y = gumbel_softmax(&l, 4, 0.5, &g).unwrap();
        let without = |x: &[f64]| vec![x[0], x[1], x[3]];
        assert_eq!(without(&y), gumbel_softmax(&without(&l), 3, 0.5, &without(&g)).unwrap());
        assert_eq!(y[2], 0.0);
        // Even an infinite gradient does not come through it.
        let mut dl = vec![1.0; 4];
        gumbel_softmax_vjp_into(&y, &[1.0, 2.0, f64::INFINITY, 3.0], 4, 0.5, &mut dl).unwrap();
        assert_eq!(dl[2], 0.0);
        assert!(dl.iter().all(|d| d.is_finite()));
        assert!(gumbel_softmax_vjp_tau(&l, 4, 0.5, &g, &dl).unwrap().is_finite());
    }

    #[test]
    fn a_shift_of_the_logits_changes_nothing_that_matters() {
        let l = logits(30, 15);
        let moved: Vec<f64> = l.iter().map(|l| l + 3.0).collect();
        let (a, b) = (
            gumbel_softmax(&l, 10, 0.5, Key::new(1)).unwrap(),
            gumbel_softmax(&moved, 10, 0.5, Key::new(1)).unwrap(),
        );
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-13));
    }

    #[test]
    fn temperature_limits() {
        let (l, g) = (logits(10, 16), gumbels(10, 17));
        let winner = oracle::gumbel_max(&l, &g);
        for tau in [1e-3, 1e-300, f64::MIN_POSITIVE / 4.0] {
            let y = gumbel_softmax(&l, 10, tau, &g).unwrap();
            assert!(y.iter().enumerate().all(|(i, &y)| y == f64::from(u8::from(i == winner))));
        }
        for y in gumbel_softmax(&l, 10, 1e12, &g).unwrap() {
            assert!((y - 0.1).abs() < 1e-11);
        }
        let extreme = [3e38_f32, -3e38, 0.0];
        let y = gumbel_softmax(&extreme, 3, 1e-6, Key::new(1)).unwrap();
        assert_eq!(y, [1.0, 0.0, 0.0]);
    }

    #[test]
    fn empty_and_single_class() {
        assert!(gumbel_softmax::<f32>(&[], 4, 1.0, Key::new(1)).unwrap().is_empty());
        assert_eq!(gumbel_softmax(&[-3.0, 5.0], 1, 0.1, Key::new(1)).unwrap(), [1.0, 1.0]);
        assert_eq!(gumbel_softmax::<f32>(&[], 0, 1.0, Key::new(1)), Err(Error::NoClasses));
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let y = gumbel_softmax(&[f64::MAX, f64::MIN], 2, 1.0, &[1e290, -1e290]).unwrap();
        assert_eq!(y, [1.0, 0.0]);
        let error = gumbel_softmax(&[f64::MAX, 0.0], 2, 1.0, &[f64::MAX, 0.0]);
        assert!(matches!(error, Err(Error::Value { argument: "noise", index: 0, .. })));
    }

    #[test]
    fn bad_input_is_named() {
        let key = Key::new(1);
        for tau in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = gumbel_softmax(&[0.0, 1.0], 2, tau, key);
            assert!(matches!(error, Err(Error::Temperature { .. })));
        }
        for bad in [f32::NAN, f32::INFINITY] {
            let error = gumbel_softmax(&[0.0, 1.0, 2.0, bad], 2, 1.0, key);
            assert!(matches!(error, Err(Error::Value { argument: "logits", index: 3, .. })));
        }
        let masked = [0.0, 1.0, f32::NEG_INFINITY, f32::NEG_INFINITY];
        assert_eq!(gumbel_softmax(&masked, 2, 1.0, key), Err(Error::AllMasked { row: 1 }));
        assert!(matches!(gumbel_softmax(&[0.0; 3], 2, 1.0, key), Err(Error::NotRows { .. })));
        let short = [0.0_f32; 3];
        assert!(matches!(
            gumbel_softmax(&[0.0; 4], 2, 1.0, &short),
            Err(Error::Length { argument: "noise", expected: 4, found: 3 })
        ));
        let mut untouched = [9.0_f32; 4];
        assert!(gumbel_softmax_into(&masked, 2, 1.0, key, &mut untouched).is_err());
        assert_eq!(untouched, [9.0; 4]);
    }
}
