//! The records of a run of `train gate` or `train rgb`: `summary.json` and the tables.

use std::path::Path;

use gumbel_data::jpeg::LeftOutCount;
use gumbel_files::csv_rows::csv_bytes;
use gumbel_files::output::write as write_file;
use gumbel_train::Health;
use serde::{Deserialize, Serialize};

use crate::error::LabError;
use crate::frequency::channels::{CHANNELS, Channel};
use crate::frequency::eval::Evaluation;

impl gumbel_train::Summary for Summary {
    fn in_words(&self) -> String {
        let [accuracy, low, high] = [self.test_accuracy, self.low, self.high].map(|x| 100.0 * x);
        format!("test accuracy {accuracy:.2} % ({low:.2} to {high:.2})")
    }

    fn health(&self) -> &Health {
        &self.health
    }
}

/// `summary.json`: the result of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The share of the test images that are classified correctly.
    pub test_accuracy: f64,
    /// The lower end of the 95 % interval of the test accuracy (Wilson 1927).
    pub low: f64,
    /// The upper end of the 95 % interval of the test accuracy.
    pub high: f64,
    /// The mean cross-entropy on the test images, in nats.
    pub test_loss: f64,
    /// The share of the validation images that are classified correctly.
    pub validation_accuracy: f64,
    /// The mean number of channels read of a test image, at most 192; missing for a network on pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<f64>,
    /// The number of values read of an image, relative to its pixels in three colours.
    pub input_size: f64,
    /// The mean number of entropy-coded bytes of a test image in the channels that are read and the blocks that
    /// are kept, as counted by [`coded_bits`](gumbel_jpeg::Jpeg::coded_bits); missing for a network on pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coded_bytes: Option<f64>,
    /// The share of `coded_bytes` in the bytes of all channels; missing for a network on pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coded_share: Option<f64>,
    /// The number of trained parameters.
    pub parameters: usize,
    /// Floating-point operations to classify an image; multiplication and addition count as two.
    pub flop: usize,
    /// The number of test images.
    pub images: usize,
    /// The data set.
    pub data: String,
    /// The kind of network that was trained.
    pub kind: String,
    /// The number of epochs trained.
    pub epochs: u64,
    /// The number of training steps.
    pub steps: u64,
    /// The files of the folder that were left out, by reason; missing if all files were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutCount>,
    /// Problems of the training.
    #[serde(flatten)]
    pub health: Health,
}

/// A row of `metrics.csv`: an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MetricsRow {
    /// Epochs done.
    pub(crate) epoch: u64,
    /// Steps done.
    pub(crate) step: u64,
    /// The temperature of the last step; empty without a gate.
    pub(crate) tau: Option<f64>,
    /// The learning rate of the last step.
    pub(crate) lr: f64,
    /// The mean of the training objective over the epoch, its penalty included.
    pub(crate) objective: f64,
    /// The mean cross-entropy on the validation images.
    pub(crate) validation_loss: f64,
    /// The share of the validation images that are classified correctly.
    pub(crate) validation_accuracy: f64,
    /// The mean number of channels kept for a validation image; empty without a gate.
    pub(crate) channels: Option<f64>,
    /// The mean P(on) over channels and validation images; empty without a gate.
    pub(crate) rate: Option<f64>,
    /// The mean P(on) of each channel in thousandths, separated by spaces; empty without a gate.
    pub(crate) probabilities: String,
}

/// A row of `channels.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChannelRow {
    /// The name of the channel.
    pub channel: String,
    /// The number of the channel, from 0.
    pub index: usize,
    /// The share of the validation images for which the channel is kept.
    pub kept: f64,
    /// The mean of the channel's P(on) over the validation images.
    pub probability: f64,
    /// The share of the validation images for which one sample of the channel's gate was on.
    pub sampled: f64,
    /// The mean number of the channel's coefficients in a validation image that are not 0.
    pub nonzero: f64,
}

impl ChannelRow {
    /// One row for each channel.
    pub(crate) fn all(kept: &[f64], p: &[f64], sampled: &[f64], nonzero: &[f64]) -> Vec<Self> {
        let row = |index: usize| Self {
            channel: Channel::from_index(index).to_string(),
            index,
            kept: kept[index],
            probability: p[index],
            sampled: sampled[index],
            nonzero: nonzero[index],
        };
        (0..CHANNELS).map(row).collect()
    }
}

/// A row of `predictions.csv`: a test image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The file, relative to the folder of the data.
    pub file: String,
    /// The class of the image.
    pub class: usize,
    /// The class that the network finds likeliest.
    pub predicted: usize,
    /// The loss: -ln of the predicted probability of the class of the image, in nats.
    pub loss: f64,
    /// The number of channels read of the image.
    pub channels: f64,
}

/// Writes `channels.csv`.
pub(crate) fn write_channels(folder: &Path, rows: &[ChannelRow]) -> Result<(), LabError> {
    let path = folder.join("channels.csv");
    Ok(write_file(&path, &csv_bytes(&path, rows, true)?)?)
}

/// Writes `predictions.csv`.
pub(crate) fn write_predictions(
    folder: &Path,
    files: impl Iterator<Item = String>,
    evaluation: &Evaluation,
    channels: f64,
) -> Result<(), LabError> {
    let path = folder.join("predictions.csv");
    let kept = |i: usize| match &evaluation.gates {
        Some(gates) => gates.gates[i * CHANNELS..][..CHANNELS].iter().map(|&g| f64::from(g)).sum(),
        None => channels,
    };
    let rows: Vec<Prediction> = files
        .zip(&evaluation.verdicts)
        .enumerate()
        .map(|(i, (file, verdict))| Prediction {
            file,
            class: verdict.class,
            predicted: verdict.predicted,
            loss: verdict.loss,
            channels: kept(i),
        })
        .collect();
    Ok(write_file(&path, &csv_bytes(&path, &rows, true)?)?)
}
