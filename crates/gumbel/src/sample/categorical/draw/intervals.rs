//! The intervals of proposals, on a line of 2^52 places.

use rand_core::Rng;

use crate::key::KeyRng;
use crate::math::TWO_52;
use crate::unit::uniform_128;

/// The length shared out among the proposals, a little below 2^52: up to there `f64` adds whole numbers without
/// rounding.
pub(super) const LENGTH: f64 = TWO_52 * (1.0 - 1.0 / 32_768.0);
/// The factor that keeps acceptance probabilities at most 1: `f32` weights may be too small by 2^-16 of
/// themselves, and by twice that where two are multiplied.
pub(super) const MARGIN: f64 = 1.0 - 1.0 / 32_768.0;

/// A whole number at least 1/2 above x, at most 3/2, for x from 0 to 2^52.
#[inline(always)]
pub(super) fn round_up(x: f64) -> f64 {
    (x + TWO_52) - TWO_52 + 1.0
}

/// A place on the line: the first 52 bits of the word.
#[inline(always)]
pub(super) fn place(word: u64) -> f64 {
    (word >> 12) as f64
}

/// Whether a uniform is below `p`. It has 64 bits, or 128 if the first 12 are 0, so that small p are as exact.
pub(super) fn accepts(p: f64, rng: &mut KeyRng) -> bool {
    uniform_128(rng.next_u64(), || rng.next_u64()) < p
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Key;

    /// One word in 4096 has its first 12 bits 0: p = 1.5 2^-12 needs the bits after them.
    #[test]
    fn small_probabilities_are_kept() {
        let (n, p) = (1 << 22, 1.5 / 4096.0);
        let mut rng = Key::new(1).rng();
        let accepted = (0..n).filter(|_| accepts(p, &mut rng)).count() as f64;
        // Five standard deviations: once in 1.7 million keys.
        let mean = f64::from(n) * p;
        assert!((accepted - mean).abs() < 5.0 * (mean * (1.0 - p)).sqrt(), "{accepted} {mean}");
        assert!(accepts(1.0, &mut rng) && !accepts(0.0, &mut rng));
    }

    #[test]
    fn round_up_gives_a_larger_whole_number() {
        for x in [0.0, 0.2, 0.5, 1.0, 1e15, TWO_52 - 2.0] {
            let above = round_up(x) - x;
            assert!((0.5..=1.5).contains(&above) && round_up(x) == round_up(x).round(), "{x}");
        }
    }
}
