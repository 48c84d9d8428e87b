//! The table of a comparison: a row for each variant, over its seeds.

use std::path::Path;

use serde::Serialize;

use super::{Comparison, Finished, Variant, by_variant, difference, paired, scores};
use crate::error::LabError;
use crate::frequency::config::Stem;
use crate::run::{csv_bytes, write_file};
use crate::statistics::{Interval, PairedDifference};

/// A variant over its seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The variant.
    pub variant: String,
    /// Seeds.
    pub seeds: usize,
    /// The mean test accuracy.
    pub accuracy: f64,
    /// The standard error of the mean over the test images.
    pub accuracy_se: f64,
    /// The lowest of the seeds.
    pub lowest: f64,
    /// The highest of the seeds.
    pub highest: f64,
    /// The mean number of channels read of an image; empty on pixels.
    pub channels: Option<f64>,
    /// Numbers read of an image, relative to its pixels in three colours.
    pub input_size: f64,
    /// The share of a file's coefficients other than 0 that are read; empty on pixels.
    pub nonzero_share: Option<f64>,
    /// The accuracy minus that on all 192 channels, paired by image; empty without that variant.
    pub difference: Option<f64>,
    /// Its standard error over the images.
    pub difference_se: Option<f64>,
    /// Trained numbers.
    pub parameters: usize,
    /// Millions of floating-point operations an image.
    pub mflop: f64,
    /// Training images a second, the mean over the seeds.
    pub images_per_second: f64,
}

/// The rows, in the order of the variants.
pub fn table(runs: &[Finished]) -> Vec<Row> {
    let map = by_variant(runs);
    let all = map.get(&Variant::All).map(|runs| scores(runs));
    let se = |runs: &[&Finished]| {
        PairedDifference::of(&scores(runs).into_values().map(|x| (x, 0.0)).collect::<Vec<_>>()).se
    };
    map.iter()
        .map(|(variant, runs)| {
            let n = runs.len() as f64;
            let mean = |of: fn(&Finished) -> f64| runs.iter().map(|run| of(run)).sum::<f64>() / n;
            let accuracies = || runs.iter().map(|run| run.summary.test_accuracy);
            let optional = |of: fn(&Finished) -> Option<f64>| {
                runs.iter().map(|run| of(run)).sum::<Option<f64>>().map(|sum| sum / n)
            };
            let difference = all
                .as_ref()
                .filter(|_| *variant != Variant::All)
                .map(|all| paired(&scores(runs), all));
            Row {
                variant: variant.to_string(),
                seeds: runs.len(),
                accuracy: mean(|run| run.summary.test_accuracy),
                accuracy_se: se(runs),
                lowest: accuracies().fold(f64::INFINITY, f64::min),
                highest: accuracies().fold(f64::NEG_INFINITY, f64::max),
                channels: optional(|run| run.summary.channels),
                input_size: mean(|run| run.summary.input_size),
                nonzero_share: optional(|run| run.summary.nonzero_share),
                difference: difference.map(|d| d.difference),
                difference_se: difference.map(|d| d.se),
                parameters: runs[0].summary.parameters,
                mflop: runs[0].summary.flop as f64 / 1e6,
                images_per_second: mean(|run| run.images_per_second),
            }
        })
        .collect()
}

fn points(x: f64) -> String {
    format!("{:+.2}", 100.0 * x)
}

fn percent(x: f64) -> String {
    format!("{:.2}", 100.0 * x)
}

fn with_interval(difference: f64, se: f64, show: impl Fn(f64) -> String) -> String {
    let Interval { low, high } = PairedDifference { difference, se }.interval();
    format!("{} ({} to {})", show(difference), show(low), show(high))
}

/// The pairs that the paper's claims are about, with their differences in words.
pub(super) fn pairs(runs: &[Finished]) -> Vec<Vec<String>> {
    use Variant::{All, Gate, Learned, Low, Rgb, SecondGate};
    let mut named = vec![
        (Learned(24), All),
        (Learned(48), All),
        (Learned(24), Low(24)),
        (Learned(48), Low(48)),
        (Gate, All),
        (Gate, Learned(48)),
        (SecondGate, Learned(24)),
        (All, Rgb(Stem::Patch)),
        (All, Rgb(Stem::Strided)),
    ];
    let at_random = runs.iter().map(|run| run.variant);
    let mut at_random: Vec<Variant> =
        at_random.filter(|variant| matches!(variant, Variant::Random(24, _))).collect();
    at_random.sort();
    at_random.dedup();
    named.extend(at_random.into_iter().map(|draw| (Learned(24), draw)));
    let row = |(first, second): (Variant, Variant)| {
        let paired = difference(runs, first, second)?;
        let words = with_interval(paired.difference, paired.se, points);
        Some(vec![first.to_string(), second.to_string(), words])
    };
    named.into_iter().filter_map(row).collect()
}

/// The head of the table of [`pairs`].
pub(super) fn pairs_head() -> Vec<String> {
    ["first", "second", "accuracy of the first minus the second, points (95 %)"]
        .map(str::to_owned)
        .to_vec()
}

/// The head of the table in words, and its rows.
pub(super) fn cells(rows: &[Row]) -> (Vec<String>, Vec<Vec<String>>) {
    let head = [
        "variant",
        "test accuracy, % (95 %)",
        "seeds, lowest to highest",
        "against all 192, points (95 %)",
        "channels",
        "input / RGB",
        "coefficients other than 0, %",
        "parameters",
        "MFLOP",
        "images/s",
    ];
    let row = |row: &Row| {
        let difference = match (row.difference, row.difference_se) {
            (Some(difference), Some(se)) => with_interval(difference, se, points),
            _ => "-".to_owned(),
        };
        let or_dash = |x: Option<String>| x.unwrap_or_else(|| "-".to_owned());
        vec![
            row.variant.clone(),
            with_interval(row.accuracy, row.accuracy_se, percent),
            format!("{}: {} to {}", row.seeds, percent(row.lowest), percent(row.highest)),
            difference,
            or_dash(row.channels.map(|channels| format!("{channels:.1}"))),
            format!("{:.3}", row.input_size),
            or_dash(row.nonzero_share.map(|share| format!("{:.1}", 100.0 * share))),
            row.parameters.to_string(),
            format!("{:.2}", row.mflop),
            format!("{:.0}", row.images_per_second),
        ]
    };
    (head.map(str::to_owned).to_vec(), rows.iter().map(row).collect())
}

/// Writes `comparison.csv` and `comparison.md`.
pub(super) fn write(
    comparison: &Comparison,
    rows: &[Row],
    runs: &[Finished],
    out: &Path,
) -> Result<(), LabError> {
    let path = out.join("comparison.csv");
    write_file(&path, &csv_bytes(&path, rows, true)?)?;
    let (head, rows) = cells(rows);
    let mut text = markdown(&head, &rows);
    text += &format!("\n{}", markdown(&pairs_head(), &pairs(runs)));
    let images = runs.first().map_or(0, |run| run.right.len());
    let settings = &comparison.base;
    text += &format!(
        "\n{} epochs, batch {}, learning rate {}, width {}, {} blocks; {images} test images.\n",
        settings.epochs, settings.batch, settings.lr, settings.width, settings.blocks
    );
    write_file(&out.join("comparison.md"), text.as_bytes())
}

fn markdown(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = line(&vec!["---".to_owned(); head.len()]);
    [line(head), rule].into_iter().chain(rows.iter().map(|row| line(row))).collect()
}
