//! Sets of JPEGs for the commands that read them: loading with a progress bar, and the words for results.

use std::path::Path;

use gumbel_lab::LabError;
use gumbel_lab::data::DataError;
use gumbel_lab::data::jpeg::{Content, JpegSet, LoadOptions};
use gumbel_lab::frequency::{FrequencyConfig, Input};

use crate::{Result, note, progress};

pub(crate) use gumbel_lab::frequency::config::EMBEDDED;

/// Loads the images of a run, and says what was found.
pub(crate) fn load(
    config: &FrequencyConfig,
    strict: bool,
    no_cache: bool,
    threads: usize,
    quiet: bool,
) -> Result<JpegSet> {
    let set = set(config, strict, no_cache, threads, quiet).map_err(LabError::from)?;
    if !quiet && config.data != EMBEDDED {
        note(&set.report.to_string());
    }
    Ok(set)
}

/// The same in silence, but for a progress bar.
pub(crate) fn set(
    config: &FrequencyConfig,
    strict: bool,
    no_cache: bool,
    threads: usize,
    quiet: bool,
) -> std::result::Result<JpegSet, DataError> {
    let options = LoadOptions {
        content: match config.input {
            Input::Coefficients => Content::Coefficients,
            Input::Pixels(_) => Content::Pixels,
        },
        seed: config.seed,
        strict,
        grid: config.rows.zip(config.columns),
        cache: (!no_cache).then(|| gumbel_lab::data::cache_folder("jpeg")).flatten(),
        threads,
        ..LoadOptions::default()
    };
    if config.data == EMBEDDED {
        return JpegSet::smoke(&options);
    }
    let bar = progress::files(quiet);
    let set = JpegSet::load(Path::new(&config.data), &options, &|at| bar.tell(at));
    bar.clear();
    set
}

/// The line of an accuracy.
pub(crate) fn accuracy(accuracy: f64, (low, high): (f64, f64), images: usize) -> String {
    format!(
        "test accuracy {:.2} % (95 % interval {:.2} to {:.2}; {images} images)",
        100.0 * accuracy,
        100.0 * low,
        100.0 * high
    )
}
