//! Gumbel-Softmax and Gumbel-max of whole rows, with the noise made in the same pass.
//!
//! Rows are processed in tiles that stay in the first-level cache: first z = (l - max l) + g for the whole
//! tile, then each row, or sixteen narrow rows at once. z is computed in `f32`, and every result is a function
//! of z, so the soft sample, the hard sample and the index agree. The largest logit of the row is
//! subtracted before the noise is added, so that a shift of all logits does not round the noise away.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

pub(crate) mod binary;
pub(crate) mod columns;
mod long;
pub(crate) mod rao;
mod rows;
mod strided;
pub(crate) mod vjp;

use crate::kernel::work::{Buffers, Form, GumbelRows};
use crate::parallel::{self, Work};
use crate::simd::lanes::LANES;
use crate::simd::math::Decays;
use crate::simd::noise::Gumbel;
use crate::simd::noise::perturb::{RowMaxima, fill, perturb};
use crate::words::GROUP;
use columns::NARROW;
use rows::{ROW_TILE, Sums};

/// Elements of a tile of rows with fewer than 16 classes, about.
const NARROW_TILE: usize = 1_280;

/// Runs [`Kernel::gumbel_rows`](crate::kernel::Kernel::gumbel_rows) on all cores.
pub(crate) fn gumbel_rows(level: Level, rows: GumbelRows<'_, f32>) {
    // With no elements, the axis may have any shape.
    if rows.buffers.len() > 0 {
        parallel::run(RowsAtLevel { level, rows });
    }
}

struct RowsAtLevel<'a> {
    level: Level,
    rows: GumbelRows<'a, f32>,
}

impl Work for RowsAtLevel<'_> {
    fn pieces(&self) -> usize {
        self.rows.buffers.len() / self.elements()
    }

    fn elements(&self) -> usize {
        self.rows.piece()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (rows, later) = self.rows.split(pieces);
        (Self { rows, ..self }, Self { rows: later, ..self })
    }

    fn run(self) {
        let Self { level, rows } = self;
        let k = rows.axis.classes();
        if rows.axis.stride() > 1 {
            strided::gumbel_rows(level, rows);
        } else if k > ROW_TILE {
            long_rows(level, rows);
        } else {
            dispatch!(level, simd => rows_on(simd, rows));
        }
    }
}

/// Rows wider than a tile.
fn long_rows(level: Level, work: GumbelRows<'_, f32>) {
    let GumbelRows { axis, tau, noise, maxima, mut buffers, form, mut winners } = work;
    let k = axis.classes();
    for (row, &top) in maxima.iter().enumerate() {
        let buffers = buffers.part(row * k..(row + 1) * k);
        let noise = noise.after(row * k);
        let winner = long::relax_row(level, noise, buffers, form, top, tau.of(row));
        winners.part(row, 1, k).set(0, winner, winner);
    }
}

#[inline(always)]
fn rows_on<S: Simd>(simd: S, work: GumbelRows<'_, f32>) {
    match work.axis.classes() {
        k if k < LANES => narrowest_rows(simd, work),
        k if k <= NARROW => narrow_rows(simd, work),
        _ => wide_rows(simd, work),
    }
}

/// Rows wider than [`NARROW`] and at most as wide as a tile, one after the other.
#[inline(always)]
fn wide_rows<S: Simd>(simd: S, work: GumbelRows<'_, f32>) {
    let GumbelRows { axis, tau, noise, maxima, mut buffers, form, mut winners } = work;
    let (n, k, decay) = (buffers.len(), axis.classes(), Decays::new(simd, tau));
    let (soft, tile) = (buffers.soft_is_wanted(), ROW_TILE / k * k);
    let mut scratch = [0.0; ROW_TILE];
    // Logarithms are taken for sixteen rows at once: each would wait for the sum of its row.
    let mut sums = [Sums::default(); ROW_TILE / LANES / NARROW];
    for start in (0..n).step_by(tile) {
        let here = start..n.min(start + tile);
        let mut winners = winners.part(start / k, here.len() / k, k);
        let (l, z) = buffers.logits_and_z(here, &mut scratch);
        perturb::<S, Gumbel>(
            simd,
            noise.after(start),
            l,
            RowMaxima::new(&maxima[start / k..], k),
            z,
        );
        for (row, z) in z.chunks_exact_mut(k).enumerate() {
            let max = rows::max(simd, z);
            if winners.wanted() {
                let class = rows::position(simd, z, max);
                winners.set(row, class, row * k + class);
            }
            if soft {
                let decay = decay.of_row(simd, start / k + row);
                if form == Form::Log {
                    let of_row = rows::sum_and_rest(simd, z, max, decay);
                    sums[row / LANES].set(row % LANES, max, of_row);
                } else {
                    let sum = rows::exp(simd, z, max, decay);
                    rows::scale(simd, z, (1.0 / sum) as f32);
                }
            }
        }
        if soft && form == Form::Log {
            for (part, z) in z.chunks_mut(LANES * k).enumerate() {
                let [max, ln_sum] = sums[part].max_and_ln_sum(simd);
                for (row, z) in z.chunks_exact_mut(k).enumerate() {
                    let decay = decay.of_row(simd, start / k + part * LANES + row);
                    rows::log(simd, z, max[row], decay[0], ln_sum[row]);
                }
            }
        }
    }
}

/// Rows of 16 to [`NARROW`] classes: sixteen rows at a time, transposed.
#[inline(always)]
fn narrow_rows<S: Simd>(simd: S, work: GumbelRows<'_, f32>) {
    let GumbelRows { axis, tau, noise, maxima, mut buffers, form, mut winners } = work;
    let (n, k, decay) = (buffers.len(), axis.classes(), Decays::new(simd, tau));
    let (sixteen_rows, tile) = (LANES * k, ROW_TILE / (LANES * k) * (LANES * k));
    // z has room for another 16 elements after its last row.
    let mut scratch = [0.0; ROW_TILE + LANES];
    let mut columns = [f32x16::splat(simd, 0.0); NARROW];
    for start in (0..n).step_by(tile) {
        let end = n.min(start + tile);
        let l = Some(&buffers.logits()[start..end]);
        let z = &mut scratch[..end - start];
        perturb::<S, Gumbel>(
            simd,
            noise.after(start),
            l,
            RowMaxima::new(&maxima[start / k..], k),
            z,
        );
        let mut winners = winners.part(start / k, (end - start) / k, k);
        for first in (start..end).step_by(sixteen_rows) {
            let (len, row) = (sixteen_rows.min(end - first), (first - start) / k);
            let decay = decay.of_rows(simd, first / k);
            columns::load(simd, &scratch[first - start..], k, &mut columns);
            let max = columns::max(simd, &columns[..k]);
            if winners.wanted() {
                let classes = columns::argmax(simd, &columns[..k], max);
                winners.set_rows(row, &classes[..len / k], |row, class| row * k + class);
            }
            if let Some(y) = buffers.soft() {
                let factor = columns::relax(simd, &mut columns[..k], form, max, decay);
                let y = &mut y[first..end];
                if y.len() >= sixteen_rows + LANES {
                    columns::store(simd, &columns, factor, k, y);
                } else {
                    let mut last = [0.0; LANES * NARROW + LANES];
                    columns::store(simd, &columns, factor, k, &mut last);
                    y[..len].copy_from_slice(&last[..len]);
                }
            }
        }
    }
}

/// Rows of fewer than 16 classes: the largest logit of each row is found after the transposition.
#[inline(always)]
fn narrowest_rows<S: Simd>(simd: S, work: GumbelRows<'_, f32>) {
    let GumbelRows { axis, tau, noise, mut buffers, form, mut winners, .. } = work;
    let (n, k, decay) = (buffers.len(), axis.classes(), Decays::new(simd, tau));
    // Whole groups of noise, and few of them: the first tile waits for its logits.
    let (sixteen_rows, tile) = (LANES * k, GROUP * k * (NARROW_TILE / (GROUP * k)).max(1));
    // The buffer has room for another 16 elements after its last row.
    let mut scratch = [0.0; ROW_TILE + LANES];
    let (mut last, mut last_y) = ([0.0; LANES * LANES], [0.0; LANES * LANES]);
    let mut classes = [0; LANES];
    for start in (0..n).step_by(tile) {
        let end = n.min(start + tile);
        let ahead = &buffers.logits()[end..];
        fill::<S, Gumbel>(simd, noise.after(start), ahead, &mut scratch[..end - start]);
        let mut winners = winners.part(start / k, (end - start) / k, k);
        for first in (start..end).step_by(sixteen_rows) {
            let (len, row) = (sixteen_rows.min(end - first), (first - start) / k);
            let decay = decay.of_rows(simd, first / k);
            let picked = winners.wanted().then_some(&mut classes);
            let g = &scratch[first - start..];
            match &mut buffers {
                // All rows but the last ones are read and written in place, without a copy.
                Buffers::Logits(l) if l.len() >= first + sixteen_rows + LANES => {
                    columns::softmax(simd, [&l[first..], g], k, decay, picked, None);
                }
                Buffers::Separate(l, y) if l.len() >= first + sixteen_rows + LANES => {
                    let y = Some((&mut y[first..], form));
                    columns::softmax(simd, [&l[first..], g], k, decay, picked, y);
                }
                buffers => {
                    last[..len].copy_from_slice(&buffers.logits()[first..first + len]);
                    let y = buffers.soft().map(|y| &mut y[first..first + len]);
                    let to = y.is_some().then_some((&mut last_y[..], form));
                    columns::softmax(simd, [&last, g], k, decay, picked, to);
                    if let Some(y) = y {
                        y.copy_from_slice(&last_y[..len]);
                    }
                }
            }
            winners.set_rows(row, &classes[..len / k], |row, class| row * k + class);
        }
    }
}

#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod tests;
