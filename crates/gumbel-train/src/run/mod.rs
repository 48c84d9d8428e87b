//! Run folders: the files that a training writes, and how it resumes after an interruption.
//!
//! [`RunFolder`] lists the files. `checkpoint.rs` and `metrics.rs` are two of them; the trainer resumes from both in
//! `trainer.rs`.

mod checkpoint;
mod config_file;
mod data_record;
mod describe;
mod devices;
mod folder;
mod metrics;
mod sessions;

pub(crate) use checkpoint::{Checkpoint, Position};
pub use config_file::experiment_of;
pub(crate) use config_file::versions_in_words;
pub use data_record::{DataRecord, Fact};
pub use describe::Description;
pub(crate) use devices::record as record_device;
pub use folder::{RunFolder, RunState, Start, check_new, list};
pub(crate) use metrics::Metrics;
pub use metrics::read_metrics;
pub(crate) use sessions::{Session, Sessions, command_line, read as read_sessions, utc};
