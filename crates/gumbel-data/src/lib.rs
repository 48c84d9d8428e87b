//! Images with labels: garments, digits, MNIST, Fashion-MNIST and folders of idx files; binarisation.
//!
//! | name | images | train / validation / test | from |
//! |---|---|---|---|
//! | `garments` | 28x28 | 5,000 / 1,000 / 1,000 | embedded: a part of Fashion-MNIST at 16 grey levels |
//! | `digits` | 8x8 | 1,297 / 250 / 250 | embedded; split by the seed |
//! | `mnist` | 28x28 | 50,000 / 10,000 / 10,000 | four idx files, checked against their sha256 |
//! | `fashion-mnist` | 28x28 | 50,000 / 10,000 / 10,000 | the same |
//! | a folder | any | 5/6 and 1/6 of its training file / its test file | four idx files |
//!
//! Folders of classes with JPEGs, as coefficients or pixels, are another kind of set: [`jpeg`].
//!
//! Loading downloads nothing; [`fetch`] does. A named set is looked for in the folder given, in
//! `$GUMBEL_DATA`, in the user's cache folder, and for Fashion-MNIST where Debian's package puts it.
//!
//! # Credits
//!
//! - digits: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine
//!   Learning Repository 1998, <https://doi.org/10.24432/C50P49>, CC BY 4.0; the copy that
//!   scikit-learn distributes.
//! - MNIST: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits", CC
//!   BY-SA 3.0 as Keras states it.
//! - Fashion-MNIST, and the garments: H. Xiao, K. Rasul and R. Vollgraf, arXiv:1708.07747, 2017, MIT,
//!   copyright Zalando SE.

mod binarise;
mod embedded;
mod error;
pub mod fetch;
#[cfg(test)]
mod fixture;
mod folder;
mod gzip;
mod idx;
mod images;
pub mod jpeg;
mod listing;
mod locate;
mod sets;

use std::path::{Path, PathBuf};

pub use binarise::{Binarise, binarise_into};
pub use embedded::{EMBEDDED, is_embedded};
pub use error::DataError;
pub use folder::last_part;
pub use images::{Dataset, Images};
pub use listing::{Listed, Presence, about, list};
pub use sets::{About, NAMES, all};

use locate::Places;

/// Loads a set by its name, or the four idx files of a folder.
///
/// One of [`NAMES`] always means the set; a folder of the same name is written `./mnist`. A named set
/// is looked for in `data_dir/NAME` and `data_dir` first. `seed` fixes the split of `digits`; the
/// other sets are divided already.
///
/// ```
/// let digits = gumbel_data::load("digits", None, 0)?;
/// assert_eq!(digits.train.len(), 1_297);
/// assert_eq!(digits.train.image(0).len(), 64);
/// # Ok::<(), gumbel_data::DataError>(())
/// ```
///
/// # Errors
/// An unknown name; files that are not found, cannot be read, are not idx files, are not those of the
/// named set, or do not belong together.
pub fn load(name_or_dir: &str, data_dir: Option<&Path>, seed: u64) -> Result<Dataset, DataError> {
    load_from(name_or_dir, data_dir, seed, &Places::of_this_user())
}

fn load_from(
    name_or_dir: &str,
    data_dir: Option<&Path>,
    seed: u64,
    places: &Places,
) -> Result<Dataset, DataError> {
    let Ok(about) = about(name_or_dir) else {
        let path = Path::new(name_or_dir);
        if !path.is_dir() {
            return Err(DataError::UnknownSet { found: name_or_dir.to_owned() });
        }
        return load_folder(path);
    };
    if let Some(embedded) = embedded::load(about.name, seed) {
        return Ok(embedded);
    }
    let found = places.find(about.name, data_dir)?;
    folder::load(about.name, &found, about.sums)
}

/// Loads the four idx files of a folder, even if the folder has the name of a set.
///
/// # Errors
/// As [`load`].
pub fn load_folder(path: &Path) -> Result<Dataset, DataError> {
    folder::load(&last_part(path), path, None)
}

/// Finds a set that was once loaded from the folder `origin` and is now in `data_dir`: in a folder of the
/// same name, or in `data_dir` itself.
pub fn find_moved(origin: &Path, data_dir: &Path) -> Result<Option<PathBuf>, DataError> {
    let named = origin.file_name().map(|name| data_dir.join(name));
    for place in named.into_iter().chain([data_dir.to_owned()]) {
        if locate::holds_images(&place)? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// The folder to [`fetch`] a named set into so that [`load`] finds it: `gumbel/NAME` in the
/// user's cache folder. `None` when this user has no cache folder.
pub fn cache_folder(name: &str) -> Option<std::path::PathBuf> {
    Places::of_this_user().cache_folder(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fixture::Files;

    #[test]
    fn errors_for_unknown_names_list_the_known_ones() {
        for name in ["minst", "", "no/such/folder", "MNIST"] {
            let error = load_from(name, None, 0, &Places::default()).unwrap_err().to_string();
            for part in ["garments", "digits", "mnist", "fashion-mnist", "folder", name] {
                assert!(error.contains(part), "{error}");
            }
        }
    }

    #[test]
    fn a_known_name_wins_unless_it_is_written_as_a_path() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("mnist");
        Files::small().write(&folder);
        let set = load_from(folder.to_str().unwrap(), None, 0, &Places::default()).unwrap();
        assert_eq!(set.name, "mnist");
        // By name, the same files are compared with the published ones.
        let error = load_from("mnist", Some(root.path()), 0, &Places::default()).unwrap_err();
        assert!(matches!(error, DataError::Checksum { .. }), "{error}");
        let text = error.to_string();
        for part in ["train-images-idx3-ubyte", "ba891046", "--data DIR"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains('\n'));
    }
}
