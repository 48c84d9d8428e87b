//! The arguments of `gumbel train`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Train {
    /// A variational autoencoder with categorical or Gaussian latents
    #[command(
        long_about = "Trains a variational autoencoder whose code is a number of discrete choices, \
                      or of normal latents (--latents gaussian:16), and leaves a run folder with \
                      metrics, checkpoints, pictures and report.html.\n\n\
                      The bound at the end is the negative evidence lower bound in nats an image, \
                      evaluated with discrete codes one-hot; lower is better.",
        after_help = "Examples:\n  gumbel train vae\n  \
                      gumbel train vae --data mnist --data-dir ~/data --epochs 100 --out runs/mnist\n  \
                      gumbel train vae --out runs/mnist --resume\n  \
                      gumbel train vae --estimator straight-through-gumbel-softmax --tau 1.0\n  \
                      gumbel train vae --latents gaussian:2        a map of the code in the report"
    )]
    Vae(VaeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct VaeArgs {
    /// digits (embedded, 8x8), mnist, fashion-mnist, or a folder with the four idx files
    /// [default: digits]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) data: Option<String>,
    /// Look for a named data set here first (DIR/NAME, then DIR), then in $GUMBEL_DATA, the user's
    /// cache folder and Debian's /usr/share/datasets
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The code: variables x classes, or gaussian:DIMENSIONS. A Gaussian code has the prior N(0, 1)
    /// and takes no --estimator, --prior or --tau [default: 20x10]
    #[arg(long, value_name = "VxK|gaussian:D")]
    pub(crate) latents: Option<String>,
    /// The gradient estimator: gumbel-softmax or straight-through-gumbel-softmax
    /// [default: gumbel-softmax]
    #[arg(long, value_name = "NAME")]
    pub(crate) estimator: Option<String>,
    /// A fixed temperature, in place of the schedule
    #[arg(long, value_name = "TAU", conflicts_with_all = ["tau_start", "tau_min", "tau_rate", "tau_every"], allow_hyphen_values = true)]
    pub(crate) tau: Option<f64>,
    /// Schedule tau = max(TAU_MIN, TAU_START exp(-TAU_RATE t)): the temperature at step t = 0
    /// [default: 1]
    #[arg(long, value_name = "TAU", allow_hyphen_values = true)]
    pub(crate) tau_start: Option<f64>,
    /// The lowest temperature of the schedule [default: 0.5; digits 0.3]
    #[arg(long, value_name = "TAU", allow_hyphen_values = true)]
    pub(crate) tau_min: Option<f64>,
    /// The rate of the schedule for one step [default: 1e-4; digits 5e-4]
    #[arg(long, value_name = "RATE", allow_hyphen_values = true)]
    pub(crate) tau_rate: Option<f64>,
    /// The steps between changes of the temperature [default: 500; digits 100]
    #[arg(long, value_name = "STEPS")]
    pub(crate) tau_every: Option<u64>,
    /// Passes over the training images [default: 20; digits 500]
    #[arg(long)]
    pub(crate) epochs: Option<u64>,
    /// Images in a step [default: 100]
    #[arg(long)]
    pub(crate) batch: Option<usize>,
    /// The learning rate [default: 1e-3; digits 3e-3]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lr: Option<f64>,
    /// adam, adam-w, sgd (momentum 0.9) or rms-prop [default: adam]
    #[arg(long, value_name = "NAME")]
    pub(crate) optimizer: Option<String>,
    /// Grey pixels become 0 or 1: fixed (drawn once), dynamic (drawn again in each epoch) or none
    /// [default: fixed; digits dynamic]
    #[arg(long, value_name = "HOW")]
    pub(crate) binarise: Option<String>,
    /// The hidden layers of the decoder, as in 200 or 200,200; none for a linear one [default: 200]
    #[arg(long, value_name = "SIZES")]
    pub(crate) hidden: Option<String>,
    /// The prior: learned or uniform [default: learned]
    #[arg(long)]
    pub(crate) prior: Option<String>,
    /// The seed of the split, the binarisation, the weights, the order and the noise [default: 0]
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// cpu [default: cpu]
    #[arg(long)]
    pub(crate) device: Option<String>,
    /// Worker threads; they change the time and nothing else [default: all cores]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Parts of a batch computed side by side; a setting, as it fixes the last bits [default: 2]
    #[arg(long)]
    pub(crate) shards: Option<usize>,
    /// The run folder [default: runs/vae-DATA-NUMBER, a new one]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the run in --out, or begin it; a finished run is left as it is
    #[arg(long, requires = "out", conflicts_with = "force")]
    pub(crate) resume: bool,
    /// Replace the run in --out
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// No progress; the result is still printed
    #[arg(long)]
    pub(crate) quiet: bool,
}
