//! Gumbel-Softmax and Gumbel-max of whole rows, the noise made on the way.
//!
//! Rows go through in tiles that stay in the first-level cache: z = (l - max l) + g for the whole tile,
//! then each row, or sixteen narrow rows at once. z is computed in `f32`, and every result is a function
//! of it: the soft sample, its hard one and the index cannot disagree. The largest logit of the row is
//! subtracted before the noise is added, so that a shift of all logits does not round the noise away.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::axis::Axis;
use crate::key::GROUP;
use crate::noise::Noise;
use crate::parallel::{self, Work};
use crate::simd::columns::{self, NARROW};
use crate::simd::math::Decay;
use crate::simd::noise::Gumbel;
use crate::simd::perturb::{RowTops, fill, perturb};
use crate::simd::picks::Picks;
use crate::simd::rows::{self, LANES};
use crate::simd::{long, strided};

/// Elements of a tile: 8 KiB of z beside 8 KiB of logits.
pub(crate) const TILE: usize = 2048;

/// About the elements of a tile of rows of fewer than 16.
const FEW: usize = 1_280;

/// softmax(z / tau), z = (l - max l) + g, of the rows along `axis` into `y`, where it is wanted, and the classes picked.
pub(crate) struct GumbelRows<'a> {
    pub(crate) level: Level,
    /// Without them, `y` holds the logits.
    pub(crate) logits: Option<&'a [f32]>,
    /// The largest logit of each row, where [`has_tops`](crate::simd::scan::has_tops) says so.
    pub(crate) tops: &'a [f32],
    pub(crate) axis: Axis,
    pub(crate) noise: Noise<'a, f32>,
    pub(crate) tau: f64,
    pub(crate) y: Option<&'a mut [f32]>,
    pub(crate) picks: Picks<'a>,
}

impl GumbelRows<'_> {
    /// On all cores.
    pub(crate) fn go(self) {
        // No rows may have any shape.
        if self.len() > 0 {
            parallel::run(self);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.logits.or(self.y.as_deref()).map_or(0, <[f32]>::len)
    }
}

impl Work for GumbelRows<'_> {
    fn pieces(&self) -> usize {
        self.len() / self.elements()
    }

    fn elements(&self) -> usize {
        self.axis.classes() * self.axis.stride()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let at = pieces * self.elements();
        let (logits, later_logits) = self.logits.map(|logits| logits.split_at(at)).unzip();
        let (y, later_y) = self.y.map(|y| y.split_at_mut(at)).unzip();
        let (picks, later_picks) = self.picks.split(pieces * self.axis.stride(), at);
        let (tops, later_tops) = self.tops.split_at(pieces.min(self.tops.len()));
        let noise = self.noise.after(at);
        let later = Self {
            logits: later_logits,
            tops: later_tops,
            noise,
            y: later_y,
            picks: later_picks,
            ..self
        };
        (Self { logits, tops, y, picks, ..self }, later)
    }

    fn run(self) {
        let k = self.axis.classes();
        if self.axis.stride() > 1 {
            strided::gumbel_rows(self);
        } else if k > TILE {
            long_rows(self);
        } else {
            dispatch!(self.level, simd => rows_in(simd, self));
        }
    }
}

fn long_rows(work: GumbelRows<'_>) {
    let GumbelRows { level, logits, tops, noise, tau, mut y, mut picks, axis } = work;
    let k = axis.classes();
    for (row, &top) in tops.iter().enumerate() {
        let l = logits.map(|l| &l[row * k..(row + 1) * k]);
        let y = y.as_deref_mut().map(|y| &mut y[row * k..(row + 1) * k]);
        let winner = long::row(level, noise.after(row * k), l, top, tau, y);
        picks.part(row, 1, k).set(0, winner, winner);
    }
}

#[inline(always)]
fn rows_in<S: Simd>(simd: S, work: GumbelRows<'_>) {
    match work.axis.classes() {
        k if k < LANES => narrowest_rows(simd, work),
        k if k <= NARROW => narrow_rows(simd, work),
        _ => whole_rows(simd, work),
    }
}

/// Rows of up to a tile, each by itself.
#[inline(always)]
fn whole_rows<S: Simd>(simd: S, work: GumbelRows<'_>) {
    let n = work.len();
    let GumbelRows { logits, tops, noise, mut y, mut picks, .. } = work;
    let (k, decay) = (work.axis.classes(), Decay::new(work.tau).splat(simd));
    let (soft, tile) = (y.is_some(), TILE / k * k);
    let mut scratch = [0.0; TILE];
    for start in (0..n).step_by(tile) {
        let here = start..n.min(start + tile);
        let mut picks = picks.part(start / k, here.len() / k, k);
        let z = match y.as_deref_mut() {
            Some(y) => &mut y[here.clone()],
            None => &mut scratch[..here.len()],
        };
        let l = logits.map(|l| &l[here.clone()]);
        perturb::<S, Gumbel>(simd, noise.after(start), l, RowTops::new(&tops[start / k..], k), z);
        for (row, z) in z.chunks_exact_mut(k).enumerate() {
            let max = rows::max(simd, z);
            if picks.wanted() {
                let class = rows::position(simd, z, max);
                picks.set(row, class, row * k + class);
            }
            if soft {
                let sum = rows::exp(simd, z, max, decay);
                rows::scale(simd, z, (1.0 / sum) as f32);
            }
        }
    }
}

/// Sixteen rows at a time, turned.
#[inline(always)]
fn narrow_rows<S: Simd>(simd: S, work: GumbelRows<'_>) {
    let n = work.len();
    let GumbelRows { logits, tops, noise, mut y, mut picks, .. } = work;
    let (k, decay) = (work.axis.classes(), Decay::new(work.tau).splat(simd));
    let (sixteen, tile) = (LANES * k, TILE / (LANES * k) * (LANES * k));
    // z has room for another 16 elements behind its last row.
    let mut scratch = [0.0; TILE + LANES];
    let mut columns = [f32x16::splat(simd, 0.0); NARROW];
    for start in (0..n).step_by(tile) {
        let end = n.min(start + tile);
        let l = logits.or(y.as_deref()).map(|l| &l[start..end]);
        let z = &mut scratch[..end - start];
        perturb::<S, Gumbel>(simd, noise.after(start), l, RowTops::new(&tops[start / k..], k), z);
        let mut picks = picks.part(start / k, (end - start) / k, k);
        for first in (start..end).step_by(sixteen) {
            let (len, row) = (sixteen.min(end - first), (first - start) / k);
            columns::load(simd, &scratch[first - start..], k, &mut columns);
            let max = columns::max(simd, &columns[..k]);
            if picks.wanted() {
                let winners = columns::argmax(simd, &columns[..k], max);
                picks.set_rows(row, &winners[..len / k], |row, class| row * k + class);
            }
            if let Some(y) = y.as_deref_mut() {
                let sum = columns::exp(simd, &mut columns[..k], max, decay);
                let factor = f32x16::splat(simd, 1.0) / sum;
                let y = &mut y[first..end];
                if y.len() >= sixteen + LANES {
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

/// Rows of fewer than sixteen: the largest logit of a row is found when they have been turned.
#[inline(always)]
fn narrowest_rows<S: Simd>(simd: S, work: GumbelRows<'_>) {
    let n = work.len();
    let GumbelRows { logits, noise, mut y, mut picks, .. } = work;
    let (k, decay) = (work.axis.classes(), Decay::new(work.tau).splat(simd));
    // Whole groups of noise, and few: the first tile waits for its logits.
    let (sixteen, tile) = (LANES * k, GROUP * k * (FEW / (GROUP * k)).max(1));
    // What is turned has room for another 16 elements behind its last row.
    let mut scratch = [0.0; TILE + LANES];
    let (mut last, mut last_y) = ([0.0; LANES * LANES], [0.0; LANES * LANES]);
    let mut winners = [0; LANES];
    for start in (0..n).step_by(tile) {
        let end = n.min(start + tile);
        let ahead = logits.or(y.as_deref()).and_then(|l| l.get(end..)).unwrap_or_default();
        fill::<S, Gumbel>(simd, noise.after(start), ahead, &mut scratch[..end - start]);
        let mut picks = picks.part(start / k, (end - start) / k, k);
        for first in (start..end).step_by(sixteen) {
            let (len, row) = (sixteen.min(end - first), (first - start) / k);
            // In place, what follows the tile are logits still.
            let direct = logits.map(|l| &l[first..]).filter(|l| l.len() >= sixteen + LANES);
            if direct.is_none() {
                let l = logits.or(y.as_deref()).unwrap_or_default();
                last[..len].copy_from_slice(&l[first..first + len]);
            }
            let l = direct.unwrap_or(&last);
            let whole = direct.is_some();
            let to = match y.as_deref_mut() {
                Some(y) if whole => Some(&mut y[first..]),
                Some(_) => Some(&mut last_y[..]),
                None => None,
            };
            let picked = picks.wanted().then_some(&mut winners);
            let g = &scratch[first - start..];
            columns::softmax(simd, [l, g], k, decay, picked, to);
            if let Some(y) = y.as_deref_mut()
                && !whole
            {
                y[first..first + len].copy_from_slice(&last_y[..len]);
            }
            picks.set_rows(row, &winners[..len / k], |row, class| row * k + class);
        }
    }
}

#[cfg(test)]
mod tests;
