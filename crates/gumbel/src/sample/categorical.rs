//! Exact categorical sampling in one pass, block by block.
//!
//! ```text
//! P(i) = e^(l_i / tau) / sum_j e^(l_j / tau)
//! 1.  block b with probability proportional to W_b = sum of its weights: argmax_b (ln W_b + g_b)
//! 2.  class i of that block with probability e_i / W_b: the first whose cumulative weight is above u W_b
//! ```
//!
//! Exact by the chain rule, P(i) = P(b) P(i | b); or because the largest of independent
//! Gumbel(l_i) is Gumbel(ln sum e^l_i) and independent of which one it was (Maddison, Tarlow and
//! Minka, "A* sampling", arXiv 1411.0030, section 2). It takes one exponential for a class, one Gumbel
//! for a block of 1024 and one uniform for a row, where [`gumbel_max`](crate::gumbel_max) takes a
//! Gumbel for each class. The two have one law, and above 64 classes different draws for one key.
//!
//! Of a running sum over the whole row small classes beside a large one would be lost, the more the
//! fewer bits it has. Here a block knows nothing of the other blocks, its own sum is in `f64`, and the
//! noise of the blocks is exact to probabilities of 2^-60.

use alloc::vec;
use alloc::vec::Vec;

use super::row::{BLOCK, Kind, LnSum, Row, Scratch};
use crate::check;
use crate::error::{Error, Result};
use crate::key::{GROUP, Key};
use crate::math;
use crate::noise::Law;
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
    /// A class, from the noise of the blocks under `blocks` and the uniform `v` within the block.
    fn draw(&self, blocks: impl FnOnce() -> Key, v: f64, scratch: &mut Scratch) -> Result<usize> {
        let separately = self.kind.normalised() && (self.tau != 1.0 || self.mask.is_some());
        if separately {
            self.check_normalised()?;
        }
        let check = self.kind.normalised() && !separately;
        let block = if self.blocks() == 1 { 0 } else { self.draw_block(blocks(), check, scratch)? };
        let at = self.block(block);
        let (total, weights) = self.weigh(at.clone(), scratch)?;
        if check && self.blocks() == 1 {
            self.check_sum(math::exp(total.ln(1.0).min(700.0)))?;
        }
        if total.is_zero() {
            return Err(self.nothing());
        }
        Ok(at.start + weights.invert(total.sum, v))
    }

    /// argmax of ln W_b + g_b; block 0 if every block is empty.
    fn draw_block(&self, key: Key, check: bool, scratch: &mut Scratch) -> Result<usize> {
        let groups = self.blocks().div_ceil(GROUP);
        let mut whole = check.then(LnSum::default);
        let mut best = (f64::NEG_INFINITY, 0);
        if groups == 1 || check {
            for group in 0..groups {
                let here = self.draw_block_of(group, key, whole.as_mut(), scratch)?;
                best = if here.0 > best.0 { here } else { best };
            }
        } else {
            let mut winners = vec![(0.0, 0); groups];
            parallel::run(Groups { row: self, key, first: 0, out: &mut winners });
            for here in winners {
                if here.1 == REFUSED {
                    // Read again for what is wrong.
                    self.ln_sum()?;
                }
                best = if here.0 > best.0 { here } else { best };
            }
        }
        if let Some(whole) = whole {
            self.check_sum(math::exp(whole.value().min(700.0)))?;
        }
        Ok(best.1)
    }

    /// The best of 64 blocks, and which it is.
    fn draw_block_of(
        &self,
        group: usize,
        key: Key,
        mut whole: Option<&mut LnSum>,
        scratch: &mut Scratch,
    ) -> Result<(f64, usize)> {
        let blocks = group * GROUP..((group + 1) * GROUP).min(self.blocks());
        let mut noise = [0.0_f64; GROUP];
        Law::Gumbel.fill(key, blocks.start as u64, &mut noise[..blocks.len()]);
        let mut best = (f64::NEG_INFINITY, blocks.start);
        for (block, noise) in blocks.zip(noise) {
            let total = self.total(self.block(block), scratch)?;
            if let Some(whole) = whole.as_mut() {
                whole.add(total.ln(1.0));
            }
            if !total.is_zero() {
                let perturbed = total.perturbed(self.tau, noise);
                best = if perturbed > best.0 { (perturbed, block) } else { best };
            }
        }
        Ok(best)
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

/// Groups of 64 blocks of one row, of which the best are wanted.
struct Groups<'o, 'r, 'a, T> {
    row: &'r Row<'a, T>,
    key: Key,
    first: usize,
    out: &'o mut [(f64, usize)],
}

impl<T: Real> Work for Groups<'_, '_, '_, T> {
    fn pieces(&self) -> usize {
        self.out.len()
    }

    fn elements(&self) -> usize {
        GROUP * BLOCK
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (out, rest) = self.out.split_at_mut(pieces);
        (Self { out, ..self }, Self { first: self.first + pieces, out: rest, ..self })
    }

    fn run(self) {
        let mut scratch = Scratch::new();
        for (i, out) in self.out.iter_mut().enumerate() {
            let best = self.row.draw_block_of(self.first + i, self.key, None, &mut scratch);
            *out = best.unwrap_or((f64::NEG_INFINITY, REFUSED));
        }
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

    fn logits<T: Real>(n: usize) -> Vec<T> {
        let mut l = vec![T::default(); n];
        noise::logistic_into(Key::new(1), 0, &mut l);
        l
    }

    /// The two steps as they stand, in `f64` with the standard library's functions.
    fn plain(logits: &[f64], blocks: Key, v: f64) -> usize {
        let weights: Vec<f64> = logits.iter().map(|l| l.exp()).collect();
        let mut noise = vec![0.0; logits.len().div_ceil(BLOCK)];
        noise::gumbel_into(blocks, 0, &mut noise);
        let sums: Vec<f64> = weights.chunks(BLOCK).map(|block| block.iter().sum()).collect();
        let perturbed = |b: usize| sums[b].ln() + noise[b];
        let block = (0..sums.len()).fold(0, |a, b| if perturbed(b) > perturbed(a) { b } else { a });
        let mut left = v * sums[block];
        let within = weights.chunks(BLOCK).nth(block).unwrap().iter().position(|w| {
            left -= w;
            left < 0.0
        });
        block * BLOCK + within.unwrap()
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
                assert_eq!(drawn, plain(row, key.fold_in(number), v), "row {r} of {k}");
            }
        }
    }

    /// In `f32` a draw would differ where v comes within 10^-6 of a boundary: not for this key.
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
