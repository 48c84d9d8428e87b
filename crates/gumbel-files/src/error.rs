//! Errors of files: one line that says what is wrong and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file that could not be read or written, or that is not what it should be.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// An argument that names a file or a folder cannot be used.
    Argument {
        /// The argument.
        name: &'static str,
        /// What was expected and what was found.
        problem: String,
    },
    /// The system refused to read or write a file.
    System {
        /// The action that failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A file or a folder is not what it should be.
    Content {
        /// The file or folder.
        path: PathBuf,
        /// The line, counted from 1; `None` if the problem has no line.
        line: Option<u64>,
        /// What is wrong and what to do.
        problem: String,
    },
}

impl FileError {
    /// Makes the error of an argument.
    pub fn argument(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Argument { name, problem: problem.into() }
    }

    /// Makes the error of an action on a file from the error of the system: for `map_err`.
    pub fn system(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::System { action, path, source }
    }

    /// Makes the error of a file or folder that is not what it should be.
    pub fn content(path: &Path, problem: impl Into<String>) -> Self {
        Self::at_line(path, None, problem)
    }

    /// Makes the error of a line of a file, counted from 1.
    pub fn at_line(path: &Path, line: Option<u64>, problem: impl Into<String>) -> Self {
        Self::Content { path: path.to_owned(), line, problem: problem.into() }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument { name, problem } => write!(f, "{name}: {problem}"),
            Self::System { action, path, source } => {
                write!(f, "cannot {action} {}: {source}", path.display())
            }
            Self::Content { path, line: None, problem } => {
                write!(f, "{}: {problem}", path.display())
            }
            Self::Content { path, line: Some(line), problem } => {
                write!(f, "{}, line {line}: {problem}", path.display())
            }
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::System { source, .. } => Some(source),
            _ => None,
        }
    }
}
