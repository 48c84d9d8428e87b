//! The arguments that trainings share: the folder of a run, threads and shards, the temperature.

use std::path::PathBuf;

use clap::Args;
use gumbel_train::DeviceName;

use super::names;
use super::numbers::whole;

/// The folder of a run and how to continue it: the options of every training.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The run folder [default: a new one, runs/KIND-DATA-NUMBER]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Continue the run in --out, or start it; a finished run is not changed
    #[arg(long, requires = "out", conflicts_with = "force")]
    pub(crate) resume: bool,
    /// Replace the run in --out by a new one
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

/// What computes a training: no setting of the run, which may be resumed with another.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ComputeArgs {
    /// The number of worker threads; it changes the time and nothing else [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// The device that takes the steps: cpu, or a graphics card by wgpu (any maker), cuda (NVIDIA) or rocm
    /// (AMD). A card needs a build with Cargo's feature of its name. For equal logits it has the noise and the
    /// choices of the CPU; the last bits of losses are others, and may differ between cards and runs. A run
    /// may be resumed on another device [default: cpu]
    #[arg(long, value_name = "NAME", value_parser = names::<DeviceName>())]
    pub(crate) device: Option<DeviceName>,
}

/// The work of a training: what computes it, shards and progress.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    #[command(flatten)]
    pub(crate) compute: ComputeArgs,
    /// The number of parts of a batch computed in parallel; a setting of the run, because it changes the
    /// last bits of results; a graphics card computes a batch as one part [default: 2, or 1 if a step has one
    /// example]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) shards: Option<usize>,
    /// Show no progress; the result is still printed
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// The temperature of a relaxation.
#[derive(Debug, Args)]
pub(crate) struct TemperatureArgs {
    /// A fixed temperature instead of the schedule
    #[arg(long, value_name = "TAU", conflicts_with_all = ["tau_start", "tau_floor", "tau_share", "tau_rate", "tau_every"], allow_hyphen_values = true)]
    pub(crate) tau: Option<f64>,
    /// The temperature at step t = 0 of the schedule tau = max(FLOOR, START exp(-RATE t))
    /// [default: 1; gates 2]
    #[arg(long, value_name = "TAU", allow_hyphen_values = true)]
    pub(crate) tau_start: Option<f64>,
    /// The floor of the schedule: its lowest temperature [default: 0.5; vae on digits 0.3]
    #[arg(long, value_name = "TAU", allow_hyphen_values = true)]
    pub(crate) tau_floor: Option<f64>,
    /// The share of the steps after which the schedule reaches its floor [default: 0.5; vae on digits 0.37;
    /// vae on mnist and fashion-mnist the published --tau-rate 1e-4 --tau-every 500]
    #[arg(long, value_name = "SHARE", conflicts_with_all = ["tau_rate", "tau_every"], allow_hyphen_values = true)]
    pub(crate) tau_share: Option<f64>,
    /// The rate of the schedule per step, instead of --tau-share
    #[arg(long, value_name = "RATE", allow_hyphen_values = true)]
    pub(crate) tau_rate: Option<f64>,
    /// The number of steps between changes of the temperature [default: 1/65 of the run; if --tau-rate is
    /// given: 500 (vae on digits 100, gates 50)]
    #[arg(long, value_name = "STEPS", value_parser = whole::<u64>(1, u64::MAX))]
    pub(crate) tau_every: Option<u64>,
}
