//! The places where the files of a named set may be, in the order of the search.
//!
//! `data_dir/NAME`, `data_dir`, `$GUMBEL_DATA/NAME`, `$GUMBEL_DATA`, `gumbel/NAME` in the user's
//! cache folder, and for Fashion-MNIST the folder of Debian's package `dataset-fashion-mnist`. The
//! first place that holds the training images is taken.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::error::DataError;
use super::sets::FILES;

/// The places that no argument names.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// `$GUMBEL_DATA`.
    pub(super) variable: Option<PathBuf>,
    /// The user's cache folder.
    pub(super) cache: Option<PathBuf>,
    /// Where Debian's packages put data sets.
    pub(super) debian: Option<PathBuf>,
}

impl Places {
    pub(super) fn of_this_user() -> Self {
        let user = etcetera::base_strategy::choose_native_strategy();
        Self {
            variable: std::env::var_os("GUMBEL_DATA").filter(|v| !v.is_empty()).map(PathBuf::from),
            cache: user.ok().map(|user| user.cache_dir()),
            debian: Some("/usr/share/datasets".into()),
        }
    }

    /// The folder that holds the training images of `name`.
    pub(super) fn find(&self, name: &str, data_dir: Option<&Path>) -> Result<PathBuf, DataError> {
        let places = self.in_order(name, data_dir);
        for place in &places {
            if file(place, FILES[0])?.is_some() {
                return Ok(place.clone());
            }
        }
        Err(DataError::NotFound { name: name.to_owned(), places })
    }

    pub(super) fn cache_folder(&self, name: &str) -> Option<PathBuf> {
        self.cache.as_ref().map(|cache| cache.join("gumbel").join(name))
    }

    fn in_order(&self, name: &str, data_dir: Option<&Path>) -> Vec<PathBuf> {
        let mut places = Vec::new();
        for root in [data_dir, self.variable.as_deref()].into_iter().flatten() {
            places.extend([root.join(name), root.to_owned()]);
        }
        places.extend(self.cache_folder(name));
        let debian = self.debian.as_ref().filter(|_| name == "fashion-mnist");
        places.extend(debian.map(|debian| debian.join(name)));
        places
    }
}

/// Whether a folder holds training images.
pub(super) fn holds_images(folder: &Path) -> Result<bool, DataError> {
    file(folder, FILES[0]).map(|found| found.is_some())
}

/// The paths of the four files in a folder.
pub(super) fn files(folder: &Path) -> Result<[PathBuf; 4], DataError> {
    let path = |name: &'static str| {
        let missing = || DataError::MissingFile { folder: folder.to_owned(), file: name };
        file(folder, name)?.ok_or_else(missing)
    };
    let [a, b, c, d] = FILES;
    Ok([path(a)?, path(b)?, path(c)?, path(d)?])
}

/// The names that a file may have, in the order of the search: `x-idx1-ubyte`, `x-idx1-ubyte.gz`,
/// `x.idx1-ubyte`, `x.idx1-ubyte.gz`.
pub(super) fn spellings(name: &str) -> [String; 4] {
    let dotted = name.replacen("-idx", ".idx", 1);
    [name.to_owned(), format!("{name}.gz"), dotted.clone(), format!("{dotted}.gz")]
}

/// The path of a file under the first of its names that exists.
fn file(folder: &Path, name: &str) -> Result<Option<PathBuf>, DataError> {
    for name in spellings(name) {
        let path = folder.join(name);
        match fs::metadata(&path) {
            Ok(found) if found.is_file() => return Ok(Some(path)),
            Ok(_) => {}
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            // A place without permission to read is not an empty one.
            Err(source) => return Err(DataError::Read { path, source }),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, name: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(name), "").unwrap();
    }

    #[test]
    fn places_are_searched_in_order() {
        let root = tempfile::tempdir().unwrap();
        let at = |part: &str| root.path().join(part);
        let places = Places {
            variable: Some(at("variable")),
            cache: Some(at("cache")),
            debian: Some(at("debian")),
        };
        let order = [
            "given/fashion-mnist",
            "given",
            "variable/fashion-mnist",
            "variable",
            "cache/gumbel/fashion-mnist",
            "debian/fashion-mnist",
        ];
        let names = ["train-images-idx3-ubyte", "train-images.idx3-ubyte.gz"];
        for (i, place) in order.into_iter().enumerate().rev() {
            put(&at(place), names[i % 2]);
            assert_eq!(places.find("fashion-mnist", Some(&at("given"))).unwrap(), at(place));
        }
        assert_eq!(places.find("fashion-mnist", None).unwrap(), at("variable/fashion-mnist"));
        assert_eq!(places.find("mnist", Some(&at("elsewhere"))).unwrap(), at("variable"));
    }

    #[test]
    fn a_missing_set_is_an_error_that_lists_the_places() {
        let places = Places {
            variable: Some("v".into()),
            cache: Some("c".into()),
            debian: Some("d".into()),
        };
        let all = |text: &str, parts: &[&str]| {
            assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        };
        let text = places.find("mnist", Some(Path::new("g"))).unwrap_err().to_string();
        all(&text, &["looked in g/mnist, g, v/mnist, v, c/gumbel/mnist)", "--data-dir"]);
        all(&text, &FILES);
        let text = places.find("fashion-mnist", None).unwrap_err().to_string();
        all(&text, &["d/fashion-mnist)", "dataset-fashion-mnist"]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let root = tempfile::tempdir().unwrap();
        for (i, name) in FILES.into_iter().enumerate() {
            let text = files(root.path()).unwrap_err().to_string();
            assert!(text.contains(name), "{text}");
            assert!(text.starts_with(&*root.path().to_string_lossy()), "{text}");
            let gzip = format!("{name}.gz");
            put(root.path(), if i % 2 == 0 { name } else { &gzip });
        }
        let found = files(root.path()).unwrap();
        assert!(found[0].ends_with(FILES[0]) && found[1].ends_with("train-labels-idx1-ubyte.gz"));
        // A folder of that name is no such file.
        fs::remove_file(&found[3]).unwrap();
        fs::create_dir(&found[3]).unwrap();
        assert!(matches!(files(root.path()), Err(DataError::MissingFile { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_place_that_cannot_be_read_is_not_passed_over() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(FILES[0], root.path().join(FILES[0])).unwrap();
        assert!(matches!(files(root.path()), Err(DataError::Read { .. })));
    }
}
