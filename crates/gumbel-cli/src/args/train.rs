//! The arguments of `gumbel train`.

use clap::Subcommand;

use super::frequency::{GateArgs, RgbArgs};
use super::policy::PolicyArgs;
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
        after_help = "Examples:\n  gumbel train vae                             garments, less than a minute\n  \
                      gumbel train vae --data digits               8x8 pixels, a few seconds less\n  \
                      gumbel train vae --data mnist --data-dir ~/data --epochs 100 --out runs/mnist\n  \
                      gumbel train vae --out runs/mnist --resume\n  \
                      gumbel train vae --estimator gumbel-softmax --tau 1.0\n  \
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
                      The data are a folder of JPEGs of this shape, with two or more classes, the same \
                      in each part:\n  \
                      DIR/train/CLASS/*.jpg         to train\n  \
                      DIR/validation/CLASS/*.jpg    measured after each epoch; may be missing\n  \
                      DIR/test/CLASS/*.jpg          measured at the end; may be missing\n\
                      or DIR/CLASS/*.jpg, without parts. For a part without a folder, a tenth of the \
                      training images of each class is set aside, chosen by --seed. The name of a class \
                      is that of its folder; folders in it belong to it. Without --data, the data are a \
                      small set made from the embedded digits: a smoke set, to see the command work, not \
                      a benchmark.\n\n\
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
    /// Train agents that choose with probability: in a maze, on a cart with a pole, among landmarks
    #[command(
        long_about = "Trains an agent that acts by sampling from its policy. In a maze it goes forward, back, left \
                      or right; walls are masked, slippery cells mislead it, a trap or a goal ends the episode. The \
                      whole model of a maze is known, so returns are exact: the agent's, the best one, and that of \
                      uniform choices. Writes a run folder with metrics, checkpoints, pictures, an animation and \
                      report.html.\n\n\
                      The methods differ in how they get a gradient through the choice: from the score of whole \
                      episodes (reinforce, rloo, grpo), with a critic (a2c, ppo), through the choice by a critic of \
                      actions (ddpg, and maddpg for several agents), by the known model through a \
                      relaxed or straight-through choice (model), or as an exact expectation (exact).\n\n\
                      Environments: maze; cartpole, with the dynamics of CartPole-v1; particles, where three \
                      agents cover three landmarks, as in simple spread. Defaults named after an environment are \
                      those of its default method.",
        after_help = "Examples:\n  gumbel train policy\n  \
                      gumbel train policy --method model --estimator straight-through-gumbel-softmax\n  \
                      gumbel train policy --map maze.txt --method exact --out runs/maze\n  \
                      gumbel train policy --env cartpole --method ppo\n  \
                      gumbel train policy --env particles --estimator gumbel-softmax\n  \
                      gumbel play runs/policy-maze-001 --render terminal\n\n\
                      A map:\n  S.~.#\n  .#~.G\n  ..T..\n\n\
                      Exit status: 0 trained, 1 failed or diverged, 2 wrong usage, 130 stopped by Ctrl-C"
    )]
    Policy(PolicyArgs),
}
