//! Lists the named sets, and which of them are installed.

use std::path::{Path, PathBuf};

use super::error::DataError;
use super::folder;
use super::locate::{self, Places};
use super::sets::{self, About, all};

/// Finds the description of a named set.
///
/// # Errors
/// A name that is not one of [`NAMES`](crate::NAMES).
pub fn about(name: &str) -> Result<&'static About, DataError> {
    sets::find(name).ok_or_else(|| DataError::NotANamedSet { found: name.to_owned() })
}

/// Whether a set is installed.
#[derive(Debug)]
pub enum Presence {
    /// The set is a part of the program.
    Embedded,
    /// The files of the set are in this folder; their content was not checked.
    There(PathBuf),
    /// The files of the set are in this folder, and their sha256 are those of the published files.
    Checked(PathBuf),
    /// The files of the set cannot be used: one is missing, or is not the published one.
    Damaged(DataError),
    /// The set is in none of the places searched.
    Absent,
}

/// A named set and whether it is installed.
#[derive(Debug)]
pub struct Listed {
    /// The description of the set.
    pub about: &'static About,
    /// Whether the set is installed.
    pub presence: Presence,
}

/// Lists the named sets. With `check`, the files found are read and compared with their sha256.
///
/// ```
/// use gumbel_data::{Presence, list};
/// let sets = list(None, false);
/// assert_eq!(sets[0].about.name, "garments");
/// assert!(matches!(sets[0].presence, Presence::Embedded));
/// ```
pub fn list(data_dir: Option<&Path>, check: bool) -> Vec<Listed> {
    list_from(data_dir, check, &Places::of_this_user())
}

fn list_from(data_dir: Option<&Path>, check: bool, places: &Places) -> Vec<Listed> {
    let listed = |about: &'static About| {
        let found = match about.source() {
            None => Ok(Presence::Embedded),
            Some(_) => look_up(about, data_dir, check, places),
        };
        let presence = match found {
            Ok(presence) => presence,
            Err(DataError::NotFound { .. }) => Presence::Absent,
            // A folder that is not named after the set may hold another one: that is no damage.
            Err(DataError::Checksum { found, .. }) if is_of_another(about, &found) => {
                Presence::Absent
            }
            Err(error) => Presence::Damaged(error),
        };
        Listed { about, presence }
    };
    all().iter().map(listed).collect()
}

/// Whether a sum is that of a file of another named set.
fn is_of_another(about: &About, sum: &str) -> bool {
    let others = all().iter().filter(|other| other.name != about.name);
    others.filter_map(About::source).any(|set| set.files.iter().any(|file| file.sha256 == sum))
}

fn look_up(
    about: &About,
    data_dir: Option<&Path>,
    check: bool,
    places: &Places,
) -> Result<Presence, DataError> {
    let folder = places.find(about.name, data_dir)?;
    locate::files(&folder)?;
    if !check {
        return Ok(Presence::There(folder));
    }
    folder::load(about.name, &folder, about.sums)?;
    Ok(Presence::Checked(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Files;

    #[test]
    fn an_unknown_name_gets_a_suggestion() {
        let error = about("minst").unwrap_err().to_string();
        assert_eq!(
            error,
            "data: expected garments, digits, mnist or fashion-mnist, found \"minst\": did you mean mnist?"
        );
    }

    #[test]
    fn files_of_one_set_are_no_damage_of_another() {
        let [mnist, fashion] = ["mnist", "fashion-mnist"].map(|name| about(name).unwrap());
        let sum = |about: &About, i: usize| about.source().unwrap().files[i].sha256.clone();
        assert!((0..4).all(|i| is_of_another(fashion, &sum(mnist, i))));
        assert!((0..4).all(|i| is_of_another(mnist, &sum(fashion, i))));
        assert!((0..4).all(|i| !is_of_another(mnist, &sum(mnist, i))));
        assert!(!is_of_another(mnist, "00"));
    }

    #[test]
    fn present_damaged_and_absent_sets() {
        let root = tempfile::tempdir().unwrap();
        let places = Places { cache: Some(root.path().to_owned()), ..Places::default() };
        let look = |check| {
            let mut sets = list_from(None, check, &places).into_iter();
            sets.find(|set| set.about.name == "mnist").unwrap().presence
        };
        assert!(matches!(look(true), Presence::Absent));
        let folder = root.path().join("gumbel/mnist");
        Files::small().write(&folder);
        assert!(matches!(look(false), Presence::There(at) if at == folder));
        // Idx files, but not those of MNIST.
        assert!(matches!(look(true), Presence::Damaged(DataError::Checksum { .. })));
        std::fs::remove_file(folder.join("t10k-labels-idx1-ubyte")).unwrap();
        assert!(matches!(look(false), Presence::Damaged(DataError::MissingFile { .. })));
    }
}
