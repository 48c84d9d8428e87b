//! The arguments of `gumbel reproduce`.

use clap::Subcommand;

use super::frequency::ReproduceArgs;

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
    Frequency(ReproduceArgs),
}
