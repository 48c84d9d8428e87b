//! The allocated memory of the functions in bytes, as the documentation of the crate and of each function states it.

use std::mem::size_of;

use gumbel::{Axis, Key, Pick};

/// An array `[outer, k, stride]` with its classes along the middle axis.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) outer: usize,
    pub(crate) k: usize,
    pub(crate) stride: usize,
}

impl Shape {
    const fn new(outer: usize, k: usize, stride: usize) -> Self {
        Self { outer, k, stride }
    }

    /// About 2^17 elements: several parts for each thread.
    pub(crate) const ALL: [Self; 12] = [
        Self::new(70_000, 2, 1),
        Self::new(14_000, 10, 1),
        Self::new(4_200, 32, 1),
        Self::new(1_400, 100, 1),
        Self::new(140, 1_024, 1),
        Self::new(27, 5_000, 1),
        Self::new(8, 80_000, 1),
        Self::new(140, 10, 100),
        Self::new(1, 10, 14_000),
        Self::new(7, 100, 200),
        Self::new(3, 3_000, 20),
        Self::new(3, 30_000, 3),
    ];

    pub(crate) fn n(self) -> usize {
        self.outer * self.k * self.stride
    }

    pub(crate) fn rows(self) -> usize {
        self.outer * self.stride
    }

    pub(crate) fn axis(self) -> Axis {
        Axis::of(&[self.outer, self.k, self.stride], 1).unwrap()
    }

    pub(crate) fn name(self) -> String {
        match self.stride {
            1 => format!("[{}, {}]", self.outer, self.k),
            stride => format!("[{}, {}, {stride}]", self.outer, self.k),
        }
    }

    /// The elements of a block of rows: one row of the last axis, all rows that are interleaved along another.
    pub(crate) fn block(self) -> usize {
        self.k * self.stride
    }

    /// The elements of a tile: about `least`, or a longer block.
    pub(crate) fn tile(self, least: usize) -> usize {
        (self.block() * (least / self.block()).max(1)).min(self.n())
    }

    /// The blocks of more than 16,384 elements that are in work at one time. Each is shared by all threads, and a
    /// thread that waits for its part of one may begin another.
    pub(crate) fn blocks_in_work(self, threads: usize) -> usize {
        match threads > 1 && self.block() > 16_384 {
            true => self.outer.min(threads * (self.outer.ilog2() as usize + 1)),
            false => threads,
        }
    }
}

/// What a function of noisy rows writes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Output {
    /// A soft sample, to its own buffer or with a hard sample.
    Soft,
    /// A soft sample in place of the logits.
    InPlace,
    /// The logarithm of a soft sample.
    Log,
    /// Class indices.
    Classes,
    /// One-hot rows.
    OneHot,
}

/// "The largest logit of each row": 4 bytes for each row of 16 classes or more.
fn maxima<T>(shape: Shape) -> usize {
    let wanted = size_of::<T>() == 4 && shape.stride == 1 && shape.k >= 16;
    if wanted { 4 * shape.rows() } else { 0 }
}

/// 28 bytes for each 2,048 classes of a wider row in work.
fn pieces(shape: Shape) -> usize {
    if shape.k > 2_048 { 28 * shape.k.div_ceil(2_048) } else { 0 }
}

/// Gumbel-Softmax, straight-through, its logarithm and Gumbel-max, in `f32`.
pub(crate) fn narrow_rows(shape: Shape, output: Output, threads: usize) -> usize {
    let Shape { k, stride, .. } = shape;
    if stride == 1 {
        return maxima::<f32>(shape) + shape.blocks_in_work(threads) * pieces(shape);
    }
    // Up to 32 rows of 16,384 elements together, at least two.
    let copies = 2 * (16_384 / k).clamp(1, 16).min(stride);
    let wide = if k > 32 { 4 * copies * k + pieces(shape) } else { 0 };
    let picked = match output {
        Output::Classes => 4 * k * stride,
        Output::OneHot => 8 * stride,
        _ => 0,
    };
    shape.blocks_in_work(threads) * (4 * (stride + 16) + wide + picked)
}

/// The same in `f64`.
pub(crate) fn wide_rows(shape: Shape, output: Output, threads: usize) -> usize {
    let copies = if matches!(output, Output::InPlace | Output::Log) { 3 } else { 2 };
    threads * copies * 8 * shape.tile(1_024)
}

/// The same in type T.
pub(crate) fn rows<T>(shape: Shape, output: Output, threads: usize) -> usize {
    match size_of::<T>() {
        4 => narrow_rows(shape, output, threads),
        _ => wide_rows(shape, output, threads),
    }
}

/// The gradient of a logarithm: one number a tile in `f64`, except along the last axis in `f32`.
pub(crate) fn log_vjp<T>(shape: Shape, threads: usize) -> usize {
    if size_of::<T>() == 8 && shape.stride == 1 { threads * 8 * shape.tile(1_024) } else { 0 }
}

/// The derivative with respect to one temperature.
pub(crate) fn vjp_tau<T>(shape: Shape) -> usize {
    (size_of::<T>() + 8) * shape.tile(1_024)
}

/// Gumbel-Rao: three rows of more than 32 classes for each thread, in `f64` two rows of any width.
pub(crate) fn rao<T>(shape: Shape, threads: usize) -> usize {
    match size_of::<T>() {
        4 => threads * if shape.k > 32 { 12 * shape.k } else { 0 },
        _ => threads * 16 * shape.k,
    }
}

/// Noise with a key for each row.
pub(crate) fn noise_of_rows<T>(shape: Shape, threads: usize) -> usize {
    if shape.stride == 1 { 0 } else { 16 * shape.outer + threads * size_of::<T>() * shape.k }
}

/// A copy of a row whose classes are not neighbours in memory, with its mask.
fn gathered<T>(shape: Shape) -> usize {
    if shape.stride == 1 { 0 } else { (size_of::<T>() + 1) * shape.k }
}

/// `Categorical::gumbel_max` of plain logits.
pub(crate) fn gumbel_max<T>(shape: Shape, threads: usize) -> usize {
    8 * shape.rows() + rows::<T>(shape, Output::Classes, threads)
}

/// `Categorical::gumbel_max` with a temperature, a mask or weights.
pub(crate) fn gumbel_max_of_any<T>(shape: Shape, threads: usize) -> usize {
    let rows = if shape.stride == 1 { 0 } else { shape.rows().min(64) + 1 };
    let columns = rows * size_of::<T>() * shape.k;
    8 * shape.rows() + threads * (columns + gathered::<T>(shape))
}

/// `Categorical::sample` of rows beyond Gumbel-max.
pub(crate) fn sample<T>(shape: Shape, threads: usize) -> usize {
    let k = shape.k;
    let scratch = if k > 8_192 { 16 * k.div_ceil(512) } else { 4 * k + 4 * k.div_ceil(64) };
    8 * shape.rows() + threads * (scratch + gathered::<T>(shape))
}

/// `Categorical::gumbel_max_rows`.
pub(crate) fn gumbel_max_rows<T>(shape: Shape, threads: usize) -> usize {
    8 * shape.rows() + threads * gathered::<T>(shape)
}

/// `Categorical::sample_many`: n draws from a row of k.
pub(crate) fn many(k: usize, n: usize) -> usize {
    8 * n + if n < k / 8 { 40 * k.div_ceil(1_024) + 24 * n } else { alias_table(k) }
}

/// `AliasTable::new`.
pub(crate) fn alias_table(k: usize) -> usize {
    24 * k + 48 * k.div_ceil(1_024)
}

/// `Categorical::sample_many_rows`.
pub(crate) fn many_rows<T>(shape: Shape, n: usize, threads: usize) -> usize {
    let one = many(shape.k, n) - 8 * n + gathered::<T>(shape);
    shape.rows() * (8 * n + 80) + threads * one
}

/// `Categorical::top_k`: the picks of one thread.
fn picks(k: usize, classes: usize) -> usize {
    (2 * k).max(k + 64).min(classes) * size_of::<Pick>()
}

/// `Categorical::top_k` of k classes of a row.
pub(crate) fn top_k(k: usize, classes: usize, threads: usize) -> usize {
    let parts = (classes / (64 * k).max(1 << 17)).clamp(1, threads);
    picks(k, classes) * parts + if parts > 1 { 2 * k * size_of::<Pick>() * parts / 2 } else { 0 }
}

/// `Categorical::top_k_rows`.
pub(crate) fn top_k_rows<T>(shape: Shape, k: usize, threads: usize) -> usize {
    shape.rows() * (160 + picks(k, shape.k)) + threads * gathered::<T>(shape)
}

/// `antithetic_pairs`: the result, and for each thread 32 bytes a class and the uniforms of a tile.
pub(crate) fn pairs<T>(shape: Shape, threads: usize) -> usize {
    let result = shape.rows() * size_of::<gumbel::sample::AntitheticPair>();
    result + threads * (32 * shape.k + size_of::<T>() * shape.tile(1_024))
}

/// A key for each row.
pub(crate) fn keys(shape: Shape) -> Vec<Key> {
    Key::new(3).split_iter().take(shape.rows()).collect()
}
