//! Logarithm and exponential in `f32`: the formulas and the constants of the core's `simd::math`.

use core::f32::consts::LN_2;
use core::f64::consts::LOG2_E;

use cubecl::prelude::*;

/// -ln 2 / 2^23: an exponent stays where it stands in the bits.
const NEG_LN_2: f32 = -LN_2 / 8_388_608.0;
/// log2 e, and what its `f32` lacks.
const LOG2_E_HIGH: f32 = LOG2_E as f32;
const LOG2_E_LOW: f32 = (LOG2_E - LOG2_E_HIGH as f64) as f32;

/// `-ln(1 - t)` for t in [0, 1/2].
#[cube]
pub(crate) fn neg_ln_1m(t: f32) -> f32 {
    let mut p = f32::new(1.743_443_7);
    p = fma(p, t, f32::new(-2.476_454_7));
    p = fma(p, t, f32::new(1.970_934_7));
    p = fma(p, t, f32::new(-0.592_27));
    p = fma(p, t, f32::new(0.340_068_43));
    p = fma(p, t, f32::new(0.175_874_53));
    p = fma(p, t, f32::new(0.251_868_64));
    p = fma(p, t, f32::new(0.333_263_25));
    p = fma(p, t, f32::new(0.500_000_9));
    fma(t * t, p, t)
}

/// `-ln x` of positive normal numbers.
#[cube]
pub(crate) fn neg_ln(x: f32) -> f32 {
    let bits = u32::reinterpret(x);
    let e = (bits - 0x3F35_04F3u32) & 0xFF80_0000u32;
    let f = f32::reinterpret(bits - e) - f32::new(1.0);
    let mut p = f32::new(-0.087_320_38);
    p = fma(p, f, f32::new(0.144_409_85));
    p = fma(p, f, f32::new(-0.149_794_98));
    p = fma(p, f, f32::new(0.165_524_91));
    p = fma(p, f, f32::new(-0.199_536_07));
    p = fma(p, f, f32::new(0.250_024_83));
    p = fma(p, f, f32::new(-0.333_342_25));
    p = fma(p, f, f32::new(0.499_999_82));
    let neg_ln_m = fma(f * f, p, -f);
    fma(f32::cast_from(i32::reinterpret(e)), f32::new(NEG_LN_2), neg_ln_m)
}

/// -n ln 2 from `-n 2^23`, plus `rest`.
#[cube]
pub(crate) fn plus_exponent(exponent: u32, rest: f32) -> f32 {
    fma(f32::cast_from(i32::reinterpret(exponent)), f32::new(NEG_LN_2), rest)
}

/// The factor 1 / (tau ln 2) in two parts, for e^(d / tau) = 2^(d c) with d <= 0.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
pub(crate) struct Decay {
    high: f32,
    low: f32,
}

impl DecayLaunch {
    /// The factor for a temperature above 0: the core's `Decay::new`.
    pub(crate) fn of(tau: f64) -> Self {
        let c = (LOG2_E / tau).clamp(f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX));
        Self::new(c as f32, (c - f64::from(c as f32)) as f32)
    }
}

/// The factor of a row: that of its own temperature, or that of all rows.
#[cube]
pub(crate) fn decay_of_row(all: &Decay, taus: &[f32], row: u32, #[comptime] by_row: bool) -> Decay {
    if comptime!(by_row) {
        decay_of(taus[row as usize])
    } else {
        Decay { high: all.high, low: all.low }
    }
}

/// The factor for a temperature in `f32`, without `f64`: the quotient, and what it lacks.
#[cube]
fn decay_of(tau: f32) -> Decay {
    let least = f32::new(f32::MIN_POSITIVE);
    let high = clamp(f32::new(LOG2_E_HIGH) / tau, least, f32::new(f32::MAX));
    let low = (fma(-high, tau, f32::new(LOG2_E_HIGH)) + f32::new(LOG2_E_LOW)) / tau;
    // Where the quotient was clamped or the product underflows, the rest means nothing.
    let useful = tau > f32::new(1e-30) && tau < f32::new(1e30);
    Decay { high, low: select(useful, low, f32::new(0.0)) }
}

/// e^(d / tau) for d <= 0; 0 below 2^-125.
///
/// Rounding is the language's own: an added and subtracted 1.5 * 2^23 is cancelled by some compilers.
#[cube]
pub(crate) fn decayed(d: f32, c: &Decay) -> f32 {
    let n = max(d * c.high, f32::new(-200.0)).round();
    let r = fma(d, c.low, fma(d, c.high, -n));
    let mut p = f32::new(0.000_153_264_63);
    p = fma(p, r, f32::new(0.001_339_080_6));
    p = fma(p, r, f32::new(0.009_618_506));
    p = fma(p, r, f32::new(0.055_503_6));
    p = fma(p, r, f32::new(0.240_226_48));
    p = fma(p, r, f32::new(LN_2));
    let bits = u32::reinterpret(fma(r, p, f32::new(1.0)));
    let scaled = f32::reinterpret(bits + (u32::reinterpret(i32::cast_from(n)) << 23u32));
    select(n < f32::new(-125.0), f32::new(0.0), scaled)
}

/// The logarithm of 1 + rest, with the relative error of a rest up to 1, however small.
#[cube]
pub(crate) fn ln_1p(rest: f32) -> f32 {
    let sum = f32::new(1.0) + rest;
    // The branch that is not taken may be given any number.
    let small = min(rest / sum, f32::new(0.5));
    select(sum < f32::new(2.0), neg_ln_1m(small), -neg_ln(sum))
}

/// `d / tau - ln_sum` for d <= 0: a finite number.
#[cube]
pub(crate) fn log_of(d: f32, c: &Decay, ln_sum: f32) -> f32 {
    max(fma(d * c.high, f32::new(LN_2), -ln_sum), f32::new(f32::MIN))
}
