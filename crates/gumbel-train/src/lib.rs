//! A trainer for networks with discrete choices, on Burn.
//!
//! An experiment is a [`Task`]: its [`Settings`], its data, a network, an objective for each example, an
//! evaluation. [`train()`] cuts each batch into shards that run in parallel, and keeps a run folder with metrics,
//! checkpoints to resume from and a report in one file. The example `own_experiment.rs` of this crate is a whole
//! experiment in one file.
//!
//! All randomness is a function of the seed and a position: the initial weights, the order of the examples in
//! an epoch, the draws for an example, the noise of a choice in a step. So a run that was killed resumes from
//! its last checkpoint with the same bits as an uninterrupted one, and the number of threads does not change
//! the result. A graphics card takes the steps with the same keys and noise, and rounds otherwise: [`Compute`].
//!
//! Error messages name options of the command `gumbel`, which is built on this crate: `--resume` and `--force` are
//! [`Start::Resume`] and [`Start::Force`], other options are settings.
//!
//! # Map
//!
//! | item | contents |
//! |---|---|
//! | [`Task`] | what an experiment provides |
//! | [`Step`], [`Part`], [`EpochEnd`] | what it is given: the place of a step, a shard of its batch, the state after an epoch |
//! | [`Settings`], [`Plan`] | the settings of an experiment, and those that every training has |
//! | [`Summary`], [`Score`], [`EpochRow`] | its result, and ready-made ones for a single figure |
//! | [`Shuffle`], [`streams`] | the order of a fixed set of examples; keys for other uses |
//! | [`train()`], [`Outcome`], [`Health`] | a training, its end, its problems |
//! | [`Compute`], [`DeviceName`], [`Resident`] | what computes it: threads, a graphics card; data that stay there |
//! | [`Observer`], [`EpochLines`], [`Progress`], [`Measured`] | its progress while it runs |
//! | [`RunFolder`], [`RunState`], [`Start`], [`Description`], [`run`] | run folders: opening, resuming, listing |
//! | [`DataRecord`], [`Fact`] | what a run records about its data |
//! | [`optimizer`], [`parameters`], [`workers`] | Burn's optimisers over a list of parameters; threads |
//! | [`report`] | the page of a run and its charts, settings in words, [`Guide`](report::Guide) and [`advice`](report::advice) |
//! | [`limits`], [`serde_text`], [`values`] | checks of settings; settings as text; values of tensors |

mod device;
mod error;
mod health;
mod machine;
mod observer;
mod resident;
mod score;
mod settings;
mod shuffle;
mod task;
mod train;
mod trainer;

pub mod limits;
pub mod optimizer;
pub mod parameters;
pub mod report;
pub mod run;
pub mod serde_text;
pub mod streams;
pub mod values;
pub mod workers;

pub use device::{Compute, DeviceName, adapter};
pub use error::{Result, TrainError};
pub use health::{Health, figures_that_differ, short};
pub use observer::{EpochLines, Measured, Observer, Outcome, Progress};
pub use optimizer::OptimizerKind;
pub use resident::Resident;
pub use run::{DataRecord, Description, Fact, RunFolder, RunState, Start};
pub use score::{EpochRow, Score};
pub use settings::{Plan, Settings, Summary, check_schedule, differences, settings_as_text};
pub use shuffle::Shuffle;
pub use task::{EpochEnd, Part, Step, Task};
pub use train::train;
pub use values::floats;
