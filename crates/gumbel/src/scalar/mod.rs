//! The kernels in plain loops: all of `f64`, and the `f32` operations without a vector kernel.

pub(crate) mod binary;
pub(crate) mod noise;
pub(crate) mod rao;
pub(crate) mod rows;
pub(crate) mod softmax;
