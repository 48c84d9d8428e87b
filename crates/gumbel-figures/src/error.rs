//! What goes wrong when a figure is made.

use std::fmt;

use gumbel_report::ReportError;

/// A figure that could not be made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FigureError {
    /// The functions that the figure shows refused their input.
    Sample(gumbel::Error),
    /// The drawing failed.
    Draw(ReportError),
}

impl fmt::Display for FigureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample(error) => error.fmt(f),
            Self::Draw(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FigureError {}

impl From<gumbel::Error> for FigureError {
    fn from(error: gumbel::Error) -> Self {
        Self::Sample(error)
    }
}

impl From<ReportError> for FigureError {
    fn from(error: ReportError) -> Self {
        Self::Draw(error)
    }
}
