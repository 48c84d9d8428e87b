//! Finds the classes that may still enter a top-k, 64 at a time, in `f32`.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, mask32x16};

use crate::key::Key;
use crate::simd::lanes::LANES;
use crate::simd::math::{self, Decay};
use crate::simd::philox;
use crate::simd::unit::approximate_v;
use crate::words::GROUP;

/// The test for a candidate: a class that may still enter. t is the threshold of the top-k, v the uniform of
/// the class.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Candidates {
    /// Logits l: a class may enter if v <= e^((l - t) / tau).
    Logits { threshold: f32, decay: Decay },
    /// Weights w: a class may enter if v e^t <= w.
    Weights { scale: f32 },
}

/// The number of whole groups of 64 values before the first group with a candidate or with a value that
/// is not allowed. The first value belongs to element `64 * group` of `key`.
pub(crate) fn groups_before_candidate(
    level: Level,
    candidates: Candidates,
    key: Key,
    group: u64,
    values: &[f32],
) -> usize {
    dispatch!(level, simd => match candidates {
        Candidates::Logits { threshold, decay } => {
            let test = LogitTest { t: f32x16::splat(simd, threshold), c: decay.splat(simd) };
            first_candidate_group_on(simd, test, key, group, values)
        }
        Candidates::Weights { scale } => {
            first_candidate_group_on(simd, WeightTest { scale: f32x16::splat(simd, scale) }, key, group, values)
        }
    })
}

/// A test of 16 classes at once. The caller's threshold leaves room for the rounding, so no candidate is missed.
trait EntryTest<S: Simd>: Copy {
    fn may_enter(self, simd: S, x: f32x16<S>, v: f32x16<S>) -> mask32x16<S>;
}

#[derive(Clone, Copy)]
struct LogitTest<S: Simd> {
    t: f32x16<S>,
    c: [f32x16<S>; 2],
}

impl<S: Simd> EntryTest<S> for LogitTest<S> {
    #[inline(always)]
    fn may_enter(self, simd: S, x: f32x16<S>, v: f32x16<S>) -> mask32x16<S> {
        // NaN is neither below 0 nor below infinity.
        let d = x - self.t;
        let zero = f32x16::splat(simd, 0.0);
        let d = d.simd_lt(zero).select(d, zero);
        let enters = v.simd_le(math::exp(simd, d, self.c));
        enters | !x.simd_lt(f32x16::splat(simd, f32::INFINITY))
    }
}

#[derive(Clone, Copy)]
struct WeightTest<S: Simd> {
    scale: f32x16<S>,
}

impl<S: Simd> EntryTest<S> for WeightTest<S> {
    #[inline(always)]
    fn may_enter(self, simd: S, x: f32x16<S>, v: f32x16<S>) -> mask32x16<S> {
        let (zero, infinity) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, f32::INFINITY));
        let enters = (v * self.scale).simd_le(x);
        enters | !(x.simd_ge(zero) & x.simd_lt(infinity))
    }
}

#[inline(always)]
fn first_candidate_group_on<S: Simd, E: EntryTest<S>>(
    simd: S,
    test: E,
    key: Key,
    group: u64,
    values: &[f32],
) -> usize {
    let zero = f32x16::splat(simd, 0.0);
    let (groups, _) = values.as_chunks::<GROUP>();
    for (number, values) in groups.iter().enumerate() {
        let words = philox::words(simd, key, 0, group.wrapping_add(number as u64));
        let mut may = zero.simd_lt(zero);
        for i in 0..4 {
            let x = f32x16::from_slice(simd, &values[LANES * i..LANES * (i + 1)]);
            may |= test.may_enter(simd, x, approximate_v(simd, words[i]));
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
        for (level, _) in simd::levels() {
            let mut l = vec![0.0; 150];
            for at in 0..150 {
                for bad in [f32::NAN, f32::INFINITY] {
                    l[at] = bad;
                    let high = Candidates::Logits { threshold: 1e4, decay: Decay::new(1.0) };
                    assert_eq!(
                        groups_before_candidate(level, high, Key::new(1), 0, &l),
                        at / 64,
                        "{level:?}"
                    );
                    let high = Candidates::Weights { scale: f32::MAX };
                    assert_eq!(
                        groups_before_candidate(level, high, Key::new(1), 0, &l),
                        at / 64,
                        "{level:?}"
                    );
                }
                l[at] = 0.0;
            }
        }
    }
}
