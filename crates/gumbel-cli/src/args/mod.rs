//! The arguments, with help that teaches.

mod data;
#[cfg(test)]
mod documented;
mod numbers;
mod reproduce;
mod train;

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};

pub(crate) use numbers::expected;
use numbers::{seed, whole, with_negative_numbers};

pub(crate) use data::{Data, DataGetArgs, DataListArgs};
pub(crate) use reproduce::{FrequencyArgs, Reproduce};
pub(crate) use train::{
    GateArgs, PhotographArgs, RgbArgs, RunArgs, SeededRunArgs, TemperatureArgs, Train, VaeArgs,
};

/// Discrete choices that a network can be trained through.
#[derive(Debug, Parser)]
#[command(
    name = "gumbel",
    version,
    arg_required_else_help = true,
    after_help = "Start here:\n  gumbel train vae            train on embedded digits, about a minute\n  \
                  gumbel train vae --help     every setting, with its default\n  \
                  gumbel train gate           which frequencies of an image a classifier needs\n  \
                  gumbel figures              what Gumbel-Softmax is, in pictures\n  \
                  gumbel fit FILE.csv         a law and return levels for maxima of your own"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The command with all that its derivation cannot say.
pub(crate) fn command() -> clap::Command {
    with_negative_numbers(Cli::command())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a model
    #[command(subcommand)]
    Train(Box<Train>),
    /// Evaluate a trained run on its test images: a bound, or an accuracy
    #[command(after_help = "Examples:\n  gumbel eval runs/vae-digits-001\n  \
                      gumbel eval runs/vae-digits-001 --samples 100 --iw 1000 --json\n  \
                      gumbel eval runs/gate --data other-photographs")]
    Eval(EvalArgs),
    /// Show which frequency channels a trained gate keeps: a table and a heat map
    #[command(
        long_about = "Shows which of the 192 frequency channels of a JPEG a trained gate keeps: the most \
                      probable ones first, how often each is kept for a validation image, the mean of \
                      P(on), how often a sample of it was on, and how many of its coefficients are \
                      other than 0; and a picture of three 8x8 heat maps, of Y, Cb and Cr.\n\n\
                      Y2,5 is vertical frequency 2 and horizontal frequency 5 of the luma.",
        after_help = "Examples:\n  gumbel channels runs/gate-digits-jpeg-001\n  \
                      gumbel channels runs/gate --keep 24 --out channels.png\n\n\
                      To train on such a choice:\n  \
                      gumbel train gate --data photographs --channels runs/gate --keep 24"
    )]
    Channels(ChannelsArgs),
    /// Draw images from the prior of a trained run
    #[command(after_help = "Example:\n  gumbel sample runs/vae-digits-001 -n 64 --out grid.png")]
    Sample(SampleArgs),
    /// Turn images into codes, a NumPy file or a table
    #[command(
        long_about = "Turns the images of a data set into the codes of a trained run, in NumPy's \
                      format: an array [images, variables] of classes; of a run with Gaussian latents, \
                      float32 [images, dimensions], the means. A name that ends in .csv makes a \
                      table in plain text, a line for each image below the names of the columns.\n\n\
                      Images are made 0 or 1 as the run's settings and seed say, so that codes are \
                      those of its evaluation. The class of a variable is the most probable one, or \
                      with --sample one drawn from q(z | x), as Gaussian codes are then, too.",
        after_help = "Examples:\n  gumbel encode runs/vae-digits-001\n  \
                      gumbel encode runs/mnist --split train --out train.npy\n  \
                      gumbel encode runs/mnist --out codes.csv\n  \
                      gumbel encode runs/mnist --data fashion-mnist --sample --seed 7\n\n\
                      In Python:\n  codes = numpy.load(\"codes.npy\")   # uint8 up to 256 classes"
    )]
    Encode(EncodeArgs),
    /// Turn codes into images
    #[command(
        long_about = "Turns codes in NumPy's format, an array [images, variables] of integers (of a \
                      run with Gaussian latents, of floating-point numbers [images, dimensions]), or in \
                      a table FILE.csv, into \
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
                      floods.csv may look like this:\n  year,flow\n  1991,312.5\n  1992,275\n  ...\n\n\
                      A file of peak flows of the USGS is read as it comes: --column peak_va"
    )]
    Fit(FitArgs),
    /// Train many variants and compare them: the claims of a paper on your data
    #[command(subcommand)]
    Reproduce(Reproduce),
    /// Look at the runs there are
    #[command(subcommand)]
    Runs(Runs),
    /// Measure the kernels of the library on this machine
    #[command(
        long_about = "Measures the kernels of the library on this machine, in less than a minute: the \
                      median of several calls in nanoseconds an element, and as a multiple of the time \
                      to read and write the memory of a call once. Every kernel's answers are checked.",
        after_help = "Examples:\n  gumbel bench\n  gumbel bench --only gumbel --elements 4096 --threads 1\n  \
                      gumbel bench --json > bench.json\n  \
                      gumbel bench --growth growth.svg --only gumbel gumbel-softmax-32"
    )]
    Bench(BenchArgs),
    /// Draw the figures of the explanation, from uniform numbers to Gumbel-Softmax
    #[command(
        long_about = "Draws the figures of the explanation, each with the functions that it explains, \
                      and, without --only, a page that holds them with their captions (index.html). Twice the same \
                      command gives twice the same files.",
        after_help = "Examples:\n  gumbel figures\n  gumbel figures --list\n  \
                      gumbel figures --only simplex temperature --format png --out pictures"
    )]
    Figures(FiguresArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EncodeArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The images: a named set or a folder with the four idx files [default: the data of the run]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) data: Option<String>,
    /// Where the data set is, as for train; of a run on a folder, where that is now
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Which part of the set: train, validation or test
    #[arg(long, default_value = "test")]
    pub(crate) split: String,
    /// The codes to write
    #[arg(long, value_name = "FILE.npy|FILE.csv", default_value = "codes.npy")]
    pub(crate) out: PathBuf,
    /// Draw each code from q(z | x) in place of the most probable one
    #[arg(long)]
    pub(crate) sample: bool,
    /// The seed of the draw
    #[arg(long, default_value_t = 0, requires = "sample", value_parser = seed)]
    pub(crate) seed: u64,
    /// Also write the logits of q(z | x) of discrete codes, float32 [images, variables, classes]
    #[arg(long, value_name = "FILE.npy")]
    pub(crate) logits: Option<PathBuf>,
    /// Worker threads [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// No progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The codes, as encode writes them: FILE.npy or FILE.csv
    pub(crate) codes: PathBuf,
    /// The folder to write into; images of the same name in it are replaced [default: decoded, or the
    /// first of decoded-2, decoded-3, ... that is not there]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// A picture of each image in place of one of all
    #[arg(long)]
    pub(crate) each: bool,
    /// Worker threads [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// No progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Runs {
    /// List runs with their settings and results
    #[command(after_help = "Example:\n  gumbel runs list --dir runs")]
    List(ListArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// Where the data of the run are now, if they have moved; of train gate and train rgb also another
    /// folder of the same classes, of which test/ is judged, or all if it is not divided
    /// [default: where they were]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Of train gate: multiply channels by P(on), in place of keeping those above 1/2
    #[arg(long)]
    pub(crate) expectation: bool,
    /// Of train gate and train rgb: stop at the first file that cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// Of train vae: samples for each image in the bound; those of a discrete code are one-hot
    /// [default: 10]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, u64::MAX))]
    pub(crate) samples: Option<u64>,
    /// Of train vae: also the importance-weighted bound with K samples
    #[arg(long, value_name = "K", value_parser = whole::<u64>(1, u64::MAX))]
    pub(crate) iw: Option<u64>,
    /// Only the first N test images [default: all]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, u64::MAX))]
    pub(crate) images: Option<usize>,
    /// Where the data set is, as for train; of a run on a folder, where that is now
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Worker threads [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// One JSON object in place of words
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ChannelsArgs {
    /// The folder of a finished run of train gate
    pub(crate) run: PathBuf,
    /// Only the N most probable channels, and mark them in the picture [default: all]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, 192))]
    pub(crate) keep: Option<usize>,
    /// The picture to write [default: channels.svg in the run folder]
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    pub(crate) out: Option<PathBuf>,
    /// One JSON array in place of a table
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SampleArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The number of images, 1 to 10,000
    #[arg(short, value_name = "N", default_value_t = 64, value_parser = whole::<u64>(1, 10_000))]
    pub(crate) n: u64,
    /// The picture to write
    #[arg(long, value_name = "FILE.png", default_value = "grid.png")]
    pub(crate) out: PathBuf,
    /// The seed of the samples
    #[arg(long, default_value_t = 0, value_parser = seed)]
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
    /// A CSV file; the first line holds names unless all of it is numbers, and lines before it that begin
    /// with # are comments; before a first line of numbers, a last comment as `# year,flow` holds the names
    pub(crate) file: PathBuf,
    /// The column with the maxima, by name or by number from 1; not needed when there is only one
    #[arg(short, long, value_name = "NAME|NUMBER")]
    pub(crate) column: Option<String>,
    /// A return level for this period, in blocks; give it again for more
    /// [default: 2, 5, 10, 20, 50, 100, 200]
    #[arg(long, value_name = "BLOCKS", allow_hyphen_values = true)]
    pub(crate) period: Vec<f64>,
    /// How often the bounds shall hold the true level, up to 0.999998 [default: 0.95]
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    pub(crate) confidence: Option<f64>,
    /// Simulated samples behind the bounds and the p-value [default: 1000]
    #[arg(long, value_name = "SAMPLES")]
    pub(crate) bootstrap: Option<usize>,
    /// The seed of the simulation
    #[arg(long, default_value_t = 0, value_parser = seed)]
    pub(crate) seed: u64,
    /// What stands between cells: one character, or tab, or space for any number of spaces [default: found
    /// in the first line]
    #[arg(long, value_name = "CHAR", allow_hyphen_values = true)]
    pub(crate) delimiter: Option<String>,
    /// Decimals have a comma, as in 12,5; cells are then divided by semicolons, tabs or bars
    #[arg(long)]
    pub(crate) decimal_comma: bool,
    /// Refuse cells without a value (empty, NA, N/A, NaN, null, #N/A and other errors of spreadsheets) and
    /// blank lines between rows instead of counting them and leaving them out, and comments that look like
    /// rows
    #[arg(long)]
    pub(crate) strict: bool,
    /// The folder for the report; an earlier fit in it is replaced [default: fits/FILE-COLUMN, or the first
    /// of FILE-COLUMN-2, FILE-COLUMN-3, ... where no other fit is]
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

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Only these kernels [default: all]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Elements of a call, rounded down to whole rows
    #[arg(long, value_name = "N", default_value_t = 1 << 23, value_parser = whole::<usize>(1, 1 << 32))]
    pub(crate) elements: usize,
    /// About how long to measure each kernel
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, allow_hyphen_values = true)]
    pub(crate) seconds: f64,
    /// Threads [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// Measure calls of 4,096 elements and four times as many each, up to --elements, and draw the curves
    #[arg(long, value_name = "FILE.svg|FILE.png", conflicts_with = "list")]
    pub(crate) growth: Option<PathBuf>,
    /// Name the kernels there are, and measure nothing
    #[arg(long)]
    pub(crate) list: bool,
    /// One JSON array in place of a table
    #[arg(long)]
    pub(crate) json: bool,
}
