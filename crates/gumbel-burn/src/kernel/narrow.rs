//! Choices in rows of up to 32 classes: one unit of a cube to a row.
//!
//! Where the classes lie along the last axis, the rows of a cube are one piece of memory (a tile): the cube reads it
//! together, makes its noise block by block, and each unit then works on its own row in shared memory. Along another
//! axis the rows of neighbouring units lie side by side: each unit reads, and makes the noise of, its own row.

use cubecl::prelude::*;

use super::maths::{Decay, decay_of_row, decayed, ln_1p, log_of};
use super::noise::{GUMBEL, noise_of_block, noise_of_element};
use super::values::{is_impossible, is_lowest, logit, mark, neg_infinity, perturbed};
use super::words::{Draws, block_count, element_of, first_block};

/// The number of classes of the widest narrow row.
pub(crate) const NARROW: usize = 32;

/// Where the rows of a tensor `[outer, classes, inner]` lie.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
pub(crate) struct Rows {
    /// The number of rows, `outer * inner`.
    pub(crate) count: u32,
    pub(crate) classes: u32,
    /// The distance of neighbouring classes of a row.
    pub(crate) inner: u32,
}

/// The element of the first class of a row.
#[cube]
pub(crate) fn first_of_row(rows: &Rows, row: u32) -> u32 {
    let outer = row / rows.inner;
    outer * rows.classes * rows.inner + (row - outer * rows.inner)
}

/// What a kernel computes of a choice among classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wanted {
    Soft,
    /// The one-hot sample, and the soft one.
    Hard,
    Log,
    /// The number of the drawn class.
    Index,
}

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Variant {
    pub(crate) wanted: Wanted,
    /// Noise is read from a tensor, not made from a key.
    pub(crate) given: bool,
    /// Each row has its own temperature, in a tensor.
    pub(crate) by_row: bool,
    /// The classes lie along the last axis.
    pub(crate) last_axis: bool,
    /// A long row stays in shared memory.
    pub(crate) cached: bool,
}

/// The place of element i in shared memory: no two rows begin in the same bank.
#[cube]
pub(crate) fn padded(i: u32) -> usize {
    (i + (i >> 5u32)) as usize
}

/// The shared memory that the rows of a cube take.
pub(crate) fn shared_len(units: u32, classes: usize) -> usize {
    let n = units as usize * classes;
    n + n / 32 + 1
}

/// Adds noise to element i of a tile, whose rows have the largest logits `tops`.
#[cube]
fn perturb(z: &mut [f32], tops: &[f32], i: u32, n: u32, classes: u32, g: f32) {
    if i < n {
        let at = padded(i);
        z[at] = perturbed(z[at], tops[(i / classes) as usize], g);
    }
}

/// Draws a class in each row.
#[cube(launch)]
pub(crate) fn draw_narrow(
    logits: &[f32],
    taus: &[f32],
    noise: &[f32],
    sample: &mut [f32],
    soft: &mut [f32],
    index: &mut [i32],
    wrong: &[Atomic<u32>],
    draws: Draws,
    rows: Rows,
    decay: Decay,
    #[comptime] shared: usize,
    #[comptime] units: usize,
    #[comptime] variant: Variant,
) {
    let mut z = Shared::<[f32]>::new_slice(shared);
    let mut tops = Shared::<[f32]>::new_slice(units);
    let classes = rows.classes;
    let row0 = CUBE_POS as u32 * CUBE_DIM;
    // The grid may have more cubes than there is work for.
    if row0 >= rows.count {
        terminate!();
    }
    let here = min(CUBE_DIM, rows.count - row0);
    let n = here * classes;
    let row = row0 + UNIT_POS;
    // Of the tile along the last axis, and of the unit's own row along any other.
    let mut first = row0 * classes;
    // The unit's row in shared memory.
    let mut start = UNIT_POS * classes;
    let mut step = 1u32;
    if comptime!(!variant.last_axis) {
        first = first_of_row(&rows, row);
        start = UNIT_POS;
        step = CUBE_DIM;
    }

    if comptime!(variant.last_axis) {
        let mut i = UNIT_POS;
        while i < n {
            z[padded(i)] = logit(logits, first + i, wrong);
            i += CUBE_DIM;
        }
        sync_cube();
    } else if UNIT_POS < here {
        for c in 0..classes {
            z[padded(start + c * step)] = logit(logits, first + c * rows.inner, wrong);
        }
    }
    if UNIT_POS < here {
        let mut top = f32::new(f32::MIN);
        let mut possible = false;
        for c in 0..classes {
            let l = z[padded(start + c * step)];
            if !is_impossible(l) {
                possible = true;
                top = max(top, l);
            }
        }
        tops[UNIT_POS as usize] = top;
        if !possible {
            mark(wrong);
        }
    }
    if comptime!(variant.last_axis) {
        sync_cube();
        if comptime!(variant.given) {
            let mut i = UNIT_POS;
            while i < n {
                perturb(&mut z, &tops, i, n, classes, noise[(first + i) as usize]);
                i += CUBE_DIM;
            }
        } else {
            let block0 = first_block(&draws, first);
            let blocks = block_count(&draws, first, n);
            let mut b = UNIT_POS;
            while b < blocks {
                let g = noise_of_block(&draws, block0 + b, GUMBEL);
                let i = element_of(&draws, block0 + b) - first;
                perturb(&mut z, &tops, i, n, classes, g.a);
                perturb(&mut z, &tops, i + 16u32, n, classes, g.b);
                perturb(&mut z, &tops, i + 32u32, n, classes, g.c);
                perturb(&mut z, &tops, i + 48u32, n, classes, g.d);
                b += CUBE_DIM;
            }
        }
        sync_cube();
    } else if UNIT_POS < here {
        let top = tops[UNIT_POS as usize];
        for c in 0..classes {
            let (at, element) = (padded(start + c * step), first + c * rows.inner);
            let g = if comptime!(variant.given) {
                noise[element as usize]
            } else {
                noise_of_element(&draws, element, GUMBEL)
            };
            z[at] = perturbed(z[at], top, g);
        }
    }

    if UNIT_POS < here {
        let mut best = z[padded(start)];
        let mut winner = 0u32;
        for c in 1..classes {
            let z = z[padded(start + c * step)];
            if z > best {
                best = z;
                winner = c;
            }
        }
        if comptime!(variant.wanted == Wanted::Index) {
            index[row as usize] = i32::cast_from(winner);
        } else {
            let c = decay_of_row(&decay, taus, row, variant.by_row);
            // The sum of all exponentials but the winner's, which is 1.
            let mut rest = f32::new(0.0);
            for class in 0..classes {
                let at = padded(start + class * step);
                let z_here = z[at];
                let e = select(is_lowest(z_here), f32::new(0.0), decayed(z_here - best, &c));
                if class != winner {
                    rest += e;
                }
                if comptime!(variant.wanted != Wanted::Log) {
                    z[at] = e;
                }
            }
            if comptime!(variant.wanted == Wanted::Log) {
                let ln_sum = ln_1p(rest);
                for class in 0..classes {
                    let at = padded(start + class * step);
                    let z_here = z[at];
                    let x = log_of(z_here - best, &c, ln_sum);
                    z[at] = select(is_lowest(z_here), neg_infinity(), x);
                }
            } else {
                let factor = f32::new(1.0) / (f32::new(1.0) + rest);
                for class in 0..classes {
                    z[padded(start + class * step)] *= factor;
                }
                if comptime!(variant.wanted == Wanted::Hard) {
                    // The winner is marked by its sign.
                    let at = padded(start + winner * step);
                    z[at] = -z[at];
                }
            }
        }
    }
    if comptime!(variant.wanted != Wanted::Index) {
        if comptime!(variant.last_axis) {
            sync_cube();
            let mut i = UNIT_POS;
            while i < n {
                store(sample, soft, first + i, z[padded(i)], variant.wanted);
                i += CUBE_DIM;
            }
        } else if UNIT_POS < here {
            for c in 0..classes {
                let y = z[padded(start + c * step)];
                store(sample, soft, first + c * rows.inner, y, variant.wanted);
            }
        }
    }
}

/// Writes an element, whose sign marks the winner of a hard sample.
#[cube]
fn store(sample: &mut [f32], soft: &mut [f32], at: u32, y: f32, #[comptime] wanted: Wanted) {
    if comptime!(wanted == Wanted::Hard) {
        soft[at as usize] = y.abs();
        sample[at as usize] = select(y < f32::new(0.0), f32::new(1.0), f32::new(0.0));
    } else {
        sample[at as usize] = y;
    }
}
