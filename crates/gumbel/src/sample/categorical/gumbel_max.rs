//! Gumbel-max with a temperature, a mask, weights, or one key for each row.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use fearless_simd::dispatch;
use fearless_simd::prelude::*;

use super::draw::REFUSED;
use super::perturbed::{NARROW, Narrow, ROWS, Rule, cold, ln_weights, plain, warm};
use super::{Categorical, Gathered, Row, Scratch};
use crate::check;
use crate::error::Result;
use crate::key::Key;
use crate::law::Law;
use crate::math;
use crate::noise::Noise;
use crate::real::Real;
use crate::scalar::rows;
use crate::simd;
use crate::simd::draw::weights;
use crate::words::GROUP;

/// Classes of a wide row in one pass.
const ROW_PART: usize = 256;

impl<T: Real> Categorical<'_, T> {
    /// Draws the index of a class for each row as [`gumbel_max`](crate::gumbel_max) does: the argmax of
    /// l / tau + g.
    ///
    /// The noise of class i of row r is the Gumbel noise of element r k + i of `key` (along an axis that is not the
    /// last, of the index of this class in the array), so a relaxation with this key has the same noise. [`Categorical::sample`] has the same law and is several times as fast for wide rows.
    ///
    /// The working memory for plain logits is that of [`gumbel_max_into`](crate::sample::gumbel_max_into). With a
    /// temperature, a mask or weights there is none, or, along an axis that is not the last, the noise of up to 64 rows
    /// and two rows on each thread.
    ///
    /// # Errors
    /// As [`Categorical::sample`].
    ///
    /// ```
    /// use gumbel::{Categorical, Key, gumbel_max};
    /// let logits = [0.0_f32, 1.0, 2.0, 3.0];
    /// let drawn = Categorical::from_logits(&logits, 2)?.gumbel_max(Key::new(7))?;
    /// assert_eq!(drawn, gumbel_max(&logits, 2, Key::new(7))?);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn gumbel_max(&self, key: Key) -> Result<Vec<usize>> {
        let (classes, stride) = (self.classes(), self.axis.stride());
        if let Some(values) = self.plain_logits()
            && self.first_row.is_multiple_of(stride as u64)
        {
            let noise = Noise::Keyed { key, offset: self.first_element(0) };
            if let Ok(drawn) = crate::gumbel_max(values, self.axis, noise) {
                return Ok(drawn);
            }
            // The draws below find the bad value again, and name the argument of the constructor.
        }
        if stride > 1 {
            return self.draw_each_row(|first, out| self.gumbel_max_of_columns(key, first, out));
        }
        self.draw_each_row(|first, out| {
            if classes <= NARROW {
                let mut narrow = Narrow::new();
                let mut noise = [T::default(); ROWS * NARROW];
                // As many rows at once as the buffer has room for.
                let rows = NARROW / classes * ROWS;
                for (number, out) in out.chunks_mut(rows).enumerate() {
                    let (first, noise) = (first + number * rows, &mut noise[..out.len() * classes]);
                    Law::Gumbel.fill_into(key, self.first_element(first), noise);
                    let sixteens = out.chunks_mut(ROWS).zip(noise.chunks(ROWS * classes));
                    for (number, (out, noise)) in sixteens.enumerate() {
                        narrow.transpose_noise(noise, classes);
                        self.pick_narrow(first + number * ROWS, &mut narrow, out);
                    }
                }
                return;
            }
            let mut buffers = PassBuffers::new();
            for (i, out) in out.iter_mut().enumerate() {
                let noise = RowNoise::Keyed(key, self.first_element(first + i));
                let row = self.neighbours(first + i);
                *out = row.argmax(noise, &mut buffers).unwrap_or(REFUSED);
            }
        })
    }

    /// The element of the noise of class 0 of a row.
    fn first_element(&self, row: usize) -> u64 {
        let (classes, stride) = (self.classes() as u64, self.axis.stride() as u64);
        let row = self.first_row.wrapping_add(row as u64);
        (row / stride).wrapping_mul(classes).wrapping_mul(stride).wrapping_add(row % stride)
    }

    /// Draws rows whose classes are not neighbours in memory. The noise of a class is made for rows that are.
    fn gumbel_max_of_columns(&self, key: Key, first: usize, out: &mut [usize]) {
        let (classes, stride) = (self.classes(), self.axis.stride());
        let (mut narrow, mut wide) = match classes <= NARROW {
            true => (Some(Narrow::new()), None),
            false => (None, Some((PassBuffers::new(), Gathered::default()))),
        };
        // The noise of 64 rows at most, class after class, and of one of them.
        let mut columns = vec![T::default(); classes * GROUP.min(out.len())];
        let mut noise = vec![T::default(); if classes <= NARROW { 0 } else { classes }];
        let mut done = 0;
        while done < out.len() {
            let row = self.first_element(first + done);
            let within =
                (self.first_row.wrapping_add((first + done) as u64) % stride as u64) as usize;
            // Neighbours in the batch and in this array: `first_row` may begin within a block.
            let here = stride - (first + done) % stride;
            let rows = (stride - within).min(here).min(GROUP).min(out.len() - done);
            let columns = &mut columns[..classes * rows];
            for (class, noise) in columns.chunks_exact_mut(rows).enumerate() {
                let element = row.wrapping_add(class as u64 * stride as u64);
                T::fill(Law::Gumbel, key, element, noise);
            }
            let out = &mut out[done..done + rows];
            if let Some(narrow) = &mut narrow {
                for (number, out) in out.chunks_mut(ROWS).enumerate() {
                    for (to, noise) in narrow.noise.iter_mut().zip(columns.chunks_exact(rows)) {
                        to[..out.len()].copy_from_slice(&noise[number * ROWS..][..out.len()]);
                    }
                    self.pick_narrow(first + done + number * ROWS, narrow, out);
                }
            } else if let Some((buffers, gathered)) = &mut wide {
                for (i, out) in out.iter_mut().enumerate() {
                    for (class, noise) in noise.iter_mut().enumerate() {
                        *noise = columns[class * rows + i];
                    }
                    let row = self.row(first + done + i, gathered);
                    *out = row.argmax(RowNoise::Given(&noise), buffers).unwrap_or(REFUSED);
                }
            }
            done += rows;
        }
    }

    /// Draws the index of a class for each row by Gumbel-max, with one key for each row: the draw of a row equals
    /// [`Categorical::gumbel_max`] with the key of this row and only this row. A relaxation has the same noise if it is
    /// given that of [`Law::fill_rows_into`] for these keys.
    ///
    /// # Errors
    /// As [`Categorical::sample`]; a number of keys other than the number of rows.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// let weights = [1.0_f32, 3.0, 2.0, 0.0];
    /// let keys = [Key::new(1), Key::new(2)];
    /// let drawn = Categorical::from_weights(&weights, 2)?.gumbel_max_rows(&keys)?;
    /// assert_eq!(drawn[1], 0); // the other class has weight 0
    /// assert_eq!(drawn[..1], Categorical::from_weights(&weights[..2], 2)?.gumbel_max(keys[0])?);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn gumbel_max_rows(&self, keys: &[Key]) -> Result<Vec<usize>> {
        check::length("keys", keys.len(), self.rows())?;
        self.draw_each_row(|first, out| {
            let (classes, keys) = (self.classes(), &keys[first..first + out.len()]);
            if classes <= NARROW && self.axis.stride() == 1 {
                let mut narrow = Narrow::new();
                let mut noise = [T::default(); NARROW];
                for (number, (out, keys)) in out.chunks_mut(ROWS).zip(keys.chunks(ROWS)).enumerate()
                {
                    for (row, &key) in keys.iter().enumerate() {
                        T::fill(Law::Gumbel, key, 0, &mut noise[..classes]);
                        narrow.set_noise(row, &noise[..classes]);
                    }
                    self.pick_narrow(first + number * ROWS, &mut narrow, out);
                }
                return;
            }
            let (mut buffers, mut gathered) = (PassBuffers::new(), Gathered::default());
            for (i, (out, &key)) in out.iter_mut().zip(keys).enumerate() {
                let row = self.row(first + i, &mut gathered);
                *out = row.argmax(RowNoise::Keyed(key, 0), &mut buffers).unwrap_or(REFUSED);
            }
        })
    }
}

/// The source of the noise of a row.
#[derive(Clone, Copy)]
enum RowNoise<'n, T> {
    /// The key, from this element on.
    Keyed(Key, u64),
    /// The noise of each class.
    Given(&'n [T]),
}

/// Buffers for one pass: its noise and its perturbed logits.
struct PassBuffers<T> {
    noise: [T; ROW_PART],
    z: [f64; ROW_PART],
    scratch: Scratch,
}

impl<T: Real> PassBuffers<T> {
    fn new() -> Self {
        Self { noise: [T::default(); ROW_PART], z: [0.0; ROW_PART], scratch: Scratch::new() }
    }
}

impl<T: Real> Row<'_, T> {
    /// The argmax of l / tau + g.
    fn argmax(&self, noise: RowNoise<'_, T>, buffers: &mut PassBuffers<T>) -> Result<usize> {
        if self.kind.normalised() {
            self.check_normalised(&mut buffers.scratch)?;
        }
        let top = self.checked_largest_logit(&mut buffers.scratch)?;
        let (mut winner, mut best) = (None, f64::NEG_INFINITY);
        for at in (0..self.classes()).step_by(ROW_PART) {
            let part = at..(at + ROW_PART).min(self.classes());
            let noise = match noise {
                RowNoise::Given(noise) => &noise[part.clone()],
                RowNoise::Keyed(key, first) => {
                    let noise = &mut buffers.noise[..part.len()];
                    Law::Gumbel.fill_into(key, first.wrapping_add(at as u64), noise);
                    noise
                }
            };
            let z = &mut buffers.z[..part.len()];
            let largest = dispatch!(simd::level(), simd => {
                self.logits_into(simd, part, z);
                self.perturb(z, top, noise);
                rows::max(z)
            });
            if largest > best {
                let class = z.iter().position(|&z| z == largest).unwrap_or_default();
                (winner, best) = (Some(at + class), largest);
            }
        }
        winner.ok_or_else(|| self.no_class_error())
    }

    /// The largest logit of the classes that are not masked, before the temperature. Checks their values.
    fn checked_largest_logit(&self, scratch: &mut Scratch) -> Result<f64> {
        let (scale, mut top) = (self.scale(), self.scale().nothing());
        for number in 0..self.blocks() {
            let at = self.block(number);
            let values = self.values(at.clone(), &mut scratch.block);
            let here = weights::maximum(simd::level(), values, scale);
            top = top.max(here.ok_or_else(|| self.value_error(at))?);
        }
        Ok(match self.kind.linear() {
            true if top > 0.0 => math::ln_positive(top),
            true => f64::NEG_INFINITY,
            false => top,
        })
    }

    /// Writes the logits of the classes `at`, before the temperature, in loops without branches.
    #[inline(always)]
    fn logits_into<S: Simd>(&self, simd: S, at: Range<usize>, out: &mut [f64]) {
        for (out, x) in out.iter_mut().zip(&self.values[at.clone()]) {
            *out = x.to_f64();
        }
        if self.kind.linear() {
            ln_weights::<S, T>(simd, out);
        }
        for (out, &allowed) in out.iter_mut().zip(self.mask.map_or(&[][..], |mask| &mask[at])) {
            *out = if allowed { *out } else { f64::NEG_INFINITY };
        }
    }

    /// Replaces l by (l - top) / tau + g, up to a factor that is the same for all classes: see [`perturbed`].
    #[inline(always)]
    fn perturb(&self, l: &mut [f64], top: f64, noise: &[T]) {
        let tau = self.tau;
        let all = l.iter_mut().zip(noise);
        match Rule::new(tau, self.kind.linear()) {
            Rule::Plain => all.for_each(|(l, g)| *l = plain(*l, top, *g)),
            Rule::Cold => all.for_each(|(l, g)| *l = cold(*l, top, tau, *g)),
            Rule::Warm => all.for_each(|(l, g)| *l = warm(*l, top, tau, *g)),
        }
    }
}
