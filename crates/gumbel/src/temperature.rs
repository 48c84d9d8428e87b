//! The temperature of a relaxation: one number for all rows, or one for each row.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};
use crate::parallel::{self, Work};

/// The temperature of a relaxation: one number, or one for each row.
///
/// `From` converts an `f64`, a slice, an array or a vector, so the functions of [`relax`](crate::relax) take any of
/// them directly. Temperatures are `f64`, whatever the type of the logits.
///
/// - For classes a row is one choice. Along an [`Axis`](crate::Axis) that is not the last, the temperatures have the
///   order of the logits with that axis removed: an array `[a, k, b]` along its middle axis takes `[a, b]`.
/// - For yes-or-no choices n temperatures divide the logits into n rows of equal length: one for each row of
///   `[rows, d]`, or one for each logit.
///
/// A row with a temperature of its own has, to the bit, the sample that one number for all rows would give it.
///
/// ```
/// use gumbel::{Key, Temperature, gumbel_softmax};
/// let (logits, key) = ([0.0_f32, 1.0, 2.0, 0.0, 1.0, 2.0], Key::new(7));
/// let y = gumbel_softmax(&logits, 3, &[0.5, 2.0], key)?;
/// let (cold, warm) = (gumbel_softmax(&logits, 3, 0.5, key)?, gumbel_softmax(&logits, 3, 2.0, key)?);
/// assert_eq!((&y[..3], &y[3..]), (&cold[..3], &warm[3..]));
///
/// assert_eq!(Temperature::from(&[0.5, 2.0]).of(1), 2.0);
/// assert_eq!(Temperature::from(0.5).of(1), 0.5);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Temperature<'a> {
    /// One temperature for all rows.
    Scalar(f64),
    /// One temperature for each row.
    PerRow(&'a [f64]),
}

impl From<f64> for Temperature<'_> {
    fn from(tau: f64) -> Self {
        Self::Scalar(tau)
    }
}

impl<'a> From<&'a [f64]> for Temperature<'a> {
    fn from(tau: &'a [f64]) -> Self {
        Self::PerRow(tau)
    }
}

impl<'a> From<&'a Vec<f64>> for Temperature<'a> {
    fn from(tau: &'a Vec<f64>) -> Self {
        Self::PerRow(tau)
    }
}

impl<'a, const N: usize> From<&'a [f64; N]> for Temperature<'a> {
    fn from(tau: &'a [f64; N]) -> Self {
        Self::PerRow(tau)
    }
}

impl<'a> Temperature<'a> {
    /// The temperature of a row.
    ///
    /// # Panics
    /// With a temperature for each row, where there is no such row.
    ///
    /// ```
    /// assert_eq!(gumbel::Temperature::PerRow(&[0.5, 2.0]).of(0), 0.5);
    /// ```
    #[inline(always)]
    pub const fn of(self, row: usize) -> f64 {
        match self {
            Self::Scalar(tau) => tau,
            Self::PerRow(tau) => tau[row],
        }
    }

    /// Splits after `rows` rows.
    #[inline(always)]
    pub(crate) fn split(self, rows: usize) -> (Self, Self) {
        match self {
            Self::Scalar(tau) => (Self::Scalar(tau), Self::Scalar(tau)),
            Self::PerRow(tau) => {
                let (first, rest) = tau.split_at(rows);
                (Self::PerRow(first), Self::PerRow(rest))
            }
        }
    }

    /// The temperatures from `row` on.
    #[inline(always)]
    pub(crate) fn after(self, row: usize) -> Self {
        self.split(row).1
    }

    /// Checks the values.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Self::Scalar(tau) if is_good(tau) => Ok(()),
            Self::Scalar(tau) => Err(Error::Temperature { tau }),
            Self::PerRow(tau) => {
                if all_good(tau) {
                    return Ok(());
                }
                let index = tau.iter().position(|&tau| !is_good(tau)).unwrap_or_default();
                let expected = "a finite temperature above 0";
                Err(Error::Value { argument: "tau", expected, index, found: tau[index] })
            }
        }
    }

    /// Checks that there is one temperature for each of `rows` rows.
    pub(crate) fn check_rows(self, rows: usize) -> Result<()> {
        match self {
            Self::PerRow(tau) if tau.len() != rows => {
                Err(Error::Length { argument: "tau", expected: rows, found: tau.len() })
            }
            _ => Ok(()),
        }
    }

    /// The temperatures of `elements` yes-or-no choices, after a check of their number.
    pub(crate) fn spread(self, elements: usize) -> Result<Spread<'a>> {
        let rows = match self {
            Self::Scalar(_) => 1,
            Self::PerRow(tau) => tau.len(),
        };
        let row = row_length("tau", rows, elements)?;
        Ok(Spread { tau: self, row, start: 0 })
    }
}

fn is_good(tau: f64) -> bool {
    tau > 0.0 && tau < f64::INFINITY
}

/// Whether every temperature is allowed, without branches.
fn all_good(tau: &[f64]) -> bool {
    let bad = AtomicBool::new(false);
    parallel::run(Check { tau, bad: &bad });
    !bad.into_inner()
}

struct Check<'a> {
    tau: &'a [f64],
    bad: &'a AtomicBool,
}

impl Work for Check<'_> {
    fn pieces(&self) -> usize {
        self.tau.len()
    }

    fn elements(&self) -> usize {
        1
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (tau, later) = self.tau.split_at(pieces);
        (Self { tau, ..self }, Self { tau: later, ..self })
    }

    fn run(self) {
        // A number above 0 and below infinity has bits from 1 to those of the largest number; NaN and numbers below 0
        // have larger bits.
        let most = f64::INFINITY.to_bits() - 2;
        let worst = self.tau.iter().fold(0, |worst, tau| worst.max(tau.to_bits().wrapping_sub(1)));
        if worst > most {
            self.bad.store(true, Ordering::Relaxed);
        }
    }
}

/// The length of each of `rows` equal rows of `elements` elements; at least 1. `argument` has one value for each row.
pub(crate) fn row_length(argument: &'static str, rows: usize, elements: usize) -> Result<usize> {
    if elements == 0 {
        return Ok(1);
    }
    if rows == 0 || !elements.is_multiple_of(rows) {
        return Err(not_equal_rows(argument, rows, elements));
    }
    Ok(elements / rows)
}

fn not_equal_rows(argument: &'static str, rows: usize, elements: usize) -> Error {
    Error::NotEqualRows { argument, found: rows, elements }
}

/// The temperatures of single elements, in rows of equal length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread<'a> {
    pub(crate) tau: Temperature<'a>,
    /// Elements of a row.
    row: usize,
    /// Elements before the first.
    start: usize,
}

impl Spread<'_> {
    /// The temperatures of the elements from `start` on.
    pub(crate) fn after(self, start: usize) -> Self {
        Self { start: self.start + start, ..self }
    }

    /// The temperature of an element.
    pub(crate) fn of(self, element: usize) -> f64 {
        self.tau.of((self.start + element) / self.row)
    }

    /// Calls `f` with the temperature and the range of each run of `elements` elements that share one.
    #[inline(always)]
    pub(crate) fn for_runs(self, elements: usize, mut f: impl FnMut(f64, core::ops::Range<usize>)) {
        let Temperature::PerRow(tau) = self.tau else {
            return f(self.tau.of(0), 0..elements);
        };
        let (mut row, mut start) = (self.start / self.row, 0);
        let mut end = self.row - self.start % self.row;
        while start < elements {
            f(tau[row], start..end.min(elements));
            (row, start, end) = (row + 1, end, end + self.row);
        }
    }

    /// The temperatures of `elements` elements, if each has one of its own.
    #[inline(always)]
    pub(crate) fn singles(&self, elements: usize) -> Option<&[f64]> {
        match self.tau {
            Temperature::PerRow(tau) if self.row == 1 => Some(&tau[self.start..][..elements]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_element_with_its_temperature() {
        let tau: Vec<f64> = (1..=12).map(f64::from).collect();
        for rows in [1, 2, 3, 4, 6, 12] {
            let spread = Temperature::from(&tau[..rows]).spread(12).unwrap();
            for start in 0..12 {
                let (mut found, mut next) = (Vec::new(), 0);
                spread.after(start).for_runs(12 - start, |tau, at| {
                    assert_eq!(at.start, next);
                    next = at.end;
                    found.extend(at.map(|_| tau));
                });
                let expected = (start..12).map(|i| tau[i / (12 / rows)]);
                assert!(found.iter().copied().eq(expected), "{rows} {start} {found:?}");
                assert_eq!(spread.singles(1).is_some(), rows == 12);
            }
        }
    }

    #[test]
    fn bad_temperatures_are_named() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = Temperature::from(&[1.0, bad]).check();
            assert!(matches!(error, Err(Error::Value { argument: "tau", index: 1, .. })));
            assert!(matches!(Temperature::from(bad).check(), Err(Error::Temperature { .. })));
        }
        let two = Temperature::from(&[1.0, 2.0]);
        let error = Error::Length { argument: "tau", expected: 3, found: 2 };
        assert_eq!(two.check_rows(3), Err(error));
        assert_eq!(two.check_rows(2), Ok(()));
        assert_eq!(two.spread(3).err(), Some(not_equal_rows("tau", 2, 3)));
        assert!(Temperature::from(&[]).spread(3).is_err());
        assert!(Temperature::from(&[]).spread(0).is_ok());
        assert!(Temperature::from(0.5).spread(3).is_ok());
    }
}
