//! Exponential, Gumbel, logistic and normal noise in `f32`, 64 elements at a time.
//!
//! One conversion is exact enough at both ends of (0, 1). With the word k read as a signed number,
//!
//! ```text
//! q = -(k + 1/2) 2^-32  =  -v      for v < 1/2
//!                          1 - v   for v > 1/2
//! E = -ln(1 + q)           for q < 0     a polynomial in v
//! E = n ln 2 - ln m        for q > 0,    q = 2^-n m: the same polynomial in 1 - m
//! ```
//!
//! Both terms of the second form are positive, so nothing cancels. The normal is (2 v - 1) times a smooth
//! function of v (1 - v), computed as a polynomial in the logarithm of v (1 - v). Words near an end (one in
//! 32,768) also take the second word: the same polynomials of q from both words, in `f32`, so that a graphics
//! card computes the same bits; the normal takes its `f64` value. A cold function does this.

use core::f32::consts::LN_2;

pub(crate) mod double;
pub(crate) mod perturb;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, i32x16, u32x16};

use crate::key::Key;
use crate::law::Law;
use crate::simd::lanes::LANES;
use crate::simd::unit::{centred, signed, signed_of_both, uniform_23};
use crate::simd::{math, philox};
use crate::unit::{RARE, is_rare};
use crate::words::{Blocks, GROUP, later_group};

/// A distribution of noise as a function of words. It is computed in steps, each of which goes over a block: see
/// [`BLOCK`].
pub(crate) trait Transform {
    /// Whether the noise of a rare word also takes the second word.
    const TAKES_SECOND_WORD: bool = true;
    /// The first step: what is kept of sixteen words.
    fn start<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S>;
    /// The other steps: replaces what was kept by the noise.
    fn finish<S: Simd>(simd: S, vectors: &mut [[f32; LANES]]);
    /// The noise of a rare word and its second word.
    fn of_rare<S: Simd>(simd: S, word: u32, second: u32) -> f32;
}

/// A distribution that is a function of q.
trait FromQ {
    fn of_q<S: Simd>(simd: S, q: f32x16<S>) -> f32x16<S>;
    /// Replaces each q by its noise.
    #[inline(always)]
    fn of_block<S: Simd>(simd: S, vectors: &mut [[f32; LANES]]) {
        for q in vectors {
            Self::of_q(simd, f32x16::from_slice(simd, q)).store_slice(q);
        }
    }
}

impl<L: FromQ> Transform for L {
    #[inline(always)]
    fn start<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
        signed(simd, words)
    }
    #[inline(always)]
    fn finish<S: Simd>(simd: S, vectors: &mut [[f32; LANES]]) {
        L::of_block(simd, vectors);
    }
    #[inline(always)]
    fn of_rare<S: Simd>(simd: S, word: u32, second: u32) -> f32 {
        let values: [f32; LANES] =
            L::of_q(simd, f32x16::splat(simd, signed_of_both(word, second))).into();
        values[0]
    }
}

/// Uniform noise, exact: `(m + 1/2) 2^-23` with m the top 23 bits.
pub(crate) struct Uniform;
pub(crate) struct Exponential;
pub(crate) struct Gumbel;
pub(crate) struct Logistic;
pub(crate) struct Normal;

/// `(m, -n 2^23)` with q = 2^-n m, m in [1/2, 1).
#[inline(always)]
fn mantissa_and_exponent<S: Simd>(simd: S, q: f32x16<S>) -> (f32x16<S>, u32x16<S>) {
    let bits = q.bitcast::<u32x16<S>>();
    let half = u32x16::splat(simd, 0x3F00_0000);
    let n = (bits & u32x16::splat(simd, 0x7F80_0000)) - half;
    (((bits & u32x16::splat(simd, 0x007F_FFFF)) | half).bitcast(), n)
}

impl Transform for Uniform {
    const TAKES_SECOND_WORD: bool = false;
    #[inline(always)]
    fn start<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
        uniform_23(simd, words)
    }
    #[inline(always)]
    fn finish<S: Simd>(_: S, _: &mut [[f32; LANES]]) {}
    #[inline(always)]
    fn of_rare<S: Simd>(simd: S, word: u32, _: u32) -> f32 {
        uniform_23(simd, u32x16::splat(simd, word)).as_array()[0]
    }
}

impl FromQ for Exponential {
    #[inline(always)]
    fn of_q<S: Simd>(simd: S, q: f32x16<S>) -> f32x16<S> {
        let upper = q.simd_gt(f32x16::splat(simd, 0.0));
        let (m, n) = mantissa_and_exponent(simd, q);
        // Selecting results, not operands, compiles to one masked subtraction.
        let t = upper.select(f32x16::splat(simd, 1.0) - m, -q);
        let n = upper.select(n, u32x16::splat(simd, 0)).bitcast::<i32x16<S>>();
        let n = n.to_float::<f32x16<S>>();
        n.mul_add(f32x16::splat(simd, -LN_2 / 8_388_608.0), math::neg_ln_1m(simd, t))
    }
}

impl FromQ for Gumbel {
    #[inline(always)]
    fn of_q<S: Simd>(simd: S, q: f32x16<S>) -> f32x16<S> {
        math::neg_ln(simd, Exponential::of_q(simd, q))
    }
    #[inline(always)]
    fn of_block<S: Simd>(simd: S, vectors: &mut [[f32; LANES]]) {
        Exponential::of_block(simd, vectors);
        for e in vectors {
            math::neg_ln(simd, f32x16::from_slice(simd, e)).store_slice(e);
        }
    }
}

impl FromQ for Logistic {
    /// With t the smaller of v and 1 - v, |L| = -ln t + ln(1 - t); L has the sign of v - 1/2.
    #[inline(always)]
    fn of_q<S: Simd>(simd: S, q: f32x16<S>) -> f32x16<S> {
        let t = q.abs();
        let (m, n) = mantissa_and_exponent(simd, t);
        let n = n.bitcast::<i32x16<S>>().to_float::<f32x16<S>>();
        let ln_2 = f32x16::splat(simd, -LN_2 / 8_388_608.0);
        let far = n.mul_sub(ln_2, math::neg_ln_1m(simd, t));
        let one_minus_m = f32x16::splat(simd, 1.0) - m;
        (far + math::neg_ln_1m(simd, one_minus_m)).copysign(q)
    }
}

impl Transform for Normal {
    /// The bits of the words.
    #[inline(always)]
    fn start<S: Simd>(_: S, words: u32x16<S>) -> f32x16<S> {
        words.bitcast()
    }
    #[inline(always)]
    fn finish<S: Simd>(simd: S, vectors: &mut [[f32; LANES]]) {
        for x in vectors {
            let words = f32x16::from_slice(simd, x).bitcast::<u32x16<S>>();
            let t = signed(simd, words).abs();
            let ratio = math::normal_ratio(simd, (-t).mul_add(t, t));
            (centred(simd, words) * ratio).store_slice(x);
        }
    }
    fn of_rare<S: Simd>(_: S, word: u32, second: u32) -> f32 {
        Law::Normal.of_words(word, second) as f32
    }
}

/// Elements that are taken through all steps together.
///
/// The words, the exponential and the logarithm of an element are one chain of operations, each of which waits
/// for the one before, and a processor looks ahead over little more than one such chain. In steps over a block the
/// chains are short, and those of several vectors overlap. The block stays in the first-level cache.
pub(crate) const BLOCK: usize = 512;

/// Writes the noise of whole groups, at most a block, the first of which is `group`.
#[inline(always)]
pub(crate) fn fill_groups<S: Simd, T: Transform>(simd: S, key: Key, group: u64, out: &mut [f32]) {
    let mut rare = [false; BLOCK / GROUP];
    let mut groups = out.chunks_exact_mut(GROUP);
    let mut number = 0;
    while let Some(first) = groups.next() {
        let [a, b] = [later_group(group, number), later_group(group, number + 1)];
        if let Some(second) = groups.next() {
            let words = philox::words_of_two(simd, key, 0, [a, b]);
            rare[number] = start::<S, T>(simd, words[0], first);
            rare[number + 1] = start::<S, T>(simd, words[1], second);
        } else {
            rare[number] = start::<S, T>(simd, philox::words(simd, key, 0, a), first);
        }
        number += 2;
    }
    T::finish(simd, out.as_chunks_mut().0);
    for (number, out) in out.chunks_exact_mut(GROUP).enumerate() {
        if rare[number] {
            refine::<S, T>(simd, key, later_group(group, number), out);
        }
    }
}

/// Writes the first step of a group. Returns whether one of its words is rare.
#[inline(always)]
fn start<S: Simd, T: Transform>(simd: S, words: [u32x16<S>; 4], out: &mut [f32]) -> bool {
    for (words, out) in words.iter().zip(out.chunks_exact_mut(LANES)) {
        T::start(simd, *words).store_slice(out);
    }
    let rare = u32x16::splat(simd, RARE);
    let low = (words[0] + rare).min(words[1] + rare);
    let high = (words[2] + rare).min(words[3] + rare);
    T::TAKES_SECOND_WORD && low.min(high).simd_lt(u32x16::splat(simd, 2 * RARE)).any_true()
}

/// Replaces the noise of each rare word of a group by the noise of both its words.
#[cold]
#[inline(never)]
fn refine<S: Simd, T: Transform>(simd: S, key: Key, group: u64, values: &mut [f32]) {
    for (i, (word, value)) in key.words_of_group(group).into_iter().zip(values).enumerate() {
        if is_rare(word) {
            let second = key.second_word(group.wrapping_mul(GROUP as u64).wrapping_add(i as u64));
            *value = simd.vectorize(
                #[inline(always)]
                || T::of_rare(simd, word, second),
            );
        }
    }
}

/// Fills `out` with the noise of elements `offset ..`.
pub(crate) fn fill(level: Level, law: Law, key: Key, offset: u64, out: &mut [f32]) {
    dispatch!(level, simd => match law {
        Law::Uniform => fill_with::<_, Uniform>(simd, key, offset, out),
        Law::Exponential => fill_with::<_, Exponential>(simd, key, offset, out),
        Law::Gumbel => fill_with::<_, Gumbel>(simd, key, offset, out),
        Law::Logistic => fill_with::<_, Logistic>(simd, key, offset, out),
        Law::Normal => fill_with::<_, Normal>(simd, key, offset, out),
    });
}

#[inline(always)]
pub(crate) fn fill_with<S: Simd, T: Transform>(simd: S, key: Key, offset: u64, out: &mut [f32]) {
    for part in Blocks::<BLOCK>::new(offset, out.len()) {
        let (out, needed) = (&mut out[part.at.clone()], part.of_groups());
        if out.len() == needed {
            fill_groups::<S, T>(simd, key, part.group, out);
        } else {
            let mut whole = [0.0; BLOCK];
            fill_groups::<S, T>(simd, key, part.group, &mut whole[..needed]);
            part.copy_from(&whole, out);
        }
    }
}

#[cfg(test)]
mod tests;
