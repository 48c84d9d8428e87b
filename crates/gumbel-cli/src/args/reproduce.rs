//! The arguments of `gumbel reproduce`.

use clap::Subcommand;

use super::frequency::ReproduceArgs;
use super::policy::ReproducePoliciesArgs;
use super::vae::ReproduceEstimatorsArgs;

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
    /// Gradient estimators: train one autoencoder with each, and compare the bounds
    #[command(
        long_about = "Trains the autoencoder of train vae with every gradient estimator. Each gets the same \
                      search by the validation images of seed 0: of the temperature (the schedule of train \
                      vae, 0.5, 1 and 1.5, those for which the estimator is defined), if it has \
                      one, and then of the learning rate (by factors of 3 \
                      from that of train vae, as long as it helps). With the best of both it is trained for several seeds. \
                      Writes a folder for each run, estimators.md, estimators.csv, search.csv, pictures and \
                      report.html.\n\n\
                      On the embedded digits it takes about two hours on two cores. It can be stopped at any \
                      time: the same command continues where it stopped.",
        after_help = "Examples:\n  gumbel reproduce estimators --only gumbel-softmax,reinmax,rloo --seeds 2 --epochs 100\n  \
                      gumbel reproduce estimators --budget 60\n  \
                      gumbel reproduce estimators --data mnist --data-dir ~/data --seeds 3\n\n\
                      See also: gumbel compare"
    )]
    Estimators(ReproduceEstimatorsArgs),
    /// Agents: train with each way to a gradient through the choice, and compare the returns
    #[command(
        long_about = "Trains an agent with each method: through the choice with a derivative (straight-through, \
                      relaxed), by the score function, and by the exact expectation. Reads the return off at equal \
                      numbers of environment steps. In a maze every return is exact, each seed has a map of its own, \
                      and the gradient of a step is held against the exact one, early and late in the training. \
                      Writes a folder for each run, policies.md, policies.csv, curves.csv, a picture and \
                      report.html.\n\n\
                      It can be stopped at any time: the same command continues where it stopped.",
        after_help = "Examples:\n  gumbel reproduce policies\n  \
                      gumbel reproduce policies --seeds 3 --only exact,model,reinforce\n  \
                      gumbel reproduce policies --env particles --only maddpg,maddpg:rloo --budget 60\n\n\
                      See also: gumbel train policy"
    )]
    Policies(ReproducePoliciesArgs),
}
