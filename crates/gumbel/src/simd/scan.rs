//! Looks through numbers for those that may not be there, at the speed of the memory.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::simd::rows::LANES;

/// Numbers that one thread looks through at a time: 1 MiB.
#[cfg(feature = "rayon")]
const PART: usize = 1 << 18;

/// Whether every number lies within `low ..= high` (NaN does not), and whether one is -inf.
pub(crate) fn within(level: Level, x: &[f32], low: f32, high: f32) -> (bool, bool) {
    let part = |x: &[f32]| dispatch!(level, simd => within_in(simd, x, low, high));
    #[cfg(feature = "rayon")]
    if x.len() >= 2 * PART {
        use rayon::prelude::*;
        return x
            .par_chunks(PART)
            .map(part)
            .reduce(|| (true, false), |a, b| (a.0 & b.0, a.1 | b.1));
    }
    part(x)
}

#[inline(always)]
fn within_in<S: Simd>(simd: S, x: &[f32], low: f32, high: f32) -> (bool, bool) {
    let none = f32x16::splat(simd, f32::NEG_INFINITY);
    let bounds = [f32x16::splat(simd, low), f32x16::splat(simd, high)];
    // Two of each: one chain of ands would wait for itself.
    let mut inside = [none.simd_eq(none); 2];
    let mut masked = [none.simd_ne(none); 2];
    let mut pairs = x.chunks_exact(2 * LANES);
    for pair in &mut pairs {
        for i in 0..2 {
            let x = f32x16::from_slice(simd, &pair[LANES * i..LANES * (i + 1)]);
            inside[i] &= x.simd_ge(bounds[0]) & x.simd_le(bounds[1]);
            masked[i] |= x.simd_eq(none);
        }
    }
    let mut all = (inside[0] & inside[1]).all_true();
    let mut any = (masked[0] | masked[1]).any_true();
    for &x in pairs.remainder() {
        all &= x >= low && x <= high;
        any |= x == f32::NEG_INFINITY;
    }
    (all, any)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;

    #[test]
    fn one_bad_number_is_seen_at_every_place() {
        for (level, _) in simd::levels() {
            for len in 0..=97 {
                let mut x = vec![1.0; len];
                assert_eq!(within(level, &x, -2.0, 2.0), (true, false));
                for at in 0..len {
                    for bad in [f32::NAN, f32::INFINITY, 3.0, -3.0] {
                        x[at] = bad;
                        assert_eq!(within(level, &x, -2.0, 2.0), (false, false), "{len} {at}");
                    }
                    x[at] = f32::NEG_INFINITY;
                    assert_eq!(within(level, &x, f32::NEG_INFINITY, 2.0), (true, true));
                    x[at] = 1.0;
                }
            }
        }
    }
}
