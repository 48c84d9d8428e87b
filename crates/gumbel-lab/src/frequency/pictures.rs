//! The report of a run: the channels that are kept, the course of the training, the confusion of classes.

mod blocks;
mod calibration;
mod maps;

use gumbel_burn::GateCondition;
use gumbel_data::jpeg::{JpegSet, LeftOut, left_out_lines};
use gumbel_files::names::counted;
use gumbel_files::output::write as write_file;
use gumbel_report::{ColourGrid, Heatmap, Page, Picture, Section, Sketch};
use gumbel_train::RunFolder;
use gumbel_train::report::{Chart, Drawing, curves, save_charts};
use gumbel_train::run::read_metrics;

use crate::error::LabError;
use crate::frequency::FrequencyConfig;
use crate::frequency::channels::{CHANNELS, Selection};
use crate::frequency::config::{GateSettings, Input};
use crate::frequency::eval::{Evaluation, Gates};
use crate::frequency::record::{ChannelRow, MetricsRow, Summary};
use maps::channel_maps;

/// Images shown whose gates differ most from the mean.
const SHOWN: usize = 8;
/// The most classes for which the confusion table is drawn.
const MAX_CLASSES: usize = 40;

/// Writes the pictures of a finished training, and makes the page of its report.
pub(crate) fn page(
    folder: &RunFolder<FrequencyConfig>,
    set: &JpegSet,
    test: &Evaluation,
    channels: Option<&[ChannelRow]>,
    summary: &Summary,
) -> Result<Page, LabError> {
    let metrics: Vec<MetricsRow> = read_metrics(folder.path())?;
    let mut charts = Vec::new();
    if let Some(rows) = channels {
        charts.push(kept_chart(rows, set.validation.len()));
    } else if folder.config().input == Input::Coefficients {
        charts.push(fixed_chart(&folder.config().selection().mask()));
    }
    charts.extend(accuracy_charts(&metrics, set.classes.len()));
    if let Some(rows) = channels {
        charts.extend(gate_charts(&metrics));
        charts.push(Chart {
            file: "calibration",
            alt: "points along the diagonal".to_owned(),
            caption: format!(
                "A point for each channel: the share of {} validation images for which one sample of \
                 the gate was on, against the mean of P(on). The band is two standard errors wide on \
                 each side.",
                set.validation.len()
            ),
            drawing: Drawing::Sketch(
                "Sampled frequency against P(on)".to_owned(),
                calibration::calibration(rows, set.validation.len())?,
            ),
        });
    }
    charts.extend(confusion_chart(test, &set.classes));
    let mut sections = save_charts(folder.path(), charts)?;
    let dynamic = |gate: &GateSettings| gate.condition == GateCondition::PerExample;
    if let Some(gates) = &test.gates
        && folder.config().gate.as_ref().is_some_and(dynamic)
    {
        let section = extremes_section(set, gates)?;
        if let Picture::Png(png) = &section.picture {
            write_file(&folder.path().join("images.png"), png)?;
        }
        sections.insert(1, section);
    }
    let why =
        "Files of the folder that could not be read: they were used neither to train nor to test.";
    sections.extend(left_out_section(&set.report.left_out, why));
    let mut facts = folder.settings_as_text()?;
    facts.push(("data sha256".to_owned(), folder.data_sha256().to_owned()));
    facts.push(("training images".to_owned(), set.train.len().to_string()));
    facts.push(("test images".to_owned(), summary.images.to_string()));
    facts.push(("parameters".to_owned(), summary.parameters.to_string()));
    facts.push(("FLOP an image".to_owned(), summary.flop.to_string()));
    let page = Page {
        title: format!("Frequency channels of {}", summary.data),
        lead: lead(folder, summary),
        headline: headline(summary),
        facts,
        sections,
    };
    Ok(page)
}

/// The section about files that were left out, if there are any.
pub(super) fn left_out_section(files: &[LeftOut], caption: &str) -> Option<Section> {
    let lines = left_out_lines(files)?;
    Some(Section {
        heading: "Files left out".to_owned(),
        caption: caption.to_owned(),
        picture: Picture::Lines(lines),
        alt: String::new(),
    })
}

/// Heat maps of how often each channel is kept. `chosen` channels have a frame.
pub fn channel_picture(rows: &[ChannelRow], chosen: Option<&Selection>) -> Sketch {
    let shares: Vec<f64> = rows.iter().map(|row| row.kept).collect();
    channel_maps("How often each channel is kept", &shares, chosen)
}

fn lead(folder: &RunFolder<FrequencyConfig>, summary: &Summary) -> String {
    let what = match folder.config().input {
        Input::Coefficients if folder.config().gate.is_some() => {
            "reads the DCT coefficients of JPEGs, and a gate, trained through Gumbel-Softmax, chooses \
             which of their 192 frequency channels it needs"
        }
        Input::Coefficients => "reads a fixed choice of the 192 frequency channels of JPEGs",
        Input::Pixels(_) => "reads the pixels of decoded JPEGs: the baseline",
    };
    let health = summary.health.in_words();
    let epochs = counted(summary.epochs, "epoch");
    format!("{health}A classifier that {what}. It was trained for {epochs}.")
}

fn headline(summary: &Summary) -> Vec<(String, String)> {
    let pair = |label: &str, value: String| (label.to_owned(), value);
    let mut pairs = vec![
        pair("test accuracy", format!("{:.1} %", 100.0 * summary.test_accuracy)),
        pair(
            "95 % interval",
            format!("{:.1} to {:.1} %", 100.0 * summary.low, 100.0 * summary.high),
        ),
    ];
    if let Some(channels) = summary.channels {
        pairs.push(pair("channels of 192", format!("{channels:.1}")));
    }
    pairs.push(pair("input, relative to RGB", format!("{:.3}", summary.input_size)));
    if let Some(share) = summary.coded_share {
        pairs.push(pair("share of the entropy-coded bytes", format!("{:.1} %", 100.0 * share)));
    }
    pairs
}

fn kept_chart(rows: &[ChannelRow], images: usize) -> Chart {
    let shares: Vec<f64> = rows.iter().map(|row| row.kept).collect();
    let title = "How often each channel is kept";
    Chart {
        file: "kept",
        alt: format!(
            "three tables of 8 by 8 cells; {:.1} channels are kept of an image",
            shares.iter().sum::<f64>()
        ),
        caption: format!(
            "The share of {images} validation images for which the gate keeps each frequency channel, \
             decided without noise: it is kept when P(on) is above 1/2. Low frequencies are at the \
             upper left."
        ),
        drawing: Drawing::Sketch(title.to_owned(), channel_maps(title, &shares, None)),
    }
}

fn fixed_chart(mask: &[f64]) -> Chart {
    let title = "The channels that are read";
    Chart {
        file: "kept",
        alt: format!("three tables of 8 by 8 cells with {} marked", mask.iter().sum::<f64>()),
        caption: "The fixed choice of frequency channels; low frequencies are at the upper left."
            .to_owned(),
        drawing: Drawing::Sketch(title.to_owned(), channel_maps(title, mask, None)),
    }
}

fn accuracy_charts(metrics: &[MetricsRow], classes: usize) -> Vec<Chart> {
    let epoch = |row: &MetricsRow| row.epoch;
    let left_out = match classes {
        ..=MAX_CLASSES => String::new(),
        more => format!(
            " The predictions are in predictions.csv: a table of {more} classes is too large here."
        ),
    };
    vec![
        Chart {
            file: "accuracy",
            alt: "the validation accuracy after each epoch".to_owned(),
            caption: format!(
                "The share of the validation images that are classified correctly, after each \
                 epoch.{left_out}"
            ),
            drawing: curves(
                "Accuracy during training",
                "per cent",
                metrics,
                epoch,
                &[("validation", |row| Some(100.0 * row.validation_accuracy))],
            ),
        },
        Chart {
            file: "loss",
            alt: "training objective and validation loss after each epoch".to_owned(),
            caption: "The training objective, with noise, penalty and the weights of each step, \
                      and the cross-entropy on the validation images, without noise and penalty."
                .to_owned(),
            drawing: curves(
                "Loss during training",
                "nats an image",
                metrics,
                epoch,
                &[
                    ("training objective", |row| Some(row.objective)),
                    ("validation", |row| Some(row.validation_loss)),
                ],
            ),
        },
    ]
}

fn gate_charts(metrics: &[MetricsRow]) -> Vec<Chart> {
    let epoch = |row: &MetricsRow| row.epoch;
    let probabilities = |row: &MetricsRow| {
        let of = |text: &str| text.parse::<f64>().map_or(f64::NAN, |p| p / 1000.0);
        row.probabilities.split(' ').map(of).collect::<Vec<_>>()
    };
    // A heat map has at most 256 rows.
    let every = metrics.len().div_ceil(256).max(1);
    let values: Vec<f64> = metrics.iter().step_by(every).flat_map(probabilities).collect();
    let whole = values.len().is_multiple_of(CHANNELS) && !values.is_empty();
    let map = whole.then(|| Chart {
        file: "gates",
        alt: "a row for each epoch and a column for each channel; columns fade as gates close".to_owned(),
        caption: format!(
            "The mean P(on) of each channel over the validation images, {}. Columns 0 to 63 are Y, 64 to \
             127 Cb, 128 to 191 Cr, in rows of the 8x8 block.",
            if every == 1 { "a row for each epoch".to_owned() } else { format!("every {every} epochs") }
        ),
        drawing: Drawing::Cells(Heatmap {
            title: "Gates over training".to_owned(),
            x_label: "channel".to_owned(),
            y_label: if every == 1 { "epoch" } else { "row" }.to_owned(),
            columns: CHANNELS,
            first_row: 1,
            values,
        }),
    });
    let curves = [
        Chart {
            file: "rate",
            alt: "the share of open gates after each epoch".to_owned(),
            caption:
                "The mean of P(on) over channels and validation images, and the share of channels \
                      kept, P(on) above 1/2."
                    .to_owned(),
            drawing: curves(
                "Open gates during training",
                "share of 192 channels",
                metrics,
                epoch,
                &[
                    ("mean P(on)", |row| row.rate),
                    ("kept", |row| row.channels.map(|n| n / CHANNELS as f64)),
                ],
            ),
        },
        Chart {
            file: "temperature",
            alt: "the temperature after each epoch".to_owned(),
            caption: "The temperature tau of the relaxation at the last step of each epoch."
                .to_owned(),
            drawing: curves(
                "Temperature",
                "tau",
                metrics,
                epoch,
                &[("temperature", |row| row.tau)],
            ),
        },
    ];
    map.into_iter().chain(curves).collect()
}

/// A table of the share of images of each class that each class is predicted for.
fn confusion_chart(test: &Evaluation, classes: &[String]) -> Option<Chart> {
    let k = classes.len();
    if k > MAX_CLASSES {
        return None;
    }
    let mut counts = vec![0.0; k * k];
    test.verdicts.iter().for_each(|v| counts[v.class * k + v.predicted] += 1.0);
    let values = counts.chunks(k).flat_map(|row| {
        let n: f64 = row.iter().sum::<f64>().max(1.0);
        row.iter().map(move |count| count / n)
    });
    let names = classes.iter().enumerate().map(|(i, name)| format!("{i} {name}"));
    Some(Chart {
        file: "confusion",
        alt: format!("a table of {k} by {k} cells, darkest along the diagonal"),
        caption: format!(
            "Rows: the class of a test image; columns: the class that the network finds likeliest. {}.",
            names.collect::<Vec<_>>().join(", ")
        ),
        drawing: Drawing::Cells(Heatmap {
            title: "Confusion of classes".to_owned(),
            x_label: "predicted".to_owned(),
            y_label: "class".to_owned(),
            columns: k,
            first_row: 0,
            values: values.collect(),
        }),
    })
}

/// The test images whose gates differ most from the mean, whole and reduced to the channels kept.
fn extremes_section(set: &JpegSet, gates: &Gates) -> Result<Section, LabError> {
    let mean = gates.probability();
    let distance = |row: &[f32]| -> f64 {
        row.iter().zip(&mean).map(|(&p, m)| (f64::from(p) - m).abs()).sum()
    };
    let mut order: Vec<(usize, f64)> =
        gates.probabilities.chunks_exact(CHANNELS).map(distance).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.truncate(SHOWN);
    let grid = (set.rows, set.columns);
    let (width, height) = (8 * set.columns, 8 * set.rows);
    let step = blocks::step((width, height));
    let mut coefficients = vec![0.0; CHANNELS * set.rows * set.columns];
    let (mut whole, mut left) = (Vec::new(), Vec::new());
    let mut counts = Vec::new();
    for &(i, _) in &order {
        set.test.images[i].coefficients_into(set.rows, set.columns, &mut coefficients);
        let kept = &gates.gates[i * CHANNELS..][..CHANNELS];
        let picture = |gates: &[f32]| {
            blocks::subsample(&blocks::decode(&coefficients, grid, gates), width, step)
        };
        whole.push(picture(&[1.0; CHANNELS]));
        left.push(picture(kept));
        counts.push(format!("{:.0}", kept.iter().sum::<f32>()));
    }
    let columns = whole.len().max(1);
    let picture = ColourGrid {
        width: width.div_ceil(step),
        height: height.div_ceil(step),
        columns,
        images: whole.into_iter().chain(left).collect(),
        scale: (96 / width).clamp(1, 6),
    };
    let thinned = match step {
        1 => String::new(),
        step => format!(" One in {step} pixels each way is shown."),
    };
    Ok(Section {
        heading: "The images whose gates differ most".to_owned(),
        caption: format!(
            "The test images whose P(on) is farthest from the mean over all images, summed over the \
             channels. Below each, the image from the channels that its gate keeps: {}.{thinned}",
            counts.join(", ")
        ),
        alt: format!("{columns} images, each above a version with fewer frequencies"),
        picture: Picture::Png(picture.png()?),
    })
}
