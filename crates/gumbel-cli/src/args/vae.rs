//! The arguments of `gumbel train vae` and of `gumbel reproduce estimators`.

use std::path::PathBuf;

use clap::Args;
use gumbel_burn::estimator::{Baseline, Name};
use gumbel_data::Binarise;
use gumbel_lab::vae::comparison::{Comparison, Variant};
use gumbel_lab::vae::{Latents, Prior};
use gumbel_train::optimizer::OptimizerKind;

use super::names::names;
use super::numbers::{minutes, seed, whole};
use super::run::{RunArgs, TemperatureArgs, WorkArgs};
use super::values::HiddenLayers;

#[derive(Debug, Args)]
pub(crate) struct VaeArgs {
    /// The data: garments (embedded, 28x28), digits (embedded, 8x8), mnist, fashion-mnist, or a folder with the
    /// four idx files; with --resume, the present folder of the run's data [default: garments]
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
    /// The gradient estimator [default: straight-through-gumbel-softmax]
    #[arg(long, value_name = "NAME", value_parser = names::<Name>())]
    pub(crate) estimator: Option<Name>,
    /// The number of samples of an estimator that has several: of the code (rloo, grpo, vimco, rodeo, double-cv)
    /// [default: 2], or of the noise given the code (gumbel-rao, reinmax-rao, reinmax-cv: 10)
    #[arg(long, value_name = "K", value_parser = whole::<usize>(1, 1_000))]
    pub(crate) samples: Option<usize>,
    /// The baseline of --estimator reinforce: none, the mean of the other images of the part of the batch (see
    /// --shards), or a network that is trained beside the model [default: mean]
    #[arg(long, value_name = "NAME", value_parser = names::<Baseline>())]
    pub(crate) baseline: Option<Baseline>,
    /// Mix the posterior of a discrete code with the uniform law, by a share U such as 0.01 [default: 0]
    #[arg(long, value_name = "U", allow_hyphen_values = true)]
    pub(crate) unimix: Option<f64>,
    /// The number of epochs (passes over the training images) [default: 20; garments 150; digits
    /// 500]
    #[arg(long, value_parser = whole::<u64>(1, 10_000_000))]
    pub(crate) epochs: Option<u64>,
    /// The number of images in a step [default: 100]
    #[arg(long, value_parser = whole::<usize>(1, 1_000_000))]
    pub(crate) batch: Option<usize>,
    /// The learning rate [default: 1e-3; garments 2e-3; digits 3e-3]
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) lr: Option<f64>,
    /// The optimizer; sgd has momentum 0.9 [default: adam]
    #[arg(long, value_name = "NAME", value_parser = names::<OptimizerKind>())]
    pub(crate) optimizer: Option<OptimizerKind>,
    /// How grey pixels become 0 or 1: drawn once (fixed), drawn again in each epoch (dynamic), or not at all
    /// (none) [default: fixed; garments none; digits dynamic]
    #[arg(long, value_name = "HOW", value_parser = names::<Binarise>())]
    pub(crate) binarise: Option<Binarise>,
    /// The hidden layers of the decoder, as in 200 or 200,200; none for a linear one [default: 200;
    /// garments 400]
    #[arg(long, value_name = "SIZES")]
    pub(crate) hidden: Option<HiddenLayers>,
    /// The prior of a discrete code [default: learned]
    #[arg(long, value_name = "NAME", value_parser = names::<Prior>())]
    pub(crate) prior: Option<Prior>,
    /// The seed of the split, the binarisation, the weights, the order and the noise [default: 0]
    #[arg(long, value_parser = seed)]
    pub(crate) seed: Option<u64>,
    /// Train once for each of N seeds, --seed and those after it, into a folder each in --out; prints the mean of
    /// the bounds
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, 1_000))]
    pub(crate) seeds: Option<u64>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(flatten)]
    pub(crate) temperature: TemperatureArgs,
}

/// The arguments of `gumbel reproduce estimators`.
#[derive(Debug, Args)]
pub(crate) struct ReproduceEstimatorsArgs {
    /// The data: digits (embedded, 8x8), garments (embedded, 28x28), mnist, fashion-mnist, or a folder with the four
    /// idx files [default: digits]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) data: Option<String>,
    /// Look for a named data set here first, as train vae does
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The discrete code: VARIABLESxCLASSES [default: 20x10]
    #[arg(long, value_name = "VxK")]
    pub(crate) latents: Option<Latents>,
    /// The number of epochs of each run [default: 20; garments 150; digits 500]
    #[arg(long, value_parser = whole::<u64>(1, 10_000_000))]
    pub(crate) epochs: Option<u64>,
    /// The number of images in a step [default: 100]
    #[arg(long, value_parser = whole::<usize>(1, 1_000_000))]
    pub(crate) batch: Option<usize>,
    /// The number of runs of each estimator with the settings that the search found, with seeds 0, 1, ...
    #[arg(long, value_name = "N", default_value_t = Comparison::SEEDS, value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub(crate) seeds: u64,
    /// Train only these estimators; reinforce may have a baseline, as in reinforce:learned [default: all that
    /// evaluate the cost at most 16 times a step]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(crate) only: Vec<Variant>,
    /// Begin no further run after this time; the same command continues
    #[arg(long, value_name = "MINUTES", value_parser = minutes)]
    pub(crate) budget: Option<f64>,
    /// The folder for the runs and the report [default: runs/estimators-DATA]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
}
