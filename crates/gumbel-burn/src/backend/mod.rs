//! The operations with hand-written backward, and which backends have them.
//!
//! [`Kernels`] is plain forward and backward, implemented on each concrete backend. [`GumbelOps`] is
//! what tensors call: Burn's dispatch sends it to the kernels, and for a tensor with autodiff to
//! `autodiff.rs`, which calls the forward kernel and records the backward one. A backend that is not
//! listed panics inside the dispatch, so every caller asks [`has_kernels`] first.

mod autodiff;
mod flex;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, DispatchDevice, Flex, backend_extension};
use burn::tensor::Device;
use gumbel::{Axis, Key};

/// What is relaxed, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relax {
    pub(crate) choice: Choice,
    pub(crate) tau: f64,
    /// Value one-hot (or 0 and 1), gradient of the soft sample.
    pub(crate) hard: bool,
}

/// One class of several along an axis, or yes and no in each element.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    Classes(Axis),
    Binary,
}

/// Noise by key: element `i` of the tensor has the noise of element `offset + i` of the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed {
    pub(crate) key: Key,
    pub(crate) offset: u64,
}

/// Forward and backward on one concrete backend. All arguments have been checked by the caller.
pub(crate) trait Kernels: Backend {
    /// The sample and the soft sample beside it (the same tensor, when the sample is soft).
    fn relax(
        logits: FloatTensor<Self>,
        noise: Result<FloatTensor<Self>, Keyed>,
        relax: Relax,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    fn relax_vjp(soft: FloatTensor<Self>, dy: FloatTensor<Self>, relax: Relax)
    -> FloatTensor<Self>;

    /// Negative log-likelihood of each row, and the mean of each element.
    fn bernoulli_nll(
        logits: FloatTensor<Self>,
        x: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    fn bernoulli_nll_vjp(
        mean: FloatTensor<Self>,
        x: FloatTensor<Self>,
        dnll: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// Divergence of each row of `posterior: [rows, v, k]` from `prior: [v, k]`.
    fn categorical_kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self>;
    fn categorical_kl_vjp(
        posterior: FloatTensor<Self>,
        prior: FloatTensor<Self>,
        dkl: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// The operations as tensors call them.
#[backend_extension(Autodiff, Flex)]
pub(crate) trait GumbelOps: Backend {
    fn relax_keyed(logits: FloatTensor<Self>, noise: Keyed, relax: Relax) -> FloatTensor<Self>;
    fn relax_given(
        logits: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        relax: Relax,
    ) -> FloatTensor<Self>;
    fn nll(logits: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self>;
    fn kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl GumbelOps for Flex {
    fn relax_keyed(logits: FloatTensor<Self>, noise: Keyed, relax: Relax) -> FloatTensor<Self> {
        Self::relax(logits, Err(noise), relax).0
    }

    fn relax_given(
        logits: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        relax: Relax,
    ) -> FloatTensor<Self> {
        Self::relax(logits, Ok(noise), relax).0
    }

    fn nll(logits: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::bernoulli_nll(logits, x).0
    }

    fn kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::categorical_kl(posterior, prior)
    }
}

/// Whether tensors of this device have the operations of [`GumbelOps`].
pub(crate) fn has_kernels(device: &Device) -> bool {
    matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_))
}
