//! Converts random words to numbers between 0 and 1, in `f64`. Scalar code converts here and
//! nowhere else; draws place words on a line of 2^52 in `sample/categorical/draw`.
//!
//! A 32-bit word k gives v = (k + 1/2) 2^-32, which is never 0 and never 1. With the element's second word k2,
//! v = (k 2^32 + k2 + 1/2) 2^-64. `simd/unit.rs` has the vector forms and `f32`.

pub(crate) const TWO_NEG_32: f64 = 1.0 / 4_294_967_296.0;
pub(crate) const TWO_NEG_64: f64 = TWO_NEG_32 * TWO_NEG_32;

/// Words within this distance of either end are rare: their noise also takes the second word.
pub(crate) const RARE: u32 = 1 << 16;

/// Whether a word lies within [`RARE`] of either end.
#[inline(always)]
pub(crate) fn is_rare(word: u32) -> bool {
    word.wrapping_add(RARE) < 2 * RARE
}

/// A point of (0, 1) as the pair (v, 1 - v), each with full relative precision.
#[derive(Clone, Copy)]
pub(crate) struct Unit {
    pub(crate) v: f64,
    pub(crate) complement: f64,
}

impl Unit {
    /// v = (k + 1/2) 2^-32, both parts exact.
    #[cfg(test)]
    pub(crate) fn of_word(word: u32) -> Self {
        Self {
            v: (f64::from(word) + 0.5) * TWO_NEG_32,
            complement: (f64::from(!word) + 0.5) * TWO_NEG_32,
        }
    }

    /// v = (k 2^32 + k2 + 1/2) 2^-64. Near the ends both parts are exact; elsewhere each is rounded
    /// to the nearest `f64`.
    pub(crate) fn of_words(word: u32, second: u32) -> Self {
        let join = |high: u32, low: u32| {
            f64::from(high) * TWO_NEG_32 + (f64::from(low) + 0.5) * TWO_NEG_32 * TWO_NEG_32
        };
        Self { v: join(word, second), complement: join(!word, !second) }
    }

    /// The smaller of v and 1 - v.
    #[inline(always)]
    pub(crate) fn tail(self) -> f64 {
        if self.v < self.complement { self.v } else { self.complement }
    }
}

/// k 2^-32, a little below v.
#[inline(always)]
pub(crate) fn below_unit(word: u32) -> f64 {
    f64::from(word) * TWO_NEG_32
}

/// A uniform on (0, 1) of 64 bits, or of 128 if the first 12 are 0, so that small numbers are as exact. `more` gives
/// the other 64 bits.
#[inline(always)]
pub(crate) fn uniform_128(word: u64, more: impl FnOnce() -> u64) -> f64 {
    let rest = if word >> 52 == 0 { more() as f64 * TWO_NEG_64 } else { 0.5 };
    (word as f64 + rest) * TWO_NEG_64
}

/// v - 1/2 from both words, rounded once.
pub(crate) fn centred(word: u32, second: u32) -> f64 {
    let high = f64::from((word ^ 1 << 31) as i32);
    high * TWO_NEG_32 + (f64::from(second) + 0.5) * TWO_NEG_32 * TWO_NEG_32
}

/// The two words of an element as one 64-bit number.
#[inline(always)]
pub(crate) fn joined(word: u32, second: u32) -> u64 {
    u64::from(word) << 32 | u64::from(second)
}

/// A uniform on (0, 1) of 52 bits, (m + 1/2) 2^-52: equal steps, and 1 - v is exact too.
pub(crate) fn uniform_52(word: u32, second: u32) -> f64 {
    ((joined(word, second) >> 12) as f64 + 0.5) / 4_503_599_627_370_496.0
}

/// A uniform on (0, 1) of 64 bits, with full relative precision near 0.
pub(crate) fn uniform_64(word: u32, second: u32) -> f64 {
    (joined(word, second) as f64 + 0.5) * TWO_NEG_64
}

/// A uniform on [0, 1) of 53 bits, from 64 random bits.
pub(crate) fn uniform_53(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
