//! Two dependent classes by stick breaking with antithetic uniform numbers, for coupled gradient estimators.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::law::Law;
use crate::math;
use crate::noise::Noise;
use crate::parallel;
use crate::real::Real;

/// Two dependent classes of one row, and the ratio that makes them count as independent ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AntitheticPair {
    /// The classes z and zt, each with the law softmax(logits).
    pub classes: [usize; 2],
    /// q(z) q(zt) / p(z, zt), with p the joint law of the two; 0 for equal classes.
    pub weight: f64,
}

/// Draws two dependent classes for each row by antithetic stick breaking, with the ratio of independent to joint law.
///
/// ```text
/// stick j breaks for z where u_j < b_j, and for zt where 1 - u_j < b_j     b_j = q_j / sum_{m >= j} q_m
/// ```
///
/// `logits: [rows, k]`, row-major; `uniforms`: a [`Key`](crate::Key), or uniform numbers `[rows, k - 1]` made in
/// advance, one for each stick but the last. The sticks are the classes, ascending by logit; a draw is the first stick
/// that breaks, and the last one always breaks.
///
/// - Each of the two classes has the law q = softmax(logits). Every pair of different classes with q above 0 is
///   possible, because the sticks ascend.
/// - E weight 1\[z = a, zt = b\] = q(a) q(b) for a != b. So the mean of weight (f(z) - f(zt)) / 2 (e_z - e_zt) is the
///   gradient of E f in the logits: the estimator DisARM.
/// - A class of -inf is never drawn. k = 1: that class twice, weight 0.
/// - The breaks and the weight are computed in `f64`.
///
/// Dong, Mnih and Tucker, "Coupled gradient estimators for discrete latent variables", arXiv 2106.08056 (2021).
///
/// # Errors
/// k = 0, a length that is not a multiple of k, NaN or +inf logits, a row of only -inf; given uniforms of the wrong
/// length, or outside (0, 1).
///
/// ```
/// use gumbel::{Key, sample::antithetic_pairs};
/// // Two classes: u < 1/4 draws class 1 for z, and u > 3/4 for zt.
/// let logits = [0.75_f64.ln(), 0.25_f64.ln()];
/// let pairs = antithetic_pairs(&logits.repeat(2), 2, &[0.1, 0.4])?;
/// assert_eq!(pairs.iter().map(|pair| pair.classes).collect::<Vec<_>>(), [[1, 0], [0, 0]]);
/// assert!((pairs[0].weight - 0.75 * 0.25 / 0.25).abs() < 1e-12);
/// assert_eq!(pairs[1].weight, 0.0);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn antithetic_pairs<'a, T: Real>(
    logits: &[T],
    k: usize,
    uniforms: impl Into<Noise<'a, T>>,
) -> Result<Vec<AntitheticPair>> {
    let uniforms = uniforms.into();
    let rows = check::rows(logits, Axis::from(k))?;
    if let Noise::Given(given) = uniforms {
        check::length("uniforms", given.len(), rows * (k - 1))?;
        let inside = |u: f64| u > 0.0 && u < 1.0;
        check::all_allowed("uniforms", "a number inside (0, 1)", inside, given)?;
    }
    let mut pairs = vec![AntitheticPair::default(); rows];
    parallel::for_pieces(&mut pairs, k, |first, pairs| {
        let mut sticks = Sticks::new(k);
        let tile = (TILE / k).max(1);
        let mut u = vec![T::default(); tile * (k - 1)];
        for (number, pairs) in pairs.chunks_mut(tile).enumerate() {
            let row = first + number * tile;
            let u = &mut u[..pairs.len() * (k - 1)];
            uniforms.fill(Law::Uniform, row * (k - 1), u);
            for (i, pair) in pairs.iter_mut().enumerate() {
                sticks.set(&logits[(row + i) * k..(row + i + 1) * k]);
                *pair = sticks.draw(&u[i * (k - 1)..(i + 1) * (k - 1)]);
            }
        }
    });
    Ok(pairs)
}

/// Elements whose noise is made at once, about.
const TILE: usize = 1024;

/// The classes of one row as sticks.
struct Sticks {
    /// The class of each stick with its logit, ascending.
    order: Vec<(f64, usize)>,
    /// q of each stick, and b.
    probabilities: Vec<f64>,
    breaks: Vec<f64>,
}

impl Sticks {
    fn new(k: usize) -> Self {
        Self { order: vec![(0.0, 0); k], probabilities: vec![0.0; k], breaks: vec![1.0; k] }
    }

    fn set<T: Real>(&mut self, logits: &[T]) {
        for (class, (slot, l)) in self.order.iter_mut().zip(logits).enumerate() {
            *slot = (l.to_f64(), class);
        }
        self.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let top = self.order[self.order.len() - 1].0;
        for (q, (l, _)) in self.probabilities.iter_mut().zip(&self.order) {
            *q = math::exp(l - top);
        }
        let mut rest = 0.0;
        for (q, b) in self.probabilities.iter().zip(&mut self.breaks).rev() {
            rest += q;
            *b = q / rest;
        }
        let scale = 1.0 / rest;
        for q in &mut self.probabilities {
            *q *= scale;
        }
    }

    fn draw<T: Real>(&self, u: &[T]) -> AntitheticPair {
        let last = u.len();
        let sticks = || u.iter().map(|u| u.to_f64()).zip(&self.breaks);
        let z = sticks().position(|(u, b)| u < *b).unwrap_or(last);
        let zt = sticks().position(|(u, b)| 1.0 - u < *b).unwrap_or(last);
        let joint = if z == zt { 0.0 } else { self.joint(z.min(zt), z.max(zt)) };
        // No pair of joint probability 0 is drawn, unless a given number is exactly 1/2 at b = 1/2.
        let independent = self.probabilities[z] * self.probabilities[zt];
        let weight = if joint > 0.0 { independent / joint } else { 0.0 };
        AntitheticPair { classes: [self.order[z].1, self.order[zt].1], weight }
    }

    /// The probability of a first break for either draw at stick `first` and for the other at `last`.
    ///
    /// Before the first of the two breaks, neither does: 1 - 2 b each. There one breaks: the smaller of b and 1 - b.
    /// After it the other goes on alone.
    fn joint(&self, first: usize, last: usize) -> f64 {
        let b = &self.breaks;
        let neither: f64 = b[..first].iter().map(|b| (1.0 - 2.0 * b).max(0.0)).product();
        let alone: f64 = b[first + 1..last].iter().map(|b| 1.0 - b).product();
        neither * b[first].min(1.0 - b[first]) * alone * b[last]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::key::Key;
    use crate::noise;

    /// Six standard errors: a false alarm in 5e8.
    const Z: f64 = 6.0;

    fn assert_laws<T: Real>(row: &[f64]) {
        const N: usize = 200_000;
        let k = row.len();
        let logits: Vec<T> = row.iter().map(|l| T::from_f64(*l)).collect();
        let pairs = antithetic_pairs(&logits.repeat(N), k, Key::new(4)).unwrap();
        let q = crate::oracle::softmax(row);
        for a in 0..k {
            for side in 0..2 {
                let count = pairs.iter().filter(|pair| pair.classes[side] == a).count() as f64;
                let error = (q[a] * (1.0 - q[a]) / N as f64).sqrt();
                assert!((count / N as f64 - q[a]).abs() <= Z * error, "{row:?} {a} {side}");
            }
            for b in (0..k).filter(|&b| b != a) {
                let of = || pairs.iter().filter(|pair| pair.classes == [a, b]).map(|p| p.weight);
                let mean = of().sum::<f64>() / N as f64;
                let square = of().map(|w| w * w).sum::<f64>() / N as f64;
                let error = ((square - mean * mean).max(0.0) / N as f64).sqrt();
                // The weight of a pair is a constant: its variance is that of the count.
                assert!((mean - q[a] * q[b]).abs() <= Z * error + 1e-12, "{row:?} {a} {b}");
            }
        }
        assert!(pairs.iter().all(|p| (p.classes[0] == p.classes[1]) == (p.weight == 0.0)));
    }

    #[test]
    fn both_classes_have_the_law_and_the_weights_make_them_independent() {
        for row in [&[0.3, -0.5, 1.0][..], &[0.0, 0.0], &[2.0, 0.0], &[1.0, -1.0, 0.5, 0.5, -0.2]] {
            assert_laws::<f32>(row);
            assert_laws::<f64>(row);
        }
        assert_laws::<f64>(&[0.3, f64::NEG_INFINITY, 1.0]);
    }

    #[test]
    fn a_row_has_the_same_pair_in_a_part() {
        let (rows, k) = (70_000, 3);
        let mut logits = vec![0.0_f32; rows * k];
        noise::logistic_into(Key::new(1), 0, &mut logits);
        let whole = antithetic_pairs(&logits, k, Key::new(2)).unwrap();
        let uniforms = Noise::Keyed { key: Key::new(2), offset: 1_001 * 2 };
        let part = antithetic_pairs(&logits[1_001 * k..], k, uniforms).unwrap();
        assert_eq!(whole[1_001..], part);
    }

    #[test]
    fn far_classes_and_one_class() {
        let far = [0.0_f64, -600.0, -1e4].repeat(1000);
        for pair in antithetic_pairs(&far, 3, Key::new(3)).unwrap() {
            assert_eq!(pair, AntitheticPair::default());
        }
        assert_eq!(
            antithetic_pairs(&[0.5_f32], 1, Key::new(3)).unwrap(),
            [AntitheticPair::default()]
        );
    }

    #[test]
    fn bad_input() {
        let logits = [0.0_f64; 3];
        let error = antithetic_pairs(&logits, 3, &[0.5]);
        assert!(matches!(error, Err(Error::Length { argument: "uniforms", expected: 2, .. })));
        for bad in [0.0, 1.0, f64::NAN] {
            let error = antithetic_pairs(&logits, 3, &[0.5, bad]);
            assert!(matches!(error, Err(Error::Value { argument: "uniforms", index: 1, .. })));
        }
        assert_eq!(antithetic_pairs::<f64>(&[], 0, Key::new(1)), Err(Error::NoClasses));
    }
}
