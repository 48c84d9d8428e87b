//! The line of 2^52 places on which proposals have their stretches.

use rand_core::Rng;

use crate::key::KeyRng;
use crate::unit::TWO_NEG_64;

/// 2^52, a little less: whole numbers up to 2^52 are added in `f64` without rounding.
pub(super) const WHOLE: f64 = TWO_52 * (1.0 - 1.0 / 32_768.0);
pub(super) const TWO_52: f64 = 4_503_599_627_370_496.0;
/// Weights in `f32` may be too small by 2^-16 of themselves, twice where they are multiplied.
pub(super) const SAFE: f64 = 1.0 - 1.0 / 32_768.0;

/// A whole number at least 1/2 above x, at most 3/2, for x from 0 to 2^52.
#[inline(always)]
pub(super) fn up(x: f64) -> f64 {
    (x + TWO_52) - TWO_52 + 1.0
}

/// The first 52 bits: a place on the line.
#[inline(always)]
pub(super) fn place(word: u64) -> f64 {
    (word >> 12) as f64
}

/// Whether a uniform is below `p`: of 64 bits, or of 128 if the first 12 are 0, so that small p are as exact.
pub(super) fn accepts(p: f64, rng: &mut KeyRng) -> bool {
    let word = rng.next_u64();
    let rest = if word >> 52 == 0 { rng.next_u64() as f64 * TWO_NEG_64 } else { 0.5 };
    (word as f64 + rest) * TWO_NEG_64 < p
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Key;

    /// Words whose first 12 bits are 0 come once in 4096: p = 1.5 2^-12 needs the bits behind them.
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
    fn up_is_above_and_whole() {
        for x in [0.0, 0.2, 0.5, 1.0, 1e15, TWO_52 - 2.0] {
            let above = up(x) - x;
            assert!((0.5..=1.5).contains(&above) && up(x) == up(x).round(), "{x}");
        }
    }
}
