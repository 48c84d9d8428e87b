//! Sets of JPEGs for the commands that read them: loading with a progress bar, and the words for results.

use std::path::Path;

use gumbel_lab::LabError;
use gumbel_lab::data::DataError;
use gumbel_lab::data::jpeg::{JpegSet, LoadOptions, Parts};
use gumbel_lab::frequency::{FrequencyConfig, FrequencyRun};
use gumbel_lab::names::counted;

use crate::args::PhotographArgs;
use crate::failure::Failure;
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
    tell(&set, how);
    Ok(set)
}

/// Loads the images of a run again: from where its settings say, or from the folder where they are now.
pub(crate) fn of_run(run: &FrequencyRun, moved: Option<&Path>, how: Loading) -> Result<JpegSet> {
    let mut config = run.config().clone();
    if let Some(folder) = moved {
        config.data = in_text(folder)?;
        return load(&config, how);
    }
    let set = set(&config, how).map_err(|error| {
        let place = run.path().display();
        Failure::run(format!(
            "{place}: its images cannot be read: {error}; if they lie elsewhere now, name their folder \
             with --data DIR"
        ))
    })?;
    tell(&set, how);
    Ok(set)
}

/// Says what was found; in quiet, what was left out.
pub(crate) fn tell(set: &JpegSet, how: Loading) {
    if how.quiet {
        set.report.left_out_lines().iter().for_each(|lines| note(lines));
    } else if set.name != EMBEDDED || set.origin != "embedded" {
        note(&set.report.to_string());
    }
}

/// The path of a folder as settings, which are text, hold it.
pub(crate) fn in_text(folder: &Path) -> Result<String> {
    let Some(text) = folder.to_str() else {
        let problem = format!("expected a path in UTF-8, found {}", folder.display());
        return Err(Failure::usage(format!("--data: {problem}")));
    };
    // The name of the embedded set is its own.
    Ok(if text == EMBEDDED { format!("./{text}") } else { text.to_owned() })
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
        "test accuracy {:.2} % (95 % interval {:.2} to {:.2}; {})",
        100.0 * accuracy,
        100.0 * low,
        100.0 * high,
        counted(images as u64, "image")
    )
}
