//! `ReportError`: the reasons why a picture could not be made.

use std::fmt;

/// The reason why a picture could not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportError {
    /// The data cannot be drawn.
    Input {
        /// The name of the data.
        what: &'static str,
        /// The problem with the data.
        problem: String,
    },
    /// The PNG encoder failed, with this message.
    Png(String),
    /// The GIF encoder failed, with this message.
    Gif(String),
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
            Self::Gif(problem) => write!(f, "cannot encode the animation as GIF: {problem}"),
        }
    }
}

impl std::error::Error for ReportError {}
