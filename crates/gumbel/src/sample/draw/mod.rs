//! Draws of one class from each row, by the way that is fastest for its width.
//!
//! Inversion and rejection propose a class from weights in `f32` that are rounded up, and accept it with
//! the ratio of its weight in `f64` to what was proposed: so the law is that of the weights in `f64`,
//! whatever the proposal lost. Proposals are stretches of whole numbers on a line of 2^52, which add up
//! without rounding, and none is empty: a class of probability 2^-80 is proposed with 2^-52 and accepted
//! with 2^-28.

mod by_inversion;
mod by_rejection;

use alloc::vec;
use alloc::vec::Vec;

use rand_core::Rng;

use super::categorical::{Categorical, Uniforms};
use super::row::{Row, Scratch};
use crate::check;
use crate::error::Result;
use crate::key::{Key, KeyRng};
use crate::parallel::{self, Work};
use crate::real::Real;

/// Rows up to this wide: Gumbels for all classes take less time than the steps of the other ways. Weights need
/// a logarithm each for that.
const NARROW: usize = 128;
const NARROW_WEIGHTS: usize = 32;
/// Rows up to this wide: exponentials of all classes take less time than proposals that are refused.
const MIDDLE: usize = 8192;

impl<T: Real> Categorical<'_, T> {
    /// Draws the index of a class for each row.
    ///
    /// Rows of up to 128 classes (32 of weights) are drawn by [`Categorical::gumbel_max`], those of up to 8192 by inversion,
    /// wider ones by rejection (see the [module](crate::sample::categorical)). Scratch for each thread:
    /// 4 bytes a class for inversion, 16 bytes for 512 classes for rejection. Row r of the whole takes
    /// words of its own place alone, so a batch may be cut into parts: see [`Categorical::first_row`].
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
        if self.narrow() {
            return self.gumbel_max(key);
        }
        let number = |r: usize| self.first_row.wrapping_add(r as u64);
        self.each_row(|first, out| {
            let (mut uniforms, mut scratch) = (Uniforms::new(key), Scratch::new());
            for (i, out) in out.iter_mut().enumerate() {
                let number = number(first + i);
                let words = uniforms.words(number);
                let drawn = self.row(first + i).draw(|| key.fold_in(number), words, &mut scratch);
                *out = drawn.unwrap_or(REFUSED);
            }
        })
    }

    fn narrow(&self) -> bool {
        self.classes() <= if self.kind.linear() { NARROW_WEIGHTS } else { NARROW }
    }

    /// Draws all rows, on all cores; rows that are [`REFUSED`] are read again for what is wrong.
    pub(super) fn each_row(&self, draw: impl Fn(usize, &mut [usize]) + Sync) -> Result<Vec<usize>> {
        let mut drawn = vec![0; self.rows()];
        let work = Rows { first: 0, out: &mut drawn, classes: self.classes(), draw: &draw };
        parallel::run(work);
        if let Some(refused) = drawn.iter().position(|&class| class == REFUSED) {
            let row = self.row(refused);
            row.draw(|| Key::new(0), (0, 0), &mut Scratch::new())?;
            return Err(row.nothing());
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
        check::length("keys", keys.len(), self.rows())?;
        if self.narrow() {
            return self.gumbel_max_rows(keys);
        }
        self.each_row(|first, out| {
            let mut scratch = Scratch::new();
            for ((i, out), key) in out.iter_mut().enumerate().zip(&keys[first..]) {
                let words = (key.word(0), key.second_word(0));
                let drawn = self.row(first + i).draw(|| key.fold_in(0), words, &mut scratch);
                *out = drawn.unwrap_or(REFUSED);
            }
        })
    }
}

impl<T: Real> Row<'_, T> {
    /// A class, from these words or with those of `key`.
    fn draw(
        &self,
        key: impl FnOnce() -> Key,
        words: (u32, u32),
        scratch: &mut Scratch,
    ) -> Result<usize> {
        if self.classes() > MIDDLE {
            if self.kind.normalised() {
                self.check_normalised(scratch)?;
            }
            return self.draw_by_rejection(key(), scratch);
        }
        self.draw_by_inversion(key, words, scratch)
    }

    /// What a class weighs beside `top`, in `f64`.
    fn weight(&self, class: usize, top: f64) -> f64 {
        match self.allowed(class) {
            true => self.scale().relative(self.values[class].to_f64(), top),
            false => 0.0,
        }
    }
}

/// 2^52, a little less: whole numbers up to 2^52 are added in `f64` without rounding.
const WHOLE: f64 = TWO_52 * (1.0 - 1.0 / 32_768.0);
const TWO_52: f64 = 4_503_599_627_370_496.0;
/// Weights in `f32` may be too small by 2^-16 of themselves, twice where they are multiplied.
const SAFE: f64 = 1.0 - 1.0 / 32_768.0;

/// A whole number at least 1/2 above x, at most 3/2, for x from 0 to 2^52.
#[inline(always)]
fn up(x: f64) -> f64 {
    (x + TWO_52) - TWO_52 + 1.0
}

/// The first 52 bits: a place on the line.
#[inline(always)]
fn place(word: u64) -> f64 {
    (word >> 12) as f64
}

/// Whether a uniform is below `p`: of 64 bits, or of 128 if the first 12 are 0, so that small p are as exact.
fn accepts(p: f64, rng: &mut KeyRng) -> bool {
    const TWO_NEG_64: f64 = 1.0 / 18_446_744_073_709_551_616.0;
    let word = rng.next_u64();
    let rest = if word >> 52 == 0 { rng.next_u64() as f64 * TWO_NEG_64 } else { 0.5 };
    (word as f64 + rest) * TWO_NEG_64 < p
}

/// In place of a class: this row cannot be drawn.
pub(super) const REFUSED: usize = usize::MAX;

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

    fn line(stretches: &[f64]) -> Vec<f64> {
        let unit = (2f64.powi(52) * (1.0 - 2f64.powi(-15))) / stretches.iter().sum::<f64>();
        let mut end = 0.0;
        let up = |x: &f64| {
            end += (x * unit).round_ties_even() + 1.0;
            end
        };
        stretches.iter().map(up).collect()
    }

    /// The first proposal as `by_inversion.rs` states it, with the standard library's functions.
    fn by_inversion(logits: &[f64], word: u64) -> usize {
        let weights: Vec<f64> = logits.iter().map(|l| l.exp()).collect();
        let unit = 2f64.powi(52) * (1.0 - 2f64.powi(-15)) / weights.iter().sum::<f64>();
        let mut left = (word >> 12) as f64;
        for (part, weights) in weights.chunks(64).enumerate() {
            let whole = weights.iter().sum::<f64>() * unit * (1.0 + 2f64.powi(-16)) + 129.0;
            if left >= whole {
                left -= whole;
                continue;
            }
            let mut drawn = weights.iter().map(|w| {
                left -= w * unit + 1.0;
                left < 0.0
            });
            return part * 64 + drawn.position(|here| here).unwrap_or(64);
        }
        logits.len()
    }

    /// Rejection as `by_rejection.rs` states it, with the standard library's functions.
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
        let sums: Vec<f64> = cells.iter().map(|cells| cells.iter().sum()).collect();
        let mut rng = key.rng();
        loop {
            let place = (rng.next_u64() >> 12) as f64;
            let Some(block) = line(&sums).iter().position(|&end| place < end) else { continue };
            let word = rng.next_u64();
            let place = (word >> 12) as f64;
            let Some(cell) = line(&cells[block]).iter().position(|&end| place < end) else {
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
        let mut different = 0;
        for k in [129, 1024, 1025, 8_192, 8_193, 70_000] {
            let rows = 200_000 / k;
            let l = logits::<T>(rows * k);
            let wide: Vec<f64> = l.iter().map(|l| l.to_f64()).collect();
            let key = Key::new(2);
            let drawn = Categorical::from_logits(&l, k).unwrap().first_row(7).sample(key).unwrap();
            for (r, (drawn, row)) in drawn.into_iter().zip(wide.chunks(k)).enumerate() {
                let number = r as u64 + 7;
                let word = |word: fn(Key, u64) -> u32| u64::from(word(key, number));
                let expected = match k {
                    ..=MIDDLE => by_inversion(row, word(Key::word) << 32 | word(Key::second_word)),
                    _ => by_rejection(row, key.fold_in(number)),
                };
                different += usize::from(drawn != expected);
            }
        }
        assert!(different <= 5, "{different}");
    }

    /// A draw differs where the first proposal of inversion is refused, and where a word comes within
    /// 10^-5 of a boundary: at most once in 10,000 of these 2,000 rows, more than 5 times in 10^-9 of all keys.
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
                let draws = [1 << 20, 1 << 14, 200, 10].map(|k| {
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
