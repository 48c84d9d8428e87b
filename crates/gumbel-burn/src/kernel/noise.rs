//! Noise from random words: the formulas of the core's `simd::noise`, tails of 2^-64 included.

use cubecl::prelude::*;
use gumbel::noise::Law;

use super::maths::{neg_ln, neg_ln_1m, plus_exponent};
use super::words::{Draws, Words, block_of, first_words, second_words};

/// Gumbel noise, as a number that a kernel is compiled for.
pub(crate) const GUMBEL: u32 = 0;
const EXPONENTIAL: u32 = 1;
/// Logistic noise.
pub(crate) const LOGISTIC: u32 = 2;
const UNIFORM: u32 = 3;

/// The number of a law whose noise a device makes. Normal noise is not among them: its tails take `f64`.
pub(crate) fn number(law: Law) -> Option<u32> {
    match law {
        Law::Gumbel => Some(GUMBEL),
        Law::Exponential => Some(EXPONENTIAL),
        Law::Logistic => Some(LOGISTIC),
        Law::Uniform => Some(UNIFORM),
        _ => None,
    }
}

/// The noise of a block's four elements.
#[derive(CubeType, Clone, Copy)]
pub(crate) struct Four {
    pub(crate) a: f32,
    pub(crate) b: f32,
    pub(crate) c: f32,
    pub(crate) d: f32,
}

#[cube]
fn is_rare(word: u32) -> bool {
    word + 0x1_0000u32 < 0x2_0000u32
}

/// q = -(k + 1/2) 2^-32 with k the word read as a signed number: -v below the median, 1 - v above it.
#[cube]
fn signed(word: u32) -> f32 {
    let k = f32::cast_from(i32::reinterpret(word));
    fma(k, f32::new(-1.0 / 4_294_967_296.0), f32::new(-0.5 / 4_294_967_296.0))
}

/// q of a rare word from both of its words: the operations of the core, with its roundings.
#[cube]
fn signed_of_both(word: u32, second: u32) -> f32 {
    let upper = word >= 0x8000_0000u32;
    let high = select(upper, !word, word);
    let low = select(upper, !second, second);
    let upper_half = f32::cast_from(low >> 16u32);
    let lower_half = f32::cast_from(low & 0xFFFFu32);
    let low = fma(upper_half, f32::new(65_536.0), lower_half) + f32::new(0.5);
    let low = low * f32::new(1.0 / 18_446_744_073_709_551_616.0);
    let v = fma(f32::cast_from(high), f32::new(1.0 / 4_294_967_296.0), low);
    select(upper, v, -v)
}

#[cube]
fn q_of(word: u32, second: u32) -> f32 {
    let mut q = signed(word);
    if is_rare(word) {
        q = signed_of_both(word, second);
    }
    q
}

/// m and `-n 2^23` with q = 2^-n m, m in [1/2, 1).
#[cube]
fn mantissa_and_exponent(q: f32) -> (f32, u32) {
    let bits = u32::reinterpret(q);
    let half = 0x3F00_0000u32;
    (f32::reinterpret((bits & 0x007F_FFFFu32) | half), (bits & 0x7F80_0000u32) - half)
}

#[cube]
fn exponential(q: f32) -> f32 {
    let (m, n) = mantissa_and_exponent(q);
    let upper = q > f32::new(0.0);
    let t = select(upper, f32::new(1.0) - m, -q);
    plus_exponent(select(upper, n, 0u32), neg_ln_1m(t))
}

#[cube]
fn logistic(q: f32) -> f32 {
    let bits = u32::reinterpret(q);
    let t = f32::reinterpret(bits & 0x7FFF_FFFFu32);
    let (m, n) = mantissa_and_exponent(t);
    let size = plus_exponent(n, -neg_ln_1m(t)) + neg_ln_1m(f32::new(1.0) - m);
    f32::reinterpret((u32::reinterpret(size) & 0x7FFF_FFFFu32) | (bits & 0x8000_0000u32))
}

/// The noise of a law from q.
#[cube]
fn of_q(q: f32, #[comptime] law: u32) -> f32 {
    if comptime!(law == GUMBEL) {
        neg_ln(exponential(q))
    } else if comptime!(law == EXPONENTIAL) {
        exponential(q)
    } else {
        logistic(q)
    }
}

/// (m + 1/2) 2^-23 with m the top 23 bits: exact.
#[cube]
fn uniform(word: u32) -> f32 {
    (f32::cast_from(word >> 9u32) + f32::new(0.5)) * f32::new(1.0 / 8_388_608.0)
}

#[cube]
fn any_rare(w: &Words) -> bool {
    is_rare(w.a) || is_rare(w.b) || is_rare(w.c) || is_rare(w.d)
}

/// The noise of the four elements of a block.
#[cube]
pub(crate) fn noise_of_block(draws: &Draws, block: u32, #[comptime] law: u32) -> Four {
    let w = first_words(draws, block);
    if comptime!(law == UNIFORM) {
        Four { a: uniform(w.a), b: uniform(w.b), c: uniform(w.c), d: uniform(w.d) }
    } else {
        let mut q = Four { a: signed(w.a), b: signed(w.b), c: signed(w.c), d: signed(w.d) };
        if any_rare(&w) {
            let second = second_words(draws, block);
            q.a = q_of(w.a, second.a);
            q.b = q_of(w.b, second.b);
            q.c = q_of(w.c, second.c);
            q.d = q_of(w.d, second.d);
        }
        Four { a: of_q(q.a, law), b: of_q(q.b, law), c: of_q(q.c, law), d: of_q(q.d, law) }
    }
}

#[cube]
fn word_of(w: &Words, number: u32) -> u32 {
    let low = select(number == 0u32, w.a, w.b);
    let high = select(number == 2u32, w.c, w.d);
    select(number < 2u32, low, high)
}

/// The noise of one element. Its block is made for it alone: four times the work of [`noise_of_block`].
#[cube]
pub(crate) fn noise_of_element(draws: &Draws, element: u32, #[comptime] law: u32) -> f32 {
    let (block, number) = block_of(draws, element);
    let word = word_of(&first_words(draws, block), number);
    let mut q = signed(word);
    if is_rare(word) {
        q = signed_of_both(word, word_of(&second_words(draws, block), number));
    }
    of_q(q, law)
}

/// The noise of given pairs of words, for the tests of the tails.
#[cfg(test)]
#[cube(launch)]
pub(crate) fn fill_of_words(first: &[u32], second: &[u32], out: &mut [f32], #[comptime] law: u32) {
    if ABSOLUTE_POS < out.len() {
        out[ABSOLUTE_POS] = of_q(q_of(first[ABSOLUTE_POS], second[ABSOLUTE_POS]), law);
    }
}
