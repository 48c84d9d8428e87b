//! The arguments of `gumbel train`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::frequency::{GateArgs, RgbArgs};
use super::numbers::whole;
use super::vae::VaeArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum Train {
    /// Train a variational autoencoder with categorical or Gaussian latents
    #[command(
        long_about = "Trains a variational autoencoder. Its code consists of discrete choices, or of \
                      Gaussian latents (--latents gaussian:16). Writes a run folder with metrics, \
                      checkpoints, pictures and report.html.\n\n\
                      The bound at the end is the negative evidence lower bound (ELBO) in nats per \
                      image, evaluated with one-hot codes if they are discrete; lower is better.",
        after_help = "Examples:\n  gumbel train vae\n  \
                      gumbel train vae --data mnist --data-dir ~/data --epochs 100 --out runs/mnist\n  \
                      gumbel train vae --out runs/mnist --resume\n  \
                      gumbel train vae --estimator straight-through-gumbel-softmax --tau 1.0\n  \
                      gumbel train vae --latents gaussian:2        a map of the code in the report\n\n\
                      Exit status: 0 trained, 1 failed or diverged, 2 wrong usage, 130 stopped by Ctrl-C"
    )]
    Vae(VaeArgs),
    /// Train a classifier on the DCT coefficients of JPEGs that learns which channels it needs
    #[command(
        long_about = "Trains a classifier that reads the DCT coefficients of JPEGs without decoding \
                      them to pixels, with a gate that decides for each of the 192 frequency channels \
                      (64 each of Y, Cb and Cr) whether to keep it: a choice of yes or no, trained \
                      through Gumbel-Softmax. Writes a run folder with metrics, checkpoints, \
                      channels.csv, predictions.csv, pictures and report.html.\n\n\
                      The data are a folder with a folder of JPEGs for each class, or a folder with \
                      train/, validation/ and test/ that contain such folders; a missing part is split \
                      off at random with the seed. Without --data, the data are a small set made from \
                      the embedded digits: a smoke set, to see the command work, not a benchmark.\n\n\
                      With --channels there is no gate: the network reads a fixed choice of channels.",
        after_help = "Examples:\n  gumbel train gate\n  \
                      gumbel train gate --data photographs --out runs/gate\n  \
                      gumbel train gate --data photographs --channels runs/gate --keep 24\n  \
                      gumbel train gate --data photographs --channels all\n  \
                      gumbel train gate --data photographs --lambda 1 --target 0.25\n\n\
                      Exit status: 0 trained, 1 failed or diverged, 2 wrong usage, 130 stopped by Ctrl-C\n\n\
                      Paper: Xu et al., Learning in the Frequency Domain, arXiv 2002.12416"
    )]
    Gate(GateArgs),
    /// Train the baseline of train gate: the same trunk on decoded pixels
    #[command(
        long_about = "Trains the network of train gate on decoded pixels instead of coefficients. The \
                      trunk is the same. The stem before it is either strided layers, as in other \
                      residual networks (--stem strided), or a linear map of each 8x8 block, with as \
                      many weights as the map of 192 coefficients (--stem patch).",
        after_help = "Examples:\n  gumbel train rgb\n  \
                      gumbel train rgb --data photographs --stem patch --out runs/rgb\n\n\
                      Exit status: 0 trained, 1 failed or diverged, 2 wrong usage, 130 stopped by Ctrl-C"
    )]
    Rgb(RgbArgs),
}

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

/// The work of a training: threads, shards and progress.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// The number of worker threads; it changes the time and nothing else [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// The number of parts of a batch computed in parallel; a setting of the run, because it changes the
    /// last bits of results [default: 2, or 1 with --batch 1]
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
