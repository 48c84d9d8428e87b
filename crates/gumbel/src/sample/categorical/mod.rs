//! Exact categorical sampling: P(i) = e^(l_i / tau) / sum_j e^(l_j / tau).
//!
//! ```text
//! up to 128 classes    Gumbel-max (32 of weights)
//! up to 8192           by inversion of exponentials, corrected by rejection
//! more                 by rejection from bounds: each class is read once, one in 32 is exponentiated
//! ```
//!
//! Of a running sum over a wide row small classes beside a large one are lost, the more the fewer bits
//! it has. Here sums are proposals alone: a proposed class is accepted with the ratio of its weight in
//! `f64` to what was proposed, so every class has its probability to 10^-15 of itself, of whatever type the
//! row is. The three ways have one law and different draws for one key.
//!
//! [`Categorical`] holds `values: [rows, k]`; [`Categorical::sample`] gives `[rows]`, one class below k for
//! each row, and [`Categorical::sample_many`] many from one row. Errors are those of the shape, which the
//! constructors find, and of the values, which the draws find: NaN, what is too large or negative, a row with
//! nothing to choose, probabilities that do not sum to 1.
//!
//! Gumbel-max: Yellott, "The relationship between Luce's choice axiom, Thurstone's theory of comparative
//! judgment, and the double exponential distribution", J. Math. Psych. 15 (1977). Rejection: von Neumann,
//! "Various techniques used in connection with random digits", National Bureau of Standards Applied
//! Mathematics Series 12 (1951).

mod draw;
mod gumbel_max;
mod many;
mod row;
mod totals;

pub use many::categorical_many;
pub(super) use row::{Row, Scratch};
pub(super) use totals::LnSum;

use alloc::vec::Vec;

use crate::check;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::real::Real;
use crate::simd::math::Decay;
use crate::words::GROUP;
use row::Kind;

/// Rows of classes to be sampled: what the numbers mean, at which temperature, under which mask.
///
/// `values: [rows, k]`, row-major, borrowed. There is a constructor for each meaning, so that
/// probabilities cannot be taken for logits:
///
/// | constructor | a number is | and a row |
/// |---|---|---|
/// | [`from_logits`](Self::from_logits) | ln of a weight, -inf for never | has any sum |
/// | [`from_log_probs`](Self::from_log_probs) | ln of a probability | sums to 1 as exponentials |
/// | [`from_probs`](Self::from_probs) | a probability | sums to 1 |
/// | [`from_weights`](Self::from_weights) | a weight, 0 for never | has any sum |
///
/// Shapes are checked at once. The values are checked while they are read for a draw, in the same
/// pass: a draw is an `Err` if one of its rows is not good. Sums of probabilities may be off by 1e-3
/// (`f32`) or 1e-6 (`f64`).
///
/// Draws of the same key are the same, whatever is drawn beside them; rows are independent.
///
/// ```
/// use gumbel::{Categorical, Key};
/// // Forward, back, left or right; the third way is blocked.
/// let logits = [2.0_f32, 0.5, 0.5, f32::NEG_INFINITY];
/// let ways = Categorical::from_logits(&logits, 4)?;
/// let way = ways.temperature(0.7)?.mask(&[true, true, false, true])?.sample(Key::new(7))?;
/// assert!(way[0] < 2);
///
/// // Passed as what they are not, numbers are refused.
/// let error = Categorical::from_probs(&logits[..2], 2)?.sample(Key::new(7)).unwrap_err();
/// assert!(error.to_string().starts_with("probs: expected row 0 to sum to 1"));
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[doc(alias = "multinomial")]
pub struct Categorical<'a, T> {
    values: &'a [T],
    classes: usize,
    rows: usize,
    pub(super) kind: Kind,
    tau: f64,
    mask: Option<&'a [bool]>,
    decay: Decay,
    pub(super) first_row: u64,
}

impl<'a, T: Real> Categorical<'a, T> {
    /// Classes from logits: unnormalised log-probabilities, -inf for a class that never comes.
    ///
    /// # Errors
    /// k = 0, a length that is no multiple of k. Later: NaN or +inf, a row of -inf only.
    pub fn from_logits(logits: &'a [T], k: usize) -> Result<Self> {
        Self::new(Kind::Logits, logits, k)
    }

    /// Classes from log-probabilities: logits whose exponentials sum to 1 in each row.
    ///
    /// # Errors
    /// As [`Categorical::from_logits`]. Later also: a sum that is not near 1.
    pub fn from_log_probs(log_probs: &'a [T], k: usize) -> Result<Self> {
        Self::new(Kind::LogProbs, log_probs, k)
    }

    /// Classes from probabilities, which sum to 1 in each row.
    ///
    /// # Errors
    /// k = 0, a length that is no multiple of k. Later: NaN, infinite or negative values, a sum that
    /// is not near 1.
    pub fn from_probs(probs: &'a [T], k: usize) -> Result<Self> {
        Self::new(Kind::Probs, probs, k)
    }

    /// Classes from weights, to which the probabilities are proportional.
    ///
    /// # Errors
    /// k = 0, a length that is no multiple of k. Later: NaN, infinite or negative values, a row of 0
    /// only.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// // Weights count beside the largest one: their sum may be beyond the range of `f64`.
    /// let row = Categorical::from_weights(&[1e308, 0.0, 1e308], 3)?;
    /// assert!(!row.sample_many(100, Key::new(7))?.contains(&1));
    /// assert!((row.ln_sum()?[0] - (308.0 * 10_f64.ln() + 2_f64.ln())).abs() < 1e-12);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn from_weights(weights: &'a [T], k: usize) -> Result<Self> {
        Self::new(Kind::Weights, weights, k)
    }

    fn new(kind: Kind, values: &'a [T], classes: usize) -> Result<Self> {
        let rows = crate::Axis::from(classes).rows(kind.argument(), values.len())?;
        Ok(Self {
            values,
            classes,
            rows,
            kind,
            tau: 1.0,
            mask: None,
            decay: Decay::new(1.0),
            first_row: 0,
        })
    }

    /// The same with logits divided by `tau`: as it goes to 0 the largest comes always, as it grows all
    /// that can come do so equally often. Weights are raised to 1 / tau.
    ///
    /// # Errors
    /// tau that is not a finite number above 0.
    pub fn temperature(self, tau: f64) -> Result<Self> {
        check::temperature(tau)?;
        Ok(Self { tau, decay: Decay::new(tau), ..self })
    }

    /// The same with classes ruled out: `false` for a class that never comes.
    ///
    /// `mask: [rows, k]`, or `[k]` for all rows. A draw then is that of the classes left, whose
    /// probabilities grow in proportion. Values of classes ruled out are not looked at (but those of
    /// probabilities are, because they count for the sum).
    ///
    /// # Errors
    /// A length other than these two. Later: a row with nothing left.
    pub fn mask(self, mask: &'a [bool]) -> Result<Self> {
        if mask.len() != self.classes {
            check::length("mask", mask.len(), self.values.len())?;
        }
        Ok(Self { mask: Some(mask), ..self })
    }

    /// The same as a part of more: row 0 here is row `number` of the whole, so that its draw under a
    /// key is the one it has there. (Draws with one key for each row do not depend on it.)
    pub fn first_row(self, number: u64) -> Self {
        Self { first_row: number, ..self }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of classes in a row, k.
    pub fn classes(&self) -> usize {
        self.classes
    }

    pub(super) fn row(&self, number: usize) -> Row<'a, T> {
        let at = number * self.classes..(number + 1) * self.classes;
        let mask =
            self.mask.map(|mask| if mask.len() == self.classes { mask } else { &mask[at.clone()] });
        Row {
            values: &self.values[at],
            mask,
            kind: self.kind,
            tau: self.tau,
            decay: self.decay,
            number,
        }
    }

    /// The values, if they are logits as they stand.
    pub(super) fn plain_logits(&self) -> Option<&'a [T]> {
        (self.kind == Kind::Logits && self.tau == 1.0 && self.mask.is_none()).then_some(self.values)
    }

    pub(super) fn only_row(&self) -> Result<Row<'a, T>> {
        if self.rows == 1 {
            return Ok(self.row(0));
        }
        Err(Error::OneRow { argument: self.kind.argument(), found: self.rows })
    }

    /// ln of the sum of the weights of each row, exp(l / tau): what turns logits into
    /// log-probabilities. In `f64`.
    ///
    /// # Errors
    /// As [`Categorical::sample`]; a sum beyond the range of `f64`, as that of logits of 10^300 at tau = 10^-300.
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
        (0..self.rows)
            .map(|r| {
                let row = self.row(r);
                let sum = row.ln_sum(&mut Scratch::new())?;
                if sum == f64::NEG_INFINITY { Err(row.nothing()) } else { Ok(sum) }
            })
            .collect()
    }
}

/// Uniforms in the order of their index, made 64 at a time.
pub(super) struct Uniforms {
    key: Key,
    group: Option<u64>,
    words: [[u32; GROUP]; 2],
}

impl Uniforms {
    pub(super) fn new(key: Key) -> Self {
        Self { key, group: None, words: [[0; GROUP]; 2] }
    }

    #[inline]
    pub(super) fn words(&mut self, index: u64) -> (u32, u32) {
        let group = index / GROUP as u64;
        if self.group != Some(group) {
            self.words = [self.key.words_of_group(group), self.key.second_words_of_group(group)];
            self.group = Some(group);
        }
        let place = (index % GROUP as u64) as usize;
        (self.words[0][place], self.words[1][place])
    }
}
