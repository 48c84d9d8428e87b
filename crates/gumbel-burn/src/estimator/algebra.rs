//! Products over the classes of a variable, and over all variables, for tensors `[rows, v, k]`.

use burn::tensor::{Tensor, activation};

/// The tensor as a constant. Burn's `detach` alone leaves a leaf that requires a gradient as it is.
pub(super) fn constant<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.detach().set_require_grad(false)
}

/// softmax over the classes.
pub(super) fn softmax(logits: Tensor<3>) -> Tensor<3> {
    activation::softmax(logits, 2)
}

/// J(p) g = p (g - p . g) of each variable.
pub(super) fn jacobian(p: Tensor<3>, g: Tensor<3>) -> Tensor<3> {
    let along = (p.clone() * g.clone()).sum_dim(2);
    p * (g - along)
}

/// 1 / tau, kept finite in `f32`: below 1e-30 a sample is one-hot already.
pub(super) fn inverse(tau: f64) -> f64 {
    1.0 / tau.max(1e-30)
}

/// softmax(z / tau). The largest z is subtracted before the division, so no finite z makes it overflow to NaN.
pub(super) fn tempered(z: Tensor<3>, tau: f64) -> Tensor<3> {
    let max = constant(z.clone()).max_dim(2);
    softmax((z - max).mul_scalar(inverse(tau)))
}

/// J(softmax(z / tau)) g / tau of each variable: the gradient in z of softmax(z / tau), at g.
pub(super) fn through_softmax(z: Tensor<3>, g: Tensor<3>, tau: f64) -> Tensor<3> {
    jacobian(tempered(z, tau), g).mul_scalar(inverse(tau))
}

/// a . b over all variables, `[rows]`.
pub(super) fn dot(a: Tensor<3>, b: Tensor<3>) -> Tensor<1> {
    (a * b).sum_dim(2).sum_dim(1).flatten(0, 2)
}

/// The squared norm of each row, `[rows]`.
pub(super) fn squared_norm(x: Tensor<3>) -> Tensor<1> {
    dot(x.clone(), x)
}

/// The largest squared norm, or square of a cost, that is computed with: sums and products of it stay finite in `f32`.
pub(super) const LARGEST_SQUARE: f64 = 1e30;

/// 0 in the rows where `squares` is above [`LARGEST_SQUARE`], else x.
pub(super) fn unless_large(x: Tensor<1>, squares: Tensor<1>) -> Tensor<1> {
    x.mask_fill(squares.greater_elem(LARGEST_SQUARE), 0.0)
}

/// A number for each row as `[rows, 1, 1]`.
pub(super) fn per_row(x: Tensor<1>) -> Tensor<3> {
    let rows = x.dims()[0];
    x.reshape([rows, 1, 1])
}

/// The mean of tensors. Multiplied: Burn's gradient of a division by a scalar rounds that scalar to `f32`.
pub(super) fn mean<const D: usize>(tensors: Vec<Tensor<D>>) -> Tensor<D> {
    let share = 1.0 / tensors.len() as f64;
    sum(tensors).mul_scalar(share)
}

/// The sum of tensors, first to last.
pub(super) fn sum<const D: usize>(tensors: Vec<Tensor<D>>) -> Tensor<D> {
    tensors.into_iter().reduce(|a, b| a + b).expect("at least one tensor")
}
