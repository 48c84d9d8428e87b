//! The fused operations of choices on Flex: calls into the `gumbel` crate over the tensors' own memory.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{DType, Shape, TensorData};
use gumbel::Real;
use gumbel::relax::{
    binary_concrete_into, binary_concrete_vjp_into, binary_concrete_vjp_tau_into,
    gumbel_log_softmax_into, gumbel_log_softmax_vjp_into, gumbel_log_softmax_vjp_tau_into,
    gumbel_softmax_into, gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau_into,
    straight_through_binary_concrete_into, straight_through_gumbel_softmax_into,
};

use super::{Choice, Draw, Form, RelaxationOps, RelaxationVjps};
use crate::backend::flex::{CHECKED, Number, in_type_of, slice, tensor};

/// Given noise as one piece of memory. A keyed draw has the logits in that place: they are not copied again.
fn given(draw: Draw, noise: FlexTensor) -> FlexTensor {
    if draw.key.is_none() { noise.to_contiguous() } else { noise }
}

/// The noise of a draw as the core takes it; a given tensor is contiguous.
fn core_noise<T: Number>(draw: Draw, noise: &FlexTensor) -> gumbel::Noise<'_, T> {
    match draw.key {
        Some((key, offset)) => gumbel::Noise::Keyed { key, offset },
        None => gumbel::Noise::Given(slice(noise)),
    }
}

/// The temperatures of a draw.
fn temperatures(draw: Draw, taus: FlexTensor) -> Vec<f64> {
    if let Some(tau) = draw.tau {
        return vec![tau];
    }
    let taus = taus.to_contiguous();
    in_type_of!(taus, |T| { slice::<T>(&taus).iter().map(|&tau| Real::to_f64(tau)).collect() })
}

/// Temperatures as the core takes them.
fn core_temperature(taus: &[f64]) -> gumbel::Temperature<'_> {
    match taus {
        &[tau] => gumbel::Temperature::Scalar(tau),
        taus => gumbel::Temperature::PerRow(taus),
    }
}

/// The verdict on logits that have been checked already.
fn allowed() -> FlexTensor {
    FlexTensor::from_data(TensorData::new(vec![0_i32], Shape::new([1])))
}

impl RelaxationOps for Flex {
    fn relax(
        logits: FloatTensor<Self>,
        taus: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, IntTensor<Self>) {
        let (logits, noise) = (logits.to_contiguous(), given(draw, noise));
        let (shape, hard) = (logits.shape(), form == Form::Hard);
        let taus = temperatures(draw, taus);
        let tau = core_temperature(&taus);
        in_type_of!(logits, |T| {
            let (logits, noise) = (slice::<T>(&logits), core_noise::<T>(draw, &noise));
            let mut hard_sample = vec![T::default(); if hard { logits.len() } else { 0 }];
            let mut soft = vec![T::default(); logits.len()];
            let (out, kept) = (&mut hard_sample[..], &mut soft[..]);
            match (draw.choice, form) {
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
            (sample, soft, allowed())
        })
    }

    fn gumbel_max(
        logits: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        draw: Draw,
        dim: usize,
    ) -> (IntTensor<Self>, IntTensor<Self>) {
        let (logits, noise) = (logits.to_contiguous(), given(draw, noise));
        let Choice::Classes(axis) = draw.choice else { panic!("{CHECKED}") };
        let mut shape = logits.shape();
        shape[dim] = 1;
        in_type_of!(logits, |T| {
            let noise = core_noise::<T>(draw, &noise);
            let classes = gumbel::gumbel_max(slice::<T>(&logits), axis, noise).expect(CHECKED);
            let classes: Vec<i64> = classes.into_iter().map(|class| class as i64).collect();
            (FlexTensor::from_data(TensorData::new(classes, shape)), allowed())
        })
    }
}

impl RelaxationVjps for Flex {
    fn relax_vjp(
        soft: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        taus: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> FloatTensor<Self> {
        let (dy, shape, taus) = (dy.to_contiguous(), soft.shape(), temperatures(draw, taus));
        let tau = core_temperature(&taus);
        in_type_of!(soft, |T| {
            let (soft, dy) = (slice::<T>(&soft), slice::<T>(&dy));
            let mut dlogits = vec![T::default(); soft.len()];
            match (draw.choice, form) {
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
        taus: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> FloatTensor<Self> {
        let shape = taus.shape();
        let rows = match draw.choice {
            Choice::Classes(axis) => soft.shape().num_elements() / axis.classes(),
            Choice::Binary => shape.num_elements(),
        };
        let mut dtau = vec![0.0; rows];
        in_type_of!(soft, |T| {
            let (soft, dlogits) = (slice::<T>(&soft), slice::<T>(&dlogits));
            match (draw.choice, form) {
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
}
