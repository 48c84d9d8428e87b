//! Loads a set from files.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use gumbel_files::names::counted;
use rayon::prelude::*;

use super::assemble::{Lacking, Placed, assemble};
use super::cache::{Cache, CacheUse};
use super::files::{Found, Listing, list};
use super::outcome::{Outcome, cached_grid, kept_grid};
use super::report::{LeftOut, LoadReport};
use super::split::{Part, Parts, divide};
use super::{JpegImage, JpegSet, LoadOptions, LoadProgress};
use crate::{DataError, NAMES, last_part};

/// The most rows and columns of blocks that a JPEG can have.
const JPEG_MOST: usize = 65_536 / 8;

/// The layout that is expected, for users whose photographs are all in one folder.
const LAYOUT: &str = "photographs in one folder for each class (CLASS/*.jpg, or train/CLASS/*.jpg and \
                      test/CLASS/*.jpg)";

/// Describes the JPEGs that are in no folder of a class, if there are any.
fn describe_loose(listing: &Listing) -> Option<String> {
    match listing.loose {
        [0, 0] => None,
        [0, count] => {
            Some(format!("{} directly in a folder of a part", counted(count as u64, "JPEG")))
        }
        [count, _] => Some(format!("{} directly in it", counted(count as u64, "JPEG"))),
    }
}

pub(super) fn check_grid(options: &LoadOptions) -> Result<(), DataError> {
    match options.grid {
        Some(found) if ![found.0, found.1].iter().all(|side| (1..=JPEG_MOST).contains(side)) => {
            Err(DataError::Grid { found })
        }
        _ => Ok(()),
    }
}

pub(super) fn load(
    dir: &Path,
    options: &LoadOptions,
    progress: &(dyn Fn(LoadProgress) + Sync),
) -> Result<JpegSet, DataError> {
    check_grid(options)?;
    let wrong = |expected: &str, found: String| DataError::Classes {
        folder: dir.to_owned(),
        expected: expected.to_owned(),
        found,
    };
    match dir.metadata() {
        Ok(found) if !found.is_dir() => return Err(wrong(LAYOUT, "a file".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // The name of a set of idx files does not name photographs.
            let name = dir.to_str().filter(|name| NAMES.contains(name));
            let of =
                name.map_or_else(String::new, |name| format!(": {name} is a set of train vae"));
            return Err(wrong(LAYOUT, format!("no folder{of}")));
        }
        _ => {}
    }
    let listing = list(dir, options.parts)?;
    progress(LoadProgress::Found { files: listing.files.len() });
    let layout = match options.parts {
        Parts::All => "two or more folders of JPEGs, one for each class",
        Parts::TestOnly => "folders of JPEGs, one for each class",
    };
    if listing.files.is_empty() {
        return Err(match describe_loose(&listing) {
            None => wrong(
                layout,
                format!("no JPEG, and {}", counted(listing.others as u64, "other file")),
            ),
            Some(loose) => wrong(LAYOUT, loose),
        });
    }
    if let (Parts::All, [class]) = (options.parts, listing.classes.as_slice()) {
        return Err(match describe_loose(&listing) {
            None => wrong(layout, format!("one, {class:?}")),
            Some(loose) => wrong(LAYOUT, format!("one, {class:?}, and {loose}")),
        });
    }
    let (outcomes, cache) = outcomes(&listing.files, options, progress)?;
    let (images, left_out) = split_outcomes(&listing.files, outcomes);
    if options.strict
        && let Some((file, left)) = left_out.first()
    {
        return Err(DataError::Jpeg { path: file.path.clone(), found: left.error.clone() });
    }
    if let ([], Some((_, left))) = (images.as_slice(), left_out.first()) {
        let found = format!("{} that cannot: {}: {}", left_out.len(), left.file, left.error);
        return Err(wrong("a JPEG that can be read", found));
    }
    let places: Vec<_> = images.iter().map(|(file, ..)| (file.part, file.class)).collect();
    let parts = divide(options.seed, &places, listing.classes.len(), &listing.given);
    let report = LoadReport {
        others: listing.others,
        cache,
        left_out: left_out.into_iter().map(|(_, left)| left).collect(),
        divided: Part::ALL.into_iter().filter(|part| !listing.given.contains(part)).collect(),
        ..LoadReport::default()
    };
    let images = images.into_iter().zip(parts).map(|((file, sum, image), part)| Placed {
        name: &file.name,
        sum,
        part,
        image,
    });
    let set = JpegSet {
        name: last_part(dir),
        origin: dir.display().to_string(),
        content: options.content,
        classes: listing.classes,
        report,
        ..JpegSet::default()
    };
    // The missing images may be among the files left out.
    let named = set.report.left_out.first().map_or_else(String::new, |left| {
        let files = counted(set.report.left_out.len() as u64, "file");
        format!("; {files} left out, the first {}: {}", left.file, left.error)
    });
    assemble(set, images.collect(), options).map_err(|found| match found {
        Lacking::Image(class) => {
            wrong("training images in every class", format!("none in {class:?}{named}"))
        }
        Lacking::Part(part) => {
            wrong("images in every part", format!("none for {}{named}", part.name()))
        }
    })
}

/// A file that was read, and its sha256.
type Image<'a> = (&'a Found, [u8; 32], JpegImage);

/// Splits the files into those that were read and those left out, in their order.
fn split_outcomes(
    files: &[Found],
    outcomes: Vec<Outcome>,
) -> (Vec<Image<'_>>, Vec<(&Found, LeftOut)>) {
    let (mut images, mut left_out) = (Vec::new(), Vec::new());
    for (found, outcome) in files.iter().zip(outcomes) {
        let file = found.file.clone();
        match outcome {
            Outcome::Read { sum, bytes, picture } => {
                images.push((found, sum, JpegImage { file, class: found.class, bytes, picture }));
            }
            Outcome::LeftOut { kind, error } => {
                left_out.push((found, LeftOut { file, kind, error }));
            }
        }
    }
    (images, left_out)
}

/// The outcomes of all files, in their order: from the cache, or read and then cached.
fn outcomes(
    files: &[Found],
    options: &LoadOptions,
    progress: &(dyn Fn(LoadProgress) + Sync),
) -> Result<(Vec<Outcome>, CacheUse), DataError> {
    let pool = pool(options.threads)?;
    let cache = options.cache.as_ref().map(|folder| Cache::new(folder, files, options));
    let cut = |outcomes: Vec<Outcome>| -> Vec<Outcome> {
        let most = kept_grid(options);
        pool.install(|| outcomes.into_par_iter().map(|outcome| outcome.within(most)).collect())
    };
    let mut replaced = None;
    if let Some(cache) = &cache {
        let cached = cache.bytes().and_then(|bytes| {
            let Some(bytes) = bytes else { return Ok(None) };
            progress(LoadProgress::Cache { bytes: bytes.len() as u64 });
            cache.decode(&bytes, files.len(), options, &pool).map(Some)
        });
        match cached {
            Ok(Some(outcomes)) => return Ok((cut(outcomes), CacheUse::Used)),
            Ok(None) => {}
            Err(error) => replaced = Some(error.to_string()),
        }
    }
    let (done, total) = (AtomicUsize::new(0), files.len());
    let keep = if cache.is_some() { cached_grid(options) } else { kept_grid(options) };
    let read = |file: &Found| {
        let outcome = Outcome::of_file(&file.path, options.content, keep);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(LoadProgress::Read { done, total });
        outcome
    };
    let outcomes: Vec<Outcome> = pool.install(|| files.par_iter().map(read).collect());
    let used = match cache.map(|cache| cache.write(&outcomes, &pool)) {
        None => CacheUse::Off,
        Some(Ok(())) => CacheUse::Written { replaced },
        Some(Err(error)) => CacheUse::Failed { error },
    };
    Ok((cut(outcomes), used))
}

/// Threads for reading and counting; their results are taken in order.
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, DataError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .build()
        .map_err(|error| DataError::Threads { source: std::io::Error::other(error) })
}
