//! The random words of a key on a device: the blocks of the core's `philox`, in 32-bit arithmetic.
//!
//! Elements `64 n .. 64 n + 64` of a key are group n, made by sixteen blocks. Block 16 n + j has the words of elements
//! j, j + 16, j + 32 and j + 48 of its group. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

use cubecl::prelude::*;

/// The bit of a block's number that asks for second words, in its upper half.
const SECOND: u32 = 0x4000_0000;

/// A place in the noise of a key: the key, its stream and the first element, in halves of 32 bits.
#[derive(CubeLaunch, CubeType, Clone, Copy)]
pub(crate) struct Draws {
    key_low: u32,
    key_high: u32,
    stream_low: u32,
    stream_high: u32,
    /// The number of the first block of the first element's group, of 62 bits.
    block_low: u32,
    block_high: u32,
    /// The place of the first element in its group.
    skip: u32,
}

impl DrawsLaunch {
    /// The noise of elements `offset ..` of a key.
    pub(crate) fn of(key: gumbel::Key, offset: u64) -> Self {
        let (key, stream) = key.to_parts();
        let block = (offset / 64).wrapping_mul(16);
        let halves = |x: u64| (x as u32, (x >> 32) as u32);
        let ((k0, k1), (s0, s1), (b0, b1)) = (halves(key), halves(stream), halves(block));
        Self::new(k0, k1, s0, s1, b0, b1, (offset % 64) as u32)
    }
}

/// The number of blocks from the first that elements `0 .. n` of a draw touch.
pub(crate) fn blocks(offset: u64, n: usize) -> usize {
    ((offset % 64) as usize + n).div_ceil(64) * 16
}

/// The four words of a block.
#[derive(CubeType, Clone, Copy)]
pub(crate) struct Words {
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) c: u32,
    pub(crate) d: u32,
}

#[cube]
fn philox(counter: &Words, key_low: u32, key_high: u32) -> Words {
    let mut a = counter.a;
    let mut b = counter.b;
    let mut c = counter.c;
    let mut d = counter.d;
    let mut k0 = key_low;
    let mut k1 = key_high;
    #[unroll]
    for _ in 0..10u32 {
        let high0 = a.mul_hi(0xD251_1F53u32);
        let low0 = a * 0xD251_1F53u32;
        let high1 = c.mul_hi(0xCD9E_8D57u32);
        let low1 = c * 0xCD9E_8D57u32;
        a = high1 ^ b ^ k0;
        b = low1;
        c = high0 ^ d ^ k1;
        d = low0;
        k0 += 0x9E37_79B9u32;
        k1 += 0xBB67_AE85u32;
    }
    Words { a, b, c, d }
}

#[cube]
fn words(draws: &Draws, block: u32, domain: u32) -> Words {
    let low = draws.block_low + block;
    let carry = select(low < block, 1u32, 0u32);
    let high = ((draws.block_high + carry) & 0x3FFF_FFFFu32) | domain;
    let counter = Words { a: low, b: high, c: draws.stream_low, d: draws.stream_high };
    philox(&counter, draws.key_low, draws.key_high)
}

/// The first words of block `block`, counted from the first of the draw.
#[cube]
pub(crate) fn first_words(draws: &Draws, block: u32) -> Words {
    words(draws, block, 0u32)
}

/// The second words of the same elements.
#[cube]
pub(crate) fn second_words(draws: &Draws, block: u32) -> Words {
    words(draws, block, SECOND)
}

/// The first block that element `element` of a draw may need, that of its group's first element.
#[cube]
pub(crate) fn first_block(draws: &Draws, element: u32) -> u32 {
    ((draws.skip + element) >> 6u32) << 4u32
}

/// The number of blocks from that one that elements `element .. element + n` touch.
#[cube]
pub(crate) fn block_count(draws: &Draws, element: u32, n: u32) -> u32 {
    ((((draws.skip + element) & 63u32) + n + 63u32) >> 6u32) << 4u32
}

/// The element of a block's first word; the others are 16, 32 and 48 further. Before the first element it wraps, so
/// that one comparison with the length leaves out what lies at either end.
#[cube]
pub(crate) fn element_of(draws: &Draws, block: u32) -> u32 {
    ((block >> 4u32) << 6u32) + (block & 15u32) - draws.skip
}

/// The block of an element, and which of the four words is its own.
#[cube]
pub(crate) fn block_of(draws: &Draws, element: u32) -> (u32, u32) {
    let place = draws.skip + element;
    (((place >> 6u32) << 4u32) + (place & 15u32), (place >> 4u32) & 3u32)
}

/// The words of elements, for the tests: the first ones, or the second ones.
#[cfg(test)]
#[cube(launch)]
pub(crate) fn fill_words(out: &mut [u32], draws: Draws, #[comptime] second: bool) {
    let block = ABSOLUTE_POS as u32;
    let w =
        if comptime!(second) { second_words(&draws, block) } else { first_words(&draws, block) };
    let (at, n) = (element_of(&draws, block), out.len() as u32);
    if at < n {
        out[at as usize] = w.a;
    }
    if at + 16u32 < n {
        out[(at + 16u32) as usize] = w.b;
    }
    if at + 32u32 < n {
        out[(at + 32u32) as usize] = w.c;
    }
    if at + 48u32 < n {
        out[(at + 48u32) as usize] = w.d;
    }
}
