//! Exponential, Gumbel and logistic noise in `f64`, eight lanes at a time, with the same bits as plain `f64`.
//!
//! The operations are the operations of `math::ln` and `Law::of_words` in the same order. None is fused,
//! so every level gives the same bits.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f64x8, i64x8, u64x8};

use crate::key::{Key, SECOND_WORD_DOMAIN};
use crate::law::Law;
use crate::math::{LN_2_HIGH, LN_2_LOW, LN_SERIES, MANTISSA, SQRT_HALF, TWO_52};
use crate::simd::lanes::DOUBLE_LANES;
use crate::simd::{philox, unit};
use crate::words::{GROUP, Groups};

/// Fills `out` with the noise of elements `offset ..`.
pub(crate) fn fill(level: Level, law: Law, key: Key, offset: u64, out: &mut [f64]) {
    for part in Groups::new(offset, out.len()) {
        let out = &mut out[part.at.clone()];
        if matches!(law, Law::Uniform | Law::Normal) {
            // Uniform and normal noise have no vector kernel in f64.
            let (first, second) =
                (key.words_of_group(part.group), key.second_words_of_group(part.group));
            for (i, out) in out.iter_mut().enumerate() {
                *out = law.of_words(first[part.skip + i], second[part.skip + i]);
            }
            continue;
        }
        let mut whole = [0.0; GROUP];
        dispatch!(level, simd => group_on(simd, law, key, part.group, &mut whole));
        part.copy_from(&whole, out);
    }
}

#[inline(always)]
fn group_on<S: Simd>(simd: S, law: Law, key: Key, group: u64, out: &mut [f64; GROUP]) {
    let (mut first, mut second) = ([0_u32; GROUP], [0_u32; GROUP]);
    let words =
        [philox::words(simd, key, 0, group), philox::words(simd, key, SECOND_WORD_DOMAIN, group)];
    for i in 0..4 {
        words[0][i].store_slice(&mut first[16 * i..16 * i + 16]);
        words[1][i].store_slice(&mut second[16 * i..16 * i + 16]);
    }
    for i in 0..GROUP / DOUBLE_LANES {
        let at = DOUBLE_LANES * i..DOUBLE_LANES * (i + 1);
        let value = of_words(simd, law, &first[at.clone()], &second[at.clone()]);
        value.store_slice(&mut out[at]);
    }
}

#[inline(always)]
fn of_words<S: Simd>(simd: S, law: Law, first: &[u32], second: &[u32]) -> f64x8<S> {
    let half = f64x8::splat(simd, 0.5);
    let [v, complement] = unit::v_and_complement(simd, first, second);
    let lower = v.simd_lt(half);
    if law == Law::Logistic {
        let t = lower.select(v, complement);
        let u = f64x8::splat(simd, 1.0) - t;
        let one_sided = ln(simd, t) + -(ln(simd, u) - rounding_correction(simd, t, u));
        return lower.select(one_sided, -one_sided);
    }
    let u = lower.select(f64x8::splat(simd, 1.0) - v, complement);
    let ln_u = ln(simd, u);
    let e = -lower.select(ln_u - rounding_correction(simd, v, u), ln_u);
    if law == Law::Gumbel { -ln(simd, e) } else { e }
}

/// The correction of ln u for the rounding of u = 1 - v.
#[inline(always)]
fn rounding_correction<S: Simd>(simd: S, v: f64x8<S>, u: f64x8<S>) -> f64x8<S> {
    (v - (f64x8::splat(simd, 1.0) - u)) / u
}

/// `math::ln` on vectors.
#[inline(always)]
fn ln<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let sqrt_half = u64x8::splat(simd, SQRT_HALF);
    let offset = x.bitcast::<u64x8<S>>() - sqrt_half;
    let exponent = (offset.bitcast::<i64x8<S>>() >> 52).bitcast::<u64x8<S>>();
    let m = ((offset & u64x8::splat(simd, MANTISSA)) + sqrt_half).bitcast::<f64x8<S>>();
    let shift = u64x8::splat(simd, TWO_52.to_bits() + 2048);
    let e = (exponent + shift).bitcast::<f64x8<S>>() - f64x8::splat(simd, TWO_52 + 2048.0);
    let f = m - f64x8::splat(simd, 1.0);
    let s = f / (f64x8::splat(simd, 2.0) + f);
    let z = s * s;
    let mut series =
        f64x8::splat(simd, LN_SERIES[LN_SERIES.len() - 1]) + z / f64x8::splat(simd, 21.0);
    let mut i = LN_SERIES.len() - 1;
    while i > 0 {
        i -= 1;
        series = f64x8::splat(simd, LN_SERIES[i]) + z * series;
    }
    let series = z * series;
    let small = s * (f - f64x8::splat(simd, 2.0) * series);
    let low = small - e * f64x8::splat(simd, LN_2_LOW);
    e * f64x8::splat(simd, LN_2_HIGH) + (f - low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;

    #[test]
    fn every_level_has_the_bits_of_plain_f64() {
        let edges = [0, 1, 1 << 16, (1 << 31) - 1, 1 << 31, u32::MAX - 1, u32::MAX];
        let spread = (0..20_000_u32).map(|i| i.wrapping_mul(2_654_435_761));
        let words: Vec<u32> = edges.into_iter().chain(spread).collect();
        for (level, _) in simd::levels() {
            for law in [Law::Exponential, Law::Gumbel, Law::Logistic] {
                for first in words.chunks_exact(DOUBLE_LANES) {
                    for second in [0, 12_345, u32::MAX].map(|word| [word; DOUBLE_LANES]) {
                        let ours: [f64; DOUBLE_LANES] =
                            dispatch!(level, simd => of_words(simd, law, first, &second).into());
                        for i in 0..DOUBLE_LANES {
                            let plain = law.of_words(first[i], second[i]);
                            assert_eq!(ours[i].to_bits(), plain.to_bits(), "{level:?} {law:?}");
                        }
                    }
                }
            }
        }
    }
}
