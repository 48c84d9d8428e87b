//! Perturbed logits Z = theta + G given their argmax, or given their maximum.
//!
//! The largest of the Z_j is Gumbel(ln S) and independent of its index. Given this maximum, the others are
//! independent Gumbels truncated at it. So the three functions are one formula. With a = phi - ln E, a Gumbel
//! of location phi without truncation, it is a soft minimum:
//!
//! ```text
//! -ln(exp(-T) + exp(-a)) = min(a, T) - ln(1 + exp(-|a - T|))
//! ```
//!
//! It neither overflows nor loses digits at any phi and T.

use alloc::vec::Vec;

use super::categorical::LnSum;
use crate::axis::Axis;
use crate::check;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::law::Law;
use crate::math;
use crate::real::Real;

/// Turns exponential noise `e` into a Gumbel value of location `phi`, given that the value is at most `bound`:
/// `-ln(exp(-bound) + exp(-phi) e)`.
///
/// The result is at most `bound`. Without a bound (+inf) the result is phi - ln e. For phi = -inf the result is
/// -inf. The formula neither overflows nor loses digits at any `phi` and `bound`.
///
/// Maddison, Tarlow and Minka, "A* sampling", arXiv 1411.0030, section 3 (2014).
///
/// # Errors
/// NaN or +inf `phi`; NaN or -inf `bound`; `e` not a finite number above 0.
///
/// ```
/// use gumbel::sample::truncated_gumbel;
/// let z = truncated_gumbel(1.0, 0.5, 0.7)?;
/// assert!((z - -((-0.5_f64).exp() + (-1.0_f64).exp() * 0.7).ln()).abs() < 1e-15);
/// // Far above the bound, and far below it.
/// assert_eq!(truncated_gumbel(1e6, 0.5, 0.7)?, 0.5);
/// assert_eq!(truncated_gumbel(-1e6, 0.5, 1.0)?, -1e6);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn truncated_gumbel(phi: f64, bound: f64, e: f64) -> Result<f64> {
    let refuse = |argument, expected, found| Err(Error::Parameter { argument, expected, found });
    if phi.is_nan() || phi == f64::INFINITY {
        return refuse("phi", "a number or -inf", phi);
    }
    if bound.is_nan() || bound == f64::NEG_INFINITY {
        return refuse("bound", "a number or +inf", bound);
    }
    if !(e > 0.0 && e < f64::INFINITY) {
        return refuse("e", "a finite number above 0", e);
    }
    Ok(soft_minimum(phi - crate::math::ln_positive(e), bound))
}

/// -ln(exp(-a) + exp(-bound)), for a < +inf and bound > -inf.
#[inline(always)]
fn soft_minimum(a: f64, bound: f64) -> f64 {
    let (smaller, distance) = if a < bound { (a, bound - a) } else { (bound, a - bound) };
    smaller - math::ln_1p(math::exp(-distance))
}

/// Draws Z = theta + Gumbel noise given its argmax, for each row.
///
/// ```text
/// Z_i = ln S - ln E_i                         i the argmax,   S = sum_j exp(theta_j)
/// Z_j = -ln(E_j / exp(theta_j) + E_i / S)     j != i
/// ```
///
/// `logits: [rows, k]`, theta; `winners: [rows]`, the class of each row whose Z is to be the largest, as
/// [`gumbel_max`](crate::gumbel_max) or [`Categorical`](crate::Categorical) drew it; `out: [rows, k]` receives Z.
/// If the winners are drawn from softmax(theta), Z has the law of theta + Gumbel noise. E_i is the exponential
/// noise of element i of `key`. `out[i]` depends only on the key, on i and on its row.
///
/// The winner is strictly the largest of its row: where rounding makes a tie, the other value is set to the
/// next number below. A class of -inf stays at -inf. Z is rounded at the size of theta: from large logits
/// subtract the largest of the row first, or the noise loses its digits.
///
/// Maddison, Tarlow and Minka, "A* sampling", arXiv 1411.0030, section 3 (2014); Paulus, Maddison and
/// Krause, "Rao-Blackwellizing the straight-through Gumbel-Softmax gradient estimator", arXiv
/// 2010.04838, equation 6 (2020).
///
/// # Errors
/// As [`gumbel_max`](crate::gumbel_max); lengths that do not fit; a winner that is not a class, or is a class
/// of -inf.
///
/// ```
/// use gumbel::{Key, gumbel_max, sample::gumbel_given_argmax_into};
/// let logits = [0.0_f32, 3.0, 1.0];
/// let mut z = [0.0; 3];
/// gumbel_given_argmax_into(&logits, 3, &[2], Key::new(7), &mut z)?;
/// assert!(z[2] > z[0] && z[2] > z[1]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_given_argmax_into<T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    winners: &[usize],
    key: Key,
    out: &mut [T],
) -> Result<()> {
    let axis = axis.into();
    check_rows(logits, axis, winners, out)?;
    Law::Gumbel.fill_into(key, 0, out);
    for (row, &winner) in winners.iter().enumerate() {
        let element = |class: usize| axis.first_index(row) + class * axis.stride();
        let mut ln_s = LnSum::default();
        (0..axis.classes()).for_each(|class| ln_s.add(logits[element(class)].to_f64()));
        // The noise in `out` is -ln E.
        let bound = T::from_f64(ln_s.value() + out[element(winner)].to_f64());
        truncate(logits, out, element, axis.classes(), winner, bound);
    }
    Ok(())
}

/// Draws Z = theta + Gumbel noise given its maximum, for each row; returns the argmax of each row.
///
/// ```text
/// P(argmax = i) = exp(theta_i) / S,   Z_i = M              M the maximum,   S = sum_j exp(theta_j)
/// Z_j = -ln(E_j / exp(theta_j) + exp(-M))                  j != i
/// ```
///
/// `logits: [rows, k]`, theta; `maxima: [rows]`; `out: [rows, k]` receives Z, and the given maximum is the
/// largest value of its row. The argmax is drawn from softmax(theta), because it is independent of the maximum.
/// If the maxima are drawn from Gumbel(ln S), Z has the law of theta + Gumbel noise: the function draws the same
/// Z from the top down. Z is rounded as in [`gumbel_given_argmax_into`].
///
/// Maddison, Tarlow and Minka, "A* sampling", arXiv 1411.0030, section 3 (2014).
///
/// # Errors
/// As [`gumbel_max`](crate::gumbel_max); lengths that do not fit; a maximum that is not finite.
///
/// ```
/// use gumbel::{Key, sample::gumbel_given_maximum_into};
/// let logits = [0.0_f32, 3.0, 1.0];
/// let mut z = [0.0; 3];
/// let winners = gumbel_given_maximum_into(&logits, 3, &[-1.5], Key::new(7), &mut z)?;
/// assert_eq!(z[winners[0]], -1.5);
/// assert!((0..3).all(|i| i == winners[0] || z[i] < -1.5));
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn gumbel_given_maximum_into<T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    maxima: &[T],
    key: Key,
    out: &mut [T],
) -> Result<Vec<usize>> {
    let axis = axis.into();
    let [argmax, rest] = key.split();
    let winners = crate::gumbel_max(logits, axis, argmax)?;
    check::length("maxima", maxima.len(), winners.len())?;
    if let Some(index) = maxima.iter().position(|m| !m.to_f64().is_finite()) {
        let (argument, expected) = ("maxima", "a finite number");
        return Err(Error::Value { argument, expected, index, found: maxima[index].to_f64() });
    }
    check::length("out", out.len(), logits.len())?;
    Law::Gumbel.fill_into(rest, 0, out);
    for (row, (&winner, &maximum)) in winners.iter().zip(maxima).enumerate() {
        let element = |class: usize| axis.first_index(row) + class * axis.stride();
        truncate(logits, out, element, axis.classes(), winner, maximum);
    }
    Ok(winners)
}

/// Turns the noise in one row of `out` into Z. The winner gets `bound`.
fn truncate<T: Real>(
    logits: &[T],
    out: &mut [T],
    element: impl Fn(usize) -> usize,
    classes: usize,
    winner: usize,
    bound: T,
) {
    for class in 0..classes {
        let i = element(class);
        if class == winner {
            out[i] = bound;
            continue;
        }
        let z = T::from_f64(soft_minimum(logits[i].to_f64() + out[i].to_f64(), bound.to_f64()));
        out[i] = if z < bound { z } else { bound.below() };
    }
}

fn check_rows<T: Real>(logits: &[T], axis: Axis, winners: &[usize], out: &[T]) -> Result<()> {
    check::rows(logits, axis)?;
    check::length("out", out.len(), logits.len())?;
    check::winners(logits, axis, winners)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;

    /// The formulas as written, with the standard library's logarithms.
    fn formulas(theta: &[f64], e: &[f64], i: usize) -> Vec<f64> {
        let s: f64 = theta.iter().map(|t| t.exp()).sum();
        let z = |j: usize| match j == i {
            true => s.ln() - e[i].ln(),
            false => -(e[j] / theta[j].exp() + e[i] / s).ln(),
        };
        (0..theta.len()).map(z).collect()
    }

    #[test]
    fn equals_the_formulas() {
        let (rows, k) = (200, 7);
        let (mut theta, mut e, mut z) =
            (vec![0.0; rows * k], vec![0.0; rows * k], vec![0.0; rows * k]);
        noise::logistic_into(Key::new(1), 0, &mut theta);
        noise::exponential_into(Key::new(2), 0, &mut e);
        let winners: Vec<usize> = (0..rows).map(|r| r % k).collect();
        gumbel_given_argmax_into(&theta, k, &winners, Key::new(2), &mut z).unwrap();
        for (row, &winner) in winners.iter().enumerate() {
            let at = row * k..(row + 1) * k;
            for (ours, exact) in
                z[at.clone()].iter().zip(formulas(&theta[at.clone()], &e[at], winner))
            {
                // A few roundings of numbers of up to 20.
                assert!((ours - exact).abs() < 4e-14, "{ours} {exact}");
            }
        }
    }

    #[test]
    fn the_given_class_is_the_largest_even_when_it_is_improbable() {
        let logits = [-60.0_f32, 0.0, 40.0, f32::NEG_INFINITY, 40.0].repeat(1000);
        let mut z = vec![0.0; logits.len()];
        for winner in [0, 1, 2, 4] {
            let winners = vec![winner; 1000];
            gumbel_given_argmax_into(&logits, 5, &winners, Key::new(3), &mut z).unwrap();
            for row in z.chunks(5) {
                let others = (0..5).filter(|&i| i != winner);
                assert!(others.into_iter().all(|i| row[i] < row[winner]), "{row:?}");
                assert!(row[3] == f32::NEG_INFINITY && row[winner].is_finite());
            }
        }
        let maxima = vec![-1e30_f32; 1000];
        let winners = gumbel_given_maximum_into(&logits, 5, &maxima, Key::new(3), &mut z).unwrap();
        for (row, winner) in z.chunks(5).zip(winners) {
            assert!((0..5).all(|i| i == winner || row[i] < row[winner]));
        }
    }

    #[test]
    fn rows_run_along_any_axis() {
        let logits = [0.0_f64, 1.0, 2.0, 3.0, 4.0, 5.0];
        let mut z = [0.0; 6];
        let axis = Axis::of(&[3, 2], 0).unwrap();
        gumbel_given_argmax_into(&logits, axis, &[0, 2], Key::new(4), &mut z).unwrap();
        assert!(z[0] > z[2] && z[0] > z[4] && z[5] > z[1] && z[5] > z[3]);
    }

    #[test]
    fn bad_input() {
        let (l, mut z) = ([0.0_f32, f32::NEG_INFINITY], [0.0; 2]);
        for winner in [1, 2] {
            let error = gumbel_given_argmax_into(&l, 2, &[winner], Key::new(1), &mut z);
            assert!(matches!(error, Err(Error::Integer { argument: "winners", .. })));
        }
        let error = gumbel_given_argmax_into(&l, 2, &[0, 0], Key::new(1), &mut z);
        assert!(matches!(error, Err(Error::Length { argument: "winners", .. })));
        let error = gumbel_given_maximum_into(&l, 2, &[f32::INFINITY], Key::new(1), &mut z);
        assert!(matches!(error, Err(Error::Value { argument: "maxima", .. })));
        for (phi, bound, e) in [(f64::NAN, 0.0, 1.0), (0.0, f64::NAN, 1.0), (0.0, 0.0, 0.0)] {
            assert!(truncated_gumbel(phi, bound, e).is_err());
        }
        assert_eq!(truncated_gumbel(f64::NEG_INFINITY, 0.0, 1.0), Ok(f64::NEG_INFINITY));
        assert_eq!(truncated_gumbel(2.0, f64::INFINITY, 1.0), Ok(2.0));
    }
}
