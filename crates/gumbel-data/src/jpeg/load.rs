//! Loads a set from files.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use gumbel_files::names::counted;
use rayon::prelude::*;

use super::assemble::{Lacking, assemble};
use super::cache::Cache;
use super::files::{Found, Listing, list};
use super::image::JpegImage;
use super::options::{LoadOptions, LoadProgress};
use super::report::{CacheUse, LeftOut, LoadReport};
use super::set::JpegSet;
use super::split::{Part, Parts, divide};
use crate::error::DataError;
use crate::folder::last_part;
use crate::sets::NAMES;

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

impl JpegSet {
    /// Loads a folder of classes; see the [module](super) for its layout.
    ///
    /// A file that is not a JPEG, is damaged, or is of a kind that is not read (CMYK, arithmetic coding, ..)
    /// is left out, and counted and named in the report. The result does not depend on the number of
    /// threads, nor, except for the report's note, on the cache.
    ///
    /// ```no_run
    /// use gumbel_data::jpeg::{JpegSet, LoadOptions};
    ///
    /// let options = LoadOptions { threads: 2, cache: Some("cache".into()), ..LoadOptions::default() };
    /// let set = JpegSet::load("photographs".as_ref(), &options, &|_| ())?;
    /// println!("{}: {} classes\n{}", set.name, set.classes.len(), set.report);
    /// # Ok::<(), gumbel_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// A folder that cannot be read, has fewer than two classes, no images, parts with different classes, a
    /// class without training images or a part without images; if only the test images are loaded, no image,
    /// or folders of other parts without one of test; with `strict`, the first file that cannot be read, in
    /// the order of the paths; a grid out of range.
    pub fn load(
        dir: &Path,
        options: &LoadOptions,
        progress: &(dyn Fn(LoadProgress) + Sync),
    ) -> Result<Self, DataError> {
        load(dir, options, progress)
    }
}

fn load(
    dir: &Path,
    options: &LoadOptions,
    progress: &(dyn Fn(LoadProgress) + Sync),
) -> Result<JpegSet, DataError> {
    options.check_grid()?;
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
    let (read, cache) = read_all(&listing.files, options, progress)?;
    let (mut images, mut left_out) = (Vec::new(), Vec::new());
    for (found, image) in listing.files.iter().zip(read) {
        match image {
            Ok(image) => images.push((found, image)),
            Err(left) if options.strict => {
                return Err(DataError::Jpeg { path: found.path.clone(), found: left.error });
            }
            Err(left) => left_out.push(left),
        }
    }
    if let ([], Some(left)) = (images.as_slice(), left_out.first()) {
        let found = format!("{} that cannot: {}: {}", left_out.len(), left.file, left.error);
        return Err(wrong("a JPEG that can be read", found));
    }
    let places: Vec<_> = images.iter().map(|(found, _)| (found.part, found.class)).collect();
    let parts = divide(options.seed, &places, listing.classes.len(), &listing.given);
    let report = LoadReport {
        others: listing.others,
        cache,
        left_out,
        divided: Part::ALL.into_iter().filter(|part| !listing.given.contains(part)).collect(),
        ..LoadReport::default()
    };
    let images = images.into_iter().zip(parts);
    let images = images.map(|((found, image), part)| (found.name.as_slice(), part, image));
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

/// The images of all files and the files left out, in their order: from the cache, or read and then cached.
fn read_all(
    files: &[Found],
    options: &LoadOptions,
    progress: &(dyn Fn(LoadProgress) + Sync),
) -> Result<(Vec<Result<JpegImage, LeftOut>>, CacheUse), DataError> {
    let pool = pool(options.threads)?;
    let cache = options.cache.as_ref().map(|folder| Cache::new(folder, files, options));
    let cut = |images: Vec<Result<JpegImage, LeftOut>>| {
        let most = options.kept_grid();
        let within = |image: Result<JpegImage, LeftOut>| image.map(|image| image.within(most));
        pool.install(|| images.into_par_iter().map(within).collect())
    };
    let mut replaced = None;
    if let Some(cache) = &cache {
        let cached = cache.bytes().and_then(|bytes| {
            let Some(bytes) = bytes else { return Ok(None) };
            progress(LoadProgress::Cache { bytes: bytes.len() as u64 });
            cache.decode(&bytes, files, options, &pool).map(Some)
        });
        match cached {
            Ok(Some(images)) => return Ok((cut(images), CacheUse::Used)),
            Ok(None) => {}
            Err(error) => replaced = Some(error.to_string()),
        }
    }
    let (done, total) = (AtomicUsize::new(0), files.len());
    let keep = if cache.is_some() { options.cached_grid() } else { options.kept_grid() };
    let read = |found: &Found| {
        let image = JpegImage::of_file(found, options.content, keep);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        progress(LoadProgress::Read { done, total });
        image
    };
    let images: Vec<_> = pool.install(|| files.par_iter().map(read).collect());
    let used = match cache.map(|cache| cache.write(&images, &pool)) {
        None => CacheUse::Off,
        Some(Ok(())) => CacheUse::Written { replaced },
        Some(Err(error)) => CacheUse::Failed { error },
    };
    Ok((cut(images), used))
}

/// Threads for reading and counting; their results are taken in order.
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, DataError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .build()
        .map_err(|error| DataError::Threads { source: std::io::Error::other(error) })
}
