//! The alias table: many draws from one row, each in constant time.
//!
//! Heights are integers, so filling the columns neither loses nor makes any mass: p_i is rounded once, to
//! the nearest 2^-63, the sum is made exactly 2^63, and all later steps are exact.

use alloc::vec;
use alloc::vec::Vec;
use core::hint::select_unpredictable;

use super::categorical::{Categorical, Row, Scratch};
use crate::error::Result;
use crate::key::Key;
use crate::parallel;
use crate::real::Real;
use crate::unit;
use crate::words::Groups;

/// A probability of 1 and the height of a column, in units of 2^-63.
const ONE: u64 = 1 << 63;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column {
    /// In units of 2^-64; all ones in a full column, which is its own alias.
    threshold: u64,
    alias: u64,
}

/// A row of classes prepared for many draws, each in constant time: 16 bytes a class.
///
/// ```text
/// k columns of height 1; column i belongs to class i up to t_i, and to class a_i above
/// P(i) = (t_i + sum over columns j with a_j = i of (1 - t_j)) / k
/// draw:  m = u k for a uniform u; column floor(m), height m - floor(m)
/// ```
///
/// Each probability is exact to 2^-63 and the rounding of `f64`; for `f32` logits each probability is exact to
/// 2 10^-6 of itself, because their exponentials are computed in `f32`. A class of weight 0 is never drawn.
/// Draw `index` depends only on (key, index). Building takes time in proportion to k. A draw takes two random
/// words, one multiplication and one access to the table.
///
/// Walker, "An efficient method for generating discrete random variables with general distributions",
/// ACM TOMS 3 (1977); Vose, "A linear algorithm for generating random numbers with a given
/// distribution", IEEE Trans. Software Eng. 17 (1991).
///
/// ```
/// use gumbel::{AliasTable, Categorical, Key};
/// let weights = [9.0_f64, 0.5, 0.5, 0.0];
/// let table = AliasTable::new(&Categorical::from_weights(&weights, 4)?)?;
/// let mut drawn = [0; 10_000];
/// table.sample_into(Key::new(7), 0, &mut drawn);
/// let count = |class| drawn.iter().filter(|&&d| d == class).count();
/// assert!((count(0) as f64 - 9_000.0).abs() < 180.0); // six standard deviations
/// assert_eq!(count(3), 0);
/// assert_eq!(table.sample(Key::new(7), 5_000), drawn[5_000]);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasTable {
    columns: Vec<Column>,
}

impl AliasTable {
    /// Builds the table of a [`Categorical`] with one row, including its temperature and mask. While it is built, it
    /// takes 24 bytes a class, and 48 for each 1,024 classes.
    ///
    /// # Errors
    /// More or less than one row; values that the constructor of the row does not allow; no possible class.
    pub fn new<T: Real>(row: &Categorical<'_, T>) -> Result<Self> {
        Self::of_row(&row.only_row()?)
    }

    /// Builds the table of a row.
    pub(super) fn of_row<T: Real>(row: &Row<'_, T>) -> Result<Self> {
        let mut mass = masses(row)?;
        make_sum_exact(&mut mass);
        Ok(Self { columns: columns(&mass) })
    }

    /// The number of classes, k.
    pub fn classes(&self) -> usize {
        self.columns.len()
    }

    /// Returns draw `index` of `key`, a class below k.
    pub fn sample(&self, key: Key, index: u64) -> u64 {
        self.draw(key.word(index), key.second_word(index))
    }

    /// Fills `out` with draws `offset .. offset + out.len()` of `key`.
    pub fn sample_into(&self, key: Key, offset: u64, out: &mut [u64]) {
        self.fill(key, offset, out, |class| class);
    }

    /// [`AliasTable::sample_into`] with each class converted by `convert`, on all threads.
    pub(super) fn fill<O: Send>(
        &self,
        key: Key,
        offset: u64,
        out: &mut [O],
        convert: impl Fn(u64) -> O + Sync,
    ) {
        parallel::for_elements(out, |start, out| {
            for part in Groups::new(offset.wrapping_add(start as u64), out.len()) {
                let (first, second) =
                    (key.words_of_group(part.group), key.second_words_of_group(part.group));
                let words = first[part.skip..].iter().zip(&second[part.skip..]);
                for (out, (&first, &second)) in out[part.at].iter_mut().zip(words) {
                    *out = convert(self.draw(first, second));
                }
            }
        });
    }

    /// The class for two random words.
    #[inline]
    fn draw(&self, first: u32, second: u32) -> u64 {
        let u = unit::joined(first, second);
        let m = u128::from(u) * self.columns.len() as u128;
        let (number, height) = ((m >> 64) as u64, m as u64);
        let column = &self.columns[number as usize];
        // The outcome cannot be predicted: a branch would be mispredicted half of the time.
        select_unpredictable(height < column.threshold, number, column.alias)
    }
}

/// Probabilities in units of 2^-63, rounded to the nearest.
fn masses<T: Real>(row: &Row<'_, T>) -> Result<Vec<u64>> {
    let mut scratch = Scratch::new();
    let shares = row.shares(&mut scratch)?;
    let mut mass = vec![0; row.classes()];
    for (number, (unit, total)) in shares.blocks.iter().enumerate() {
        if *total == 0.0 {
            continue;
        }
        let at = row.block(number);
        let (_, weights) = row.weigh(at.clone(), &mut scratch)?;
        let unit = unit / shares.sum * ONE as f64;
        for (i, mass) in mass[at].iter_mut().enumerate() {
            *mass = (weights.at(i) * unit + 0.5) as u64;
        }
    }
    Ok(mass)
}

/// Makes the sum exactly 2^63. The excess from rounding, of either sign, is shared out in proportion; what
/// remains, about half a unit a class, goes to the largest masses.
fn make_sum_exact(mass: &mut [u64]) {
    let excess = |mass: &[u64]| mass.iter().map(|&m| i128::from(m)).sum::<i128>() - i128::from(ONE);
    let share = excess(mass) as f64 / ONE as f64;
    for mass in mass.iter_mut() {
        *mass = mass.wrapping_add_signed(-(*mass as f64 * share) as i64);
    }
    let half_mean = ONE / mass.len() as u64 / 2;
    loop {
        let mut rest = excess(mass);
        if rest == 0 {
            return;
        }
        let large = mass.iter().filter(|m| **m >= half_mean).count() as i128;
        let step = rest.signum() * (rest.abs() + large - 1).div_euclid(large);
        for large in mass.iter_mut().filter(|m| **m >= half_mean) {
            let step = if step.abs() < rest.abs() { step } else { rest };
            *large = (i128::from(*large) - step) as u64;
            rest -= step;
        }
    }
}

/// Fills columns of height 2^63 with masses p_i k, which sum to k 2^63.
fn columns(mass: &[u64]) -> Vec<Column> {
    let k = mass.len() as u128;
    let one = u128::from(ONE);
    let height = |i: usize| u128::from(mass[i]) * k;
    let mut columns: Vec<Column> =
        (0..mass.len()).map(|i| Column { threshold: u64::MAX, alias: i as u64 }).collect();
    let put = |columns: &mut [Column], i: usize, height: u128, alias: usize| {
        columns[i] = Column { threshold: (height << 1) as u64, alias: alias as u64 };
    };
    let mut larges = (0..mass.len()).filter(|&i| height(i) > one);
    let Some(mut large) = larges.next() else { return columns };
    let mut left = height(large);
    for small in (0..mass.len()).filter(|&i| height(i) < one) {
        put(&mut columns, small, height(small), large);
        left -= one - height(small);
        // A large class that has given away enough is itself small: the next large class fills it.
        while left <= one {
            let Some(next) = larges.next() else { return columns };
            if left < one {
                put(&mut columns, large, left, next);
            }
            left = height(next) - (one - left);
            large = next;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::noise;

    /// The probabilities of a table, from its columns, in units of 2^-64 / k.
    fn probabilities(table: &AliasTable) -> Vec<u128> {
        let one = 1_u128 << 64;
        let mut sums = vec![0; table.classes()];
        for (i, column) in table.columns.iter().enumerate() {
            let own = if column.alias == i as u64 { one } else { u128::from(column.threshold) };
            sums[i] += own;
            sums[column.alias as usize] += one - own;
        }
        sums
    }

    #[test]
    fn the_columns_hold_each_mass_exactly() {
        for (k, seed) in [(1, 1), (2, 2), (7, 3), (512, 4), (513, 5), (5000, 6)] {
            let mut logits = vec![0.0_f64; k];
            noise::logistic_into(Key::new(seed), 0, &mut logits);
            logits[0] *= 10.0;
            let row = Categorical::from_logits(&logits, k).unwrap();
            let mut mass = masses(&row.only_row().unwrap()).unwrap();
            make_sum_exact(&mut mass);
            let table = AliasTable::new(&row).unwrap();
            for (p, mass) in probabilities(&table).into_iter().zip(&mass) {
                assert_eq!(p, u128::from(*mass) * k as u128 * 2);
            }
            let exact = crate::oracle::softmax(&logits);
            for (mass, p) in mass.iter().zip(&exact) {
                let ours = *mass as f64 / ONE as f64;
                // Differences of logits up to 100 are rounded: 100 * 2^-53.
                assert!((ours - p).abs() <= 2e-14 * p + 2f64.powi(-62), "{ours} {p}");
            }
        }
    }

    #[test]
    fn one_hot_and_uniform() {
        let hot = [0.0_f32, 3.0, 0.0];
        let table = AliasTable::new(&Categorical::from_weights(&hot, 3).unwrap()).unwrap();
        assert_eq!(probabilities(&table), [0, 3 << 64, 0]);
        assert!((0..1000).all(|i| table.sample(Key::new(1), i) == 1));
        let even = vec![0.3_f32; 1000];
        let table = AliasTable::new(&Categorical::from_weights(&even, 1000).unwrap()).unwrap();
        // 1000 roundings of the sum.
        let rounding = (1 << 64) / (1_u128 << 53) * 1000;
        assert!(probabilities(&table).iter().all(|&p| p.abs_diff(1 << 64) <= rounding));
    }

    #[test]
    fn any_chunking_gives_the_same_draws() {
        let weights: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let table = AliasTable::new(&Categorical::from_weights(&weights, 100).unwrap()).unwrap();
        let (mut whole, mut part) = ([0; 300], [0; 90]);
        table.sample_into(Key::new(3), 5, &mut whole);
        table.sample_into(Key::new(3), 75, &mut part);
        assert_eq!(whole[70..160], part);
        assert!((0..300).all(|i| table.sample(Key::new(3), 5 + i) == whole[i as usize]));
    }

    #[cfg(feature = "rayon")]
    #[test]
    fn the_number_of_threads_changes_no_draw() {
        let weights: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let row = Categorical::from_weights(&weights, 100).unwrap();
        let (n, key) = (3 * parallel::THREAD_PART + 7, Key::new(3));
        let draw_on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| row.sample_many(n, key).unwrap())
        };
        let table = AliasTable::new(&row).unwrap();
        let plain: Vec<_> = (0..n).map(|i| table.sample(key, i as u64) as usize).collect();
        assert!(draw_on(1) == plain && draw_on(3) == plain);
    }

    #[test]
    fn bad_rows() {
        let two = Categorical::from_weights(&[1.0_f32; 4], 2).unwrap();
        assert!(matches!(AliasTable::new(&two), Err(Error::OneRow { found: 2, .. })));
        let zeros = Categorical::from_weights(&[0.0_f32; 4], 4).unwrap();
        assert!(matches!(AliasTable::new(&zeros), Err(Error::NothingAllowed { .. })));
    }
}
