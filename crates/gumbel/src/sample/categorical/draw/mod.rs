//! Draws of one class from each row, by the fastest method for its width: Gumbel-max, inversion or rejection.
//!
//! Inversion and rejection propose a class from `f32` weights that are rounded up. They accept it with the
//! ratio of its `f64` weight to the proposed weight. So the law is that of the `f64` weights, whatever the
//! proposal lost. Proposals are intervals of whole numbers on a line of 2^52 places. They add up without
//! rounding, and none is empty: a class of probability 2^-80 is proposed with probability 2^-52 and accepted
//! with probability 2^-28.

mod by_inversion;
mod by_rejection;
mod intervals;

use alloc::vec;
use alloc::vec::Vec;

use super::{Categorical, DrawWords, Gathered, Row, Scratch};
use crate::check;
use crate::error::Result;
use crate::key::Key;
use crate::parallel;
use crate::real::Real;

/// Classes of a row up to which Gumbel-max is used: noise for all classes takes less time than the steps of the
/// other methods. Weights also need a logarithm each.
const GUMBEL_MAX_UP_TO: usize = 128;
const GUMBEL_MAX_UP_TO_OF_WEIGHTS: usize = 32;
/// Classes of a row up to which inversion is used: exponentials of all classes take less time than refused
/// proposals.
const INVERSION_UP_TO: usize = 8192;

impl<T: Real> Categorical<'_, T> {
    /// Draws the index of a class for each row, `[rows]`, by the fastest of three methods for k.
    ///
    /// | classes in a row | method | scratch for each thread |
    /// |---|---|---|
    /// | up to 128 (32 for weights) | [`Categorical::gumbel_max`] | its own |
    /// | up to 8192 | inversion of exponentials, corrected by rejection | 4 bytes a class, 4 bytes for 64 classes |
    /// | more | rejection from bounds: reads each class once, exponentiates one in 32 | 16 bytes for 512 classes |
    ///
    /// Along an axis that is not the last, a thread also copies one row, with its mask.
    ///
    /// A running sum over a wide row loses small classes beside a large class, and loses more of them in a type
    /// with fewer bits. Here sums only make proposals. A proposed class is accepted with the ratio of its weight
    /// in `f64` to the proposed weight. So the probability of every class is right to 10^-15 of itself, whatever
    /// the type of the row. The three methods have the same law, and different draws for one key.
    ///
    /// The draw of a row depends only on the key, on the row and on its number in the batch, so a batch may be cut
    /// into parts: see [`Categorical::first_row`].
    ///
    /// Gumbel-max: Yellott, J. Math. Psych. 15 (1977), see [`gumbel_max`](crate::gumbel_max). Rejection: von
    /// Neumann, "Various techniques used in connection with random digits", National Bureau of Standards Applied
    /// Mathematics Series 12 (1951).
    ///
    /// # Errors
    /// Values that the constructor does not allow, a row without a possible class.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// // One head and 100,000 classes that are 8 nats below it: the head has 2.9 %.
    /// let mut logits = vec![-8.0_f32; 100_001];
    /// logits[0] = 0.0;
    /// let row = Categorical::from_logits(&logits, 100_001)?;
    /// assert_ne!(row.sample(Key::new(7))?, [0]);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn sample(&self, key: Key) -> Result<Vec<usize>> {
        if self.is_narrow() {
            return self.gumbel_max(key);
        }
        let number = |r: usize| self.first_row.wrapping_add(r as u64);
        self.draw_each_row(|first, out| {
            let (mut words, mut scratch) = (DrawWords::new(key), Scratch::new());
            let mut gathered = Gathered::default();
            for (i, out) in out.iter_mut().enumerate() {
                let number = number(first + i);
                let words = words.pair(number);
                let row = self.row(first + i, &mut gathered);
                let drawn = row.draw(|| key.fold_in(number), words, &mut scratch);
                *out = drawn.unwrap_or(REFUSED);
            }
        })
    }

    /// Whether Gumbel-max is the fastest method.
    fn is_narrow(&self) -> bool {
        self.classes()
            <= if self.kind.linear() { GUMBEL_MAX_UP_TO_OF_WEIGHTS } else { GUMBEL_MAX_UP_TO }
    }

    /// Draws all rows, on all threads. A row marked [`REFUSED`] is read again to find its error.
    pub(crate) fn draw_each_row(
        &self,
        draw: impl Fn(usize, &mut [usize]) + Sync,
    ) -> Result<Vec<usize>> {
        let mut drawn = vec![0; self.rows()];
        parallel::for_pieces(&mut drawn, self.classes(), draw);
        if let Some(refused) = drawn.iter().position(|&class| class == REFUSED) {
            let mut gathered = Gathered::default();
            let row = self.row(refused, &mut gathered);
            row.draw(|| Key::new(0), (0, 0), &mut Scratch::new())?;
            return Err(row.no_class_error());
        }
        Ok(drawn)
    }

    /// Draws the index of a class for each row, with one key for each row (for example one key for each request to
    /// a server): the draw of a row equals [`Categorical::sample`] with this key and only this row.
    ///
    /// # Errors
    /// As [`Categorical::sample`]; a number of keys other than the number of rows.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// let logits = [0.0_f32, 1.0, 2.0, 3.0];
    /// let keys = [Key::new(1), Key::new(2)];
    /// let drawn = Categorical::from_logits(&logits, 2)?.sample_rows(&keys)?;
    /// let second = Categorical::from_logits(&logits[2..], 2)?.sample(keys[1])?;
    /// assert_eq!(drawn[1..], second);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn sample_rows(&self, keys: &[Key]) -> Result<Vec<usize>> {
        check::length("keys", keys.len(), self.rows())?;
        if self.is_narrow() {
            return self.gumbel_max_rows(keys);
        }
        self.draw_each_row(|first, out| {
            let (mut scratch, mut gathered) = (Scratch::new(), Gathered::default());
            for ((i, out), key) in out.iter_mut().enumerate().zip(&keys[first..]) {
                let words = (key.word(0), key.second_word(0));
                let row = self.row(first + i, &mut gathered);
                let drawn = row.draw(|| key.fold_in(0), words, &mut scratch);
                *out = drawn.unwrap_or(REFUSED);
            }
        })
    }
}

impl<T: Real> Row<'_, T> {
    /// Draws a class: by inversion from `words` and then those of `key`, by rejection from those of `key`.
    fn draw(
        &self,
        key: impl FnOnce() -> Key,
        words: (u32, u32),
        scratch: &mut Scratch,
    ) -> Result<usize> {
        if self.classes() > INVERSION_UP_TO {
            if self.kind.normalised() {
                self.check_normalised(scratch)?;
            }
            return self.draw_by_rejection(key(), scratch);
        }
        self.draw_by_inversion(key, words, scratch)
    }

    /// The weight of a class relative to that of the value `top`, in `f64`.
    fn weight(&self, class: usize, top: f64) -> f64 {
        match self.allowed(class) {
            true => self.scale().relative(self.values[class].to_f64(), top),
            false => 0.0,
        }
    }
}

/// Marks a row that cannot be drawn, in place of its class.
pub(crate) const REFUSED: usize = usize::MAX;

#[cfg(test)]
mod tests;
