//! One row that is wider than a tile, in pieces and in two passes.
//!
//! ```text
//! first    z = (l - t) + g,  m = max z,  e = e^((z - m) / tau),  s = sum e    of each piece, t = max l of the row
//! second   y = e w / sum of s w,   w = e^((m - max m) / tau)                 of each piece
//! ```
//!
//! For the logarithm of y the first pass keeps z, and the second writes ln y = (z - max m) / tau - ln(sum of s w).
//!
//! Pieces are counted from the start of the row, and their sums are added in `f64` in order.

use alloc::vec;
use alloc::vec::Vec;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch};

use super::rows::{self, ROW_TILE, Sums};
use crate::kernel::work::{Buffers, Form};
use crate::math;
use crate::noise::source::Noise;
use crate::parallel::{self, Work};
use crate::simd::math::Decay;
use crate::simd::noise::Gumbel;
use crate::simd::noise::perturb::{RowMaxima, perturb};

/// The result of the first pass over a piece: 24 bytes for 8 KiB.
#[derive(Clone, Copy, Default)]
struct Piece {
    max: f32,
    /// The index of `max` in the piece, if `max` is larger than in all earlier pieces of the same part.
    position: u32,
    sum: f64,
    /// For a logarithm: the sum without the terms of z = m.
    rest: f64,
}

/// The first pass over some pieces.
struct FirstPass<'a> {
    level: Level,
    noise: Noise<'a, f32>,
    buffers: Buffers<'a, f32>,
    form: Form,
    /// The largest logit of the row.
    top: f32,
    decay: Decay,
    pieces: &'a mut [Piece],
}

impl Work for FirstPass<'_> {
    fn pieces(&self) -> usize {
        self.pieces.len()
    }

    fn elements(&self) -> usize {
        ROW_TILE
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let at = pieces * ROW_TILE;
        let (buffers, later_buffers) = self.buffers.split_at(at);
        let (pieces, later_pieces) = self.pieces.split_at_mut(pieces);
        let noise = self.noise.after(at);
        let later = FirstPass { noise, buffers: later_buffers, pieces: later_pieces, ..self };
        (FirstPass { buffers, pieces, ..self }, later)
    }

    fn run(self) {
        dispatch!(self.level, simd => first_pass(simd, self));
    }
}

#[inline(always)]
fn first_pass<S: Simd>(simd: S, work: FirstPass<'_>) {
    let FirstPass { noise, mut buffers, pieces, .. } = work;
    let (decay, soft) = (work.decay.splat(simd), buffers.soft_is_wanted());
    let mut scratch = [0.0; ROW_TILE];
    let mut best = f32::NEG_INFINITY;
    let n = buffers.len();
    for (at, piece) in (0..n).step_by(ROW_TILE).zip(pieces) {
        let here = at..n.min(at + ROW_TILE);
        let (l, z) = buffers.logits_and_z(here, &mut scratch);
        let top = [work.top];
        perturb::<S, Gumbel>(simd, noise.after(at), l, RowMaxima::new(&top, z.len()), z);
        piece.max = rows::max(simd, z);
        if piece.max > best {
            best = piece.max;
            piece.position = rows::position(simd, z, best) as u32;
        }
        if soft {
            // A piece of only -inf has a sum of 0.
            let max = if piece.max == f32::NEG_INFINITY { 0.0 } else { piece.max };
            piece.sum = match work.form {
                Form::Soft => rows::exp(simd, z, max, decay),
                Form::Log => {
                    let [sum, rest] = rows::sum_and_rest(simd, z, max, decay);
                    piece.rest = rest;
                    sum
                }
            };
        }
    }
}

/// The second pass over some pieces.
struct SecondPass<'a> {
    level: Level,
    y: &'a mut [f32],
    factors: &'a [f32],
}

impl Work for SecondPass<'_> {
    fn pieces(&self) -> usize {
        self.factors.len()
    }

    fn elements(&self) -> usize {
        ROW_TILE
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (y, later_y) = self.y.split_at_mut(pieces * ROW_TILE);
        let (factors, later_factors) = self.factors.split_at(pieces);
        (
            SecondPass { y, factors, ..self },
            SecondPass { y: later_y, factors: later_factors, ..self },
        )
    }

    fn run(self) {
        dispatch!(self.level, simd => {
            for (y, factor) in self.y.chunks_mut(ROW_TILE).zip(self.factors) {
                rows::scale(simd, y, *factor);
            }
        });
    }
}

/// Writes the soft sample of one row, z = (l - top) + g, if `buffers` has room for it.
/// Returns the argmax of z.
pub(crate) fn relax_row(
    level: Level,
    noise: Noise<'_, f32>,
    mut buffers: Buffers<'_, f32>,
    form: Form,
    top: f32,
    tau: f64,
) -> usize {
    let n = buffers.len();
    let mut pieces = vec![Piece::default(); n.div_ceil(ROW_TILE)];
    let (decay, here) = (Decay::new(tau), buffers.part(0..n));
    parallel::run(FirstPass { level, noise, buffers: here, form, top, decay, pieces: &mut pieces });
    let mut winner = 0;
    for (number, piece) in pieces.iter().enumerate() {
        if piece.max > pieces[winner].max {
            winner = number;
        }
    }
    let max = pieces[winner].max;
    if let Some(y) = buffers.soft() {
        let weight = |piece: &Piece| math::exp((f64::from(piece.max) - f64::from(max)) / tau);
        if form == Form::Log {
            let sums = pieces.iter().enumerate().fold([0.0; 2], |[sum, rest], (number, piece)| {
                let s = piece.sum * weight(piece);
                [sum + s, rest + if number == winner { piece.rest } else { s }]
            });
            parallel::for_elements(y, |_, y| {
                dispatch!(level, simd => {
                    let mut row = Sums::default();
                    row.set(0, max, sums);
                    let [max, ln_sum] = row.max_and_ln_sum(simd);
                    rows::log(simd, y, max[0], decay.splat(simd)[0], ln_sum[0]);
                });
            });
        } else {
            let sum: f64 = pieces.iter().map(|piece| piece.sum * weight(piece)).sum();
            let factors: Vec<f32> = pieces.iter().map(|p| (weight(p) / sum) as f32).collect();
            parallel::run(SecondPass { level, y, factors: &factors });
        }
    }
    winner * ROW_TILE + pieces[winner].position as usize
}
