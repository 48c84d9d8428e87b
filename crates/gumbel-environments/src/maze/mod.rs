//! A maze with slippery cells, traps and a known model: what an agent learns can be compared with the truth.
//!
//! ```
//! use gumbel::Key;
//! use gumbel_environments::maze::Maze;
//!
//! let maze = Maze::generate(9, 9, Key::new(7))?;
//! let model = maze.model();
//! let best = model.optimum().expected_return;
//! let uniform = model.evaluate(&model.uniform_policy())?.expected_return;
//! assert!(uniform < 0.0 && 0.0 < best);
//! # Ok::<(), gumbel_environments::EnvironmentError>(())
//! ```
//!
//! | type | contents |
//! |---|---|
//! | [`Map`], [`Cell`], [`Move`] | the cells, read from text or made from a key |
//! | [`Rules`] | rewards, slip, discount |
//! | [`Maze`] | map and rules as an [`Environment`](crate::Environment) |
//! | [`Model`] | P(s' given s, a) and r; the optimum, exact values and gradients of policies |

mod cell;
mod environment;
mod evaluation;
mod generate;
mod gradient;
mod grid;
mod map;
mod model;
mod optimum;
mod policy;
mod rules;

pub use cell::{Cell, Move};
pub use environment::Maze;
pub use evaluation::Evaluation;
pub use gradient::PolicyGradient;
pub use map::{MOST_CELLS, Map};
pub use model::{Model, Outcome};
pub use optimum::Optimum;
pub use rules::Rules;
