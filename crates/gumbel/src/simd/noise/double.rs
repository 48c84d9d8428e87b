//! Noise in `f64`, eight lanes at a time, with the same bits as plain `f64`.
//!
//! The operations are those of `Law::of_words` in the same order. None is fused, so every level gives the same bits.
//! A block of four groups is taken through one step after the other: see [`double`](crate::simd::double).

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f64x8};

use crate::key::{Key, SECOND_WORD_DOMAIN};
use crate::law::Law;
use crate::math::normal;
use crate::simd::double::{BLOCK, BlockVectors, ln_in_place};
use crate::simd::lanes::DOUBLE_LANES;
use crate::simd::{philox, unit};
use crate::words::{Blocks, GROUP, later_group};

/// Fills `out` with the noise of elements `offset ..`.
pub(crate) fn fill(level: Level, law: Law, key: Key, offset: u64, out: &mut [f64]) {
    dispatch!(level, simd => fill_on(simd, law, key, offset, out));
}

#[inline(always)]
fn fill_on<S: Simd>(simd: S, law: Law, key: Key, offset: u64, out: &mut [f64]) {
    let (mut words, mut whole) = ([[0; BLOCK]; 2], [0.0; BLOCK]);
    for part in Blocks::<BLOCK>::new(offset, out.len()) {
        let (out, needed) = (&mut out[part.at.clone()], part.of_groups());
        for (words, domain) in words.iter_mut().zip([0, SECOND_WORD_DOMAIN]) {
            for (number, out) in words[..needed].chunks_exact_mut(GROUP).enumerate() {
                let words = philox::words(simd, key, domain, later_group(part.group, number));
                for i in 0..4 {
                    words[i].store_slice(&mut out[GROUP / 4 * i..GROUP / 4 * (i + 1)]);
                }
            }
        }
        let words = [&words[0][..needed], &words[1][..needed]];
        if out.len() == needed {
            of_words(simd, law, words, out);
        } else {
            of_words(simd, law, words, &mut whole[..needed]);
            part.copy_from(&whole, out);
        }
    }
}

/// The noise of whole groups of words, in as many steps as a function has logarithms.
#[inline(always)]
fn of_words<S: Simd>(simd: S, law: Law, words: [&[u32]; 2], out: &mut [f64]) {
    match law {
        Law::Uniform => {
            for (words, out) in eights(words).zip(out.as_chunks_mut::<DOUBLE_LANES>().0) {
                unit::uniform_52(simd, words.0, words.1).store_slice(out);
            }
        }
        Law::Exponential => exponential(simd, words, out),
        Law::Gumbel => {
            exponential(simd, words, out);
            ln_in_place(simd, out);
            for x in out.as_chunks_mut::<DOUBLE_LANES>().0 {
                (-f64x8::from_slice(simd, x)).store_slice(x);
            }
        }
        Law::Logistic => logistic(simd, words, out),
        Law::Normal => normal(simd, words, out),
    }
}

/// The words of eight elements after the other.
#[inline(always)]
fn eights([first, second]: [&[u32]; 2]) -> impl Iterator<Item = (&[u32; 8], &[u32; 8])> {
    first.as_chunks().0.iter().zip(second.as_chunks().0)
}

/// -ln u for u = 1 - v: below the median u is rounded, and the logarithm corrected.
#[inline(always)]
fn exponential<S: Simd>(simd: S, words: [&[u32]; 2], out: &mut [f64]) {
    let (half, one) = (f64x8::splat(simd, 0.5), f64x8::splat(simd, 1.0));
    let mut correction: BlockVectors = [[0.0; _]; _];
    let outs = out.as_chunks_mut::<DOUBLE_LANES>().0;
    for (words, (u_out, correction)) in eights(words).zip(outs.iter_mut().zip(&mut correction)) {
        let [v, complement] = unit::v_and_complement(simd, words.0, words.1);
        let lower = v.simd_lt(half);
        let u = lower.select(one - v, complement);
        u.store_slice(u_out);
        // Above the median nothing is corrected: x - 0 is x.
        let nothing = f64x8::splat(simd, 0.0);
        lower.select(rounding_correction(simd, v, u), nothing).store_slice(correction);
    }
    ln_in_place(simd, out);
    let outs = out.as_chunks_mut::<DOUBLE_LANES>().0;
    for (x, correction) in outs.iter_mut().zip(&correction) {
        (-(f64x8::from_slice(simd, x) - f64x8::from_slice(simd, correction))).store_slice(x);
    }
}

/// The correction of ln u for the rounding of u = 1 - v.
#[inline(always)]
fn rounding_correction<S: Simd>(simd: S, v: f64x8<S>, u: f64x8<S>) -> f64x8<S> {
    (v - (f64x8::splat(simd, 1.0) - u)) / u
}

/// ln t - ln(1 - t) of the smaller t of v and 1 - v, with the sign of v - 1/2.
#[inline(always)]
fn logistic<S: Simd>(simd: S, words: [&[u32]; 2], out: &mut [f64]) {
    let (half, one) = (f64x8::splat(simd, 0.5), f64x8::splat(simd, 1.0));
    let mut u_of: [f64; BLOCK] = [0.0; _];
    let (mut correction, mut sign): (BlockVectors, BlockVectors) = ([[0.0; _]; _], [[0.0; _]; _]);
    let u_of = &mut u_of[..out.len()];
    let outs = out.as_chunks_mut::<DOUBLE_LANES>().0.iter_mut();
    let others = u_of.as_chunks_mut::<DOUBLE_LANES>().0.iter_mut();
    let kept = correction.iter_mut().zip(&mut sign);
    for ((words, (t_out, u_out)), (correction, sign)) in
        eights(words).zip(outs.zip(others)).zip(kept)
    {
        let [v, complement] = unit::v_and_complement(simd, words.0, words.1);
        let lower = v.simd_lt(half);
        let t = lower.select(v, complement);
        let u = one - t;
        t.store_slice(t_out);
        u.store_slice(u_out);
        rounding_correction(simd, t, u).store_slice(correction);
        lower.select(one, -one).store_slice(sign);
    }
    ln_in_place(simd, out);
    ln_in_place(simd, u_of);
    let outs = out.as_chunks_mut::<DOUBLE_LANES>().0.iter_mut();
    let others = u_of.as_chunks::<DOUBLE_LANES>().0;
    for ((x, u), (correction, sign)) in outs.zip(others).zip(correction.iter().zip(&sign)) {
        let [ln_t, ln_u] = [f64x8::from_slice(simd, x), f64x8::from_slice(simd, u)];
        let one_sided = ln_t + -(ln_u - f64x8::from_slice(simd, correction));
        (one_sided * f64x8::from_slice(simd, sign)).store_slice(x);
    }
}

/// The quantile of both words. The far tail, one element in 10^10, is left to plain `f64`.
#[inline(always)]
fn normal<S: Simd>(simd: S, words: [&[u32]; 2], out: &mut [f64]) {
    let zero = f64x8::splat(simd, 0.0);
    let mut tails: [f64; BLOCK] = [0.0; _];
    let tails = &mut tails[..out.len()];
    let eights_of_tails = tails.as_chunks_mut::<DOUBLE_LANES>().0.iter_mut();
    for (words, tail) in eights(words).zip(eights_of_tails) {
        let [v, complement] = unit::v_and_complement(simd, words.0, words.1);
        v.simd_lt(complement).select(v, complement).store_slice(tail);
    }
    ln_in_place(simd, tails);
    let outs = out.as_chunks_mut::<DOUBLE_LANES>().0.iter_mut();
    for (words, out) in eights(words).zip(outs) {
        let q = unit::centred_wide(simd, words.0, words.1);
        let r = f64x8::splat(simd, normal::CENTRAL * normal::CENTRAL) - q * q;
        let [numerator, denominator] = [normal::CENTRAL_NUMERATOR, normal::CENTRAL_DENOMINATOR];
        let z = q * polynomial(simd, &numerator, r) / polynomial(simd, &denominator, r);
        z.store_slice(out);
    }
    let outs = out.as_chunks_mut::<DOUBLE_LANES>().0.iter_mut();
    for ((words, out), tail) in eights(words).zip(outs).zip(tails.as_chunks::<DOUBLE_LANES>().0) {
        let q = unit::centred_wide(simd, words.0, words.1);
        let root = (-f64x8::from_slice(simd, tail)).sqrt();
        let r = root - f64x8::splat(simd, normal::MIDDLE_START);
        let [numerator, denominator] = [normal::MIDDLE_NUMERATOR, normal::MIDDLE_DENOMINATOR];
        let z = polynomial(simd, &numerator, r) / polynomial(simd, &denominator, r);
        let z = q.simd_lt(zero).select(-z, z);
        let central = q.abs().simd_le(f64x8::splat(simd, normal::CENTRAL));
        central.select(f64x8::from_slice(simd, out), z).store_slice(out);
        if root.simd_gt(f64x8::splat(simd, normal::MIDDLE_END)).any_true() {
            for (i, out) in out.iter_mut().enumerate() {
                *out = Law::Normal.of_words(words.0[i], words.1[i]);
            }
        }
    }
}

/// The polynomial with these coefficients, lowest first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, coefficients: &[f64; N], x: f64x8<S>) -> f64x8<S> {
    let mut sum = f64x8::splat(simd, coefficients[N - 1]);
    for &c in coefficients[..N - 1].iter().rev() {
        sum = sum * x + f64x8::splat(simd, c);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;

    #[test]
    fn every_level_has_the_bits_of_plain_f64() {
        let edges = [0, 1, 1 << 16, (1 << 31) - 1, 1 << 31, u32::MAX - 1, u32::MAX];
        // Around the ends of the central region of the normal.
        let central = [0.075, 0.925].map(|v: f64| (v * 2f64.powi(32)) as u32);
        let edges = edges.into_iter().chain(central.into_iter().flat_map(|w| w - 2..w + 3));
        let spread = (0..20_000_u32).map(|i| i.wrapping_mul(2_654_435_761));
        let words: Vec<u32> = edges.chain(spread).collect();
        for (level, _) in simd::levels() {
            for law in Law::ALL {
                for first in words.chunks_exact(GROUP) {
                    for second in [0, 12_345, u32::MAX].map(|word| [word; GROUP]) {
                        let mut ours = [9.0; GROUP];
                        dispatch!(level, simd => of_words(simd, law, [first, &second], &mut ours));
                        for i in 0..GROUP {
                            let plain = law.of_words(first[i], second[i]);
                            assert_eq!(ours[i].to_bits(), plain.to_bits(), "{level:?} {law:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn parts_of_a_buffer_have_the_bits_of_the_whole() {
        let mut whole = [0.0; 4 * BLOCK];
        fill(simd::level(), Law::Gumbel, Key::new(1), u64::MAX - 99, &mut whole);
        for skip in [0, 1, 63, 64, 99, 100, 101, BLOCK - 1, BLOCK] {
            for len in [1, 63, 64, 65, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 1] {
                let mut part = vec![0.0; len];
                let offset = (u64::MAX - 99).wrapping_add(skip as u64);
                fill(simd::level(), Law::Gumbel, Key::new(1), offset, &mut part);
                assert_eq!(part, whole[skip..skip + len], "{skip} {len}");
            }
        }
    }
}
