//! The run folders of `train policy`.

use std::ops::Deref;
use std::path::Path;

use burn::tensor::Device;
use gumbel::Key;
use gumbel_environments::maze::Maze;
use gumbel_environments::{Cartpole, Environment};
use gumbel_train::RunFolder;

use super::config::{EnvironmentName, PolicyConfig};
use super::network::PolicyNet;
use super::train::maze_of;
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
            EnvironmentName::Cartpole => Ok(None),
        }
    }

    /// Loads the trained networks: the final weights, or those of the last checkpoint.
    ///
    /// # Errors
    /// No weights yet, weights that do not fit the settings, damaged files.
    pub fn load_networks(&self) -> Result<PolicyNet, LabError> {
        let (inputs, actions) = match self.maze()? {
            Some(maze) => (maze.observation_size(), maze.actions()),
            None => (Cartpole.observation_size(), Cartpole.actions()),
        };
        let PolicyConfig { hidden, method, .. } = self.config();
        let critic = method.has_critic();
        let key = Key::new(0);
        self.load(|device: &Device| {
            Ok(PolicyNet::new(inputs, hidden, actions, critic, key, device))
        })
    }
}
