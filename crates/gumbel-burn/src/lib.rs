//! Gumbel-Softmax on Burn tensors, with autodiff.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use gumbel::Key;
//! use gumbel_burn::gumbel_softmax;
//!
//! let device = Device::flex().autodiff();
//! let logits = Tensor::<2>::zeros([8, 10], &device).require_grad();
//!
//! // In each step eight relaxed samples of ten classes, along the last axis, at temperature 0.5. Each step
//! // has a key of its own: with one key for all steps the noise would be the same in each.
//! let run_key = Key::new(7);
//! for step in 0..3 {
//!     let y = gumbel_softmax(logits.clone(), -1, 0.5, run_key.fold_in(step))?;
//!     let grads = y.powi_scalar(2).sum().backward();
//!     assert_eq!(logits.grad(&grads).unwrap().dims(), [8, 10]);
//! }
//! # Ok::<(), gumbel_burn::Error>(())
//! ```
//!
//! # Map
//!
//! | to | use |
//! |---|---|
//! | relax a choice among classes | [`gumbel_softmax`], [`straight_through_gumbel_softmax`] |
//! | draw the logarithm of a relaxed choice, at any small temperature | [`gumbel_log_softmax`] |
//! | relax a yes-or-no choice | [`binary_concrete`], [`straight_through_binary_concrete`] |
//! | sample a class exactly | [`gumbel_max`], also named [`categorical`] |
//! | sample a normal distribution with gradients | [`normal_sample`] |
//! | use a relaxation as a layer | [`GumbelSoftmax`], [`BinaryConcrete`] and their configs |
//! | choose an agent's action, with masks, entropy and log-probability | [`CategoricalPolicy`] |
//! | learn which channels or columns to keep | [`GumbelGate`], its config, [`GatePenalty`] |
//! | give each row a temperature, learn a temperature | [`Temperature`] |
//! | lower the temperature while training | [`TemperatureSchedule`] |
//! | choose a gradient estimator by name | [`estimator`] |
//! | check values on a graphics card without waiting for each call | [`DeferredChecks`] |
//! | make noise on tensors | [`gumbel_noise`], [`uniform_noise`] and the like; [`Noise`] |
//! | draw the initial weights of layers from a key | [`init`] |
//! | compute the terms of an evidence lower bound (ELBO), entropies, divergences | [`likelihood`] |
//! | compute the log-density of a relaxed sample, also at small tau | [`likelihood`], with [`gumbel_log_softmax`] |
//! | compute the same with ordinary tensor operations | [`composed`] |
//! | train with Adam or AdamW in one pass over memory | [`optim`] |
//!
//! Functions have the names and the order of arguments that they have in the `gumbel` crate: logits, axis,
//! temperature, noise.
//!
//! On the CPU (Burn's Flex backend) each relaxation is one fused operation with a hand-written backward: a
//! call into the `gumbel` crate. On a graphics card (features `wgpu`, `cuda`, `rocm`) it is one kernel, which makes its
//! noise as it goes. On every other backend it is [`composed`], from noise that the same key makes on the CPU. The same key
//! gives the same choice on all of them, but for near ties on a device that rounds a multiply-add twice
//! ([`fuses_multiply_add`]).
//!
//! On a card the values are checked by the kernel that reads them. [`DeferredChecks`] gathers the results of a training
//! step, so that the processor waits once.
//!
//! # What this crate is not
//!
//! This crate does not train models: `gumbel-train` does, and shows how.

mod backend;
mod check;
mod deferred;
mod error;
mod gate;
#[cfg(feature = "cubecl")]
mod kernel;
mod noise;
mod policy;
mod relax;
mod sample;
mod schedule;
mod temperature;

pub mod composed;
pub mod estimator;
pub mod init;
pub mod likelihood;
pub mod optim;

pub use deferred::DeferredChecks;
pub use error::Error;
pub use gate::{
    GateCondition, GateEvaluation, GatePenalty, GateSqueeze, Gated, GumbelGate, GumbelGateConfig,
};
#[doc(hidden)]
pub use noise::copy;
pub use noise::{
    Noise, exponential_noise, fuses_multiply_add, gumbel_noise, logistic_noise, normal_noise,
    uniform_noise,
};
pub use policy::CategoricalPolicy;
pub use relax::{
    BinaryConcrete, BinaryConcreteConfig, GumbelSoftmax, GumbelSoftmaxConfig, binary_concrete,
    gumbel_log_softmax, gumbel_softmax, straight_through_binary_concrete,
    straight_through_gumbel_softmax,
};
pub use sample::{categorical, gumbel_max, normal_sample};
pub use schedule::TemperatureSchedule;
pub use temperature::Temperature;
