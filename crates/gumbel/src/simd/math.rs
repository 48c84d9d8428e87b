//! `ln`, `-ln(1 - t)` and `2^x` in `f32`, sixteen lanes at a time.
//!
//! The polynomials are minimax fits of the series that is named, found by reweighted least squares
//! and rounded to `f32` one coefficient after the other. The bounds hold for levels that fuse
//! multiply-add and are those of an exhaustive search over the domain (see the tests).

use core::f32::consts::LN_2;

use fearless_simd::prelude::*;
use fearless_simd::{f32x16, i32x16, u32x16};

const MANTISSA: u32 = 0x007F_FFFF;
/// Bits of sqrt(1/2): a mantissa is taken from `[sqrt(1/2), sqrt(2))`.
const SQRT_HALF: u32 = 0x3F35_04F3;

/// (ln(1 + f) - f) / f^2 = -1/2 + f/3 - f^2/4 + ..., within 2^-27 / f^2 on the mantissas.
const LN: [f32; 8] = [
    -0.49999982,
    0.33334225,
    -0.25002483,
    0.19953607,
    -0.16552491,
    0.14979498,
    -0.14440985,
    0.08732038,
];

/// (-ln(1 - t) - t) / t^2 = 1/2 + t/3 + t^2/4 + ..., within 2^-27 of -ln(1 - t) for t in [0, 1/2].
const NEG_LN_1M: [f32; 9] = [
    0.5000009, 0.33326325, 0.25186864, 0.17587453, 0.34006843, -0.59227, 1.9709347, -2.4764547,
    1.7434437,
];

/// The polynomial with these coefficients, lowest first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(
    simd: S,
    coefficients: &[f32; N],
    x: f32x16<S>,
) -> f32x16<S> {
    let mut p = f32x16::splat(simd, coefficients[N - 1]);
    let mut i = N - 1;
    while i > 0 {
        i -= 1;
        p = p.mul_add(x, f32x16::splat(simd, coefficients[i]));
    }
    p
}

/// `(ln m, e)` with x = 2^e m, m in [sqrt(1/2), sqrt(2)), for a positive normal x.
#[inline(always)]
fn ln_parts<S: Simd>(simd: S, x: f32x16<S>) -> (f32x16<S>, f32x16<S>) {
    let sqrt_half = u32x16::splat(simd, SQRT_HALF);
    let offset = x.bitcast::<u32x16<S>>() - sqrt_half;
    let e: f32x16<S> = (offset.bitcast::<i32x16<S>>() >> 23).to_float();
    let m = (offset & u32x16::splat(simd, MANTISSA)) + sqrt_half;
    let f = m.bitcast::<f32x16<S>>() - f32x16::splat(simd, 1.0);
    ((f * f).mul_add(polynomial(simd, &LN, f), f), e)
}

/// Natural logarithm of positive normal numbers.
#[inline(always)]
pub(crate) fn ln<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    let (ln_m, e) = ln_parts(simd, x);
    e.mul_add(f32x16::splat(simd, LN_2), ln_m)
}

/// `-ln(1 - t)` for t in [0, 1/2], with full relative precision.
#[inline(always)]
pub(crate) fn neg_ln_1m<S: Simd>(simd: S, t: f32x16<S>) -> f32x16<S> {
    (t * t).mul_add(polynomial(simd, &NEG_LN_1M, t), t)
}

/// `(1 - m, n)` with q = 2^-n m, m in [1/2, 1), for a positive normal q below 1.
#[inline(always)]
pub(crate) fn below_one<S: Simd>(simd: S, q: f32x16<S>) -> (f32x16<S>, f32x16<S>) {
    let bits = q.bitcast::<u32x16<S>>();
    let n = i32x16::splat(simd, 126) - (bits >> 23).bitcast::<i32x16<S>>();
    let half = u32x16::splat(simd, 0x3F00_0000);
    let m = (bits & u32x16::splat(simd, MANTISSA)) | half;
    (f32x16::splat(simd, 1.0) - m.bitcast::<f32x16<S>>(), n.to_float())
}
