//! The arguments, with help that teaches.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Discrete choices that a network can be trained through.
#[derive(Debug, Parser)]
#[command(
    name = "gumbel",
    version,
    arg_required_else_help = true,
    after_help = "Start here:\n  gumbel train vae            train on embedded digits, about a minute\n  \
                  gumbel train vae --help     every setting, with its default"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "parsed once")]
pub(crate) enum Command {
    /// Train a model
    #[command(subcommand)]
    Train(Train),
    /// Evaluate the bound of a trained run on its test images
    #[command(after_help = "Examples:\n  gumbel eval runs/vae-digits-001\n  \
                      gumbel eval runs/vae-digits-001 --samples 100 --iw 1000 --json")]
    Eval(EvalArgs),
    /// Draw images from the prior of a trained run
    #[command(after_help = "Example:\n  gumbel sample runs/vae-digits-001 -n 64 --out grid.png")]
    Sample(SampleArgs),
    /// Look at the runs there are
    #[command(subcommand)]
    Runs(Runs),
    /// Draw the figures of the explanation, from uniform numbers to Gumbel-Softmax
    #[command(
        long_about = "Draws the figures of the explanation, each with the functions that it explains, \
                      and a page that holds them with their captions (index.html). Twice the same \
                      command gives twice the same files.",
        after_help = "Examples:\n  gumbel figures\n  gumbel figures --list\n  \
                      gumbel figures --only simplex temperature --format png --out pictures"
    )]
    Figures(FiguresArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Train {
    /// A variational autoencoder with categorical latents
    #[command(
        long_about = "Trains a variational autoencoder whose code is a number of discrete choices, \
                      and leaves a run folder with metrics, checkpoints, pictures and report.html.\n\n\
                      The bound at the end is the negative evidence lower bound in nats an image, \
                      evaluated with codes discretised to one-hot; lower is better.",
        after_help = "Examples:\n  gumbel train vae\n  \
                      gumbel train vae --data mnist --data-dir ~/data --epochs 100 --out runs/mnist\n  \
                      gumbel train vae --out runs/mnist --resume\n  \
                      gumbel train vae --estimator straight-through-gumbel-softmax --tau 1.0"
    )]
    Vae(VaeArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Runs {
    /// List runs with their settings and results
    #[command(after_help = "Example:\n  gumbel runs list --dir runs")]
    List(ListArgs),
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
    /// The code: variables x classes [default: 20x10]
    #[arg(long, value_name = "VxK")]
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

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// One-hot samples for each image in the bound
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) samples: u64,
    /// Also the importance-weighted bound with K samples
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) iw: Option<u64>,
    /// Only the first N test images [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) images: Option<usize>,
    /// Where the data set is, as for train
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Worker threads [default: all cores]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// One JSON object in place of words
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SampleArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The number of images, 1 to 10,000
    #[arg(short, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(crate) n: u64,
    /// The picture to write
    #[arg(long, value_name = "FILE", default_value = "grid.png")]
    pub(crate) out: PathBuf,
    /// The seed of the samples
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// The folder that holds the runs
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct FiguresArgs {
    /// The folder for the files; those of the same name in it are replaced
    #[arg(long, value_name = "DIR", default_value = "figures")]
    pub(crate) out: PathBuf,
    /// Only these figures [default: all]
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) only: Vec<String>,
    /// The kind of file
    #[arg(long, value_name = "KIND", value_parser = ["svg", "png"], default_value = "svg")]
    pub(crate) format: String,
    /// Name the figures there are, and draw nothing
    #[arg(long, conflicts_with_all = ["out", "format"])]
    pub(crate) list: bool,
}
