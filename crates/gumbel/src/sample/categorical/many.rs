//! Many draws from one row.
//!
//! ```text
//! few draws    block b by inversion of the totals W_b, then class i of that block by inversion;
//!              draws are sorted by block, so that a block is read again once, if it was drawn at all
//! many draws   an alias table
//! ```
//!
//! The totals take one exponential a class, the table about ten times that and 16 bytes a class, but its
//! draws are cheaper: it pays from about k / 8 draws on, which is the rule.

use alloc::vec;
use alloc::vec::Vec;

use super::{Categorical, Row, Scratch, Uniforms};
use crate::error::Result;
use crate::key::Key;
use crate::real::Real;
use crate::sample::alias::AliasTable;
use crate::unit;

/// The alias table is built for at least this many draws, as a part of the classes.
const TABLE_FROM: f64 = 0.125;

/// Draws `n` indices from softmax(logits), one row: `Categorical::from_logits(logits, k)` and
/// [`Categorical::sample_many`].
///
/// # Errors
/// As there.
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
    /// Draws `n` indices of classes from one row, independent, with replacement.
    ///
    /// Which way is taken depends on k and n alone: inversion over blocks of 1024 for n < k / 8 (scratch: 40
    /// bytes a block and 24 bytes a draw), else an [`AliasTable`]. The two have one law and different draws;
    /// for draws that do not depend on n, make the table. Probabilities are within 10^-12 of themselves
    /// and 2^-53; those of `f32` logits within 2 10^-6, as their exponentials are made in `f32`.
    ///
    /// # Errors
    /// More or less than one row; values that the constructor does not allow; nothing to choose.
    #[doc(alias = "multinomial")]
    pub fn sample_many(&self, n: usize, key: Key) -> Result<Vec<usize>> {
        let row = self.only_row()?;
        if n as f64 >= TABLE_FROM * row.classes() as f64 {
            let table = AliasTable::new(self)?;
            let mut drawn = vec![0; n];
            table.fill(key, 0, &mut drawn, |class| class as usize);
            return Ok(drawn);
        }
        by_inversion(&row, n, key)
    }
}

fn by_inversion<T: Real>(row: &Row<'_, T>, n: usize, key: Key) -> Result<Vec<usize>> {
    let mut scratch = Scratch::new();
    let ends = ends(row, &mut scratch)?;
    let [mut blocks, mut classes] = key.split().map(Uniforms::new);
    let whole = u128::from(ends[ends.len() - 1]);
    // Block, number of the draw, uniform within the block.
    let mut drawn: Vec<(usize, usize, f64)> = (0..n)
        .map(|i| {
            let (first, second) = blocks.words(i as u64);
            let u = unit::joined(first, second);
            let target = ((u128::from(u) * whole) >> 64) as u64;
            let (first, second) = classes.words(i as u64);
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

/// Where each block ends on a line of about 2^63: integers, so that no running sum is rounded.
fn ends<T: Real>(row: &Row<'_, T>, scratch: &mut Scratch) -> Result<Vec<u64>> {
    let shares = row.shares(scratch)?;
    let mut end = 0;
    let ends = shares.blocks.iter().map(|(_, total)| {
        end += (total / shares.sum * 9_223_372_036_854_775_808.0) as u64;
        end
    });
    Ok(ends.collect())
}
