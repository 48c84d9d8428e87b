//! The arguments of `gumbel train`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gumbel_burn::GateSqueeze;
use gumbel_burn::estimator::Estimator;
use gumbel_data::Binarise;
use gumbel_lab::frequency::Stem;
use gumbel_lab::vae::{Latents, Prior};
use gumbel_train::optimizer::OptimizerKind;

use super::names::names;
use super::numbers::{seed, whole};
use super::values::{ChannelsArg, Grid, HiddenLayers};

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

/// The images and the network: the options of train gate, train rgb and reproduce frequency.
#[derive(Debug, Args)]
pub(crate) struct PhotographArgs {
    /// A folder with a folder of JPEGs for each class, or a folder with train/, validation/ and test/, each
    /// with a folder for each class; with --resume, the present folder of the run's images
    /// [default: a smoke set from the embedded digits]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Stop at the first file that cannot be read, instead of leaving it out and listing it at the end
    #[arg(long)]
    pub(crate) strict: bool,
    /// The grid of 8x8 blocks; images of other sizes are cropped or padded around their centre
    /// [default: the most frequent grid, at most 32x32]
    #[arg(long, value_name = "ROWSxCOLUMNS")]
    pub(crate) grid: Option<Grid>,
    /// Do not cache the images in the user's cache folder
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// The number of channels of the last residual blocks [default: 64; smoke set 48]
    #[arg(long, value_parser = whole::<usize>(1, 4096))]
    pub(crate) width: Option<usize>,
    /// The number of residual blocks at the end [default: 2; smoke set 1]
    #[arg(long, value_parser = whole::<usize>(1, 100))]
    pub(crate) blocks: Option<usize>,
    /// The number of epochs (passes over the training images) [default: 10; with fewer than 10,000 images 30;
    /// smoke set 25]
    #[arg(long, value_parser = whole::<u64>(1, 1_000_000))]
    pub(crate) epochs: Option<u64>,
    /// The number of images in a step [default: 128; with fewer than 10,000 images 32; smoke set 32]
    #[arg(long, value_parser = whole::<usize>(1, 100_000))]
    pub(crate) batch: Option<usize>,
    /// The highest learning rate of the run [default: 4e-3]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lr: Option<f64>,
    /// The optimizer; sgd has momentum 0.9 [default: adam-w]
    #[arg(long, value_name = "NAME", value_parser = names::<OptimizerKind>())]
    pub(crate) optimizer: Option<OptimizerKind>,
    /// Never mirror a training image; those of the smoke set never are
    #[arg(long)]
    pub(crate) no_flip: bool,
}

/// The seed and the folder of a run on photographs.
#[derive(Debug, Args)]
pub(crate) struct SeededRunArgs {
    /// The seed of the split, the weights, the order, the mirroring and the noise [default: 0]
    #[arg(long, value_parser = seed)]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    #[command(flatten)]
    pub(crate) photographs: PhotographArgs,
    #[command(flatten)]
    pub(crate) seeded: SeededRunArgs,
    /// Read a fixed choice of channels, without a gate: all, low (the lowest frequencies, as in the
    /// paper), random, a list as in Y0,0+Y0,1+Cb0,0, or the run folder of a gate (its most probable
    /// channels)
    #[arg(long, value_name = "RUN|all|low|random|LIST", conflicts_with_all = ["lambda", "target", "rise", "tau", "tau_start", "tau_floor", "tau_share", "tau_rate", "tau_every", "static_gate", "soft", "initial_keep", "squeeze"])]
    pub(crate) channels: Option<ChannelsArg>,
    /// The number of channels to keep with --channels RUN, low or random [default: 24]
    #[arg(long, value_name = "N", requires = "channels", value_parser = whole::<usize>(1, 192))]
    pub(crate) keep: Option<usize>,
    /// The seed of --channels random [default: 0]
    #[arg(long, value_name = "SEED", requires = "channels", value_parser = seed)]
    pub(crate) channel_seed: Option<u64>,
    /// Without --target, the penalty in nats when all gates are open; it is proportional to the share of
    /// open gates [default: 0.3]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lambda: Option<f64>,
    /// Penalise only the share of open gates above this one: lambda max(0, mean P(on) - target)
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub(crate) target: Option<f64>,
    /// The share of the steps over which the penalty rises to its weight [default: 0.5]
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub(crate) rise: Option<f64>,
    /// Make one choice for all images instead of one for each image
    #[arg(long)]
    pub(crate) static_gate: bool,
    /// Train with gates between 0 and 1 instead of hard ones with a straight-through gradient
    #[arg(long)]
    pub(crate) soft: bool,
    /// P(on) of every gate at the start [default: 0.87]
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    pub(crate) initial_keep: Option<f64>,
    /// The statistic of a channel that the gate reads [default: mean-absolute]
    #[arg(long, value_name = "NAME", value_parser = names::<GateSqueeze>())]
    pub(crate) squeeze: Option<GateSqueeze>,
    #[command(flatten)]
    pub(crate) temperature: TemperatureArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RgbArgs {
    #[command(flatten)]
    pub(crate) photographs: PhotographArgs,
    #[command(flatten)]
    pub(crate) seeded: SeededRunArgs,
    /// The stem, from pixels to the grid of blocks [default: strided]
    #[arg(long, value_name = "NAME", value_parser = names::<Stem>())]
    pub(crate) stem: Option<Stem>,
}

#[derive(Debug, Args)]
pub(crate) struct VaeArgs {
    /// The data: digits (embedded, 8x8), mnist, fashion-mnist, or a folder with the four idx files; with
    /// --resume, the present folder of the run's data [default: digits]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) data: Option<String>,
    /// Look for a named data set here first (DIR/NAME, then DIR), then in $GUMBEL_DATA, the user's
    /// cache folder and Debian's /usr/share/datasets
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The code: VARIABLESxCLASSES, or gaussian:DIMENSIONS. A Gaussian code has the prior N(0, 1)
    /// and no --estimator, --prior or --tau [default: 20x10]
    #[arg(long, value_name = "VxK|gaussian:D")]
    pub(crate) latents: Option<Latents>,
    /// The gradient estimator [default: gumbel-softmax]
    #[arg(long, value_name = "NAME", value_parser = names::<Estimator>())]
    pub(crate) estimator: Option<Estimator>,
    /// The number of epochs (passes over the training images) [default: 20; digits 500]
    #[arg(long, value_parser = whole::<u64>(1, 10_000_000))]
    pub(crate) epochs: Option<u64>,
    /// The number of images in a step [default: 100]
    #[arg(long, value_parser = whole::<usize>(1, 1_000_000))]
    pub(crate) batch: Option<usize>,
    /// The learning rate [default: 1e-3; digits 3e-3]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lr: Option<f64>,
    /// The optimizer; sgd has momentum 0.9 [default: adam]
    #[arg(long, value_name = "NAME", value_parser = names::<OptimizerKind>())]
    pub(crate) optimizer: Option<OptimizerKind>,
    /// How grey pixels become 0 or 1: drawn once (fixed), drawn again in each epoch (dynamic), or not at all
    /// (none) [default: fixed; digits dynamic]
    #[arg(long, value_name = "HOW", value_parser = names::<Binarise>())]
    pub(crate) binarise: Option<Binarise>,
    /// The hidden layers of the decoder, as in 200 or 200,200; none for a linear one [default: 200]
    #[arg(long, value_name = "SIZES")]
    pub(crate) hidden: Option<HiddenLayers>,
    /// The prior of a discrete code [default: learned]
    #[arg(long, value_name = "NAME", value_parser = names::<Prior>())]
    pub(crate) prior: Option<Prior>,
    /// The seed of the split, the binarisation, the weights, the order and the noise [default: 0]
    #[arg(long, value_parser = seed)]
    pub(crate) seed: Option<u64>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(flatten)]
    pub(crate) temperature: TemperatureArgs,
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
