//! The page of a report: problems, result, curves, settings; charts with their files.

mod charts;

use std::path::Path;

use gumbel_report::{LineChart, Page, Picture, Section, Series};
use indexmap::IndexMap;
use serde_json::Value;

pub use charts::{Chart, Curve, Drawing, curves, save_charts};

use crate::error::TrainError;
use crate::run::{RunFolder, read_metrics};
use crate::settings::{Settings, Summary};

/// The page of a run with a curve for each column of `metrics.csv`.
pub(crate) fn page<S: Settings>(
    folder: &RunFolder<S>,
    title: &str,
    summary: &S::Summary,
) -> Result<Page, TrainError> {
    let data = folder.data();
    let mut facts = folder.settings_as_text()?;
    facts.push(("data".to_owned(), data.name.clone()));
    facts.push(("data sha256".to_owned(), data.sha256.clone()));
    Ok(Page {
        title: title.to_owned(),
        lead: summary.health().in_words(),
        headline: vec![("result".to_owned(), summary.in_words())],
        facts,
        sections: sections(folder.path())?,
    })
}

/// A section with a curve over the epochs for each column of numbers.
fn sections(folder: &Path) -> Result<Vec<Section>, TrainError> {
    let rows: Vec<IndexMap<String, Value>> = read_metrics(folder)?;
    let number = |row: &IndexMap<String, Value>, name: &str| {
        // The values of a CSV file are read as numbers where they look like numbers.
        row.get(name).and_then(Value::as_f64)
    };
    let names = rows.first().map(|row| row.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut sections = Vec::new();
    for name in names.into_iter().filter(|name| !["epoch", "step"].contains(&name.as_str())) {
        let points: Vec<(f64, f64)> = rows
            .iter()
            .enumerate()
            .filter_map(|(i, row)| {
                let epoch = number(row, "epoch").unwrap_or(i as f64 + 1.0);
                Some((epoch, number(row, &name)?))
            })
            .collect();
        let [Some(first), Some(last)] = [points.first(), points.last()] else { continue };
        let words = name.replace('_', " ");
        let alt = format!("{words} goes from {:.4} to {:.4}", first.1, last.1);
        let mut letters = words.chars();
        let heading: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let chart = LineChart {
            title: String::new(),
            x_label: "epoch".to_owned(),
            y_label: words.clone(),
            // A curve alone needs no legend.
            series: vec![Series { name: String::new(), points }],
        };
        let (caption, picture) = (format!("{heading} after each epoch."), chart.svg());
        sections.push(Section { heading, caption, alt, picture: Picture::Svg(picture) });
    }
    Ok(sections)
}
