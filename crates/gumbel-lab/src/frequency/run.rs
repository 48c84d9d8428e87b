//! The run folders of `train gate` and `train rgb`.

use std::ops::Deref;
use std::path::Path;

use burn::tensor::Device;
use gumbel::Key;
use gumbel_files::csv_rows::read_rows;
use gumbel_train::RunFolder;

use crate::error::LabError;
use crate::frequency::channels::{CHANNELS, Selection};
use crate::frequency::config::{FrequencyConfig, Input};
use crate::frequency::input::{ImageReader, Moments};
use crate::frequency::model::FrequencyNet;
use crate::frequency::record::{ChannelRow, Prediction};
use crate::record;

/// The folder of a run of `train gate` or `train rgb`.
#[derive(Clone, Debug)]
pub struct FrequencyRun(RunFolder<FrequencyConfig>);

impl Deref for FrequencyRun {
    type Target = RunFolder<FrequencyConfig>;

    fn deref(&self) -> &RunFolder<FrequencyConfig> {
        &self.0
    }
}

impl FrequencyRun {
    /// Opens an existing run.
    ///
    /// # Errors
    /// A path that is not a run folder, a run folder of another format or of another experiment.
    pub fn open(path: &Path) -> Result<Self, LabError> {
        Ok(Self(RunFolder::open(path)?))
    }

    /// Opens the folder of a run of `train gate`, for readers of its gate.
    ///
    /// # Errors
    /// A path that is not a run folder, a run folder of another format, or a run of `train vae`.
    /// [`channel_table`](Self::channel_table) refuses a run without a gate.
    pub fn open_gate(path: &Path) -> Result<Self, LabError> {
        Ok(Self(RunFolder::open_expecting(path, "train gate")?))
    }

    /// The grid of the images: rows and columns of blocks.
    ///
    /// # Errors
    /// A `config.toml` whose data have no width or height.
    pub fn grid(&self) -> Result<(usize, usize), LabError> {
        let (width, height) = record::picture_size(self)?;
        Ok((height / 8, width / 8))
    }

    /// Loads the trained network and the reader of its images.
    ///
    /// # Errors
    /// No weights yet, weights that do not fit the settings, damaged files.
    pub fn load_network(&self) -> Result<(FrequencyNet, ImageReader), LabError> {
        let (config, grid) = (self.config(), self.grid()?);
        let classes = self.data().texts("classes").len();
        let moments = Moments::placeholder(config);
        let model = self.load(|device: &Device| {
            FrequencyNet::new(config, grid, classes, &moments, Key::new(0), device)
        })?;
        let reader = ImageReader::new(config, grid, &model.moments());
        Ok((model, reader))
    }

    /// Reads `channels.csv`, with a row for each channel, in order.
    ///
    /// # Errors
    /// A run without a gate, an unfinished run, a damaged file.
    pub fn channel_table(&self) -> Result<Vec<ChannelRow>, LabError> {
        let path = self.path().join("channels.csv");
        if self.config().gate.is_none() {
            let problem = match self.config().input {
                Input::Pixels(_) => {
                    "has no gate: it is a run of train rgb, which reads pixels; name one of train gate"
                        .to_owned()
                }
                Input::Coefficients => format!(
                    "has no gate: it read {}; train gate without --channels makes one",
                    self.config().kind()
                ),
            };
            return Err(LabError::run(self.path(), problem));
        }
        if !path.is_file() {
            let problem = "is not finished: its channels are known at the end of the training";
            return Err(LabError::run(self.path(), problem));
        }
        let rows: Vec<ChannelRow> = read_rows(&path)?;
        if rows.iter().map(|row| row.index).eq(0..CHANNELS) {
            return Ok(rows);
        }
        Err(LabError::run(&path, format!("expected a row for each of {CHANNELS} channels")))
    }

    /// The `keep` channels with the highest mean P(on).
    ///
    /// # Errors
    /// As [`channel_table`](Self::channel_table); a `keep` outside of 1 to 192.
    pub fn most_probable(&self, keep: usize) -> Result<Selection, LabError> {
        let p: Vec<f64> = self.channel_table()?.iter().map(|row| row.probability).collect();
        Selection::largest(&p, keep)
    }

    /// Reads `predictions.csv`: the prediction for each test image.
    ///
    /// # Errors
    /// An unfinished run, a damaged file.
    pub fn predictions(&self) -> Result<Vec<Prediction>, LabError> {
        Ok(read_rows(&self.path().join("predictions.csv"))?)
    }
}
