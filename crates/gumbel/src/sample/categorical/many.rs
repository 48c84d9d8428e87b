//! Many draws from a row.
//!
//! ```text
//! few draws    block b by inversion of the totals W_b, then class i of that block by inversion;
//!              draws are sorted by block, so that each drawn block is read once more
//! many draws   an alias table
//! ```
//!
//! The totals take one exponential a class. The table takes about ten times that and 16 bytes a class, but its
//! draws are cheaper: it pays from about k / 8 draws on.

use alloc::vec;
use alloc::vec::Vec;

use super::{Categorical, DrawWords, Gathered, Row, Scratch};
use crate::check;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::parallel;
use crate::real::Real;
use crate::sample::alias::AliasTable;
use crate::unit;

/// The alias table is used from this many draws per class on.
const TABLE_DRAWS_PER_CLASS: f64 = 0.125;

/// Draws `n` independent class indices, with replacement, from softmax(logits) of one row.
///
/// The result is that of [`Categorical::sample_many`] on [`Categorical::from_logits`], with all logits in one
/// row.
///
/// # Errors
/// As [`Categorical::from_logits`] and [`Categorical::sample_many`].
///
/// ```
/// let logits = [0.9_f64, 0.05, 0.05, 0.0].map(f64::ln);
/// let moves = gumbel::categorical_many(&logits, 10_000, gumbel::Key::new(7))?;
/// let forward = moves.iter().filter(|&&m| m == 0).count();
/// assert!((forward as f64 - 9_000.0).abs() < 180.0); // six standard deviations
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "multinomial")]
pub fn categorical_many<T: Real>(logits: &[T], n: usize, key: Key) -> Result<Vec<usize>> {
    Categorical::from_logits(logits, logits.len())?.sample_many(n, key)
}

impl<T: Real> Categorical<'_, T> {
    /// Draws `n` independent class indices, with replacement, from one row.
    ///
    /// The method depends only on k and n: inversion over blocks of 1024 for n < k / 8 (scratch: 40 bytes a block
    /// and 24 bytes a draw), else an [`AliasTable`] (its memory while it is built). The two have the same law and
    /// different draws; for draws that do not depend on n, build the table. Each probability is exact to 10^-12 of
    /// itself and 2^-53; for `f32` logits to 2 10^-6 of itself, because their exponentials are computed in `f32`.
    ///
    /// # Errors
    /// More or less than one row; values that the constructor does not allow; no possible class.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// let row = Categorical::from_probs(&[0.75_f64, 0.25, 0.0], 3)?;
    /// let drawn = row.sample_many(10_000, Key::new(7))?;
    /// let count = |class| drawn.iter().filter(|&&d| d == class).count();
    /// assert!((count(0) as f64 - 7_500.0).abs() < 260.0); // six standard deviations
    /// assert_eq!(count(2), 0);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    #[doc(alias = "multinomial")]
    pub fn sample_many(&self, n: usize, key: Key) -> Result<Vec<usize>> {
        let mut drawn = vec![0; n];
        self.only_row()?.sample_many(key, &mut drawn)?;
        Ok(drawn)
    }

    /// Draws `n` independent class indices from each row, with one key for each row: `[rows, n]`, row-major, whatever the axis. The
    /// draws
    /// of a row equal [`Categorical::sample_many`] with this key and only this row.
    ///
    /// The working memory is 80 bytes for each row, and on each thread that of [`Categorical::sample_many`]; along an
    /// axis that is not the last also a copy of one row, with its mask.
    ///
    /// # Errors
    /// As [`Categorical::sample_many`], for any number of rows; a number of keys other than the number of rows.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// let probs = [0.75_f64, 0.25, 0.0, 1.0];
    /// let keys = [Key::new(1), Key::new(2)];
    /// let drawn = Categorical::from_probs(&probs, 2)?.sample_many_rows(3, &keys)?;
    /// assert_eq!(drawn[3..], [1, 1, 1]); // the other class has probability 0
    /// let first = Categorical::from_probs(&probs[..2], 2)?.sample_many(3, keys[0])?;
    /// assert_eq!(drawn[..3], first);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    #[doc(alias = "multinomial")]
    pub fn sample_many_rows(&self, n: usize, keys: &[Key]) -> Result<Vec<usize>> {
        check::length("keys", keys.len(), self.rows())?;
        let Some(len) = n.checked_mul(self.rows()) else {
            let (argument, expected) = ("n", "a number of draws that fits in memory");
            return Err(Error::Integer { argument, expected, found: n as u128 });
        };
        let mut drawn = vec![0; len];
        // For n = 0 there are no chunks, and the rows are checked all the same.
        let mut rest = &mut drawn[..];
        let mut rows = Vec::with_capacity(self.rows());
        for _ in keys {
            let (row, later) = rest.split_at_mut(n);
            rows.push((row, Ok(())));
            rest = later;
        }
        parallel::for_pieces(&mut rows, self.classes().max(n), |first, rows| {
            let mut gathered = Gathered::default();
            for (i, (drawn, result)) in rows.iter_mut().enumerate() {
                let row = self.row(first + i, &mut gathered);
                *result = row.sample_many(keys[first + i], drawn);
            }
        });
        rows.into_iter().try_for_each(|(_, result)| result)?;
        Ok(drawn)
    }
}

impl<T: Real> Row<'_, T> {
    /// Fills `out` with independent draws of this row.
    fn sample_many(&self, key: Key, out: &mut [usize]) -> Result<()> {
        if out.len() as f64 >= TABLE_DRAWS_PER_CLASS * self.classes() as f64 {
            AliasTable::of_row(self)?.fill(key, 0, out, |class| class as usize);
            return Ok(());
        }
        many_by_inversion(self, key, out)
    }
}

/// Draws by inversion of the totals of the blocks, then within a block.
fn many_by_inversion<T: Real>(row: &Row<'_, T>, key: Key, out: &mut [usize]) -> Result<()> {
    let mut scratch = Scratch::new();
    let ends = block_ends(row, &mut scratch)?;
    let [mut block_words, mut class_words] = key.split().map(DrawWords::new);
    let whole = u128::from(ends[ends.len() - 1]);
    // Block, number of the draw, uniform within the block.
    let mut drawn: Vec<(usize, usize, f64)> = (0..out.len())
        .map(|i| {
            let (first, second) = block_words.pair(i as u64);
            let u = unit::joined(first, second);
            let target = ((u128::from(u) * whole) >> 64) as u64;
            let (first, second) = class_words.pair(i as u64);
            (ends.partition_point(|&end| end <= target), i, unit::uniform_64(first, second))
        })
        .collect();
    drawn.sort_unstable_by_key(|&(block, number, _)| (block, number));
    for drawn in drawn.chunk_by(|a, b| a.0 == b.0) {
        let at = row.block(drawn[0].0);
        let (total, weights) = row.weigh(at.clone(), &mut scratch)?;
        for &(_, number, v) in drawn {
            out[number] = at.start + weights.invert(total.sum, v);
        }
    }
    Ok(())
}

/// The end of each block on a line of about 2^63 places: integers, so that no running sum is rounded.
fn block_ends<T: Real>(row: &Row<'_, T>, scratch: &mut Scratch) -> Result<Vec<u64>> {
    let shares = row.shares(scratch)?;
    let mut end = 0;
    let ends = shares.blocks.iter().map(|(_, total)| {
        end += (total / shares.sum * 9_223_372_036_854_775_808.0) as u64;
        end
    });
    Ok(ends.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;

    /// Rows of a batch with keys of their own are rows on their own, by both methods, with masks and temperatures.
    #[test]
    fn rows_draw_as_if_alone() {
        for (k, n) in [(1, 3), (5, 0), (7, 20), (3000, 10), (3000, 1000)] {
            let rows = 6;
            let mut l = vec![0.0_f32; rows * k];
            noise::logistic_into(Key::new(1), 0, &mut l);
            let mask: Vec<bool> = (0..rows * k).map(|i| k == 1 || i % 3 > 0).collect();
            let keys: [Key; 6] = Key::new(2).split();
            let make = |at: core::ops::Range<usize>, l: &[f32]| {
                let row = Categorical::from_logits(&l[at.clone()], k).unwrap();
                let row = row.temperature(0.7).unwrap().mask(&mask[at]).unwrap();
                (row.sample_many_rows(n, &keys[..row.rows()]), row.sample_many(n, keys[5]))
            };
            let all = make(0..rows * k, &l).0.unwrap();
            assert_eq!(all.len(), rows * n);
            assert_eq!(all[5 * n..], make(5 * k..rows * k, &l).1.unwrap());
            assert_eq!(all[..2 * n], make(0..2 * k, &l).0.unwrap());
            // The error names the first bad row and its value in the batch, also if nothing is drawn.
            (l[4 * k + 2 % k], l[2 * k + 2 % k]) = (f32::NAN, f32::NAN);
            let index = 2 * k + 2 % k;
            let row = Categorical::from_logits(&l, k).unwrap();
            let error = row.sample_many_rows(n, &keys).unwrap_err();
            assert!(matches!(error, Error::Value { index: i, .. } if i == index));
            let error = row.top_k_rows(1, &keys).unwrap_err();
            assert!(matches!(error, Error::Value { index: i, .. } if i == index));
            assert!(matches!(row.sample_many_rows(n, &keys[1..]), Err(Error::Length { .. })));
            assert!(matches!(row.top_k_rows(1, &keys[1..]), Err(Error::Length { .. })));
        }
        let none = Categorical::<f64>::from_logits(&[], 3).unwrap();
        assert_eq!(none.sample_many_rows(5, &[]), Ok(vec![]));
        assert_eq!(none.top_k_rows(2, &[]), Ok(vec![]));
        assert!(none.top_k_rows(0, &[]).is_err());
        let one = Categorical::from_logits(&[0.0_f32; 4], 2).unwrap();
        assert!(one.sample_many_rows(usize::MAX, &[Key::new(1); 2]).is_err());
        assert!(matches!(one.top_k_rows(3, &[Key::new(1); 2]), Err(Error::TooFew { .. })));
    }
}
