//! The kernels in plain loops: those of `f64`, and what `f32` has no vector kernel for.

pub(crate) mod binary;
pub(crate) mod noise;
pub(crate) mod rows;
pub(crate) mod softmax;
