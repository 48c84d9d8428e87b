//! `ln` and `exp` in plain `f64` arithmetic, without branches and without the standard library.
//!
//! All `f64` code of this crate uses these two functions. They have no fused multiply-add and no call
//! into the C library, so their bits are the same on every machine, and a loop over a slice compiles to
//! vector instructions.
//!
//! Both are series with rational coefficients. The bound beside each is the first omitted term. The
//! tests compare both functions with the standard library.

#[cfg(any(not(feature = "std"), test))]
pub(crate) mod float;
pub(crate) mod normal;

use core::f64::consts::LN_2;

pub(crate) const MANTISSA: u64 = (1 << 52) - 1;
/// Bits of sqrt(1/2): a mantissa is taken from `[sqrt(1/2), sqrt(2))`.
pub(crate) const SQRT_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
/// 2^52. Its bits plus a small integer are the bits of the `f64` number 2^52 plus that integer.
pub(crate) const TWO_52: f64 = 4_503_599_627_370_496.0;
/// ln 2 in two parts; the high part has 33 bits, so its product with an exponent is exact.
pub(crate) const LN_2_HIGH: f64 = f64::from_bits(LN_2.to_bits() & !0xF_FFFF);
pub(crate) const LN_2_LOW: f64 = 7.440_617_110_012_397e-11;

/// The coefficients of (ln m - 2 s) / (2 s z) as a series in z, without the last term, z^9 / 21.
pub(crate) const LN_SERIES: [f64; 9] = [
    1.0 / 3.0,
    1.0 / 5.0,
    1.0 / 7.0,
    1.0 / 9.0,
    1.0 / 11.0,
    1.0 / 13.0,
    1.0 / 15.0,
    1.0 / 17.0,
    1.0 / 19.0,
];

/// Adding this number rounds to an integer and leaves the integer in the low bits: 1.5 2^52.
pub(crate) const ROUND: f64 = 6_755_399_441_055_744.0;
/// The last coefficient of the Taylor series of e^r, 1 / 13!.
pub(crate) const EXP_LAST: f64 = 1.0 / 6_227_020_800.0;
/// The others, from 1 / 12! down to 1 / 0!.
pub(crate) const EXP_SERIES: [f64; 13] = [
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5_040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    1.0 / 2.0,
    1.0,
    1.0,
];

/// Natural logarithm of a positive normal number, within 2 units in the last place.
///
/// x = 2^e m with m in [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f):
/// ln m = 2 atanh(s) = 2 s + 2 s z (1/3 + z/5 + z^2/7 + ...), z = s^2 <= 0.02944.
/// Ten terms are kept; the next is z^11/23, below 2^-60 of the result. Near x = 1, f is exact and
/// so the relative error stays small where the logarithm crosses 0.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    let offset = x.to_bits().wrapping_sub(SQRT_HALF);
    let exponent = ((offset as i64) >> 52) as u64;
    let m = f64::from_bits((offset & MANTISSA).wrapping_add(SQRT_HALF));
    // exponent + 2^52 + 2048, with exponent + 2048 non-negative, then back.
    let e = f64::from_bits(TWO_52.to_bits().wrapping_add(exponent.wrapping_add(2048)))
        - (TWO_52 + 2048.0);
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let mut series = LN_SERIES[LN_SERIES.len() - 1] + z / 21.0;
    let mut i = LN_SERIES.len() - 1;
    while i > 0 {
        i -= 1;
        series = LN_SERIES[i] + z * series;
    }
    let series = z * series;
    // 2 s = f - s f, and f is exact: only the small part is rounded.
    let small = s * (f - 2.0 * series);
    e * LN_2_HIGH + (f - (small - e * LN_2_LOW))
}

/// Natural logarithm of a number x >= 0, subnormal numbers included; ln 0 = -inf, ln inf = inf, NaN stays NaN.
#[inline]
pub(crate) fn ln_nonnegative(x: f64) -> f64 {
    const TWO_64: f64 = 18_446_744_073_709_551_616.0;
    if x < f64::MIN_POSITIVE {
        return if x == 0.0 { f64::NEG_INFINITY } else { ln(x * TWO_64) - 64.0 * LN_2 };
    }
    if x < f64::INFINITY { ln(x) } else { x }
}

/// `e^x` for x <= 700, within 2 units in the last place; exactly 0 below -708 and for -inf.
///
/// x = n ln 2 + r, |r| <= 0.3466; the Taylor series of e^r to r^13, whose next term is below 2^-57.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let clamped = if x < -708.0 { -708.0 } else { x };
    let shifted = clamped * core::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * LN_2_HIGH) - n * LN_2_LOW;
    let mut p = EXP_LAST;
    for coefficient in EXP_SERIES {
        p = p * r + coefficient;
    }
    let scale = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    if x < -708.0 { 0.0 } else { p * scale }
}

/// `ln(1 + x)` for a finite x >= 0, within 3 units in the last place.
///
/// The second term corrects the rounding of `1 + x`: ln(1 + x) = ln u + ((x - (u - 1)) / u), u = fl(1 + x).
#[inline(always)]
pub(crate) fn ln_1p(x: f64) -> f64 {
    let u = 1.0 + x;
    ln(u) + (x - (u - 1.0)) / u
}

/// -ln(1 - v) for v from 0 to 1/2, with full relative precision. The rounding of 1 - v is corrected as in
/// [`ln_1p`].
pub(crate) fn neg_ln_1m(v: f64) -> f64 {
    let u = 1.0 - v;
    (v - (1.0 - u)) / u - ln(u)
}

/// `1 - e^-x` for x >= 0, with full relative precision near 0.
///
/// u = e^-x is rounded, so 1 - u, which is exact, belongs to the argument -ln u instead of x. Near 0 the
/// function is proportional to its argument, so the factor x / -ln u corrects the result (Kahan).
#[inline]
pub(crate) fn one_minus_exp_neg(x: f64) -> f64 {
    let u = exp(-x);
    if u == 1.0 || u == 0.0 { x.min(1.0) } else { (1.0 - u) * (x / -ln(u)) }
}

/// `(e^-x, ln(1 + e^-x))` for x >= 0 in plain `f32` arithmetic, each within 4 units in the last place
/// (the first exactly 0 above 87).
///
/// The likelihood of pixels needs both for every pixel of a batch. The series
/// are those of [`exp`] to r^7 and of [`ln`] with s = e / (2 + e) <= 1/3 to z^7.
#[inline(always)]
pub(crate) fn exp_neg_and_ln_1p(x: f32) -> (f32, f32) {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23
    const HIGH: f32 = 0.693_359_4; // 10 bits of ln 2
    const LOW: f32 = -2.121_944_4e-4;
    let clamped = if x > 87.0 { -87.0 } else { -x };
    let shifted = clamped * core::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (clamped - n * HIGH) - n * LOW;
    let mut p = 1.0 / 5040.0;
    for denominator in [720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0] {
        p = p * r + 1.0 / denominator;
    }
    let scale = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    let e = if x > 87.0 { 0.0 } else { p * scale };
    let s = e / (2.0 + e);
    let z = s * s;
    let mut series = 1.0 / 15.0;
    for denominator in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        series = series * z + 1.0 / denominator;
    }
    (e, 2.0 * s + 2.0 * s * (z * series))
}

/// Natural logarithm of a finite number above 0, subnormal numbers included.
pub(crate) fn ln_positive(x: f64) -> f64 {
    const UP: f64 = 18_014_398_509_481_984.0; // 2^54
    if x < f64::MIN_POSITIVE { ln(x * UP) - 54.0 * core::f64::consts::LN_2 } else { ln(x) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    fn ulps(ours: f64, exact: f64) -> f64 {
        let ulp = f64::from_bits(exact.abs().to_bits() + 1) - exact.abs();
        (ours - exact).abs() / ulp
    }

    #[test]
    fn ln_is_within_two_ulps() {
        let mut worst = 0.0_f64;
        for i in 0..2_000_000 {
            let bits =
                u64::from(Key::new(1).word(i)) << 20 | u64::from(Key::new(2).word(i)) & 0xF_FFFF;
            // Half of the numbers cover the whole range of exponents, half are around 1.
            let exponent = if i % 2 == 0 { i % 2_000 + 20 } else { 1022 + i / 2 % 2 };
            let x = f64::from_bits(exponent << 52 | bits & MANTISSA);
            worst = worst.max(ulps(ln(x), x.ln()));
        }
        assert!(worst <= 2.0, "{worst} ULP");
        assert_eq!(ln(1.0), 0.0);
        let tiny = 2f64.powi(-33);
        assert!(ulps(ln(1.0 - tiny), (-tiny).ln_1p()) <= 2.0);
    }

    #[test]
    fn exp_is_within_two_ulps() {
        let mut worst = 0.0_f64;
        for i in 0..2_000_000 {
            let u = f64::from(Key::new(3).word(i)) / 4_294_967_296.0;
            let x = if i % 2 == 0 { -700.0 * u } else { 2.0 * u - 1.0 };
            worst = worst.max(ulps(exp(x), x.exp()));
        }
        assert!(worst <= 2.0, "{worst} ULP");
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp(-1e300), 0.0);
    }

    #[test]
    fn ln_1p_is_within_three_ulps() {
        let mut worst = 0.0_f64;
        for i in 0..1_000_000 {
            let u = f64::from(Key::new(4).word(i)) / 4_294_967_296.0;
            let x = u * 2f64.powi(20 - (i % 80) as i32);
            worst = worst.max(ulps(ln_1p(x), x.ln_1p()));
        }
        assert!(worst <= 3.0, "{worst} ULP");
    }

    #[test]
    fn ln_nonnegative_takes_zero_infinity_and_subnormals() {
        let (zero, infinite) = (f64::NEG_INFINITY, f64::INFINITY);
        assert_eq!([0.0, 1.0, infinite].map(ln_nonnegative), [zero, 0.0, infinite]);
        assert!(ln_nonnegative(f64::NAN).is_nan());
        for bits in [1, 2, 3, 1 << 40, (1 << 52) - 1, 1 << 52] {
            let x = f64::from_bits(bits);
            assert!(ulps(ln_nonnegative(x), x.ln()) <= 2.0, "{x:e}");
        }
    }

    #[test]
    fn one_minus_exp_neg_is_within_five_ulps() {
        let mut worst = 0.0_f64;
        for i in 0..1_000_000 {
            let u = f64::from(Key::new(5).word(i)) / 4_294_967_296.0;
            let x = 64.0 * u * 2f64.powi(-((i % 60) as i32));
            worst = worst.max(ulps(one_minus_exp_neg(x), -(-x).exp_m1()));
        }
        assert!(worst <= 5.0, "{worst} ULP");
        assert_eq!([0.0, 5e-324, 1e-300, 1e300].map(one_minus_exp_neg), [0.0, 5e-324, 1e-300, 1.0]);
        assert_eq!(one_minus_exp_neg(f64::INFINITY), 1.0);
    }

    #[test]
    fn exp_neg_and_ln_1p_are_within_four_ulps() {
        let ulps = |ours: f32, exact: f64| {
            let near = exact as f32;
            (f64::from(ours) - exact).abs() / f64::from(f32::from_bits(near.to_bits() + 1) - near)
        };
        let mut worst = (0.0_f64, 0.0_f64);
        // Every 64th number from 2^-30 to 87, and 0.
        let range = (2f32.powi(-30).to_bits()..87f32.to_bits()).step_by(64);
        for x in range.map(f32::from_bits).chain([0.0]) {
            let (e, l) = exp_neg_and_ln_1p(x);
            let exact = (-f64::from(x)).exp();
            worst = (worst.0.max(ulps(e, exact)), worst.1.max(ulps(l, exact.ln_1p())));
        }
        assert!(worst.0 <= 4.0 && worst.1 <= 4.0, "{worst:?} ULP");
        assert_eq!(exp_neg_and_ln_1p(1e30), (0.0, 0.0));
        assert_eq!(exp_neg_and_ln_1p(f32::INFINITY), (0.0, 0.0));
    }

    #[test]
    fn parts_of_ln_2_add_up() {
        assert_eq!(LN_2_HIGH.to_bits() & 0xF_FFFF, 0);
        assert_eq!(LN_2_HIGH + LN_2_LOW, LN_2);
    }
}
