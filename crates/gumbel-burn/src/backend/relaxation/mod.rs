//! Fused operations of choices: relaxed samples, drawn classes, noise.

mod autodiff;
#[cfg(feature = "cubecl")]
mod card;
mod flex;

#[cfg(feature = "cubecl")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, TensorMetadata, backend_extension};
#[cfg(feature = "cubecl")]
use burn::tensor::DType;
use burn::tensor::{Shape, Tensor};
use gumbel::noise::Law;
use gumbel::{Axis, Key};

use crate::noise::Noise;
use crate::temperature::Temperature;

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

/// What a draw takes beside its tensors.
///
/// The dispatch wants a tensor in each place: one that a draw does not need is the logits again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    pub(crate) choice: Choice,
    /// The temperature of all rows. Without it, a tensor has one for each row, in the order of the logits with size 1
    /// along the axis of the classes; for binary choices, one for each of the rows of equal length. One element is the
    /// temperature of all rows.
    pub(crate) tau: Option<f64>,
    /// The key and the number of the first element. Without it, a tensor has the noise.
    pub(crate) key: Option<(Key, u64)>,
}

impl Draw {
    /// The draw, and the tensors of its temperatures and its noise.
    pub(crate) fn of<const D: usize>(
        choice: Choice,
        tau: Temperature<Tensor<D>>,
        noise: Noise<Tensor<D>>,
        logits: &Tensor<D>,
    ) -> (Self, Tensor<D>, Tensor<D>) {
        let (tau, taus) = match tau {
            Temperature::Scalar(tau) => (Some(tau), logits.clone()),
            Temperature::PerRow(taus) => (None, taus),
        };
        let (key, noise) = match noise {
            Noise::Keyed { key, offset } => (Some((key, offset)), logits.clone()),
            Noise::Given(noise) => (None, noise),
        };
        (Self { choice, tau, key }, taus, noise)
    }
}

/// What the last output of an operation looks like: a number above 0 if a logit is not allowed.
#[cfg(feature = "cubecl")]
fn verdict() -> TensorSpec {
    TensorSpec::new(Shape::new([1]), DType::I32)
}

/// The index of a class for each row of logits.
#[cfg(feature = "cubecl")]
fn index_of(logits: &TensorSpec, dim: usize) -> TensorSpec {
    let mut shape = logits.shape.clone();
    shape[dim] = 1;
    TensorSpec::new(shape, DType::I32)
}

/// Forward operations. On a card the logits are checked there: the last output is a number above 0 if one of them is
/// not allowed. On Flex the caller has checked them. The caller has checked every other argument.
#[backend_extension(Autodiff, Flex, Cube: cfg(feature = "cubecl"), Fusion: cfg(feature = "cubecl"))]
pub(crate) trait RelaxationOps: Backend {
    /// The sample, and the soft sample of the same noise: the same tensor when the sample is not hard.
    #[fusion(meta = |logits, _taus, _noise, _draw, _form| (logits.clone(), logits.clone(), verdict()))]
    fn relax(
        logits: FloatTensor<Self>,
        taus: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, IntTensor<Self>);

    /// The index of the drawn class of each row: the shape of the logits with size 1 along the axis, which is `dim`
    /// counted from the front. The temperature of the draw means nothing.
    #[fusion(meta = |logits, _noise, _draw, dim| (index_of(logits, *dim), verdict()))]
    fn gumbel_max(
        logits: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        draw: Draw,
        dim: usize,
    ) -> (IntTensor<Self>, IntTensor<Self>);
}

/// Backward operations: the vector-Jacobian products of [`RelaxationOps`].
#[backend_extension(Flex, Cube: cfg(feature = "cubecl"), Fusion: cfg(feature = "cubecl"))]
pub(crate) trait RelaxationVjps: Backend {
    /// The gradient of the logits, from the soft sample and the gradient of the sample.
    #[fusion(dtype = soft, shape = soft)]
    fn relax_vjp(
        soft: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        taus: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> FloatTensor<Self>;

    /// The gradient of a tensor of temperatures, from the soft sample and the gradient of the logits.
    ///
    /// Along a row the gradients of the logits add up to 0, so dtau = -sum z dl / tau is -sum x dl with x = ln y. Here
    /// in ordinary operations; where y is at its end, dl is 0.
    #[fusion(default)]
    fn relax_vjp_tau(
        soft: FloatTensor<Self>,
        dlogits: FloatTensor<Self>,
        taus: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> FloatTensor<Self> {
        let (n, shape) = (soft.shape().num_elements(), taus.shape());
        let ln = |y| Self::float_log(Self::float_clamp_min(y, f32::MIN_POSITIVE.into()));
        let x = match (draw.choice, form) {
            (Choice::Classes(_), Form::Log) => Self::float_clamp_min(soft, f32::MIN.into()),
            (Choice::Classes(_), _) => ln(soft),
            (Choice::Binary, _) => {
                let other = Self::float_add_scalar(Self::float_neg(soft.clone()), 1.0.into());
                Self::float_sub(ln(soft), ln(other))
            }
        };
        let terms = Self::float_neg(Self::float_mul(x, dlogits));
        if shape.num_elements() == 1 {
            return Self::float_reshape(Self::float_sum(terms), shape);
        }
        let [outer, k, inner] = match draw.choice {
            Choice::Classes(axis) => {
                let row = axis.classes() * axis.stride();
                [n.checked_div(row).unwrap_or(0), axis.classes(), axis.stride()]
            }
            Choice::Binary => {
                let rows = shape.num_elements();
                [rows, n.checked_div(rows).unwrap_or(0), 1]
            }
        };
        let terms = Self::float_reshape(terms, Shape::new([outer, k, inner]));
        Self::float_reshape(Self::float_sum_dim(terms, 1), shape)
    }
}

/// Operations of graphics cards alone. The tensor `like` says which card.
#[cfg(feature = "cubecl")]
#[backend_extension(Cube, Fusion)]
pub(crate) trait CardOps: Backend {
    /// Noise of elements `offset ..` of a key.
    #[fusion(meta = |_like, shape, _law, _key, _offset| TensorSpec::new(shape.clone(), DType::F32))]
    fn noise(
        like: FloatTensor<Self>,
        shape: Shape,
        law: Law,
        key: Key,
        offset: u64,
    ) -> FloatTensor<Self>;

    /// A copy, by a kernel that no other operation is merged with.
    #[fusion(dtype = x, shape = x)]
    fn copy(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// x^2 - 1 by one multiply-add of each element.
    #[fusion(dtype = x, shape = x)]
    fn square_less_one(x: FloatTensor<Self>) -> FloatTensor<Self>;
}
