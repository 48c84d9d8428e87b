//! One draw from a wide row by rejection. It reads each class once and exponentiates only bounds.
//!
//! ```text
//! cell c       32 classes, the largest of weight m_c
//! proposal     cell c with probability q_c / sum q,  q_c >= m_c;  then one of its 32 places
//! accepted     with probability w_i / q_c, else a new proposal
//! ```
//!
//! A class is drawn with probability (q_c / sum q) (1 / 32) (w_i / q_c). This is proportional to its weight
//! w_i for any bounds q_c (von Neumann 1951), so the bounds may be rounded up: they are `f32` exponentials,
//! turned into whole numbers that add without rounding. Only the last step decides the law, and it takes one
//! exponential in `f64`. Small classes are not lost beside a large one, because only bounds are summed.
//!
//! q_c is at most 32 times the weight of its cell, so a draw takes at most 32 proposals on average. It takes
//! that many if in each cell one class outweighs the others; 5 for normal logits, 1 for equal ones.

use alloc::vec;
use alloc::vec::Vec;

use rand_core::Rng;

use super::intervals::{LENGTH, MARGIN, accepts, place, round_up};
use crate::error::Result;
use crate::key::Key;
use crate::parallel::{self, Work};
use crate::real::Real;
use crate::sample::categorical::row::{Row, Scratch};
use crate::simd;
use crate::simd::draw::envelope::{self, CELLS, DEPTH, ENVELOPE_BLOCK, Envelope};

/// The summary of a block: 16 bytes for 512 classes.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    /// The largest value.
    top: f64,
    /// First the sum of the bounds of the cells relative to `top`, later the end of the interval on the line.
    end: f64,
}

/// Bounds of all blocks of a row, as intervals of the line one after the other.
struct Proposal {
    blocks: Vec<Block>,
    /// The largest value of the row.
    top: f64,
    /// The end of the last interval.
    end: f64,
    /// The width of a weight of 1 relative to `top`.
    unit: f64,
}

impl<T: Real> Row<'_, T> {
    /// Draws a class with the words of `key`.
    pub(super) fn draw_by_rejection(&self, key: Key, scratch: &mut Scratch) -> Result<usize> {
        let proposal = self.proposal()?;
        let mut rng = key.rng();
        // Kept, because a block that outweighs the others is proposed again and again.
        let mut last = None;
        loop {
            let at = place(rng.next_u64());
            if at >= proposal.end {
                continue;
            }
            let number = proposal.blocks.partition_point(|block| block.end <= at);
            let cells = match last {
                Some((last, cells)) if last == number => cells,
                // `proposal` has read this block without an error, so it has an envelope.
                _ => self.envelope(number, scratch).map(|e| Cells::of(&e)).unwrap_or_default(),
            };
            last = Some((number, cells));
            let word = rng.next_u64();
            let Some(cell) = cells.find(place(word)) else { continue };
            let class = number * ENVELOPE_BLOCK + (word % DEPTH as u64) as usize * CELLS + cell;
            if let Some(accepted) = self.acceptance(&proposal, number, &cells, cell, class)
                && accepts(accepted, &mut rng)
            {
                return Ok(class);
            }
        }
    }

    /// The probability of accepting a class, w_i / q_c; `None` past the last class.
    fn acceptance(
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
        let widths = [proposal.width(number), cells.width(cell)];
        Some(weight * proposal.unit * MARGIN / widths[0] * (LENGTH / widths[1]))
    }

    /// The bounds of the cells of a block; `None` if it has a value that is not allowed.
    fn envelope(&self, number: usize, scratch: &mut Scratch) -> Option<Envelope> {
        let at = number * ENVELOPE_BLOCK..((number + 1) * ENVELOPE_BLOCK).min(self.classes());
        envelope::envelope(simd::level(), self.values(at, &mut scratch.block), self.scale())
    }

    /// Reads the row and lays out the bounds of its blocks on the line.
    fn proposal(&self) -> Result<Proposal> {
        let mut blocks = vec![Block::default(); self.classes().div_ceil(ENVELOPE_BLOCK)];
        parallel::run(BlockWork { row: self, first: 0, out: &mut blocks });
        let top = |top: f64, block: &Block| if block.top > top { block.top } else { top };
        let top = blocks.iter().fold(f64::NEG_INFINITY, top);
        if blocks.iter().any(|block| block.top.is_nan()) {
            return Err(self.value_error(0..self.classes()));
        }
        if blocks.iter().all(|block| block.end == 0.0) {
            return Err(self.no_class_error());
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
        let (unit, mut end) = (LENGTH / sum, 0.0);
        for block in &mut blocks {
            end += round_up(block.end * unit);
            block.end = end;
        }
        Ok(Proposal { blocks, top, end, unit })
    }
}

impl Proposal {
    /// The width of the interval of a block.
    fn width(&self, number: usize) -> f64 {
        let start = if number == 0 { 0.0 } else { self.blocks[number - 1].end };
        self.blocks[number].end - start
    }
}

/// The cells of a block as intervals of a line of their own: the end of each.
#[derive(Clone, Copy, Debug, Default)]
struct Cells([f64; CELLS]);

impl Cells {
    fn of(envelope: &Envelope) -> Self {
        let (unit, mut end) = (LENGTH / envelope.sum, 0.0);
        Self(envelope.bounds.map(|bound| {
            end += round_up(f64::from(bound) * unit);
            end
        }))
    }

    /// The cell whose interval contains this place.
    fn find(&self, place: f64) -> Option<usize> {
        self.0.iter().position(|&end| place < end)
    }

    /// The width of the interval of a cell.
    fn width(&self, cell: usize) -> f64 {
        let start = if cell == 0 { 0.0 } else { self.0[cell - 1] };
        self.0[cell] - start
    }
}

/// Blocks of one row to summarise, as work for threads.
struct BlockWork<'o, 'r, 'a, T> {
    row: &'r Row<'a, T>,
    first: usize,
    out: &'o mut [Block],
}

impl<T: Real> Work for BlockWork<'_, '_, '_, T> {
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
    use super::super::tests::assert_proportional;
    use super::*;
    use crate::Categorical;
    use crate::math::TWO_52;
    use crate::noise;

    /// Compares the probability of every class under the proposals with its weight.
    fn assert_law<T: Real>(categorical: &Categorical<'_, T>) {
        let row = categorical.only_row().unwrap();
        let proposal = row.proposal().unwrap();
        let mut scratch = Scratch::new();
        let exact: Vec<f64> = (0..row.classes()).map(|i| row.weight(i, proposal.top)).collect();
        let mut drawn = vec![0.0; row.classes()];
        for number in 0..proposal.blocks.len() {
            let cells = Cells::of(&row.envelope(number, &mut scratch).unwrap());
            for cell in 0..CELLS {
                for depth in 0..DEPTH {
                    let class = number * ENVELOPE_BLOCK + depth * CELLS + cell;
                    let accepted = row.acceptance(&proposal, number, &cells, cell, class);
                    let Some(accepted) = accepted else { continue };
                    assert!((0.0..=1.0).contains(&accepted), "{accepted}");
                    let proposed = proposal.width(number) / TWO_52 * (cells.width(cell) / TWO_52);
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
                    assert_law(&f32s.temperature(tau).unwrap());
                    assert_law(&f32s.temperature(tau).unwrap().mask(&mask).unwrap());
                    assert_law(&f64s.temperature(tau).unwrap());
                    assert_law(&weights.temperature(tau).unwrap());
                    assert_law(&narrow.temperature(tau).unwrap().mask(&mask).unwrap());
                }
            }
        }
    }
}
