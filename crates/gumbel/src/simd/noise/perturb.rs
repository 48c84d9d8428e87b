//! Computes z = (l - top) + noise and makes the noise in the same pass, block by block.
//!
//! The top of a row is its largest logit. With [`Maxima`] a kernel subtracts from each element the top of its row.

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

use crate::noise::source::Noise;
use crate::simd::lanes::{LANES, lane_indices, load_group};
use crate::simd::noise::{self, BLOCK, Transform};
use crate::words::{Blocks, GROUP};

/// Subtracts the maxima from the logits, in the order of the elements.
pub(crate) trait Maxima<S: Simd> {
    /// Subtracts the maxima from the next 64 logits.
    fn subtract_from_group(&mut self, simd: S, l: [f32x16<S>; 4]) -> [f32x16<S>; 4];
    /// Subtracts the maxima from fewer than 64 logits.
    fn subtract_from_part(&mut self, l: &mut [f32]);
}

/// Subtracts nothing: a log-odds has no row.
pub(crate) struct NoMaxima;

impl<S: Simd> Maxima<S> for NoMaxima {
    #[inline(always)]
    fn subtract_from_group(&mut self, _: S, l: [f32x16<S>; 4]) -> [f32x16<S>; 4] {
        l
    }
    #[inline(always)]
    fn subtract_from_part(&mut self, _: &mut [f32]) {}
}

/// The maxima of rows that lie one after the other, each at least as long as a vector.
pub(crate) struct RowMaxima<'a> {
    maxima: &'a [f32],
    k: usize,
    /// The row of the next element, and the number of elements left in that row.
    row: usize,
    left_in_row: usize,
}

impl<'a> RowMaxima<'a> {
    pub(crate) fn new(maxima: &'a [f32], k: usize) -> Self {
        Self { maxima, k, row: 0, left_in_row: k }
    }

    #[inline(always)]
    fn advance(&mut self, elements: usize) {
        if self.left_in_row <= elements {
            (self.row, self.left_in_row) = (self.row + 1, self.left_in_row + self.k);
        }
        self.left_in_row -= elements;
    }
}

impl<S: Simd> Maxima<S> for RowMaxima<'_> {
    #[inline(always)]
    fn subtract_from_group(&mut self, simd: S, l: [f32x16<S>; 4]) -> [f32x16<S>; 4] {
        let mut maxima = [f32x16::splat(simd, self.maxima[self.row]); 4];
        if self.left_in_row >= GROUP {
            self.advance(GROUP);
        } else {
            let lane = lane_indices(simd);
            for top in &mut maxima {
                *top = f32x16::splat(simd, self.maxima[self.row]);
                if self.left_in_row < LANES {
                    let mine = lane.simd_lt(f32x16::splat(simd, self.left_in_row as f32));
                    *top = mine.select(*top, f32x16::splat(simd, self.maxima[self.row + 1]));
                }
                self.advance(LANES);
            }
        }
        [l[0] - maxima[0], l[1] - maxima[1], l[2] - maxima[2], l[3] - maxima[3]]
    }
    #[inline(always)]
    fn subtract_from_part(&mut self, l: &mut [f32]) {
        let mut rest = l;
        while !rest.is_empty() {
            let (row, later) = rest.split_at_mut(rest.len().min(self.left_in_row));
            for l in &mut *row {
                *l -= self.maxima[self.row];
            }
            self.advance(row.len());
            rest = later;
        }
    }
}

/// The maxima of rows that lie side by side: element i of a block belongs to row i modulo the number of rows.
pub(crate) struct ColumnMaxima<'a> {
    /// The maxima of all rows, then again from the first row on: 16 elements more than there are rows.
    repeated: &'a [f32],
    rows: usize,
    next: usize,
}

impl<'a> ColumnMaxima<'a> {
    pub(crate) fn new(repeated: &'a [f32]) -> Self {
        Self { repeated, rows: repeated.len() - LANES, next: 0 }
    }

    #[inline(always)]
    fn advance(&mut self, elements: usize) {
        self.next += elements;
        while self.next >= self.rows {
            self.next -= self.rows;
        }
    }
}

impl<S: Simd> Maxima<S> for ColumnMaxima<'_> {
    #[inline(always)]
    fn subtract_from_group(&mut self, simd: S, l: [f32x16<S>; 4]) -> [f32x16<S>; 4] {
        let mut d = l;
        for d in &mut d {
            *d -= f32x16::from_slice(simd, &self.repeated[self.next..self.next + LANES]);
            self.advance(LANES);
        }
        d
    }
    #[inline(always)]
    fn subtract_from_part(&mut self, l: &mut [f32]) {
        for part in l.chunks_mut(LANES) {
            for (l, top) in part.iter_mut().zip(&self.repeated[self.next..]) {
                *l -= top;
            }
            self.advance(part.len());
        }
    }
}

/// Writes z = (l - top) + noise. If `logits` is `None`, the buffer `z` holds the logits.
pub(crate) fn perturb<S: Simd, T: Transform>(
    simd: S,
    noise: Noise<'_, f32>,
    logits: Option<&[f32]>,
    mut maxima: impl Maxima<S>,
    z: &mut [f32],
) {
    simd.vectorize(
        #[inline(always)]
        || match noise {
            Noise::Keyed { key, offset } => {
                let mut noise = [0.0; BLOCK];
                for part in Blocks::<BLOCK>::new(offset, z.len()) {
                    let whole = &mut noise[..part.of_groups()];
                    noise::fill_groups::<S, T>(simd, key, part.group, whole);
                    let l = logits.map(|l| &l[part.at.clone()]);
                    perturb_with(simd, l, &mut maxima, &noise[part.skip..], &mut z[part.at]);
                }
            }
            Noise::Given(noise) => perturb_with(simd, logits, &mut maxima, noise, z),
        },
    );
}

/// The same with noise from a buffer.
#[inline(always)]
fn perturb_with<S: Simd>(
    simd: S,
    logits: Option<&[f32]>,
    maxima: &mut impl Maxima<S>,
    noise: &[f32],
    z: &mut [f32],
) {
    for (number, (z, noise)) in z.chunks_mut(GROUP).zip(noise.chunks(GROUP)).enumerate() {
        let l = logits.map(|l| &l[number * GROUP..][..z.len()]);
        if z.len() == GROUP {
            perturb_group(simd, l, maxima, load_group(simd, noise), z);
        } else {
            perturb_part(simd, l, maxima, noise, z);
        }
    }
}

/// Perturbs a group of 64 elements.
#[inline(always)]
fn perturb_group<S: Simd>(
    simd: S,
    l: Option<&[f32]>,
    maxima: &mut impl Maxima<S>,
    noise: [f32x16<S>; 4],
    z: &mut [f32],
) {
    let d = maxima.subtract_from_group(simd, load_group(simd, l.unwrap_or(&*z)));
    for (i, (d, g)) in d.iter().zip(&noise).enumerate() {
        (*d + *g).store_slice(&mut z[LANES * i..LANES * (i + 1)]);
    }
}

/// Perturbs a part of a group.
#[inline(always)]
fn perturb_part<S: Simd>(
    _: S,
    l: Option<&[f32]>,
    maxima: &mut impl Maxima<S>,
    noise: &[f32],
    z: &mut [f32],
) {
    if let Some(l) = l {
        z.copy_from_slice(l);
    }
    maxima.subtract_from_part(z);
    for (z, g) in z.iter_mut().zip(noise) {
        *z += g;
    }
}

/// Fills `out` with noise. Meanwhile it reads one number of each cache line of `ahead`, to load that memory
/// into the cache before it is needed.
#[inline(always)]
pub(crate) fn fill<S: Simd, T: Transform>(
    simd: S,
    noise: Noise<'_, f32>,
    ahead: &[f32],
    out: &mut [f32],
) {
    match noise {
        Noise::Keyed { key, offset } => {
            let mut read = 0.0;
            for part in Blocks::<BLOCK>::new(offset, out.len()) {
                let lines = ahead.get(part.at.clone()).unwrap_or_default();
                for line in lines.as_chunks::<LANES>().0 {
                    read += line[0];
                }
                let index = offset.wrapping_add(part.at.start as u64);
                noise::fill_with::<S, T>(simd, key, index, &mut out[part.at]);
            }
            core::hint::black_box(read);
        }
        Noise::Given(noise) => out.copy_from_slice(&noise[..out.len()]),
    }
}
