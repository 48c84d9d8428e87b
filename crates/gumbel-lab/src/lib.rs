//! Experiments with discrete and Gaussian latents: models, training, evaluation, reports.
//!
//! `gumbel train vae` is this library with arguments. To use a trained run from a program:
//!
//! ```no_run
//! use gumbel::Key;
//! use gumbel_lab::vae::VaeRun;
//!
//! let run = VaeRun::open("runs/vae-digits-001".as_ref())?;
//! let vae = run.load_vae()?;
//! let images = vae.sample_prior(64, Key::new(7));
//! assert_eq!(images.len(), 64);
//! # Ok::<(), gumbel_lab::LabError>(())
//! ```
//!
//! # Map
//!
//! | module | contents |
//! |---|---|
//! | [`compare`] | gradient estimators against the exact gradient: on tensors, and under a trained autoencoder |
//! | [`frequency`] | classifiers on the DCT coefficients of JPEGs, with a gate that chooses channels |
//! | [`policy`] | agents that choose with probability: mazes, a cart with a pole, particles, and methods to train them |
//! | [`speed`] | the speed of the functions on tensors of a device |
//! | [`vae`] | the autoencoder, categorical or Gaussian: settings, model, training, evaluation, its report |
//! | [`statistics`] | intervals for shares, paired differences |

mod advice;
mod comparison;
mod error;
mod record;
mod streams;

pub mod compare;
pub mod frequency;
pub mod policy;
pub mod speed;
pub mod statistics;
pub mod vae;

pub use comparison::{ComparisonObserver, Progress};
pub use error::LabError;
