//! The command-line arguments and their help texts.

mod compare;
mod data;
#[cfg(test)]
mod defaults;
#[cfg(test)]
mod documented;
mod frequency;
mod names;
mod numbers;
mod policy;
mod reproduce;
mod run;
mod train;
mod vae;
mod values;

use std::path::PathBuf;

use clap::builder::TypedValueParser;
use clap::{Args, CommandFactory, Parser, Subcommand};
use gumbel_bench::KERNELS;
use gumbel_figures::{Figure, Format, Language};
use gumbel_lab::speed::TENSOR_KERNELS;
use gumbel_lab::vae::Split;
use gumbel_maxima::Delimiter;
use gumbel_train::DeviceName;

use names::{names, one_of};
pub(crate) use numbers::expected;
use numbers::{seed, whole, with_negative_numbers};

pub(crate) use compare::{BASELINES, CompareArgs};
pub(crate) use data::{Data, DataGetArgs, DataListArgs};
pub(crate) use frequency::{FrequencyArgs, GateArgs, ReproduceArgs, RgbArgs, SeededRunArgs};
pub(crate) use policy::{PlayArgs, PolicyArgs, ReproducePoliciesArgs};
pub(crate) use reproduce::Reproduce;
pub(crate) use run::{ComputeArgs, RunArgs, TemperatureArgs};
pub(crate) use train::Train;
pub(crate) use vae::{ReproduceEstimatorsArgs, VaeArgs};
pub(crate) use values::{ChannelsArg, Render};

/// Discrete choices that a network can be trained through.
#[derive(Debug, Parser)]
#[command(
    name = "gumbel",
    version,
    arg_required_else_help = true,
    after_help = "Start here:\n  gumbel train vae            train on embedded garments, less than a minute\n  \
                  gumbel train vae --help     every setting, with its default\n  \
                  gumbel train policy         an agent that learns its way through a maze\n  \
                  gumbel train gate           which frequencies of an image a classifier needs\n  \
                  gumbel figures              what Gumbel-Softmax is, in pictures\n  \
                  gumbel fit FILE.csv         a Gumbel law and return levels for your own maxima"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

fn figure() -> impl TypedValueParser<Value = &'static Figure> {
    one_of(gumbel_figures::all().iter().collect(), |figure| figure.name)
}

fn kernel() -> impl TypedValueParser<Value = &'static str> {
    let on_tensors = TENSOR_KERNELS.iter().map(|kernel| kernel.name);
    let mut all: Vec<&'static str> = KERNELS.iter().map(|kernel| kernel.name).collect();
    all.extend(on_tensors.filter(|name| KERNELS.iter().all(|kernel| kernel.name != *name)));
    one_of(all, |name| name)
}

/// The complete command: what clap derives, and negative numbers for every numeric option.
pub(crate) fn command() -> clap::Command {
    with_negative_numbers(Cli::command())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a model
    #[command(subcommand)]
    Train(Box<Train>),
    /// Evaluate a trained run: the bound or the accuracy on its test images, or the return of an agent
    #[command(after_help = "Examples:\n  gumbel eval runs/vae-digits-001\n  \
                      gumbel eval runs/vae-digits-001 --samples 100 --iw 1000 --json\n  \
                      gumbel eval runs/gate --data other-photographs\n  \
                      gumbel eval runs/policy-maze-001 --json")]
    Eval(EvalArgs),
    /// Play episodes of a trained agent: their returns, in the terminal or as an animation
    #[command(after_help = "Examples:\n  gumbel play runs/policy-maze-001 --render terminal\n  \
                      gumbel play runs/policy-maze-001 --render episode.gif\n  \
                      gumbel play runs/policy-maze-001 --episodes 1000 --greedy")]
    Play(PlayArgs),
    /// Show which frequency channels a trained gate keeps: a table and a heat map
    #[command(
        long_about = "Shows which of the 192 frequency channels of a JPEG a trained gate keeps. The table has \
                      the most probable channels first: the share of validation images that keep the \
                      channel, the mean of P(on), the share of samples that were on, and the number of \
                      its nonzero coefficients. The picture has three 8x8 heat maps, for Y, Cb and \
                      Cr.\n\n\
                      Y2,5 is vertical frequency 2 and horizontal frequency 5 of the luma.",
        after_help = "Examples:\n  gumbel channels runs/gate-digits-jpeg-001\n  \
                      gumbel channels runs/gate --keep 24 --out channels.png\n\n\
                      To train on the channels that a gate kept:\n  \
                      gumbel train gate --data photographs --channels runs/gate --keep 24"
    )]
    Channels(ChannelsArgs),
    /// Draw images from the prior of a trained run
    #[command(after_help = "Example:\n  gumbel sample runs/vae-digits-001 -n 64 --out grid.png")]
    Sample(SampleArgs),
    /// Encode images: write codes to a NumPy file or a table
    #[command(
        long_about = "Encodes the images of a data set with a trained run and writes the codes in NumPy's \
                      format: an array [images, variables] of classes, or the means, float32 \
                      [images, dimensions], for a run with Gaussian latents. If the name of the file \
                      ends in .csv, the codes are a table in plain text: a line of column names, then \
                      a line for each image.\n\n\
                      Pixels are binarised with the settings and the seed of the run, so the codes are \
                      those of its evaluation. The class of a variable is the most probable one. With \
                      --sample, each code is drawn from q(z | x), Gaussian codes too.",
        after_help = "Examples:\n  gumbel encode runs/vae-digits-001\n  \
                      gumbel encode runs/mnist --split train --out train.npy\n  \
                      gumbel encode runs/mnist --out codes.csv\n  \
                      gumbel encode runs/mnist --data fashion-mnist --sample --seed 7\n\n\
                      In Python:\n  codes = numpy.load(\"codes.npy\")   # uint8 up to 256 classes"
    )]
    Encode(EncodeArgs),
    /// Decode codes: write images
    #[command(
        long_about = "Decodes codes with a trained run. The codes are in NumPy's format or in a table \
                      FILE.csv: an array [images, variables] of integers, or floating-point numbers \
                      [images, dimensions] for a run with Gaussian latents. Writes images.npy, float32 \
                      [images, height, width] with the means of the pixels from 0 to 1, and a picture \
                      of the images.",
        after_help = "Examples:\n  gumbel decode runs/vae-digits-001 codes.npy\n  \
                      gumbel decode runs/mnist codes.npy --out decoded --each\n\n\
                      In Python:\n  codes[:, 0] = 3; numpy.save(\"codes.npy\", codes)   # change, then decode"
    )]
    Decode(DecodeArgs),
    /// List the data sets and download them
    #[command(subcommand)]
    Data(Data),
    /// Fit a Gumbel law to your own maxima: floods, loads, daily peaks
    #[command(
        long_about = "Fits a Gumbel law to a column of block maxima: the highest flow of each year, \
                      the peak load of each day. Prints location and scale with standard errors, \
                      return levels with bounds that are valid for few values too, and the goodness of \
                      fit. Writes a folder with report.html, quantiles.png, return-levels.png and \
                      fit.json.\n\n\
                      The values must already be maxima, one for each block, and independent; all blocks \
                      must have the same length. For minima, fit their negatives. A period counts \
                      blocks: with yearly maxima, one year in a hundred exceeds the level of period \
                      100.",
        after_help = "Examples:\n  gumbel fit floods.csv --column flow\n  \
                      gumbel fit floods.csv --column 2 --period 30 --period 300 --confidence 0.9\n  \
                      gumbel fit peaks.tsv --column load --delimiter tab --json\n  \
                      gumbel fit crues.csv --column débit --decimal-comma\n\n\
                      floods.csv may look like this:\n  year,flow\n  1991,312.5\n  1992,275\n  ...\n\n\
                      A USGS file of peak flows is read without changes: --column peak_va"
    )]
    Fit(FitArgs),
    /// Train and compare many variants: test the claims of a paper on your data
    #[command(subcommand)]
    Reproduce(Reproduce),
    /// List runs
    #[command(subcommand)]
    Runs(Runs),
    /// Measure the speed of the library's kernels on this machine
    #[command(
        long_about = "Measures the speed of the library's kernels on this machine, in less than a minute: \
                      the median of several calls, in nanoseconds per element and as a multiple of the \
                      time to read and write the memory of a call once. The results of every kernel are \
                      checked.",
        after_help = "Examples:\n  gumbel bench\n  gumbel bench --only gumbel --elements 4096 --threads 1\n  \
                      gumbel bench --json > bench.json\n  \
                      gumbel bench --growth growth.svg --only gumbel gumbel-softmax-32"
    )]
    Bench(BenchArgs),
    Compare(CompareArgs),
    /// Draw figures that explain Gumbel-Softmax, from uniform numbers on
    #[command(
        long_about = "Draws figures that explain Gumbel-Softmax, each with the library functions that it \
                      explains. Without --only, also writes index.html, a page with all figures and \
                      their captions. The same command always writes the same files.",
        after_help = "Examples:\n  gumbel figures\n  gumbel figures --list\n  \
                      gumbel figures --only simplex temperature --format png --out pictures\n  \
                      gumbel figures --language zh --out figures/zh"
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
    /// The folder of the named data set, as for train; for a run on a folder, its present place
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The part of the set to encode
    #[arg(long, value_parser = names::<Split>(), default_value_t = Split::Test)]
    pub(crate) split: Split,
    /// The file for the codes
    #[arg(long, value_name = "FILE.npy|FILE.csv", default_value = "codes.npy")]
    pub(crate) out: PathBuf,
    /// Draw each code from q(z | x) instead of taking the most probable one
    #[arg(long)]
    pub(crate) sample: bool,
    /// The seed of the draw
    #[arg(long, default_value_t = 0, requires = "sample", value_parser = seed)]
    pub(crate) seed: u64,
    /// Also write the logits of q(z | x), float32 [images, variables, classes]; discrete codes only
    #[arg(long, value_name = "FILE.npy")]
    pub(crate) logits: Option<PathBuf>,
    /// Worker threads [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// Show no progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// The run folder
    pub(crate) run: PathBuf,
    /// The codes in the format of encode: FILE.npy or FILE.csv
    pub(crate) codes: PathBuf,
    /// The folder for the images; files with the same names are replaced [default: decoded, or the first
    /// of decoded-2, decoded-3, ... that does not exist]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Write a picture of each image instead of one picture of all
    #[arg(long)]
    pub(crate) each: bool,
    /// Worker threads [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// Show no progress
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
    /// The present folder of the run's data, if they have moved; for train gate and train rgb also another
    /// folder with the same classes: its test/ is evaluated, or all of it if it has no parts
    /// [default: the folder of the training]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// For train gate: multiply channels by P(on) instead of keeping those above 1/2
    #[arg(long)]
    pub(crate) expectation: bool,
    /// For train gate and train rgb: stop at the first file that cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
    /// For train vae: samples of each image for the bound; samples of a discrete code are one-hot
    /// [default: 10]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(1, u64::MAX))]
    pub(crate) samples: Option<u64>,
    /// For train vae: also compute the importance-weighted bound with K samples
    #[arg(long, value_name = "K", value_parser = whole::<u64>(1, u64::MAX))]
    pub(crate) iw: Option<u64>,
    /// Evaluate only the first N test images [default: all]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, u64::MAX))]
    pub(crate) images: Option<usize>,
    /// The folder of the named data set, as for train; for a run on a folder, its present place
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// For a run on images: worker threads [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Show no progress
    #[arg(long)]
    pub(crate) quiet: bool,
}

impl EvalArgs {
    /// The options given that not every experiment has.
    pub(crate) fn given_options(&self) -> Vec<&'static str> {
        let options = [
            ("--data", self.data.is_some()),
            ("--images", self.images.is_some()),
            ("--threads", self.threads.is_some()),
            ("--samples", self.samples.is_some()),
            ("--iw", self.iw.is_some()),
            ("--data-dir", self.data_dir.is_some()),
            ("--expectation", self.expectation),
            ("--strict", self.strict),
        ];
        options.into_iter().filter_map(|(option, given)| given.then_some(option)).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct ChannelsArgs {
    /// The folder of a finished run of train gate
    pub(crate) run: PathBuf,
    /// List only the N most probable channels, and mark them in the picture [default: all]
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1, 192))]
    pub(crate) keep: Option<usize>,
    /// The file for the picture [default: channels.svg in the run folder]
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON array instead of a table
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
    /// The file for the picture
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
    /// A CSV file. Lines before the table that begin with # are comments. The first line of the table holds
    /// the column names, unless all its cells are numbers; then the last comment may hold them, as in
    /// `# year,flow`
    pub(crate) file: PathBuf,
    /// The column with the maxima, by name or by number from 1; not needed when there is only one
    #[arg(short, long, value_name = "NAME|NUMBER")]
    pub(crate) column: Option<String>,
    /// The period of a return level, in blocks; repeat the option for more levels
    /// [default: 2, 5, 10, 20, 50, 100, 200]
    #[arg(long, value_name = "BLOCKS", allow_hyphen_values = true)]
    pub(crate) period: Vec<f64>,
    /// The probability that the bounds contain the true level, up to 0.999998 [default: 0.95]
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    pub(crate) confidence: Option<f64>,
    /// The number of simulated samples for the bounds and the p-value [default: 1000]
    #[arg(long, value_name = "SAMPLES")]
    pub(crate) bootstrap: Option<usize>,
    /// The seed of the simulation
    #[arg(long, default_value_t = 0, value_parser = seed)]
    pub(crate) seed: u64,
    /// The separator of cells: one character, or tab, or space for any number of spaces
    /// [default: detected in the first line]
    #[arg(long, value_name = "CHAR", allow_hyphen_values = true)]
    pub(crate) delimiter: Option<Delimiter>,
    /// Numbers have a decimal comma, as in 12,5; cells are then separated by semicolons, tabs or bars
    #[arg(long)]
    pub(crate) decimal_comma: bool,
    /// Refuse cells without a value (empty, NA, N/A, NaN, null, #N/A and other spreadsheet errors) and blank
    /// lines between rows, instead of leaving them out and counting them; refuse comments that look like rows
    #[arg(long)]
    pub(crate) strict: bool,
    /// The folder for the report; an earlier fit in it is replaced [default: fits/FILE-COLUMN, or the first
    /// of FILE-COLUMN-2, FILE-COLUMN-3, ... without another fit]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Print one JSON object instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FiguresArgs {
    /// The folder for the files; files with the same names are replaced
    #[arg(long, value_name = "DIR", default_value = "figures")]
    pub(crate) out: PathBuf,
    /// Draw only these figures [default: all]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', value_parser = figure())]
    pub(crate) only: Vec<&'static Figure>,
    /// The format of the files
    #[arg(long, value_name = "FORMAT", value_parser = names::<Format>(), default_value_t = Format::Svg)]
    pub(crate) format: Format,
    /// The language of the letters; zh is drawn as SVG alone, and without the page of captions
    #[arg(long, value_name = "LANGUAGE", value_parser = names::<Language>())]
    #[arg(default_value_t = Language::English)]
    pub(crate) language: Language,
    /// List the figures and draw nothing
    #[arg(long, conflicts_with_all = ["out", "format"])]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Measure only these kernels [default: all]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', value_parser = kernel())]
    pub(crate) only: Vec<&'static str>,
    /// Measure the functions on tensors of a device, each beside the composition of ordinary operations and beside
    /// a copy of the same memory; without it, the functions on slices. A card needs a build with Cargo's feature of
    /// its name
    #[arg(long, value_name = "NAME", value_parser = names::<DeviceName>(), conflicts_with_all = ["growth", "threads"])]
    pub(crate) device: Option<DeviceName>,
    /// The elements of a call, rounded down to whole rows
    #[arg(long, value_name = "N", default_value_t = 1 << 23, value_parser = whole::<usize>(1, 1 << 32))]
    pub(crate) elements: usize,
    /// The approximate time to measure each kernel
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, allow_hyphen_values = true)]
    pub(crate) seconds: f64,
    /// Threads [default: all cores]
    #[arg(long, value_parser = whole::<usize>(1, 1024))]
    pub(crate) threads: Option<usize>,
    /// Measure calls of 4,096, 16,384, ... elements (times 4) up to --elements, and draw the curves
    #[arg(long, value_name = "FILE.svg|FILE.png", conflicts_with = "list")]
    pub(crate) growth: Option<PathBuf>,
    /// List the kernels and measure nothing
    #[arg(long)]
    pub(crate) list: bool,
    /// Print one JSON array instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}
