//! A classifier on the DCT coefficients of JPEGs, with a gate that learns which of the 192 frequency
//! channels it needs.
//!
//! ```text
//! x[c, i, j]   coefficient of frequency channel c in block (i, j), standardised: (x - mean_c) / deviation_c,
//!              clamped at 16 deviations
//! g_c          gate of channel c, Bernoulli(P_c(on)), through Gumbel-Softmax in training
//! network      g x -> 1x1 convolution -> residual blocks at the grid of blocks -> mean -> logits
//! loss         cross-entropy + lambda(t) mean(g)                       in nats an image
//!           or cross-entropy + lambda(t) max(0, mean(P(on)) - target)
//! lambda(t)    rises from 0 to lambda over the first part of the steps
//! ```
//!
//! The grid of blocks is 8 times smaller than the image in each direction, so the network starts at the
//! resolution that a network on pixels reaches after its strided layers. The baseline on pixels has the
//! same trunk after such layers.
//!
//! Train a network, read what its gate learned, and evaluate the network on images:
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//!
//! use gumbel_burn::GateEvaluation;
//! use gumbel_data::jpeg::{JpegSet, LoadOptions};
//! use gumbel_lab::frequency::{FrequencyConfig, FrequencyRun, evaluate, train};
//! use gumbel_train::workers::Workers;
//! use gumbel_train::{Outcome, Start};
//!
//! let set = JpegSet::smoke(&LoadOptions::default())?;
//! let defaults = FrequencyConfig::defaults("digits-jpeg");
//! let config = FrequencyConfig { epochs: 1, width: 8, ..defaults };
//! let out = tempfile::tempdir()?;
//! let stop = AtomicBool::new(false);
//! let outcome = train(&config, &set, out.path(), Start::Force, 2, &mut (), &stop)?;
//! let Outcome::Finished(summary) = outcome else { panic!("{outcome:?}") };
//!
//! let run = FrequencyRun::open(out.path())?;
//! let learned = run.most_probable(24)?;
//! assert_eq!(learned.indices().len(), 24);
//!
//! let (network, reader) = run.load_network()?;
//! let how = GateEvaluation::Threshold;
//! let test = evaluate(&network, &set.test, how, &reader, &Workers::new(2)?, &|_| {})?;
//! assert_eq!(test.accuracy(), summary.test_accuracy);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Xu, Qin, Sun, Wang, Chen and Ren, "Learning in the Frequency Domain", arXiv 2002.12416.

mod advice;
pub mod channels;
pub mod comparison;
pub mod config;
mod convolution;
mod cost;
pub mod eval;
mod experiment;
mod input;
pub mod model;
pub(crate) mod pictures;
mod record;
mod run;
mod train;

pub use channels::{CHANNELS, Channel, Selection};
pub use config::{FrequencyConfig, GateSettings, Input, Stem};
pub use cost::Cost;
pub use eval::{Evaluation, evaluate};
pub use input::ImageReader;
pub use model::FrequencyNet;
pub use pictures::channel_picture;
pub use record::{ChannelRow, Prediction, Summary};
pub use run::FrequencyRun;
pub use train::train;
