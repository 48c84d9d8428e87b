//! One draw from a wide row by rejection, which reads each class once and takes no exponential of it.
//!
//! ```text
//! cell c       32 classes, of which the largest weighs m_c
//! proposal     cell c with probability q_c / sum q,  q_c >= m_c;  one of its 32 places
//! accepted     with probability w_i / q_c, else proposed again
//! ```
//!
//! A class comes with probability (q_c / sum q) (1 / 32) (w_i / q_c), which is proportional to its weight
//! w_i whatever the bounds q_c are (von Neumann 1951). So they may be rounded, up: they are
//! exponentials in `f32`, made into whole numbers that add without rounding; the last step alone
//! decides the law, and it takes one exponential in `f64`. Small classes are not lost beside a large
//! one, because nothing is added to anything but bounds.
//!
//! q_c is at most 32 times what its cell weighs, so a draw takes at most 32 proposals in the mean, and as
//! many where each cell has one class that outweighs the others; 5 for normal logits, 1 for equal ones.

use alloc::vec;
use alloc::vec::Vec;

use rand_core::Rng;

use super::line::{SAFE, WHOLE, accepts, place, up};
use crate::error::Result;
use crate::key::Key;
use crate::parallel::{self, Work};
use crate::real::Real;
use crate::sample::categorical::row::{Row, Scratch};
use crate::simd;
use crate::simd::draw::envelope::{self, CELLS, DEPTH, ENVELOPE_BLOCK, Envelope};

/// What is kept of a block: 16 bytes for 512 classes.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    /// Its largest value.
    top: f64,
    /// The sum of the bounds of its cells relative to `top`, then the end of its stretch on the line.
    end: f64,
}

/// Bounds of all blocks of a row, as stretches of whole numbers one after the other.
struct Proposal {
    blocks: Vec<Block>,
    /// The largest value of all.
    top: f64,
    /// Where the last stretch ends.
    end: f64,
    /// How much of the line a weight of 1 beside `top` takes.
    unit: f64,
}

impl<T: Real> Row<'_, T> {
    /// Draws a class with the words of `key`.
    pub(super) fn draw_by_rejection(&self, key: Key, scratch: &mut Scratch) -> Result<usize> {
        let proposal = self.proposal()?;
        let mut rng = key.rng();
        // A block that outweighs the others is proposed again and again.
        let mut last = None;
        loop {
            let at = place(rng.next_u64());
            if at >= proposal.end {
                continue;
            }
            let number = proposal.blocks.partition_point(|block| block.end <= at);
            let cells = match last {
                Some((last, cells)) if last == number => cells,
                // It was read before: it has an envelope.
                _ => self.envelope(number, scratch).map(|e| Cells::of(&e)).unwrap_or_default(),
            };
            last = Some((number, cells));
            let word = rng.next_u64();
            let Some(cell) = cells.at(place(word)) else { continue };
            let class = number * ENVELOPE_BLOCK + (word % DEPTH as u64) as usize * CELLS + cell;
            if let Some(accepted) = self.accepted(&proposal, number, &cells, cell, class)
                && accepts(accepted, &mut rng)
            {
                return Ok(class);
            }
        }
    }

    /// w_i / q_c, of a class that is there.
    fn accepted(
        &self,
        proposal: &Proposal,
        number: usize,
        cells: &Cells,
        cell: usize,
        class: usize,
    ) -> Option<f64> {
        if class >= self.classes() {
            return None;
        }
        let weight = self.weight(class, proposal.top);
        let stretches = [proposal.bound(number), cells.stretch(cell)];
        Some(weight * proposal.unit * SAFE / stretches[0] * (WHOLE / stretches[1]))
    }

    fn envelope(&self, number: usize, scratch: &mut Scratch) -> Option<Envelope> {
        let at = number * ENVELOPE_BLOCK..((number + 1) * ENVELOPE_BLOCK).min(self.classes());
        envelope::envelope(simd::level(), self.values(at, &mut scratch.block), self.scale())
    }

    fn proposal(&self) -> Result<Proposal> {
        let mut blocks = vec![Block::default(); self.classes().div_ceil(ENVELOPE_BLOCK)];
        parallel::run(Blocks { row: self, first: 0, out: &mut blocks });
        let top = |top: f64, block: &Block| if block.top > top { block.top } else { top };
        let top = blocks.iter().fold(f64::NEG_INFINITY, top);
        if blocks.iter().any(|block| block.top.is_nan()) {
            return Err(self.refused(0..self.classes()));
        }
        if blocks.iter().all(|block| block.end == 0.0) {
            return Err(self.nothing());
        }
        let mut sum = 0.0;
        for blocks in blocks.chunks_mut(CELLS) {
            let mut tops = [top; CELLS];
            for (top, block) in tops.iter_mut().zip(&*blocks) {
                *top = block.top;
            }
            let bounds = envelope::bounds(simd::level(), &tops, top, self.scale());
            for (block, bound) in blocks.iter_mut().zip(bounds) {
                block.end *= f64::from(bound);
                sum += block.end;
            }
        }
        let (unit, mut end) = (WHOLE / sum, 0.0);
        for block in &mut blocks {
            end += up(block.end * unit);
            block.end = end;
        }
        Ok(Proposal { blocks, top, end, unit })
    }
}

impl Proposal {
    /// How much of the line a block has.
    fn bound(&self, number: usize) -> f64 {
        let start = if number == 0 { 0.0 } else { self.blocks[number - 1].end };
        self.blocks[number].end - start
    }
}

/// The cells of a block, as stretches of a line too.
#[derive(Clone, Copy, Debug, Default)]
struct Cells([f64; CELLS]);

impl Cells {
    fn of(envelope: &Envelope) -> Self {
        let (unit, mut end) = (WHOLE / envelope.sum, 0.0);
        Self(envelope.bounds.map(|bound| {
            end += up(f64::from(bound) * unit);
            end
        }))
    }

    /// The cell with this place.
    fn at(&self, place: f64) -> Option<usize> {
        self.0.iter().position(|&end| place < end)
    }

    /// How much of the line a cell has.
    fn stretch(&self, cell: usize) -> f64 {
        let start = if cell == 0 { 0.0 } else { self.0[cell - 1] };
        self.0[cell] - start
    }
}

/// Blocks of one row of which the envelopes are wanted.
struct Blocks<'o, 'r, 'a, T> {
    row: &'r Row<'a, T>,
    first: usize,
    out: &'o mut [Block],
}

impl<T: Real> Work for Blocks<'_, '_, '_, T> {
    fn pieces(&self) -> usize {
        self.out.len()
    }

    fn elements(&self) -> usize {
        ENVELOPE_BLOCK
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (out, rest) = self.out.split_at_mut(pieces);
        (Self { out, ..self }, Self { first: self.first + pieces, out: rest, ..self })
    }

    fn run(self) {
        let mut scratch = Scratch::new();
        for (i, out) in self.out.iter_mut().enumerate() {
            *out = match self.row.envelope(self.first + i, &mut scratch) {
                Some(Envelope { top, sum, .. }) => Block { top, end: sum },
                None => Block { top: f64::NAN, end: 0.0 },
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::TWO_52;
    use super::super::tests::assert_proportional;
    use super::*;
    use crate::Categorical;
    use crate::noise;

    /// The probability of every class, as the proposals have it, against its weight.
    fn law<T: Real>(categorical: &Categorical<'_, T>) {
        let row = categorical.row(0);
        let proposal = row.proposal().unwrap();
        let mut scratch = Scratch::new();
        let exact: Vec<f64> = (0..row.classes()).map(|i| row.weight(i, proposal.top)).collect();
        let mut drawn = vec![0.0; row.classes()];
        for number in 0..proposal.blocks.len() {
            let cells = Cells::of(&row.envelope(number, &mut scratch).unwrap());
            for cell in 0..CELLS {
                for depth in 0..DEPTH {
                    let class = number * ENVELOPE_BLOCK + depth * CELLS + cell;
                    let accepted = row.accepted(&proposal, number, &cells, cell, class);
                    let Some(accepted) = accepted else { continue };
                    assert!((0.0..=1.0).contains(&accepted), "{accepted}");
                    let proposed = proposal.bound(number) / TWO_52 * (cells.stretch(cell) / TWO_52);
                    drawn[class] = proposed / DEPTH as f64 * accepted;
                }
            }
        }
        let rate: f64 = drawn.iter().sum();
        assert!(rate > 0.99 / DEPTH as f64, "{rate}");
        assert_proportional(&drawn, &exact);
    }

    #[test]
    fn the_law_is_exact_for_every_class() {
        for k in [65, 1_500, 5_000, 70_000] {
            for spread in [1.0, 20.0] {
                let mut l = vec![0.0_f64; k];
                noise::logistic_into(Key::new(1), 0, &mut l);
                l.iter_mut().for_each(|l| *l *= spread);
                l.iter_mut().step_by(7).for_each(|l| *l = f64::NEG_INFINITY);
                let narrow: Vec<f32> = l.iter().map(|&l| l as f32).collect();
                let mask: Vec<bool> = (0..k).map(|i| i % 3 > 0).collect();
                let weights: Vec<f64> = l.iter().map(|l| l.exp()).collect();
                let narrow_weights: Vec<f32> =
                    weights.iter().map(|&w| w.min(1e30) as f32).collect();
                for tau in [0.5, 1.0, 30.0] {
                    let f32s = Categorical::from_logits(&narrow, k).unwrap();
                    let f64s = Categorical::from_logits(&l, k).unwrap();
                    let weights = Categorical::from_weights(&weights, k).unwrap();
                    let narrow = Categorical::from_weights(&narrow_weights, k).unwrap();
                    law(&f32s.temperature(tau).unwrap());
                    law(&f32s.temperature(tau).unwrap().mask(&mask).unwrap());
                    law(&f64s.temperature(tau).unwrap());
                    law(&weights.temperature(tau).unwrap());
                    law(&narrow.temperature(tau).unwrap().mask(&mask).unwrap());
                }
            }
        }
    }
}
