//! Experiments with discrete and Gaussian latents: data, models, training, evaluation, reports.
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
//! | [`data`] | digits, MNIST, Fashion-MNIST and folders of idx files; their download; binarisation |
//! | [`npy`], [`csv_table`] | codes as NumPy arrays and as CSV tables: writing and reading |
//! | [`maxima`] | block maxima from a CSV file: reading, fit, return levels, report |
//! | [`frequency`] | classifiers on the DCT coefficients of JPEGs, with a gate that chooses channels |
//! | [`vae`] | the autoencoder, categorical or Gaussian: settings, model, training, evaluation, its report |
//! | [`output`] | output files: written whole, through links, in the format of their extension |
//! | [`run`] | run folders: settings, metrics, checkpoints, resuming |
//! | [`runs`] | runs of any experiment |
//! | [`names`] | messages for unknown names, with a suggestion |
//! | [`statistics`] | intervals for shares, paired differences |
//! | [`training`], [`optimizer`], [`parameters`], [`workers`] | the trainer that all experiments share |

mod digest;
mod error;
mod figure;
mod serde_text;
mod values;

pub mod csv_table;
pub mod data;
pub mod frequency;
pub mod maxima;
pub mod names;
pub mod npy;
pub mod optimizer;
pub mod output;
pub mod parameters;
pub mod run;
pub mod runs;
pub mod statistics;
pub mod training;
pub mod vae;
pub mod workers;

pub use error::LabError;
