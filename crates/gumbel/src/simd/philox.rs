//! Philox4x32-10 on vectors: the 64 first words of a group of elements at once.
//!
//! A group is 16 blocks of four words, and word w of block b belongs to element 16 w + b. Each 64-bit
//! lane holds one 32-bit part of a counter in its lower half: then the 32 by 32 bit product
//! is one instruction, and its two halves need no shuffle. Even and odd blocks are in separate vectors,
//! and their words are interleaved at the end.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u32x16, u64x8};

use crate::key::Key;
use crate::philox::{MULTIPLIER, WEYL};

const LOW: u64 = 0xFFFF_FFFF;

/// The words of elements `64 * group ..` from the counters of `domain`, 16 to a vector.
#[inline(always)]
pub(crate) fn words<S: Simd>(simd: S, key: Key, domain: u64, group: u64) -> [u32x16<S>; 4] {
    interleave(simd, blocks(simd, key, numbers(simd, domain, group)))
}

/// The words of two groups: the rounds of one fill the time that those of the other wait.
#[inline(always)]
pub(crate) fn words_of_two<S: Simd>(
    simd: S,
    key: Key,
    domain: u64,
    groups: [u64; 2],
) -> [[u32x16<S>; 4]; 2] {
    let [a, b] = [numbers(simd, domain, groups[0]), numbers(simd, domain, groups[1])];
    let [a, b, c, d] = blocks(simd, key, [a[0], a[1], b[0], b[1]]);
    [interleave(simd, [a, b]), interleave(simd, [c, d])]
}

/// The numbers of the even and of the odd blocks of a group.
#[inline(always)]
fn numbers<S: Simd>(simd: S, domain: u64, group: u64) -> [u64x8<S>; 2] {
    let first = u64x8::splat(simd, domain | group.wrapping_mul(16));
    let even = u64x8::simd_from(simd, [0, 2, 4, 6, 8, 10, 12, 14]) + first;
    [even, even + u64x8::splat(simd, 1)]
}

/// The words of the even and of the odd blocks in the order of the elements.
#[inline(always)]
fn interleave<S: Simd>(simd: S, [even, odd]: [[u64x8<S>; 4]; 2]) -> [u32x16<S>; 4] {
    let low = u64x8::splat(simd, LOW);
    // In memory the word of the even block comes first.
    let (even, odd) = if cfg!(target_endian = "little") { (even, odd) } else { (odd, even) };
    [
        ((even[0] & low) | (odd[0] << 32)).bitcast(),
        ((even[1] & low) | (odd[1] << 32)).bitcast(),
        ((even[2] & low) | (odd[2] << 32)).bitcast(),
        ((even[3] & low) | (odd[3] << 32)).bitcast(),
    ]
}

/// Writes [`words`] to memory.
pub(crate) fn store_words(level: Level, key: Key, domain: u64, group: u64, out: &mut [u32; 64]) {
    dispatch!(level, simd => {
        let words = words(simd, key, domain, group);
        for i in 0..4 {
            words[i].store_slice(&mut out[16 * i..16 * i + 16]);
        }
    });
}

/// The four words of N times eight blocks, in the lower halves of the lanes; the upper halves are garbage.
#[inline(always)]
fn blocks<S: Simd, const N: usize>(
    simd: S,
    key: Key,
    numbers: [u64x8<S>; N],
) -> [[u64x8<S>; 4]; N] {
    let (key, stream) = key.to_parts();
    let low = u64x8::splat(simd, LOW);
    let m0 = u64x8::splat(simd, MULTIPLIER[0] as u64);
    let m1 = u64x8::splat(simd, MULTIPLIER[1] as u64);
    let upper = [u64x8::splat(simd, stream), u64x8::splat(simd, stream >> 32)];
    let mut counters = [[upper[0]; 4]; N];
    for (counter, number) in counters.iter_mut().zip(numbers) {
        *counter = [number, number >> 32, upper[0], upper[1]];
    }
    let (mut k0, mut k1) = (key as u32, (key >> 32) as u32);
    for _ in 0..10 {
        // All vectors in one loop: none waits for another.
        for c in &mut counters {
            let p0 = (c[0] & low) * m0;
            let p1 = (c[2] & low) * m1;
            let c0 = (p1 >> 32) ^ c[1] ^ u64x8::splat(simd, u64::from(k0));
            let c2 = (p0 >> 32) ^ c[3] ^ u64x8::splat(simd, u64::from(k1));
            *c = [c0, p1, c2, p0];
        }
        k0 = k0.wrapping_add(WEYL[0]);
        k1 = k1.wrapping_add(WEYL[1]);
    }
    counters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SECOND_WORD_DOMAIN;
    use crate::simd;

    #[test]
    fn words_equal_the_scalar_words_at_every_level() {
        for (level, _) in simd::levels() {
            for key in [Key::new(3).fold_in(5), Key::from_parts(u64::MAX, u64::MAX)] {
                for group in [0, 1, (1 << 28) - 1, 1 << 40, (1 << 58) - 1] {
                    for domain in [0, SECOND_WORD_DOMAIN] {
                        let mut words = [0; 64];
                        store_words(level, key, domain, group, &mut words);
                        for groups in [[group, 1], [1, group]] {
                            let two: [[[u32; 16]; 4]; 2] = dispatch!(level, simd => {
                                let two = words_of_two(simd, key, domain, groups);
                                two.map(|words| words.map(Into::into))
                            });
                            let found = two[usize::from(groups[0] != group)].as_flattened();
                            assert_eq!(found, words);
                        }
                        for (i, ours) in words.into_iter().enumerate() {
                            let index = group * 64 + i as u64;
                            let scalar =
                                if domain == 0 { key.word(index) } else { key.second_word(index) };
                            assert_eq!(ours, scalar, "{level:?} {group} {i}");
                        }
                    }
                }
            }
        }
    }
}
