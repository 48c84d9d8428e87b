//! Runs environments written for the traits of [`burn_rl`] as environments of [`gumbel_environments`].
//!
//! [`BurnRl`] makes one of them of any `burn_rl::Environment` with discrete actions, and
//! [`Episodes`](gumbel_environments::Episodes) then plays it like every other: many at once, with masks, ends and time
//! limits kept apart, and keys for the choices of a policy.
//!
//! **No promise of bits.** Environments of `gumbel-environments` are functions of keys, and `burn_rl` asks for no such
//! thing. Episodes here are as reproducible as the environment: [`BurnRl`] says what follows from that.
//!
//! ```
//! use burn_rl::{Environment, StepResult};
//! use gumbel::{Key, gumbel_max};
//! use gumbel_burn_rl::BurnRl;
//! use gumbel_environments::Episodes;
//!
//! /// A walk on a line from -1, 0 or 1 to one of the ends, -4 and 4. The end at 4 has a reward.
//! struct Walk {
//!     start: i32,
//!     position: i32,
//! }
//!
//! #[derive(Clone, Copy)]
//! enum Move { Left, Right }
//!
//! impl Environment for Walk {
//!     type State = i32;
//!     type Action = Move;
//!     const MAX_STEPS: usize = 100;
//!     fn state(&self) -> i32 { self.position }
//!     fn reset(&mut self) { self.position = self.start }
//!     fn step(&mut self, action: Move) -> StepResult<i32> {
//!         self.position += match action { Move::Left => -1, Move::Right => 1 };
//!         StepResult {
//!             next_state: self.position,
//!             reward: f64::from(u8::from(self.position == 4)),
//!             done: self.position.abs() == 4,
//!             truncated: false,
//!         }
//!     }
//! }
//!
//! let walks = BurnRl::new(
//!     "walk",
//!     |key: Key| Walk { start: (key.word(0) % 3) as i32 - 1, position: 0 },
//!     [Move::Left, Move::Right],
//!     |position| vec![*position as f32 / 4.0],
//! )?;
//! let mut episodes = Episodes::new(&walks, Key::new(7), 8);
//! let mut returns = Vec::new();
//! while returns.len() < 100 {
//!     let logits = [0.0_f32, 1.0]; // a policy that goes to the right more often
//!     let keys = episodes.choice_keys();
//!     let choices = keys.into_iter().map(|key| gumbel_max(&logits, 2, key).map(|choice| choice[0]));
//!     let actions = choices.collect::<Result<Vec<usize>, _>>()?;
//!     returns.extend(episodes.step(&actions)?.finished.iter().map(|episode| episode.returns[0]));
//! }
//! assert!(returns.iter().sum::<f64>() > 80.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! | item | contents |
//! |---|---|
//! | [`BurnRl`] | the environment: factory, actions, observation |
//! | [`BurnRlState`] | its state: a key, the actions since the reset, the last observation |

mod environment;
mod state;

pub use environment::BurnRl;
pub use state::BurnRlState;
