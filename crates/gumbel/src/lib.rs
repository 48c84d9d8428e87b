//! Discrete choices that a network can be trained through, on plain slices.
//!
//! An agent moves forward, back, left or right with probability .9, .05, .05 and 0. To act, it must
//! sample. To learn, it needs a derivative, but sampling has no derivative. Gumbel noise gives both:
//!
//! ```
//! use gumbel::{Key, gumbel_max, gumbel_softmax};
//!
//! let logits = [0.9_f32, 0.05, 0.05, 0.0].map(f32::ln);
//! let key = Key::new(7);
//!
//! // The sample: argmax(logits + Gumbel noise), distributed exactly as softmax(logits).
//! let choice = gumbel_max(&logits, 4, key)?;
//!
//! // The relaxed sample: softmax((logits + the same noise) / tau), which has a derivative.
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
//! | make repeatable random numbers | [`Key`] |
//! | make noise | [`noise`]: uniform, exponential, Gumbel, logistic, normal |
//! | sample a class exactly | [`gumbel_max`], also named [`categorical()`]; as one-hot rows [`sample::gumbel_max_one_hot_into`] |
//! | sample from long rows, masked rows or probabilities, or many classes at once | [`Categorical`], [`categorical_many`], [`AliasTable`] |
//! | sample without replacement, also in shards | [`top_k`], [`TopK`] |
//! | sample rows with a key each | [`Categorical::sample_rows`], [`Categorical::sample_many_rows`], [`Categorical::top_k_rows`]; for relaxations the noise of [`noise::Law::fill_rows_into`] |
//! | sample the noise that fits a known choice | [`sample::gumbel_given_argmax_into`] |
//! | sample a point of the simplex | [`gumbel_softmax()`], [`straight_through_gumbel_softmax`] |
//! | give each row a temperature, learn a temperature | [`Temperature`], the `_vjp_tau_into` functions of [`relax`] |
//! | relax a yes-or-no choice | [`binary_concrete()`], [`straight_through_binary_concrete`] |
//! | make noise for, relax and sample `f16` and `bf16` tensors | `half_precision` (feature `half`) |
//! | compute gradients | the `_vjp_` functions of [`relax`], [`sample`] and [`likelihood`] |
//! | sample a normal distribution with gradients | [`sample::normal_sample()`] |
//! | compute the log-density of a relaxed sample, also at small tau | [`likelihood`], with [`relax::gumbel_log_softmax()`] |
//! | compute entropies and the terms of an evidence lower bound (ELBO) | [`likelihood`] |
//! | learn how uniform numbers are made and a density is sampled | [`textbook`] |
//! | compute densities, tails and quantiles | [`distribution::Normal`], [`distribution::Gumbel`] |
//! | model the largest of many normal values | [`distribution::NormalMaximum`] |
//!
//! # Guarantees
//!
//! - `logits` are unnormalised log-probabilities, row-major. An [`Axis`] names the axis of the classes;
//!   a plain number k means the last axis. -inf is an impossible class.
//! - Noise is a pure function of (key, index of the element). The same key gives the same draw in
//!   any chunking and on any number of threads; rows are independent. In a training loop the key of a step
//!   is `run_key.fold_in(step)`: one key for all steps would give every step the same noise.
//! - `f64` functions are computed in `f64` without calls into the C library: the same bits on every machine.
//!   Noise, relaxations and their gradients in `f32` are computed in `f32`, on vectors, with long sums in
//!   `f64`: the same bits on every machine that fuses multiplication and addition (x86-64 with AVX2 or
//!   AVX-512, AArch64), within stated bounds elsewhere. A test pins these bits, the words and the uniforms;
//!   a release that changes any of them says so in its changelog.
//! - The threads of a rayon pool share long inputs, without a change of any bit: see below.
//! - Bad input returns an [`Error`] that names the argument, what was expected and what was found. A sampler
//!   or relaxation never returns NaN. Gradients are finite if the given `dy` is finite. One exception: the
//!   likelihood of pixels does not check its values.
//!
//! # Threads
//!
//! Work on more than 16,384 elements (of the input, of the result, or of drawn noise) is shared by the threads of the
//! current rayon pool (feature `rayon`): the pool whose `install` the call is in, else the global pool. Up to 16,384
//! elements stay on the calling thread, and ask no pool for anything: a program that makes short calls only has no
//! threads beside its own. Work is cut between rows; along an axis that is not the last, between blocks of rows that
//! lie side by side. So these stay on one thread each: one row of a gradient or of `f64`, and one block of rows of up to
//! 2,048 classes.
//!
//! The threads of a pool do not survive a fork: in the new process a long call would wait for them without end. A
//! program that forks makes a pool in the new process, after the fork, and calls inside its `install`. It may rely on
//! this also if the global pool was started before the fork.
//!
//! ```
//! # #[cfg(feature = "rayon")] {
//! use gumbel::{Key, noise};
//! let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
//! let mut g = vec![0.0_f32; 100_000];
//! pool.install(|| noise::gumbel_into(Key::new(7), 0, &mut g));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Memory
//!
//! A call allocates its result, and the working memory that its documentation states; buffers of a fixed size lie on
//! the stack. Where none is stated, it allocates no more than a few bytes: noise, binary Concrete, and gradients other
//! than that of the logarithm. The functions of [`likelihood`] take some rows. No working memory grows with the number
//! of elements, except for one number for each row, and that of long rows, of blocks of rows along an axis that is not
//! the last, and of draws. A test counts the allocated bytes of noise, relaxations and samplers.
//!
//! What is stated for a thread counts once for each thread. A wide row of `f32` of more than 16,384 elements is itself
//! shared by the threads, and a thread that waits for its part of one may begin another: then its memory counts
//! for each that has begun.
//!
//! # What this crate is not
//!
//! It has no tensors and no automatic differentiation: `gumbel-burn` adds both. It has no unsafe code.
//!
//! # Features
//!
//! - `rayon` (on by default, with `std`): threads.
//! - `std`: detects the instruction set at run time. Without it the crate needs only `alloc` and uses
//!   the instructions that it is compiled for.
//! - `half`: `half_precision`, with the types of the `half` crate.
//! - `levels`: for tests and measurements of this crate. The environment variable `GUMBEL_LEVEL` selects the
//!   instruction level of the vector kernels (`sse2`, `sse4_2`, `avx2`, `avx512`).
//! - `fallback`: `levels` with one more, `fallback`, which uses no vector instructions. It takes long to compile.

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
mod temperature;
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

/// The version of the seeded values: it grows with each change of a draw or of its last bits.
///
/// A program that resumes from a checkpoint compares it with the stored version, to find out whether
/// the same keys still give the same draws.
///
/// ```
/// assert!(gumbel::VALUE_VERSION >= 3);
/// ```
pub const VALUE_VERSION: u32 = 3;

/// Returns whether the `f32` kernels round a product and the sum after it once, on this machine.
///
/// Processors with AVX2, AVX-512 or NEON do. All of them, and every graphics card that does, compute `f32` noise with
/// the same bits; processors without round twice, and their noise has other last bits in about one element of fifteen.
///
/// ```
/// # if cfg!(target_arch = "aarch64") || std::env::var_os("GUMBEL_LEVEL").is_some() { return }
/// // On this processor it is the question whether it has AVX2.
/// # #[cfg(target_arch = "x86_64")]
/// assert_eq!(gumbel::fuses_multiply_add(), is_x86_feature_detected!("avx2"));
/// ```
pub fn fuses_multiply_add() -> bool {
    simd::fuses_multiply_add()
}

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
    AliasTable, Categorical, Pick, TopK, categorical, categorical_many, gumbel_max, normal_sample,
    top_k,
};
pub use temperature::Temperature;
