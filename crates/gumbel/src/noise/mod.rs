//! Gumbel, exponential, logistic and normal noise as functions of (key, index), with exact tails.
//!
//! Let v be uniform on (0, 1). Then
//!
//! ```text
//! exponential  E = -ln(1 - v)             P(E > t) = exp(-t)
//! Gumbel       g = -ln E                  P(g < x) = exp(-exp(-x))     (Gumbel 1958)
//! logistic     L = ln(v / (1 - v))        P(L < x) = 1 / (1 + exp(-x))
//! normal       Z = the x with Phi(x) = v  P(Z < x) = Phi(x)
//! ```
//!
//! A 32-bit word k gives v = (k + 1/2) 2^-32, which is never 0 and never 1, and 1 - v =
//! (!k + 1/2) 2^-32. Both are exact in `f64`, so neither tail is rounded away. Near its ends
//! (k < 2^16 or k >= 2^32 - 2^16: once in 32,768 draws) v takes 32 bits more from the element's
//! second word. So both tails of all four distributions are exact to probabilities of 2^-64: the largest
//! Gumbel noise is ln(2^65) = 45.05, and no word gives an infinity. `f64` noise always takes both words.
//!
//! `f32` noise is computed in `f32`, sixteen elements at a time: the same bits on every machine that
//! fuses multiplication and addition (x86-64 with AVX2 or AVX-512, AArch64).
//! Elsewhere the words are the same and the last bits differ; each function states both bounds.
//!
//! Why the tail matters: a row with one class at 0 and 262,144 classes 20.5 nats below it draws one
//! of the low classes in 3 of 10,000 trials. With a 24-bit uniform the noise ends at 16.6, and the low
//! classes are drawn too rarely.

pub(crate) mod source;

pub use crate::law::Law;
pub use source::Noise;

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::key::Key;
use crate::parallel;
use crate::real::Real;

impl Law {
    /// Fills `out` with the noise of elements `offset ..` of `key`, on all cores.
    pub fn fill_into<T: Real>(self, key: Key, offset: u64, out: &mut [T]) {
        parallel::for_elements(out, |start, out| {
            T::fill(self, key, offset.wrapping_add(start as u64), out);
        });
    }

    /// Fills `out` with noise that has one key for each row: class i of row r gets the noise of element i of `keys[r]`.
    ///
    /// `out: [rows, k]`, or any array with the classes along `axis`; its rows are numbered in row-major order of the
    /// other axes. A relaxation or [`gumbel_max`](crate::gumbel_max) that is given this noise does for each row what it
    /// does for this row alone with its key. [`Categorical::gumbel_max_rows`](crate::Categorical::gumbel_max_rows) has
    /// the same noise. Along an axis that is not the last, the working memory is one row for each thread, and
    /// 16 bytes for each block of rows.
    ///
    /// # Errors
    /// k = 0, a length that is not a whole number of rows, a number of keys other than the number of rows.
    ///
    /// ```
    /// use gumbel::{Key, gumbel_softmax, noise::Law};
    /// // Two requests of three logits, each with its key.
    /// let (logits, keys) = ([0.0_f32, 1.0, 2.0, 2.0, 1.0, 0.0], [Key::new(1), Key::new(2)]);
    /// let mut g = [0.0; 6];
    /// Law::Gumbel.fill_rows_into(&keys, 3, &mut g)?;
    /// let y = gumbel_softmax(&logits, 3, 0.5, &g)?;
    /// assert_eq!(y[3..], gumbel_softmax(&logits[3..], 3, 0.5, keys[1])?);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn fill_rows_into<T: Real>(
        self,
        keys: &[Key],
        axis: impl Into<Axis>,
        out: &mut [T],
    ) -> Result<()> {
        let axis = axis.into();
        let (k, stride) = (axis.classes(), axis.stride());
        check::length("keys", keys.len(), axis.rows("out", out.len())?)?;
        if stride == 1 {
            parallel::for_elements(out, |mut at, mut out| {
                while !out.is_empty() {
                    let (row, class) = (at / k, at % k);
                    let (here, rest) = out.split_at_mut((k - class).min(out.len()));
                    T::fill(self, keys[row], class as u64, here);
                    (at, out) = (at + here.len(), rest);
                }
            });
            return Ok(());
        }
        if out.is_empty() {
            return Ok(());
        }
        let block = k * stride;
        let mut blocks: Vec<&mut [T]> = out.chunks_mut(block).collect();
        parallel::for_pieces(&mut blocks, block, |first, blocks| {
            let mut row = vec![T::default(); k];
            for (number, out) in blocks.iter_mut().enumerate() {
                let keys = &keys[(first + number) * stride..][..stride];
                for (within, key) in keys.iter().enumerate() {
                    T::fill(self, *key, 0, &mut row);
                    for (out, g) in out[within..].iter_mut().step_by(stride).zip(&row) {
                        *out = *g;
                    }
                }
            }
        });
        Ok(())
    }
}

impl<T: Real> Noise<'_, T> {
    /// Writes the noise of elements `start .. start + out.len()`.
    pub(crate) fn fill(self, law: Law, start: usize, out: &mut [T]) {
        match self.after(start) {
            Self::Keyed { key, offset } => law.fill_into(key, offset, out),
            Self::Given(noise) => out.copy_from_slice(&noise[..out.len()]),
        }
    }
}

/// Fills `out` with uniform noise on the open interval (0, 1): `(m + 1/2) 2^-b` with m the top b random
/// bits of the element, b = 23 for `f32` and 52 for `f64`. A value is never 0 and never 1.
///
/// `out[i]` belongs to element `offset + i` of `key`. Do not derive other distributions from uniform noise:
/// its upper tail ends at 1 - 2^-24 in `f32`. The other functions of this module have exact tails.
///
/// ```
/// let mut u = [0.0_f32; 4];
/// gumbel::noise::uniform_into(gumbel::Key::new(7), 0, &mut u);
/// assert!(u.iter().all(|&u| 0.0 < u && u < 1.0));
/// ```
pub fn uniform_into<T: Real>(key: Key, offset: u64, out: &mut [T]) {
    Law::Uniform.fill_into(key, offset, out);
}

/// Fills `out` with exponential noise of rate 1: E = -ln(1 - v) > 0, with v uniform on (0, 1).
///
/// `out[i]` belongs to element `offset + i` of `key`. Both tails are exact to probabilities of
/// 2^-64: the smallest value is 2.7e-20, the largest 45.05. An `f32` value is within 1.72 units in the last
/// place of the exact value of its word (1.86 without fused multiply-add).
///
/// ```
/// let mut e = [0.0_f32; 4];
/// gumbel::noise::exponential_into(gumbel::Key::new(7), 0, &mut e);
/// assert!(e.iter().all(|&e| e > 0.0));
/// ```
pub fn exponential_into<T: Real>(key: Key, offset: u64, out: &mut [T]) {
    Law::Exponential.fill_into(key, offset, out);
}

/// Fills `out` with standard Gumbel noise: g = -ln E, with the exponential noise E of the same key and
/// index.
///
/// `out[i]` belongs to element `offset + i` of `key`, so a long buffer may be filled in pieces.
/// Mean 0.5772 (Euler's constant), variance pi^2/6. Both tails are exact to probabilities of 2^-64:
/// values lie within [-3.81, 45.06]. An `f32` value is within 2.73 units (2.87 without fused multiply-add)
/// of the exact value of its word; a unit is the larger of the last place and 2^-24.
///
/// E. J. Gumbel, "Statistics of Extremes", 1958.
///
/// ```
/// use gumbel::{Key, noise};
/// let key = Key::new(7);
/// let mut whole = [0.0_f32; 100];
/// noise::gumbel_into(key, 0, &mut whole);
/// let mut tail = [0.0_f32; 30];
/// noise::gumbel_into(key, 70, &mut tail);
/// assert_eq!(whole[70..], tail);
/// ```
pub fn gumbel_into<T: Real>(key: Key, offset: u64, out: &mut [T]) {
    Law::Gumbel.fill_into(key, offset, out);
}

/// Fills `out` with standard logistic noise: L = ln v - ln(1 - v), with v uniform on (0, 1). L has the law
/// of the difference of two independent Gumbel values.
///
/// `out[i]` belongs to element `offset + i` of `key`. Both tails are exact to probabilities of
/// 2^-64: values lie within [-45.06, 45.06]. An `f32` value is within 2.74 units (2.83 without fused
/// multiply-add) of the exact value of its word; a unit is the larger of the last place and 2^-24.
///
/// ```
/// let mut l = [0.0_f64; 4];
/// gumbel::noise::logistic_into(gumbel::Key::new(7), 0, &mut l);
/// assert!(l.iter().all(|l| l.abs() < 45.1));
/// ```
pub fn logistic_into<T: Real>(key: Key, offset: u64, out: &mut [T]) {
    Law::Logistic.fill_into(key, offset, out);
}

/// Fills `out` with standard normal noise: Z = Phi^-1(v), with v uniform on (0, 1). Mean 0, variance 1.
///
/// `out[i]` belongs to element `offset + i` of `key`. The noise is made by inversion, so it increases with
/// v, as the exponential and logistic noise of the same key and index do. Both tails are exact to
/// probabilities of 2^-64: values lie within [-9.2, 9.2]. An `f64` value is within 6 units in the last
/// place of the exact value, an `f32` value within 3.66 of the exact value of its word (4.06 without fused
/// multiply-add).
///
/// M. J. Wichura, "Algorithm AS 241", Applied Statistics 37 (1988).
///
/// ```
/// let mut z = [0.0_f32; 1000];
/// gumbel::noise::normal_into(gumbel::Key::new(7), 0, &mut z);
/// let mean = z.iter().sum::<f32>() / 1000.0;
/// assert!(mean.abs() < 5.0 / 1000_f32.sqrt());
/// ```
pub fn normal_into<T: Real>(key: Key, offset: u64, out: &mut [T]) {
    Law::Normal.fill_into(key, offset, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::tests::LAWS;

    #[test]
    fn a_filled_buffer_equals_its_elements_one_by_one() {
        let key = Key::new(11);
        for law in LAWS {
            for (offset, len) in [(0, 0), (0, 1), (3, 64), (63, 2), (1000, 257)] {
                let mut narrow = vec![0.0_f32; len];
                let mut wide = vec![0.0_f64; len];
                law.fill_into(key, offset, &mut narrow);
                law.fill_into(key, offset, &mut wide);
                for i in 0..len {
                    let index = offset + i as u64;
                    let word = key.word(index);
                    let both = law.of_words(word, key.second_word(index));
                    assert_eq!(wide[i], both);
                    // Both types give the same draw, from 32 and from 64 bits.
                    assert!((f64::from(narrow[i]) - wide[i]).abs() < 1e-4);
                }
            }
        }
    }

    fn check_rows_with_keys<T: Real>() {
        use crate::{Axis, Categorical, gumbel_max};
        for (shape, dim) in [
            (vec![5, 7], -1),
            (vec![1, 200], -1),
            (vec![9000, 10], -1),
            (vec![2, 50_000], -1),
            (vec![4, 33, 6], 1),
            (vec![70, 20, 100], 1),
            (vec![8, 3], 0),
        ] {
            let axis = Axis::of(&shape, dim).unwrap();
            let n: usize = shape.iter().product();
            let (k, rows) = (axis.classes(), n / axis.classes());
            let keys: Vec<Key> = Key::new(3).split_iter().take(rows).collect();
            for law in LAWS {
                let (mut out, mut row) = (vec![T::default(); n], vec![T::default(); k]);
                law.fill_rows_into(&keys, axis, &mut out).unwrap();
                for (r, &key) in keys.iter().enumerate() {
                    law.fill_into(key, 0, &mut row);
                    let found = out[axis.first_index(r)..].iter().step_by(axis.stride()).take(k);
                    assert!(found.eq(&row), "{law:?} {shape:?}");
                }
            }
            let (mut l, mut g) = (vec![T::default(); n], vec![T::default(); n]);
            logistic_into(Key::new(4), 0, &mut l);
            Law::Gumbel.fill_rows_into(&keys, axis, &mut g).unwrap();
            let drawn = Categorical::from_logits(&l, axis).unwrap().gumbel_max_rows(&keys);
            assert_eq!(gumbel_max(&l, axis, &g), drawn, "{shape:?}");
            assert!(Law::Normal.fill_rows_into(&keys[1..], axis, &mut g).is_err());
        }
        for shape in [[2, 3, 0], [0, usize::MAX, 3]] {
            let empty = Axis::of(&shape, 1).unwrap();
            assert_eq!(Law::Gumbel.fill_rows_into::<T>(&[], empty, &mut []), Ok(()));
        }
        assert!(Law::Gumbel.fill_rows_into::<T>(&[], 0, &mut []).is_err());
    }

    #[test]
    fn rows_have_the_noise_of_their_keys_and_so_the_choices() {
        check_rows_with_keys::<f32>();
        check_rows_with_keys::<f64>();
    }

    #[test]
    fn uniforms_are_never_0_or_1() {
        let (mut narrow, mut wide) = (vec![0.0_f32; 4096], vec![0.0_f64; 4096]);
        uniform_into(Key::new(5), 0, &mut narrow);
        uniform_into(Key::new(5), 0, &mut wide);
        assert!(narrow.iter().all(|&u| u > 0.0 && u < 1.0));
        assert!(wide.iter().all(|&u| u > 0.0 && u < 1.0));
        assert!((8_388_607.5_f64 / 8_388_608.0) as f32 * 1.0 <= 1.0 - f32::EPSILON / 2.0);
    }
}
