//! Exact categorical sampling: P(i) = e^(l_i / tau) / sum_j e^(l_j / tau).
//!
//! ```text
//! up to 64 classes      Gumbel-max
//! up to 1024            by inversion: the first class whose cumulative weight is above v, v uniform
//! more                  by rejection: reads each class once, takes an exponential of one in 32
//! ```
//!
//! Of a running sum over a wide row small classes beside a large one would be lost, the more the fewer
//! bits it has. Rejection adds up nothing but bounds, in whole numbers: see `envelope.rs`. Inversion
//! in one block sums in `f64`, of weights that are within 3 10^-6 of themselves in `f32`; a class
//! below 2^-125 of the largest never comes there.

use alloc::vec;
use alloc::vec::Vec;

use super::row::{Kind, Row, Scratch};
use crate::check;
use crate::error::{Error, Result};
use crate::key::{GROUP, Key};
use crate::math;
use crate::parallel::{self, Work};
use crate::real::Real;
use crate::simd::math::Decay;

/// Rows up to this wide have no use for blocks: Gumbels for all classes take less time than the steps of
/// the other way.
const NARROW: usize = 64;

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
pub struct Categorical<'a, T> {
    values: &'a [T],
    classes: usize,
    rows: usize,
    kind: Kind,
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
    /// only, a sum that overflows.
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

    /// Draws the index of a class for each row.
    ///
    /// Rows of up to 64 classes are drawn by [`Categorical::gumbel_max`], wider ones block by block.
    /// Nothing is allocated but the result. Row r of the whole takes noise of
    /// its own place alone, so a batch may be cut into parts: see [`Categorical::first_row`].
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
        if self.classes <= NARROW {
            return self.gumbel_max(key);
        }
        let number = |r: usize| self.first_row.wrapping_add(r as u64);
        self.each_row(|first, out| {
            let (mut uniforms, mut scratch) = (Uniforms::new(key), Scratch::new());
            for (i, out) in out.iter_mut().enumerate() {
                let number = number(first + i);
                let v = uniforms.at(number);
                let drawn = self.row(first + i).draw(|| key.fold_in(number), v, &mut scratch);
                *out = drawn.unwrap_or(REFUSED);
            }
        })
    }

    /// Draws all rows, on all cores; rows that are [`REFUSED`] are read again for what is wrong.
    fn each_row(&self, draw: impl Fn(usize, &mut [usize]) + Sync) -> Result<Vec<usize>> {
        let mut drawn = vec![0; self.rows];
        let work = Rows { first: 0, out: &mut drawn, classes: self.classes, draw: &draw };
        parallel::run(work);
        if let Some(refused) = drawn.iter().position(|&class| class == REFUSED) {
            self.row(refused).draw(|| Key::new(0), 0.5, &mut Scratch::new())?;
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
        check::length("keys", keys.len(), self.rows)?;
        if self.classes <= NARROW {
            return self.gumbel_max_rows(keys);
        }
        self.each_row(|first, out| {
            let mut scratch = Scratch::new();
            for ((i, out), key) in out.iter_mut().enumerate().zip(&keys[first..]) {
                let v = uniform(key.word(0), key.second_word(0));
                let drawn = self.row(first + i).draw(|| key.fold_in(0), v, &mut scratch);
                *out = drawn.unwrap_or(REFUSED);
            }
        })
    }

    /// ln of the sum of the weights of each row, exp(l / tau): what turns logits into
    /// log-probabilities. In `f64`.
    ///
    /// # Errors
    /// As [`Categorical::sample`].
    pub fn ln_sum(&self) -> Result<Vec<f64>> {
        (0..self.rows)
            .map(|r| {
                let row = self.row(r);
                let sum = row.ln_sum()?;
                if sum == f64::NEG_INFINITY { Err(row.nothing()) } else { Ok(sum) }
            })
            .collect()
    }
}

impl<T: Real> Row<'_, T> {
    /// A class, with the words of `key` or, of a row that is one block, the uniform `v`.
    fn draw(&self, key: impl FnOnce() -> Key, v: f64, scratch: &mut Scratch) -> Result<usize> {
        let wide = self.blocks() > 1;
        let separately = wide || self.tau != 1.0 || self.mask.is_some();
        if separately && self.kind.normalised() {
            self.check_normalised()?;
        }
        if wide {
            return self.draw_by_rejection(key(), scratch);
        }
        let (total, weights) = self.weigh(0..self.classes(), scratch)?;
        if self.kind.normalised() && !separately {
            self.check_sum(math::exp(total.ln(1.0).min(700.0)))?;
        }
        if total.is_zero() {
            return Err(self.nothing());
        }
        Ok(weights.invert(total.sum, v))
    }
}

/// In place of a class: this row cannot be drawn.
const REFUSED: usize = usize::MAX;

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

/// (k 2^32 + k2 + 1/2) 2^-64: a uniform of 64 bits, with full relative precision near 0.
pub(super) fn uniform(word: u32, second: u32) -> f64 {
    const TWO_NEG_64: f64 = 1.0 / 18_446_744_073_709_551_616.0;
    ((u64::from(word) << 32 | u64::from(second)) as f64 + 0.5) * TWO_NEG_64
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
            self.words = [self.key.group(group), self.key.second_group(group)];
            self.group = Some(group);
        }
        let place = (index % GROUP as u64) as usize;
        (self.words[0][place], self.words[1][place])
    }

    #[inline]
    fn at(&mut self, index: u64) -> f64 {
        let (first, second) = self.words(index);
        uniform(first, second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;
    use rand_core::Rng;

    fn logits<T: Real>(n: usize) -> Vec<T> {
        let mut l = vec![T::default(); n];
        noise::logistic_into(Key::new(1), 0, &mut l);
        l
    }

    /// One block: the first class whose cumulative weight is above v, with the standard library's functions.
    fn by_inversion(logits: &[f64], v: f64) -> usize {
        let weights: Vec<f64> = logits.iter().map(|l| l.exp()).collect();
        let mut left = v * weights.iter().sum::<f64>();
        let drawn = weights.iter().position(|w| {
            left -= w;
            left < 0.0
        });
        drawn.unwrap()
    }

    /// More blocks: rejection as `envelope.rs` states it, with the standard library's functions.
    fn by_rejection(logits: &[f64], key: Key) -> usize {
        let max = |x: &mut dyn Iterator<Item = f64>| x.fold(f64::NEG_INFINITY, f64::max);
        let top = max(&mut logits.iter().copied());
        let cells: Vec<Vec<f64>> = logits
            .chunks(512)
            .map(|block| {
                let cell = |c| max(&mut block.iter().skip(c).step_by(16).copied());
                (0..16).map(|c| (cell(c) - top).exp()).collect()
            })
            .collect();
        let line = |stretches: Vec<f64>| -> Vec<f64> {
            let unit = (2f64.powi(52) - 2f64.powi(32)) / stretches.iter().sum::<f64>();
            let mut end = 0.0;
            let up = |x: f64| {
                end += (x * unit).floor() + 1.0;
                end
            };
            stretches.into_iter().map(up).collect()
        };
        let blocks = line(cells.iter().map(|cells| cells.iter().sum()).collect());
        let mut rng = key.rng();
        loop {
            let place = (rng.next_u64() >> 12) as f64;
            let Some(block) = blocks.iter().position(|&end| place < end) else { continue };
            let word = rng.next_u64();
            let place = (word >> 12) as f64;
            let Some(cell) = line(cells[block].clone()).iter().position(|&end| place < end) else {
                continue;
            };
            let class = block * 512 + (word % 32) as usize * 16 + cell;
            let Some(l) = logits.get(class) else { continue };
            let u = (rng.next_u64() as f64 + 0.5) / 2f64.powi(64);
            if u < (l - top).exp() / cells[block][cell] * (1.0 - 2f64.powi(-15)) {
                return class;
            }
        }
    }

    fn equals_the_rule<T: Real>() {
        for k in [65, 1024, 1025, 5_000, 70_000] {
            let rows = 200_000 / k;
            let l = logits::<T>(rows * k);
            let wide: Vec<f64> = l.iter().map(|l| l.to_f64()).collect();
            let key = Key::new(2);
            let drawn = Categorical::from_logits(&l, k).unwrap().first_row(7).sample(key).unwrap();
            for (r, (drawn, row)) in drawn.into_iter().zip(wide.chunks(k)).enumerate() {
                let number = r as u64 + 7;
                let v = uniform(key.word(number), key.second_word(number));
                let expected = match k {
                    ..=1024 => by_inversion(row, v),
                    _ => by_rejection(row, key.fold_in(number)),
                };
                assert_eq!(drawn, expected, "row {r} of {k}");
            }
        }
    }

    /// A draw would differ where a word comes within 10^-5 of a boundary: not for this key.
    #[test]
    fn equals_the_rule_in_both_types() {
        equals_the_rule::<f32>();
        equals_the_rule::<f64>();
    }

    #[test]
    fn a_mask_is_minus_infinity_and_weights_are_their_logarithms() {
        let (rows, k) = (50, 3_000);
        let l = logits::<f32>(rows * k);
        let mask: Vec<bool> = (0..k).map(|i| i % 3 > 0).collect();
        let masked: Vec<f32> = l
            .iter()
            .enumerate()
            .map(|(i, &l)| if mask[i % k] { l } else { f32::NEG_INFINITY })
            .collect();
        let plain = Categorical::from_logits(&masked, k).unwrap().sample(Key::new(3)).unwrap();
        let row = Categorical::from_logits(&l, k).unwrap().mask(&mask).unwrap();
        assert_eq!(row.sample(Key::new(3)).unwrap(), plain);
        let each = mask.repeat(rows);
        let row = Categorical::from_logits(&l, k).unwrap().mask(&each).unwrap();
        assert_eq!(row.sample(Key::new(3)).unwrap(), plain);
        let weights: Vec<f64> = masked.iter().map(|&l| f64::from(l).exp()).collect();
        let row = Categorical::from_weights(&weights, k).unwrap();
        assert_eq!(row.sample(Key::new(3)).unwrap(), plain);
        assert!(row.mask(&each[1..]).is_err());
    }

    #[cfg(feature = "rayon")]
    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let l = logits::<f32>(1 << 20);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let draws = [1 << 20, 1 << 14, 65, 10].map(|k| {
                    let rows = Categorical::from_logits(&l[..(1 << 20) / k * k], k).unwrap();
                    let keys: Vec<Key> =
                        (0..rows.rows() as u64).map(|r| Key::new(5).fold_in(r)).collect();
                    (rows.sample(Key::new(4)).unwrap(), rows.sample_rows(&keys).unwrap())
                });
                (draws, crate::top_k(&l, 1_000, Key::new(6)).unwrap())
            })
        };
        let one = on(1);
        for threads in [2, 3, 8] {
            assert!(on(threads) == one, "{threads} threads");
        }
    }

    /// A logit of the largest magnitude over a small temperature does not overflow.
    #[test]
    fn extremes_stay_finite() {
        for tau in [1e-300, 1.0, 1e300] {
            let mut l = vec![-f64::MAX; 3_000];
            l[2_999] = f64::MAX;
            let row = Categorical::from_logits(&l, 3_000).unwrap().temperature(tau).unwrap();
            for drawn in
                [row.sample(Key::new(1)).unwrap()[0], row.gumbel_max(Key::new(1)).unwrap()[0]]
            {
                assert!(drawn < 3_000 && (tau > 1.0 || drawn == 2_999), "{tau} {drawn}");
            }
        }
        assert!(Categorical::from_logits(&[0.0_f32; 4], 0).is_err());
        assert!(Categorical::from_logits(&[0.0_f32; 4], 3).is_err());
        assert!(Categorical::from_logits(&[0.0_f32; 4], 4).unwrap().temperature(0.0).is_err());
        assert!(
            Categorical::<f32>::from_logits(&[], 4)
                .unwrap()
                .sample(Key::new(1))
                .unwrap()
                .is_empty()
        );
    }
}
