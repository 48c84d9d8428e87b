//! Narrow rows, sixteen at a time: transposed, so that one vector holds one class of sixteen rows.
//!
//! An element's index has four bits of row and four of class. One round of interleaving vectors i and
//! i + 8 rotates these eight bits by one, so four rounds exchange row and class, and deinterleaving is
//! the inverse. For k = 2, 4 and 8 the rows lie without a gap in k vectors, and 1, 2 or 3 rounds are enough.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, i32x16};

use crate::kernel::work::Form;
use crate::simd::lanes::LANES;
use crate::simd::math;

/// The number of classes of the widest narrow row.
pub(crate) const NARROW: usize = 32;

/// One vector for each class.
pub(crate) type Columns<S> = [f32x16<S>; NARROW];

/// Writes sixteen rows of k as columns. `rows` has another sixteen numbers after them.
pub(crate) fn transpose_rows(level: Level, rows: &[f32], k: usize, out: &mut [[f32; LANES]]) {
    dispatch!(level, simd => {
        let mut columns: Columns<_> = [f32x16::splat(simd, 0.0); NARROW];
        load(simd, rows, k, &mut columns);
        for (column, out) in columns[..k].iter().zip(out) {
            column.store_slice(out);
        }
    });
}

/// Reads sixteen rows of k from `z`, which has at least another 16 elements after them.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, z: &[f32], k: usize, columns: &mut Columns<S>) {
    match k {
        1 => load_tiles::<S, 1>(simd, z, k, LANES, columns),
        2 => load_tiles::<S, 2>(simd, z, k, LANES, columns),
        4 => load_tiles::<S, 4>(simd, z, k, LANES, columns),
        8 => load_tiles::<S, 8>(simd, z, k, LANES, columns),
        _ => load_tiles::<S, 16>(simd, z, k, k, columns),
    }
}

#[inline(always)]
fn load_tiles<S: Simd, const N: usize>(
    simd: S,
    z: &[f32],
    k: usize,
    stride: usize,
    columns: &mut Columns<S>,
) {
    let mut first = 0;
    while first < k {
        let tile = load_transposed::<S, N>(simd, &z[first..], stride);
        columns[first..first + N].copy_from_slice(&tile);
        first += N;
    }
}

/// Loads N vectors, `stride` elements apart, and transposes them.
#[inline(always)]
fn load_transposed<S: Simd, const N: usize>(simd: S, z: &[f32], stride: usize) -> [f32x16<S>; N] {
    let mut tile = [f32x16::splat(simd, 0.0); N];
    for i in 0..N {
        tile[i] = f32x16::from_slice(simd, &z[i * stride..][..LANES]);
    }
    transpose(&mut tile);
    tile
}

/// Exchanges rows and classes in log2 N rounds.
#[inline(always)]
fn transpose<S: Simd, const N: usize>(tile: &mut [f32x16<S>; N]) {
    let mut width = N;
    while width > 1 {
        let before = *tile;
        for i in 0..N / 2 {
            (tile[i], tile[i + N / 2]) = before[2 * i].deinterleave(before[2 * i + 1]);
        }
        width /= 2;
    }
}

/// Sixteen rows of k < 16 in one step: z = (l - max l) + g, then the class of the largest z of each row, if
/// `winners` is given, and softmax(z / tau) or its logarithm, if `y` is given.
///
/// `l`, `g` and `y` have at least another 16 elements after the rows; in `y` these become garbage.
#[inline(always)]
pub(crate) fn softmax<S: Simd>(
    simd: S,
    rows: [&[f32]; 2],
    k: usize,
    decay: [f32x16<S>; 2],
    winners: Option<&mut [i32; LANES]>,
    y: Option<(&mut [f32], Form)>,
) {
    match k {
        1 => softmax_tile::<S, 1, 1>(simd, rows, [k, LANES], decay, winners, y),
        2 => softmax_tile::<S, 2, 2>(simd, rows, [k, LANES], decay, winners, y),
        4 => softmax_tile::<S, 4, 4>(simd, rows, [k, LANES], decay, winners, y),
        8 => softmax_tile::<S, 8, 8>(simd, rows, [k, LANES], decay, winners, y),
        3 => softmax_tile::<S, 4, 16>(simd, rows, [k, k], decay, winners, y),
        5 | 6 => softmax_tile::<S, 6, 16>(simd, rows, [k, k], decay, winners, y),
        7 => softmax_tile::<S, 8, 16>(simd, rows, [k, k], decay, winners, y),
        9 | 10 => softmax_tile::<S, 10, 16>(simd, rows, [k, k], decay, winners, y),
        11 | 12 => softmax_tile::<S, 12, 16>(simd, rows, [k, k], decay, winners, y),
        13 | 14 => softmax_tile::<S, 14, 16>(simd, rows, [k, k], decay, winners, y),
        _ => softmax_tile::<S, 16, 16>(simd, rows, [k, k], decay, winners, y),
    }
}

/// [`softmax`] of K classes, or of K - 1 classes and an impossible one, loaded as N vectors, `stride` elements
/// apart. Every index is a constant, so the vectors stay in registers.
#[inline(always)]
fn softmax_tile<S: Simd, const K: usize, const N: usize>(
    simd: S,
    [l, g]: [&[f32]; 2],
    [k, stride]: [usize; 2],
    decay: [f32x16<S>; 2],
    winners: Option<&mut [i32; LANES]>,
    y: Option<(&mut [f32], Form)>,
) {
    let mut l = load_transposed::<S, N>(simd, l, stride);
    if k < K {
        l[K - 1] = f32x16::splat(simd, f32::NEG_INFINITY);
    }
    let mut top = l[0];
    for l in &l[1..K] {
        top = top.max(*l);
    }
    let mut z = load_transposed::<S, N>(simd, g, stride);
    let mut max = f32x16::splat(simd, f32::NEG_INFINITY);
    for i in 0..K {
        z[i] = (l[i] - top) + z[i];
        max = max.max(z[i]);
    }
    if let Some(winners) = winners {
        *winners = argmax(simd, &z[..K], max);
    }
    if let Some((y, form)) = y {
        if form == Form::Log {
            log_softmax(simd, &mut z[..K], max, decay);
        } else {
            let mut sums = [f32x16::splat(simd, 0.0); 4];
            for (i, z) in z[..K].iter_mut().enumerate() {
                *z = math::exp(simd, *z - max, decay);
                sums[i % 4] += *z;
            }
            let factor = f32x16::splat(simd, 1.0) / ((sums[0] + sums[1]) + (sums[2] + sums[3]));
            for z in &mut z[..K] {
                *z *= factor;
            }
        }
        store_as_rows(z, y, stride);
    }
}

/// Writes `columns * factor` as sixteen rows of k to `out`, and garbage to the next 16 elements.
#[inline(always)]
pub(crate) fn store<S: Simd>(
    simd: S,
    columns: &Columns<S>,
    factor: f32x16<S>,
    k: usize,
    out: &mut [f32],
) {
    match k {
        1 => store_tiles::<S, 1>(simd, columns, factor, k, LANES, out),
        2 => store_tiles::<S, 2>(simd, columns, factor, k, LANES, out),
        4 => store_tiles::<S, 4>(simd, columns, factor, k, LANES, out),
        8 => store_tiles::<S, 8>(simd, columns, factor, k, LANES, out),
        _ => store_tiles::<S, 16>(simd, columns, factor, k, k, out),
    }
}

#[inline(always)]
fn store_tiles<S: Simd, const N: usize>(
    simd: S,
    columns: &Columns<S>,
    factor: f32x16<S>,
    k: usize,
    stride: usize,
    out: &mut [f32],
) {
    // From the last tile to the first: the elements that a vector writes beyond its tile are overwritten
    // by their own tile.
    let mut first = k.next_multiple_of(N);
    while first > 0 {
        first -= N;
        let mut tile = [f32x16::splat(simd, 0.0); N];
        for i in 0..N {
            tile[i] = columns[first + i] * factor;
        }
        store_as_rows(tile, &mut out[first..], stride);
    }
}

/// Transposes N vectors back and writes them, `stride` elements apart, in ascending order.
#[inline(always)]
fn store_as_rows<S: Simd, const N: usize>(
    mut tile: [f32x16<S>; N],
    out: &mut [f32],
    stride: usize,
) {
    let mut width = N;
    while width > 1 {
        let before = tile;
        for i in 0..N / 2 {
            (tile[2 * i], tile[2 * i + 1]) = before[i].interleave(before[i + N / 2]);
        }
        width /= 2;
    }
    for i in 0..N {
        tile[i].store_slice(&mut out[i * stride..][..LANES]);
    }
}

/// The largest value of each row.
#[inline(always)]
pub(crate) fn max<S: Simd>(simd: S, columns: &[f32x16<S>]) -> f32x16<S> {
    let mut best = f32x16::splat(simd, f32::NEG_INFINITY);
    for column in columns {
        best = best.max(*column);
    }
    best
}

/// The class of the largest value of each row; of equal values, the first.
#[inline(always)]
pub(crate) fn argmax<S: Simd>(simd: S, columns: &[f32x16<S>], max: f32x16<S>) -> [i32; LANES] {
    let mut winner = i32x16::splat(simd, 0);
    let mut class = columns.len();
    while class > 0 {
        class -= 1;
        let here = i32x16::splat(simd, class as i32);
        winner = columns[class].simd_eq(max).select(here, winner);
    }
    winner.into()
}

/// Replaces z by e^((z - max) / tau) and returns the sum of each row: class c goes to sum c mod 4.
#[inline(always)]
fn exp<S: Simd>(
    simd: S,
    columns: &mut [f32x16<S>],
    max: f32x16<S>,
    decay: [f32x16<S>; 2],
) -> f32x16<S> {
    let mut sums = [f32x16::splat(simd, 0.0); 4];
    let mut fours = columns.chunks_exact_mut(4);
    for four in &mut fours {
        for i in 0..4 {
            four[i] = math::exp(simd, four[i] - max, decay);
            sums[i] += four[i];
        }
    }
    for (last, sum) in fours.into_remainder().iter_mut().zip(&mut sums) {
        *last = math::exp(simd, *last - max, decay);
        *sum += *last;
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

/// Replaces z by the relaxed sample without a factor, which is returned.
#[inline(always)]
pub(crate) fn relax<S: Simd>(
    simd: S,
    columns: &mut [f32x16<S>],
    form: Form,
    max: f32x16<S>,
    decay: [f32x16<S>; 2],
) -> f32x16<S> {
    let one = f32x16::splat(simd, 1.0);
    if form == Form::Log {
        log_softmax(simd, columns, max, decay);
        one
    } else {
        one / exp(simd, columns, max, decay)
    }
}

/// Replaces z by ln softmax(z / tau). Sums are added in the order of [`exp`].
#[inline(always)]
fn log_softmax<S: Simd>(simd: S, columns: &mut [f32x16<S>], max: f32x16<S>, decay: [f32x16<S>; 2]) {
    let zero = f32x16::splat(simd, 0.0);
    // The rests leave the largest out. If two are the largest, the sum is 2 or more, and the rest does not count.
    let (mut sums, mut rests) = ([zero; 4], [zero; 4]);
    for (class, z) in columns.iter().enumerate() {
        let e = math::exp(simd, *z - max, decay);
        sums[class % 4] += e;
        rests[class % 4] += z.simd_eq(max).select(zero, e);
    }
    let sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    let rest = (rests[0] + rests[1]) + (rests[2] + rests[3]);
    let ln_sum = math::ln_sum(simd, sum, rest);
    for z in columns {
        *z = math::log(simd, *z - max, decay[0], ln_sum);
    }
}
