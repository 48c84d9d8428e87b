//! The temperature of a relaxation: one number for all rows, or one for each row.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};
use crate::parallel::{self, Work};
use crate::simd::{self, scan};

/// Elements that [`Spread::repeat`] writes at once.
pub(crate) const REPEAT: usize = 4;

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

/// Whether every temperature is allowed, on all cores.
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
        if !scan::positive(simd::level(), self.tau) {
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

impl<'a> Spread<'a> {
    /// The temperatures of the elements from `start` on.
    pub(crate) fn after(self, start: usize) -> Self {
        Self { start: self.start + start, ..self }
    }

    /// The temperature of an element.
    pub(crate) fn of(self, element: usize) -> f64 {
        self.tau.of((self.start + element) / self.row)
    }

    /// The temperatures of the rows of the first `elements` elements; none if all rows share one.
    #[inline(always)]
    pub(crate) fn rows(&self, elements: usize) -> &'a [f64] {
        match self.tau {
            Temperature::Scalar(_) => &[],
            Temperature::PerRow(tau) => {
                &tau[self.start / self.row..(self.start + elements).div_ceil(self.row)]
            }
        }
    }

    /// Whether the temperatures of the first `elements` elements are allowed, if there is one for each row.
    pub(crate) fn are_good(&self, elements: usize) -> bool {
        scan::positive(simd::level(), self.rows(elements))
    }

    /// Whether each element has a temperature of its own.
    pub(crate) fn is_single(&self) -> bool {
        self.row == 1
    }

    /// Writes the value of its row for each of the first `elements` elements. `of_rows` has a value for each of
    /// [`Spread::rows`]; `out` has room for another [`REPEAT`] elements, which become garbage.
    #[inline(always)]
    pub(crate) fn repeat(&self, of_rows: &[f64], elements: usize, out: &mut [f64]) {
        let mut end = (self.row - self.start % self.row).min(elements);
        let Some((first, of_rows)) = of_rows.split_first() else { return };
        out[..end].fill(*first);
        match self.row {
            2 => repeat_short::<2>(of_rows, &mut out[end..]),
            3 => repeat_short::<3>(of_rows, &mut out[end..]),
            4 => repeat_short::<4>(of_rows, &mut out[end..]),
            row => {
                for value in of_rows {
                    let start = end;
                    end = (start + row).min(elements);
                    // What is written beyond the end of a row, the next row overwrites.
                    for part in out[start..end + REPEAT - 1].chunks_exact_mut(REPEAT) {
                        part.copy_from_slice(&[*value; REPEAT]);
                    }
                }
            }
        }
    }

    /// The temperature of each of the first `elements` elements, of rows with their own: in the caller's memory, or
    /// repeated in `buffer`, which has room for another [`REPEAT`].
    #[inline(always)]
    pub(crate) fn each<'s>(&self, elements: usize, buffer: &'s mut [f64]) -> &'s [f64]
    where
        'a: 's,
    {
        let rows = self.rows(elements);
        if self.is_single() {
            return rows;
        }
        self.repeat(rows, elements, buffer);
        &buffer[..elements]
    }
}

/// Writes each value K times: a loop without branches.
#[inline(always)]
fn repeat_short<const K: usize>(values: &[f64], out: &mut [f64]) {
    for (out, value) in out.as_chunks_mut::<K>().0.iter_mut().zip(values) {
        *out = [*value; K];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_has_the_temperature_of_its_row() {
        let tau: Vec<f64> = (1..=12).map(f64::from).collect();
        for (rows, d) in
            [(1, 12), (2, 6), (3, 4), (4, 3), (6, 2), (12, 1), (1, 50), (2, 40), (3, 16)]
        {
            let n = rows * d;
            let spread = Temperature::from(&tau[..rows]).spread(n).unwrap();
            for start in 0..n {
                for end in start + 1..=n {
                    let (after, mut buffer) = (spread.after(start), [9.0; 80 + REPEAT]);
                    let found = after.each(end - start, &mut buffer);
                    assert!(found.iter().copied().eq((start..end).map(|i| tau[i / d])));
                    assert_eq!(after.rows(end - start), &tau[start / d..=(end - 1) / d]);
                }
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
