//! The kernels in plain loops: those of `f64`, and the `f32` operations without a vector kernel. The loops compile to
//! vectors; noise, logarithms and exponentials of `f64` are in `simd/`.

pub(crate) mod binary;
mod columns;
pub(crate) mod noise;
pub(crate) mod rao;
pub(crate) mod rows;
pub(crate) mod softmax;
