//! Scans numbers for values that are not allowed, and for the largest of each row, at the speed of
//! the memory.

use alloc::vec;
use alloc::vec::Vec;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, f64x8, u32x16};

use crate::axis::Axis;
use crate::simd::lanes::{DOUBLE_LANES, LANES, load};

/// Numbers that one thread scans at a time: 1 MiB.
#[cfg(feature = "rayon")]
const SCAN_PART: usize = 1 << 18;

/// Returns whether every number lies within `low ..= high` (NaN does not), and whether any is -inf.
pub(crate) fn within(level: Level, x: &[f32], low: f32, high: f32) -> (bool, bool) {
    let part = |x: &[f32]| dispatch!(level, simd => within_on(simd, x, low, high));
    #[cfg(feature = "rayon")]
    if x.len() >= 2 * SCAN_PART {
        use rayon::prelude::*;
        return x
            .par_chunks(SCAN_PART)
            .map(part)
            .reduce(|| (true, false), |a, b| (a.0 & b.0, a.1 | b.1));
    }
    part(x)
}

#[inline(always)]
fn within_on<S: Simd>(simd: S, x: &[f32], low: f32, high: f32) -> (bool, bool) {
    let neg_infinity = f32x16::splat(simd, f32::NEG_INFINITY);
    let bounds = [f32x16::splat(simd, low), f32x16::splat(simd, high)];
    // Two accumulators each: in a single chain every operation waits for the one before.
    let mut inside = [neg_infinity.simd_eq(neg_infinity); 2];
    let mut masked = [neg_infinity.simd_ne(neg_infinity); 2];
    let mut pairs = x.chunks_exact(2 * LANES);
    for pair in &mut pairs {
        for i in 0..2 {
            let x = f32x16::from_slice(simd, &pair[LANES * i..LANES * (i + 1)]);
            inside[i] &= x.simd_ge(bounds[0]) & x.simd_le(bounds[1]);
            masked[i] |= x.simd_eq(neg_infinity);
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

/// Whether every number is above 0 and finite, on this thread.
pub(crate) fn positive(level: Level, x: &[f64]) -> bool {
    dispatch!(level, simd => positive_on(simd, x))
}

#[inline(always)]
fn positive_on<S: Simd>(simd: S, x: &[f64]) -> bool {
    let bounds = [f64x8::splat(simd, 0.0), f64x8::splat(simd, f64::INFINITY)];
    let mut inside = [bounds[0].simd_eq(bounds[0]); 2];
    let mut pairs = x.chunks_exact(2 * DOUBLE_LANES);
    for pair in &mut pairs {
        for i in 0..2 {
            let x = f64x8::from_slice(simd, &pair[DOUBLE_LANES * i..DOUBLE_LANES * (i + 1)]);
            inside[i] &= x.simd_gt(bounds[0]) & x.simd_lt(bounds[1]);
        }
    }
    (inside[0] & inside[1]).all_true()
        && pairs.remainder().iter().all(|&x| x > 0.0 && x < f64::INFINITY)
}

/// Whether a scan finds the largest logit of each row. For narrow rows, and along an axis that is not the
/// last, the kernels find it themselves.
pub(crate) fn has_maxima(axis: Axis) -> bool {
    axis.stride() == 1 && axis.classes() >= LANES
}

/// Scans whole rows of logits. Returns whether none is NaN or +inf, whether any is -inf, and the largest logit of
/// each row if [`has_maxima`] is true.
pub(crate) fn rows(level: Level, x: &[f32], axis: Axis) -> ((bool, bool), Vec<f32>) {
    let k = if has_maxima(axis) { axis.classes() } else { x.len() };
    let mut maxima = vec![0.0; if has_maxima(axis) { x.len() / k } else { 1 }];
    let found = match x {
        [] => (true, false),
        x => rows_with_maxima(level, x, k, &mut maxima),
    };
    if !has_maxima(axis) {
        maxima.clear();
    }
    (found, maxima)
}

/// Returns whether no number is NaN or +inf, and whether any is -inf. Writes the largest of each row of k to `maxima`.
fn rows_with_maxima(level: Level, x: &[f32], k: usize, maxima: &mut [f32]) -> (bool, bool) {
    let part = |x: &[f32], k: usize, maxima: &mut [f32]| {
        if dispatch!(level, simd => finite_rows(simd, x, k, maxima)) {
            (true, false)
        } else {
            within(level, x, f32::NEG_INFINITY, f32::MAX)
        }
    };
    #[cfg(feature = "rayon")]
    if x.len() >= 2 * SCAN_PART {
        use rayon::prelude::*;
        let both = |a: (bool, bool), b: (bool, bool)| (a.0 & b.0, a.1 | b.1);
        if k <= SCAN_PART {
            let rows_per_part = SCAN_PART / k;
            let parts = x.par_chunks(rows_per_part * k).zip(maxima.par_chunks_mut(rows_per_part));
            return parts.map(|(x, maxima)| part(x, k, maxima)).reduce(|| (true, false), both);
        }
        let mut found = (true, false);
        for (x, top) in x.chunks_exact(k).zip(maxima) {
            let mut of_parts = vec![0.0; k.div_ceil(SCAN_PART)];
            let parts = x.par_chunks(SCAN_PART).zip(&mut of_parts);
            let parts = parts.map(|(x, top)| part(x, x.len(), core::slice::from_mut(top)));
            found = both(found, parts.reduce(|| (true, false), both));
            *top = of_parts.into_iter().fold(f32::NEG_INFINITY, f32::max);
        }
        return found;
    }
    part(x, k, maxima)
}

/// Returns whether all numbers are finite. Writes the largest of each row of k to `maxima`.
#[inline(always)]
fn finite_rows<S: Simd>(simd: S, x: &[f32], k: usize, maxima: &mut [f32]) -> bool {
    let neg_infinity = f32x16::splat(simd, f32::NEG_INFINITY);
    // The largest bits without the sign: infinities and NaN have larger bits than every finite number.
    let mut bits = [u32x16::splat(simd, 0); 2];
    for (x, top) in x.chunks_exact(k).zip(maxima) {
        let mut best = [neg_infinity; 2];
        let mut pairs = x.chunks_exact(2 * LANES);
        for pair in &mut pairs {
            for i in 0..2 {
                let x = f32x16::from_slice(simd, &pair[LANES * i..LANES * (i + 1)]);
                best[i] = best[i].max(x);
                bits[i] = bits[i].max(magnitude(simd, x));
            }
        }
        for part in pairs.remainder().chunks(LANES) {
            let x = if part.len() < LANES && x.len() >= LANES {
                // The last sixteen numbers: some of them are read a second time.
                f32x16::from_slice(simd, &x[x.len() - LANES..])
            } else {
                load(simd, part, part[0])
            };
            best[0] = best[0].max(x);
            bits[0] = bits[0].max(magnitude(simd, x));
        }
        *top = best[0].max(best[1]).reduce_max();
    }
    bits[0].max(bits[1]).simd_lt(u32x16::splat(simd, f32::INFINITY.to_bits())).all_true()
}

#[inline(always)]
fn magnitude<S: Simd>(simd: S, x: f32x16<S>) -> u32x16<S> {
    x.bitcast::<u32x16<S>>() & u32x16::splat(simd, 0x7FFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;

    #[test]
    fn one_bad_logit_is_found_at_every_index_and_so_is_the_largest() {
        for (level, _) in simd::levels() {
            for k in (1..=70).chain([2 * LANES * 5 + 3]) {
                let mut x = vec![0.0; 3 * k];
                crate::noise::logistic_into(crate::Key::new(k as u64), 0, &mut x);
                let axis = Axis::from(k);
                let fold = |x: &[f32]| x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let largest = |x: &[f32]| x.chunks(k).map(fold).collect::<Vec<_>>();
                let (found, maxima) = rows(level, &x, axis);
                assert_eq!(found, (true, false));
                assert_eq!(maxima, if k < LANES { Vec::new() } else { largest(&x) });
                for at in 0..x.len() {
                    let kept = x[at];
                    for bad in [f32::NAN, -f32::NAN, f32::INFINITY] {
                        x[at] = bad;
                        assert!(!rows(level, &x, axis).0.0, "{level:?} {k} {at} {bad}");
                    }
                    x[at] = f32::NEG_INFINITY;
                    let (found, maxima) = rows(level, &x, axis);
                    assert_eq!(found, (true, true), "{level:?} {k} {at}");
                    assert!(k < LANES || maxima == largest(&x));
                    x[at] = kept;
                }
            }
        }
    }

    /// Narrow rows without maxima, rows shared among threads, and a row that is itself split into parts.
    #[cfg(feature = "rayon")]
    #[test]
    fn many_logits_are_scanned_in_parts() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for k in [10, 1_000, SCAN_PART + 12_345] {
            let n = (2 * SCAN_PART).div_ceil(k) * k + k;
            let mut x: Vec<f32> =
                (0..n).map(|i| (i.wrapping_mul(2_654_435_761) % 999_983) as f32).collect();
            let fold = |x: &[f32]| x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let scan = |x: &[f32]| pool.install(|| rows(simd::level(), x, k.into()));
            let (found, maxima) = scan(&x);
            assert_eq!(found, (true, false));
            assert!(k < LANES || maxima == x.chunks(k).map(fold).collect::<Vec<_>>());
            for at in [0, SCAN_PART - 1, SCAN_PART, n / 2, n - 1] {
                x[at] = f32::NEG_INFINITY;
                assert!(scan(&x).0.1);
                x[at] = f32::NAN;
                assert!(!scan(&x).0.0, "{k} {at}");
                x[at] = 0.0;
            }
        }
    }

    #[test]
    fn one_bad_number_is_found_at_every_index() {
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
