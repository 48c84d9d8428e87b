//! The values of tensors as vectors.

use burn::tensor::Tensor;

/// The values of a tensor, row by row.
///
/// # Panics
/// A tensor that is not f32.
pub fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("models are f32")
}

/// The rows of a matrix.
///
/// # Panics
/// A tensor that is not f32.
pub fn rows(matrix: Tensor<2>) -> Vec<Vec<f32>> {
    let width = matrix.dims()[1];
    floats(matrix).chunks(width.max(1)).map(<[f32]>::to_vec).collect()
}
