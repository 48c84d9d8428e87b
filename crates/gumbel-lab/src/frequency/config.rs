//! The settings of a run: everything that determines its bits, and nothing else.

use std::fmt;
use std::str::FromStr;

use gumbel_burn::{GateCondition, GatePenalty, GateSqueeze, TemperatureSchedule};
use gumbel_data::jpeg::Content;
use gumbel_files::names::{counted, unknown};
use gumbel_train::limits;
use gumbel_train::optimizer::OptimizerKind;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, IntoEnumIterator, IntoStaticStr};

use crate::error::LabError;
use crate::frequency::channels::Selection;

/// The name of the embedded set.
pub const EMBEDDED: &str = "digits-jpeg";

/// Sets of at least this many training images get the defaults of a large set.
const MANY_IMAGES: usize = 10_000;
/// Images in a step for a small set.
const SMALL_BATCH: usize = 32;

/// The part of an image that the network reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// The coefficients of the blocks of an image, 192 channels.
    Coefficients,
    /// The decoded pixels of an image, through a stem.
    Pixels(Stem),
}

/// The layers that reduce pixels to the grid of blocks, for the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Stem {
    /// The first layers of residual networks for photographs: convolution 7x7 of stride 4, ReLU, max-pooling
    /// 3x3 of stride 2.
    Strided,
    /// A linear map of each 8x8 block with its three colours. These are the 192 numbers that the
    /// coefficients are computed from, so the network has the same weights as one on coefficients.
    Patch,
}

impl Input {
    /// All inputs.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Coefficients).chain(Stem::iter().map(Self::Pixels))
    }

    /// The content that images must be loaded with.
    pub fn content(self) -> Content {
        match self {
            Self::Coefficients => Content::Coefficients,
            Self::Pixels(_) => Content::Pixels,
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Coefficients => f.write_str("coefficients"),
            Self::Pixels(stem) => write!(f, "pixels-{stem}"),
        }
    }
}

impl FromStr for Input {
    type Err = LabError;

    fn from_str(name: &str) -> Result<Self, LabError> {
        Self::all().find(|input| input.to_string() == name).ok_or_else(|| {
            let names: Vec<String> = Self::all().map(|input| input.to_string()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            LabError::setting("input", unknown(&names, name))
        })
    }
}

/// The gate on the channels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSettings {
    /// Whether the choice depends on the image.
    pub condition: GateCondition,
    /// The statistic of each channel that the choice depends on.
    pub squeeze: GateSqueeze,
    /// The initial probability P(on) that a channel is kept.
    pub initial_keep: f64,
    /// Whether gates are 0 or 1 in training, with the gradient of the soft gates.
    pub hard: bool,
    /// The share of the steps in which the penalty rises from 0 to its full weight. A gate that closes
    /// before the network has learned to use its channel never opens again.
    pub rise: f64,
    /// The penalty that closes gates.
    pub penalty: GatePenalty,
    /// The temperature schedule. The default is fitted to the run: see
    /// [`FrequencyConfig::fitted_to`].
    pub tau: TemperatureSchedule,
}

impl GateSettings {
    /// The share of its full weight that the penalty has at a step of `steps`.
    pub fn penalty_share(&self, step: u64, steps: u64) -> f64 {
        let rising = self.rise * steps as f64;
        if step as f64 >= rising { 1.0 } else { step as f64 / rising }
    }
}

impl Default for GateSettings {
    fn default() -> Self {
        Self {
            condition: GateCondition::PerExample,
            squeeze: GateSqueeze::MeanAbsolute,
            initial_keep: 0.87,
            hard: true,
            rise: 0.5,
            penalty: GatePenalty::Mean { lambda: 0.3 },
            tau: TemperatureSchedule::Exponential { start: 2.0, floor: 0.5, rate: 5e-4, every: 50 },
        }
    }
}

/// The settings of `train gate` and `train rgb`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyConfig {
    /// `digits-jpeg`, the embedded set, or a folder of classes, with its place at the start of the run. The
    /// sha256 of the files identifies the data, not this place.
    pub data: String,
    /// The part of an image that the network reads.
    #[serde(with = "gumbel_train::serde_text")]
    pub input: Input,
    /// The number of rows of blocks, if it is not that of the images' own grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// The number of columns of blocks, if it is not that of the images' own grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<usize>,
    /// The number of channels of the last residual blocks.
    pub width: usize,
    /// The number of residual blocks in the last stage.
    pub blocks: usize,
    /// The number of passes over the training images.
    pub epochs: u64,
    /// The number of images in a step.
    pub batch: usize,
    /// The highest learning rate. The rate rises to it in the first twentieth of the steps and falls to 0
    /// along half a cosine.
    pub lr: f64,
    /// The optimiser.
    #[serde(with = "gumbel_train::serde_text")]
    pub optimizer: OptimizerKind,
    /// Whether half of the training images are shown mirrored.
    pub flip: bool,
    /// The seed of split, initial weights, shuffling, mirroring and noise.
    #[serde(deserialize_with = "gumbel_train::serde_text::whole")]
    pub seed: u64,
    /// The number of parts of a batch that are computed in parallel.
    pub shards: usize,
    /// The origin of a fixed choice of channels, in words. Only the choice itself identifies a run: a run
    /// that is resumed keeps its first words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// The numbers of a fixed choice of channels; `None` for all channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<usize>>,
    /// The gate that learns which channels to keep; `None` for a network without a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateSettings>,
}

impl FrequencyConfig {
    /// The defaults of `train gate` for a set of images. For `train rgb`, [`on_pixels`](Self::on_pixels).
    pub fn defaults(data: &str) -> Self {
        let embedded = data == EMBEDDED;
        Self {
            data: data.to_owned(),
            input: Input::Coefficients,
            rows: None,
            columns: None,
            width: if embedded { 48 } else { 64 },
            blocks: if embedded { 1 } else { 2 },
            epochs: if embedded { 25 } else { 10 },
            batch: if embedded { SMALL_BATCH } else { 128 },
            lr: 4e-3,
            optimizer: OptimizerKind::AdamW,
            // A mirrored digit is not a digit; a mirrored photograph is still a photograph.
            flip: !embedded,
            seed: 0,
            shards: 2,
            chosen: None,
            channels: None,
            gate: Some(GateSettings::default()),
        }
    }

    /// The same settings with epochs, batch and temperature fitted to `n` training images. Fewer than
    /// 10,000 images, except the embedded set, get smaller batches and more epochs. A default temperature
    /// reaches its floor after half of the steps. Given `epochs` and `batch` are kept, and so is a
    /// temperature schedule other than that of [`GateSettings::default`].
    ///
    /// ```
    /// use gumbel_lab::frequency::FrequencyConfig;
    /// let config = FrequencyConfig::defaults("photographs").fitted_to(540, None, None);
    /// assert_eq!((config.epochs, config.batch, config.steps(540)), (30, 32, 510));
    /// assert_eq!((config.tau(0), config.tau(255)), (Some(2.0), Some(0.5)));
    /// ```
    #[must_use]
    pub fn fitted_to(self, n: usize, epochs: Option<u64>, batch: Option<usize>) -> Self {
        let few = n < MANY_IMAGES && self.data != EMBEDDED;
        let default = if few { (30, SMALL_BATCH) } else { (self.epochs, self.batch) };
        let epochs = epochs.unwrap_or(default.0);
        let batch = batch.unwrap_or(default.1);
        let mut fitted = Self { epochs, batch, shards: self.shards.min(batch.max(1)), ..self };
        let steps = fitted.steps(n);
        if let Some(gate) = &mut fitted.gate
            && gate.tau == GateSettings::default().tau
            && let TemperatureSchedule::Exponential { start, floor, .. } = gate.tau
        {
            // A run without steps keeps the default.
            gate.tau =
                TemperatureSchedule::exponential_for_run(start, floor, limits::SETTLED_AT, steps)
                    .unwrap_or(gate.tau);
        }
        fitted
    }

    /// The number of training steps of a run on `n` images.
    pub fn steps(&self, n: usize) -> u64 {
        n.div_ceil(self.batch.max(1)) as u64 * self.epochs
    }

    /// The settings of the same network on pixels, without a choice of channels.
    #[must_use]
    pub fn on_pixels(self, stem: Stem) -> Self {
        Self { input: Input::Pixels(stem), gate: None, channels: None, chosen: None, ..self }
    }

    /// The settings of the same network on a fixed choice of channels, without a gate.
    #[must_use]
    pub fn with_channels(self, selection: &Selection, chosen: String) -> Self {
        let channels = (*selection != Selection::all()).then(|| selection.indices().to_vec());
        Self { gate: None, channels, chosen: Some(chosen), ..self }
    }

    /// The channels that the network reads.
    pub fn selection(&self) -> Selection {
        let given = self.channels.clone().and_then(|indices| Selection::new(indices).ok());
        given.unwrap_or_else(Selection::all)
    }

    /// The temperature of the gate at `step`; `None` without a gate.
    pub fn tau(&self, step: u64) -> Option<f64> {
        self.gate.as_ref().map(|gate| gate.tau.tau(step))
    }

    /// The learning rate at `step` of a run of `steps` steps.
    pub fn lr(&self, step: u64, steps: u64) -> f64 {
        let warm = (steps / 20).max(1);
        let rise = ((step + 1) as f64 / warm as f64).min(1.0);
        let fall = 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos());
        self.lr * rise * fall
    }

    /// A short name of the network that is trained.
    pub fn kind(&self) -> String {
        match (&self.gate, self.input) {
            (_, Input::Pixels(Stem::Strided)) => "rgb, strided".to_owned(),
            (_, Input::Pixels(Stem::Patch)) => "rgb, patches".to_owned(),
            (Some(gate), _) => match gate.condition {
                GateCondition::PerExample => "gate for each image".to_owned(),
                GateCondition::Static => "gate for all images".to_owned(),
            },
            (None, _) => counted(self.selection().indices().len() as u64, "channel"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gumbel_train::Settings;

    #[test]
    fn settings_survive_their_file() {
        let gate = FrequencyConfig::defaults(EMBEDDED);
        let low = Selection::low(24).unwrap();
        for config in [
            gate.clone(),
            FrequencyConfig::defaults("photographs"),
            gate.clone().on_pixels(Stem::Patch),
            gate.clone().on_pixels(Stem::Strided),
            gate.clone().with_channels(&low, "low".to_owned()),
            gate.clone().with_channels(&Selection::all(), "all".to_owned()),
        ] {
            config.check().unwrap();
            let text = toml::to_string(&config).unwrap();
            assert_eq!(toml::from_str::<FrequencyConfig>(&text).unwrap(), config);
        }
        assert_eq!(gate.clone().with_channels(&low, "low".to_owned()).selection(), low);
        assert_eq!(gate.selection(), Selection::all());
    }

    #[test]
    fn impossible_settings_are_named() {
        type Break = fn(&mut FrequencyConfig);
        let breaks: [(&str, Break); 11] = [
            ("batch", |c| c.batch = 0),
            ("shards", |c| c.shards = 0),
            ("epochs", |c| c.epochs = 0),
            ("lr", |c| c.lr = f64::NAN),
            ("width", |c| c.width = 0),
            ("rows", |c| c.rows = Some(4)),
            ("channels", |c| c.channels = Some(vec![1])),
            ("channels", |c| (c.gate, c.channels) = (None, Some(vec![1, 0]))),
            ("input", |c| c.input = Input::Pixels(Stem::Patch)),
            ("penalty", |c| {
                c.gate.as_mut().unwrap().penalty = GatePenalty::Mean { lambda: -1.0 };
            }),
            ("tau", |c| {
                c.gate.as_mut().unwrap().tau = TemperatureSchedule::Constant { tau: 0.0 };
            }),
        ];
        for (name, break_it) in breaks {
            let mut config = FrequencyConfig::defaults(EMBEDDED);
            break_it(&mut config);
            let error = config.check().unwrap_err().to_string();
            assert!(error.starts_with(name), "{name}: {error}");
        }
    }

    /// A default in steps alone ended at 1.21 in the smoke run, and at 1.56 on 540 photographs.
    #[test]
    fn the_default_temperature_reaches_its_floor_in_the_first_half_of_any_run() {
        for (data, n, epochs, batch) in [
            (EMBEDDED, 1_297, None, None),
            (EMBEDDED, 1_297, Some(1), Some(1_297)),
            ("photographs", 540, None, None),
            ("photographs", 45_000, None, None),
            ("photographs", 2, Some(1), Some(1)),
            ("photographs", 1_000_000, Some(100), Some(1)),
        ] {
            let config = FrequencyConfig::defaults(data).fitted_to(n, epochs, batch);
            config.check_start().unwrap();
            let (at, steps) = (config.gate.as_ref().unwrap().tau.settles_at(), config.steps(n));
            assert!(at.unwrap() <= (steps / 2).max(1), "{data} {n}: {at:?} of {steps}");
        }
        let mut given = FrequencyConfig::defaults(EMBEDDED);
        given.gate.as_mut().unwrap().tau = TemperatureSchedule::Constant { tau: 0.7 };
        assert_eq!(given.clone().fitted_to(500, None, None), given);
    }

    #[test]
    fn the_learning_rate_rises_and_falls() {
        let config = FrequencyConfig::defaults("photographs");
        let rate = |step| config.lr(step, 1000);
        assert!(rate(0) < 0.05 * config.lr && rate(49) > 0.99 * config.lr);
        assert!(rate(999) < 1e-5 * config.lr && rate(999) > 0.0);
        assert!((1..50).all(|step| rate(step) > rate(step - 1)));
        assert!((51..1000).all(|step| rate(step) < rate(step - 1)));
        assert!(config.lr(0, 1) > 0.0);
    }
}
