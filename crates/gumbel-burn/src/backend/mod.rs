//! The fused operations, and which backends have them.
//!
//! | folder | operations | on |
//! |---|---|---|
//! | `relaxation` | samples of choices, and their gradients | Flex, and graphics cards by `crate::kernel` |
//! | `cost` | terms of a bound, and gradients that an estimator passes | Flex |
//! | `update` | steps of an optimiser | Flex |
//!
//! Each forward operation is a method of a trait, [`RelaxationOps`] or [`CostOps`], and each backward one of another,
//! [`RelaxationVjps`] or [`CostVjps`]. Tensors call `Dispatch::relax(..)` and the like; the attribute of the trait
//! writes that dispatch to the backend of the tensor, or for a tensor with autodiff to the rule in `autodiff.rs`, which
//! calls the forward operation of the inner backend and records the backward one. The dispatch panics for a backend that
//! is not listed in the attribute, so every caller asks [`has_relaxation_ops`] or [`has_cost_ops`] first.
//!
//! An operation is declared in a trait, implemented in the file of each backend, and has one rule in `autodiff.rs`. The
//! backward traits stay apart because a backward operation has no rule of its own. An update of parameters has no
//! backward, and so neither a rule nor a second trait.

mod cost;
mod flex;
mod relaxation;
mod update;

use burn::backend::DispatchDevice;
use burn::tensor::{DType, Device, Tensor};

pub(crate) use cost::{CostOps, Passage};
#[cfg(feature = "cubecl")]
pub(crate) use relaxation::CardOps;
pub(crate) use relaxation::{Choice, Draw, Form, Relaxation, RelaxationOps};
pub(crate) use update::{AdamStep, Correction, UpdateOps};

/// The kinds of devices that differ here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// The processor: tensors lie in memory that can be read as a slice.
    Flex,
    /// A graphics card with kernels of this crate.
    Card,
    /// Any other backend of Burn: ordinary tensor operations.
    Other,
}

/// The kind of a device.
pub(crate) fn kind(device: &Device) -> Kind {
    let device = device.clone().inner();
    if matches!(device.as_dispatch(), DispatchDevice::Flex(_)) {
        return Kind::Flex;
    }
    #[cfg(feature = "cubecl")]
    if matches!(device.as_dispatch(), DispatchDevice::Cube(_)) {
        return Kind::Card;
    }
    Kind::Other
}

/// Whether Burn computes with elements of this type on a device.
///
/// WGPU says that it has `f64` where the driver has it, but an exponential of `f64` is nonsense there.
pub(crate) fn has_type(device: &Device, dtype: DType) -> bool {
    #[cfg(feature = "wgpu")]
    if dtype == DType::F64
        && let DispatchDevice::Cube(cubecl::Device::Wgpu(_)) = device.clone().inner().as_dispatch()
    {
        return false;
    }
    dtype == DType::F32 || device.supports_dtype(dtype)
}

/// Whether tensors of this device lie in memory that can be read as a slice.
pub(crate) fn is_flex(device: &Device) -> bool {
    kind(device) == Kind::Flex
}

/// Whether the operations of [`CostOps`] take this tensor.
pub(crate) fn has_cost_ops<const D: usize>(tensor: &Tensor<D>) -> bool {
    is_flex(&tensor.device()) && matches!(tensor.dtype(), DType::F32 | DType::F64)
}

/// Whether the operations of [`RelaxationOps`] take this tensor. On a card an element's number has 31 bits.
pub(crate) fn has_relaxation_ops<const D: usize>(tensor: &Tensor<D>) -> bool {
    has_cost_ops(tensor) || is_of_card(tensor)
}

/// Whether this tensor is on a card whose kernels take it.
pub(crate) fn is_of_card<const D: usize>(tensor: &Tensor<D>) -> bool {
    has_kernels(&tensor.device(), tensor.dtype(), tensor.shape().num_elements())
}

/// Whether kernels take tensors of this type and so many elements on a device.
pub(crate) fn has_kernels(device: &Device, dtype: DType, elements: usize) -> bool {
    kind(device) == Kind::Card && dtype == DType::F32 && elements < 1 << 31
}
