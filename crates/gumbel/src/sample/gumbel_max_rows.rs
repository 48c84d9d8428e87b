//! Gumbel-max with a temperature, a mask, weights, or one key for each row.

use alloc::vec::Vec;

use super::categorical::Categorical;
use super::row::{Row, perturb};
use crate::check;
use crate::error::{Error, Result};
use crate::key::{GROUP, Key};
use crate::noise::{Law, Noise};
use crate::real::Real;

impl<T: Real> Categorical<'_, T> {
    /// Draws the index of a class for each row as [`gumbel_max`](crate::gumbel_max) does: the argmax of l / tau + g.
    ///
    /// The noise of class i of row r is that of element r k + i of the key, so the draw is coupled with
    /// everything that is made of this noise. [`Categorical::sample`] has the same law for a third of the
    /// time.
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
        let classes = self.classes() as u64;
        if let Some(values) = self.plain_logits() {
            let offset = self.first_row.wrapping_mul(classes);
            let drawn = crate::gumbel_max(values, self.classes(), Noise::Keyed { key, offset });
            if let Ok(drawn) = drawn {
                return Ok(drawn);
            }
            // The loop below finds what is wrong, and says it in the words of the constructor.
        }
        (0..self.rows())
            .map(|r| {
                let number = self.first_row.wrapping_add(r as u64);
                self.row(r).argmax(key, number.wrapping_mul(classes))
            })
            .collect()
    }

    /// The same with a key for each row: the draw of a row is that of [`Categorical::gumbel_max`] with
    /// this key and this row alone.
    ///
    /// # Errors
    /// As [`Categorical::sample`]; a number of keys that is not that of the rows.
    pub fn gumbel_max_rows(&self, keys: &[Key]) -> Result<Vec<usize>> {
        check::length("keys", keys.len(), self.rows())?;
        keys.iter().enumerate().map(|(r, &key)| self.row(r).argmax(key, 0)).collect()
    }
}

impl<T: Real> Row<'_, T> {
    /// The argmax of l / tau + g, with elements `offset ..` of `key`.
    fn argmax(&self, key: Key, offset: u64) -> Result<usize> {
        if self.kind.normalised() {
            self.check_normalised()?;
        }
        if !self.kind.linear() && self.mask.is_none() && self.tau == 1.0 {
            return match crate::gumbel_max(
                self.values,
                self.classes(),
                Noise::Keyed { key, offset },
            ) {
                Ok(winner) => Ok(winner[0]),
                Err(Error::AllMasked { .. }) => Err(self.nothing()),
                Err(_) => Err(self.refused(0..self.classes())),
            };
        }
        let (mut winner, mut best) = (None, f64::NEG_INFINITY);
        let mut noise = [T::default(); GROUP];
        let mut at = 0;
        while at < self.classes() {
            let part = at..(at + GROUP).min(self.classes());
            self.check(part.clone())?;
            let noise = &mut noise[..part.len()];
            Law::Gumbel.fill(key, offset.wrapping_add(at as u64), noise);
            for (class, g) in part.clone().zip(noise) {
                let l = self.logit(class);
                let z = match self.tau == 1.0 {
                    _ if l == f64::NEG_INFINITY => l,
                    true => self.perturbed(l, *g),
                    false => perturb(l, self.tau, g.to_f64()),
                };
                if z > best {
                    (winner, best) = (Some(class), z);
                }
            }
            at = part.end;
        }
        winner.ok_or_else(|| self.nothing())
    }
}
