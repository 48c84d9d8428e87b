//! Discrete choices that a network can be trained through, on plain slices.
//!
//! An agent goes forward, back, left or right with probability .9, .05, .05 and 0. To act, it must
//! sample; to learn, it needs a derivative, and sampling has none. Gumbel noise gives both:
//!
//! ```
//! use gumbel::{Key, gumbel_max, gumbel_softmax};
//!
//! let logits = [0.9_f32, 0.05, 0.05, 0.0].map(f32::ln);
//! let key = Key::new(7);
//!
//! // The sample: argmax(logits + Gumbel noise), exactly distributed as softmax(logits).
//! let choice = gumbel_max(&logits, 4, key)?;
//!
//! // Its relaxation: softmax((logits + the same noise) / tau), which has a derivative.
//! let relaxed = gumbel_softmax(&logits, 4, 0.1, key)?;
//! assert!(relaxed[choice[0]] >= 0.25);
//! assert_eq!(relaxed[3], 0.0); // probability 0 stays 0
//! # Ok::<(), gumbel::Error>(())
//! ```
//!
//! # Map
//!
//! | to | use |
//! |---|---|
//! | have randomness that can be repeated | [`Key`] |
//! | make noise | [`noise`]: uniform, exponential, Gumbel, logistic, normal |
//! | sample a class exactly | [`gumbel_max`], also named [`categorical()`] |
//! | sample classes of long rows, masked, from probabilities, many at once | [`Categorical`], [`categorical_many`], [`AliasTable`] |
//! | sample without replacement, in shards too | [`top_k`], [`TopK`] |
//! | have the noise that fits a known choice | [`sample::gumbel_given_argmax_into`] |
//! | sample a point of the simplex | [`gumbel_softmax()`], [`straight_through_gumbel_softmax`] |
//! | the same for yes or no | [`binary_concrete()`], [`straight_through_binary_concrete`] |
//! | the noise and the relaxation of `f16` and `bf16` tensors | `half_precision` (feature `half`) |
//! | the gradients | the `_vjp_` functions beside each, in [`relax`] |
//! | sample a normal so that gradients pass | [`sample::normal_sample()`] |
//! | have the terms of an evidence bound | [`likelihood`] |
//! | learn how uniform numbers are made and a density is sampled | [`textbook`] |
//! | the laws with their densities, tails and quantiles | [`distribution::Normal`], [`distribution::Gumbel`] |
//! | fit block maxima, with return levels | [`distribution::Gumbel::fit`] |
//! | the largest of many normal values | [`distribution::NormalMaximum`] |
//!
//! # What holds everywhere
//!
//! - `logits` are unnormalised log-probabilities, row-major; an [`Axis`] says along which axis the
//!   classes lie, and a plain number k means the last. -inf is an impossible class.
//! - Noise is a pure function of (key, index of the element). The same key gives the same draw in
//!   any chunking and on any number of threads; rows are independent. In a training loop the key of a step
//!   is `run_key.fold_in(step)`: one key for all steps would be one noise for all.
//! - `f64` functions are computed in `f64` without calls into the C library: the same bits on every
//!   machine. Noise, relaxations and their gradients of `f32` are computed in `f32`, on vectors, with
//!   long sums in `f64`: the same bits on every machine that fuses multiplication and addition (x86-64
//!   with AVX2 or AVX-512, AArch64), within stated bounds elsewhere. A test pins these bits, and the words
//!   and uniforms; a release that changes one says so in its changelog.
//! - Long inputs are shared among the threads of the current rayon pool, without a change of any bit;
//!   up to 65,536 elements stay on the calling thread.
//! - Bad input is an [`Error`] that names the argument, what was expected and what came. A sampler
//!   or relaxation never returns NaN. Gradients are as finite as the `dy` they are given, and the
//!   likelihood of pixels does not look at its values one by one.
//!
//! # What this crate is not
//!
//! It knows no tensors and no autodiff: that is `gumbel-burn`. It has no unsafe code.
//!
//! # Features
//!
//! - `rayon` (on by default, with `std`): threads.
//! - `std`: the instruction set is found out when the program runs. Without it the crate needs `alloc`
//!   alone and uses the instructions that it is compiled for.
//! - `half`: `half_precision`, with the types of the `half` crate.
//! - `levels`: for tests and measurements of this crate, the scalar fallback beside the vectors, and the
//!   level of instructions that the environment variable `GUMBEL_LEVEL` names (`fallback`, `sse2`, `sse4_2`,
//!   `avx2`, `avx512`).

#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate alloc;

mod axis;
mod error;
mod kernel;
mod key;
mod law;
mod math;
mod parallel;
mod philox;
mod real;
mod scalar;
mod simd;
mod unit;
mod words;

pub mod check;
pub mod distribution;
#[cfg(feature = "half")]
pub mod half_precision;
pub mod likelihood;
pub mod noise;
#[cfg(any(feature = "std", test))]
#[doc(hidden)]
pub mod oracle;
pub mod relax;
pub mod sample;
pub mod textbook;

/// The version of what seeded keys give: it grows with each change of a draw or of its last bits.
///
/// Something that goes on from what was drawn before, as a training that is resumed, can be told by it from one
/// that would go on with other draws.
///
/// ```
/// assert!(gumbel::VALUE_VERSION >= 2);
/// ```
pub const VALUE_VERSION: u32 = 2;

pub use axis::Axis;
pub use error::{Error, Result};
pub use key::{Key, KeyRng};
pub use noise::Noise;
pub use philox::philox4x32_10;
pub use real::Real;
pub use relax::{
    binary_concrete, gumbel_softmax, straight_through_binary_concrete,
    straight_through_gumbel_softmax,
};
pub use sample::{
    AliasTable, Categorical, Pick, TopK, categorical, categorical_many, gumbel_max, top_k,
};
