//! Gradient estimators against the exact gradient: those on tensors, and under a trained autoencoder.
//!
//! | to compare | use |
//! |---|---|
//! | estimators on tensors on a cost and logits of your own, up to 65,536 states | [`OnTensors`] |
//! | estimators in f64 on an image under your autoencoder | [`ImageCost`] |
//! | the same on the embedded digits, at three points of a training | [`digits_problem`] |
//! | estimators on tensors under an autoencoder of any size, with times | [`compare_on_model`] |
//!
//! The first three make the problems and estimators of [`gumbel_compare::compare()`]. A cost of your own:
//!
//! ```
//! use gumbel_burn::estimator::{ReinMax, Rloo};
//! use gumbel_compare::problem::Custom;
//! use gumbel_compare::{Settings, compare};
//! use gumbel_lab::compare::{OnTensors, time_draws};
//!
//! // Two variables of three classes: how far are they apart? The closures are the cost and its gradient.
//! let distance = |x: &[f64]| (0..3).map(|i| (x[i] - x[3 + i]).powi(2)).sum();
//! let gradient = |x: &[f64]| (0..6).map(|i| 2.0 * (x[i] - x[(i + 3) % 6])).collect();
//! let logits = vec![0.0, 0.5, 1.0, 1.0, 0.0, 0.0];
//! let mine = Custom::new("distance", 3, logits, distance, gradient);
//!
//! let settings = Settings { draws: 8_192, ..Settings::default() };
//! let mut rows = compare(
//!     &[Box::new(mine)],
//!     &[Box::new(OnTensors::new(Rloo::new(4)?)), Box::new(OnTensors::new(ReinMax).at(1.5))],
//!     &settings,
//! )?;
//! time_draws(&mut rows, settings.evaluations)?;
//! assert_eq!((rows[0].pass, rows[0].evals), (Some(true), 4));
//! assert!(rows[1].relative_bias > Some(0.05) && rows[1].time_us > Some(0.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An estimator of your own gets its row beside them:
//!
//! ```
//! use burn::tensor::activation::softmax;
//! use gumbel_burn::Error;
//! use gumbel_burn::estimator::{Cost, Estimate, Estimator, Needs, Variables};
//! use gumbel_compare::{Settings, compare, problem::standard};
//! use gumbel_lab::compare::OnTensors;
//!
//! #[derive(Debug)]
//! struct MyStraightThrough;
//!
//! impl Estimator for MyStraightThrough {
//!     fn name(&self) -> &str { "my-straight-through" }
//!     fn unbiased(&self) -> bool { true } // a claim that the test refutes
//!     fn needs(&self) -> Needs { Needs::Gradients }
//!     fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
//!         let soft = softmax(variables.logits(), 2);
//!         Ok(Estimate::of_cost(cost.at_corner_with_gradient_of(variables.sample(0)?, soft)?))
//!     }
//! }
//!
//! let settings = Settings { draws: 8_192, ..Settings::default() };
//! let mine = OnTensors::new(MyStraightThrough);
//! let rows = compare(&standard()[..1], &[Box::new(mine)], &settings)?;
//! assert_eq!((rows[0].name.as_str(), rows[0].pass), ("my-straight-through", Some(false)));
//! assert!((rows[0].relative_bias.expect("a gradient") - 0.38).abs() < 0.02); // that of straight-through
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decoder;
mod digits;
mod image_cost;
mod model;
mod on_tensors;

pub use digits::{DIGITS, digits_problem};
pub use image_cost::ImageCost;
pub use model::{MODEL_HEAD, ModelComparison, ModelSettings, Origin, compare_on_model, time_draws};
pub use on_tensors::OnTensors;
