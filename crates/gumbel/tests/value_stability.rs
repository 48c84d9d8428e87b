//! Pins the words and the uniforms of seeded keys. A change here breaks every stored result of a
//! user, and needs a `Value-breaking` line in the changelog. The last bits of ln and exp, and so
//! the noises, are not pinned: a faster version may change them.

use gumbel::{Key, noise};
use rand_core::Rng;

#[test]
fn words() {
    // Element i is word (i >> 4) & 3 of block (i >> 6) * 16 + (i & 15) under key and stream.
    let at = |key: [u32; 2], number: u32, domain: u32| {
        gumbel::philox4x32_10([number, domain, 0, 0], key)
    };
    let key = Key::new(0x0123_4567_89AB_CDEF);
    let parts = [0x89AB_CDEF, 0x0123_4567];
    for i in [0u32, 1, 15, 16, 17, 63, 64, 1000] {
        let (number, word) = ((i >> 6) * 16 + (i & 15), (i >> 4 & 3) as usize);
        assert_eq!(key.word(i.into()), at(parts, number, 0)[word]);
        assert_eq!(key.second_word(i.into()), at(parts, number, 1 << 30)[word]);
    }
    let words: Vec<u32> = (0..4).map(|i| Key::new(7).word(i)).collect();
    assert_eq!(words, WORDS);
    assert_eq!(Key::new(7).word(u64::MAX), LAST_WORD);
}

#[test]
fn children() {
    let key = Key::new(7);
    assert_eq!(key.fold_in(1).to_parts(), FOLDED);
    assert_eq!(key.fold_in(1).fold_in(2).to_parts(), FOLDED_TWICE);
    let [first, second] = key.split();
    assert_eq!([first.to_parts(), second.to_parts()], SPLIT);
}

#[test]
fn sequential() {
    let mut rng = Key::new(7).rng();
    assert_eq!([rng.next_u32(), rng.next_u32(), rng.next_u32()], SEQUENTIAL);
    assert_eq!(rng.next_u64(), SEQUENTIAL_64);
}

#[test]
fn uniforms() {
    let (mut narrow, mut wide) = ([0.0_f32; 3], [0.0_f64; 3]);
    noise::uniform_into(Key::new(7), 0, &mut narrow);
    noise::uniform_into(Key::new(7), 0, &mut wide);
    assert_eq!(narrow.map(f32::to_bits), NARROW);
    assert_eq!(wide.map(f64::to_bits), WIDE);
}

const WORDS: [u32; 4] = [0xf4607a2d, 0x682e8e9b, 0x18e23c0, 0x63e41616];
const LAST_WORD: u32 = 0xc65c6346;
const FOLDED: (u64, u64) = (0xeaa8183d72e42f4f, 0x57b6c1e5f53f756c);
const FOLDED_TWICE: (u64, u64) = (0xae8b58a18b456a6, 0x1cddead4bf98aadd);
const SPLIT: [(u64, u64); 2] =
    [(0x2dfb77b3db5c232e, 0xb3b4dd9db1ac4d30), (0xca38e08c201eba1, 0x79ba6df8457990ff)];
const SEQUENTIAL: [u32; 3] = [0x9e65e38, 0x104a6165, 0x5ce4128];
const SEQUENTIAL_64: u64 = 0x715636c48727b9ad;
const NARROW: [u32; 3] = [0x3f74607b, 0x3ed05d1e, 0x3bc71180];
const WIDE: [u64; 3] = [0x3fee8c0f45a5b843, 0x3fda0ba3a6fd9be6, 0x3f78e23c01ee8a80];
