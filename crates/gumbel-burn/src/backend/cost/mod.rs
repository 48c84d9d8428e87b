//! Fused operations of costs: terms of an evidence lower bound, and gradients that an estimator passes.

mod autodiff;
mod flex;
mod passage;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

pub(crate) use passage::Passage;

/// Forward operations. The caller has checked every argument.
#[backend_extension(Autodiff, Flex)]
pub(crate) trait CostOps: Backend {
    /// The negative log-likelihood of each row, and the mean of each element.
    fn bernoulli_nll(
        logits: FloatTensor<Self>,
        x: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The divergence of each row of `posterior: [rows, v, k]` from `prior: [v, k]`.
    fn categorical_kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The one-hot sample `hard`, whose gradient `passage` passes to theta. `logits` are those of the passage,
    /// constants. The last axis has the classes.
    fn pass(
        theta: FloatTensor<Self>,
        logits: FloatTensor<Self>,
        hard: FloatTensor<Self>,
        passage: Passage,
    ) -> FloatTensor<Self>;

    /// The costs `[rows]`; the gradient in cost i also passes to row i of theta, `[rows, v, k]`, times row i of the
    /// constants `gradient`.
    fn with_gradient(
        cost: FloatTensor<Self>,
        theta: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// Backward operations: the vector-Jacobian products of [`CostOps`].
pub(crate) trait CostVjps: Backend {
    /// The gradient of the logits, from the means, the data and the gradient of each row.
    fn bernoulli_nll_vjp(
        mean: FloatTensor<Self>,
        x: FloatTensor<Self>,
        dnll: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// The gradients of both logits, from both logits and the gradient of each row.
    fn categorical_kl_vjp(
        posterior: FloatTensor<Self>,
        prior: FloatTensor<Self>,
        dkl: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The gradient of theta, from the logits of the passage, the sample and the gradient in the sample.
    fn pass_vjp(
        logits: FloatTensor<Self>,
        hard: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        passage: Passage,
    ) -> FloatTensor<Self>;
}
