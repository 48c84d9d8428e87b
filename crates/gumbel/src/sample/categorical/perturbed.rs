//! Perturbed logits at any temperature, and the draws from narrow rows: sixteen rows at a time, as columns.
//!
//! The loops are plain `f64`, compiled for the level of the machine, so every level gives the same bits.

use fearless_simd::dispatch;
use fearless_simd::prelude::*;

use super::Categorical;
use super::draw::REFUSED;
use super::gumbel_max::PassBuffers;
use crate::real::Real;
use crate::simd;
use crate::simd::double::ln_in_place;
use crate::simd::draw::envelope::difference;

/// Rows that are drawn together.
pub(super) const ROWS: usize = 16;
/// Classes of the widest row that is drawn with others.
pub(super) const NARROW: usize = 32;

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
    const PART: usize = 64;
    let mut kept = [0.0; PART];
    for w in w.chunks_mut(PART) {
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
    values: [[f64; ROWS]; NARROW],
}

impl<T: Real> Narrow<T> {
    pub(super) fn new() -> Self {
        Self { noise: [[T::default(); ROWS]; NARROW], values: [[0.0; ROWS]; NARROW] }
    }

    /// Writes the noise of rows that lie one after the other.
    pub(super) fn transpose_noise(&mut self, noise: &[T], classes: usize) {
        for (row, noise) in noise.chunks_exact(classes).enumerate() {
            self.set_noise(row, noise);
        }
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
    /// Draws up to sixteen rows from `first` on, neighbours in memory, whose noise is in the buffers.
    pub(super) fn pick_narrow(
        &self,
        first: usize,
        buffers: &mut PassBuffers<T>,
        out: &mut [usize],
    ) {
        let (classes, stride, here) = (self.classes(), self.axis.stride(), out.len());
        let start = self.axis.first_index(first);
        let columns = &mut buffers.narrow.values[..classes];
        // A masked class, and a row that is not there, have weight 0.
        let nothing = self.kind.scale(self.tau).nothing();
        let masked = |x: &T, allowed: bool| if allowed { x.to_f64() } else { nothing };
        columns.as_flattened_mut().fill(nothing);
        if stride > 1 {
            for (class, column) in columns.iter_mut().enumerate() {
                let at = start + class * stride..start + class * stride + here;
                let pairs = column.iter_mut().zip(&self.values[at.clone()]);
                match self.mask {
                    None => pairs.for_each(|(to, x)| *to = x.to_f64()),
                    Some(mask) if mask.len() == classes => {
                        pairs.for_each(|(to, x)| *to = masked(x, mask[class]));
                    }
                    Some(mask) => {
                        pairs.zip(&mask[at]).for_each(|((to, x), &m)| *to = masked(x, m));
                    }
                }
            }
        } else {
            let rows = self.values[start..start + here * classes].chunks_exact(classes);
            for (row, values) in rows.enumerate() {
                let pairs = columns.iter_mut().zip(values);
                let Some(mask) = self.mask else {
                    pairs.for_each(|(column, x)| column[row] = x.to_f64());
                    continue;
                };
                let at = if mask.len() == classes { 0 } else { start + row * classes };
                let mask = &mask[at..at + classes];
                pairs.zip(mask).for_each(|((column, x), &m)| column[row] = masked(x, m));
            }
        }
        let mut good = [true; ROWS];
        for column in &*columns {
            for (good, x) in good.iter_mut().zip(column) {
                *good &= self.kind.allows(*x);
            }
        }
        let picked = self.picks(&mut buffers.narrow);
        for (row, out) in out.iter_mut().enumerate() {
            *out = if good[row] && picked[row] >= 0.0 { picked[row] as usize } else { REFUSED };
        }
        if self.kind.normalised() {
            let mut gathered = super::Gathered::default();
            for (row, out) in out.iter_mut().enumerate() {
                let row = self.row(first + row, &mut gathered);
                if row.check_normalised(&mut buffers.scratch).is_err() {
                    *out = REFUSED;
                }
            }
        }
    }

    /// The class of the largest perturbed logit of each column; -1 if none is above -inf.
    fn picks(&self, narrow: &mut Narrow<T>) -> [f64; ROWS] {
        let (tau, linear, classes) = (self.tau, self.kind.linear(), self.classes());
        let Narrow { noise, values } = narrow;
        let (noise, values) = (&noise[..classes], &mut values[..classes]);
        dispatch!(simd::level(), simd => {
            let mut top = [f64::NEG_INFINITY; ROWS];
            for column in &*values {
                for (top, x) in top.iter_mut().zip(column) {
                    *top = if *x > *top { *x } else { *top };
                }
            }
            if linear {
                ln_weights::<_, T>(simd, &mut top);
                ln_weights::<_, T>(simd, values.as_flattened_mut());
            }
            match Rule::new(tau, linear) {
                Rule::Plain => largest(values, &top, noise, plain),
                Rule::Cold => largest(
                    values,
                    &top,
                    noise,
                    #[inline(always)]
                    |l, top, g| cold(l, top, tau, g),
                ),
                Rule::Warm => largest(
                    values,
                    &top,
                    noise,
                    #[inline(always)]
                    |l, top, g| warm(l, top, tau, g),
                ),
            }
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
