//! The values of tensors as vectors.

use burn::tensor::Tensor;

/// The values of a tensor.
pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("models are f32")
}

/// The rows of a matrix.
pub(crate) fn rows(matrix: Tensor<2>) -> Vec<Vec<f32>> {
    let width = matrix.dims()[1];
    floats(matrix).chunks(width).map(<[f32]>::to_vec).collect()
}
