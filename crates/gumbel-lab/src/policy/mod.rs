//! Agents that choose with probability, and learn through the choice.
//!
//! ```text
//! agent         pi(a | s) = softmax(network(s)) over the allowed actions
//! environment   a maze whose model is known, a cart with a pole, or three agents among landmarks
//! return        J = E sum_t gamma^t r_t       higher is better
//! ```
//!
//! An agent has to act by sampling, also while it learns. Each file of `method` is one way to a gradient of J: from
//! whole episodes, from a critic, through the choice itself by a critic of actions or by the known model, or exactly.

mod batch;
pub mod comparison;
mod config;
mod evaluate;
mod experiment;
mod maze;
mod memory;
mod method;
mod network;
pub mod pictures;
mod record;
mod replay;
mod rollout;
mod run;
mod train;
mod world;

pub use batch::Batch;
pub use config::{EnvironmentName, MAZE_SIZE, PolicyConfig};
pub use evaluate::{Figures, Played, evaluate_run, play, values_of};
pub use maze::{greedy_table, policy_table};
pub use memory::Memory;
pub use method::Method;
pub use network::{Critic, PolicyNet, Sizes};
pub use record::{MetricsRow, Summary};
pub use replay::Replay;
pub use run::PolicyRun;
pub use train::{checked_map, generated_map, train};
