//! `World`: an environment that an agent can be trained in.

use gumbel_environments::maze::Maze;
use gumbel_environments::{Cartpole, Environment};

/// An environment of `gumbel train policy`.
pub(super) trait World: Environment {
    /// The maze, whose model is known; `None` for other environments.
    fn maze(&self) -> Option<&Maze> {
        None
    }
}

impl World for Maze {
    fn maze(&self) -> Option<&Maze> {
        Some(self)
    }
}

impl World for Cartpole {}
