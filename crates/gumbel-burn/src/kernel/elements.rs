//! Work on single elements: choices of yes and no, noise alone, copies.

use cubecl::prelude::*;

use super::maths::{Decay, decay_of_row, decayed};
use super::noise::{LOGISTIC, noise_of_block};
use super::values::{is_infinite, is_nan, mark};
use super::words::{Draws, element_of};

/// What a kernel of binary choices is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BinaryVariant {
    /// The sample is 0 or 1, and the soft one is written too.
    pub(crate) hard: bool,
    /// Noise is read from a tensor, not made from a key.
    pub(crate) given: bool,
    /// Each row has its own temperature, in a tensor.
    pub(crate) by_row: bool,
}

/// 1 / (1 + e^(-z / tau)), without overflow at either end.
#[cube]
fn sigmoid(z: f32, decay: &Decay) -> f32 {
    let e = decayed(-z.abs(), decay);
    select(z < f32::new(0.0), e, f32::new(1.0)) / (f32::new(1.0) + e)
}

/// The logits and temperatures of binary choices, and where their samples go.
#[cube]
fn choose(
    logits: &[f32],
    taus: &[f32],
    sample: &mut [f32],
    soft: &mut [f32],
    wrong: &[Atomic<u32>],
    at: u32,
    g: f32,
    d: u32,
    decay: &Decay,
    #[comptime] variant: BinaryVariant,
) {
    if at < sample.len() as u32 {
        let l = logits[at as usize];
        let nan = is_nan(l);
        if nan {
            mark(wrong);
        }
        let z = select(nan, f32::new(0.0), clamp(l, f32::new(f32::MIN), f32::new(f32::MAX)) + g);
        let c = decay_of_row(decay, taus, at / d, variant.by_row);
        // An infinite logit gives 0 or 1 at any temperature.
        let y = select(
            is_infinite(l),
            select(z > f32::new(0.0), f32::new(1.0), f32::new(0.0)),
            sigmoid(z, &c),
        );
        if comptime!(variant.hard) {
            soft[at as usize] = y;
            sample[at as usize] = select(z > f32::new(0.0), f32::new(1.0), f32::new(0.0));
        } else {
            sample[at as usize] = y;
        }
    }
}

/// Draws yes or no for each element: a unit makes the noise of a block, of four elements.
#[cube(launch)]
pub(crate) fn draw_binary(
    logits: &[f32],
    taus: &[f32],
    noise: &[f32],
    sample: &mut [f32],
    soft: &mut [f32],
    wrong: &[Atomic<u32>],
    draws: Draws,
    d: u32,
    decay: Decay,
    #[comptime] variant: BinaryVariant,
) {
    if comptime!(variant.given) {
        let at = ABSOLUTE_POS as u32;
        if at < sample.len() as u32 {
            let g = noise[ABSOLUTE_POS];
            choose(logits, taus, sample, soft, wrong, at, g, d, &decay, variant);
        }
    } else {
        let block = ABSOLUTE_POS as u32;
        let g = noise_of_block(&draws, block, LOGISTIC);
        let at = element_of(&draws, block);
        choose(logits, taus, sample, soft, wrong, at, g.a, d, &decay, variant);
        choose(logits, taus, sample, soft, wrong, at + 16u32, g.b, d, &decay, variant);
        choose(logits, taus, sample, soft, wrong, at + 32u32, g.c, d, &decay, variant);
        choose(logits, taus, sample, soft, wrong, at + 48u32, g.d, d, &decay, variant);
    }
}

/// Fills a tensor with noise.
#[cube(launch)]
pub(crate) fn fill_noise(out: &mut [f32], draws: Draws, #[comptime] law: u32) {
    let block = ABSOLUTE_POS as u32;
    let g = noise_of_block(&draws, block, law);
    let (at, n) = (element_of(&draws, block), out.len() as u32);
    if at < n {
        out[at as usize] = g.a;
    }
    if at + 16u32 < n {
        out[(at + 16u32) as usize] = g.b;
    }
    if at + 32u32 < n {
        out[(at + 32u32) as usize] = g.c;
    }
    if at + 48u32 < n {
        out[(at + 48u32) as usize] = g.d;
    }
}

/// A function of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Element {
    Copy,
    /// x^2 - 1 by one multiply-add: of 1 + 2^-12 it is 2^-11 + 2^-24 if the product is not rounded, 2^-11 if it is.
    SquareLessOne,
}

/// Computes a function of each element.
#[cube(launch)]
pub(crate) fn map_elements(x: &[f32], out: &mut [f32], #[comptime] what: Element) {
    if ABSOLUTE_POS < out.len() {
        let x = x[ABSOLUTE_POS];
        if comptime!(what == Element::Copy) {
            out[ABSOLUTE_POS] = x;
        } else {
            out[ABSOLUTE_POS] = fma(x, x, f32::new(-1.0));
        }
    }
}
