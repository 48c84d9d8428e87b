//! Sets of JPEGs for the commands that read them: loading with a progress bar, and the words for results.

use std::path::Path;

use gumbel_lab::LabError;
use gumbel_lab::data::DataError;
use gumbel_lab::data::jpeg::{JpegSet, LoadOptions, Parts};
use gumbel_lab::frequency::FrequencyConfig;

use crate::args::PhotographArgs;
use crate::{Result, note, progress};

pub(crate) use gumbel_lab::frequency::config::EMBEDDED;

/// How a command wants its images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loading {
    pub(crate) strict: bool,
    pub(crate) cache: bool,
    pub(crate) parts: Parts,
    pub(crate) threads: usize,
    pub(crate) quiet: bool,
}

impl Loading {
    pub(crate) fn of(args: &PhotographArgs, threads: usize, quiet: bool) -> Self {
        let (strict, cache) = (args.strict, !args.no_cache);
        Self { strict, cache, parts: Parts::All, threads, quiet }
    }
}

/// Loads the images of a run, and says what was found; in quiet, what was left out.
pub(crate) fn load(config: &FrequencyConfig, how: Loading) -> Result<JpegSet> {
    let set = set(config, how).map_err(LabError::from)?;
    if how.quiet {
        set.report.left_out_lines().iter().for_each(|lines| note(lines));
    } else if config.data != EMBEDDED {
        note(&set.report.to_string());
    }
    Ok(set)
}

/// The same in silence, but for a progress bar.
pub(crate) fn set(
    config: &FrequencyConfig,
    how: Loading,
) -> std::result::Result<JpegSet, DataError> {
    let options = LoadOptions {
        content: config.input.content(),
        parts: how.parts,
        seed: config.seed,
        strict: how.strict,
        grid: config.rows.zip(config.columns),
        cache: how.cache.then(|| gumbel_lab::data::cache_folder("jpeg")).flatten(),
        threads: how.threads,
    };
    if config.data == EMBEDDED {
        return JpegSet::smoke(&options);
    }
    let bar = progress::files(how.quiet);
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
