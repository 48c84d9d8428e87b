//! Run folders: the files that a training writes, and how it resumes after an interruption.
//!
//! | file | content |
//! |---|---|
//! | `config.toml` | every setting, the seed, the data's sha256, the versions |
//! | `metrics.csv` | a row for each epoch; no times, so equal runs have equal files |
//! | `timing.csv` | the times |
//! | `checkpoint.safetensors` | weights, optimiser state and position, replaced as a whole |
//! | `weights.safetensors` | the final weights alone |
//! | `summary.json` | the result; it exists once the run is finished |
//! | `report.html`, `*.png` | the pictures |

mod checkpoint;
mod config_file;
mod data_record;
mod describe;
mod folder;
mod metrics;

pub(crate) use checkpoint::{Checkpoint, Position};
pub use config_file::experiment_of;
pub use data_record::{DataRecord, Fact};
pub use describe::Description;
pub use folder::{RunFolder, RunState, Start, check_new, list};
pub(crate) use metrics::Metrics;
pub use metrics::read_metrics;
