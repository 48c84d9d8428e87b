//! Gumbel-max with a temperature, a mask, weights, or one key for each row.

use alloc::vec::Vec;
use core::ops::Range;

use super::draw::REFUSED;
use super::{Categorical, Row, Scratch};
use crate::check;
use crate::error::Result;
use crate::key::Key;
use crate::law::Law;
use crate::math;
use crate::noise::Noise;
use crate::real::Real;
use crate::simd::draw::envelope::difference;

/// Classes that are looked at together: whole rows of narrow ones, parts of wide ones.
const ROW_PART: usize = 256;

impl<T: Real> Categorical<'_, T> {
    /// Draws the index of a class for each row as [`gumbel_max`](crate::gumbel_max) does: the argmax of
    /// l / tau + g.
    ///
    /// The noise of class i of row r is that of element r k + i of the key, so the draw is coupled with
    /// everything that is made of this noise. [`Categorical::sample`] has the same law, and in wide rows it
    /// is several times as fast.
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
        let classes = self.classes();
        let offset =
            |row: usize| self.first_row.wrapping_add(row as u64).wrapping_mul(classes as u64);
        if let Some(values) = self.plain_logits() {
            let noise = Noise::Keyed { key, offset: offset(0) };
            if let Ok(drawn) = crate::gumbel_max(values, classes, noise) {
                return Ok(drawn);
            }
            // What follows finds what is wrong, and says it in the words of the constructor.
        }
        self.each_row(|first, out| {
            let mut room = Room::new();
            let together = (ROW_PART / classes).max(1);
            for (group, out) in out.chunks_mut(together).enumerate() {
                let first = first + group * together;
                if classes <= ROW_PART {
                    let noise = &mut room.noise[..out.len() * classes];
                    Law::Gumbel.fill(key, offset(first), noise);
                }
                for (i, out) in out.iter_mut().enumerate() {
                    let here = match classes <= ROW_PART {
                        true => Elements::Made(i * classes),
                        false => Elements::Of(key, offset(first + i)),
                    };
                    *out = self.row(first + i).argmax(here, &mut room).unwrap_or(REFUSED);
                }
            }
        })
    }

    /// The same with a key for each row: the draw of a row is that of [`Categorical::gumbel_max`] with
    /// this key and this row alone.
    ///
    /// # Errors
    /// As [`Categorical::sample`]; a number of keys that is not that of the rows.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// let weights = [1.0_f32, 3.0, 2.0, 0.0];
    /// let keys = [Key::new(1), Key::new(2)];
    /// let drawn = Categorical::from_weights(&weights, 2)?.gumbel_max_rows(&keys)?;
    /// assert_eq!(drawn[1], 0); // the other has no weight
    /// assert_eq!(drawn[..1], Categorical::from_weights(&weights[..2], 2)?.gumbel_max(keys[0])?);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn gumbel_max_rows(&self, keys: &[Key]) -> Result<Vec<usize>> {
        check::length("keys", keys.len(), self.rows())?;
        self.each_row(|first, out| {
            let mut room = Room::new();
            for (i, (out, &key)) in out.iter_mut().zip(&keys[first..]).enumerate() {
                let row = self.row(first + i);
                *out = row.argmax(Elements::Of(key, 0), &mut room).unwrap_or(REFUSED);
            }
        })
    }
}

/// Where the noise of a row is.
#[derive(Clone, Copy)]
enum Elements {
    /// In the room, from this place on.
    Made(usize),
    /// To be made, from this element of the key on.
    Of(Key, u64),
}

/// Room for a part: its noise and its perturbed logits.
struct Room<T> {
    noise: [T; ROW_PART],
    z: [f64; ROW_PART],
    scratch: Scratch,
}

impl<T: Real> Room<T> {
    fn new() -> Self {
        Self { noise: [T::default(); ROW_PART], z: [0.0; ROW_PART], scratch: Scratch::new() }
    }
}

impl<T: Real> Row<'_, T> {
    /// The argmax of l / tau + g.
    fn argmax(&self, noise: Elements, room: &mut Room<T>) -> Result<usize> {
        if self.kind.normalised() {
            self.check_normalised(&mut room.scratch)?;
        }
        let top = self.top()?;
        let (mut winner, mut best) = (None, f64::NEG_INFINITY);
        for at in (0..self.classes()).step_by(ROW_PART) {
            let part = at..(at + ROW_PART).min(self.classes());
            let noise = match noise {
                Elements::Made(place) => &room.noise[place..place + part.len()],
                Elements::Of(key, first) => {
                    let noise = &mut room.noise[..part.len()];
                    Law::Gumbel.fill(key, first.wrapping_add(at as u64), noise);
                    noise
                }
            };
            let z = &mut room.z[..part.len()];
            self.logits_into(part, z);
            self.perturb(z, top, noise);
            for (i, &z) in z.iter().enumerate() {
                if z > best {
                    (winner, best) = (Some(at + i), z);
                }
            }
        }
        winner.ok_or_else(|| self.nothing())
    }

    /// The largest logit before the temperature, of the classes that may come; checks all values.
    fn top(&self) -> Result<f64> {
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

    /// The logits of some classes before the temperature, in loops without branches.
    fn logits_into(&self, at: Range<usize>, out: &mut [f64]) {
        for (out, x) in out.iter_mut().zip(&self.values[at.clone()]) {
            *out = x.to_f64();
        }
        if self.kind.linear() {
            if T::WIDE {
                // A subnormal one takes a step more.
                for out in &mut *out {
                    *out = if *out > 0.0 { math::ln_positive(*out) } else { f64::NEG_INFINITY };
                }
            } else {
                for out in &mut *out {
                    let ln = math::ln(if *out > 0.0 { *out } else { 1.0 });
                    *out = if *out > 0.0 { ln } else { f64::NEG_INFINITY };
                }
            }
        }
        for (out, &allowed) in out.iter_mut().zip(self.mask.map_or(&[][..], |mask| &mask[at])) {
            *out = if allowed { *out } else { f64::NEG_INFINITY };
        }
    }

    /// (l - top) / tau + g, up to a factor that is the same for all; rounded to T where
    /// [`gumbel_max`](crate::gumbel_max) rounds it. Divided by a small temperature a difference would
    /// overflow: there the noise is multiplied instead.
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
