//! The words of neighbouring elements, 64 at a time.
//!
//! Elements `64 n .. 64 n + 64` are group n. They share sixteen Philox blocks, which one call of the vector
//! kernel makes. Code that fills a buffer with noise iterates over it with [`Groups`].

use core::ops::Range;

use crate::key::{Key, SECOND_WORD_DOMAIN};
use crate::parallel;
use crate::simd::{self, philox};

/// Elements that share 16 Philox blocks.
pub(crate) const GROUP: usize = 64;

/// Iterates over a buffer group by group and yields a [`Part`] for each.
pub(crate) type Groups = Blocks<GROUP>;

/// Iterates over a buffer in blocks of N elements, a multiple of 64, and yields a [`Part`] for each. Every part
/// but the first begins with a whole group.
pub(crate) struct Blocks<const N: usize> {
    /// The element at which the next part begins.
    index: u64,
    /// The index in the buffer at which the next part begins.
    at: usize,
    len: usize,
}

/// The part of a buffer that lies in one group, or in the groups of one block.
pub(crate) struct Part {
    /// The first group.
    pub(crate) group: u64,
    /// The index in this group of the part's first element.
    pub(crate) skip: usize,
    /// The range of the part in the buffer.
    pub(crate) at: Range<usize>,
}

impl Part {
    /// The number of elements of all its groups.
    #[inline(always)]
    pub(crate) fn of_groups(&self) -> usize {
        (self.skip + self.at.len()).next_multiple_of(GROUP)
    }

    /// Copies the elements of this part from those of its whole groups.
    #[inline(always)]
    pub(crate) fn copy_from<T: Copy>(&self, groups: &[T], out: &mut [T]) {
        out.copy_from_slice(&groups[self.skip..self.skip + out.len()]);
    }
}

/// The number of the group that is `later` groups after another.
#[inline(always)]
pub(crate) fn later_group(group: u64, later: usize) -> u64 {
    // Element numbers wrap at 2^64, so group numbers wrap at 2^58.
    group.wrapping_add(later as u64) & (u64::MAX / GROUP as u64)
}

/// The group of an element, and its place there.
#[inline(always)]
pub(crate) fn group_and_place(index: u64) -> (u64, usize) {
    (index / GROUP as u64, (index % GROUP as u64) as usize)
}

impl<const N: usize> Blocks<N> {
    /// The blocks of a buffer of `len` elements, which belong to elements `offset ..` of a key.
    #[inline(always)]
    pub(crate) fn new(offset: u64, len: usize) -> Self {
        Self { index: offset, at: 0, len }
    }
}

impl<const N: usize> Iterator for Blocks<N> {
    type Item = Part;

    #[inline(always)]
    fn next(&mut self) -> Option<Part> {
        if self.at >= self.len {
            return None;
        }
        let (group, skip) = group_and_place(self.index);
        let take = (self.len - self.at).min(N - skip);
        let part = Part { group, skip, at: self.at..self.at + take };
        self.at += take;
        self.index = self.index.wrapping_add(take as u64);
        Some(part)
    }
}

impl Key {
    /// Fills `out` with [`Key::word`] of elements `offset`, `offset + 1`, ..: the raw random words, on all
    /// cores.
    ///
    /// ```
    /// let (key, mut words) = (gumbel::Key::new(7), [0; 100]);
    /// key.words_into(70, &mut words);
    /// assert_eq!([words[0], words[99]], [key.word(70), key.word(169)]);
    /// ```
    pub fn words_into(self, offset: u64, out: &mut [u32]) {
        parallel::for_elements(out, |start, out| {
            for part in Groups::new(offset.wrapping_add(start as u64), out.len()) {
                let out = &mut out[part.at.clone()];
                if let Ok(out) = out.try_into() {
                    philox::store_words(simd::level(), self, 0, part.group, out);
                } else {
                    let words = self.words_of_group(part.group);
                    part.copy_from(&words, out);
                }
            }
        });
    }

    /// The first words of elements `64 * group .. 64 * group + 64`.
    #[inline]
    pub(crate) fn words_of_group(self, group: u64) -> [u32; GROUP] {
        self.words_in(0, group)
    }

    /// The second words of the same elements.
    #[inline]
    pub(crate) fn second_words_of_group(self, group: u64) -> [u32; GROUP] {
        self.words_in(SECOND_WORD_DOMAIN, group)
    }

    #[inline]
    fn words_in(self, domain: u64, group: u64) -> [u32; GROUP] {
        let mut words = [0; GROUP];
        philox::store_words(simd::level(), self, domain, group, &mut words);
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_the_elements_in_order() {
        let key = Key::new(3).fold_in(5);
        for group in [0, 1, 1 << 40] {
            let (first, second) = (key.words_of_group(group), key.second_words_of_group(group));
            for i in 0..GROUP {
                let index = group * GROUP as u64 + i as u64;
                assert_eq!(first[i], key.word(index));
                assert_eq!(second[i], key.second_word(index));
            }
        }
    }

    #[test]
    fn words_into_gives_the_words_in_order_from_any_offset() {
        let key = Key::new(4).fold_in(1);
        for (offset, len) in [(0, 0), (0, 64), (3, 64), (63, 130), (u64::MAX - 70, 200)] {
            let mut words = vec![0; len];
            key.words_into(offset, &mut words);
            for (i, word) in words.into_iter().enumerate() {
                assert_eq!(word, key.word(offset.wrapping_add(i as u64)), "{offset} {i}");
            }
        }
        // In parts, on several threads.
        let mut words = vec![0; 100_000];
        key.words_into(5, &mut words);
        assert!(words.iter().enumerate().step_by(97).all(|(i, &w)| w == key.word(5 + i as u64)));
    }
}
