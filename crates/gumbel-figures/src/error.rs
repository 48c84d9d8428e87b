//! `FigureError`: the reasons why a figure could not be made.

use std::fmt;

use gumbel_compare::CompareError;
use gumbel_environments::EnvironmentError;
use gumbel_maxima::FitError;
use gumbel_report::ReportError;

/// The reason why a figure could not be made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FigureError {
    /// A function that the figure shows returned this error.
    Sample(gumbel::Error),
    /// A fit that the figure shows failed with this error.
    Fit(FitError),
    /// A comparison that the figure shows failed with this error.
    Compare(CompareError),
    /// A maze that the figure shows failed with this error.
    Environment(EnvironmentError),
    /// The drawing failed with this error.
    Draw(ReportError),
    /// The figure is lettered in Chinese, and only an SVG can be.
    Letters,
    /// The table of speeds is not as expected, with this problem.
    Table(String),
}

impl fmt::Display for FigureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sample(error) => error.fmt(f),
            Self::Fit(error) => error.fmt(f),
            Self::Compare(error) => error.fmt(f),
            Self::Environment(error) => error.fmt(f),
            Self::Draw(error) => error.fmt(f),
            Self::Letters => f.write_str("the font of PNG has no Chinese letters: draw an SVG"),
            Self::Table(problem) => write!(f, "table of speeds: {problem}"),
        }
    }
}

impl std::error::Error for FigureError {}

impl From<gumbel::Error> for FigureError {
    fn from(error: gumbel::Error) -> Self {
        Self::Sample(error)
    }
}

impl From<FitError> for FigureError {
    fn from(error: FitError) -> Self {
        Self::Fit(error)
    }
}

impl From<CompareError> for FigureError {
    fn from(error: CompareError) -> Self {
        Self::Compare(error)
    }
}

impl From<EnvironmentError> for FigureError {
    fn from(error: EnvironmentError) -> Self {
        Self::Environment(error)
    }
}

impl From<ReportError> for FigureError {
    fn from(error: ReportError) -> Self {
        Self::Draw(error)
    }
}
