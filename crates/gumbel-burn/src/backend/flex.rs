//! The kernels on Flex: each is a call into the `gumbel` crate over the tensor's own memory.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{DType, Element, Shape, TensorData};
use gumbel::likelihood;
use gumbel::relax::straight_through_gumbel_softmax_into;
use gumbel::relax::{
    binary_concrete_into, binary_concrete_vjp_into, straight_through_binary_concrete_into,
};
use gumbel::relax::{gumbel_softmax_into, gumbel_softmax_vjp_into};
use gumbel::{Noise, Real};

use super::{Choice, Kernels, Keyed, Relax};

/// The callers check every argument, so that the kernels themselves cannot fail.
const CHECKED: &str = "arguments are checked before the operation is dispatched";

/// Runs a generic kernel in the element type of the tensors. Half-precision tensors are widened by
/// the caller and never come here.
macro_rules! in_type_of {
    ($tensor:expr, $kernel:ident($($argument:expr),*)) => {
        match $tensor.dtype() {
            DType::F64 => $kernel::<f64>($($argument),*),
            _ => $kernel::<f32>($($argument),*),
        }
    };
}

/// An element that the core computes with and that a Flex tensor can lend as a slice.
trait Number: Real + Element + bytemuck::Pod {}
impl Number for f32 {}
impl Number for f64 {}

fn slice<T: Number>(tensor: &FlexTensor) -> &[T] {
    tensor.as_slice::<T>().expect(CHECKED)
}

fn tensor<T: Number>(values: Vec<T>, shape: Shape) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn last(tensor: &FlexTensor) -> usize {
    let shape = tensor.shape();
    shape[shape.num_dims() - 1]
}

fn relax<T: Number>(
    logits: &FlexTensor,
    noise: Result<FlexTensor, Keyed>,
    relax: Relax,
) -> (FlexTensor, FlexTensor) {
    let given = noise.as_ref().ok().map(FlexTensor::to_contiguous);
    let noise = match (&given, noise) {
        (Some(noise), _) => Noise::Given(slice::<T>(noise)),
        (None, Err(Keyed { key, offset })) => Noise::Keyed { key, offset },
        (None, Ok(_)) => unreachable!("given noise was made contiguous above"),
    };
    let (shape, tau) = (logits.shape(), relax.tau);
    let logits = slice::<T>(logits);
    let mut soft = vec![T::default(); logits.len()];
    if !relax.hard {
        match relax.choice {
            Choice::Classes(axis) => gumbel_softmax_into(logits, axis, tau, noise, &mut soft),
            Choice::Binary => binary_concrete_into(logits, tau, noise, &mut soft),
        }
        .expect(CHECKED);
        let soft = tensor(soft, shape);
        return (soft.clone(), soft);
    }
    let mut hard = vec![T::default(); logits.len()];
    match relax.choice {
        Choice::Classes(axis) => {
            straight_through_gumbel_softmax_into(logits, axis, tau, noise, &mut hard, &mut soft)
        }
        Choice::Binary => {
            straight_through_binary_concrete_into(logits, tau, noise, &mut hard, &mut soft)
        }
    }
    .expect(CHECKED);
    (tensor(hard, shape.clone()), tensor(soft, shape))
}

fn relax_vjp<T: Number>(soft: &FlexTensor, dy: &FlexTensor, relax: Relax) -> FlexTensor {
    let shape = soft.shape();
    let (soft, dy) = (slice::<T>(soft), slice::<T>(dy));
    let mut dlogits = vec![T::default(); soft.len()];
    match relax.choice {
        Choice::Classes(axis) => gumbel_softmax_vjp_into(soft, dy, axis, relax.tau, &mut dlogits),
        Choice::Binary => binary_concrete_vjp_into(soft, dy, relax.tau, &mut dlogits),
    }
    .expect(CHECKED);
    tensor(dlogits, shape)
}

fn bernoulli_nll<T: Number>(logits: &FlexTensor, x: &FlexTensor) -> (FlexTensor, FlexTensor) {
    let (shape, d) = (logits.shape(), last(logits));
    let (logits, x) = (slice::<T>(logits), slice::<T>(x));
    let mut mean = vec![T::default(); logits.len()];
    let mut nll = vec![T::default(); logits.len() / d];
    likelihood::bernoulli_nll_into(logits, x, d, &mut nll, &mut mean).expect(CHECKED);
    let rows = nll.len();
    (tensor(nll, Shape::new([rows])), tensor(mean, shape))
}

fn bernoulli_nll_vjp<T: Number>(
    mean: &FlexTensor,
    x: &FlexTensor,
    dnll: &FlexTensor,
) -> FlexTensor {
    let (shape, d) = (mean.shape(), last(mean));
    let (mean, x, dnll) = (slice::<T>(mean), slice::<T>(x), slice::<T>(dnll));
    let mut dlogits = vec![T::default(); mean.len()];
    likelihood::bernoulli_nll_vjp_into(mean, x, d, dnll, &mut dlogits).expect(CHECKED);
    tensor(dlogits, shape)
}

fn categorical_kl<T: Number>(posterior: &FlexTensor, prior: &FlexTensor) -> FlexTensor {
    let (rows, k) = (posterior.shape()[0], last(prior));
    let mut kl = vec![T::default(); rows];
    likelihood::categorical_kl_into(slice::<T>(posterior), slice::<T>(prior), k, &mut kl)
        .expect(CHECKED);
    tensor(kl, Shape::new([rows]))
}

fn categorical_kl_vjp<T: Number>(
    posterior: &FlexTensor,
    prior: &FlexTensor,
    dkl: &FlexTensor,
) -> (FlexTensor, FlexTensor) {
    let (shape, prior_shape, k) = (posterior.shape(), prior.shape(), last(prior));
    let (posterior, prior, dkl) = (slice::<T>(posterior), slice::<T>(prior), slice::<T>(dkl));
    let mut dposterior = vec![T::default(); posterior.len()];
    let mut dprior = vec![T::default(); prior.len()];
    likelihood::categorical_kl_vjp_into(posterior, prior, k, dkl, &mut dposterior, &mut dprior)
        .expect(CHECKED);
    (tensor(dposterior, shape), tensor(dprior, prior_shape))
}

impl Kernels for Flex {
    fn relax(
        logits: FloatTensor<Self>,
        noise: Result<FloatTensor<Self>, Keyed>,
        spec: Relax,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let logits = logits.to_contiguous();
        in_type_of!(logits, relax(&logits, noise, spec))
    }

    fn relax_vjp(soft: FloatTensor<Self>, dy: FloatTensor<Self>, spec: Relax) -> FloatTensor<Self> {
        let dy = dy.to_contiguous();
        in_type_of!(soft, relax_vjp(&soft, &dy, spec))
    }

    fn bernoulli_nll(
        logits: FloatTensor<Self>,
        x: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (logits, x) = (logits.to_contiguous(), x.to_contiguous());
        in_type_of!(logits, bernoulli_nll(&logits, &x))
    }

    fn bernoulli_nll_vjp(
        mean: FloatTensor<Self>,
        x: FloatTensor<Self>,
        dnll: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (x, dnll) = (x.to_contiguous(), dnll.to_contiguous());
        in_type_of!(mean, bernoulli_nll_vjp(&mean, &x, &dnll))
    }

    fn categorical_kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self> {
        let (posterior, prior) = (posterior.to_contiguous(), prior.to_contiguous());
        in_type_of!(posterior, categorical_kl(&posterior, &prior))
    }

    fn categorical_kl_vjp(
        posterior: FloatTensor<Self>,
        prior: FloatTensor<Self>,
        dkl: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (posterior, prior) = (posterior.to_contiguous(), prior.to_contiguous());
        let dkl = dkl.to_contiguous();
        in_type_of!(posterior, categorical_kl_vjp(&posterior, &prior, &dkl))
    }
}
