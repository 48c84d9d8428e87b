//! `World`: an environment that an agent can be trained in.

use gumbel_environments::maze::Maze;
use gumbel_environments::{Cartpole, CartpoleState, Environment, Particles, ParticlesState};

use super::network::PolicyNet;
use super::pictures::{Drawing, cartpole, maze, particles};
use crate::error::LabError;

/// An environment of `gumbel train policy`.
pub(super) trait World: Environment {
    /// The names of the actions, by their numbers.
    const ACTIONS: &'static [&'static str];
    /// The time of a step in a film and in the terminal, in hundredths of a second.
    const HUNDREDTHS: u16;

    /// The maze, whose model is known; `None` for other environments.
    fn maze(&self) -> Option<&Maze> {
        None
    }

    /// Draws a state as lines of text, the same number for all states.
    fn text(&self, state: &Self::State) -> String;

    /// The drawings of the episodes of an agent, and of what it has learned.
    ///
    /// # Errors
    /// Networks whose logits are not finite.
    fn drawing(&self, net: &PolicyNet) -> Result<Box<dyn Drawing<Self::State> + '_>, LabError>;
}

impl World for Maze {
    const ACTIONS: &'static [&'static str] = &maze::ACTIONS;
    const HUNDREDTHS: u16 = 18;

    fn maze(&self) -> Option<&Maze> {
        Some(self)
    }

    fn text(&self, state: &usize) -> String {
        maze::text(self, *state)
    }

    fn drawing(&self, net: &PolicyNet) -> Result<Box<dyn Drawing<usize> + '_>, LabError> {
        Ok(Box::new(maze::MazeDrawing::new(self, net)?))
    }
}

impl World for Cartpole {
    const ACTIONS: &'static [&'static str] = &cartpole::ACTIONS;
    const HUNDREDTHS: u16 = 2; // as in the world: a step takes 0.02 s

    fn text(&self, state: &CartpoleState) -> String {
        cartpole::text(state)
    }

    fn drawing(&self, _: &PolicyNet) -> Result<Box<dyn Drawing<CartpoleState> + '_>, LabError> {
        Ok(Box::new(cartpole::CartpoleDrawing))
    }
}

impl World for Particles {
    const ACTIONS: &'static [&'static str] = &particles::ACTIONS;
    const HUNDREDTHS: u16 = 15;

    fn text(&self, state: &ParticlesState) -> String {
        particles::text(state)
    }

    fn drawing(&self, _: &PolicyNet) -> Result<Box<dyn Drawing<ParticlesState> + '_>, LabError> {
        Ok(Box::new(particles::ParticlesDrawing))
    }
}

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
