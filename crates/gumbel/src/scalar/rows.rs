//! Iterates over an array in tiles of whole rows and computes z = (logits - largest logit) + noise in `f64`.

use alloc::vec;
use core::ops::{Add, Sub};

use crate::axis::Axis;

/// Elements of a tile of narrow rows, about: the tile stays in the first-level cache, and its rows share
/// one vector loop.
pub(crate) const SCALAR_TILE: usize = 1024;

/// The position of a tile's rows in the whole array.
#[derive(Clone, Copy)]
pub(crate) struct Tile {
    pub(crate) first_row: usize,
    start: usize,
    axis: Axis,
}

impl Tile {
    /// Writes values that are stored row after row to their places in the array.
    pub(crate) fn scatter(self, values: &[f64], out: &mut [f64]) {
        if self.axis.stride() == 1 {
            out[self.start..][..values.len()].copy_from_slice(values);
            return;
        }
        for (row, values) in values.chunks_exact(self.axis.classes()).enumerate() {
            for (class, value) in values.iter().enumerate() {
                out[self.start + class * self.axis.stride() + row] = *value;
            }
        }
    }

    /// The index in the whole array of class `class` in row `row` of this tile.
    pub(crate) fn index(self, row: usize, class: usize) -> usize {
        self.axis.first_index(self.first_row + row) + class * self.axis.stride()
    }
}

/// The number of elements of a tile: some rows of the last axis, or all rows that are interleaved in one block.
pub(crate) fn tile_len(axis: Axis) -> usize {
    let (classes, stride) = (axis.classes(), axis.stride());
    classes * if stride == 1 { (SCALAR_TILE / classes).max(1) } else { stride }
}

/// Calls `f` with each tile and its z = (l - max l) + Gumbel noise, row after row, `classes` each.
///
/// `fill(start, out)` writes the noise of the elements from `start` on. The largest logit of a row is subtracted
/// first, so that a shift of all its logits does not round the noise away. z is computed in type T, as in the
/// vector kernels, so every function gets the same z.
pub(crate) fn for_each_tile<T>(
    logits: &[T],
    axis: Axis,
    fill: impl Fn(usize, &mut [T]),
    mut f: impl FnMut(Tile, &mut [f64]),
) where
    T: Copy + Default + PartialOrd + Add<Output = T> + Sub<Output = T> + Into<f64>,
{
    if logits.is_empty() {
        return;
    }
    let (classes, stride) = (axis.classes(), axis.stride());
    let elements = tile_len(axis);
    let mut gumbel = vec![T::default(); elements.min(logits.len())];
    let mut z = vec![0.0; gumbel.len()];
    for (number, part) in logits.chunks(elements).enumerate() {
        let start = number * elements;
        let (gumbel, z) = (&mut gumbel[..part.len()], &mut z[..part.len()]);
        fill(start, gumbel);
        if stride == 1 {
            let rows = part.chunks_exact(classes).zip(gumbel.chunks_exact(classes));
            for ((l, g), z) in rows.zip(z.chunks_exact_mut(classes)) {
                let top = largest(l, l[0]);
                for ((z, l), g) in z.iter_mut().zip(l).zip(g) {
                    *z = ((*l - top) + *g).into();
                }
            }
        } else {
            for (row, z) in z.chunks_exact_mut(classes).enumerate() {
                let top = top_of(part[row..].iter().step_by(stride));
                for (class, z) in z.iter_mut().enumerate() {
                    let i = class * stride + row;
                    *z = ((part[i] - top) + gumbel[i]).into();
                }
            }
        }
        f(Tile { first_row: start / classes, start, axis }, z);
    }
}

/// The largest number of a row, which is not empty.
fn top_of<'a, T: Copy + Default + PartialOrd + 'a>(mut numbers: impl Iterator<Item = &'a T>) -> T {
    let first = numbers.next().copied().unwrap_or_default();
    numbers.fold(first, |top, &x| larger(top, x))
}

#[inline(always)]
fn larger<T: PartialOrd>(top: T, x: T) -> T {
    if x > top { x } else { top }
}

/// The index of the largest value; the first of equal ones.
pub(crate) fn argmax(row: &[f64]) -> usize {
    if row.len() >= LANES {
        let max = max(row);
        return row.iter().position(|&z| z == max).unwrap_or_default();
    }
    let mut best = 0;
    for (i, z) in row.iter().enumerate() {
        if *z > row[best] {
            best = i;
        }
    }
    best
}

/// The largest value; -inf of an empty row.
#[inline(always)]
pub(crate) fn max(row: &[f64]) -> f64 {
    largest(row, f64::NEG_INFINITY)
}

/// Numbers that are compared side by side: one after the other, every comparison would wait for the one before.
const LANES: usize = 8;

/// The largest of these numbers and of `least`.
#[inline(always)]
fn largest<T: Copy + PartialOrd>(row: &[T], least: T) -> T {
    let (vectors, rest) = row.as_chunks::<LANES>();
    let mut top = least;
    if let [first, vectors @ ..] = vectors {
        let mut lanes = *first;
        for vector in vectors {
            for (top, x) in lanes.iter_mut().zip(vector) {
                *top = larger(*top, *x);
            }
        }
        top = lanes.iter().fold(top, |top, &x| larger(top, x));
    }
    rest.iter().fold(top, |top, &x| larger(top, x))
}
