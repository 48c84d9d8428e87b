//! Loads sets of JPEGs with a progress bar, and formats results on them.

use std::path::Path;

use gumbel_data::DataError;
use gumbel_data::jpeg::{JpegSet, LoadOptions, Parts};
use gumbel_files::names::counted;
use gumbel_lab::LabError;
use gumbel_lab::frequency::{FrequencyConfig, FrequencyRun};

use crate::args::FrequencyArgs;
use crate::failure::Failure;
use crate::{Result, note, progress};

pub(crate) use gumbel_lab::frequency::config::EMBEDDED;

/// The options for loading a set of images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loading {
    pub(crate) strict: bool,
    pub(crate) cache: bool,
    pub(crate) parts: Parts,
    pub(crate) threads: usize,
    pub(crate) quiet: bool,
}

impl Loading {
    pub(crate) fn of(args: &FrequencyArgs, threads: usize, quiet: bool) -> Self {
        let (strict, cache) = (args.strict, !args.no_cache);
        Self { strict, cache, parts: Parts::All, threads, quiet }
    }
}

/// Loads the images of a run, and notes what was found (if quiet, only what was left out).
pub(crate) fn load(config: &FrequencyConfig, how: Loading) -> Result<JpegSet> {
    let set = load_quietly(config, how).map_err(LabError::from)?;
    note_loaded(&set, how);
    Ok(set)
}

/// Loads the images of a run again: from the folder in its settings, or from the folder that they moved to.
pub(crate) fn load_of_run(
    run: &FrequencyRun,
    moved: Option<&Path>,
    how: Loading,
) -> Result<JpegSet> {
    let mut config = run.config().clone();
    if let Some(folder) = moved {
        config.data = path_as_text(folder)?;
        return load(&config, how);
    }
    let set = load_quietly(&config, how).map_err(|error| {
        let place = run.path().display();
        Failure::run(format!(
            "{place}: its images cannot be read: {error}; if they have moved, name their folder with \
             --data DIR"
        ))
    })?;
    note_loaded(&set, how);
    Ok(set)
}

/// Notes what was found; if quiet, only what was left out.
pub(crate) fn note_loaded(set: &JpegSet, how: Loading) {
    if how.quiet {
        set.report.left_out_lines().iter().for_each(|lines| note(lines));
    } else if set.name != EMBEDDED || set.origin != "embedded" {
        note(&set.report.to_string());
    }
}

/// The path of a folder as text, for the settings of a run.
pub(crate) fn path_as_text(folder: &Path) -> Result<String> {
    let Some(text) = folder.to_str() else {
        let problem = format!("expected a path in UTF-8, found {}", folder.display());
        return Err(Failure::usage(format!("--data: {problem}")));
    };
    // A folder with the name of the embedded set needs another path.
    Ok(if text == EMBEDDED { format!("./{text}") } else { text.to_owned() })
}

/// Loads a set of images, and shows nothing but a progress bar.
pub(crate) fn load_quietly(
    config: &FrequencyConfig,
    how: Loading,
) -> std::result::Result<JpegSet, DataError> {
    let options = LoadOptions {
        content: config.input.content(),
        parts: how.parts,
        seed: config.seed,
        strict: how.strict,
        grid: config.rows.zip(config.columns),
        cache: how.cache.then(|| gumbel_data::cache_folder("jpeg")).flatten(),
        threads: how.threads,
    };
    if config.data == EMBEDDED {
        return JpegSet::smoke(&options);
    }
    let bar = progress::files(how.quiet);
    let set = JpegSet::load(Path::new(&config.data), &options, &|at| bar.update(at));
    bar.clear();
    set
}

/// The line of the result that gives an accuracy.
pub(crate) fn accuracy(accuracy: f64, (low, high): (f64, f64), images: usize) -> String {
    format!(
        "test accuracy {:.2} % (95 % interval {:.2} to {:.2}; {})",
        100.0 * accuracy,
        100.0 * low,
        100.0 * high,
        counted(images as u64, "image")
    )
}
