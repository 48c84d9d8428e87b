//! Flex tensors as slices of the core's element types.

use burn::backend::flex::FlexTensor;
use burn::tensor::{Element, Shape, TensorData};
use gumbel::Real;

/// The callers check every argument, so that the operations themselves cannot fail.
pub(super) const CHECKED: &str = "arguments are checked before the operation is dispatched";

/// Compiles a block for both element types, with a name for the type, and runs the one of a tensor. Callers
/// widen half precision, so there is no third type.
macro_rules! in_type_of {
    ($tensor:expr, |$element:ident| $block:block) => {
        match $tensor.dtype() {
            DType::F64 => {
                type $element = f64;
                $block
            }
            _ => {
                type $element = f32;
                $block
            }
        }
    };
}
pub(super) use in_type_of;

/// An element that the core computes with and that a Flex tensor can lend as a slice.
pub(super) trait Number: Real + Element + bytemuck::Pod {}
impl Number for f32 {}
impl Number for f64 {}

pub(super) fn slice<T: Number>(tensor: &FlexTensor) -> &[T] {
    tensor.as_slice::<T>().expect(CHECKED)
}

pub(super) fn tensor<T: Number>(values: Vec<T>, shape: Shape) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
