//! Fused updates of parameters: one step of an optimiser in one pass over memory.

mod adam;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

/// The numbers of a step of Adam, each rounded to the type of the parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep {
    /// beta_1 and 1 - beta_1.
    pub(crate) first: [f32; 2],
    /// beta_2 and 1 - beta_2.
    pub(crate) second: [f32; 2],
    pub(crate) correction: Correction,
    pub(crate) lr: f32,
}

/// The division of the moments by 1 - beta^t, in the order in which Burn's two optimisers round it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Correction {
    /// m factor / (sqrt(v) + epsilon), with sqrt(1 - beta_2^t) in both numbers.
    Adam { factor: f32, epsilon: f32 },
    /// (m / rest_1) / (sqrt(v / rest_2) + epsilon), and the parameter times `keep`, 1 - lr weight_decay.
    AdamW { rest: [f32; 2], epsilon: f32, keep: f32 },
}

/// Updates of parameters without autodiff. The caller has checked that all tensors have one shape and are f32.
#[backend_extension(Flex)]
pub(crate) trait UpdateOps: Backend {
    /// The new parameter and its new moments.
    fn adam(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}
