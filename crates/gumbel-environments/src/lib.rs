//! Small, exact environments for agents that choose with probability. No tensor framework.
//!
//! Each environment is a function of keys: an episode has the same bits whatever runs beside it, on any number of
//! threads, and after a resume.
//!
//! ```
//! use gumbel::Key;
//! use gumbel_environments::{Cartpole, Episodes};
//!
//! // Four poles; each is pushed to the side to which it leans.
//! let mut episodes = Episodes::new(&Cartpole, Key::new(7), 4);
//! let mut finished = Vec::new();
//! while finished.len() < 20 {
//!     let observations = episodes.observations(); // [4, 4]: position, speed, angle, turning speed
//!     let actions: Vec<usize> = observations.chunks(4).map(|o| usize::from(o[2] > 0.0)).collect();
//!     finished.extend(episodes.step(&actions)?.finished);
//! }
//! let mean = finished.iter().map(|episode| episode.returns[0]).sum::<f64>() / finished.len() as f64;
//! assert!(25.0 < mean && mean < 60.0); // steps until the pole falls
//! # Ok::<(), gumbel_environments::EnvironmentError>(())
//! ```
//!
//! # Map
//!
//! | item | contents |
//! |---|---|
//! | [`Environment`] | the trait: first state, observation, allowed actions, step |
//! | [`Episodes`] | many episodes at once, reset when they end, saved and resumed to the same bits |
//! | [`maze`] | a maze of one's own text or from a key, with its exact optimum, values and gradients |
//! | [`Cartpole`] | a pole on a cart, with the dynamics of Gymnasium's CartPole-v1 |
//! | [`Particles`] | three agents that share three landmarks, with the dynamics of MPE's simple spread |
//! | [`EnvironmentError`] | what was expected and what was found |

mod bits;
mod cartpole;
mod draws;
mod environment;
mod episodes;
mod error;
mod linear;
pub mod maze;
mod particles;

pub use cartpole::{Cartpole, CartpoleState};
pub use environment::Environment;
pub use episodes::{Episodes, Finished, Saved, Transitions};
pub use error::{EnvironmentError, Result};
pub use particles::{Particles, ParticlesState};
