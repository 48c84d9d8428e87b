//! The same as `relax` along an axis that is not the last: neighbouring rows are neighbours in memory,
//! so sixteen of them are read as columns without turning.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::axis::Axis;
use crate::noise::Noise;
use crate::simd::columns::{self, Columns, NARROW};
use crate::simd::math::Decay;
use crate::simd::noise::Gumbel;
use crate::simd::relax::{Picks, add_noise};
use crate::simd::rows::{self, LANES};

/// softmax((l + g) / tau) of the rows along `axis` into `y`, where it is wanted, and the classes picked.
pub(crate) fn gumbel_rows(
    level: Level,
    logits: &[f32],
    axis: Axis,
    noise: Noise<'_, f32>,
    tau: f64,
    mut y: Option<&mut [f32]>,
    mut picks: Picks<'_>,
) {
    let (k, stride) = (axis.classes(), axis.stride());
    let decay = Decay::new(tau);
    let mut scratch = Vec::new();
    if y.is_none() {
        scratch.resize((k * stride).min(logits.len()), 0.0);
    }
    for (number, l) in logits.chunks(k * stride).enumerate() {
        let start = number * k * stride;
        let (z, soft) = match y.as_deref_mut() {
            Some(y) => (&mut y[start..start + l.len()], true),
            None => (&mut scratch[..l.len()], false),
        };
        let mut picks = picks.part(number * stride, stride, k);
        dispatch!(level, simd => {
            add_noise::<_, Gumbel>(simd, noise.after(start), l, z);
            block(simd, z, k, stride, decay, soft, &mut picks);
        });
    }
}

/// The rows of one block `[k, stride]` of z, in place.
#[inline(always)]
fn block<S: Simd>(
    simd: S,
    z: &mut [f32],
    k: usize,
    stride: usize,
    decay: Decay,
    soft: bool,
    picks: &mut Picks<'_>,
) {
    let decay = decay.splat(simd);
    if k > NARROW {
        let mut row = vec![0.0; k];
        for first in 0..stride {
            for (class, out) in row.iter_mut().enumerate() {
                *out = z[class * stride + first];
            }
            let max = rows::max(simd, &row);
            if picks.wanted() {
                let class = rows::position(simd, &row, max);
                picks.set(first, class, class * stride + first);
            }
            if soft {
                rows::softmax(simd, &mut row, max, decay);
                for (class, y) in row.iter().enumerate() {
                    z[class * stride + first] = *y;
                }
            }
        }
        return;
    }
    let mut columns: Columns<S> = [f32x16::splat(simd, 0.0); NARROW];
    for first in (0..stride).step_by(LANES) {
        let here = LANES.min(stride - first);
        for (class, column) in columns[..k].iter_mut().enumerate() {
            let mut lanes = [0.0; LANES];
            lanes[..here].copy_from_slice(&z[class * stride + first..][..here]);
            *column = f32x16::simd_from(simd, lanes);
        }
        let max = columns::max(simd, &columns[..k]);
        if picks.wanted() {
            let winners = columns::argmax(simd, &columns[..k], max);
            for (i, winner) in winners.as_array()[..here].iter().enumerate() {
                let class = *winner as usize;
                picks.set(first + i, class, class * stride + first + i);
            }
        }
        if soft {
            let sum = columns::exp(simd, &mut columns[..k], max, decay);
            let factor = f32x16::splat(simd, 1.0) / sum;
            for (class, column) in columns[..k].iter().enumerate() {
                let y = *column * factor;
                z[class * stride + first..][..here].copy_from_slice(&y.as_array()[..here]);
            }
        }
    }
}
