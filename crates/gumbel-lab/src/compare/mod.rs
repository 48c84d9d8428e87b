//! Gradient estimators against the exact gradient: those on tensors, and on the costs of autoencoders.

mod decoder;
mod digits;
mod image_cost;
mod model;
mod on_tensors;

pub use digits::{DIGITS, digits_problem};
pub use image_cost::ImageCost;
pub use model::{MODEL_HEAD, ModelComparison, ModelSettings, Origin, compare_on_model, time_draws};
pub use on_tensors::OnTensors;
