//! `ReportError`: why a picture could not be made.

use std::fmt;

/// A picture that could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportError {
    /// Data that cannot be drawn.
    Input {
        /// The data.
        what: &'static str,
        /// What is wrong with them.
        problem: String,
    },
    /// An error of the PNG encoder.
    Png(String),
}

impl ReportError {
    pub(crate) fn input(what: &'static str, problem: impl Into<String>) -> Self {
        Self::Input { what, problem: problem.into() }
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { what, problem } => write!(f, "{what}: {problem}"),
            Self::Png(problem) => write!(f, "cannot encode the picture as PNG: {problem}"),
        }
    }
}

impl std::error::Error for ReportError {}
