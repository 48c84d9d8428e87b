//! The class weights of a block, in `f32`: exponentials of logits, and their sum.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::simd::draw::envelope::{self, Scale};
use crate::simd::lanes::{LANES, load, store};
use crate::simd::math::{self, Decay};

/// Elements of one step of a sum. Its four vectors go to four sums: in a single sum every addition waits for the
/// one before.
const FOUR_VECTORS: usize = 4 * LANES;

/// The largest logit, and the sum of e^((l - max) / tau); `None` if a logit is NaN or +inf.
pub(crate) fn total(level: Level, logits: &[f32], decay: Decay) -> Option<(f32, f64)> {
    dispatch!(level, simd => total_on(simd, logits, decay))
}

/// As [`total`], and writes the terms of the sum to `out`.
pub(crate) fn weigh(
    level: Level,
    logits: &[f32],
    decay: Decay,
    out: &mut [f32],
) -> Option<(f32, f64)> {
    dispatch!(level, simd => weigh_on(simd, logits, decay, out))
}

#[inline(always)]
fn sum_of_lanes<S: Simd>(x: f32x16<S>) -> f64 {
    let x: [f32; LANES] = x.into();
    let mut pairs: [f64; 8] = core::array::from_fn(|i| f64::from(x[i]) + f64::from(x[i + 8]));
    for half in [4, 2, 1] {
        for i in 0..half {
            pairs[i] += pairs[i + half];
        }
    }
    pairs[0]
}

/// The largest logit; `None` if a logit is NaN or +inf.
#[inline(always)]
fn maximum<S: Simd>(simd: S, logits: &[f32]) -> Option<f32> {
    // The temperature does not change which logit is the largest.
    let maxima = envelope::maxima(simd, logits, Scale::Logits(1.0))?;
    Some(envelope::largest(&maxima) as f32)
}

#[inline(always)]
fn total_on<S: Simd>(simd: S, logits: &[f32], decay: Decay) -> Option<(f32, f64)> {
    let max = maximum(simd, logits)?;
    if max == f32::NEG_INFINITY {
        return Some((max, 0.0));
    }
    let (top, c) = (f32x16::splat(simd, max), decay.splat(simd));
    let mut sums = [f32x16::splat(simd, 0.0); 4];
    let mut parts = logits.chunks_exact(FOUR_VECTORS);
    for part in &mut parts {
        for i in 0..4 {
            let l = f32x16::from_slice(simd, &part[LANES * i..LANES * (i + 1)]);
            sums[i] += math::exp(simd, l - top, c);
        }
    }
    for part in parts.remainder().chunks(LANES) {
        sums[0] += math::exp(simd, load(simd, part, f32::NEG_INFINITY) - top, c);
    }
    Some((max, sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]))))
}

#[inline(always)]
fn weigh_on<S: Simd>(simd: S, logits: &[f32], decay: Decay, out: &mut [f32]) -> Option<(f32, f64)> {
    let max = maximum(simd, logits)?;
    if max == f32::NEG_INFINITY {
        out.fill(0.0);
        return Some((max, 0.0));
    }
    let (top, c) = (f32x16::splat(simd, max), decay.splat(simd));
    let mut sums = [f32x16::splat(simd, 0.0); 4];
    let (mut parts, mut outs) =
        (logits.chunks_exact(FOUR_VECTORS), out.chunks_exact_mut(FOUR_VECTORS));
    for (part, out) in (&mut parts).zip(&mut outs) {
        for (i, sum) in sums.iter_mut().enumerate() {
            let at = LANES * i..LANES * (i + 1);
            let e = math::exp(simd, f32x16::from_slice(simd, &part[at.clone()]) - top, c);
            e.store_slice(&mut out[at]);
            *sum += e;
        }
    }
    let rest = outs.into_remainder();
    for (part, out) in parts.remainder().chunks(LANES).zip(rest.chunks_mut(LANES)) {
        let e = math::exp(simd, load(simd, part, f32::NEG_INFINITY) - top, c);
        sums[0] += e;
        store(e, out);
    }
    Some((max, sum_of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, noise, simd};

    fn logits(n: usize) -> Vec<f32> {
        let mut l = vec![0.0; n];
        noise::logistic_into(Key::new(1), 0, &mut l);
        l.iter_mut().step_by(5).for_each(|l| *l = f32::NEG_INFINITY);
        l
    }

    /// Compares sums with f64 at every length; the bits are equal at every level that fuses.
    #[test]
    fn totals_and_weights_equal_f64_at_every_level() {
        for tau in [0.3, 1.0, 4.0] {
            let decay = Decay::new(tau);
            for n in (2..200).chain([511, 512]) {
                let l = logits(n);
                let max = l.iter().copied().fold(f32::MIN, f32::max);
                let e = |l: f32| ((f64::from(l) - f64::from(max)) / tau).exp();
                let exact: f64 = l.iter().map(|&l| e(l)).sum();
                let mut first: Option<(f32, f64)> = None;
                for (level, fuses) in simd::levels() {
                    let found = total(level, &l, decay).unwrap();
                    let mut weights = vec![0.0; n];
                    let weighed = weigh(level, &l, decay, &mut weights).unwrap();
                    assert_eq!((found.0, weighed.0), (max, max));
                    // 8 additions and an exponential of some units of 2^-24, where the sum is 1 to 500.
                    for sum in [found.1, weighed.1] {
                        assert!((sum / exact - 1.0).abs() < 4e-6, "{level:?} {n} {sum} {exact}");
                    }
                    for (&w, &l) in weights.iter().zip(&l) {
                        // Without a fused multiply-add the exponent is rounded too. 2^-125 and less is 0.
                        let exponent = (f64::from(l) - f64::from(max)).abs().min(100.0) / tau;
                        let relative = 3e-6 + if fuses { 0.0 } else { exponent * 2f64.powi(-23) };
                        let near = (f64::from(w) - e(l)).abs() <= relative * e(l) + 3e-38;
                        assert!(near, "{level:?} {tau} {w} {}", e(l));
                        assert!(w == 0.0 || l > f32::NEG_INFINITY);
                    }
                    if fuses {
                        assert_eq!(*first.get_or_insert(found), found, "{level:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn bad_values_are_found_at_every_index() {
        for (level, _) in simd::levels() {
            let mut l = vec![0.0; 150];
            for at in 0..150 {
                for bad in [f32::NAN, f32::INFINITY] {
                    l[at] = bad;
                    assert_eq!(total(level, &l, Decay::new(1.0)), None);
                    assert_eq!(weigh(level, &l, Decay::new(1.0), &mut [0.0; 150]), None);
                }
                l[at] = 0.0;
            }
            l.fill(f32::NEG_INFINITY);
            assert_eq!(total(level, &l, Decay::new(1.0)), Some((f32::NEG_INFINITY, 0.0)));
        }
    }
}
