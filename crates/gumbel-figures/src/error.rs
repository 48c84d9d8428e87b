//! `FigureError`: why a figure could not be made.

use std::fmt;

use gumbel_report::ReportError;

/// A figure that could not be made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FigureError {
    /// An error of the functions that the figure shows.
    Sample(gumbel::Error),
    /// An error of the drawing.
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
