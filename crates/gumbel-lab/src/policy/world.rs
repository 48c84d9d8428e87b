//! `World`: an environment that an agent can be trained in.

use gumbel_environments::maze::Maze;
use gumbel_environments::{Cartpole, Environment, Particles};

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

impl World for Particles {}

/// Evaluates an expression with the environment of some settings.
macro_rules! in_world {
    ($config:expr, $world:ident => $body:expr) => {
        match $config.env {
            $crate::policy::EnvironmentName::Maze => {
                let maze = $crate::policy::train::maze_of($config)?;
                let $world = &maze;
                $body
            }
            $crate::policy::EnvironmentName::Cartpole => {
                let $world = &gumbel_environments::Cartpole;
                $body
            }
            $crate::policy::EnvironmentName::Particles => {
                let $world = &gumbel_environments::Particles;
                $body
            }
        }
    };
}

pub(super) use in_world;
