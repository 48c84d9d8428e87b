//! The distributions of the noise, as functions of an element's words in plain `f64`.
//!
//! The formulas are in [`noise`](crate::noise), which fills buffers; the vector kernels of `simd/noise`
//! compute them in `f32`.

use crate::math;
use crate::unit::{Unit, centred, uniform_52};

/// A distribution of noise, for code that chooses it at run time.
///
/// ```
/// use gumbel::{Key, noise::{self, Law}};
/// let (mut by_law, mut by_name) = ([0.0_f32; 3], [0.0; 3]);
/// Law::Gumbel.fill_into(Key::new(7), 0, &mut by_law);
/// noise::gumbel_into(Key::new(7), 0, &mut by_name);
/// assert_eq!(by_law, by_name);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Uniform on (0, 1): [`uniform_into`](crate::noise::uniform_into).
    Uniform,
    /// Exponential of rate 1: [`exponential_into`](crate::noise::exponential_into).
    Exponential,
    /// Standard Gumbel: [`gumbel_into`](crate::noise::gumbel_into).
    Gumbel,
    /// Standard logistic: [`logistic_into`](crate::noise::logistic_into).
    Logistic,
    /// Standard normal: [`normal_into`](crate::noise::normal_into).
    Normal,
}

impl Law {
    /// All laws, in the order of the variants.
    pub const ALL: [Self; 5] =
        [Self::Uniform, Self::Exponential, Self::Gumbel, Self::Logistic, Self::Normal];

    /// The noise of an element with these two words.
    pub(crate) fn of_words(self, word: u32, second: u32) -> f64 {
        let unit = Unit::of_words(word, second);
        match self {
            Self::Uniform => uniform_52(word, second),
            Self::Exponential => exponential(unit),
            Self::Gumbel => -math::ln(exponential(unit)),
            Self::Logistic if unit.v < 0.5 => math::ln(unit.v) + math::neg_ln_1m(unit.v),
            Self::Logistic => -(math::ln(unit.complement) + math::neg_ln_1m(unit.complement)),
            Self::Normal => math::normal::quantile(centred(word, second), unit.tail()),
        }
    }
}

/// -ln(1 - v), from v or from 1 - v, whichever is smaller.
fn exponential(unit: Unit) -> f64 {
    if unit.v < 0.5 { math::neg_ln_1m(unit.v) } else { -math::ln(unit.complement) }
}

/// Normal noise of a single word that is not rare, where v - 1/2 is exact.
#[cfg(test)]
pub(crate) fn normal_of_word(word: u32) -> f64 {
    let unit = Unit::of_word(word);
    math::normal::quantile(unit.v - 0.5, unit.tail())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::oracle;
    use crate::unit::{RARE, is_rare};

    pub(crate) const LAWS: [Law; 4] = [Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal];

    fn oracle_of(law: Law, word: u32, second: Option<u32>) -> f64 {
        match law {
            Law::Uniform => unreachable!("the uniform is exact"),
            Law::Exponential => oracle::exponential(word, second),
            Law::Gumbel => oracle::gumbel(word, second),
            Law::Logistic => oracle::logistic(word, second),
            Law::Normal => oracle::normal(word, second),
        }
    }

    /// 2^20 words spread over the whole range, and every word within 2^12 of a boundary.
    fn words() -> impl Iterator<Item = u32> {
        let stratified = (0..1u32 << 20).map(|i| i << 12 | i.wrapping_mul(2_654_435_761) >> 20);
        let around = [0u32, RARE, 1 << 31, u32::MAX - RARE + 1]
            .into_iter()
            .flat_map(|b| (0..8192u32).map(move |i| b.wrapping_add(i).wrapping_sub(4096)));
        stratified.chain(around)
    }

    #[test]
    fn every_law_is_finite_and_within_its_bound() {
        for law in LAWS {
            for word in words() {
                let seconds = [0, u32::MAX, word.wrapping_mul(2_654_435_761)];
                for second in seconds {
                    let ours = law.of_words(word, second);
                    let exact = oracle_of(law, word, Some(second));
                    assert!(ours.is_finite(), "{law:?} of {word:#x}");
                    // f64: within a few units of 1 or of the value; the tests of `math` bound ln.
                    // (v - 1/2 is exact, so the normal is exact too where it crosses 0.)
                    let relative = matches!(law, Law::Exponential | Law::Normal);
                    let unit = exact.abs().max(if relative { 0.0 } else { 1.0 });
                    // The oracle of the normal iterates and is less exact than the quantile.
                    // `gumbel-check` tests the quantile to 6 units against values of fifty digits.
                    let units = if law == Law::Normal { 8.0 } else { 4.0 };
                    let bound = units * f64::EPSILON * unit;
                    assert!((ours - exact).abs() <= bound, "{law:?} {word:#x}");
                    // So the f32 is the exact value rounded: half a unit in the last place, or
                    // 2^-25 where the noise crosses 0.
                    let ulp =
                        f64::from(f32::EPSILON) * 2f64.powi(exact.abs().log2().floor() as i32);
                    let bound = 0.51 * if relative { ulp } else { ulp.max(2f64.powi(-24)) };
                    assert!((f64::from(ours as f32) - exact).abs() <= bound, "{law:?} {word:#x}");
                }
                if law == Law::Normal && !is_rare(word) {
                    let exact = oracle::normal(word, None);
                    assert!(
                        (normal_of_word(word) - exact).abs() <= 8.0 * f64::EPSILON * exact.abs()
                    );
                }
            }
        }
    }

    #[test]
    fn noise_is_monotone_in_the_word() {
        for law in LAWS {
            let rising = law != Law::Gumbel;
            let mut sorted: Vec<u32> = words().collect();
            sorted.sort_unstable();
            let values: Vec<f64> = sorted.iter().map(|&w| law.of_words(w, 1 << 31)).collect();
            for pair in values.windows(2) {
                assert!(if rising { pair[0] <= pair[1] } else { pair[0] >= pair[1] }, "{law:?}");
            }
        }
    }

    #[test]
    fn ends_of_the_tails() {
        let ln_2 = core::f64::consts::LN_2;
        assert!((Law::Gumbel.of_words(0, 0) - 65.0 * ln_2).abs() < 1e-12);
        assert!((Law::Exponential.of_words(u32::MAX, u32::MAX) - 65.0 * ln_2).abs() < 1e-12);
        assert!((Law::Logistic.of_words(0, 0) + 65.0 * ln_2).abs() < 1e-12);
        assert!((Law::Logistic.of_words(u32::MAX, u32::MAX) - 65.0 * ln_2).abs() < 1e-12);
        // P(Z < -9.155...) = 2^-65.
        let end = 9.155_293_772_686_073;
        assert!((Law::Normal.of_words(0, 0) + end).abs() < 1e-14);
        assert!((Law::Normal.of_words(u32::MAX, u32::MAX) - end).abs() < 1e-14);
        // Around 1/2 the normal crosses 0 with all its digits.
        let step = (2.0 * core::f64::consts::PI).sqrt() / 2f64.powi(65);
        assert!((Law::Normal.of_words(1 << 31, 0) / step - 1.0).abs() < 1e-14);
    }
}
