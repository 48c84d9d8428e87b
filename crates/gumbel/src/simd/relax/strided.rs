//! Gumbel-Softmax and Gumbel-max along an axis that is not the last. Neighbouring rows are neighbours in
//! memory, so sixteen rows are read as columns without a transposition.

use alloc::vec;
use alloc::vec::Vec;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use super::RowsAtLevel;
use super::columns::{self, Columns, NARROW};
use crate::axis::Axis;
use crate::kernel::winners::Winners;
use crate::kernel::work::{Buffers, Form, GumbelRows};
use crate::noise::source::Noise;
use crate::parallel::Work;
use crate::simd::lanes::{LANES, load, store};
use crate::simd::math::Decays;
use crate::simd::noise::Gumbel;
use crate::simd::noise::perturb::{ColumnMaxima, perturb};
use crate::temperature::Temperature;

/// Runs [`Kernel::gumbel_rows`](crate::kernel::Kernel::gumbel_rows) on one block `[k, stride]` after the other.
pub(crate) fn gumbel_rows(level: Level, work: GumbelRows<'_, f32>) {
    let GumbelRows { axis, tau, noise, mut buffers, form, mut winners, .. } = work;
    let (n, k, stride) = (buffers.len(), axis.classes(), axis.stride());
    let form = buffers.soft_is_wanted().then_some(form);
    let (mut scratch, mut picks) = (Vec::new(), Vec::new());
    match (form, &winners) {
        // z is in the buffer of the one-hot rows until all classes of its block are picked.
        (None, Winners::OneHot(_)) => picks.resize(stride, 0),
        (None, _) => scratch.resize((k * stride).min(n), 0.0),
        _ => {}
    }
    let mut maxima = vec![0.0; stride + LANES];
    for start in (0..n).step_by(k * stride) {
        let block = start..start + k * stride;
        let (tau, noise) = (tau.after(start / k), noise.after(start));
        if let (None, Winners::OneHot(hard)) = (form, &mut winners) {
            let (l, hard) = (&buffers.logits()[block.clone()], &mut hard[block]);
            let winners = Winners::Index(&mut picks);
            relax_or_pick(level, Some(l), hard, noise, &mut maxima, (axis, tau, None), winners);
            hard.fill(0.0);
            for (row, class) in picks.iter().enumerate() {
                hard[class * stride + row] = 1.0;
            }
            continue;
        }
        let (l, z) = buffers.logits_and_z(block, &mut scratch);
        let winners = winners.part(start / k, stride, k);
        relax_or_pick(level, l, z, noise, &mut maxima, (axis, tau, form), winners);
    }
}

/// Computes z of one block `[k, stride]`, from the logits `l` or in their place. Relaxes its rows or picks from them.
fn relax_or_pick(
    level: Level,
    l: Option<&[f32]>,
    z: &mut [f32],
    noise: Noise<'_, f32>,
    maxima: &mut [f32],
    (axis, tau, form): (Axis, Temperature<'_>, Option<Form>),
    mut winners: Winners<'_, f32>,
) {
    let (k, stride) = (axis.classes(), axis.stride());
    dispatch!(level, simd => {
        column_tops(simd, l.unwrap_or(&*z), stride, maxima);
        perturb::<_, Gumbel>(simd, noise, l, ColumnMaxima::new(maxima), z);
        if k <= NARROW {
            relax_block(simd, z, [k, stride], tau, form, &mut winners);
        }
    });
    if k > NARROW {
        wide_rows(level, z, axis, tau, form, &mut winners);
    }
}

/// Writes the largest logit of each row of one block `[k, stride]` to `maxima`, then repeats them from the first row
/// on.
#[inline(always)]
fn column_tops<S: Simd>(simd: S, l: &[f32], stride: usize, maxima: &mut [f32]) {
    for first in (0..stride).step_by(LANES) {
        let here = LANES.min(stride - first);
        let mut top = f32x16::splat(simd, f32::NEG_INFINITY);
        for l in l.chunks_exact(stride) {
            top = top.max(load(simd, &l[first..first + here], 0.0));
        }
        store(top, &mut maxima[first..first + here]);
    }
    for i in stride..maxima.len() {
        maxima[i] = maxima[i - stride];
    }
}

/// Elements of the rows that are copied together, about.
const COPIED: usize = 1 << 14;

/// Relaxes the rows of one block of z, or picks from them, through contiguous copies of up to sixteen rows: a line of
/// the cache holds one class of sixteen.
fn wide_rows(
    level: Level,
    z: &mut [f32],
    axis: Axis,
    tau: Temperature<'_>,
    form: Option<Form>,
    winners: &mut Winners<'_, f32>,
) {
    let (k, stride) = (axis.classes(), axis.stride());
    let together = (COPIED / k).clamp(1, LANES).min(stride);
    let (no_noise, mut copies) = (vec![0.0; together * k], vec![0.0; together * k]);
    let (maxima, mut picked) = ([0.0; LANES], [0; LANES]);
    for first in (0..stride).step_by(together) {
        let here = together.min(stride - first);
        for (class, z) in z.chunks_exact(stride).enumerate() {
            for (row, z) in z[first..first + here].iter().enumerate() {
                copies[row * k + class] = *z;
            }
        }
        let copies = &mut copies[..here * k];
        let wanted = winners.wanted();
        let rows = GumbelRows {
            axis: k.into(),
            tau: tau.after(first),
            noise: Noise::Given(&no_noise[..here * k]),
            maxima: &maxima[..here],
            form: form.unwrap_or(Form::Soft),
            buffers: match form {
                Some(_) => Buffers::InPlace(copies),
                None => Buffers::Logits(copies),
            },
            winners: match wanted {
                true => Winners::Index(&mut picked[..here]),
                false => Winners::Unwanted,
            },
        };
        RowsAtLevel { level, rows }.run();
        if wanted {
            for (row, &class) in picked[..here].iter().enumerate() {
                winners.set(first + row, class, class * stride + first + row);
            }
        }
        if form.is_some() {
            for (class, z) in z.chunks_exact_mut(stride).enumerate() {
                for (row, z) in z[first..first + here].iter_mut().enumerate() {
                    *z = copies[row * k + class];
                }
            }
        }
    }
}

/// Relaxes the rows of one block `[k, stride]` of z in place, or picks from them.
#[inline(always)]
fn relax_block<S: Simd>(
    simd: S,
    z: &mut [f32],
    [k, stride]: [usize; 2],
    tau: Temperature<'_>,
    form: Option<Form>,
    winners: &mut Winners<'_, f32>,
) {
    let decay = Decays::new(simd, tau);
    let mut columns: Columns<S> = [f32x16::splat(simd, 0.0); NARROW];
    for first in (0..stride).step_by(LANES) {
        let here = LANES.min(stride - first);
        for (class, column) in columns[..k].iter_mut().enumerate() {
            *column = load(simd, &z[class * stride + first..][..here], 0.0);
        }
        let max = columns::max(simd, &columns[..k]);
        if winners.wanted() {
            let classes = columns::argmax(simd, &columns[..k], max);
            winners.set_rows(first, &classes[..here], |row, class| class * stride + row);
        }
        if let Some(form) = form {
            let decay = decay.of_rows(simd, first);
            let factor = columns::relax(simd, &mut columns[..k], form, max, decay);
            for (class, column) in columns[..k].iter().enumerate() {
                store(*column * factor, &mut z[class * stride + first..][..here]);
            }
        }
    }
}
