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
                  gumbel train vae --help     every setting, with its default\n  \
                  gumbel figures              what Gumbel-Softmax is, in pictures\n  \
                  gumbel fit FILE.csv         a law and return levels for maxima of your own"
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
    /// Turn images into codes, a NumPy file
    #[command(
        long_about = "Turns the images of a data set into the codes of a trained run, in NumPy's \
                      format: an array [images, variables] of classes; of a run with Gaussian latents, \
                      float32 [images, dimensions], the means.\n\n\
                      Images are made 0 or 1 as the run's settings and seed say, so that codes are \
                      those of its evaluation. The class of a variable is the most probable one, or \
                      with --sample one drawn from q(z | x), as Gaussian codes are then, too.",
        after_help = "Examples:\n  gumbel encode runs/vae-digits-001\n  \
                      gumbel encode runs/mnist --split train --out train.npy\n  \
                      gumbel encode runs/mnist --data fashion-mnist --sample --seed 7\n\n\
                      In Python:\n  codes = numpy.load(\"codes.npy\")   # uint8 up to 256 classes"
    )]
    Encode(EncodeArgs),
    /// Turn codes into images
    #[command(
        long_about = "Turns codes in NumPy's format, an array [images, variables] of integers (of a \
                      run with Gaussian latents, of floating-point numbers [images, dimensions]), into \
                      images: images.npy, float32 [images, height, width] with the means \
                      of the pixels in 0 to 1, and a picture of them.",
        after_help = "Examples:\n  gumbel decode runs/vae-digits-001 codes.npy\n  \
                      gumbel decode runs/mnist codes.npy --out decoded --each\n\n\
                      In Python:\n  codes[:, 0] = 3; numpy.save(\"codes.npy\", codes)   # change, then decode"
    )]
    Decode(DecodeArgs),
    /// See which data sets are there, and download others
    #[command(subcommand)]
    Data(Data),
    /// Fit a Gumbel law to maxima of your own: floods, loads, daily peaks
    #[command(
        long_about = "Fits a Gumbel law to a column of block maxima: the highest flow of each year, \
                      the peak load of each day. Prints location and scale with standard errors, \
                      return levels with bounds that hold for few values too, and how well the law \
                      fits; leaves a folder with report.html, quantiles.png, return-levels.png and \
                      fit.json.\n\n\
                      The values must be maxima already, one for each block of the same length, and \
                      independent. For minima, fit their negatives. A period counts blocks: with \
                      yearly maxima, the level of period 100 is exceeded by one year in a hundred.",
        after_help = "Examples:\n  gumbel fit floods.csv --column flow\n  \
                      gumbel fit floods.csv --column 2 --period 30 --period 300 --confidence 0.9\n  \
                      gumbel fit peaks.tsv --column load --delimiter tab --json\n  \
                      gumbel fit crues.csv --column débit --decimal-comma\n\n\
                      floods.csv may look like this:\n  year,flow\n  1991,312.5\n  1992,275\n  ..."
    )]
    Fit(FitArgs),
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
pub(crate) enum Data {
    /// List the sets that have a name: where they are, how large, whose
    #[command(after_help = "Examples:\n  gumbel data list\n  gumbel data list --check --json")]
    List(DataListArgs),
    /// Download a set: mnist or fashion-mnist
    #[command(
        long_about = "Downloads a data set from public mirrors into the user's cache folder, where \
                      train, eval and encode look for it.\n\n\
                      The sha256 of the uncompressed content is checked before a file gets its name. \
                      A download that breaks off is gone on with, now or when the command is run \
                      again.\n\n\
                      Proxies are taken from https_proxy, http_proxy, all_proxy and no_proxy (also in \
                      capitals); SSL_CERT_FILE names the certificates to trust in place of the \
                      built-in ones.",
        after_help = "Examples:\n  gumbel data get mnist\n  gumbel data get fashion-mnist --out ~/data/fashion-mnist\n  \
                      gumbel data get mnist --mirror http://files.example.org/mnist/"
    )]
    Get(DataGetArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DataListArgs {
    /// Read the files that are there and check their sha256; status 1 if one is wrong
    #[arg(long)]
    pub(crate) check: bool,
    /// Look here first, as train does
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// One JSON object in place of a table
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DataGetArgs {
    /// mnist or fashion-mnist (digits are embedded)
    pub(crate) name: String,
    /// The folder for the files [default: gumbel/NAME in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Ask this place alone: the address of a folder with the four .gz files, http or https
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,
    /// The longest wait for a connection, an answer or the next bytes
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, allow_hyphen_values = true)]
    pub(crate) timeout: f64,
    /// Fetch again and replace what is there
    #[arg(long)]
    pub(crate) force: bool,
    /// No progress; the result is still printed
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EncodeArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The images: a named set or a folder with the four idx files [default: the data of the run]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) data: Option<String>,
    /// Where the data set is, as for train
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Which part of the set: train, validation or test
    #[arg(long, default_value = "test")]
    pub(crate) split: String,
    /// The array of codes to write
    #[arg(long, value_name = "FILE", default_value = "codes.npy")]
    pub(crate) out: PathBuf,
    /// Draw each code from q(z | x) in place of the most probable one
    #[arg(long)]
    pub(crate) sample: bool,
    /// The seed of the draw
    #[arg(long, default_value_t = 0, requires = "sample")]
    pub(crate) seed: u64,
    /// Also write the logits of q(z | x) of discrete codes, float32 [images, variables, classes]
    #[arg(long, value_name = "FILE")]
    pub(crate) logits: Option<PathBuf>,
    /// Worker threads [default: all cores]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// No progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The array of codes, as encode writes it
    pub(crate) codes: PathBuf,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = "decoded")]
    pub(crate) out: PathBuf,
    /// A picture of each image in place of one of all
    #[arg(long)]
    pub(crate) each: bool,
    /// Worker threads [default: all cores]
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// No progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

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

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// Samples for each image in the bound; those of a discrete code are one-hot
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
pub(crate) struct FitArgs {
    /// A CSV file; the first line holds names unless all of it is numbers, and lines that begin with #
    /// are left out
    pub(crate) file: PathBuf,
    /// The column with the maxima, by name or by number from 1; not needed when there is only one
    #[arg(short, long, value_name = "NAME|NUMBER")]
    pub(crate) column: Option<String>,
    /// A return level for this period, in blocks; give it again for more
    /// [default: 2, 5, 10, 20, 50, 100, 200]
    #[arg(long, value_name = "BLOCKS", allow_hyphen_values = true)]
    pub(crate) period: Vec<f64>,
    /// How often the bounds shall hold the true level [default: 0.95]
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    pub(crate) confidence: Option<f64>,
    /// Simulated samples behind the bounds and the p-value [default: 1000]
    #[arg(long, value_name = "SAMPLES")]
    pub(crate) bootstrap: Option<usize>,
    /// The seed of the simulation
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// What stands between cells: one character, or tab [default: found in the first line]
    #[arg(long, value_name = "CHAR", allow_hyphen_values = true)]
    pub(crate) delimiter: Option<String>,
    /// Decimals have a comma, as in 12,5; cells are then divided by semicolons, tabs or bars
    #[arg(long)]
    pub(crate) decimal_comma: bool,
    /// Refuse empty cells (also NA, N/A, NaN, null) instead of counting them and leaving them out
    #[arg(long)]
    pub(crate) strict: bool,
    /// The folder for the report; an earlier fit in it is replaced [default: fits/FILE-COLUMN]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// One JSON object in place of words
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FiguresArgs {
    /// The folder for the files; those of the same name in it are replaced
    #[arg(long, value_name = "DIR", default_value = "figures")]
    pub(crate) out: PathBuf,
    /// Only these figures [default: all]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// The kind of file
    #[arg(long, value_name = "KIND", value_parser = ["svg", "png"], default_value = "svg")]
    pub(crate) format: String,
    /// Name the figures there are, and draw nothing
    #[arg(long, conflicts_with_all = ["out", "format"])]
    pub(crate) list: bool,
}
