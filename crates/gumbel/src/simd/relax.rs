//! Gumbel-Softmax and Gumbel-max of whole rows, the noise made on the way.
//!
//! Rows go through in tiles that stay in the first-level cache: first z = l + g for the whole tile,
//! then each row, or sixteen narrow rows at once. z is added in `f32`, and every result is a function
//! of it: the soft sample, its hard one and the index cannot disagree.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::axis::Axis;
use crate::key::GROUP;
use crate::noise::Noise;
use crate::parallel::{self, Work};
use crate::simd::columns::{self, Columns, NARROW};
use crate::simd::math::Decay;
use crate::simd::noise::{self, Gumbel, Transform};
use crate::simd::rows::{self, LANES};
use crate::simd::{long, strided};

/// Elements of a tile: 8 KiB of z beside 8 KiB of logits.
pub(crate) const TILE: usize = 2048;

/// How the class of the largest z is wanted.
pub(crate) enum Picks<'a> {
    No,
    Index(&'a mut [usize]),
    OneHot(&'a mut [f32]),
}

/// z = l + noise. Without logits, they stand where z is to go.
pub(crate) fn add_noise<S: Simd, T: Transform>(
    simd: S,
    noise: Noise<'_, f32>,
    logits: Option<&[f32]>,
    out: &mut [f32],
) {
    simd.vectorize(
        #[inline(always)]
        || match noise {
            Noise::Keyed { key, offset } => {
                let mut index = offset;
                let mut at = 0;
                while at < out.len() {
                    let values = noise::group::<S, T>(simd, key, index >> 6);
                    let skip = (index & 63) as usize;
                    let take = (out.len() - at).min(GROUP - skip);
                    let z = &mut out[at..at + take];
                    let l = logits.map(|l| &l[at..at + take]);
                    if take == GROUP {
                        for i in 0..4 {
                            let lanes = LANES * i..LANES * (i + 1);
                            let l = l.map_or(&z[lanes.clone()], |l| &l[lanes.clone()]);
                            let l = f32x16::from_slice(simd, l);
                            (l + values[i]).store_slice(&mut z[lanes]);
                        }
                    } else {
                        let mut whole = [0.0; GROUP];
                        for i in 0..4 {
                            values[i].store_slice(&mut whole[LANES * i..LANES * (i + 1)]);
                        }
                        plus(l, &whole[skip..], z);
                    }
                    at += take;
                    index = index.wrapping_add(take as u64);
                }
            }
            Noise::Given(noise) => plus(logits, noise, out),
        },
    );
}

#[inline(always)]
fn plus(logits: Option<&[f32]>, noise: &[f32], out: &mut [f32]) {
    match logits {
        Some(logits) => {
            for ((z, l), g) in out.iter_mut().zip(logits).zip(noise) {
                *z = l + g;
            }
        }
        None => {
            for (z, g) in out.iter_mut().zip(noise) {
                *z += g;
            }
        }
    }
}

/// softmax((l + g) / tau) of the rows along `axis` into `y`, where it is wanted, and the classes picked.
pub(crate) struct GumbelRows<'a> {
    pub(crate) level: Level,
    /// Without them, `y` holds the logits.
    pub(crate) logits: Option<&'a [f32]>,
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
        let noise = self.noise.after(at);
        let later = Self { logits: later_logits, noise, y: later_y, picks: later_picks, ..self };
        (Self { logits, y, picks, ..self }, later)
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
    let n = work.len();
    let GumbelRows { level, logits, noise, tau, mut y, mut picks, axis } = work;
    let k = axis.classes();
    for row in 0..n / k {
        let l = logits.map(|l| &l[row * k..(row + 1) * k]);
        let y = y.as_deref_mut().map(|y| &mut y[row * k..(row + 1) * k]);
        let winner = long::row(level, noise.after(row * k), l, tau, y);
        picks.part(row, 1, k).set(0, winner, winner);
    }
}

#[inline(always)]
fn rows_in<S: Simd>(simd: S, work: GumbelRows<'_>) {
    let n = work.len();
    let GumbelRows { logits, noise, mut y, mut picks, .. } = work;
    let (k, decay) = (work.axis.classes(), Decay::new(work.tau).splat(simd));
    let (narrow, soft) = (k <= NARROW, y.is_some());
    let rows = if narrow { LANES * (TILE / (LANES * k)).max(1) } else { TILE / k };
    let mut scratch = [0.0; TILE + LANES];
    let mut columns = [f32x16::splat(simd, 0.0); NARROW];
    for start in (0..n).step_by(rows * k) {
        let here = start..n.min(start + rows * k);
        let mut l = logits.map(|l| &l[here.clone()]);
        let mut y = y.as_deref_mut().map(|y| &mut y[here.clone()]);
        let mut picks = picks.part(start / k, here.len() / k, k);
        let in_scratch = &mut scratch[..here.len()];
        let z = if narrow {
            l = l.or(y.as_deref());
            in_scratch
        } else {
            y.as_deref_mut().unwrap_or(in_scratch)
        };
        add_noise::<S, Gumbel>(simd, noise.after(start), l, z);
        if narrow {
            narrow_rows(simd, &scratch, [here.len() / k, k], decay, y, &mut picks, &mut columns);
            continue;
        }
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

/// Sixteen rows at a time, turned; z has room for another 16 elements behind its last row.
#[inline(always)]
fn narrow_rows<S: Simd>(
    simd: S,
    z: &[f32],
    [rows, k]: [usize; 2],
    decay: [f32x16<S>; 2],
    mut y: Option<&mut [f32]>,
    picks: &mut Picks<'_>,
    columns: &mut Columns<S>,
) {
    let mut row = 0;
    while row < rows {
        let here = LANES.min(rows - row);
        columns::load(simd, &z[row * k..], k, columns);
        let max = columns::max(simd, &columns[..k]);
        if picks.wanted() {
            let winners = columns::argmax(simd, &columns[..k], max);
            picks.set_rows(row, &winners[..here], |row, class| row * k + class);
        }
        if let Some(y) = y.as_deref_mut() {
            let sum = columns::exp(simd, &mut columns[..k], max, decay);
            let factor = f32x16::splat(simd, 1.0) / sum;
            let y = &mut y[row * k..];
            if y.len() >= (LANES * k) + LANES {
                columns::store(simd, columns, factor, k, y);
            } else {
                let mut last = [0.0; LANES * NARROW + LANES];
                columns::store(simd, columns, factor, k, &mut last);
                y.copy_from_slice(&last[..y.len()]);
            }
        }
        row += LANES;
    }
}

impl<'a> Picks<'a> {
    /// Those of the first `rows`, which have `elements`, and the rest.
    fn split(self, rows: usize, elements: usize) -> (Self, Self) {
        match self {
            Picks::No => (Picks::No, Picks::No),
            Picks::Index(indices) => {
                let (first, rest) = indices.split_at_mut(rows);
                (Picks::Index(first), Picks::Index(rest))
            }
            Picks::OneHot(hard) => {
                let (first, rest) = hard.split_at_mut(elements);
                (Picks::OneHot(first), Picks::OneHot(rest))
            }
        }
    }

    #[inline(always)]
    pub(crate) fn wanted(&self) -> bool {
        !matches!(self, Picks::No)
    }

    /// Those of some rows of k; one-hot rows are cleared.
    #[inline(always)]
    pub(crate) fn part(&mut self, first: usize, rows: usize, k: usize) -> Picks<'_> {
        match self {
            Picks::No => Picks::No,
            Picks::Index(indices) => Picks::Index(&mut indices[first..first + rows]),
            Picks::OneHot(hard) => {
                let hard = &mut hard[first * k..(first + rows) * k];
                hard.fill(0.0);
                Picks::OneHot(hard)
            }
        }
    }

    /// The classes of some rows, and where the class of a row stands in the array.
    #[inline(always)]
    pub(crate) fn set_rows(
        &mut self,
        first: usize,
        classes: &[i32],
        place: impl Fn(usize, usize) -> usize,
    ) {
        match self {
            Picks::No => {}
            Picks::Index(indices) => {
                for (index, class) in indices[first..].iter_mut().zip(classes) {
                    *index = *class as usize;
                }
            }
            Picks::OneHot(hard) => {
                for (i, class) in classes.iter().enumerate() {
                    hard[place(first + i, *class as usize)] = 1.0;
                }
            }
        }
    }

    /// The class of a row, and the place of that class in the array.
    #[inline(always)]
    pub(crate) fn set(&mut self, row: usize, class: usize, place: usize) {
        match self {
            Picks::No => {}
            Picks::Index(indices) => indices[row] = class,
            Picks::OneHot(hard) => hard[place] = 1.0,
        }
    }
}

#[cfg(test)]
mod tests;
