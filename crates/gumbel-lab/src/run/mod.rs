//! Run folders: what a training leaves behind, and how it goes on after an end of any kind.
//!
//! | file | what |
//! |---|---|
//! | `config.toml` | every setting, the seed, the data's sha256, the versions |
//! | `metrics.csv` | a row for each epoch; no clocks, so equal runs have equal files |
//! | `timing.csv` | the clocks |
//! | `checkpoint.safetensors` | weights, optimiser state and position, replaced as a whole |
//! | `weights.safetensors` | the final weights alone |
//! | `summary.json` | the result; there when the run is finished |
//! | `report.html`, `*.png` | the pictures |

mod checkpoint;
mod config_file;
mod experiment;
mod folder;
mod metrics;
mod rows;

pub(crate) use checkpoint::{Checkpoint, Position};
pub use config_file::{DataRecord, experiment_of};
pub use experiment::Experiment;
pub(crate) use experiment::{check_tau, differences, named};
pub use folder::{RunFolder, RunState, Start, check_new, list};
pub(crate) use metrics::{Metrics, read_metrics};
pub(crate) use rows::{csv_bytes, read_rows};

pub use crate::output::write as write_file;
