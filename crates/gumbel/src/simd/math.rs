//! `-ln x`, `-ln(1 - t)` and `2^x` in `f32`, sixteen lanes at a time.
//!
//! The polynomials are minimax fits of the named series, found by reweighted least squares
//! and rounded to `f32` one coefficient after the other (`gumbel-check/golden/polynomials.py`). The tests
//! check the bounds on every float of the domain.

use core::f32::consts::LN_2;
use core::f64::consts::LOG2_E;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, f64x8, i32x16, u32x16};

use super::lanes::{DOUBLE_LANES, LANES};
use crate::real::Real;
use crate::temperature::Temperature;

const MANTISSA_F32: u32 = 0x007F_FFFF;
/// Bits of sqrt(1/2): a mantissa is taken from `[sqrt(1/2), sqrt(2))`.
const SQRT_HALF_F32: u32 = 0x3F35_04F3;

/// (f - ln(1 + f)) / f^2 = 1/2 - f/3 + f^2/4 - ..., within 2^-27 / f^2 on the mantissas.
const NEG_LN: [f32; 8] = [
    0.49999982,
    -0.33334225,
    0.25002483,
    -0.19953607,
    0.16552491,
    -0.14979498,
    0.14440985,
    -0.08732038,
];

/// (-ln(1 - t) - t) / t^2 = 1/2 + t/3 + t^2/4 + ..., within 2^-27 of -ln(1 - t) for t in [0, 1/2].
const NEG_LN_1M: [f32; 9] = [
    0.5000009, 0.33326325, 0.25186864, 0.17587453, 0.34006843, -0.59227, 1.9709347, -2.4764547,
    1.7434437,
];

/// (2^r - 1) / r = ln 2 + r (ln 2)^2 / 2 + ..., within 2^-28 of 2^r for r in [-1/2, 1/2].
const EXP_2: [f32; 6] =
    [LN_2, 0.240_226_48, 0.055_503_6, 0.009_618_506, 0.001_339_080_6, 0.000_153_264_63];

/// z / (2 v - 1) for normal z with P(Z < z) = v, as a polynomial in w - 2.5, w = -ln(4 v (1 - v)) from 0 to 9.71
/// (the variable of Giles, "Approximating the erfinv function", 2011), with a relative error below 2^-25.
const NORMAL: [f32; 13] = [
    2.1233134,
    0.34880194,
    -0.005907402,
    -0.0017714655,
    0.00030844507,
    -7.0998526e-6,
    -4.7573535e-6,
    6.7020613e-7,
    8.450357e-9,
    -1.2286714e-8,
    1.5125632e-9,
    -8.211441e-11,
    1.7216013e-12,
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

/// `-ln x` of positive normal numbers, within 1.5 units in the last place; 1.51 where products are rounded.
///
/// x = 2^e m with m in [sqrt(1/2), sqrt(2)); e stays in the exponent bits, as e 2^23.
#[inline(always)]
pub(crate) fn neg_ln<S: Simd>(simd: S, x: f32x16<S>) -> f32x16<S> {
    let bits = x.bitcast::<u32x16<S>>();
    let e = (bits - u32x16::splat(simd, SQRT_HALF_F32)) & u32x16::splat(simd, !MANTISSA_F32);
    let f = (bits - e).bitcast::<f32x16<S>>() - f32x16::splat(simd, 1.0);
    let neg_ln_m = (f * f).mul_sub(polynomial(simd, &NEG_LN, f), f);
    let e: f32x16<S> = e.bitcast::<i32x16<S>>().to_float();
    e.mul_add(f32x16::splat(simd, -LN_2 / 8_388_608.0), neg_ln_m)
}

/// `-ln(1 - t)` for t in [0, 1/2], within 0.9 units in the last place; 1.1 where products are rounded.
#[inline(always)]
pub(crate) fn neg_ln_1m<S: Simd>(simd: S, t: f32x16<S>) -> f32x16<S> {
    (t * t).mul_add(polynomial(simd, &NEG_LN_1M, t), t)
}

/// z / (2 v - 1) for normal z with P(Z < z) = v, from the product v (1 - v) of at least 2^-16.
#[inline(always)]
pub(crate) fn normal_ratio<S: Simd>(simd: S, product: f32x16<S>) -> f32x16<S> {
    let centre = f32x16::splat(simd, 2.0 * LN_2 + 2.5);
    polynomial(simd, &NORMAL, neg_ln(simd, product) - centre)
}

/// The factor c = 1 / (tau ln 2) in two parts, for e^(d / tau) = 2^(d c) with d <= 0. With both parts only
/// the result is rounded, however far d is from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decay {
    high: f32,
    low: f32,
}

impl Decay {
    /// The factor for a finite temperature above 0. c is clamped to the positive normal range of `f32`, so
    /// d = 0 gives 1 and d = -inf gives 0 at any tau.
    #[inline(always)]
    pub(crate) fn new(tau: f64) -> Self {
        let c = (LOG2_E / tau).clamp(f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX));
        Self { high: c as f32, low: (c - f64::from(c as f32)) as f32 }
    }

    /// The two parts of c, each as a vector.
    #[inline(always)]
    pub(crate) fn splat<S: Simd>(self, simd: S) -> [f32x16<S>; 2] {
        [f32x16::splat(simd, self.high), f32x16::splat(simd, self.low)]
    }
}

/// The factors of rows: one for all, or one for each.
#[derive(Clone, Copy)]
pub(crate) enum Decays<'a, S: Simd> {
    Same([f32x16<S>; 2]),
    PerRow(&'a [f64]),
}

impl<'a, S: Simd> Decays<'a, S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, tau: Temperature<'a>) -> Self {
        match tau {
            Temperature::Scalar(tau) => Self::Same(Decay::new(tau).splat(simd)),
            Temperature::PerRow(tau) => Self::PerRow(tau),
        }
    }

    /// The factor of one row, in every lane.
    #[inline(always)]
    pub(crate) fn of_row(self, simd: S, row: usize) -> [f32x16<S>; 2] {
        match self {
            Self::Same(decay) => decay,
            Self::PerRow(tau) => Decay::new(tau[row]).splat(simd),
        }
    }

    /// The factors of the sixteen rows from `row` on, one in each lane; 1 / ln 2 after the last row.
    #[inline(always)]
    pub(crate) fn of_rows(self, simd: S, row: usize) -> [f32x16<S>; 2] {
        match self {
            Self::Same(decay) => decay,
            Self::PerRow(tau) => decays(simd, &sixteen_from(tau, row)),
        }
    }
}

/// The temperatures of the sixteen rows from `row` on; 1 after the last row.
#[inline(always)]
pub(crate) fn sixteen_from(tau: &[f64], row: usize) -> [f64; LANES] {
    let tau = &tau[row..];
    if let Some(whole) = tau.first_chunk() {
        return *whole;
    }
    let mut sixteen = [1.0; LANES];
    sixteen[..tau.len()].copy_from_slice(tau);
    sixteen
}

/// The factors of sixteen temperatures, with the bits of [`Decay::new`].
#[inline(always)]
pub(crate) fn decays<S: Simd>(simd: S, tau: &[f64; LANES]) -> [f32x16<S>; 2] {
    in_two_parts(whole_decays(simd, tau))
}

/// The same in one part.
#[inline(always)]
pub(crate) fn whole_decays<S: Simd>(simd: S, tau: &[f64; LANES]) -> [f64x8<S>; 2] {
    let least = f64x8::splat(simd, f64::from(f32::MIN_POSITIVE));
    let most = f64x8::splat(simd, f64::from(f32::MAX));
    let [first, second] = doubles(simd, tau);
    let log2_e = f64x8::splat(simd, LOG2_E);
    [(log2_e / first).max(least).min(most), (log2_e / second).max(least).min(most)]
}

/// The nearest numbers in `f32`, and the rest.
#[inline(always)]
pub(crate) fn in_two_parts<S: Simd>(c: [f64x8<S>; 2]) -> [f32x16<S>; 2] {
    let high = c[0].narrow(c[1]);
    let wide = high.widen();
    [high, (c[0] - wide.0).narrow(c[1] - wide.1)]
}

/// Sixteen numbers as two vectors.
#[inline(always)]
pub(crate) fn doubles<S: Simd>(simd: S, x: &[f64; LANES]) -> [f64x8<S>; 2] {
    [f64x8::from_slice(simd, &x[..DOUBLE_LANES]), f64x8::from_slice(simd, &x[DOUBLE_LANES..])]
}

/// `2^(d c)` for d c <= 0, c in two parts; exactly 0 below 2^-125 and for d = -inf.
///
/// Within 1.1 units in the last place of e^(d / tau); 48 where the product is rounded before the addition.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, d: f32x16<S>, c: [f32x16<S>; 2]) -> f32x16<S> {
    // Adding this constant rounds to an integer and leaves the integer in the low bits.
    let round = f32x16::splat(simd, 12_582_912.0); // 1.5 * 2^23
    let one = f32x16::splat(simd, 1.0);
    let shifted = d.mul_add(c[0], round);
    let r = d.mul_add(c[1], d.mul_sub(c[0], shifted - round));
    let p = r.mul_add(polynomial(simd, &EXP_2, r), one).bitcast::<u32x16<S>>();
    let scaled = p + (shifted.bitcast::<u32x16<S>>() << 23);
    let zero = f32x16::splat(simd, 0.0);
    let underflows = shifted.simd_lt(round - f32x16::splat(simd, 125.0));
    underflows.select(zero, scaled.bitcast())
}

/// The logarithm of a sum 1 + rest. Up to a rest of 1 its relative error is that of the rest, however small:
/// ln(1 + rest) = -ln(1 - rest / sum).
#[inline(always)]
pub(crate) fn ln_sum<S: Simd>(simd: S, sum: f32x16<S>, rest: f32x16<S>) -> f32x16<S> {
    let small = sum.simd_lt(f32x16::splat(simd, 2.0));
    small.select(neg_ln_1m(simd, rest / sum), -neg_ln(simd, sum))
}

/// `d / tau - ln_sum` for d <= 0, with the first part of c = 1 / (tau ln 2): -inf for d = -inf, a finite number for
/// every other d.
#[inline(always)]
pub(crate) fn log<S: Simd>(simd: S, d: f32x16<S>, c: f32x16<S>, ln_sum: f32x16<S>) -> f32x16<S> {
    let lowest = f32x16::splat(simd, f32::NEG_INFINITY);
    let least = d.simd_eq(lowest).select(lowest, f32x16::splat(simd, f32::MIN));
    (d * c).mul_sub(f32x16::splat(simd, LN_2), ln_sum).max(least)
}

/// `out = -d x` in `f64`; 0 where d is 0 or x is -inf.
pub(crate) fn times_neg<T: Real>(level: Level, x: &[T], d: &[T], out: &mut [f64]) {
    dispatch!(level, _ => {
        for ((out, x), d) in out.iter_mut().zip(x).zip(d) {
            let (x, d) = (x.to_f64(), d.to_f64());
            let none = d == 0.0 || x == f64::NEG_INFINITY;
            *out = if none { 0.0 } else { -d * x };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;

    #[derive(Clone, Copy, Debug)]
    enum Function {
        Ln,
        NegLn1m,
        Exp,
    }

    fn evaluate(level: Level, function: Function, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; x.len().next_multiple_of(16)];
        out[..x.len()].copy_from_slice(x);
        dispatch!(level, simd => {
            let decay = Decay::new(1.0).splat(simd);
            for part in out.chunks_exact_mut(16) {
                let x = f32x16::from_slice(simd, part);
                let y = match function {
                    Function::Ln => -neg_ln(simd, x),
                    Function::NegLn1m => neg_ln_1m(simd, x),
                    Function::Exp => exp(simd, x, decay),
                };
                y.store_slice(part);
            }
        });
        out.truncate(x.len());
        out
    }

    /// The floats between two floats of the same sign: all of them, or every 1,021st.
    fn floats(from: f32, to: f32) -> impl Iterator<Item = f32> {
        let step = if simd::exhaustive() { 1 } else { 1021 };
        let (low, high) = (from.to_bits().min(to.to_bits()), from.to_bits().max(to.to_bits()));
        (low..=high).step_by(step).chain([high]).map(f32::from_bits)
    }

    fn worst_error(
        function: Function,
        fused: bool,
        from: f32,
        to: f32,
        exact: fn(f64) -> f64,
    ) -> f64 {
        let mut worst = 0.0_f64;
        let levels = simd::levels();
        let Some(&(level, _)) = levels.iter().find(|level| level.1 == fused) else { return 0.0 };
        let all: Vec<f32> = floats(from, to).collect();
        for x in all.chunks(1 << 16) {
            let ours = evaluate(level, function, x);
            for &(other, also) in &levels {
                if fused && also {
                    assert_eq!(ours, evaluate(other, function, x));
                }
            }
            for (x, ours) in x.iter().zip(ours) {
                let exact = exact(f64::from(*x));
                let near = (exact as f32).abs();
                let ulp = f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near);
                let units = (f64::from(ours) - exact).abs() / ulp;
                assert!(units.is_finite(), "{function:?}({x})");
                worst = worst.max(units);
            }
        }
        println!("{function:?}, fused {fused}: {worst} units in the last place");
        worst
    }

    /// Every float of the domain with `GUMBEL_SLOW=1`.
    #[test]
    fn functions_are_within_their_bounds() {
        for (fused, bounds) in [(true, [1.5, 0.9, 1.1]), (false, [1.51, 1.1, 48.0])] {
            let ln = worst_error(Function::Ln, fused, f32::MIN_POSITIVE, f32::MAX, f64::ln);
            let tiny = 1e-30;
            let ln_1m = worst_error(Function::NegLn1m, fused, tiny, 0.5, |t| -(-t).ln_1p());
            let exp = worst_error(Function::Exp, fused, -86.0, -tiny, f64::exp);
            assert!(ln <= bounds[0] && ln_1m <= bounds[1] && exp <= bounds[2]);
        }
    }

    #[test]
    fn exp_of_zero_and_of_large_negative_numbers() {
        for (level, _) in simd::levels() {
            let ends = [0.0, -0.0, -88.0, -1e30, f32::NEG_INFINITY];
            assert_eq!(evaluate(level, Function::Exp, &ends), [1.0, 1.0, 0.0, 0.0, 0.0]);
        }
    }

    #[test]
    fn decay_takes_any_temperature() {
        for tau in [1e-300, 1e-40, 1.0, 1e40, 1e300] {
            let decay = Decay::new(tau);
            assert!(decay.high >= f32::MIN_POSITIVE && decay.high.is_finite());
            assert!(decay.low.is_finite());
        }
    }

    #[test]
    fn decays_have_the_bits_of_one_at_every_level() {
        let mut uniform = vec![0.0_f64; 4096];
        crate::noise::uniform_into(crate::Key::new(1), 0, &mut uniform);
        let mut tau: Vec<f64> = uniform.iter().map(|u| (100.0 * (u - 0.5)).exp()).collect();
        tau[..4].copy_from_slice(&[1e-300, f64::MIN_POSITIVE / 4.0, f64::MAX, 1.0]);
        for (level, _) in simd::levels() {
            for tau in tau.as_chunks::<LANES>().0 {
                let (mut high, mut low) = ([0.0; LANES], [0.0; LANES]);
                dispatch!(level, simd => {
                    let parts = decays(simd, tau);
                    parts[0].store_slice(&mut high);
                    parts[1].store_slice(&mut low);
                });
                for (lane, &tau) in tau.iter().enumerate() {
                    let one = Decay::new(tau);
                    assert_eq!((high[lane], low[lane]), (one.high, one.low), "{level:?} {tau}");
                }
            }
        }
    }
}
