//! The Gumbel-Rao vector-Jacobian product of rows in `f32`: each draw of the noise is made, used and dropped.
//!
//! With m the largest logit, S = sum exp(l - m) and i the winner, the softmax of Z / tau is that of -u / tau:
//!
//! ```text
//! u_j = Z_i - Z_j = ln(1 + E_j w_j S / E_i) + c_j     u_i = 0
//! w_j = exp(min(m - l_j, 40)),  c_j = max(m - l_j - 40, 0)
//! ```
//!
//! w does not depend on the draw, so an element of a draw costs one exponential noise, one logarithm and one
//! exponential. Without c a class far below the largest would overflow. Where c > 0 the formula is within
//! E_i / (S E_j e^40) of the exact u: 6e-8, a rounding in `f32`, in all but one of 10^10 draws. For a class of -inf c is
//! infinite, and its value is exactly 0.

use alloc::vec;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, i32x16};

use super::columns::{self, Columns, NARROW};
use super::rows::SUM_BLOCK;
use super::vjp::product_or_zero;
use super::{NARROW_TILE, rows};
use crate::kernel::work::RaoRows;
use crate::parallel::{self, Work};
use crate::simd::lanes::{LANES, lane_indices, load, store};
use crate::simd::math::{self, Decay};
use crate::simd::noise::{Exponential, fill_with};
use crate::words::GROUP;

/// The largest m - l that w covers.
const REACH: f32 = 40.0;

/// Runs [`Kernel::gumbel_rao_vjp`](crate::kernel::Kernel::gumbel_rao_vjp).
pub(crate) fn vjp(level: Level, rows: RaoRows<'_, f32>) {
    parallel::run(RowsAtLevel { level, rows });
}

struct RowsAtLevel<'a> {
    level: Level,
    rows: RaoRows<'a, f32>,
}

impl Work for RowsAtLevel<'_> {
    fn pieces(&self) -> usize {
        self.rows.winners.len()
    }

    fn elements(&self) -> usize {
        self.rows.k * self.rows.keys.len()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let Self { level, rows } = self;
        let (first, rest) = rows.split_at(pieces);
        (Self { level, rows: first }, Self { level, rows: rest })
    }

    fn run(self) {
        let Self { level, rows } = self;
        if rows.k <= NARROW {
            dispatch!(level, simd => narrow_rows(simd, rows));
        } else {
            dispatch!(level, simd => wide_rows(simd, rows));
        }
    }
}

/// The factors of sixteen elements that no draw changes: (w, c, exp(l - m)).
#[inline(always)]
fn factors<S: Simd>(simd: S, l: f32x16<S>, max: f32x16<S>) -> [f32x16<S>; 3] {
    let reach = f32x16::splat(simd, REACH);
    let depth = max - l;
    let near = depth.min(reach);
    // The clamp adds e^-40 for a class below it: nothing in `f32`.
    let e = math::exp(simd, -near, Decay::new(1.0).splat(simd));
    [f32x16::splat(simd, 1.0) / e, depth - near, e]
}

/// e^(-u / tau) of sixteen elements, 1 at the winners. `ratio` is S / E_i.
#[inline(always)]
fn weight<S: Simd>(simd: S, [e, w, c, ratio]: [f32x16<S>; 4], decay: [f32x16<S>; 2]) -> f32x16<S> {
    let one_and = (e * w).mul_add(ratio, f32x16::splat(simd, 1.0));
    math::exp(simd, math::neg_ln(simd, one_and) - c, decay)
}

/// Elements of the largest tile of narrow rows.
const TILE: usize = GROUP * NARROW;

/// What the draws share of a tile of narrow rows, and the sum over the draws. Sixteen rows are a block; in it the
/// sixteen values of a class lie side by side, and the classes follow each other.
struct Tile {
    w: [f32; TILE],
    c: [f32; TILE],
    dy: [f32; TILE],
    sum: [f32; TILE],
    /// S of each row.
    s: [f32; TILE],
    winners: [i32; TILE],
}

impl Tile {
    /// Computes what the draws share of a block of sixteen rows.
    #[inline(always)]
    fn prepare<S: Simd>(&mut self, simd: S, block: usize, logits: &[f32x16<S>], dy: &[f32x16<S>]) {
        let max = columns::max(simd, logits);
        let mut s = f32x16::splat(simd, 0.0);
        for (class, (l, dy)) in logits.iter().zip(dy).enumerate() {
            let [w, c, e] = factors(simd, *l, max);
            s += e;
            let at = LANES * (block * logits.len() + class);
            w.store_slice(&mut self.w[at..at + LANES]);
            c.store_slice(&mut self.c[at..at + LANES]);
            dy.store_slice(&mut self.dy[at..at + LANES]);
        }
        s.store_slice(&mut self.s[LANES * block..LANES * (block + 1)]);
    }

    /// Adds a draw with noise `e`, one vector for each class, to the sum of a block.
    #[inline(always)]
    fn add_draw<S: Simd>(
        &mut self,
        simd: S,
        block: usize,
        e: &mut [f32x16<S>],
        decay: [f32x16<S>; 2],
    ) {
        let (zero, one) = (f32x16::splat(simd, 0.0), f32x16::splat(simd, 1.0));
        let rows = LANES * block..LANES * (block + 1);
        let winner = i32x16::from_slice(simd, &self.winners[rows.clone()]);
        let mut own = zero;
        for (class, e) in e.iter().enumerate() {
            let mine = winner.simd_eq(i32x16::splat(simd, class as i32));
            own = mine.select(*e, own);
        }
        let ratio = f32x16::from_slice(simd, &self.s[rows]) / own;
        let block = LANES * e.len() * block..LANES * e.len() * (block + 1);
        let (w, c, dy) = (&self.w[block.clone()], &self.c[block.clone()], &self.dy[block.clone()]);
        let [mut total, mut along] = [[zero; 2]; 2];
        for (class, e) in e.iter_mut().enumerate() {
            let at = LANES * class..LANES * (class + 1);
            let of_w = f32x16::from_slice(simd, &w[at.clone()]);
            let of_c = f32x16::from_slice(simd, &c[at.clone()]);
            let other = weight(simd, [*e, of_w, of_c, ratio], decay);
            let mine = winner.simd_eq(i32x16::splat(simd, class as i32));
            *e = mine.select(one, other);
            total[class & 1] += *e;
            along[class & 1] += product_or_zero(simd, *e, f32x16::from_slice(simd, &dy[at]));
        }
        let factor = one / (total[0] + total[1]);
        let mean = (along[0] + along[1]) * factor;
        let sums = self.sum[block].chunks_exact_mut(LANES).zip(dy.chunks_exact(LANES));
        for (y, (sum, dy)) in e.iter().zip(sums) {
            let term = product_or_zero(simd, *y * factor, f32x16::from_slice(simd, dy) - mean);
            (f32x16::from_slice(simd, sum) + term).store_slice(sum);
        }
    }
}

/// Rows of at most [`NARROW`] classes, sixteen at a time, transposed.
#[inline(always)]
fn narrow_rows<S: Simd>(simd: S, work: RaoRows<'_, f32>) {
    let rate = f32x16::splat(simd, work.rate() as f32);
    let RaoRows { logits, k, winners, dy, tau, keys, offset, out } = work;
    let (n, decay) = (logits.len(), Decay::new(tau).splat(simd));
    let (sixteen_rows, tile) = (LANES * k, GROUP * k * (NARROW_TILE / (GROUP * k)).max(1));
    // Room for another 16 elements after the last row. Lanes without a row get noise 1.
    let mut noise = [1.0; TILE + LANES];
    let mut shared = Tile {
        w: [0.0; TILE],
        c: [0.0; TILE],
        dy: [0.0; TILE],
        sum: [0.0; TILE],
        s: [0.0; TILE],
        winners: [0; TILE],
    };
    let mut columns: [Columns<S>; 2] = [[f32x16::splat(simd, 0.0); NARROW]; 2];
    let mut last = [0.0; LANES * NARROW + LANES];
    for start in (0..n).step_by(tile) {
        let end = n.min(start + tile);
        let blocks = (end - start).div_ceil(sixteen_rows);
        for (to, winner) in shared.winners.iter_mut().zip(&winners[start / k..end / k]) {
            *to = *winner as i32;
        }
        for block in 0..blocks {
            let first = start + block * sixteen_rows;
            load_block(simd, &logits[first..], k, &mut last, &mut columns[0]);
            load_block(simd, &dy[first..], k, &mut last, &mut columns[1]);
            shared.prepare(simd, block, &columns[0][..k], &columns[1][..k]);
        }
        shared.sum[..blocks * sixteen_rows].fill(0.0);
        for &key in keys {
            let index = offset.wrapping_add(start as u64);
            fill_with::<S, Exponential>(simd, key, index, &mut noise[..end - start]);
            for block in 0..blocks {
                columns::load(simd, &noise[block * sixteen_rows..], k, &mut columns[0]);
                shared.add_draw(simd, block, &mut columns[0][..k], decay);
            }
        }
        for block in 0..blocks {
            let sums = shared.sum[block * sixteen_rows..].chunks_exact(LANES);
            for (column, sum) in columns[0][..k].iter_mut().zip(sums) {
                *column = f32x16::from_slice(simd, sum);
            }
            let out = &mut out[start + block * sixteen_rows..];
            if out.len() >= sixteen_rows + LANES {
                columns::store(simd, &columns[0], rate, k, out);
            } else {
                columns::store(simd, &columns[0], rate, k, &mut last);
                let len = out.len().min(sixteen_rows);
                out[..len].copy_from_slice(&last[..len]);
            }
        }
    }
}

/// Reads the first sixteen rows of `rest`, or the fewer that there are, by way of `last`.
#[inline(always)]
fn load_block<S: Simd>(
    simd: S,
    rest: &[f32],
    k: usize,
    last: &mut [f32],
    columns: &mut Columns<S>,
) {
    if rest.len() >= LANES * k + LANES {
        columns::load(simd, rest, k, columns);
    } else {
        last.fill(0.0);
        last[..rest.len()].copy_from_slice(rest);
        columns::load(simd, last, k, columns);
    }
}

/// Wider rows, one after the other.
#[inline(always)]
fn wide_rows<S: Simd>(simd: S, work: RaoRows<'_, f32>) {
    let rate = work.rate() as f32;
    let RaoRows { logits, k, winners, dy, tau, keys, offset, out } = work;
    let decay = Decay::new(tau).splat(simd);
    let [mut w, mut c, mut y] = [vec![0.0; k], vec![0.0; k], vec![0.0; k]];
    for (row, &winner) in winners.iter().enumerate() {
        let at = row * k..(row + 1) * k;
        let (l, dy, out) = (&logits[at.clone()], &dy[at.clone()], &mut out[at.clone()]);
        let s = prepare_row(simd, l, &mut w, &mut c);
        out.fill(0.0);
        for &key in keys {
            let index = offset.wrapping_add(at.start as u64);
            fill_with::<S, Exponential>(simd, key, index, &mut y);
            // The winner has u = 0.
            let ratio = s / y[winner];
            (y[winner], w[winner], c[winner]) = (0.0, 1.0, 0.0);
            let [total, along] = weigh_row(simd, &mut y, [&w, &c, dy], ratio, decay);
            let factor = f32x16::splat(simd, (1.0 / total) as f32);
            let mean = f32x16::splat(simd, (along / total) as f32);
            let vectors = y.chunks(LANES).zip(dy.chunks(LANES));
            for ((y, dy), out) in vectors.zip(out.chunks_mut(LANES)) {
                let (y, dy) = (load(simd, y, 0.0), load(simd, dy, 0.0));
                let term = product_or_zero(simd, y * factor, dy - mean);
                store(load(simd, out, 0.0) + term, out);
            }
        }
        rows::scale(simd, out, rate);
    }
}

/// Fills w and c of a row and returns S.
#[inline(always)]
fn prepare_row<S: Simd>(simd: S, l: &[f32], w: &mut [f32], c: &mut [f32]) -> f32 {
    let max = f32x16::splat(simd, rows::max(simd, l));
    let lane = lane_indices(simd);
    let zero = f32x16::splat(simd, 0.0);
    let mut s = 0.0_f64;
    let blocks = w.chunks_mut(SUM_BLOCK).zip(c.chunks_mut(SUM_BLOCK));
    for (l, (w, c)) in l.chunks(SUM_BLOCK).zip(blocks) {
        let mut sum = zero;
        let vectors = w.chunks_mut(LANES).zip(c.chunks_mut(LANES));
        for (l, (w, c)) in l.chunks(LANES).zip(vectors) {
            let real = lane.simd_lt(f32x16::splat(simd, l.len() as f32));
            let [of_w, of_c, e] = factors(simd, load(simd, l, f32::NEG_INFINITY), max);
            sum += real.select(e, zero);
            store(of_w, w);
            store(of_c, c);
        }
        s += f64::from(sum.reduce_sum());
    }
    s as f32
}

/// Replaces the noise of a row by e^(-u / tau); returns its sum and its product with dy.
#[inline(always)]
fn weigh_row<S: Simd>(
    simd: S,
    y: &mut [f32],
    [w, c, dy]: [&[f32]; 3],
    ratio: f32,
    decay: [f32x16<S>; 2],
) -> [f64; 2] {
    let (ratio, zero) = (f32x16::splat(simd, ratio), f32x16::splat(simd, 0.0));
    let (mut total, mut along) = (0.0_f64, 0.0_f64);
    let blocks = w.chunks(SUM_BLOCK).zip(c.chunks(SUM_BLOCK)).zip(dy.chunks(SUM_BLOCK));
    for (y, ((w, c), dy)) in y.chunks_mut(SUM_BLOCK).zip(blocks) {
        let mut sums = [zero; 2];
        let vectors = w.chunks(LANES).zip(c.chunks(LANES)).zip(dy.chunks(LANES));
        for (y, ((w, c), dy)) in y.chunks_mut(LANES).zip(vectors) {
            let (e, w) = (load(simd, y, 1.0), load(simd, w, 1.0));
            // Lanes after the end have c = inf and the weight 0.
            let (c, dy) = (load(simd, c, f32::INFINITY), load(simd, dy, 0.0));
            let of_y = weight(simd, [e, w, c, ratio], decay);
            sums[0] += of_y;
            sums[1] += product_or_zero(simd, of_y, dy);
            store(of_y, y);
        }
        total += f64::from(sums[0].reduce_sum());
        along += f64::from(sums[1].reduce_sum());
    }
    [total, along]
}
