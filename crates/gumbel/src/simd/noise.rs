//! Exponential, Gumbel and logistic noise in `f32`, 64 elements at a time.
//!
//! One conversion serves both ends of (0, 1). With k read as a signed number,
//!
//! ```text
//! q = -(k + 1/2) 2^-32  =  -v      for v < 1/2
//!                          1 - v   for v > 1/2
//! E = -ln(1 + q)           for q < 0     a polynomial in v
//! E = n ln 2 - ln m        for q > 0,    q = 2^-n m: the same polynomial in 1 - m
//! ```
//!
//! Both terms of the second form are positive, so nothing cancels. Words near an end (one in 32,768)
//! are replaced by the `f64` value of both words: a cold function that is seldom entered.

use core::f32::consts::LN_2;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, i32x16, u32x16};

use crate::key::{GROUP, Key};
use crate::noise::{Law, RARE, is_rare};
use crate::simd::{math, philox};

/// A law of noise as a function of sixteen words.
pub(crate) trait Transform {
    /// The law that gives the noise of rare words; none when words are never rare.
    const REFINED: Option<Law>;
    fn of<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S>;
}

/// The kinds of noise that have a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Uniform,
    Exponential,
    Gumbel,
    Logistic,
}

impl Kind {
    /// The law in `f64`; the uniform has none.
    #[cfg(test)]
    pub(crate) fn law(self) -> Option<Law> {
        match self {
            Self::Uniform => None,
            Self::Exponential => Some(Law::Exponential),
            Self::Gumbel => Some(Law::Gumbel),
            Self::Logistic => Some(Law::Logistic),
        }
    }
}

/// Uniform noise, exact: `(m + 1/2) 2^-23` with m the top 23 bits.
pub(crate) struct Uniform;
pub(crate) struct Exponential;
pub(crate) struct Gumbel;
pub(crate) struct Logistic;

/// -v below the median and 1 - v above it.
#[inline(always)]
fn signed<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
    let k: f32x16<S> = words.bitcast::<i32x16<S>>().to_float();
    let two_neg_32 = f32x16::splat(simd, -1.0 / 4_294_967_296.0);
    k.mul_add(two_neg_32, f32x16::splat(simd, -0.5 / 4_294_967_296.0))
}

/// `(m, -n 2^23)` with q = 2^-n m, m in [1/2, 1).
#[inline(always)]
fn below_one<S: Simd>(simd: S, q: f32x16<S>) -> (f32x16<S>, u32x16<S>) {
    let bits = q.bitcast::<u32x16<S>>();
    let half = u32x16::splat(simd, 0x3F00_0000);
    let n = (bits & u32x16::splat(simd, 0x7F80_0000)) - half;
    (((bits & u32x16::splat(simd, 0x007F_FFFF)) | half).bitcast(), n)
}

impl Transform for Uniform {
    const REFINED: Option<Law> = None;
    #[inline(always)]
    fn of<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
        let m: f32x16<S> = (words >> 9).bitcast::<i32x16<S>>().to_float();
        (m + f32x16::splat(simd, 0.5)) * f32x16::splat(simd, 1.0 / 8_388_608.0)
    }
}

impl Transform for Exponential {
    const REFINED: Option<Law> = Some(Law::Exponential);
    #[inline(always)]
    fn of<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
        let q = signed(simd, words);
        let upper = q.simd_gt(f32x16::splat(simd, 0.0));
        let (m, n) = below_one(simd, q);
        // A choice of results, not of operands, becomes one masked subtraction.
        let t = upper.select(f32x16::splat(simd, 1.0) - m, -q);
        let n = upper.select(n, u32x16::splat(simd, 0)).bitcast::<i32x16<S>>();
        let n = n.to_float::<f32x16<S>>();
        n.mul_add(f32x16::splat(simd, -LN_2 / 8_388_608.0), math::neg_ln_1m(simd, t))
    }
}

impl Transform for Gumbel {
    const REFINED: Option<Law> = Some(Law::Gumbel);
    #[inline(always)]
    fn of<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
        math::neg_ln(simd, Exponential::of(simd, words))
    }
}

impl Transform for Logistic {
    const REFINED: Option<Law> = Some(Law::Logistic);
    /// With t the smaller of v and 1 - v, |L| = -ln t + ln(1 - t); the sign is that of v - 1/2.
    #[inline(always)]
    fn of<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
        let q = signed(simd, words);
        let t = q.abs();
        let (m, n) = below_one(simd, t);
        let n = n.bitcast::<i32x16<S>>().to_float::<f32x16<S>>();
        let ln_2 = f32x16::splat(simd, -LN_2 / 8_388_608.0);
        let far = n.mul_sub(ln_2, math::neg_ln_1m(simd, t));
        let one_minus_m = f32x16::splat(simd, 1.0) - m;
        (far + math::neg_ln_1m(simd, one_minus_m)).copysign(q)
    }
}

/// The noise of elements `64 * group ..`, 16 to a vector.
#[inline(always)]
pub(crate) fn group<S: Simd, T: Transform>(simd: S, key: Key, group: u64) -> [f32x16<S>; 4] {
    let words = philox::words(simd, key, 0, group);
    let values = [
        T::of(simd, words[0]),
        T::of(simd, words[1]),
        T::of(simd, words[2]),
        T::of(simd, words[3]),
    ];
    let Some(law) = T::REFINED else { return values };
    let rare = u32x16::splat(simd, RARE);
    let low = (words[0] + rare).min(words[1] + rare);
    let high = (words[2] + rare).min(words[3] + rare);
    if low.min(high).simd_lt(u32x16::splat(simd, 2 * RARE)).any_true() {
        let (mut of_words, mut of_values) = ([0; GROUP], [0.0; GROUP]);
        for i in 0..4 {
            words[i].store_slice(&mut of_words[16 * i..16 * i + 16]);
            values[i].store_slice(&mut of_values[16 * i..16 * i + 16]);
        }
        refine(law, key, group, &of_words, &mut of_values);
        return [
            f32x16::from_slice(simd, &of_values[..16]),
            f32x16::from_slice(simd, &of_values[16..32]),
            f32x16::from_slice(simd, &of_values[32..48]),
            f32x16::from_slice(simd, &of_values[48..]),
        ];
    }
    values
}

/// Replaces the noise of rare words by that of both words.
#[cold]
#[inline(never)]
fn refine(law: Law, key: Key, group: u64, words: &[u32; GROUP], values: &mut [f32; GROUP]) {
    for (i, (&word, value)) in words.iter().zip(values).enumerate() {
        if is_rare(word) {
            let second = key.second_word(group.wrapping_mul(GROUP as u64).wrapping_add(i as u64));
            *value = law.of_words(word, second) as f32;
        }
    }
}

/// Fills `out` with the noise of elements `offset ..`.
pub(crate) fn fill(level: Level, kind: Kind, key: Key, offset: u64, out: &mut [f32]) {
    dispatch!(level, simd => match kind {
        Kind::Uniform => fill_with::<_, Uniform>(simd, key, offset, out),
        Kind::Exponential => fill_with::<_, Exponential>(simd, key, offset, out),
        Kind::Gumbel => fill_with::<_, Gumbel>(simd, key, offset, out),
        Kind::Logistic => fill_with::<_, Logistic>(simd, key, offset, out),
    });
}

#[inline(always)]
pub(crate) fn fill_with<S: Simd, T: Transform>(simd: S, key: Key, offset: u64, out: &mut [f32]) {
    let mut index = offset;
    let mut rest = out;
    while !rest.is_empty() {
        let values = group::<S, T>(simd, key, index >> 6);
        let skip = (index & 63) as usize;
        let take = rest.len().min(GROUP - skip);
        let (now, later) = rest.split_at_mut(take);
        if take == GROUP {
            for i in 0..4 {
                values[i].store_slice(&mut now[16 * i..16 * i + 16]);
            }
        } else {
            let mut whole = [0.0; GROUP];
            for i in 0..4 {
                values[i].store_slice(&mut whole[16 * i..16 * i + 16]);
            }
            now.copy_from_slice(&whole[skip..skip + take]);
        }
        rest = later;
        index = index.wrapping_add(take as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{oracle, simd};
    use std::sync::Mutex;

    const KINDS: [Kind; 4] = [Kind::Uniform, Kind::Exponential, Kind::Gumbel, Kind::Logistic];
    /// Where the kernels change their way, and where a float gains an exponent.
    const EDGES: [u32; 7] = [0, RARE, 1 << 23, 1 << 24, 1 << 30, 1 << 31, u32::MAX - RARE + 1];

    fn of_words(level: Level, kind: Kind, words: &[u32]) -> Vec<f32> {
        #[inline(always)]
        fn all<S: Simd, T: Transform>(simd: S, words: &[u32], out: &mut [f32]) {
            for (words, out) in words.chunks(16).zip(out.chunks_mut(16)) {
                let mut whole = [1 << 31; 16];
                whole[..words.len()].copy_from_slice(words);
                let values: [f32; 16] = T::of(simd, u32x16::simd_from(simd, whole)).into();
                out.copy_from_slice(&values[..words.len()]);
            }
        }
        let mut out = vec![0.0; words.len()];
        dispatch!(level, simd => match kind {
            Kind::Uniform => all::<_, Uniform>(simd, words, &mut out),
            Kind::Exponential => all::<_, Exponential>(simd, words, &mut out),
            Kind::Gumbel => all::<_, Gumbel>(simd, words, &mut out),
            Kind::Logistic => all::<_, Logistic>(simd, words, &mut out),
        });
        out
    }

    fn exact(kind: Kind, word: u32) -> f64 {
        match kind {
            Kind::Uniform => (f64::from(word >> 9) + 0.5) / 8_388_608.0,
            Kind::Exponential => oracle::exponential(word, None),
            Kind::Gumbel => oracle::gumbel(word, None),
            Kind::Logistic => oracle::logistic(word, None),
        }
    }

    /// The largest error that the docs allow: in ulp, for the last two at least 2^-24.
    fn bound(kind: Kind, fused: bool) -> f64 {
        match kind {
            Kind::Uniform => 0.0,
            Kind::Exponential => {
                if fused {
                    1.7
                } else {
                    1.9
                }
            }
            Kind::Gumbel => {
                if fused {
                    2.6
                } else {
                    2.8
                }
            }
            Kind::Logistic => 2.7,
        }
    }

    fn unit(kind: Kind, exact: f64) -> f64 {
        let ulp = f64::from(f32::EPSILON) * 2f64.powi(exact.abs().log2().floor() as i32);
        if kind == Kind::Exponential { ulp } else { ulp.max(2f64.powi(-24)) }
    }

    /// All 2^32 words with `GUMBEL_SLOW=1`; else one in 1021 and those around the edges.
    #[test]
    fn every_word_is_finite_and_within_its_bound() {
        let levels = simd::levels();
        let reference = levels[0];
        for kind in KINDS {
            let worst = [const { Mutex::new(0.0_f64) }; 2];
            simd::for_words(&EDGES, |words| {
                let expected = of_words(reference.0, kind, words);
                for &(level, fused) in &levels {
                    let ours = of_words(level, kind, words);
                    if reference.1 && fused {
                        assert!(bits(&ours) == bits(&expected), "{level:?} {kind:?}");
                    }
                }
                let common: Vec<u32> = words.iter().copied().filter(|w| !is_rare(*w)).collect();
                let exact: Vec<f64> = common.iter().map(|word| exact(kind, *word)).collect();
                for fused in [true, false] {
                    let Some(&(level, _)) = levels.iter().find(|l| l.1 == fused) else { continue };
                    let mut here = 0.0_f64;
                    for (i, ours) in of_words(level, kind, &common).into_iter().enumerate() {
                        let units = (f64::from(ours) - exact[i]).abs() / unit(kind, exact[i]);
                        assert!(units <= bound(kind, fused), "{level:?} {kind:?} {:#x}", common[i]);
                        here = here.max(units);
                    }
                    let mut worst = worst[usize::from(fused)].lock().unwrap();
                    *worst = worst.max(here);
                }
            });
            let [plain, fused] = worst.map(|worst| worst.into_inner().unwrap());
            println!("{kind:?}: {fused} units, {plain} without fused multiply-add");
        }
    }

    fn bits(x: &[f32]) -> Vec<u32> {
        x.iter().map(|x| x.to_bits()).collect()
    }

    /// A larger word gives a noise that is not on the wrong side by more than the rounding of two
    /// neighbours; across the edges of refinement it never is.
    #[test]
    fn noise_is_monotone_up_to_its_rounding() {
        for kind in [Kind::Exponential, Kind::Gumbel, Kind::Logistic] {
            let sign = if kind == Kind::Gumbel { -1.0 } else { 1.0 };
            simd::for_words(&EDGES, |words| {
                let values = of_words(simd::level(), kind, words);
                for (pair, words) in values.windows(2).zip(words.windows(2)) {
                    if words[0] > words[1] || is_rare(words[0]) || is_rare(words[1]) {
                        continue;
                    }
                    let drop = sign * f64::from(pair[0] - pair[1]);
                    assert!(drop <= 2.0 * unit(kind, pair[0].into()), "{kind:?} {words:x?}");
                }
            });
        }
        for law in [Law::Exponential, Law::Gumbel, Law::Logistic] {
            let sign = if law == Law::Gumbel { -1.0 } else { 1.0 };
            let kind = law.kind().unwrap();
            let [low, high] = [RARE, u32::MAX - RARE];
            let inner = of_words(simd::level(), kind, &[low, high]);
            assert!(sign * law.of_words(low - 1, u32::MAX) as f32 <= sign * inner[0]);
            assert!(sign * law.of_words(high + 1, 0) as f32 >= sign * inner[1]);
        }
    }

    #[test]
    fn buffers_equal_elements_at_every_level() {
        let key = Key::new(11);
        for (level, fused) in simd::levels() {
            for kind in KINDS {
                let mut all = vec![0.0; 512];
                fill(level, kind, key, 0, &mut all);
                if simd::levels()[0].1 && fused {
                    let mut best = vec![0.0; 512];
                    fill(simd::level(), kind, key, 0, &mut best);
                    assert_eq!(bits(&all), bits(&best));
                }
                for len in 0..=3 * GROUP + 1 {
                    for offset in [0, 1, 15, 16, 37, 63, 64, 100] {
                        let mut out = vec![0.0; len];
                        fill(level, kind, key, offset as u64, &mut out);
                        assert_eq!(bits(&out), bits(&all[offset..offset + len]));
                    }
                }
            }
        }
    }

    #[test]
    fn rare_words_take_the_second() {
        let key = Key::new(12);
        let rare: Vec<u64> = (0..1 << 19).filter(|&i| is_rare(key.word(i))).collect();
        // 16 expected; below 4 with a chance of 1e-4, and the key is fixed.
        assert!(rare.len() >= 4);
        for index in rare {
            for law in [Law::Exponential, Law::Gumbel, Law::Logistic] {
                for (level, _) in simd::levels() {
                    let mut out = [0.0; 3];
                    fill(level, law.kind().unwrap(), key, index - 1, &mut out);
                    let exact = law.of_words(key.word(index), key.second_word(index));
                    assert_eq!(out[1], exact as f32, "{law:?} {index}");
                }
            }
        }
    }

    #[test]
    fn the_last_element_is_no_different() {
        let mut out = [0.0; 3];
        fill(simd::level(), Kind::Gumbel, Key::new(1), u64::MAX - 1, &mut out);
        let mut first = [0.0];
        fill(simd::level(), Kind::Gumbel, Key::new(1), 0, &mut first);
        assert_eq!(out[2], first[0]);
        assert!(out.iter().all(|g| g.is_finite()));
    }
}
