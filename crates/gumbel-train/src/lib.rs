//! A trainer for networks with discrete choices, on Burn.
//!
//! An experiment is a [`Task`]: its settings, its data, a network, an objective for each example, an
//! evaluation. [`train()`] gives it shards of a batch in parallel, a run folder with metrics and checkpoints, a
//! resume to the same bits, and a report in one file. `examples/own_experiment.rs` is a whole experiment in one
//! file.
//!
//! All randomness is a function of the seed and a position: the initial weights, the order of the examples in
//! an epoch, the draws for an example, the noise of a choice in a step. So a run that was killed resumes from
//! its last checkpoint with the same bits as an uninterrupted one, and the number of threads does not change
//! the result.
//!
//! # Map
//!
//! | item | contents |
//! |---|---|
//! | [`Task`], [`Step`], [`Part`], [`Epoch`] | what an experiment provides, and what it is given |
//! | [`Experiment`], [`Summary`], [`Score`], [`EpochRow`], [`Plan`] | its settings, its result, its rows |
//! | [`Shuffle`], [`streams`] | the order of a fixed set of examples; keys for other uses |
//! | [`train()`], [`Observer`], [`Outcome`], [`Health`] | a training, its progress, its end, its problems |
//! | [`RunFolder`], [`DataRecord`], [`Start`] | run folders: settings, data, checkpoints, resuming |
//! | [`optimizer`], [`parameters`], [`workers`] | Burn's optimisers over a list of parameters; threads |
//! | [`report`] | the page of a run and its charts |
//! | [`limits`], [`serde_text`], [`values`] | checks of settings; settings as text; values of tensors |

mod error;
mod experiment;
mod health;
mod observer;
mod run;
mod score;
mod shuffle;
mod task;
mod train;
mod trainer;

pub mod limits;
pub mod optimizer;
pub mod parameters;
pub mod report;
pub mod serde_text;
pub mod streams;
pub mod values;
pub mod workers;

pub use error::{Result, TrainError};
pub use experiment::{Experiment, Plan, Summary, check_tau, differences, settings_as_text};
pub use health::{Health, distinct};
pub use observer::{EpochLines, Measured, Observer, Outcome, Progress};
pub use run::{
    DataRecord, Description, Fact, RunFolder, RunState, Start, check_new, experiment_of, list,
    read_metrics,
};
pub use score::{EpochRow, Score};
pub use shuffle::Shuffle;
pub use task::{Epoch, Part, Step, Task};
pub use train::train;
