//! A chart of the report: a PNG file with its title, and an SVG whose title is the section's heading.

use std::path::Path;

use gumbel_files::output;
use gumbel_report::{Heatmap, LineChart, Picture, ReportError, Section, Series, Sketch};

use super::narrow::{narrow_cells, narrow_lines};
use crate::error::TrainError;

/// A picture of a report with its words.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The name of the PNG file, without its extension.
    pub file: &'static str,
    /// What the picture shows, for those who cannot see it.
    pub alt: String,
    /// The sentence below the picture.
    pub caption: String,
    /// The drawing.
    pub drawing: Drawing,
}

/// A drawing of any kind.
#[derive(Clone, Debug)]
pub enum Drawing {
    /// Curves; the page draws them also in a form for narrow pages.
    Lines(LineChart),
    /// Coloured cells; the page draws them also in a form for narrow pages.
    Cells(Heatmap),
    /// A heading, and a drawing without one.
    Sketch(String, Sketch),
    /// A heading, and a drawing without one in two forms: for the file and wide pages, and for narrow pages.
    Pair(String, Sketch, Sketch),
}

impl Drawing {
    /// Draws the PNG, with its title.
    ///
    /// # Errors
    /// A picture that cannot be encoded.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        match self {
            Self::Lines(chart) => chart.png(),
            Self::Cells(chart) => chart.png(),
            Self::Sketch(_, sketch) | Self::Pair(_, sketch, _) => sketch.png(),
        }
    }

    fn into_title_and_picture(self) -> Result<(String, Picture), ReportError> {
        Ok(match self {
            Self::Lines(mut chart) => {
                let title = std::mem::take(&mut chart.title);
                (title, line_picture(&chart))
            }
            Self::Cells(mut chart) => {
                let title = std::mem::take(&mut chart.title);
                let wide = chart.svg()?;
                (title, Picture::Pair { wide, narrow: narrow_cells(&chart).svg() })
            }
            Self::Sketch(title, sketch) => (title, Picture::Svg(sketch.svg())),
            Self::Pair(title, wide, narrow) => {
                (title, Picture::Pair { wide: wide.svg(), narrow: narrow.svg() })
            }
        })
    }
}

/// Draws curves in two forms: for wide pages, and for narrow ones.
pub(super) fn line_picture(chart: &LineChart) -> Picture {
    // Curves that have no axis, as of numbers beyond all scales, have one form.
    match narrow_lines(chart) {
        Some(narrow) => Picture::Pair { wide: chart.svg(), narrow: narrow.svg() },
        None => Picture::Svg(chart.svg()),
    }
}

impl Chart {
    /// Makes the section of a page, whose heading is the title.
    ///
    /// # Errors
    /// A picture that cannot be drawn.
    pub fn section(self) -> Result<Section, ReportError> {
        let (heading, picture) = self.drawing.into_title_and_picture()?;
        Ok(Section { heading, caption: self.caption, alt: self.alt, picture })
    }
}

/// Writes each chart's PNG into a folder, and returns the charts' sections of the page.
///
/// # Errors
/// A picture that cannot be drawn or written.
pub fn save_charts(folder: &Path, charts: Vec<Chart>) -> Result<Vec<Section>, TrainError> {
    let save = |chart: Chart| {
        output::write(&folder.join(format!("{}.png", chart.file)), &chart.drawing.png()?)?;
        Ok(chart.section()?)
    };
    charts.into_iter().map(save).collect()
}

/// A curve: its name, and its value in the row of an epoch. Rows without a value have no point.
pub type Curve<R> = (&'static str, fn(&R) -> Option<f64>);

/// Curves over epochs; `epoch` reads the epoch of a row.
pub fn curves<R>(
    title: &str,
    y_label: &str,
    metrics: &[R],
    epoch: fn(&R) -> u64,
    columns: &[Curve<R>],
) -> Drawing {
    let series = columns.iter().map(|(name, value)| Series {
        name: (*name).to_owned(),
        points: metrics.iter().filter_map(|row| Some((epoch(row) as f64, value(row)?))).collect(),
    });
    Drawing::Lines(LineChart {
        title: title.to_owned(),
        x_label: "epoch".to_owned(),
        y_label: y_label.to_owned(),
        series: series.collect(),
    })
}
