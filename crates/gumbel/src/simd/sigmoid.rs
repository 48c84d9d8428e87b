//! Binary Concrete in `f32`: y = sigmoid((l + L) / tau), and its vector-Jacobian product.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::noise::Noise;
use crate::simd::math::{self, Decay};
use crate::simd::noise::Logistic;
use crate::simd::relax::add_noise;
use crate::simd::rows::LANES;

const BLOCK: usize = 1024;

/// y of each element into `soft`, and 1 where z > 0 into `hard`, where it is wanted.
pub(crate) fn binary(
    level: Level,
    logits: &[f32],
    noise: Noise<'_, f32>,
    tau: f64,
    soft: &mut [f32],
    hard: Option<&mut [f32]>,
) {
    let decay = Decay::new(tau);
    dispatch!(level, simd => binary_in(simd, logits, noise, decay, soft, hard));
}

#[inline(always)]
fn binary_in<S: Simd>(
    simd: S,
    logits: &[f32],
    noise: Noise<'_, f32>,
    decay: Decay,
    soft: &mut [f32],
    mut hard: Option<&mut [f32]>,
) {
    let decay = decay.splat(simd);
    for (number, l) in logits.chunks(BLOCK).enumerate() {
        let start = number * BLOCK;
        let z = &mut soft[start..start + l.len()];
        add_noise::<S, Logistic>(simd, noise.after(start), l, z);
        if let Some(hard) = hard.as_deref_mut() {
            for (hard, z) in hard[start..].iter_mut().zip(z.iter()) {
                *hard = if *z > 0.0 { 1.0 } else { 0.0 };
            }
        }
        let mut vectors = z.chunks_exact_mut(LANES);
        for part in &mut vectors {
            sigmoid(simd, f32x16::from_slice(simd, part), decay).store_slice(part);
        }
        let rest = vectors.into_remainder();
        let mut padded = [0.0; LANES];
        padded[..rest.len()].copy_from_slice(rest);
        let y = sigmoid(simd, f32x16::simd_from(simd, padded), decay);
        rest.copy_from_slice(&y.as_array()[..rest.len()]);
    }
}

/// 1 / (1 + e^(-z / tau)), without overflow at either end.
#[inline(always)]
fn sigmoid<S: Simd>(simd: S, z: f32x16<S>, decay: [f32x16<S>; 2]) -> f32x16<S> {
    let one = f32x16::splat(simd, 1.0);
    let e = math::exp(simd, -z.abs(), decay);
    z.simd_lt(f32x16::splat(simd, 0.0)).select(e, one) / (one + e)
}
