//! The temperature of a relaxation on tensors: a number, or a tensor with a temperature for each row.

use burn::tensor::Tensor;

/// The temperature of a relaxation: one number, or a tensor with one for each row.
///
/// `From` converts an `f64` or a tensor, so the functions of this crate take either directly. A tensor broadcasts to the
/// logits: each of its sizes is that of the logits or 1, and 1 along the axis of the classes. Its values must be finite
/// and above 0.
///
/// A tensor gets a gradient, so a temperature can be learned; it is the exact derivative of the relaxed sample. Keep a
/// learned temperature above 0 by its form, for instance tau = floor + softplus(parameter).
///
/// `G` is the type of the tensor: `Tensor<D>` in the functions of this crate.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::gumbel_softmax;
/// let device = Device::flex().autodiff();
/// let logits = Tensor::<2>::from_floats([[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]], &device);
/// // One temperature for each row, and one for all, each with a gradient.
/// let rows = Tensor::<2>::from_floats([[0.5], [2.0]], &device).require_grad();
/// let shared = Tensor::<2>::from_floats([[0.5]], &device).require_grad();
/// let run_key = Key::new(7);
/// for step in 0..2 {
///     let key = run_key.fold_in(step);
///     let y = gumbel_softmax(logits.clone(), -1, rows.clone(), key)?;
///     let z = gumbel_softmax(logits.clone(), -1, shared.clone(), key)?;
///     assert_eq!(y.clone().narrow(0, 0, 1).into_data(), z.clone().narrow(0, 0, 1).into_data());
///     let grads = (y.powi_scalar(2) + z.powi_scalar(2)).sum().backward();
///     assert_eq!(rows.grad(&grads).unwrap().dims(), [2, 1]);
///     // A lower temperature gives larger squares: the derivative is negative.
///     assert!(shared.grad(&grads).unwrap().into_scalar::<f32>() < 0.0);
/// }
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum Temperature<G> {
    /// One temperature for all rows: a finite number above 0, without a gradient.
    Scalar(f64),
    /// A tensor of temperatures that broadcasts to the logits.
    PerRow(G),
}

impl<G> From<f64> for Temperature<G> {
    fn from(tau: f64) -> Self {
        Self::Scalar(tau)
    }
}

impl<const D: usize> From<Tensor<D>> for Temperature<Tensor<D>> {
    fn from(tau: Tensor<D>) -> Self {
        Self::PerRow(tau)
    }
}

impl<G> Temperature<G> {
    /// Converts the tensor of temperatures, and leaves a number as it is.
    ///
    /// ```
    /// use gumbel_burn::Temperature;
    /// let Temperature::PerRow(tau) = Temperature::PerRow([0.5, 2.0]).map(|tau| tau.map(|t| 2.0 * t)) else {
    ///     unreachable!()
    /// };
    /// assert_eq!(tau, [1.0, 4.0]);
    /// ```
    pub fn map<H>(self, convert: impl FnOnce(G) -> H) -> Temperature<H> {
        match self {
            Self::Scalar(tau) => Temperature::Scalar(tau),
            Self::PerRow(tau) => Temperature::PerRow(convert(tau)),
        }
    }
}

impl<const D: usize> Temperature<Tensor<D>> {
    /// Repeats the temperatures for rows of equal length: along `dim`, or, without one, in each element. The last axes
    /// stay 1 where all elements of a row share one temperature, and one temperature for all stays one.
    pub(crate) fn by_row(self, like: &Tensor<D>, dim: Option<usize>) -> Self {
        self.map(|tau| {
            let (mut shape, found) = (like.dims(), tau.dims());
            if like.shape().num_elements() == 0 {
                // No row has a temperature: one for all, whose gradient is 0.
                return tau.sum().mul_scalar(0.0).add_scalar(1.0).reshape([1; D]);
            }
            match dim {
                _ if found == [1; D] => return tau,
                Some(dim) => shape[dim] = 1,
                None => {
                    for axis in (0..D).rev().take_while(|&axis| found[axis] == 1) {
                        shape[axis] = 1;
                    }
                }
            }
            if shape == found { tau } else { tau.expand(shape) }
        })
    }
}
