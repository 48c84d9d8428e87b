//! Gumbel-max with a temperature, a mask, weights, or one key for each row.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use super::draw::REFUSED;
use super::{Categorical, Gathered, Row, Scratch};
use crate::check;
use crate::error::Result;
use crate::key::Key;
use crate::law::Law;
use crate::math;
use crate::noise::Noise;
use crate::real::Real;
use crate::simd::draw::envelope::difference;
use crate::words::GROUP;

/// Classes in one pass: several whole rows if they are narrow, a part of a wide row.
const ROW_PART: usize = 256;

impl<T: Real> Categorical<'_, T> {
    /// Draws the index of a class for each row as [`gumbel_max`](crate::gumbel_max) does: the argmax of
    /// l / tau + g.
    ///
    /// The noise of class i of row r is the Gumbel noise of element r k + i of `key` (along an axis that is not the
    /// last, of the index of this class in the array), so a relaxation with this key has the same noise. [`Categorical::sample`] has the same law and is several times as fast for wide rows.
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
            let mut buffers = PassBuffers::new();
            let rows_in_pass = (ROW_PART / classes).max(1);
            for (group, out) in out.chunks_mut(rows_in_pass).enumerate() {
                let first = first + group * rows_in_pass;
                if classes <= ROW_PART {
                    let noise = &mut buffers.noise[..out.len() * classes];
                    Law::Gumbel.fill_into(key, self.first_element(first), noise);
                }
                for (i, out) in out.iter_mut().enumerate() {
                    let noise = match classes <= ROW_PART {
                        true => RowNoise::Filled(i * classes),
                        false => RowNoise::Keyed(key, self.first_element(first + i)),
                    };
                    let row = self.neighbours(first + i);
                    *out = row.argmax(noise, &mut buffers).unwrap_or(REFUSED);
                }
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
        let (mut buffers, mut gathered) = (PassBuffers::new(), Gathered::default());
        // The noise of 64 rows at most, class after class, and of one of them.
        let mut columns = vec![T::default(); classes * GROUP.min(out.len())];
        let mut noise = vec![T::default(); classes];
        let mut done = 0;
        while done < out.len() {
            let row = self.first_element(first + done);
            let within =
                (self.first_row.wrapping_add((first + done) as u64) % stride as u64) as usize;
            let rows = (stride - within).min(GROUP).min(out.len() - done);
            for (class, noise) in columns.chunks_exact_mut(rows).take(classes).enumerate() {
                let element = row.wrapping_add(class as u64 * stride as u64);
                T::fill(Law::Gumbel, key, element, noise);
            }
            for (i, out) in out[done..done + rows].iter_mut().enumerate() {
                for (class, noise) in noise.iter_mut().enumerate() {
                    *noise = columns[class * rows + i];
                }
                let row = self.row(first + done + i, &mut gathered);
                *out = row.argmax(RowNoise::Given(&noise), &mut buffers).unwrap_or(REFUSED);
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
            let (mut buffers, mut gathered) = (PassBuffers::new(), Gathered::default());
            for (i, (out, &key)) in out.iter_mut().zip(&keys[first..]).enumerate() {
                let row = self.row(first + i, &mut gathered);
                *out = row.argmax(RowNoise::Keyed(key, 0), &mut buffers).unwrap_or(REFUSED);
            }
        })
    }
}

/// The source of the noise of a row.
#[derive(Clone, Copy)]
enum RowNoise<'n, T> {
    /// The noise buffer, from this index on.
    Filled(usize),
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
        let top = self.checked_largest_logit()?;
        let (mut winner, mut best) = (None, f64::NEG_INFINITY);
        for at in (0..self.classes()).step_by(ROW_PART) {
            let part = at..(at + ROW_PART).min(self.classes());
            let noise = match noise {
                RowNoise::Given(noise) => &noise[part.clone()],
                RowNoise::Filled(start) => &buffers.noise[start..start + part.len()],
                RowNoise::Keyed(key, first) => {
                    let noise = &mut buffers.noise[..part.len()];
                    Law::Gumbel.fill_into(key, first.wrapping_add(at as u64), noise);
                    noise
                }
            };
            let z = &mut buffers.z[..part.len()];
            self.logits_into(part, z);
            self.perturb(z, top, noise);
            for (i, &z) in z.iter().enumerate() {
                if z > best {
                    (winner, best) = (Some(at + i), z);
                }
            }
        }
        winner.ok_or_else(|| self.no_class_error())
    }

    /// The largest logit of the classes that are not masked, before the temperature. Checks their values.
    fn checked_largest_logit(&self) -> Result<f64> {
        let mut top = f64::NEG_INFINITY;
        for at in (0..self.classes()).step_by(ROW_PART) {
            let part = at..(at + ROW_PART).min(self.classes());
            self.check(part.clone())?;
            for class in part {
                let x = self.values[class].to_f64();
                top = if self.allowed(class) && x > top { x } else { top };
            }
        }
        Ok(match self.kind.linear() {
            true if top > 0.0 => math::ln_positive(top),
            true => f64::NEG_INFINITY,
            false => top,
        })
    }

    /// Writes the logits of the classes `at`, before the temperature, in loops without branches.
    fn logits_into(&self, at: Range<usize>, out: &mut [f64]) {
        for (out, x) in out.iter_mut().zip(&self.values[at.clone()]) {
            *out = x.to_f64();
        }
        if self.kind.linear() {
            for out in &mut *out {
                let ln = T::ln_weight(if *out > 0.0 { *out } else { 1.0 });
                *out = if *out > 0.0 { ln } else { f64::NEG_INFINITY };
            }
        }
        for (out, &allowed) in out.iter_mut().zip(self.mask.map_or(&[][..], |mask| &mask[at])) {
            *out = if allowed { *out } else { f64::NEG_INFINITY };
        }
    }

    /// Replaces l by (l - top) / tau + g, up to a factor that is the same for all classes. It is rounded to T
    /// where [`gumbel_max`](crate::gumbel_max) rounds it. A difference divided by a small temperature could
    /// overflow: there the noise is multiplied by the temperature instead.
    fn perturb(&self, l: &mut [f64], top: f64, noise: &[T]) {
        let tau = self.tau;
        let all = l.iter_mut().zip(noise);
        if tau == 1.0 && !self.kind.linear() {
            let top = T::from_f64(top);
            all.for_each(|(l, g)| *l = ((T::from_f64(*l) - top) + *g).to_f64());
        } else if tau <= 1.0 {
            all.for_each(|(l, g)| *l = (*l - top) + tau * g.to_f64());
        } else {
            all.for_each(|(l, g)| *l = difference(*l, top, tau) + g.to_f64());
        }
    }
}
