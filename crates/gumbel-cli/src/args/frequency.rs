//! The arguments of the commands for classifiers on frequency channels.

use std::path::PathBuf;

use clap::Args;
use gumbel_burn::GateSqueeze;
use gumbel_lab::frequency::Stem;
use gumbel_lab::frequency::comparison::{Comparison, Variant};
use gumbel_train::optimizer::OptimizerKind;

use super::names::names;
use super::numbers::{seed, whole};
use super::run::{RunArgs, TemperatureArgs, WorkArgs};
use super::values::{ChannelsArg, Grid};

/// The images and the network: the options of train gate, train rgb and reproduce frequency.
#[derive(Debug, Args)]
pub(crate) struct FrequencyArgs {
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

/// The seed and the folder of a run.
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
    pub(crate) frequency: FrequencyArgs,
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
    pub(crate) frequency: FrequencyArgs,
    #[command(flatten)]
    pub(crate) seeded: SeededRunArgs,
    /// The stem, from pixels to the grid of blocks [default: strided]
    #[arg(long, value_name = "NAME", value_parser = names::<Stem>())]
    pub(crate) stem: Option<Stem>,
}

#[derive(Debug, Args)]
#[command(mut_arg("data", |data| data.help(DATA)))]
pub(crate) struct ReproduceArgs {
    #[command(flatten)]
    pub(crate) frequency: FrequencyArgs,
    /// The number of runs of each variant, with seeds 0, 1, ...
    #[arg(long, value_name = "N", default_value_t = Comparison::SEEDS, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) seeds: u64,
    /// Train only these variants: gate, gate-2, all, learned-N, low-N, random-N-DRAW, rgb-strided, rgb-patch
    /// [default: gate, gate-2, all, learned-24, learned-48, low-24, low-48, random-24-0 to random-24-4,
    /// rgb-strided, rgb-patch]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(crate) only: Vec<Variant>,
    /// The weight of the gate's penalty [default: as for train gate]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lambda: Option<f64>,
    /// The weight of the second gate's penalty [default: 1]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) second_lambda: Option<f64>,
    /// The folder for the runs and the report [default: runs/frequency-DATA]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

/// The help of --data. A comparison has no --resume: the command itself continues it.
const DATA: &str = "A folder with a folder of JPEGs for each class, or a folder with train/, validation/ and \
                    test/, each with a folder for each class; if it has moved, give its new path, and the \
                    same command continues [default: a smoke set from the embedded digits]";
