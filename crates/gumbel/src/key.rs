//! `Key`: randomness as a pure function of a key and an index.
//!
//! Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
//! (SC 2011): ten rounds of multiplication and exclusive-or turn a 128-bit counter into 128 random
//! bits under a 64-bit key. There is no state. The word of element `i` is the same on any number of
//! threads, in any chunking, and after a restart.
//!
//! The counter is `(block: u64, stream: u64)`. The two top bits of `block` name the use, so two uses
//! of one key never share a counter:
//!
//! | top bits | use |
//! |---|---|
//! | 00 | first word of each element |
//! | 01 | second word of each element (refinement of the tails, low bits of `f64`) |
//! | 10 | the sequential generator of [`Key::rng`] |
//!
//! Element `i` takes word `(i >> 4) & 3` of block `(i >> 6) * 16 + (i & 15)`. Sixteen neighbouring
//! blocks make 64 neighbouring elements, so a machine with 16 lanes writes its results in order.

use core::convert::Infallible;

use rand_core::{TryRng, utils};

use crate::philox::philox4x32_10;

/// Exclusive-or with the key: separates the children of [`Key::fold_in`] from the noise of the key itself.
const FOLD_IN_PURPOSE: u64 = 0x6A09_E667_F3BC_C908;
/// Separates the children of [`Key::split`] from those of `fold_in`.
const SPLIT_PURPOSE: u64 = 0xBB67_AE85_84CA_A73B;
/// Separates the generators of elements that need more than two words.
const LATER_PURPOSE: u64 = 0x3C6E_F372_FE94_F82B;

/// Counters of the second words of elements.
pub(crate) const SECOND_WORD_DOMAIN: u64 = 1 << 62;
/// Counters of the sequential generator.
const SEQUENTIAL_DOMAIN: u64 = 1 << 63;

/// A counter-based stream of random words: the source of all random numbers in this crate.
///
/// A key is two numbers, a 64-bit Philox key and a 64-bit stream. Every random function takes a key, and
/// the noise of element `i` depends on the key and on `i` alone:
///
/// - [`Key::new`] makes a key from a seed;
/// - [`Key::fold_in`] makes a child key for each step, layer, request or row;
/// - [`Key::split`] makes several child keys at once;
/// - [`Key::rng`] opens a sequential generator for functions that take a `rand` generator.
///
/// Use a key for one draw. Two draws with the same key are the same draw. So a result can be repeated, but
/// draws that should be independent need different keys.
///
/// A child key is the 128 bits of one Philox block, so among 2^32 children the chance that any two are
/// equal is below 2^-64.
///
/// ```
/// use gumbel::Key;
///
/// let run = Key::new(7);
/// let step = run.fold_in(1_000);
/// assert_ne!(step, run.fold_in(1_001));
/// let [weights, noise] = run.split();
/// assert_ne!(weights, noise);
/// assert_eq!(run.fold_in(1_000), step); // nothing was consumed
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    key: u64,
    stream: u64,
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Key({:016x}:{:016x})", self.key, self.stream)
    }
}

impl Key {
    /// The key of a seed: the seed is the Philox key, the stream is 0.
    pub const fn new(seed: u64) -> Self {
        Self { key: seed, stream: 0 }
    }

    /// A key from its two numbers, as [`Key::to_parts`] returns them.
    pub const fn from_parts(key: u64, stream: u64) -> Self {
        Self { key, stream }
    }

    /// The two numbers of the key, Philox key and stream, for storage.
    pub const fn to_parts(self) -> (u64, u64) {
        (self.key, self.stream)
    }

    /// The child key for `data`: a step, a layer, a request number, a row.
    ///
    /// A child key costs one Philox block. The keys for different `data` are different, always; those of different
    /// parents are independent, and equal only by accident: among n of them with a chance of about n^2 / 2^129.
    pub const fn fold_in(self, data: u64) -> Self {
        self.derive(FOLD_IN_PURPOSE, data)
    }

    /// Makes `N` different child keys, independent of those that [`Key::fold_in`] makes.
    pub fn split<const N: usize>(self) -> [Self; N] {
        core::array::from_fn(|i| self.derive(SPLIT_PURPOSE, i as u64))
    }

    /// Makes the child keys of [`Key::split`] one after the other, for a number that is known at run time.
    ///
    /// ```
    /// let key = gumbel::Key::new(7);
    /// let layers: Vec<gumbel::Key> = key.split_iter().take(3).collect();
    /// assert_eq!(layers, key.split::<3>());
    /// ```
    pub fn split_iter(self) -> impl Iterator<Item = Self> {
        (0..=u64::MAX).map(move |i| self.derive(SPLIT_PURPOSE, i))
    }

    const fn derive(self, purpose: u64, data: u64) -> Self {
        let [a, b, c, d] = philox_block(self.key ^ purpose, self.stream, data);
        Self { key: join_words(a, b), stream: join_words(c, d) }
    }

    /// The first random word of element `index`.
    pub const fn word(self, index: u64) -> u32 {
        self.word_in(0, index)
    }

    /// The second random word of element `index`, from a separate range of counters.
    pub const fn second_word(self, index: u64) -> u32 {
        self.word_in(SECOND_WORD_DOMAIN, index)
    }

    const fn word_in(self, domain: u64, index: u64) -> u32 {
        let number = (index >> 6) * 16 + (index & 15);
        philox_block(self.key, self.stream, domain | number)[((index >> 4) & 3) as usize]
    }

    /// A generator of further words of element `index`, for the few draws that need more than two.
    pub(crate) const fn later_words(self, index: u64) -> KeyRng {
        self.derive(LATER_PURPOSE, index).rng()
    }

    /// A sequential generator under this key, for every function that takes a `rand` generator.
    ///
    /// The words of the generator come from a separate range of counters, so they are independent of the
    /// noise that the same key gives to elements.
    ///
    /// ```
    /// use rand_core::Rng;
    /// let mut rng = gumbel::Key::new(7).rng();
    /// assert_ne!(rng.next_u64(), rng.next_u64());
    /// ```
    pub const fn rng(self) -> KeyRng {
        KeyRng { key: self, next: 0, block: [0; 4] }
    }
}

const fn philox_block(key: u64, stream: u64, number: u64) -> [u32; 4] {
    philox4x32_10(
        [number as u32, (number >> 32) as u32, stream as u32, (stream >> 32) as u32],
        [key as u32, (key >> 32) as u32],
    )
}

pub(crate) const fn join_words(low: u32, high: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

/// The sequential generator of [`Key::rng`]: Philox words in order, as a `rand` generator.
///
/// The generator implements [`rand_core::Rng`] and has a period of 2^64 words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRng {
    key: Key,
    next: u64,
    block: [u32; 4],
}

impl TryRng for KeyRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let word = (self.next & 3) as usize;
        if word == 0 {
            self.block =
                philox_block(self.key.key, self.key.stream, SEQUENTIAL_DOMAIN | (self.next >> 2));
        }
        self.next = self.next.wrapping_add(1);
        Ok(self.block[word])
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_u64_via_u32(self)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(dst, || self.try_next_u32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn uses_of_one_key_share_no_word() {
        let key = Key::new(1);
        let mut seen: Vec<u32> = (0..64).map(|i| key.word(i)).collect();
        seen.extend((0..64).map(|i| key.second_word(i)));
        let mut rng = key.rng();
        seen.extend((0..64).map(|_| rng.next_u32()));
        seen.extend((0..64).map(|i| key.fold_in(i).to_parts().0 as u32));
        seen.extend(key.split::<64>().map(|k| k.to_parts().0 as u32));
        seen.extend((0..64).map(|i| key.later_words(i).next_u32()));
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        // 384 words of 32 bits: two equal by chance once in 58,000 seeds; this seed is fixed.
        assert_eq!(seen.len(), all);
    }

    #[test]
    fn rng_is_sequential_philox() {
        let mut rng = Key::new(9).rng();
        let words: Vec<u32> = (0..8).map(|_| rng.next_u32()).collect();
        let at = |number| philox4x32_10([number, 1 << 31, 0, 0].map(|w: u32| w), [9, 0]);
        assert_eq!(words, [at(0), at(1)].concat());
        let mut bytes = [0; 7];
        Key::new(9).rng().fill_bytes(&mut bytes);
        assert_eq!(bytes[..4], words[0].to_le_bytes());
    }
}
