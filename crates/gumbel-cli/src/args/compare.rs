//! The arguments of `gumbel compare`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::TypedValueParser;
use gumbel_compare::ESTIMATORS;
use gumbel_compare::problem::PROBLEMS;
use gumbel_lab::compare::DIGITS;

use super::names::one_of;
use super::numbers::{seed, whole};

/// The baselines of `reinforce` by the names of `reproduce estimators`, each with the beginning of its parameters.
pub(crate) const BASELINES: [(&str, &str); 3] = [
    ("reinforce:none", "baseline none"),
    ("reinforce:mean", "baseline mean"),
    ("reinforce:learned", "baseline expected cost"),
];

fn estimator() -> impl TypedValueParser<Value = &'static str> {
    one_of([&ESTIMATORS[..], &BASELINES.map(|(name, _)| name)].concat(), |name| name)
}

fn problem() -> impl TypedValueParser<Value = &'static str> {
    one_of([&PROBLEMS[..], &DIGITS[..]].concat(), |name| name)
}

/// Hold gradient estimators against the exact gradient: bias, variance, cosine
#[derive(Debug, Args)]
#[command(
    long_about = "Holds gradient estimators against the exact gradient, on problems so small that the exact gradient \
                  is a sum over all states. Use it to choose an estimator, or to see what a temperature does.\n\n\
                  A cost f depends on hard choices D whose probabilities are softmax(logits). An estimator guesses \
                  the gradient of the mean of f in the logits from a few draws of D.\n  \
                  bias      how far the mean of its guesses is from the gradient, which no number of draws repairs\n  \
                  variance  how much one guess scatters: the trace of its covariance, deviation squared\n  \
                  cosine    of the angle between the mean and the gradient: 1 is the right direction, whatever the \
                  length\n  \
                  error     both together: the root-mean-square error after 100 evaluations of f\n  \
                  time      microseconds of a draw on tensors, a row of a batch of 100 under an autoencoder of \
                  default size, forward and backward; with --run under that run\n\n\
                  Problems (variables x classes):\n  \
                  quadratic-4x2  a quadratic cost: some biased estimators are exact here\n  \
                  net-3x4        a small network with tanh units, like the decoder of an autoencoder\n  \
                  skewed-1x10    far from quadratic, with rare classes: straight-through points the wrong way\n  \
                  random-7x4     a network with random weights and 16,384 states; only with --problem\n  \
                  digits-7x4@E   an autoencoder on the embedded digits after E = 0, 20 or 200 epochs: the cost of a \
                  test image over its 16,384 codes; only with --problem, and trained on the way; one or two minutes each on one \
                  core with the default draws\n\n\
                  Moments are exact, by enumeration, for estimators that are random only through D (up to 2^20 outcomes); the others have a \
                  standard error. Every claim of no bias is tested, with one chance in a million of a false alarm \
                  in the whole comparison. The test needs 30 expected draws of the rarest class of a problem, 63,304 \
                  draws for skewed-1x10; with fewer it says \"too few draws\", and nothing fails.\n\n\
                  Evaluations of f are counted for a fixed f. In the training of a network, and with --run, rodeo and \
                  double-cv need twice as many. The learned baseline of reinforce is the exact expected cost, which \
                  it tends to.\n\n\
                  With --run the same question is asked of a trained autoencoder: its estimators draw on tensors as \
                  in training, are timed, and are held against the exact gradient of test images up to 16,384 codes, \
                  or else against many draws of an estimator without bias. The end says which estimator and which \
                  temperature have the least error there, at equal evaluations of f and at equal time. It is the \
                  error of one gradient of that model, no forecast of the bound after a training.\n\n\
                  Writes a folder with compare.csv, temperature.csv, pictures and report.html.",
    after_help = "Examples:\n  gumbel compare\n  \
                  gumbel compare --only gumbel-softmax gumbel-rao reinmax rloo --problem net-3x4\n  \
                  gumbel compare --draws 20000 --out quick           a rough look in seconds\n  \
                  gumbel compare --problem random-7x4 --json > rows.json\n  \
                  gumbel compare --problem digits-7x4@0 digits-7x4@200 --only reinmax gumbel-softmax\n  \
                  gumbel compare --run runs/vae-digits-001           for this very model\n  \
                  gumbel compare --run runs/mnist --images 64 --only reinmax rloo --out best\n  \
                  gumbel compare --list\n\n\
                  Exit status: 0 every claim holds, 1 a claim of no bias failed its test, 2 wrong usage"
)]
pub(crate) struct CompareArgs {
    /// Compare only these estimators [default: all]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', value_parser = estimator())]
    pub(crate) only: Vec<&'static str>,
    /// The problems [default: quadratic-4x2, net-3x4, skewed-1x10]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', value_parser = problem())]
    pub(crate) problem: Vec<&'static str>,
    /// Compare on a trained run of train vae with discrete latents, instead of problems
    #[arg(long, value_name = "RUN", conflicts_with_all = ["problem", "list"])]
    pub(crate) run: Option<PathBuf>,
    /// With --run: the first N test images, whose gradients are compared together [default: 16]
    #[arg(long, value_name = "N", requires = "run", value_parser = whole::<usize>(1, 1000))]
    pub(crate) images: Option<usize>,
    /// With --run: the present folder of the run's data, if they have moved
    #[arg(long, value_name = "DIR", requires = "run")]
    pub(crate) data: Option<PathBuf>,
    /// With --run: the folder of the named data set, as for train; for a run on a folder, its present place
    #[arg(long, value_name = "DIR", requires = "run")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The evaluations of f at which errors are compared: few favour estimators with little noise, many those with
    /// little bias [default: 100]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, 1 << 40))]
    pub(crate) evaluations: Option<u64>,
    /// Draws for each row that cannot be enumerated, rounded up to multiples of 1,024, at least 2,048; a 32nd of them
    /// for each temperature. With the default the standard error of every bias on the first three problems is below
    /// 1 % of the gradient. With --run draws of each image, a quarter of them for each temperature
    /// [default: 524288; with --run 2048]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, 1 << 40))]
    pub(crate) draws: Option<u64>,
    /// The seed of the draws
    #[arg(long, default_value_t = 0, value_parser = seed)]
    pub(crate) seed: u64,
    /// Threads; the result does not depend on them [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// Measure no times: then every call writes the same bytes
    #[arg(long, conflicts_with = "run")]
    pub(crate) no_time: bool,
    /// The folder for the files; files with the same names are replaced [default: compare, or the first of
    /// compare-2, compare-3, ... that does not exist]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// List the estimators and problems, and compare nothing
    #[arg(long, conflicts_with_all = ["out", "json"])]
    pub(crate) list: bool,
    /// Print one JSON array, with an object for each row, instead of tables
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

impl CompareArgs {
    /// The evaluations at which errors are compared.
    pub(crate) fn evaluations(&self) -> f64 {
        self.evaluations.map_or(gumbel_compare::Settings::default().evaluations, |n| n as f64)
    }
}
