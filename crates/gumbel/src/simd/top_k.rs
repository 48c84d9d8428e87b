//! Finds the classes that may still enter a top-k, 64 at a time.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, f64x8, mask32x16};

use crate::key::Key;
use crate::simd::draw::envelope::Values;
use crate::simd::lanes::LANES;
use crate::simd::math::{self, Decay};
use crate::simd::philox;
use crate::simd::unit::approximate_v;
use crate::words::{GROUP, later_group};

/// The test for a candidate: a class that may still enter. t is the threshold of the top-k, v the uniform of
/// the class.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Candidates {
    /// Logits l: a class may enter if v <= e^((l - t) / tau).
    Logits { threshold: f64, decay: Decay },
    /// Weights w: a class may enter if v e^t <= w.
    Weights { scale: f64 },
    /// Weights w at a temperature: a class may enter if v <= e^((ln w - t) / tau).
    LnWeights { threshold: f64, decay: Decay },
}

/// The number of whole groups of 64 values before the first group with a candidate or with a value that
/// is not allowed. The first value belongs to element `64 * group` of `key`. Narrow values get narrow limits, rounded
/// down.
pub(crate) fn groups_before_candidate(
    level: Level,
    candidates: Candidates,
    key: Key,
    group: u64,
    values: Values<'_>,
) -> usize {
    dispatch!(level, simd => match values {
        Values::Narrow(values) => match candidates {
            Candidates::Logits { threshold, decay } => {
                let t = f32x16::splat(simd, below(threshold));
                first_candidate_group_on(simd, LogitTest { t, c: decay.splat(simd) }, key, group, values)
            }
            Candidates::Weights { scale } => {
                let scale = f32x16::splat(simd, below(scale).max(0.0));
                first_candidate_group_on(simd, WeightTest { scale }, key, group, values)
            }
            Candidates::LnWeights { threshold, decay } => {
                let t = f32x16::splat(simd, below(threshold));
                first_candidate_group_on(simd, LnWeightTest { t, c: decay.splat(simd) }, key, group, values)
            }
        },
        Values::Wide(values) => match candidates {
            Candidates::Logits { threshold, decay } => {
                let t = f64x8::splat(simd, threshold);
                first_candidate_group_on(simd, WideLogitTest { t, c: decay.splat(simd) }, key, group, values)
            }
            Candidates::Weights { scale } => {
                let scale = f64x8::splat(simd, scale);
                first_candidate_group_on(simd, WideWeightTest { scale }, key, group, values)
            }
            Candidates::LnWeights { .. } => 0,
        },
    })
}

/// A smaller `f32`, or -inf.
fn below(x: f64) -> f32 {
    (x as f32).next_down()
}

/// A test of 16 classes at once. The caller's threshold leaves room for the rounding, so no candidate is missed.
trait EntryTest<S: Simd, T>: Copy {
    fn may_enter(self, simd: S, x: &[T; LANES], v: f32x16<S>) -> mask32x16<S>;
}

#[derive(Clone, Copy)]
struct LogitTest<S: Simd> {
    t: f32x16<S>,
    c: [f32x16<S>; 2],
}

/// Whether v <= e^((l - t) / tau), from l - t.
#[inline(always)]
fn enters<S: Simd>(simd: S, d: f32x16<S>, c: [f32x16<S>; 2], v: f32x16<S>) -> mask32x16<S> {
    // NaN is not below 0.
    let zero = f32x16::splat(simd, 0.0);
    v.simd_le(math::exp(simd, d.simd_lt(zero).select(d, zero), c))
}

impl<S: Simd> EntryTest<S, f32> for LogitTest<S> {
    #[inline(always)]
    fn may_enter(self, simd: S, x: &[f32; LANES], v: f32x16<S>) -> mask32x16<S> {
        let x = f32x16::from_slice(simd, x);
        enters(simd, x - self.t, self.c, v) | !x.simd_lt(f32x16::splat(simd, f32::INFINITY))
    }
}

#[derive(Clone, Copy)]
struct WeightTest<S: Simd> {
    scale: f32x16<S>,
}

/// Whether a weight is not allowed: NaN, infinity, or a negative number.
#[inline(always)]
fn is_bad<S: Simd>(simd: S, w: f32x16<S>) -> mask32x16<S> {
    let (zero, infinity) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, f32::INFINITY));
    !(w.simd_ge(zero) & w.simd_lt(infinity))
}

impl<S: Simd> EntryTest<S, f32> for WeightTest<S> {
    #[inline(always)]
    fn may_enter(self, simd: S, x: &[f32; LANES], v: f32x16<S>) -> mask32x16<S> {
        let x = f32x16::from_slice(simd, x);
        (v * self.scale).simd_le(x) | is_bad(simd, x)
    }
}

#[derive(Clone, Copy)]
struct LnWeightTest<S: Simd> {
    t: f32x16<S>,
    c: [f32x16<S>; 2],
}

impl<S: Simd> EntryTest<S, f32> for LnWeightTest<S> {
    #[inline(always)]
    fn may_enter(self, simd: S, x: &[f32; LANES], v: f32x16<S>) -> mask32x16<S> {
        let x = f32x16::from_slice(simd, x);
        // A smaller weight is taken for this one, which may only make it a candidate.
        let w = x.max(f32x16::splat(simd, f32::MIN_POSITIVE));
        enters(simd, -math::neg_ln(simd, w) - self.t, self.c, v) | is_bad(simd, x)
    }
}

/// Logits in `f64`: only the difference from the threshold is rounded to `f32`.
#[derive(Clone, Copy)]
struct WideLogitTest<S: Simd> {
    t: f64x8<S>,
    c: [f32x16<S>; 2],
}

impl<S: Simd> EntryTest<S, f64> for WideLogitTest<S> {
    #[inline(always)]
    fn may_enter(self, simd: S, x: &[f64; LANES], v: f32x16<S>) -> mask32x16<S> {
        let [low, high] = math::doubles(simd, x);
        // +inf and NaN stay what they are: they enter.
        let d = (low - self.t).narrow(high - self.t);
        enters(simd, d, self.c, v)
    }
}

/// Weights in `f64`, which may lie beyond the range of `f32`.
#[derive(Clone, Copy)]
struct WideWeightTest<S: Simd> {
    scale: f64x8<S>,
}

impl<S: Simd> EntryTest<S, f64> for WideWeightTest<S> {
    #[inline(always)]
    fn may_enter(self, simd: S, x: &[f64; LANES], v: f32x16<S>) -> mask32x16<S> {
        let (low, high) = v.widen();
        let [x_low, x_high] = math::doubles(simd, x);
        let found = [self.half(simd, x_low, low), self.half(simd, x_high, high)];
        found[0].narrow(found[1]).simd_gt(f32x16::splat(simd, 0.0))
    }
}

impl<S: Simd> WideWeightTest<S> {
    /// 1 for a weight that may enter, or is not allowed; else 0.
    #[inline(always)]
    fn half(self, simd: S, w: f64x8<S>, v: f64x8<S>) -> f64x8<S> {
        let (zero, infinity) = (f64x8::splat(simd, 0.0), f64x8::splat(simd, f64::INFINITY));
        let good = w.simd_ge(zero) & w.simd_lt(infinity);
        let may = (v * self.scale).simd_le(w) | !good;
        may.select(f64x8::splat(simd, 1.0), zero)
    }
}

#[inline(always)]
fn first_candidate_group_on<S: Simd, T, E: EntryTest<S, T>>(
    simd: S,
    test: E,
    key: Key,
    group: u64,
    values: &[T],
) -> usize {
    let zero = f32x16::splat(simd, 0.0);
    let (groups, _) = values.as_chunks::<GROUP>();
    for (number, values) in groups.iter().enumerate() {
        let words = philox::words(simd, key, 0, later_group(group, number));
        let mut may = zero.simd_lt(zero);
        for (words, values) in words.iter().zip(values.as_chunks::<LANES>().0) {
            may |= test.may_enter(simd, values, approximate_v(simd, *words));
        }
        if may.any_true() {
            return number;
        }
    }
    groups.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;

    #[test]
    fn bad_values_are_found_at_every_index() {
        let decay = Decay::new(1.0);
        for (level, _) in simd::levels() {
            let (mut l, mut wide) = (vec![0.0_f32; 150], vec![0.0_f64; 150]);
            for at in 0..150 {
                for bad in [f32::NAN, f32::INFINITY] {
                    (l[at], wide[at]) = (bad, bad.into());
                    for high in [
                        Candidates::Logits { threshold: 1e4, decay },
                        Candidates::Weights { scale: 1e38 },
                        Candidates::LnWeights { threshold: 1e4, decay },
                    ] {
                        for values in [Values::Narrow(&l), Values::Wide(&wide)] {
                            if matches!(
                                (high, values),
                                (Candidates::LnWeights { .. }, Values::Wide(_))
                            ) {
                                continue;
                            }
                            let found =
                                groups_before_candidate(level, high, Key::new(1), 0, values);
                            assert_eq!(found, at / 64, "{level:?} {high:?}");
                        }
                    }
                }
                (l[at], wide[at]) = (0.0, 0.0);
            }
        }
    }
}
