//! Estimators on tensors in a comparison with the exact gradient.

mod on_tensors;

pub use on_tensors::OnTensors;
