//! Lists the files of a folder of classes, in an order that does not depend on the file system.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::split::{Part, Parts};
use crate::error::DataError;

/// The names of the folders of the parts. Case does not matter.
const NAMES: [(&str, Part); 5] = [
    ("train", Part::Train),
    ("validation", Part::Validation),
    ("val", Part::Validation),
    ("valid", Part::Validation),
    ("test", Part::Test),
];

/// One file with the extension of a JPEG.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The path from the folder of the set, with `/` between its parts, as the system's bytes.
    pub(super) name: Vec<u8>,
    /// The same as text.
    pub(super) file: String,
    pub(super) path: PathBuf,
    /// The part whose folder it is in, if the set has such folders.
    pub(super) part: Option<Part>,
    pub(super) class: usize,
    pub(super) size: u64,
    /// Nanoseconds since 1970; 0 if the system does not say.
    pub(super) modified: i128,
}

/// The content of a folder of classes.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) classes: Vec<String>,
    /// Sorted by `name`.
    pub(super) files: Vec<Found>,
    /// The number of files and folders passed over, without hidden ones.
    pub(super) others: usize,
    /// The number of JPEGs among them that are in no folder of a class: directly in the folder, and directly
    /// in folders of parts.
    pub(super) loose: [usize; 2],
    /// The parts that no image is drawn for: they have a folder, or are not wanted.
    pub(super) given: Vec<Part>,
}

/// Lists the JPEGs of `dir`.
pub(super) fn list(dir: &Path, wanted: Parts) -> Result<Listing, DataError> {
    let top = entries(dir)?;
    let mut parts: Vec<(&Entry, Part)> = Vec::new();
    for folder in top.iter().filter(|entry| entry.is_folder()) {
        let named = |name: &str| folder.name.eq_ignore_ascii_case(name);
        let Some(&(_, part)) = NAMES.iter().find(|(name, _)| named(name)) else { continue };
        if let Some((other, _)) = parts.iter().find(|(_, known)| *known == part) {
            let found = format!("{} and {}", shown(&other.name), shown(&folder.name));
            let expected = format!("one folder of {} images", part.name());
            return Err(DataError::Classes { folder: dir.to_owned(), expected, found });
        }
        parts.push((folder, part));
    }
    let mut walk = Walk { files: Vec::new(), others: 0, loose: [0; 2], inside: BTreeSet::new() };
    if parts.is_empty() {
        let classes: Vec<&Entry> = top.iter().filter(|entry| entry.is_folder()).collect();
        walk.others = top.len() - classes.len();
        walk.loose[0] = count_jpegs(&top);
        let (part, given) = match wanted {
            Parts::All => (None, Vec::new()),
            Parts::TestOnly => (Some(Part::Test), Part::ALL.to_vec()),
        };
        for (class, folder) in classes.iter().enumerate() {
            walk.add_class(&[dir], folder, folder.name.as_encoded_bytes(), (part, class))?;
        }
        let classes = classes.iter().map(|entry| shown(&entry.name)).collect();
        return Ok(walk.into_listing(classes, given));
    }
    let needed = match wanted {
        Parts::All => Part::Train,
        Parts::TestOnly => Part::Test,
    };
    if !parts.iter().any(|(_, part)| *part == needed) {
        let expected = format!("a folder {} beside {}", needed.name(), shown(&parts[0].0.name));
        let found = "no such folder".to_owned();
        return Err(DataError::Classes { folder: dir.to_owned(), expected, found });
    }
    walk.others = top.len() - parts.len();
    walk.loose[0] = count_jpegs(&top);
    parts.retain(|(_, part)| wanted.includes(*part));
    let mut folders = Vec::new();
    for &(folder, part) in &parts {
        let (classes, others): (Vec<_>, Vec<_>) =
            entries(&folder.path)?.into_iter().partition(Entry::is_folder);
        walk.others += others.len();
        walk.loose[1] += count_jpegs(&others);
        folders.push((folder, part, classes));
    }
    let names = same_classes(&folders)?;
    for (folder, part, classes) in &folders {
        for (class, entry) in classes.iter().enumerate() {
            let name = join(folder.name.as_encoded_bytes(), &entry.name);
            walk.add_class(&[dir, &folder.path], entry, &name, (Some(*part), class))?;
        }
    }
    let given =
        |part: &Part| !wanted.includes(*part) || parts.iter().any(|(_, known)| known == part);
    Ok(walk.into_listing(names, Part::ALL.into_iter().filter(given).collect()))
}

/// The names of the classes, which every part must have.
fn same_classes(folders: &[(&Entry, Part, Vec<Entry>)]) -> Result<Vec<String>, DataError> {
    let names = |classes: &[Entry]| -> BTreeSet<OsString> {
        classes.iter().map(|entry| entry.name.clone()).collect()
    };
    let all: BTreeSet<OsString> = folders.iter().flat_map(|(.., c)| names(c)).collect();
    for (folder, _, classes) in folders {
        if let Some(missing) = all.difference(&names(classes)).next() {
            let has = |(_, _, classes): &&(&Entry, Part, Vec<Entry>)| {
                classes.iter().any(|entry| entry.name == *missing)
            };
            let other = folders.iter().find(has).map_or_else(String::new, |f| shown(&f.0.name));
            return Err(DataError::Classes {
                folder: folder.path.clone(),
                expected: format!("the class {:?}, which {other} has", shown(missing)),
                found: "no such folder".into(),
            });
        }
    }
    Ok(all.iter().map(|name| shown(name)).collect())
}

/// Something in a folder. Links are followed.
#[derive(Debug)]
struct Entry {
    name: OsString,
    path: PathBuf,
    /// `None` for a link that leads nowhere.
    metadata: Option<Metadata>,
}

impl Entry {
    fn is_folder(&self) -> bool {
        self.metadata.as_ref().is_some_and(Metadata::is_dir)
    }

    /// Whether its extension is that of a JPEG, and it is a file or a link to nowhere, not, say, a pipe.
    fn is_jpeg(&self) -> bool {
        if self.metadata.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return false;
        }
        let ending = Path::new(&self.name).extension().unwrap_or_default();
        ["jpg", "jpeg", "jpe"].iter().any(|jpeg| ending.eq_ignore_ascii_case(jpeg))
    }
}

/// The entries of a folder, sorted by name, without hidden ones.
fn entries(folder: &Path) -> Result<Vec<Entry>, DataError> {
    let cannot = |source| DataError::Read { path: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let (name, path) = (entry.file_name(), entry.path());
        if !name.as_encoded_bytes().starts_with(b".") {
            entries.push(Entry { name, metadata: fs::metadata(&path).ok(), path });
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// The number of JPEGs among `entries`.
fn count_jpegs(entries: &[Entry]) -> usize {
    entries.iter().filter(|entry| !entry.is_folder() && entry.is_jpeg()).count()
}

#[derive(Debug)]
struct Walk {
    files: Vec<Found>,
    others: usize,
    loose: [usize; 2],
    /// The real paths of the folders of this class that were walked, and of those above them: a link to
    /// one of them is not followed.
    inside: BTreeSet<PathBuf>,
}

impl Walk {
    fn add_class(
        &mut self,
        above: &[&Path],
        folder: &Entry,
        name: &[u8],
        place: (Option<Part>, usize),
    ) -> Result<(), DataError> {
        self.inside = above.iter().map(|folder| real_path(folder)).collect::<Result<_, _>>()?;
        self.add_folder(&folder.path, name, place)
    }

    fn add_folder(
        &mut self,
        folder: &Path,
        name: &[u8],
        (part, class): (Option<Part>, usize),
    ) -> Result<(), DataError> {
        if !self.inside.insert(real_path(folder)?) {
            return Ok(());
        }
        for entry in entries(folder)? {
            let name = join(name, &entry.name);
            if entry.is_folder() {
                self.add_folder(&entry.path, &name, (part, class))?;
            } else if entry.is_jpeg() {
                let metadata = entry.metadata.as_ref();
                self.files.push(Found {
                    file: String::from_utf8_lossy(&name).into_owned(),
                    name,
                    part,
                    class,
                    size: metadata.map_or(0, Metadata::len),
                    modified: metadata.map_or(0, modified),
                    path: entry.path,
                });
            } else {
                self.others += 1;
            }
        }
        Ok(())
    }

    fn into_listing(mut self, classes: Vec<String>, given: Vec<Part>) -> Listing {
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        Listing { classes, files: self.files, others: self.others, loose: self.loose, given }
    }
}

/// The path without links.
fn real_path(folder: &Path) -> Result<PathBuf, DataError> {
    let cannot = |source| DataError::Read { path: folder.to_owned(), source };
    folder.canonicalize().map_err(cannot)
}

fn modified(metadata: &Metadata) -> i128 {
    let Ok(time) = metadata.modified() else { return 0 };
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

fn join(folder: &[u8], name: &OsStr) -> Vec<u8> {
    [folder, b"/", name.as_encoded_bytes()].concat()
}

fn shown(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}
