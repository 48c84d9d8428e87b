//! Errors of downloads: which address, what happened, what to do.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// A download that failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// An invalid setting: a mirror, a proxy, a file of certificates.
    Setting {
        /// The name of the setting.
        name: String,
        /// What was expected and what was found.
        problem: String,
    },
    /// No mirror delivered a file.
    Unavailable {
        /// The name of the set.
        name: String,
        /// The file.
        file: String,
        /// The folder to put it into.
        folder: PathBuf,
        /// The addresses that were tried, and the problem of each.
        problems: Vec<(String, String)>,
    },
    /// An existing file that is not the published one.
    Occupied {
        /// The file.
        path: PathBuf,
        /// The name of the set.
        name: String,
        /// What was expected and what was found.
        problem: String,
    },
    /// A file could not be read or written.
    File {
        /// The action that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

impl FetchError {
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }

    pub(super) fn setting(name: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Setting { name: name.into(), problem: problem.into() }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { name, problem } => write!(f, "{name}: {problem}"),
            Self::Unavailable { name, file, folder, problems } => {
                let problems: Vec<String> = problems
                    .iter()
                    .map(|(address, problem)| format!("{address}: {problem}"))
                    .collect();
                write!(
                    f,
                    "{name}: cannot fetch {file}: {}; try again (the bytes received are kept), name \
                     another mirror with --mirror URL, or put {file}.gz into {} yourself",
                    problems.join("; "),
                    folder.display()
                )
            }
            Self::Occupied { path, name, problem } => write!(
                f,
                "{} is not the file of {name}: {problem}: --force replaces it",
                path.display()
            ),
            Self::File { action, path, source } => {
                write!(f, "cannot {action} {}: {source}", path.display())?;
                if source.kind() == io::ErrorKind::StorageFull {
                    write!(f, ": make room, or choose another disk with --out DIR")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for FetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_a_full_disk_says_what_to_do() {
        let at = |kind: io::ErrorKind| FetchError::file("write", Path::new("a.part"))(kind.into());
        let full = at(io::ErrorKind::StorageFull).to_string();
        assert!(full.starts_with("cannot write a.part: ") && full.contains("make room"), "{full}");
        assert!(!at(io::ErrorKind::PermissionDenied).to_string().contains("make room"));
    }
}
