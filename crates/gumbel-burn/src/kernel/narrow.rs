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

/// The rows of a cube, and the place of this unit's row.
///
/// Along the last axis `first` is the first element of the tile; along another one, of the unit's own row. Class c of the
/// unit's row is `start + c * step` in shared memory.
#[derive(CubeType, Clone, Copy)]
pub(crate) struct Tile {
    /// The unit's row in the tensor.
    pub(crate) row: u32,
    /// Whether there is such a row.
    pub(crate) used: bool,
    /// The elements of all rows of the cube.
    pub(crate) n: u32,
    pub(crate) first: u32,
    pub(crate) start: u32,
    pub(crate) step: u32,
}

/// The tile of this cube. The grid may have more cubes than there is work for: those end before.
#[cube]
pub(crate) fn tile(rows: &Rows, #[comptime] last_axis: bool) -> Tile {
    let row0 = CUBE_POS as u32 * CUBE_DIM;
    let here = min(CUBE_DIM, rows.count - row0);
    let row = row0 + UNIT_POS;
    let (used, n) = (UNIT_POS < here, here * rows.classes);
    if comptime!(last_axis) {
        let first = row0 * rows.classes;
        Tile { row, used, n, first, start: UNIT_POS * rows.classes, step: 1u32 }
    } else {
        Tile { row, used, n, first: first_of_row(rows, row), start: UNIT_POS, step: CUBE_DIM }
    }
}

/// The place of a class of the unit's row in shared memory.
#[cube]
pub(crate) fn place(tile: &Tile, class: u32) -> usize {
    padded(tile.start + class * tile.step)
}

/// Reads the logits of the tile, and finds the largest of each row.
#[cube]
fn read_logits(
    logits: &[f32],
    z: &mut [f32],
    tops: &mut [f32],
    wrong: &[Atomic<u32>],
    tile: &Tile,
    rows: &Rows,
    #[comptime] last_axis: bool,
) {
    if comptime!(last_axis) {
        let mut i = UNIT_POS;
        while i < tile.n {
            z[padded(i)] = logit(logits, tile.first + i, wrong);
            i += CUBE_DIM;
        }
        sync_cube();
    } else if tile.used {
        for class in 0..rows.classes {
            z[place(tile, class)] = logit(logits, tile.first + class * rows.inner, wrong);
        }
    }
    if tile.used {
        let mut top = f32::new(f32::MIN);
        let mut possible = false;
        for class in 0..rows.classes {
            let l = z[place(tile, class)];
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
}

/// Adds noise to element i of a tile along the last axis. `inverse` is 2^16 / classes, rounded up: the product gives the
/// exact quotient for 64 rows of up to 32 classes, without a division.
#[cube]
fn perturb(z: &mut [f32], tops: &[f32], i: u32, tile: &Tile, inverse: u32, g: f32) {
    if i < tile.n {
        let at = padded(i);
        let row = (i * inverse) >> 16u32;
        z[at] = perturbed(z[at], tops[row as usize], g);
    }
}

/// The noise of one element, given or made for it alone.
#[cube]
pub(crate) fn single(
    noise: &[f32],
    draws: &Draws,
    element: u32,
    #[comptime] variant: Variant,
) -> f32 {
    if comptime!(variant.given) {
        noise[element as usize]
    } else {
        noise_of_element(draws, element, GUMBEL)
    }
}

/// Makes z of the logits of the tile.
#[cube]
fn add_noise(
    z: &mut [f32],
    tops: &[f32],
    noise: &[f32],
    draws: &Draws,
    tile: &Tile,
    rows: &Rows,
    #[comptime] variant: Variant,
) {
    let classes = rows.classes;
    if comptime!(!variant.last_axis) {
        if tile.used {
            let top = tops[UNIT_POS as usize];
            for class in 0..classes {
                let (at, element) = (place(tile, class), tile.first + class * rows.inner);
                let g = single(noise, draws, element, variant);
                z[at] = perturbed(z[at], top, g);
            }
        }
    } else {
        let inverse = (65_535u32 + classes) / classes;
        sync_cube();
        if comptime!(variant.given) {
            let mut i = UNIT_POS;
            while i < tile.n {
                perturb(z, tops, i, tile, inverse, noise[(tile.first + i) as usize]);
                i += CUBE_DIM;
            }
        } else {
            let block0 = first_block(draws, tile.first);
            let blocks = block_count(draws, tile.first, tile.n);
            let mut b = UNIT_POS;
            while b < blocks {
                let g = noise_of_block(draws, block0 + b, GUMBEL);
                let i = element_of(draws, block0 + b) - tile.first;
                perturb(z, tops, i, tile, inverse, g.a);
                perturb(z, tops, i + 16u32, tile, inverse, g.b);
                perturb(z, tops, i + 32u32, tile, inverse, g.c);
                perturb(z, tops, i + 48u32, tile, inverse, g.d);
                b += CUBE_DIM;
            }
        }
        sync_cube();
    }
}

/// The class of the largest z of the unit's row, the first of equal ones.
#[cube]
fn winner_of(z: &[f32], tile: &Tile, classes: u32) -> u32 {
    let mut best = z[place(tile, 0u32)];
    let mut winner = 0u32;
    for class in 1..classes {
        let z = z[place(tile, class)];
        if z > best {
            best = z;
            winner = class;
        }
    }
    winner
}

/// Replaces z of the unit's row by the sample. In a hard one the winner is marked by its sign.
#[cube]
fn relax(
    z: &mut [f32],
    winner: u32,
    decay: &Decay,
    tile: &Tile,
    classes: u32,
    #[comptime] wanted: Wanted,
) {
    let best = z[place(tile, winner)];
    // The sum of all exponentials but the winner's, which is 1.
    let mut rest = f32::new(0.0);
    for class in 0..classes {
        let at = place(tile, class);
        let e = select(is_lowest(z[at]), f32::new(0.0), decayed(z[at] - best, decay));
        if class != winner {
            rest += e;
        }
        if comptime!(wanted != Wanted::Log) {
            z[at] = e;
        }
    }
    if comptime!(wanted == Wanted::Log) {
        let ln_sum = ln_1p(rest);
        for class in 0..classes {
            let at = place(tile, class);
            let x = log_of(z[at] - best, decay, ln_sum);
            z[at] = select(is_lowest(z[at]), neg_infinity(), x);
        }
    } else {
        let factor = f32::new(1.0) / (f32::new(1.0) + rest);
        for class in 0..classes {
            z[place(tile, class)] *= factor;
        }
        if comptime!(wanted == Wanted::Hard) {
            let at = place(tile, winner);
            z[at] = -z[at];
        }
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
    let wanted = comptime!(variant.wanted);
    let mut z = Shared::<[f32]>::new_slice(shared);
    let mut tops = Shared::<[f32]>::new_slice(units);
    if CUBE_POS as u32 * CUBE_DIM >= rows.count {
        terminate!();
    }
    let tile = tile(&rows, variant.last_axis);
    read_logits(logits, &mut z, &mut tops, wrong, &tile, &rows, variant.last_axis);
    add_noise(&mut z, &tops, noise, &draws, &tile, &rows, variant);
    if tile.used {
        let winner = winner_of(&z, &tile, rows.classes);
        if comptime!(wanted == Wanted::Index) {
            index[tile.row as usize] = i32::cast_from(winner);
        } else {
            let decay = decay_of_row(&decay, taus, tile.row, variant.by_row);
            relax(&mut z, winner, &decay, &tile, rows.classes, wanted);
        }
    }
    if comptime!(wanted != Wanted::Index) {
        if comptime!(variant.last_axis) {
            sync_cube();
            let mut i = UNIT_POS;
            while i < tile.n {
                store(sample, soft, tile.first + i, z[padded(i)], wanted);
                i += CUBE_DIM;
            }
        } else if tile.used {
            for class in 0..rows.classes {
                let y = z[place(&tile, class)];
                store(sample, soft, tile.first + class * rows.inner, y, wanted);
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

#[cfg(test)]
mod tests {
    use super::NARROW;
    use crate::kernel::launch::UNITS;

    #[test]
    fn a_product_gives_the_row_of_every_element_of_a_tile() {
        for classes in 1..=NARROW as u32 {
            let inverse = (65_535 + classes) / classes;
            for i in 0..UNITS * classes {
                assert_eq!((i * inverse) >> 16, i / classes, "{i} of {classes}");
            }
        }
    }
}
