//! Many draws from one row.
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

use super::{Categorical, DrawWords, Row, Scratch};
use crate::error::Result;
use crate::key::Key;
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
    /// and 24 bytes a draw), else an [`AliasTable`]. The two have the same law and different draws; for draws
    /// that do not depend on n, build the table. Each probability is exact to 10^-12 of itself and 2^-53; for
    /// `f32` logits to 2 10^-6 of itself, because their exponentials are computed in `f32`.
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
        let row = self.only_row()?;
        if n as f64 >= TABLE_DRAWS_PER_CLASS * row.classes() as f64 {
            let table = AliasTable::new(self)?;
            let mut drawn = vec![0; n];
            table.fill(key, 0, &mut drawn, |class| class as usize);
            return Ok(drawn);
        }
        many_by_inversion(&row, n, key)
    }
}

/// `n` draws by inversion of the totals of the blocks, then within a block.
fn many_by_inversion<T: Real>(row: &Row<'_, T>, n: usize, key: Key) -> Result<Vec<usize>> {
    let mut scratch = Scratch::new();
    let ends = block_ends(row, &mut scratch)?;
    let [mut block_words, mut class_words] = key.split().map(DrawWords::new);
    let whole = u128::from(ends[ends.len() - 1]);
    // Block, number of the draw, uniform within the block.
    let mut drawn: Vec<(usize, usize, f64)> = (0..n)
        .map(|i| {
            let (first, second) = block_words.pair(i as u64);
            let u = unit::joined(first, second);
            let target = ((u128::from(u) * whole) >> 64) as u64;
            let (first, second) = class_words.pair(i as u64);
            (ends.partition_point(|&end| end <= target), i, unit::uniform_64(first, second))
        })
        .collect();
    drawn.sort_unstable_by_key(|&(block, number, _)| (block, number));
    let mut result = vec![0; n];
    for drawn in drawn.chunk_by(|a, b| a.0 == b.0) {
        let at = row.block(drawn[0].0);
        let (total, weights) = row.weigh(at.clone(), &mut scratch)?;
        for &(_, number, v) in drawn {
            result[number] = at.start + weights.invert(total.sum, v);
        }
    }
    Ok(result)
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
