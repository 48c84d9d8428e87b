//! Exact categorical sampling from rows of any width: the type, its constructors, and the rows it gives to the draws.

mod draw;
mod gumbel_max;
mod many;
mod perturbed;
mod row;
mod totals;

pub use many::categorical_many;
pub(super) use row::{BlockBuffers, Gathered, ROW_BLOCK, Row, Scratch};
pub(super) use totals::LnSum;

use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::real::Real;
use crate::simd::math::Decay;
use crate::words::{GROUP, group_and_place};
use row::{Kind, gather};

/// Rows of classes to sample exactly: values of a stated meaning, with a temperature and a mask.
///
/// ```text
/// P(i) = e^(l_i / tau) / sum_j e^(l_j / tau)        l = ln w for weights and probabilities
/// ```
///
/// `values: [rows, k]`, row-major, borrowed, or any array with the classes along an [`Axis`]; its rows are numbered in
/// row-major order of the other axes. Along an axis that is not the last, each thread copies one row at a time, and
/// [`gumbel_max`](Self::gumbel_max) makes the noise of 64 rows. There is a constructor for each meaning, so that
/// probabilities cannot be mistaken for logits:
///
/// | constructor | a value is | a row |
/// |---|---|---|
/// | [`from_logits`](Self::from_logits) | ln of a weight, -inf if impossible | has any sum |
/// | [`from_log_probs`](Self::from_log_probs) | ln of a probability | has exponentials that sum to 1 |
/// | [`from_probs`](Self::from_probs) | a probability | sums to 1 |
/// | [`from_weights`](Self::from_weights) | a weight, 0 if impossible | has any sum |
///
/// The constructors check the shape. A draw checks the values while it reads them, and is an `Err` if one of its rows
/// is bad: NaN, a value that is too large or negative, a row without a possible class, probabilities that do not sum
/// to 1. The sum of probabilities may be off by 1e-3 (`f32`) or 1e-6 (`f64`).
///
/// [`sample`](Self::sample) draws one class for each row, `[rows]`, by the fastest of three methods for k.
/// [`sample_many`](Self::sample_many) draws many classes from one row, [`sample_many_rows`](Self::sample_many_rows) from
/// each of several. The same key gives the same draws, whatever is drawn beside them; rows are independent.
///
/// ```
/// use gumbel::{Categorical, Key};
/// // Forward, back, left or right; the third way is blocked.
/// let logits = [2.0_f32, 0.5, 0.5, f32::NEG_INFINITY];
/// let ways = Categorical::from_logits(&logits, 4)?;
/// let way = ways.temperature(0.7)?.mask(&[true, true, false, true])?.sample(Key::new(7))?;
/// assert!(way[0] < 2);
///
/// // Logits that are passed as probabilities are refused.
/// let error = Categorical::from_probs(&logits[..2], 2)?.sample(Key::new(7)).unwrap_err();
/// assert!(error.to_string().starts_with("probs: expected row 0 to sum to 1"));
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[doc(alias = "multinomial")]
pub struct Categorical<'a, T> {
    values: &'a [T],
    axis: Axis,
    rows: usize,
    pub(super) kind: Kind,
    tau: f64,
    mask: Option<&'a [bool]>,
    decay: Decay,
    pub(super) first_row: u64,
}

impl<'a, T: Real> Categorical<'a, T> {
    /// Classes from logits: unnormalised log-probabilities, -inf for an impossible class.
    ///
    /// # Errors
    /// k = 0, a length that is not a whole number of rows. Draws refuse NaN or +inf, and a row of -inf only.
    pub fn from_logits(logits: &'a [T], axis: impl Into<Axis>) -> Result<Self> {
        Self::new(Kind::Logits, logits, axis.into())
    }

    /// Classes from log-probabilities: logits whose exponentials sum to 1 in each row.
    ///
    /// # Errors
    /// As [`Categorical::from_logits`]. Draws also refuse a sum that is not near 1.
    pub fn from_log_probs(log_probs: &'a [T], axis: impl Into<Axis>) -> Result<Self> {
        Self::new(Kind::LogProbs, log_probs, axis.into())
    }

    /// Classes from probabilities, which sum to 1 in each row.
    ///
    /// # Errors
    /// k = 0, a length that is not a whole number of rows. Draws refuse NaN, infinite or negative values, and a sum
    /// that is not near 1.
    pub fn from_probs(probs: &'a [T], axis: impl Into<Axis>) -> Result<Self> {
        Self::new(Kind::Probs, probs, axis.into())
    }

    /// Classes from weights: the probabilities are proportional to the weights.
    ///
    /// # Errors
    /// k = 0, a length that is not a whole number of rows. Draws refuse NaN, infinite or negative values, and a row
    /// of 0 only.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// // Only ratios of weights count: their sum may be beyond the range of `f64`.
    /// let row = Categorical::from_weights(&[1e308, 0.0, 1e308], 3)?;
    /// assert!(!row.sample_many(100, Key::new(7))?.contains(&1));
    /// assert!((row.ln_sum()?[0] - (308.0 * 10_f64.ln() + 2_f64.ln())).abs() < 1e-12);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn from_weights(weights: &'a [T], axis: impl Into<Axis>) -> Result<Self> {
        Self::new(Kind::Weights, weights, axis.into())
    }

    fn new(kind: Kind, values: &'a [T], axis: Axis) -> Result<Self> {
        let rows = axis.rows(kind.argument(), values.len())?;
        Ok(Self {
            values,
            axis,
            rows,
            kind,
            tau: 1.0,
            mask: None,
            decay: Decay::new(1.0),
            first_row: 0,
        })
    }

    /// Divides the logits by `tau`, that is, raises weights to the power 1 / tau. As tau goes to 0 the class of the
    /// largest logit is always drawn; as tau goes to infinity all possible classes become equally probable.
    ///
    /// # Errors
    /// A tau that is not a finite number above 0.
    pub fn temperature(self, tau: f64) -> Result<Self> {
        check::temperature(tau)?;
        Ok(Self { tau, decay: Decay::new(tau), ..self })
    }

    /// Rules out classes: a class with `false` is never drawn.
    ///
    /// `mask`: one for each value, in the same order, or `[k]` for all rows. The probabilities of the other classes grow in proportion.
    /// Values of masked classes are not checked, except for probabilities, which count for the sum.
    ///
    /// # Errors
    /// A mask whose length is neither the number of values nor k. Draws refuse a row without a possible class.
    pub fn mask(self, mask: &'a [bool]) -> Result<Self> {
        if mask.len() != self.classes() {
            check::length("mask", mask.len(), self.values.len())?;
        }
        Ok(Self { mask: Some(mask), ..self })
    }

    /// Makes the rows a part of a larger batch: row 0 here is row `number` of the batch, and draws what that row
    /// draws under the same key. (Draws with one key for each row do not depend on this number.) Along an axis that is
    /// not the last, a part of a larger array has whole blocks of rows, so its first number is a multiple of the stride.
    pub fn first_row(self, number: u64) -> Self {
        Self { first_row: number, ..self }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of classes in a row, k.
    pub fn classes(&self) -> usize {
        self.axis.classes()
    }

    /// One row, with its mask; `gathered` receives a copy if its classes are not neighbours in memory.
    pub(super) fn row<'s>(&self, number: usize, gathered: &'s mut Gathered<T>) -> Row<'s, T>
    where
        'a: 's,
    {
        if self.axis.stride() == 1 {
            return self.neighbours(number);
        }
        let first = self.axis.first_index(number);
        let Gathered { values, mask } = gathered;
        let values = gather(self.values, first, self.axis, values);
        let mask = self.mask.map(|all| match all.len() == self.classes() {
            true => all,
            false => gather(all, first, self.axis, mask),
        });
        self.row_of(number, values, mask)
    }

    /// One row whose classes are neighbours in memory, with its mask.
    fn neighbours(&self, number: usize) -> Row<'a, T> {
        let k = self.classes();
        let at = number * k..(number + 1) * k;
        let mask = self.mask.map(|mask| if mask.len() == k { mask } else { &mask[at.clone()] });
        self.row_of(number, &self.values[at], mask)
    }

    fn row_of<'s>(&self, number: usize, values: &'s [T], mask: Option<&'s [bool]>) -> Row<'s, T> {
        let Self { kind, tau, decay, axis, .. } = *self;
        let (first, stride) = (axis.first_index(number), axis.stride());
        Row { values, mask, kind, tau, decay, number, first, stride }
    }

    /// The values, if they are logits without a temperature and a mask.
    pub(super) fn plain_logits(&self) -> Option<&'a [T]> {
        (self.kind == Kind::Logits && self.tau == 1.0 && self.mask.is_none()).then_some(self.values)
    }

    /// The row, if there is exactly one: its classes are neighbours in memory, whatever the axis.
    pub(super) fn only_row(&self) -> Result<Row<'a, T>> {
        if self.rows == 1 {
            return Ok(self.neighbours(0));
        }
        Err(Error::OneRow { argument: self.kind.argument(), found: self.rows })
    }

    /// The logarithm of the sum of the weights of each row, ln sum_j exp(l_j / tau), in `f64`. l_i / tau minus this
    /// number is the log-probability of class i.
    ///
    /// # Errors
    /// As [`Categorical::sample`]; a result beyond the range of `f64`, for example from a logit of 10^300 at
    /// tau = 10^-300.
    ///
    /// ```
    /// use gumbel::Categorical;
    /// let row = Categorical::from_weights(&[1.0_f64, 2.0, 5.0], 3)?;
    /// assert!((row.ln_sum()?[0] - 8.0_f64.ln()).abs() < 1e-14);
    /// for large in [1e300, -1e300] {
    ///     let error = Categorical::from_logits(&[large], 1)?.temperature(1e-300)?.ln_sum().unwrap_err();
    ///     assert!(error.to_string().starts_with("logits / tau"));
    /// }
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn ln_sum(&self) -> Result<Vec<f64>> {
        let mut gathered = Gathered::default();
        (0..self.rows)
            .map(|r| {
                let row = self.row(r, &mut gathered);
                let sum = row.ln_sum(&mut Scratch::new())?;
                if sum == f64::NEG_INFINITY { Err(row.no_class_error()) } else { Ok(sum) }
            })
            .collect()
    }
}

/// Two words for each draw, by its index, made for 64 draws at a time.
pub(super) struct DrawWords {
    key: Key,
    group: Option<u64>,
    words: [[u32; GROUP]; 2],
}

impl DrawWords {
    pub(super) fn new(key: Key) -> Self {
        Self { key, group: None, words: [[0; GROUP]; 2] }
    }

    #[inline]
    pub(super) fn pair(&mut self, index: u64) -> (u32, u32) {
        let (group, within) = group_and_place(index);
        if self.group != Some(group) {
            self.words = [self.key.words_of_group(group), self.key.second_words_of_group(group)];
            self.group = Some(group);
        }
        (self.words[0][within], self.words[1][within])
    }
}

#[cfg(test)]
mod tests;
