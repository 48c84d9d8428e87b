//! The run folders of `train policy`.

use std::ops::Deref;
use std::path::Path;

use burn::tensor::Device;
use gumbel::Key;
use gumbel_environments::maze::Maze;
use gumbel_train::RunFolder;

use super::config::{EnvironmentName, PolicyConfig};
use super::network::{PolicyNet, Sizes};
use super::train::maze_of;
use super::world::in_world;
use crate::error::LabError;

/// The folder of a run of `train policy`.
#[derive(Clone, Debug)]
pub struct PolicyRun(RunFolder<PolicyConfig>);

impl Deref for PolicyRun {
    type Target = RunFolder<PolicyConfig>;

    fn deref(&self) -> &RunFolder<PolicyConfig> {
        &self.0
    }
}

impl PolicyRun {
    /// Opens an existing run.
    ///
    /// # Errors
    /// A path that is not a run folder, a run folder of another format or of another experiment.
    pub fn open(path: &Path) -> Result<Self, LabError> {
        Ok(Self(RunFolder::open(path)?))
    }

    /// The maze of the run; `None` in another environment.
    ///
    /// # Errors
    /// A map that cannot be read.
    pub fn maze(&self) -> Result<Option<Maze>, LabError> {
        match self.config().env {
            EnvironmentName::Maze => maze_of(self.config()).map(Some),
            _ => Ok(None),
        }
    }

    /// Loads the trained networks: the final weights, or those of the last checkpoint.
    ///
    /// # Errors
    /// No weights yet, weights that do not fit the settings, damaged files.
    pub fn load_networks(&self) -> Result<PolicyNet, LabError> {
        let PolicyConfig { hidden, method, .. } = self.config();
        let sizes = in_world!(self.config(), world => Sizes::of(world, hidden, method.critic()));
        self.load(|device: &Device| Ok(PolicyNet::new(&sizes, Key::new(0), device)))
    }
}
