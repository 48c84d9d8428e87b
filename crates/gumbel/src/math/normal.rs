//! The standard normal distribution in plain `f64` arithmetic: its density, its upper tail and its quantiles.
//!
//! ```text
//! phi(z) = exp(-z^2 / 2) / sqrt(2 pi)
//! Q(z)   = P(Z > z) = erfc(z / sqrt 2) / 2
//! z(p)   : Q(z(p)) = p
//! ```
//!
//! Q and z are rational approximations with errors below 1e-16: W. J. Cody, "Rational Chebyshev
//! approximations for the error function", Mathematics of Computation 23 (1969); M. J. Wichura,
//! "Algorithm AS 241: The percentage points of the normal distribution", Applied Statistics 37
//! (1988), PPND16. Like all of [`math`](super), they call no C library: the same bits on every
//! machine.
#![expect(clippy::excessive_precision, reason = "the coefficients as published")]

#[cfg(not(any(feature = "std", test)))]
use crate::math::float::Float as _;
use core::f64::consts::FRAC_1_SQRT_2;

use super::{exp, ln_nonnegative};

const FRAC_1_SQRT_PI: f64 = 0.564_189_583_547_756_3;
const FRAC_1_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;
/// Cody's first region: |x| up to here, x = z / sqrt 2.
const SMALL: f64 = 0.468_75;
/// Wichura's central region: |p - 1/2| up to here.
pub(crate) const CENTRAL: f64 = 0.425;
/// The central region: a polynomial in CENTRAL^2 - q^2 over another.
pub(crate) const CENTRAL_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_608,
    1.331_416_678_917_843_774_5e2,
    1.971_590_950_306_551_442_7e3,
    1.373_169_376_550_946_112_5e4,
    4.592_195_393_154_987_145_7e4,
    6.726_577_092_700_870_085_3e4,
    3.343_057_558_358_812_810_5e4,
    2.509_080_928_730_122_672_7e3,
];
pub(crate) const CENTRAL_DENOMINATOR: [f64; 8] = [
    1.0,
    4.231_333_070_160_091_125_2e1,
    6.871_870_074_920_579_083e2,
    5.394_196_021_424_751_107_7e3,
    2.121_379_430_158_659_586_7e4,
    3.930_789_580_009_271_061e4,
    2.872_908_573_572_194_267_4e4,
    5.226_495_278_852_854_561e3,
];
/// The region beyond it up to sqrt(-ln tail) = `MIDDLE_END`: a polynomial in the root less `MIDDLE_START`, over another.
pub(crate) const MIDDLE_START: f64 = 1.6;
pub(crate) const MIDDLE_END: f64 = 5.0;
pub(crate) const MIDDLE_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_577_34,
    4.630_337_846_156_545_295_9,
    5.769_497_221_460_691_405_5,
    3.647_848_324_763_204_605_04,
    1.270_458_252_452_368_382_58,
    2.417_807_251_774_506_117_7e-1,
    2.272_384_498_926_918_458_33e-2,
    7.745_450_142_783_414_076_4e-4,
];
pub(crate) const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_758_821_87,
    1.676_384_830_183_803_849_4,
    6.897_673_349_851_000_045_5e-1,
    1.481_039_764_274_800_745_9e-1,
    1.519_866_656_361_645_719_66e-2,
    5.475_938_084_995_344_946e-4,
    1.050_750_071_644_416_843_24e-9,
];

/// c0 + c1 x + c2 x^2 + ...
#[inline(always)]
fn polynomial<const N: usize>(coefficients: [f64; N], x: f64) -> f64 {
    let mut sum = 0.0;
    for c in coefficients.into_iter().rev() {
        sum = sum * x + c;
    }
    sum
}

/// exp(-z^2 / 2), to a few units in the last place if the result is not subnormal.
///
/// The rounding of z^2 would cost z^2 / 2 units. So z is split into a part with few bits, which has an
/// exact square, and a small rest.
fn exp_neg_half_square(z: f64) -> f64 {
    let z = z.abs();
    if z > 39.0 {
        return 0.0; // below the smallest f64
    }
    let high = (z * 16.0).floor() / 16.0;
    let (square, rest) = (high * high * 0.5, (z - high) * (z + high) * 0.5);
    if square < 600.0 {
        return exp(-square) * exp(-rest);
    }
    // exp returns no subnormal numbers: only the last factor, e^-100, makes the result subnormal.
    exp(100.0 - square) * exp(-rest) * exp(-100.0)
}

/// phi(z), within 6 units in the last place if it is not subnormal.
pub(crate) fn density(z: f64) -> f64 {
    FRAC_1_SQRT_2_PI * exp_neg_half_square(z)
}

/// Q(z) = P(Z > z), with full relative precision in both tails: within 8 units in the last place
/// if it is not subnormal. P(Z < z) is Q(-z).
pub(crate) fn survival(z: f64) -> f64 {
    let x = z.abs() * FRAC_1_SQRT_2;
    if x <= SMALL {
        return 0.5 - 0.5 * erf_small(z * FRAC_1_SQRT_2);
    }
    let tail = 0.5 * exp_neg_half_square(z) * scaled_erfc(x);
    if z < 0.0 { 1.0 - tail } else { tail }
}

/// erf(x) for |x| <= 0.46875: x R(x^2).
fn erf_small(x: f64) -> f64 {
    const NUMERATOR: [f64; 5] = [
        3.209_377_589_138_469_47e3,
        3.774_852_376_853_020_21e2,
        1.138_641_541_510_501_56e2,
        3.161_123_743_870_565_60e0,
        1.857_777_061_846_031_53e-1,
    ];
    const DENOMINATOR: [f64; 5] = [
        2.844_236_833_439_170_62e3,
        1.282_616_526_077_372_28e3,
        2.440_246_379_344_441_73e2,
        2.360_129_095_234_412_09e1,
        1.0,
    ];
    x * polynomial(NUMERATOR, x * x) / polynomial(DENOMINATOR, x * x)
}

/// e^(x^2) erfc(x) for x > 0.46875: smooth, so a rounding of x changes it little.
fn scaled_erfc(x: f64) -> f64 {
    const MIDDLE_NUMERATOR: [f64; 9] = [
        1.230_339_354_797_997_25e3,
        2.051_078_377_826_071_47e3,
        1.712_047_612_634_070_58e3,
        8.819_522_212_417_690_90e2,
        2.986_351_381_974_001_31e2,
        6.611_919_063_714_162_95e1,
        8.883_149_794_388_375_94e0,
        5.641_884_969_886_700_89e-1,
        2.153_115_354_744_038_46e-8,
    ];
    const MIDDLE_DENOMINATOR: [f64; 9] = [
        1.230_339_354_803_749_42e3,
        3.439_367_674_143_721_64e3,
        4.362_619_090_143_247_16e3,
        3.290_799_235_733_459_63e3,
        1.621_389_574_566_690_19e3,
        5.371_811_018_620_098_58e2,
        1.176_939_508_913_124_99e2,
        1.574_492_611_070_983_47e1,
        1.0,
    ];
    const FAR_NUMERATOR: [f64; 6] = [
        6.587_491_615_298_378_03e-4,
        1.608_378_514_874_227_66e-2,
        1.257_817_261_112_292_46e-1,
        3.603_448_999_498_044_39e-1,
        3.053_266_349_612_323_44e-1,
        1.631_538_713_730_209_78e-2,
    ];
    const FAR_DENOMINATOR: [f64; 6] = [
        2.335_204_976_268_691_85e-3,
        6.051_834_131_244_131_91e-2,
        5.279_051_029_514_284_12e-1,
        1.872_952_849_923_460_47e0,
        2.568_520_192_289_822_42e0,
        1.0,
    ];
    if x <= 4.0 {
        return polynomial(MIDDLE_NUMERATOR, x) / polynomial(MIDDLE_DENOMINATOR, x);
    }
    let y = 1.0 / (x * x);
    let ratio = y * polynomial(FAR_NUMERATOR, y) / polynomial(FAR_DENOMINATOR, y);
    (FRAC_1_SQRT_PI - ratio) / x
}

/// The z with P(Z < z) = v, within 6 units in the last place. q is v - 1/2, and tail is the smaller of v
/// and 1 - v, above 0; the caller computes each with full precision.
pub(crate) fn quantile(q: f64, tail: f64) -> f64 {
    if q.abs() <= CENTRAL {
        return central(q);
    }
    let r = (-ln_nonnegative(tail)).sqrt();
    let z = if r <= MIDDLE_END { middle(r) } else { far(r) };
    if q < 0.0 { -z } else { z }
}

#[inline(always)]
fn central(q: f64) -> f64 {
    let r = CENTRAL * CENTRAL - q * q;
    let (numerator, denominator) =
        (polynomial(CENTRAL_NUMERATOR, r), polynomial(CENTRAL_DENOMINATOR, r));
    q * numerator / denominator
}

/// The quantile's size for r = sqrt(-ln tail) up to 5.
#[inline(always)]
fn middle(r: f64) -> f64 {
    let r = r - MIDDLE_START;
    polynomial(MIDDLE_NUMERATOR, r) / polynomial(MIDDLE_DENOMINATOR, r)
}

/// The quantile's size for r = sqrt(-ln tail) from 5 to 27.3, where tail is the smallest `f64`.
fn far(r: f64) -> f64 {
    let r = r - 5.0;
    let numerator = polynomial(
        [
            6.657_904_643_501_103_777_2,
            5.463_784_911_164_114_369_9,
            1.784_826_539_917_291_335_8,
            2.965_605_718_285_048_912_3e-1,
            2.653_218_952_657_612_309_3e-2,
            1.242_660_947_388_078_438_6e-3,
            2.711_555_568_743_487_578_15e-5,
            2.010_334_399_292_288_132_65e-7,
        ],
        r,
    );
    let denominator = polynomial(
        [
            1.0,
            5.998_322_065_558_879_376_9e-1,
            1.369_298_809_227_358_053_1e-1,
            1.487_536_129_085_061_485_25e-2,
            7.868_691_311_456_132_591e-4,
            1.846_318_317_510_054_681_8e-5,
            1.421_511_758_316_445_888_7e-7,
            2.044_263_103_389_939_785_64e-15,
        ],
        r,
    );
    numerator / denominator
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::oracle;

    fn ulps(ours: f64, exact: f64) -> f64 {
        let ulp = f64::from_bits(exact.abs().to_bits() + 1) - exact.abs();
        (ours - exact).abs() / ulp
    }

    /// The oracle's long sums have errors of some units too, so the bound here is above the bound that
    /// `gumbel-check` tests against values of fifty digits.
    #[test]
    fn survival_agrees_with_series_and_continued_fraction() {
        let mut worst = (0.0_f64, 0.0_f64);
        for i in 0..200_000 {
            let z = f64::from(Key::new(1).word(i)) / 2f64.powi(32) * 46.0 - 9.0;
            worst.0 = worst.0.max(ulps(survival(z), oracle::normal_survival(z)));
            let z = z / 8.0;
            worst.1 = worst.1.max(ulps(survival(z), oracle::normal_survival(z)));
        }
        assert!(worst.0 <= 12.0 && worst.1 <= 12.0, "{worst:?} ULP");
        assert_eq!(survival(0.0), 0.5);
        assert_eq!((survival(f64::INFINITY), survival(f64::NEG_INFINITY)), (0.0, 1.0));
        assert!(survival(38.4) > 0.0 && density(-38.4) > 0.0);
        assert_eq!((survival(40.0), density(1e300)), (0.0, 0.0));
    }

    #[test]
    fn quantile_inverts_survival_down_to_the_smallest_number() {
        let mut worst = 0.0_f64;
        for i in 0..200_000 {
            let u = f64::from(Key::new(2).word(i)) / 2f64.powi(32);
            let tail = 0.5 * 2f64.powf(-1070.0 * u * u);
            let z = quantile(0.5 - tail, tail);
            // dz = dQ / phi: a relative step of Q is z times as large as one of z, or more.
            let slope = z * density(z) / tail;
            let step = (survival(z) - tail) / tail;
            if tail > f64::MIN_POSITIVE && z > 0.1 {
                worst = worst.max(step.abs() / slope / f64::EPSILON);
            }
            assert_eq!(quantile(tail - 0.5, tail), -z);
        }
        assert!(worst <= 6.0, "{worst} epsilon");
        assert_eq!(quantile(0.0, 0.5), 0.0);
        let smallest = quantile(-0.5, f64::from_bits(1));
        assert!((smallest + 38.467_405_617_144_34).abs() < 1e-13, "{smallest}");
    }
}
