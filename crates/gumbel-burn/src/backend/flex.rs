//! The fused operations on Flex: calls into the `gumbel` crate over the tensors' own memory.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{DType, Element, Shape, TensorData};
use gumbel::likelihood;
use gumbel::relax::{
    binary_concrete_into, binary_concrete_vjp_into, binary_concrete_vjp_tau_into,
    gumbel_log_softmax_into, gumbel_log_softmax_vjp_into, gumbel_log_softmax_vjp_tau_into,
    gumbel_softmax_into, gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau_into,
    straight_through_binary_concrete_into, straight_through_gumbel_softmax_into,
};
use gumbel::{Axis, Real};

use super::{Choice, Form, FusedOps, NoiseOf, Passage, Relaxation, TemperatureOf, Vjps};
use crate::noise::Noise;
use crate::temperature::Temperature;

/// The callers check every argument, so that the operations themselves cannot fail.
const CHECKED: &str = "arguments are checked before the operation is dispatched";

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

/// Contiguous noise as the core takes it.
fn core_noise<T: Number>(noise: &NoiseOf<Flex>) -> gumbel::Noise<'_, T> {
    match noise {
        Noise::Keyed { key, offset } => gumbel::Noise::Keyed { key: *key, offset: *offset },
        Noise::Given(noise) => gumbel::Noise::Given(slice(noise)),
    }
}

/// The temperatures of a tensor.
fn numbers(tau: FlexTensor) -> Vec<f64> {
    let tau = tau.to_contiguous();
    in_type_of!(tau, |T| { slice::<T>(&tau).iter().map(|&tau| Real::to_f64(tau)).collect() })
}

/// Temperatures as the core takes them.
fn core_temperature(tau: &Temperature<Vec<f64>>) -> gumbel::Temperature<'_> {
    match tau {
        Temperature::Scalar(tau) => gumbel::Temperature::Scalar(*tau),
        Temperature::PerRow(tau) => match &tau[..] {
            &[tau] => gumbel::Temperature::Scalar(tau),
            tau => gumbel::Temperature::PerRow(tau),
        },
    }
}

/// The length of the last axis.
fn last(tensor: &FlexTensor) -> usize {
    let shape = tensor.shape();
    shape[shape.num_dims() - 1]
}

impl FusedOps for Flex {
    fn relax(
        logits: FloatTensor<Self>,
        tau: TemperatureOf<Self>,
        noise: NoiseOf<Self>,
        relaxation: Relaxation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (logits, noise) = (logits.to_contiguous(), noise.map(|noise| noise.to_contiguous()));
        let (shape, Relaxation { choice, form }) = (logits.shape(), relaxation);
        let (tau, hard) = (tau.map(numbers), form == Form::Hard);
        let tau = core_temperature(&tau);
        in_type_of!(logits, |T| {
            let (logits, noise) = (slice::<T>(&logits), core_noise::<T>(&noise));
            let mut hard_sample = vec![T::default(); if hard { logits.len() } else { 0 }];
            let mut soft = vec![T::default(); logits.len()];
            let (out, kept) = (&mut hard_sample[..], &mut soft[..]);
            match (choice, form) {
                (Choice::Classes(axis), Form::Soft) => {
                    gumbel_softmax_into(logits, axis, tau, noise, kept)
                }
                (Choice::Classes(axis), Form::Hard) => {
                    straight_through_gumbel_softmax_into(logits, axis, tau, noise, out, kept)
                }
                (Choice::Classes(axis), Form::Log) => {
                    gumbel_log_softmax_into(logits, axis, tau, noise, kept)
                }
                (Choice::Binary, Form::Hard) => {
                    straight_through_binary_concrete_into(logits, tau, noise, out, kept)
                }
                (Choice::Binary, _) => binary_concrete_into(logits, tau, noise, kept),
            }
            .expect(CHECKED);
            let soft = tensor(soft, shape.clone());
            let sample = if hard { tensor(hard_sample, shape) } else { soft.clone() };
            (sample, soft)
        })
    }

    fn gumbel_max(
        logits: FloatTensor<Self>,
        noise: NoiseOf<Self>,
        axis: Axis,
        dim: usize,
    ) -> IntTensor<Self> {
        let (logits, noise) = (logits.to_contiguous(), noise.map(|noise| noise.to_contiguous()));
        let mut shape = logits.shape();
        shape[dim] = 1;
        in_type_of!(logits, |T| {
            let noise = core_noise::<T>(&noise);
            let classes = gumbel::gumbel_max(slice::<T>(&logits), axis, noise).expect(CHECKED);
            let classes: Vec<i64> = classes.into_iter().map(|class| class as i64).collect();
            FlexTensor::from_data(TensorData::new(classes, shape))
        })
    }

    fn bernoulli_nll(
        logits: FloatTensor<Self>,
        x: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (logits, x) = (logits.to_contiguous(), x.to_contiguous());
        let (shape, d) = (logits.shape(), last(&logits));
        in_type_of!(logits, |T| {
            let (logits, x) = (slice::<T>(&logits), slice::<T>(&x));
            let rows = logits.len() / d;
            let (mut nll, mut mean) = (vec![T::default(); rows], vec![T::default(); logits.len()]);
            likelihood::bernoulli_nll_into(logits, x, d, &mut nll, &mut mean).expect(CHECKED);
            (tensor(nll, Shape::new([rows])), tensor(mean, shape))
        })
    }

    fn categorical_kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self> {
        let (posterior, prior) = (posterior.to_contiguous(), prior.to_contiguous());
        let (rows, k) = (posterior.shape()[0], last(&prior));
        in_type_of!(posterior, |T| {
            let (posterior, prior) = (slice::<T>(&posterior), slice::<T>(&prior));
            let mut kl = vec![T::default(); rows];
            likelihood::categorical_kl_into(posterior, prior, k, &mut kl).expect(CHECKED);
            tensor(kl, Shape::new([rows]))
        })
    }

    fn pass(
        _theta: FloatTensor<Self>,
        _logits: FloatTensor<Self>,
        hard: FloatTensor<Self>,
        _passage: Passage,
    ) -> FloatTensor<Self> {
        hard
    }

    fn with_gradient(
        cost: FloatTensor<Self>,
        _theta: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        cost
    }
}

impl Vjps for Flex {
    fn relax_vjp(
        soft: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        tau: TemperatureOf<Self>,
        relaxation: Relaxation,
    ) -> FloatTensor<Self> {
        let (dy, shape, tau) = (dy.to_contiguous(), soft.shape(), tau.map(numbers));
        let tau = core_temperature(&tau);
        in_type_of!(soft, |T| {
            let (soft, dy) = (slice::<T>(&soft), slice::<T>(&dy));
            let mut dlogits = vec![T::default(); soft.len()];
            match (relaxation.choice, relaxation.form) {
                (Choice::Classes(axis), Form::Log) => {
                    gumbel_log_softmax_vjp_into(soft, dy, axis, tau, &mut dlogits)
                }
                (Choice::Classes(axis), _) => {
                    gumbel_softmax_vjp_into(soft, dy, axis, tau, &mut dlogits)
                }
                (Choice::Binary, _) => binary_concrete_vjp_into(soft, dy, tau, &mut dlogits),
            }
            .expect(CHECKED);
            tensor(dlogits, shape)
        })
    }

    fn relax_vjp_tau(
        soft: FloatTensor<Self>,
        dlogits: FloatTensor<Self>,
        tau: FloatTensor<Self>,
        relaxation: Relaxation,
    ) -> FloatTensor<Self> {
        let shape = tau.shape();
        let rows = match relaxation.choice {
            Choice::Classes(axis) => soft.shape().num_elements() / axis.classes(),
            Choice::Binary => shape.num_elements(),
        };
        let mut dtau = vec![0.0; rows];
        in_type_of!(soft, |T| {
            let (soft, dlogits) = (slice::<T>(&soft), slice::<T>(&dlogits));
            match (relaxation.choice, relaxation.form) {
                (Choice::Classes(axis), Form::Log) => {
                    gumbel_log_softmax_vjp_tau_into(soft, dlogits, axis, &mut dtau)
                }
                (Choice::Classes(axis), _) => {
                    gumbel_softmax_vjp_tau_into(soft, dlogits, axis, &mut dtau)
                }
                (Choice::Binary, _) => binary_concrete_vjp_tau_into(soft, dlogits, &mut dtau),
            }
            .expect(CHECKED);
            if shape.num_elements() == 1 {
                dtau = vec![dtau.iter().sum()];
            }
            tensor(dtau.into_iter().map(T::from_f64).collect::<Vec<T>>(), shape)
        })
    }

    fn bernoulli_nll_vjp(
        mean: FloatTensor<Self>,
        x: FloatTensor<Self>,
        dnll: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (x, dnll) = (x.to_contiguous(), dnll.to_contiguous());
        let (shape, d) = (mean.shape(), last(&mean));
        in_type_of!(mean, |T| {
            let (mean, x, dnll) = (slice::<T>(&mean), slice::<T>(&x), slice::<T>(&dnll));
            let mut dlogits = vec![T::default(); mean.len()];
            likelihood::bernoulli_nll_vjp_into(mean, x, dnll, d, &mut dlogits).expect(CHECKED);
            tensor(dlogits, shape)
        })
    }

    fn categorical_kl_vjp(
        posterior: FloatTensor<Self>,
        prior: FloatTensor<Self>,
        dkl: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (posterior, prior) = (posterior.to_contiguous(), prior.to_contiguous());
        let (dkl, k) = (dkl.to_contiguous(), last(&prior));
        let (posterior_shape, prior_shape) = (posterior.shape(), prior.shape());
        in_type_of!(posterior, |T| {
            let (q, p, dkl) = (slice::<T>(&posterior), slice::<T>(&prior), slice::<T>(&dkl));
            let (mut dq, mut dp) = (vec![T::default(); q.len()], vec![T::default(); p.len()]);
            likelihood::categorical_kl_vjp_into(q, p, dkl, k, &mut dq, &mut dp).expect(CHECKED);
            (tensor(dq, posterior_shape), tensor(dp, prior_shape))
        })
    }

    fn pass_vjp(
        logits: FloatTensor<Self>,
        hard: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        passage: Passage,
    ) -> FloatTensor<Self> {
        let (logits, hard, dy) = (logits.to_contiguous(), hard.to_contiguous(), dy.to_contiguous());
        let (shape, k) = (logits.shape(), last(&logits));
        in_type_of!(logits, |T| {
            let (logits, hard, dy) = (slice::<T>(&logits), slice::<T>(&hard), slice::<T>(&dy));
            tensor(passage.vjp(logits, hard, dy, k).expect(CHECKED), shape)
        })
    }
}
