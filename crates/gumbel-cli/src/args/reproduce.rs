//! The arguments of `gumbel reproduce`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gumbel_lab::frequency::comparison::{Comparison, Variant};

use super::train::{PhotographArgs, WorkArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum Reproduce {
    /// Learning in the frequency domain: compare the accuracy of choices of channels
    #[command(
        long_about = "Trains the network of train gate and train rgb on different choices of the 192 \
                      frequency channels, for several seeds: all of them, 24 and 48 learned by the gate, \
                      the 24 and 48 lowest, 24 at random (five draws), the gate itself with two penalty \
                      weights, and decoded pixels with two stems. Writes a folder for each run, \
                      comparison.md, comparison.csv, pictures and report.html.\n\n\
                      It can be stopped at any time: the same command continues where it stopped.",
        after_help = "Examples:\n  gumbel reproduce frequency --seeds 1\n  \
                      gumbel reproduce frequency --data cifar10-jpeg --out runs/frequency-cifar\n  \
                      gumbel reproduce frequency --data photographs --only gate,all,learned-24,rgb-strided\n\n\
                      Paper: Xu et al., Learning in the Frequency Domain, arXiv 2002.12416"
    )]
    Frequency(FrequencyArgs),
}

/// The help of --data. A comparison has no --resume: the command itself continues it.
const DATA: &str = "A folder with a folder of JPEGs for each class, or a folder with train/, validation/ and \
                    test/, each with a folder for each class; if it has moved, give its new path, and the \
                    same command continues [default: a smoke set from the embedded digits]";

#[derive(Debug, Args)]
#[command(mut_arg("data", |data| data.help(DATA)))]
pub(crate) struct FrequencyArgs {
    #[command(flatten)]
    pub(crate) photographs: PhotographArgs,
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
