//! `ln` and `exp` of buffers of `f64`: the operations of [`math`](crate::math) in the same order. None is fused, so
//! every level gives the bits of plain `f64`.
//!
//! Each function is a chain of some forty operations, each of which waits for the one before, and a processor looks
//! ahead over one or two such chains. So a buffer is computed in steps of about twenty operations, each over a
//! block that stays in the first-level cache: then the chains of several vectors overlap.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f64x8, i64x8, u64x8};

use crate::math::{
    EXP_LAST, EXP_SERIES, LN_2_HIGH, LN_2_LOW, LN_SERIES, MANTISSA, ROUND, SQRT_HALF, TWO_52, exp,
    ln,
};
use crate::real::Real;
use crate::simd::lanes::DOUBLE_LANES;

/// Numbers that are taken through all steps together: 2 KiB.
pub(crate) const BLOCK: usize = 256;
/// A number for each element of a block, eight to a vector.
pub(crate) type BlockVectors = [[f64; DOUBLE_LANES]; BLOCK / DOUBLE_LANES];

/// Replaces positive normal numbers by their logarithms, with the bits of [`math::ln`](crate::math::ln).
#[inline(always)]
pub(crate) fn ln_in_place<S: Simd>(simd: S, x: &mut [f64]) {
    let (mut s, mut series): (BlockVectors, BlockVectors) = ([[0.0; _]; _], [[0.0; _]; _]);
    for x in x.chunks_mut(BLOCK) {
        let (vectors, rest) = x.as_chunks_mut::<DOUBLE_LANES>();
        for (x, (s_out, series_out)) in vectors.iter().zip(s.iter_mut().zip(&mut series)) {
            let f = mantissa_less_1(simd, f64x8::from_slice(simd, x));
            let s = f / (f64x8::splat(simd, 2.0) + f);
            let z = s * s;
            let last = LN_SERIES.len() - 1;
            let series = f64x8::splat(simd, LN_SERIES[last]) + z / f64x8::splat(simd, 21.0);
            s.store_slice(s_out);
            horner(simd, &LN_SERIES[MIDDLE..last], z, series).store_slice(series_out);
        }
        for (x, (s, series)) in vectors.iter_mut().zip(s.iter().zip(&series)) {
            let s = f64x8::from_slice(simd, s);
            let z = s * s;
            let series = z * horner(simd, &LN_SERIES[..MIDDLE], z, f64x8::from_slice(simd, series));
            let (value, two) = (f64x8::from_slice(simd, x), f64x8::splat(simd, 2.0));
            let (e, f) = (exponent(simd, value), mantissa_less_1(simd, value));
            let small = s * (f - two * series);
            let low = small - e * f64x8::splat(simd, LN_2_LOW);
            (e * f64x8::splat(simd, LN_2_HIGH) + (f - low)).store_slice(x);
        }
        for x in rest {
            *x = ln(*x);
        }
    }
}

/// Where the series of the logarithm is cut in two.
const MIDDLE: usize = 4;

/// The series continued by these coefficients, the last of them first.
#[inline(always)]
fn horner<S: Simd>(simd: S, coefficients: &[f64], z: f64x8<S>, mut series: f64x8<S>) -> f64x8<S> {
    for &c in coefficients.iter().rev() {
        series = f64x8::splat(simd, c) + z * series;
    }
    series
}

/// The bits of x less those of sqrt(1/2): the exponent of x = 2^e m above the bits of m.
#[inline(always)]
fn offset<S: Simd>(simd: S, x: f64x8<S>) -> u64x8<S> {
    x.bitcast::<u64x8<S>>() - u64x8::splat(simd, SQRT_HALF)
}

/// e of x = 2^e m, m in `[sqrt(1/2), sqrt(2))`.
#[inline(always)]
fn exponent<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let exponent = (offset(simd, x).bitcast::<i64x8<S>>() >> 52).bitcast::<u64x8<S>>();
    let shift = u64x8::splat(simd, TWO_52.to_bits() + 2048);
    (exponent + shift).bitcast::<f64x8<S>>() - f64x8::splat(simd, TWO_52 + 2048.0)
}

/// m - 1.
#[inline(always)]
fn mantissa_less_1<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let mantissa = offset(simd, x) & u64x8::splat(simd, MANTISSA);
    let m = (mantissa + u64x8::splat(simd, SQRT_HALF)).bitcast::<f64x8<S>>();
    m - f64x8::splat(simd, 1.0)
}

/// Writes e^x, with the bits of [`math::exp`](crate::math::exp), for x <= 700.
pub(crate) fn exp_into<T: Real>(level: Level, x: &[T], out: &mut [f64]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out = x.to_f64();
    }
    dispatch!(level, simd => exp_in_place(simd, &mut out[..x.len()]));
}

/// Replaces each x by e^x, with the bits of [`math::exp`](crate::math::exp), for x <= 700.
#[inline(always)]
pub(crate) fn exp_in_place<S: Simd>(simd: S, x: &mut [f64]) {
    let mut series: BlockVectors = [[0.0; _]; _];
    let half = EXP_SERIES.len() / 2;
    for x in x.chunks_mut(BLOCK) {
        let (vectors, rest) = x.as_chunks_mut::<DOUBLE_LANES>();
        for (x, series) in vectors.iter().zip(&mut series) {
            let (_, r) = reduced(simd, f64x8::from_slice(simd, x));
            let mut p = f64x8::splat(simd, EXP_LAST);
            for &c in &EXP_SERIES[..half] {
                p = p * r + f64x8::splat(simd, c);
            }
            p.store_slice(series);
        }
        for (x, series) in vectors.iter_mut().zip(&series) {
            let value = f64x8::from_slice(simd, x);
            let (shifted, r) = reduced(simd, value);
            let mut p = f64x8::from_slice(simd, series);
            for &c in &EXP_SERIES[half..] {
                p = p * r + f64x8::splat(simd, c);
            }
            let scale = (shifted.bitcast::<u64x8<S>>() + u64x8::splat(simd, 1023)) << 52;
            let underflows = value.simd_lt(f64x8::splat(simd, -708.0));
            let zero = f64x8::splat(simd, 0.0);
            underflows.select(zero, p * scale.bitcast::<f64x8<S>>()).store_slice(x);
        }
        for x in rest {
            *x = exp(*x);
        }
    }
}

/// n with x = n ln 2 + r in the low bits of a float, and r.
#[inline(always)]
fn reduced<S: Simd>(simd: S, x: f64x8<S>) -> (f64x8<S>, f64x8<S>) {
    let (least, round) = (f64x8::splat(simd, -708.0), f64x8::splat(simd, ROUND));
    let clamped = x.simd_lt(least).select(least, x);
    let shifted = clamped * f64x8::splat(simd, core::f64::consts::LOG2_E) + round;
    let n = shifted - round;
    let high = clamped - n * f64x8::splat(simd, LN_2_HIGH);
    (shifted, high - n * f64x8::splat(simd, LN_2_LOW))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;

    #[test]
    fn buffers_of_every_length_have_the_bits_of_plain_f64_at_every_level() {
        let x: Vec<f64> = (0..1_000).map(|i| f64::from(i - 900) * 0.797).collect();
        for (level, _) in simd::levels() {
            for len in (0..40).chain([BLOCK - 1, BLOCK, BLOCK + 1, 1_000]) {
                let mut out = vec![9.0; len];
                exp_into(level, &x[..len], &mut out);
                let same = |e: &f64, x: &f64| e.to_bits() == exp(*x).to_bits();
                assert!(out.iter().zip(&x).all(|(e, x)| same(e, x)), "{level:?}");
                let positive: Vec<f64> = x[..len].iter().map(|x| exp(x.min(700.0))).collect();
                let positive: Vec<f64> = positive.iter().map(|x| x.max(1e-300)).collect();
                let mut out = positive.clone();
                dispatch!(level, simd => ln_in_place(simd, &mut out));
                let same = |l: &f64, x: &f64| l.to_bits() == ln(*x).to_bits();
                assert!(out.iter().zip(&positive).all(|(l, x)| same(l, x)), "{level:?}");
            }
        }
        let ends = [0.0, -708.0, -709.0, -1e300, f64::NEG_INFINITY];
        let mut out = [9.0; 5];
        exp_into(simd::level(), &ends, &mut out);
        assert_eq!(out, [1.0, exp(-708.0), 0.0, 0.0, 0.0]);
    }
}
