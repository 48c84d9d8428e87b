//! The run folders of `train vae`.

use std::ops::Deref;
use std::path::Path;

use burn::tensor::Device;
use gumbel::Key;
use gumbel_train::RunFolder;

use crate::error::LabError;
use crate::record;
use crate::vae::config::VaeConfig;
use crate::vae::model::Vae;

/// The folder of a run of `train vae`.
#[derive(Clone, Debug)]
pub struct VaeRun(RunFolder<VaeConfig>);

impl Deref for VaeRun {
    type Target = RunFolder<VaeConfig>;

    fn deref(&self) -> &RunFolder<VaeConfig> {
        &self.0
    }
}

impl VaeRun {
    /// Opens an existing run.
    ///
    /// # Errors
    /// A path that is not a run folder, a run folder of another format or of another experiment.
    pub fn open(path: &Path) -> Result<Self, LabError> {
        Ok(Self(RunFolder::open(path)?))
    }

    /// The width and the height of the images, in pixels.
    ///
    /// # Errors
    /// A `config.toml` whose data have no width or height.
    pub fn picture_size(&self) -> Result<(usize, usize), LabError> {
        Ok(record::picture_size(self)?)
    }

    /// Loads the trained model: the final weights, or those of the last checkpoint.
    ///
    /// # Errors
    /// No weights yet, weights that do not fit the settings, damaged files.
    pub fn load_vae(&self) -> Result<Vae, LabError> {
        let (width, height) = self.picture_size()?;
        let means = vec![0.5; width * height];
        self.load(|device: &Device| Ok(Vae::new(self.config(), &means, Key::new(0), device)))
    }
}
