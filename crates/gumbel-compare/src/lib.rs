//! Gradient estimators for discrete latents in plain f64, held against the exact gradient.
//!
//! A network with discrete latents has the cost E f(D), D one-hot draws of several independent variables. Its gradient
//! in the logits is a sum over all states, which only small problems allow; so training uses estimators. This crate has
//! small problems, every well-known estimator, and the moments of each against the exact gradient. It is the oracle for
//! the versions on tensors, and answers which estimator suits a cost.
//!
//! ```
//! use gumbel_compare::{Settings, compare, default_estimators, problem::standard};
//! let settings = Settings { draws: 4096, ..Settings::default() };
//! let rows = compare(&standard()[..1], &default_estimators(), &settings)?;
//! let muprop = rows.iter().find(|row| row.name == "muprop").expect("all estimators");
//! assert!(muprop.pass == Some(true) && muprop.draws.is_none()); // by enumeration
//! # Ok::<(), gumbel_compare::CompareError>(())
//! ```
//!
//! # A cost and an estimator of one's own
//!
//! A cost is a closure with its gradient, and an estimator a trait with one draw. The estimator here forgets that a
//! baseline must not depend on the draw, and the comparison finds it:
//!
//! ```
//! use gumbel::Key;
//! use gumbel_compare::{Settings, Tabulated, compare, simplex::scaled};
//! use gumbel_compare::{estimator::{Estimator, Needs}, problem::Custom};
//!
//! #[derive(Debug)]
//! struct HalfTheCost;
//!
//! impl Estimator for HalfTheCost {
//!     fn name(&self) -> &str { "half-the-cost" }
//!     fn unbiased(&self) -> bool { true }
//!     fn needs(&self) -> Needs { Needs::Costs }
//!     fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
//!         let state = problem.sample(key);
//!         let baseline = problem.cost(state) / 2.0;
//!         scaled(problem.score(state), problem.cost(state) - baseline)
//!     }
//! }
//!
//! // Two variables of three classes: how far are they apart?
//! let distance = |x: &[f64]| (0..3).map(|i| (x[i] - x[3 + i]).powi(2)).sum();
//! let gradient = |x: &[f64]| (0..6).map(|i| 2.0 * (x[i] - x[(i + 3) % 6])).collect();
//! let problem = Custom::new("distance", 3, vec![0.0, 0.5, 1.0, 1.0, 0.0, 0.0], distance, gradient);
//!
//! let settings = Settings { draws: 100_000, ..Settings::default() };
//! let rows = compare(&[Box::new(problem)], &[Box::new(HalfTheCost)], &settings)?;
//! assert_eq!(rows[0].pass, Some(false));
//! assert!((rows[0].relative_bias.unwrap() - 0.5).abs() < 0.1);
//! # Ok::<(), gumbel_compare::CompareError>(())
//! ```
//!
//! # Map
//!
//! | module | contents |
//! |---|---|
//! | [`problem`] | the trait [`Problem`](problem::Problem), three problems by formula, a random one, the user's |
//! | [`Tabulated`] | a problem with its cost and gradient at every corner, and the exact gradient |
//! | [`estimator`] | the trait [`Estimator`](estimator::Estimator), and one file for each estimator |
//! | [`Moments`] | bias, variance, cosine, z of one estimator on one problem |
//! | [`compare()`] | rows for lists of both; [`default_estimators`], [`estimator_by_name`] |
//! | [`over_temperature`] | rows of the estimators with a temperature, over a range of it |
//! | [`set_times`] | times of a draw, measured elsewhere, and the errors at equal time |
//! | [`report`] | the rows as a table, as pictures, and as a page |
//! | [`simplex`] | softmax, its Jacobian, dot products |
//!
//! # What is exact
//!
//! Estimators that are random only through draws D, or through finitely many further choices, have exact moments by
//! enumeration, up to 2^20 outcomes. The others are drawn: row by row with stated standard errors, the same bits on any number of threads.

mod compare;
mod defaults;
mod error;
pub mod estimator;
mod moments;
pub mod problem;
pub mod report;
mod row;
pub mod simplex;
mod states;
mod sums;
mod tabulated;
mod temperature;

pub use compare::{LEAST_EXPECTED, Settings, compare, compare_with_progress};
pub use defaults::{ESTIMATORS, default_estimators, estimator_by_name, estimators_at};
pub use error::CompareError;
pub use moments::{CHUNK, Moments};
pub use row::{Row, set_times};
pub use states::MOST_STATES;
pub use tabulated::Tabulated;
pub use temperature::{TEMPERATURES, over_temperature};
