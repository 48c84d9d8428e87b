//! The same as `relax` along an axis that is not the last: neighbouring rows are neighbours in memory,
//! so sixteen of them are read as columns without turning.

use alloc::vec;
use alloc::vec::Vec;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::axis::Axis;
use crate::noise::Noise;
use crate::simd::columns::{self, Columns, NARROW};
use crate::simd::long;
use crate::simd::math::Decay;
use crate::simd::noise::Gumbel;
use crate::simd::perturb::{ColumnTops, perturb};
use crate::simd::picks::Picks;
use crate::simd::relax::GumbelRows;
use crate::simd::rows::LANES;

/// One block `[k, stride]` after the other.
pub(crate) fn gumbel_rows(work: GumbelRows<'_>) {
    let n = work.len();
    let GumbelRows { level, logits, axis, noise, tau, mut y, mut picks, .. } = work;
    let (k, stride) = (axis.classes(), axis.stride());
    let decay = Decay::new(tau);
    let mut scratch = Vec::new();
    if y.is_none() {
        scratch.resize((k * stride).min(n), 0.0);
    }
    let mut tops = vec![0.0; stride + LANES];
    for start in (0..n).step_by(k * stride) {
        let here = start..start + k * stride;
        let l = logits.map(|l| &l[here.clone()]);
        let (z, soft) = match y.as_deref_mut() {
            Some(y) => (&mut y[here], true),
            None => (&mut scratch[..], false),
        };
        let mut picks = picks.part(start / k, stride, k);
        dispatch!(level, simd => {
            largest(simd, l.unwrap_or(&*z), stride, &mut tops);
            perturb::<_, Gumbel>(simd, noise.after(start), l, ColumnTops::new(&tops), z);
            if k <= NARROW {
                block(simd, z, k, stride, decay, soft, &mut picks);
            }
        });
        if k > NARROW {
            wide_rows(level, z, axis, tau, soft, &mut picks);
        }
    }
}

/// The largest logit of each row of one block `[k, stride]`, and then the same from the first row on.
#[inline(always)]
fn largest<S: Simd>(simd: S, l: &[f32], stride: usize, tops: &mut [f32]) {
    for first in (0..stride).step_by(LANES) {
        let here = LANES.min(stride - first);
        let mut top = f32x16::splat(simd, f32::NEG_INFINITY);
        for l in l.chunks_exact(stride) {
            top = top.max(lanes(simd, &l[first..first + here]));
        }
        tops[first..first + here].copy_from_slice(&top.as_array()[..here]);
    }
    for i in stride..tops.len() {
        tops[i] = tops[i - stride];
    }
}

/// Up to sixteen neighbours; 0 in the lanes that are left.
#[inline(always)]
fn lanes<S: Simd>(simd: S, part: &[f32]) -> f32x16<S> {
    if part.len() == LANES {
        return f32x16::from_slice(simd, part);
    }
    let mut lanes = [0.0; LANES];
    lanes[..part.len()].copy_from_slice(part);
    f32x16::simd_from(simd, lanes)
}

/// The rows of one block of z, each through a copy.
fn wide_rows(level: Level, z: &mut [f32], axis: Axis, tau: f64, soft: bool, picks: &mut Picks<'_>) {
    let (k, stride) = (axis.classes(), axis.stride());
    let (nothing, mut row, mut y) = (vec![0.0; k], vec![0.0; k], vec![0.0; k]);
    for first in 0..stride {
        for (class, out) in row.iter_mut().enumerate() {
            *out = z[class * stride + first];
        }
        let to = soft.then_some(&mut y[..]);
        let class = long::row(level, Noise::Given(&nothing), Some(&row), 0.0, tau, to);
        picks.set(first, class, class * stride + first);
        if soft {
            for (class, y) in y.iter().enumerate() {
                z[class * stride + first] = *y;
            }
        }
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
    let mut columns: Columns<S> = [f32x16::splat(simd, 0.0); NARROW];
    for first in (0..stride).step_by(LANES) {
        let here = LANES.min(stride - first);
        for (class, column) in columns[..k].iter_mut().enumerate() {
            *column = lanes(simd, &z[class * stride + first..][..here]);
        }
        let max = columns::max(simd, &columns[..k]);
        if picks.wanted() {
            let winners = columns::argmax(simd, &columns[..k], max);
            picks.set_rows(first, &winners[..here], |row, class| class * stride + row);
        }
        if soft {
            let sum = columns::exp(simd, &mut columns[..k], max, decay);
            let factor = f32x16::splat(simd, 1.0) / sum;
            for (class, column) in columns[..k].iter().enumerate() {
                let y = *column * factor;
                let z = &mut z[class * stride + first..][..here];
                if here == LANES {
                    y.store_slice(z);
                } else {
                    z.copy_from_slice(&y.as_array()[..here]);
                }
            }
        }
    }
}
