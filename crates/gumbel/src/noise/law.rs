//! The laws as functions of an element's words, in `f64`, and the filling of buffers with them.

use crate::key::{GROUP, Key};
use crate::math;
use crate::parallel;
use crate::real::Real;
use crate::simd::{self, noise::Kind};

/// Words this near to either end are refined.
pub(crate) const RARE: u32 = 1 << 16;
pub(crate) const TWO_NEG_32: f64 = 1.0 / 4_294_967_296.0;

/// A point of (0, 1) as the pair (v, 1 - v), each with full relative precision.
#[derive(Clone, Copy)]
struct Unit {
    v: f64,
    complement: f64,
}

impl Unit {
    #[inline(always)]
    fn of(word: u32) -> Self {
        Self {
            v: (f64::from(word) + 0.5) * TWO_NEG_32,
            complement: (f64::from(!word) + 0.5) * TWO_NEG_32,
        }
    }

    /// v = (k 2^32 + k2 + 1/2) 2^-64. Near the ends both parts are exact; elsewhere each is rounded
    /// to the nearest `f64`.
    fn of_both(word: u32, second: u32) -> Self {
        let join = |high: u32, low: u32| {
            f64::from(high) * TWO_NEG_32 + (f64::from(low) + 0.5) * TWO_NEG_32 * TWO_NEG_32
        };
        Self { v: join(word, second), complement: join(!word, !second) }
    }

    /// The smaller of v and 1 - v.
    #[inline(always)]
    fn tail(self) -> f64 {
        if self.v < self.complement { self.v } else { self.complement }
    }

    /// -ln(1 - v), from the side that is exact.
    fn exponential(self) -> f64 {
        if self.v < 0.5 { neg_ln_1m(self.v) } else { -math::ln(self.complement) }
    }
}

/// -ln(1 - v) for v < 1/2 with full relative precision. 1 - v is rounded; the rounding is made up
/// for as in `math::ln_1p`.
pub(crate) fn neg_ln_1m(v: f64) -> f64 {
    let u = 1.0 - v;
    (v - (1.0 - u)) / u - math::ln(u)
}

/// v - 1/2 of both words, rounded once.
fn centred(word: u32, second: u32) -> f64 {
    let high = f64::from((word ^ 1 << 31) as i32);
    high * TWO_NEG_32 + (f64::from(second) + 0.5) * TWO_NEG_32 * TWO_NEG_32
}

/// The four laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    Exponential,
    Gumbel,
    Logistic,
    Normal,
}

impl Law {
    /// For a unit of both words.
    pub(crate) fn of_words(self, word: u32, second: u32) -> f64 {
        let unit = Unit::of_both(word, second);
        match self {
            Self::Exponential => unit.exponential(),
            Self::Gumbel => -math::ln(unit.exponential()),
            Self::Logistic if unit.v < 0.5 => math::ln(unit.v) + neg_ln_1m(unit.v),
            Self::Logistic => -(math::ln(unit.complement) + neg_ln_1m(unit.complement)),
            Self::Normal => math::normal::quantile(centred(word, second), unit.tail()),
        }
    }

    /// The `f32` kernel of the law; the normal has none.
    pub(crate) const fn kind(self) -> Option<Kind> {
        match self {
            Self::Exponential => Some(Kind::Exponential),
            Self::Gumbel => Some(Kind::Gumbel),
            Self::Logistic => Some(Kind::Logistic),
            Self::Normal => None,
        }
    }

    /// Fills `out` with the noise of elements `offset ..`.
    pub(crate) fn fill<T: Real>(self, key: Key, offset: u64, out: &mut [T]) {
        parallel::for_elements(out, |start, out| {
            self.fill_part(key, offset.wrapping_add(start as u64), out);
        });
    }

    fn fill_part<T: Real>(self, key: Key, offset: u64, out: &mut [T]) {
        if let Some(kind) = self.kind()
            && let Some(out) = T::as_f32_mut(out)
        {
            return simd::noise::fill(simd::level(), kind, key, offset, out);
        }
        for_each_group(offset, out, |group, skip, out| {
            if let Some(kind) = self.kind() {
                let mut whole = [0.0; GROUP];
                simd::double::group(simd::level(), kind, key, group, &mut whole);
                for (out, value) in out.iter_mut().zip(&whole[skip..]) {
                    *out = T::from_f64(*value);
                }
            } else {
                self.fill_group(key, group, skip, out);
            }
        });
    }

    /// Normal noise: of both words in `f64`; in `f32` it takes the second where the first is rare.
    fn fill_group<T: Real>(self, key: Key, group: u64, skip: usize, out: &mut [T]) {
        let words = key.group(group);
        if T::WIDE {
            let second = key.second_group(group);
            for (i, out) in out.iter_mut().enumerate() {
                *out = T::from_f64(self.of_words(words[skip + i], second[skip + i]));
            }
            return;
        }
        let mut values = [0.0; GROUP];
        for (word, value) in words.iter().zip(&mut values) {
            *value = normal(*word);
        }
        if words.iter().fold(false, |rare, &w| rare | is_rare(w)) {
            self.refine(key, group, &words, &mut values);
        }
        for (out, value) in out.iter_mut().zip(&values[skip..]) {
            *out = T::from_f64(*value);
        }
    }

    #[cold]
    fn refine(self, key: Key, group: u64, words: &[u32; GROUP], values: &mut [f64; GROUP]) {
        for (i, (&word, value)) in words.iter().zip(values).enumerate() {
            if is_rare(word) {
                let second = key.second_word(group * GROUP as u64 + i as u64);
                *value = self.of_words(word, second);
            }
        }
    }
}

/// Normal noise of a word away from the ends: v - 1/2 is exact there, and the tail far above e^-25.
#[inline(always)]
pub(super) fn normal(word: u32) -> f64 {
    let unit = Unit::of(word);
    math::normal::quantile_near(unit.v - 0.5, unit.tail())
}

#[inline(always)]
pub(crate) fn is_rare(word: u32) -> bool {
    word.wrapping_add(RARE) < 2 * RARE
}

/// Calls `f` with each group that holds elements of `out`, the place of the first of them in the
/// group, and their part of `out`.
pub(crate) fn for_each_group<T>(
    offset: u64,
    out: &mut [T],
    mut f: impl FnMut(u64, usize, &mut [T]),
) {
    let mut index = offset;
    let mut rest = out;
    while !rest.is_empty() {
        let skip = (index & 63) as usize;
        let take = rest.len().min(GROUP - skip);
        let (now, later) = rest.split_at_mut(take);
        f(index >> 6, skip, now);
        rest = later;
        index = index.wrapping_add(take as u64);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::oracle;

    pub(in crate::noise) const LAWS: [Law; 4] =
        [Law::Exponential, Law::Gumbel, Law::Logistic, Law::Normal];

    fn oracle_of(law: Law, word: u32, second: Option<u32>) -> f64 {
        match law {
            Law::Exponential => oracle::exponential(word, second),
            Law::Gumbel => oracle::gumbel(word, second),
            Law::Logistic => oracle::logistic(word, second),
            Law::Normal => oracle::normal(word, second),
        }
    }

    /// 2^20 words spread over all of them and every word within 2^12 of a boundary.
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
                    // (v - 1/2 is exact, so the normal too is exact where it crosses 0.)
                    let relative = matches!(law, Law::Exponential | Law::Normal);
                    let unit = exact.abs().max(if relative { 0.0 } else { 1.0 });
                    // The oracle of the normal is an iteration, and less exact than the quantile,
                    // which `gumbel-check` holds to 6 units against values of fifty digits.
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
                    assert!((normal(word) - exact).abs() <= 8.0 * f64::EPSILON * exact.abs());
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
