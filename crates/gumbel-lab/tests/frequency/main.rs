//! Training on frequency channels and on pixels: bits, evaluation, kept channels, comparison.

mod bits;
mod comparison;
mod evaluation;
mod extremes;
mod penalty;
mod pictures;
#[path = "../watch/mod.rs"]
mod watch;

use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use gumbel_data::jpeg::{Content, JpegSet, LoadOptions};
use gumbel_lab::LabError;
use gumbel_lab::frequency::{FrequencyConfig, Input, Selection, Stem, Summary, train};
use gumbel_train::{Outcome, Start};

use watch::Watch;

/// The smoke set, cut short.
fn cut(content: Content) -> JpegSet {
    let options = LoadOptions { content, ..LoadOptions::default() };
    let mut set = JpegSet::smoke(&options).unwrap();
    set.train.images.truncate(200);
    set.validation.images.truncate(70);
    // More than are evaluated at once.
    set.test.images.truncate(130);
    set
}

static COEFFICIENTS: LazyLock<JpegSet> = LazyLock::new(|| cut(Content::Coefficients));
static PIXELS: LazyLock<JpegSet> = LazyLock::new(|| cut(Content::Pixels));

fn digits(input: Input) -> &'static JpegSet {
    match input {
        Input::Coefficients => &COEFFICIENTS,
        Input::Pixels(_) => &PIXELS,
    }
}

/// A gate that is trained in a moment: 7 steps in each of two epochs, the last batch shorter.
fn small() -> FrequencyConfig {
    FrequencyConfig {
        width: 8,
        epochs: 2,
        lr: 1e-2,
        // Mirrored digits make no sense, but these tests check mirroring too.
        flip: true,
        shards: 3,
        ..FrequencyConfig::defaults("digits-jpeg")
    }
}

/// Each kind of network.
fn kinds() -> Vec<(&'static str, FrequencyConfig)> {
    let mut all_images = small();
    all_images.gate.as_mut().unwrap().condition = gumbel_burn::GateCondition::Static;
    let low = Selection::low(24).unwrap();
    vec![
        ("gate", small()),
        ("static-gate", all_images),
        ("channels", small().with_channels(&low, "the lowest".to_owned())),
        ("rgb-strided", small().on_pixels(Stem::Strided)),
        ("rgb-patch", small().on_pixels(Stem::Patch)),
    ]
}

fn run_on(
    set: &JpegSet,
    config: &FrequencyConfig,
    out: &Path,
    start: Start,
    threads: usize,
    after: Option<u64>,
) -> Result<Outcome<Summary>, LabError> {
    let stop = AtomicBool::new(false);
    let mut watch = Watch::new(&stop, after);
    train(config, set, out, start, threads, &mut watch, &stop)
}

/// Trains on the digits.
fn run(
    config: &FrequencyConfig,
    out: &Path,
    start: Start,
    threads: usize,
    after: Option<u64>,
) -> Result<Outcome<Summary>, LabError> {
    run_on(digits(config.input), config, out, start, threads, after)
}

/// Trains to the end, and returns the summary.
fn train_to_end(config: &FrequencyConfig, out: &Path) -> Summary {
    finished(run(config, out, Start::New, 2, None).unwrap())
}

fn finished(outcome: Outcome<Summary>) -> Summary {
    match outcome {
        Outcome::Finished(summary) => summary,
        other => panic!("{other:?}"),
    }
}
