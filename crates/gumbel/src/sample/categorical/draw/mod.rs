//! Draws of one class from each row, by the way that is fastest for its width.
//!
//! Inversion and rejection propose a class from weights in `f32` that are rounded up, and accept it with
//! the ratio of its weight in `f64` to what was proposed: so the law is that of the weights in `f64`,
//! whatever the proposal lost. Proposals are stretches of whole numbers on a line of 2^52, which add up
//! without rounding, and none is empty: a class of probability 2^-80 is proposed with 2^-52 and accepted
//! with 2^-28.

mod by_inversion;
mod by_rejection;
mod line;

use alloc::vec;
use alloc::vec::Vec;

use super::{Categorical, Row, Scratch, Uniforms};
use crate::check;
use crate::error::Result;
use crate::key::Key;
use crate::parallel::{self, Work};
use crate::real::Real;

/// Rows up to this wide: Gumbels for all classes take less time than the steps of the other ways. Weights need
/// a logarithm each for that.
const GUMBEL_MAX_UP_TO: usize = 128;
const GUMBEL_MAX_UP_TO_OF_WEIGHTS: usize = 32;
/// Rows up to this wide: exponentials of all classes take less time than proposals that are refused.
const INVERSION_UP_TO: usize = 8192;

impl<T: Real> Categorical<'_, T> {
    /// Draws the index of a class for each row.
    ///
    /// Rows of up to 128 classes (32 of weights) are drawn by [`Categorical::gumbel_max`], those of up to 8192 by inversion,
    /// wider ones by rejection (see the [type](Categorical)). Scratch for each thread:
    /// 4 bytes a class for inversion, 16 bytes for 512 classes for rejection. Row r of the whole takes
    /// words of its own place alone, so a batch may be cut into parts: see [`Categorical::first_row`].
    ///
    /// # Errors
    /// Values that the constructor does not allow, a row with nothing to choose.
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
        if self.narrow() {
            return self.gumbel_max(key);
        }
        let number = |r: usize| self.first_row.wrapping_add(r as u64);
        self.each_row(|first, out| {
            let (mut uniforms, mut scratch) = (Uniforms::new(key), Scratch::new());
            for (i, out) in out.iter_mut().enumerate() {
                let number = number(first + i);
                let words = uniforms.words(number);
                let drawn = self.row(first + i).draw(|| key.fold_in(number), words, &mut scratch);
                *out = drawn.unwrap_or(REFUSED);
            }
        })
    }

    fn narrow(&self) -> bool {
        self.classes()
            <= if self.kind.linear() { GUMBEL_MAX_UP_TO_OF_WEIGHTS } else { GUMBEL_MAX_UP_TO }
    }

    /// Draws all rows, on all cores; rows that are [`REFUSED`] are read again for what is wrong.
    pub(crate) fn each_row(&self, draw: impl Fn(usize, &mut [usize]) + Sync) -> Result<Vec<usize>> {
        let mut drawn = vec![0; self.rows()];
        let work = Rows { first: 0, out: &mut drawn, classes: self.classes(), draw: &draw };
        parallel::run(work);
        if let Some(refused) = drawn.iter().position(|&class| class == REFUSED) {
            let row = self.row(refused);
            row.draw(|| Key::new(0), (0, 0), &mut Scratch::new())?;
            return Err(row.nothing());
        }
        Ok(drawn)
    }

    /// Draws the index of a class for each row, each with a key of its own, as requests to a server
    /// have: the draw of a row is that of [`Categorical::sample`] with this key and this row alone.
    ///
    /// # Errors
    /// As [`Categorical::sample`]; a number of keys that is not that of the rows.
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
        if self.narrow() {
            return self.gumbel_max_rows(keys);
        }
        self.each_row(|first, out| {
            let mut scratch = Scratch::new();
            for ((i, out), key) in out.iter_mut().enumerate().zip(&keys[first..]) {
                let words = (key.word(0), key.second_word(0));
                let drawn = self.row(first + i).draw(|| key.fold_in(0), words, &mut scratch);
                *out = drawn.unwrap_or(REFUSED);
            }
        })
    }
}

impl<T: Real> Row<'_, T> {
    /// A class, from these words or with those of `key`.
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

    /// What a class weighs beside `top`, in `f64`.
    fn weight(&self, class: usize, top: f64) -> f64 {
        match self.allowed(class) {
            true => self.scale().relative(self.values[class].to_f64(), top),
            false => 0.0,
        }
    }
}

/// In place of a class: this row cannot be drawn.
pub(crate) const REFUSED: usize = usize::MAX;

/// Rows to be drawn.
struct Rows<'o, 'f, F> {
    first: usize,
    out: &'o mut [usize],
    classes: usize,
    draw: &'f F,
}

impl<F: Fn(usize, &mut [usize]) + Sync> Work for Rows<'_, '_, F> {
    fn pieces(&self) -> usize {
        self.out.len()
    }

    fn elements(&self) -> usize {
        self.classes
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (out, rest) = self.out.split_at_mut(pieces);
        (Self { out, ..self }, Self { first: self.first + pieces, out: rest, ..self })
    }

    fn run(self) {
        (self.draw)(self.first, self.out);
    }
}

#[cfg(test)]
mod tests;
