//! Errors of data: the file, the byte, what was expected and found, and what to do.

use std::path::PathBuf;
use std::{fmt, io};

use gumbel_files::names::{nearest, unknown};

use super::sets::{FILES, NAMES};

/// Data that could not be loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum DataError {
    /// A text that is neither the name of a set nor a folder.
    UnknownSet {
        /// What was asked for.
        found: String,
    },
    /// A text that is not the name of a set, where only a name is allowed.
    NotANamedSet {
        /// What was asked for.
        found: String,
    },
    /// The files of a named set are in none of the places where they may be.
    NotFound {
        /// The name of the set.
        name: String,
        /// The folders looked at, in order.
        places: Vec<PathBuf>,
    },
    /// A folder lacks one of the four files.
    MissingFile {
        /// The folder.
        folder: PathBuf,
        /// The file, without the `.gz` that it may have.
        file: &'static str,
    },
    /// The system could not read a file.
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file that is not a complete idx file of the expected kind, or damaged gzip data.
    Idx {
        /// The file.
        path: PathBuf,
        /// The place in the content of the file, after decompression.
        byte: u64,
        /// What was expected there.
        expected: String,
        /// What was found there.
        found: String,
    },
    /// A file of a named set has other content than the published one.
    Checksum {
        /// The file.
        path: PathBuf,
        /// The name of the set.
        name: String,
        /// The sha256 of the published file, uncompressed.
        expected: String,
        /// The sha256 of the file found, uncompressed.
        found: String,
    },
    /// Two files do not belong together: the numbers of images and labels differ, or the sizes of
    /// training and test images differ.
    Mismatch {
        /// The files.
        paths: [PathBuf; 2],
        /// The content of each file, in words.
        found: [String; 2],
    },
    /// A folder that is not a set of classes: a class or a part is missing, or is there twice.
    Classes {
        /// The folder.
        folder: PathBuf,
        /// What was expected there.
        expected: String,
        /// What was found there.
        found: String,
    },
    /// A file that is not a JPEG, or a JPEG that cannot be read.
    Jpeg {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// A grid of blocks that no image can have.
    Grid {
        /// The rows and columns of blocks asked for.
        found: (usize, usize),
    },
    /// The system refused to start a thread.
    Threads {
        /// The error of the system.
        source: io::Error,
    },
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSet { found } => {
                let names = NAMES.join(", ");
                write!(
                    f,
                    "data: expected {names} or a folder with the four idx files, found {found:?}{}",
                    suggestion(found)
                )
            }
            Self::NotANamedSet { found } => write!(f, "data: {}", unknown(&NAMES, found)),
            Self::NotFound { name, places } => {
                let places: Vec<_> = places.iter().map(|p| p.display().to_string()).collect();
                let places = if places.is_empty() { "no folder".into() } else { places.join(", ") };
                write!(
                    f,
                    "{name}: not found (looked in {places}); gumbel data get {name} fetches it; or "
                )?;
                if name == "fashion-mnist" {
                    write!(f, "install Debian's package dataset-fashion-mnist, or ")?;
                }
                let [a, b, c, d] = FILES;
                write!(
                    f,
                    "put {a}.gz, {b}.gz, {c}.gz and {d}.gz into one of these folders, or name \
                     their folder with --data-dir or GUMBEL_DATA"
                )
            }
            Self::MissingFile { folder, file } => write!(
                f,
                "{}: expected {file} or {file}.gz beside the other idx files, found neither: put it \
                 there",
                folder.display()
            ),
            Self::Read { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::Idx { path, byte, expected, found } => write!(
                f,
                "{}: byte {byte} of its content: expected {expected}, found {found}: put the right file \
                 there",
                path.display()
            ),
            Self::Checksum { path, name, expected, found } => write!(
                f,
                "{}: not the file of {name}: expected sha256 {expected} (uncompressed), found \
                 {found}: get it again, or load other files with --data DIR",
                path.display()
            ),
            Self::Mismatch { paths: [a, b], found: [x, y] } => write!(
                f,
                "{} has {x}, {} has {y}: get files that belong together",
                a.display(),
                b.display()
            ),
            Self::Classes { folder, expected, found } => {
                write!(f, "{}: expected {expected}, found {found}", folder.display())
            }
            Self::Jpeg { path, found } => {
                write!(f, "{}: {found}: remove the file, or load without --strict", path.display())
            }
            Self::Grid { found: (rows, columns) } => write!(
                f,
                "grid: expected 1 to 8192 rows and columns of blocks, found {rows} x {columns}"
            ),
            Self::Threads { source } => write!(f, "cannot start threads: {source}"),
        }
    }
}

/// The named set that may have been meant.
fn suggestion(found: &str) -> String {
    nearest(&NAMES, found).map_or_else(String::new, |name| format!(": did you mean {name}?"))
}

impl std::error::Error for DataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Threads { source } => Some(source),
            _ => None,
        }
    }
}
