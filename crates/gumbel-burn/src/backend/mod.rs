//! The fused operations, and which backends have them.
//!
//! Each forward operation is a method of [`FusedOps`] and each backward one of [`Vjps`]. Tensors call
//! `Dispatch::relax(..)` and the like; the attribute below writes that dispatch to the backend of the
//! tensor, or for a tensor with autodiff to the rule in `autodiff.rs`, which calls the forward operation
//! of the inner backend and records the backward one. The dispatch panics for a backend that is not listed
//! in the attribute, so every caller asks [`has_fused_ops`] first.
//!
//! An operation is declared in the trait, implemented in the file of each backend, and has one rule in
//! `autodiff.rs`. The two traits stay apart because a backward operation has no rule of its own. A backend
//! that executes lazily (`Fusion`) needs the attribute on [`Vjps`] too, without `Autodiff`, and Burn's
//! `FusionValueAdapter` for [`NoiseOf`] beside its `ExtensionType`.

mod autodiff;
mod flex;
mod passage;

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{
    Backend, BackendTensor, Dispatch, DispatchAutodiffContext, DispatchDevice, DispatchTensor,
    DispatchTensorKind, ExtensionType, backend_extension,
};
use burn::tensor::{DType, Device, Tensor};
use gumbel::Axis;
use gumbel::noise::Law;

use crate::noise::Noise;
use crate::temperature::Temperature;
pub(crate) use passage::Passage;

/// The kind of choice, and the form of the sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relaxation {
    pub(crate) choice: Choice,
    pub(crate) form: Form,
}

/// The form of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    Soft,
    /// Straight-through: value one-hot (or 0 and 1), gradient of the soft sample.
    Hard,
    /// The logarithm of a soft sample of classes.
    Log,
}

/// One class of several along an axis, or yes and no in each element.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    Classes(Axis),
    Binary,
}

impl Choice {
    /// The law of the noise that this choice takes.
    pub(crate) fn law(self) -> Law {
        match self {
            Self::Classes(_) => Law::Gumbel,
            Self::Binary => Law::Logistic,
        }
    }
}

/// Noise of a backend: a key, or a tensor of the backend. An alias, because the attribute wants the type of
/// such an argument written as `Name<Self>`.
pub(crate) type NoiseOf<B> = Noise<FloatTensor<B>>;

/// The temperature of all rows, or a tensor of the backend with one for each row, in the order of the logits with size 1
/// along the axis of the classes; for binary choices, one for each of the rows of equal length. One element is the
/// temperature of all rows.
pub(crate) type TemperatureOf<B> = Temperature<FloatTensor<B>>;

/// Forward operations. The caller has checked every argument.
#[backend_extension(Autodiff, Flex)]
pub(crate) trait FusedOps: Backend {
    /// The sample, and the soft sample of the same noise: the same tensor when the sample is not hard.
    fn relax(
        logits: FloatTensor<Self>,
        #[extension_type] tau: TemperatureOf<Self>,
        #[extension_type] noise: NoiseOf<Self>,
        relaxation: Relaxation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// The index of the drawn class of each row, in `i64`: the shape of the logits with size 1 along
    /// the axis, which is `dim` counted from the front.
    fn gumbel_max(
        logits: FloatTensor<Self>,
        #[extension_type] noise: NoiseOf<Self>,
        axis: Axis,
        dim: usize,
    ) -> IntTensor<Self>;

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

/// Backward operations: the vector-Jacobian products of [`FusedOps`].
pub(crate) trait Vjps: Backend {
    /// The gradient of the logits, from the soft sample and the gradient of the sample.
    fn relax_vjp(
        soft: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        tau: TemperatureOf<Self>,
        relaxation: Relaxation,
    ) -> FloatTensor<Self>;

    /// The gradient of a tensor of temperatures, from the soft sample and the gradient of the logits.
    fn relax_vjp_tau(
        soft: FloatTensor<Self>,
        dlogits: FloatTensor<Self>,
        tau: FloatTensor<Self>,
        relaxation: Relaxation,
    ) -> FloatTensor<Self>;

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

/// Whether the operations of [`FusedOps`] take this tensor.
pub(crate) fn has_fused_ops<const D: usize>(tensor: &Tensor<D>) -> bool {
    is_flex(&tensor.device()) && matches!(tensor.dtype(), DType::F32 | DType::F64)
}

/// Whether tensors of this device lie in memory that can be read as a slice.
pub(crate) fn is_flex(device: &Device) -> bool {
    matches!(device.clone().inner().as_dispatch(), DispatchDevice::Flex(_))
}

/// Lets the dispatch find the tensor inside [`Noise`]. Burn's derive does this for types that are generic in the
/// backend; [`Noise`] is generic in the tensor, so that one type serves from the public call to the kernel.
impl<B: Backend> ExtensionType<B> for NoiseOf<B> {
    type Target = NoiseOf<Dispatch>;

    fn map_to_dispatch<F>(self, kind: F, autodiff: DispatchAutodiffContext) -> Self::Target
    where
        F: Fn(BackendTensor<B>) -> DispatchTensorKind,
    {
        self.map(|noise| DispatchTensor { kind: kind(BackendTensor::Float(noise)), autodiff })
    }

    fn map_from_dispatch<F>(noise: Self::Target, tensor: F) -> Self
    where
        F: Fn(DispatchTensor) -> BackendTensor<B>,
    {
        noise.map(|noise| tensor(noise).float())
    }

    fn routing_tensor(noise: &Self::Target) -> Option<&DispatchTensor> {
        match noise {
            Noise::Keyed { .. } => None,
            Noise::Given(noise) => Some(noise),
        }
    }

    fn routing_float_tensor(noise: &Self::Target) -> Option<&DispatchTensor> {
        <Self as ExtensionType<B>>::routing_tensor(noise)
    }
}

/// As for noise: the dispatch finds the tensor inside the temperature.
impl<B: Backend> ExtensionType<B> for TemperatureOf<B> {
    type Target = TemperatureOf<Dispatch>;

    fn map_to_dispatch<F>(self, kind: F, autodiff: DispatchAutodiffContext) -> Self::Target
    where
        F: Fn(BackendTensor<B>) -> DispatchTensorKind,
    {
        self.map(|tau| DispatchTensor { kind: kind(BackendTensor::Float(tau)), autodiff })
    }

    fn map_from_dispatch<F>(tau: Self::Target, tensor: F) -> Self
    where
        F: Fn(DispatchTensor) -> BackendTensor<B>,
    {
        tau.map(|tau| tensor(tau).float())
    }

    fn routing_tensor(tau: &Self::Target) -> Option<&DispatchTensor> {
        match tau {
            Temperature::Scalar(_) => None,
            Temperature::PerRow(tau) => Some(tau),
        }
    }

    fn routing_float_tensor(tau: &Self::Target) -> Option<&DispatchTensor> {
        <Self as ExtensionType<B>>::routing_tensor(tau)
    }
}
