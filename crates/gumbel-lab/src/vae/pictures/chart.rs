//! A chart of the report: a PNG with its title, and an SVG under a heading that says the same.

use gumbel_report::{Heatmap, LineChart, Picture, ReportError, Section, Series};

use crate::vae::MetricsRow;

pub(super) struct Chart {
    pub(super) file: &'static str,
    pub(super) alt: String,
    pub(super) caption: String,
    pub(super) drawing: Drawing,
}

pub(super) enum Drawing {
    Lines(LineChart),
    Cells(Heatmap),
}

impl Drawing {
    pub(super) fn png(&self) -> Result<Vec<u8>, ReportError> {
        match self {
            Self::Lines(chart) => chart.png(),
            Self::Cells(chart) => chart.png(),
        }
    }

    fn into_title_and_svg(self) -> Result<(String, String), ReportError> {
        match self {
            Self::Lines(mut chart) => {
                let title = std::mem::take(&mut chart.title);
                Ok((title, chart.svg()?))
            }
            Self::Cells(mut chart) => {
                let title = std::mem::take(&mut chart.title);
                Ok((title, chart.svg()?))
            }
        }
    }
}

impl Chart {
    pub(super) fn section(self) -> Result<Section, ReportError> {
        let (heading, svg) = self.drawing.into_title_and_svg()?;
        let picture = Picture::Svg(svg);
        Ok(Section { heading, caption: self.caption, alt: self.alt, picture })
    }
}

/// A name and the number of each epoch. Epochs without the number have no point.
pub(super) type Column = (&'static str, fn(&MetricsRow) -> Option<f64>);

/// Curves over epochs.
pub(super) fn curve(
    title: &str,
    y_label: &str,
    metrics: &[MetricsRow],
    columns: &[Column],
) -> Drawing {
    let point = |value: fn(&MetricsRow) -> Option<f64>| {
        move |row: &MetricsRow| value(row).map(|y| (row.epoch as f64, y))
    };
    let series = columns.iter().map(|(name, value)| Series {
        name: (*name).to_owned(),
        points: metrics.iter().filter_map(point(*value)).collect(),
    });
    Drawing::Lines(LineChart {
        title: title.to_owned(),
        x_label: "epoch".to_owned(),
        y_label: y_label.to_owned(),
        series: series.collect(),
    })
}
