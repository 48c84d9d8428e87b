//! Kernels for graphics cards, written once in CubeCL for WGPU, CUDA and ROCm.
//!
//! | file | content |
//! |---|---|
//! | `words` | the random words of a key: Philox, four elements to a block |
//! | `noise` | noise from words, with the formulas and the constants of the core |
//! | `maths` | logarithm and exponential from products and sums alone |
//! | `values` | what is read: -inf, and values that are not allowed |
//! | `narrow`, `long` | choices among classes, in rows of up to 32 classes and of more |
//! | `gradients` | their gradients |
//! | `elements` | choices of yes and no, and noise alone |
//! | `launch` | sizes of grids, arguments that every kernel takes |
//!
//! A choice is to have the same bits on every device. Three rules make it so, and the tests hold them:
//!
//! 1. Every product that meets a sum before the choice is an explicit `fma`, so a compiler that fuses products and
//!    sums by itself has nothing to change. A device whose `fma` rounds twice gives the core's noise on a processor
//!    without the instruction.
//! 2. No function of the shading language computes noise: WGSL allows its logarithm an error of 2^-21.
//! 3. NaN and infinities are known by their bits and replaced: WGSL lets a compiler assume that there are none.

pub(crate) mod elements;
pub(crate) mod gradients;
pub(crate) mod launch;
pub(crate) mod long;
pub(crate) mod maths;
pub(crate) mod narrow;
pub(crate) mod noise;
mod values;
pub(crate) mod words;

#[cfg(all(test, feature = "wgpu"))]
mod tests;
