//! Perturbed logits at any temperature, and the draws from narrow rows: sixteen rows at a time, as columns.
//!
//! The loops are plain `f64`, compiled for the level of the machine, so every level gives the same bits.

use fearless_simd::dispatch;
use fearless_simd::prelude::*;

use super::draw::REFUSED;
use super::{Categorical, Gathered, Scratch};
use crate::real::Real;
use crate::simd;
use crate::simd::double::{BLOCK, ln_in_place};
use crate::simd::draw::envelope::difference;
use crate::simd::lanes::LANES;
/// Classes of the widest row that is drawn with others.
pub(super) use crate::simd::relax::columns::NARROW;

/// Rows that are drawn together.
pub(super) const ROWS: usize = LANES;

/// The formula of a perturbed logit, up to a factor that is the same for all classes. A difference divided by a small
/// temperature could overflow: there the noise is multiplied by the temperature instead.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// Logits at a temperature of 1.
    Plain,
    /// A temperature up to 1; weights at a temperature of 1.
    Cold,
    /// A temperature above 1.
    Warm,
}

impl Rule {
    pub(super) fn new(tau: f64, linear: bool) -> Self {
        match (tau == 1.0 && !linear, tau <= 1.0) {
            (true, _) => Self::Plain,
            (false, true) => Self::Cold,
            (false, false) => Self::Warm,
        }
    }
}

/// (l - top) + g, rounded to T where [`gumbel_max`](crate::gumbel_max) rounds it.
#[inline(always)]
pub(super) fn plain<T: Real>(l: f64, top: f64, g: T) -> f64 {
    ((T::from_f64(l) - T::from_f64(top)) + g).to_f64()
}

/// (l - top) + tau g
#[inline(always)]
pub(super) fn cold<T: Real>(l: f64, top: f64, tau: f64, g: T) -> f64 {
    (l - top) + tau * g.to_f64()
}

/// (l - top) / tau + g
#[inline(always)]
pub(super) fn warm<T: Real>(l: f64, top: f64, tau: f64, g: T) -> f64 {
    difference(l, top, tau) + g.to_f64()
}

/// Replaces weights of type T by their logarithms, and 0 by -inf.
#[inline(always)]
pub(super) fn ln_weights<S: Simd, T: Real>(simd: S, w: &mut [f64]) {
    let mut kept = [0.0; BLOCK];
    for w in w.chunks_mut(BLOCK) {
        let kept = &mut kept[..w.len()];
        kept.copy_from_slice(w);
        let mut subnormal = false;
        for w in &mut *w {
            subnormal |= *w > 0.0 && *w < f64::MIN_POSITIVE;
            *w = if *w >= f64::MIN_POSITIVE { *w } else { 1.0 };
        }
        ln_in_place(simd, w);
        for (l, w) in w.iter_mut().zip(&*kept) {
            *l = if *w > 0.0 { *l } else { f64::NEG_INFINITY };
        }
        if subnormal {
            for (l, &w) in w.iter_mut().zip(&*kept) {
                *l = if w > 0.0 { T::ln_weight(w) } else { *l };
            }
        }
    }
}

/// Sixteen rows as columns: for each class, the numbers of all rows.
pub(super) struct Narrow<T> {
    pub(super) noise: [[T; ROWS]; NARROW],
    values: [[T; ROWS]; NARROW],
    /// The rows one after the other, and room for another sixteen numbers.
    rows: [T; ROWS * NARROW + ROWS],
    /// The logits.
    l: [[f64; ROWS]; NARROW],
}

impl<T: Real> Narrow<T> {
    pub(super) fn new() -> Self {
        let zero = T::default();
        Self {
            noise: [[zero; ROWS]; NARROW],
            values: [[zero; ROWS]; NARROW],
            rows: [zero; _],
            l: [[0.0; ROWS]; NARROW],
        }
    }

    /// Writes the noise of rows that lie one after the other.
    pub(super) fn transpose_noise(&mut self, noise: &[T], classes: usize) {
        self.rows[..noise.len()].copy_from_slice(noise);
        T::transpose(&self.rows, classes, &mut self.noise);
    }

    /// Writes the noise of one row.
    #[inline(always)]
    pub(super) fn set_noise(&mut self, row: usize, noise: &[T]) {
        for (column, g) in self.noise.iter_mut().zip(noise) {
            column[row] = *g;
        }
    }
}

impl<T: Real> Categorical<'_, T> {
    /// Draws up to sixteen rows from `first` on, neighbours in memory, whose noise is in `narrow`.
    pub(super) fn pick_narrow(&self, first: usize, narrow: &mut Narrow<T>, out: &mut [usize]) {
        let (classes, stride, here) = (self.classes(), self.axis.stride(), out.len());
        let start = self.axis.first_index(first);
        let Narrow { rows, values, .. } = narrow;
        // A masked class has weight 0. What is in the lanes without a row does not matter.
        let nothing = T::from_f64(self.kind.scale(self.tau).nothing());
        let masked = |x: T, allowed: bool| if allowed { x } else { nothing };
        if stride > 1 {
            for (class, column) in values[..classes].iter_mut().enumerate() {
                let at = start + class * stride..start + class * stride + here;
                let pairs = column.iter_mut().zip(&self.values[at.clone()]);
                match self.mask {
                    None => pairs.for_each(|(to, x)| *to = *x),
                    Some(mask) if mask.len() == classes => {
                        pairs.for_each(|(to, x)| *to = masked(*x, mask[class]));
                    }
                    Some(mask) => {
                        pairs.zip(&mask[at]).for_each(|((to, x), &m)| *to = masked(*x, m));
                    }
                }
            }
        } else {
            let at = start..start + here * classes;
            rows[..at.len()].copy_from_slice(&self.values[at.clone()]);
            match self.mask {
                None => {}
                Some(mask) if mask.len() == classes => {
                    for row in rows[..at.len()].chunks_exact_mut(classes) {
                        row.iter_mut().zip(mask).for_each(|(x, &m)| *x = masked(*x, m));
                    }
                }
                Some(mask) => {
                    rows.iter_mut().zip(&mask[at]).for_each(|(x, &m)| *x = masked(*x, m));
                }
            }
            T::transpose(rows, classes, values);
        }
        let picked = self.picks(narrow);
        for (picked, out) in picked.iter().zip(&mut *out) {
            *out = if *picked >= 0.0 { *picked as usize } else { REFUSED };
        }
        if self.kind.normalised() {
            let (mut scratch, mut gathered) = (Scratch::new(), Gathered::default());
            for (row, out) in out.iter_mut().enumerate() {
                let row = self.row(first + row, &mut gathered);
                if row.check_normalised(&mut scratch).is_err() {
                    *out = REFUSED;
                }
            }
        }
    }

    /// The class of the largest perturbed logit of each column; -1 if none is above -inf, or if a value is not allowed.
    fn picks(&self, narrow: &mut Narrow<T>) -> [f64; ROWS] {
        let (tau, linear, classes) = (self.tau, self.kind.linear(), self.classes());
        let Narrow { noise, values, l, .. } = narrow;
        let (noise, values, l) = (&noise[..classes], &values[..classes], &mut l[..classes]);
        let least = if linear { 0.0 } else { f64::NEG_INFINITY };
        dispatch!(simd::level(), simd => {
            let (mut top, mut good) = ([f64::NEG_INFINITY; ROWS], [1.0; ROWS]);
            for (column, l) in values.iter().zip(&mut *l) {
                for row in 0..ROWS {
                    let x = column[row].to_f64();
                    l[row] = x;
                    top[row] = if x > top[row] { x } else { top[row] };
                    // False for NaN and infinity.
                    good[row] = if x >= least && x <= f64::MAX { good[row] } else { 0.0 };
                }
            }
            if linear {
                ln_weights::<_, T>(simd, &mut top);
                ln_weights::<_, T>(simd, l.as_flattened_mut());
            }
            let mut picked = match Rule::new(tau, linear) {
                Rule::Plain => largest(l, &top, noise, plain),
                Rule::Cold => largest(
                    l,
                    &top,
                    noise,
                    #[inline(always)]
                    |l, top, g| cold(l, top, tau, g),
                ),
                Rule::Warm => largest(
                    l,
                    &top,
                    noise,
                    #[inline(always)]
                    |l, top, g| warm(l, top, tau, g),
                ),
            };
            for (picked, good) in picked.iter_mut().zip(good) {
                *picked = if good > 0.0 { *picked } else { -1.0 };
            }
            picked
        })
    }
}

/// The class of the largest z of each column, the first of equal ones; -1 if none is above -inf.
#[inline(always)]
fn largest<T: Real>(
    l: &[[f64; ROWS]],
    top: &[f64; ROWS],
    noise: &[[T; ROWS]],
    z: impl Fn(f64, f64, T) -> f64,
) -> [f64; ROWS] {
    let (mut best, mut picked) = ([f64::NEG_INFINITY; ROWS], [-1.0; ROWS]);
    for (class, (l, g)) in l.iter().zip(noise).enumerate() {
        for row in 0..ROWS {
            let z = z(l[row], top[row], g[row]);
            let above = z > best[row];
            best[row] = if above { z } else { best[row] };
            picked[row] = if above { class as f64 } else { picked[row] };
        }
    }
    picked
}
