//! The functions on a graphics card against the same functions on the processor.
//!
//! Without a card, a software driver of Vulkan serves (Mesa's lavapipe). `GUMBEL_LEVEL=sse4_2` with the feature `levels`
//! makes the processor round as a card without fused multiply-add does; then noise and choices have equal bits.
#![cfg(feature = "wgpu")]

mod checks;
mod choices;
mod estimators;
mod layout;
mod samples;

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::{Key, noise};

fn card() -> Device {
    Device::wgpu(Default::default()).autodiff()
}

fn processor() -> Device {
    Device::flex().autodiff()
}

/// Whether both round alike, so that their noise has the same bits.
fn alike() -> bool {
    gumbel_burn::fuses_multiply_add(&card()) == gumbel_burn::fuses_multiply_add(&processor())
}

fn logistic(n: usize, seed: u64) -> Vec<f32> {
    let mut x = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut x);
    x
}

/// Logits of classes along an axis, with impossible classes, the first of a row never among them.
fn masked_logits(shape: &[usize], dim: usize, seed: u64) -> Vec<f32> {
    let stride: usize = shape[dim + 1..].iter().product();
    let mut l = logistic(shape.iter().product(), seed);
    let first = |i: usize| (i / stride).is_multiple_of(shape[dim]);
    let hidden = l.iter_mut().enumerate().filter(|(i, _)| i % 7 == 3 && !first(*i));
    hidden.for_each(|(_, l)| *l = f32::NEG_INFINITY);
    l
}

fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

fn values<const D: usize>(t: Tensor<D>) -> Vec<f32> {
    t.into_data().try_to_vec().unwrap()
}
