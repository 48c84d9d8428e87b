//! The table of a comparison: a row for each variant, averaged over its seeds.

use std::collections::BTreeSet;
use std::path::Path;

use gumbel_data::jpeg::left_out_lines;
use gumbel_files::csv_rows::csv_bytes;
use gumbel_files::names::counted;
use gumbel_files::output::write as write_file;
use serde::Serialize;

use super::{Comparison, Finished, Variant, by_variant, difference, paired, scores};
use crate::error::LabError;
use crate::frequency::config::Stem;
use crate::statistics::{PairedDifference, mean_interval};

/// The results of a variant over its seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The name of the variant.
    pub variant: String,
    /// The number of seeds that the variant was trained with.
    pub seeds: usize,
    /// The mean test accuracy.
    pub accuracy: f64,
    /// The standard error of the mean over the test images.
    pub accuracy_se: f64,
    /// The lower end of the 95 % interval of the accuracy over the test images, by
    /// [`mean_interval`](crate::statistics::mean_interval).
    pub accuracy_low: f64,
    /// The upper end of the 95 % interval of the accuracy.
    pub accuracy_high: f64,
    /// The lowest test accuracy among the seeds.
    pub lowest: f64,
    /// The highest test accuracy among the seeds.
    pub highest: f64,
    /// The mean number of channels read of an image; empty for a network on pixels.
    pub channels: Option<f64>,
    /// The number of values read of an image, relative to its pixels in three colours.
    pub input_size: f64,
    /// The mean number of entropy-coded bytes read of a test image; empty for a network on pixels.
    pub coded_bytes: Option<f64>,
    /// The share of `coded_bytes` in the bytes of all channels; empty for a network on pixels.
    pub coded_share: Option<f64>,
    /// The accuracy minus that of the variant on all 192 channels, paired by image; empty for that variant
    /// itself, or if it was not trained.
    pub difference: Option<f64>,
    /// The standard error of the difference over the images.
    pub difference_se: Option<f64>,
    /// The lower end of the 95 % interval of the difference over the images.
    pub difference_low: Option<f64>,
    /// The upper end of the 95 % interval of the difference.
    pub difference_high: Option<f64>,
    /// The number of trained parameters.
    pub parameters: usize,
    /// The number of floating-point operations to classify an image, in millions.
    pub mflop: f64,
    /// The number of training images per second, as the mean over the seeds.
    pub images_per_second: f64,
}

/// Averages the runs of each variant over its seeds: one row for each variant, in their order.
pub fn table(runs: &[Finished]) -> Vec<Row> {
    let map = by_variant(runs);
    let all = map.get(&Variant::All);
    map.iter()
        .map(|(variant, runs)| {
            let n = runs.len() as f64;
            let mean = |of: fn(&Finished) -> f64| runs.iter().map(|run| of(run)).sum::<f64>() / n;
            let accuracies = || runs.iter().map(|run| run.summary.test_accuracy);
            let optional = |of: fn(&Finished) -> Option<f64>| {
                runs.iter().map(|run| of(run)).sum::<Option<f64>>().map(|sum| sum / n)
            };
            let difference =
                all.as_ref().filter(|_| *variant != Variant::All).map(|all| paired(runs, all));
            let scores: Vec<f64> = scores(runs).into_values().collect();
            let against_none: Vec<(f64, f64)> = scores.iter().map(|&x| (x, 0.0)).collect();
            let interval = mean_interval(&scores, runs.len());
            Row {
                variant: variant.to_string(),
                seeds: runs.len(),
                accuracy: mean(|run| run.summary.test_accuracy),
                accuracy_se: PairedDifference::of(&against_none).se,
                accuracy_low: interval.low,
                accuracy_high: interval.high,
                lowest: accuracies().fold(f64::INFINITY, f64::min),
                highest: accuracies().fold(f64::NEG_INFINITY, f64::max),
                channels: optional(|run| run.summary.channels),
                input_size: mean(|run| run.summary.input_size),
                coded_bytes: optional(|run| run.summary.coded_bytes),
                coded_share: optional(|run| run.summary.coded_share),
                difference: difference.map(|d| d.difference),
                difference_se: difference.map(|d| d.se),
                difference_low: difference.map(|d| d.interval.low),
                difference_high: difference.map(|d| d.interval.high),
                parameters: runs[0].summary.parameters,
                mflop: runs[0].summary.flop as f64 / 1e6,
                images_per_second: mean(|run| run.images_per_second),
            }
        })
        .collect()
}

/// A difference of shares in percentage points, with a sign.
fn format_points(x: f64) -> String {
    // Adding 0.0 turns -0.00 into 0.00.
    format!("{:+.2}", (1e4 * x).round() / 100.0 + 0.0)
}

fn format_percent(x: f64) -> String {
    format!("{:.2}", 100.0 * x)
}

fn with_interval(value: f64, (low, high): (f64, f64), show: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", show(value), show(low), show(high))
}

/// A table of texts.
pub(super) struct TextTable {
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl TextTable {
    fn new<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> Self {
        Self { head: head.map(str::to_owned).to_vec(), rows: rows.map(Vec::from).collect() }
    }

    fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule = line(&vec!["---".to_owned(); self.head.len()]);
        [line(&self.head), rule].into_iter().chain(self.rows.iter().map(|row| line(row))).collect()
    }
}

fn or_dash(x: Option<String>) -> String {
    x.unwrap_or_else(|| "-".to_owned())
}

fn channels(row: &Row) -> String {
    or_dash(row.channels.map(|channels| format!("{channels:.1}")))
}

/// The accuracies of the variants.
pub(super) fn accuracies(rows: &[Row]) -> TextTable {
    let head = [
        "variant",
        "test accuracy, % (95 %)",
        "against all 192, points (95 %)",
        "lowest to highest seed",
        "channels",
    ];
    let row = |row: &Row| {
        let interval = row.difference_low.zip(row.difference_high);
        let difference = row.difference.zip(interval);
        [
            row.variant.clone(),
            with_interval(row.accuracy, (row.accuracy_low, row.accuracy_high), format_percent),
            or_dash(difference.map(|(d, interval)| with_interval(d, interval, format_points))),
            format!(
                "{} to {} of {}",
                format_percent(row.lowest),
                format_percent(row.highest),
                row.seeds
            ),
            channels(row),
        ]
    };
    TextTable::new(head, rows.iter().map(row))
}

/// The sizes and costs of the variants.
pub(super) fn costs(rows: &[Row]) -> TextTable {
    let head = [
        "variant",
        "channels",
        "input / RGB",
        "coded bytes (of all)",
        "parameters",
        "MFLOP",
        "images/s",
    ];
    let row = |row: &Row| {
        let bytes = row.coded_bytes.zip(row.coded_share);
        [
            row.variant.clone(),
            channels(row),
            format!("{:.3}", row.input_size),
            or_dash(bytes.map(|(bytes, share)| format!("{bytes:.0} ({:.1} %)", 100.0 * share))),
            row.parameters.to_string(),
            format!("{:.2}", row.mflop),
            format!("{:.0}", row.images_per_second),
        ]
    };
    TextTable::new(head, rows.iter().map(row))
}

/// The pairs of variants that the claims of the paper compare, with their differences.
pub(super) fn pairs(runs: &[Finished]) -> TextTable {
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
        (Learned(24), Rgb(Stem::Strided)),
        (Gate, Rgb(Stem::Strided)),
    ];
    let at_random = runs.iter().map(|run| run.variant);
    let mut at_random: Vec<Variant> =
        at_random.filter(|variant| matches!(variant, Variant::Random(24, _))).collect();
    at_random.sort();
    at_random.dedup();
    named.extend(at_random.into_iter().map(|draw| (Learned(24), draw)));
    let row = |(first, second): (Variant, Variant)| {
        let paired = difference(runs, first, second)?;
        let interval = (paired.interval.low, paired.interval.high);
        let words = with_interval(paired.difference, interval, format_points);
        Some([first.to_string(), second.to_string(), words])
    };
    let head = ["first", "second", "accuracy of the first minus the second, points (95 %)"];
    TextTable::new(head, named.into_iter().filter_map(row))
}

/// A note on what the intervals cover and what they do not.
pub(super) fn interval_note(runs: &[Finished]) -> String {
    let seeds: BTreeSet<u64> = runs.iter().map(|run| run.seed).collect();
    let images = "Intervals are over the test images: they show how far off an accuracy may be \
                  because there are no more images.";
    match seeds.len() {
        0 | 1 => format!(
            "One seed: each variant was trained once. {images} They do not show how much another \
             training of the same variant would differ, which may well be more; --seeds 3 shows it."
        ),
        n => format!(
            "{n} seeds: an accuracy is the mean over them. {images} The column of the lowest and \
             the highest seed shows how much the seeds differ."
        ),
    }
}

/// The files that were left out for all variants, if there are any.
pub(super) fn left_out(runs: &[Finished]) -> Option<String> {
    let lines = left_out_lines(&runs.first()?.left_out)?;
    Some(lines.join("\n"))
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
    let mut text = accuracies(rows).markdown();
    text += &format!("\n{}", costs(rows).markdown());
    text += &format!("\n{}", pairs(runs).markdown());
    let images = runs.first().map_or(0, |run| run.correct.len());
    let settings = &comparison.base;
    text += &format!(
        "\n{}, batch {}, learning rate {}, width {}, {}; {}.\n",
        counted(settings.epochs, "epoch"),
        settings.batch,
        settings.lr,
        settings.width,
        counted(settings.blocks as u64, "block"),
        counted(images as u64, "test image")
    );
    text += &format!("\n{}\n", interval_note(runs));
    if let Some(lines) = left_out(runs) {
        // A code block keeps the lines apart.
        text += &format!("\nFor every variant:\n\n```text\n{lines}\n```\n");
    }
    Ok(write_file(&out.join("comparison.md"), text.as_bytes())?)
}
