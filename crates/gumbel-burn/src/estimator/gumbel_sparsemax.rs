//! `gumbel-sparsemax`: sparsemax in place of softmax.

use burn::tensor::Tensor;

use super::algebra::{constant, inverse};
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::variables::Variables;
use crate::error::Error;

/// The gradient of the cost at the sample that sparsemax relaxes.
///
/// ```text
/// J_s(y) f'(y) / tau     y = sparsemax((theta + G)/tau), the nearest point of the simplex
/// J_s(y) v = s (v - mean of v where s = 1)     s = 1[y > 0]
/// ```
///
/// The reading here: the cost is taken at the relaxed sample, not straight-through, and the network in the cost is
/// trained there. Unbiased for the relaxed cost, biased for the discrete one. 1 evaluation, with the gradient at a
/// soft point; sorts the classes.
///
/// Sparsemax: Martins and Astudillo, "From softmax to sparsemax", arXiv 1602.02068, algorithm 1 (2016).
///
/// Classes far below the largest get a share of 0, which softmax never gives; so some samples are one-hot:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, GumbelSoftmax, GumbelSparsemax, Variables};
/// let device = Device::flex().autodiff();
/// let variables = Variables::new(Tensor::zeros([200, 1, 4], &device), Key::new(7));
/// let support = |x: Tensor<3>| Ok(x.greater_elem(0.0).float().sum_dim(2).flatten(0, 2));
/// let of = |estimator: &dyn Estimator| {
///     let cost = estimator.estimate(&variables, &Cost::new(&support))?.cost;
///     Ok::<_, gumbel_burn::Error>([cost.clone().min(), cost.max()].map(Tensor::into_scalar::<f32>))
/// };
/// let [least, most] = of(&GumbelSparsemax)?;
/// assert!(least == 1.0 && most > 1.0);
/// assert_eq!(of(&GumbelSoftmax)?, [4.0, 4.0]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GumbelSparsemax;

/// Projects each variable onto the simplex.
fn sparsemax(z: Tensor<3>) -> Tensor<3> {
    let [rows, v, k] = z.dims();
    // Less the largest: -inf and large shifts stay out of the sums.
    let z = z.clone() - z.max_dim(2);
    let sorted = z.clone().sort_descending(2).clamp_min(-2.0);
    let sizes = Tensor::<1, burn::tensor::Int>::arange(1..k as i64 + 1, &z.device());
    let sizes = sizes.float().cast(z.dtype()).reshape([1, 1, k]).expand([rows, v, k]);
    let sums = sorted.clone().cumsum(2);
    // The condition holds for the first classes and for no other, so their number is its sum.
    let inside = (sorted * sizes.clone()).add_scalar(1.0).greater(sums.clone());
    let size = inside.clone().float().cast(z.dtype()).sum_dim(2);
    let last = sizes.equal(size.clone().expand([rows, v, k]));
    let sum = sums.mask_fill(last.bool_not(), 0.0).sum_dim(2);
    let threshold = sum.sub_scalar(1.0) / size;
    (z - threshold).clamp_min(0.0)
}

impl Estimator for GumbelSparsemax {
    fn name(&self) -> &str {
        "gumbel-sparsemax"
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::SoftPoints
    }

    fn default_tau(&self) -> Option<f64> {
        Some(1.0)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let inverse = inverse(variables.tau());
        let (z, _) = variables.perturbed(0);
        // Less the largest before the division, so no finite z makes it overflow.
        let y = sparsemax((z.clone() - z.max_dim(2)).mul_scalar(inverse));
        let support = y.clone().greater_elem(0.0).float().cast(y.dtype());
        let theta = variables.finite_logits();
        let mean = (theta.clone() * support.clone()).sum_dim(2) / support.clone().sum_dim(2);
        let moved = (support * (theta - mean)).mul_scalar(inverse);
        Ok(Estimate::of_cost(cost.at(y + (moved.clone() - constant(moved)))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn sparsemax_is_the_projection() {
        let z = Tensor::<3>::from_floats([[[0.5, 0.25], [3.0, -1.0]]], &Device::flex());
        let y = sparsemax(z).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(y, [0.625, 0.375, 1.0, 0.0]);
        let masked = Tensor::<3>::from_floats([[[f32::NEG_INFINITY, 0.0, 0.5]]], &Device::flex());
        let y = sparsemax(masked).into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(y, [0.0, 0.25, 0.75]);
    }
}
