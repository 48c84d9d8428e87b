//! Upper bounds of the weights of a block, from the largest value of each of its cells.
//!
//! A cell is a lane: it holds every sixteenth class of a block. So the maxima of all cells take one
//! operation for sixteen classes, and only the maxima need exponentials.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, f64x8};

use crate::math as f64_math;
use crate::simd::lanes::load;
use crate::simd::math::{self, Decay};

pub(crate) const CELLS: usize = 16;
/// Classes of a cell. A proposal that gives each class the bound of its cell has at most `DEPTH` times the
/// weight of the cell.
pub(crate) const DEPTH: usize = 32;
pub(crate) const ENVELOPE_BLOCK: usize = CELLS * DEPTH;

/// The smallest bound, used for every cell with a smaller weight or a weight of 0.
pub(crate) const SMALLEST_BOUND: f32 = 1.0 / 42_535_295_865_117_307_932_921_825_928_971_026_432.0; // 2^-125

/// The values of a row or of a block: `Narrow` in `f32`, `Wide` in `f64`.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    Narrow(&'a [f32]),
    Wide(&'a [f64]),
}

/// The weight of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    /// e^(l / tau) of a logit l.
    Logits(f64),
    /// w^(1 / tau) of a weight w.
    Weights(f64),
}

impl Scale {
    /// The value with weight 0.
    pub(crate) const fn nothing(self) -> f64 {
        if matches!(self, Self::Logits(_)) { f64::NEG_INFINITY } else { 0.0 }
    }

    /// ln of the weight of x relative to the weight of `top`, which is not 0.
    pub(crate) fn ln_relative(self, x: f64, top: f64) -> f64 {
        match self {
            Self::Logits(tau) => difference(x, top, tau),
            Self::Weights(_) if x == 0.0 => f64::NEG_INFINITY,
            Self::Weights(tau) => (f64_math::ln_positive(x) - f64_math::ln_positive(top)) / tau,
        }
    }

    /// The weight of x relative to the weight of `top`, which is not 0.
    pub(crate) fn relative(self, x: f64, top: f64) -> f64 {
        match self {
            Self::Weights(1.0) => x / top,
            _ => f64_math::exp(self.ln_relative(x, top)),
        }
    }
}

/// (x - top) / tau. At temperatures above 1 it subtracts halves, which cannot overflow.
#[inline(always)]
pub(crate) fn difference(x: f64, top: f64, tau: f64) -> f64 {
    if tau <= 1.0 { (x - top) / tau } else { (x * 0.5 - top * 0.5) / (tau * 0.5) }
}

/// Bounds of the cells of a block, relative to its largest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Envelope {
    /// The largest value.
    pub(crate) top: f64,
    /// For each cell at least 1 - 2^-16 times the weight of its largest value relative to `top`.
    pub(crate) bounds: [f32; CELLS],
    /// The sum of the bounds; 0 if all weights are 0.
    pub(crate) sum: f64,
}

/// The envelope of at most [`ENVELOPE_BLOCK`] values; `None` if a value is not allowed.
pub(crate) fn envelope(level: Level, values: Values<'_>, scale: Scale) -> Option<Envelope> {
    dispatch!(level, simd => envelope_on(simd, values, scale))
}

/// The bounds of sixteen values relative to `top`.
pub(crate) fn bounds(level: Level, x: &[f64; CELLS], top: f64, scale: Scale) -> [f32; CELLS] {
    dispatch!(level, simd => bounds_on(simd, x, top, scale).into())
}

#[inline(always)]
fn envelope_on<S: Simd>(simd: S, values: Values<'_>, scale: Scale) -> Option<Envelope> {
    let maxima = match values {
        Values::Narrow(values) => maxima(simd, values, scale)?,
        Values::Wide(values) => wide_maxima(simd, values, scale)?,
    };
    let top = largest(&maxima);
    if top == scale.nothing() {
        return Some(Envelope { top, bounds: [0.0; CELLS], sum: 0.0 });
    }
    let bounds: [f32; CELLS] = bounds_on(simd, &maxima, top, scale).into();
    let mut sums: [f64; 8] =
        core::array::from_fn(|i| f64::from(bounds[i]) + f64::from(bounds[i + 8]));
    for half in [4, 2, 1] {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
    }
    Some(Envelope { top, bounds, sum: sums[0] })
}

/// The largest value of each cell; `None` if a value is not allowed.
#[inline(always)]
pub(crate) fn maxima<S: Simd>(simd: S, values: &[f32], scale: Scale) -> Option<[f64; CELLS]> {
    match scale {
        Scale::Logits(_) => maxima_of::<S, false>(simd, values, f32::NEG_INFINITY),
        Scale::Weights(_) => maxima_of::<S, true>(simd, values, 0.0),
    }
}

#[inline(always)]
fn maxima_of<S: Simd, const WEIGHTS: bool>(
    simd: S,
    values: &[f32],
    nothing: f32,
) -> Option<[f64; CELLS]> {
    let (infinity, zero) = (f32x16::splat(simd, f32::INFINITY), f32x16::splat(simd, 0.0));
    let mut max = [f32x16::splat(simd, nothing); 4];
    // NaN is not below infinity.
    let mut allowed = zero.simd_lt(infinity);
    let mut parts = values.chunks_exact(4 * CELLS);
    for part in &mut parts {
        for (i, max) in max.iter_mut().enumerate() {
            let x = f32x16::from_slice(simd, &part[CELLS * i..CELLS * (i + 1)]);
            allowed &= x.simd_lt(infinity);
            if WEIGHTS {
                allowed &= x.simd_ge(zero);
            }
            *max = max.max(x);
        }
    }
    for part in parts.remainder().chunks(CELLS) {
        let x = load(simd, part, nothing);
        allowed &= x.simd_lt(infinity);
        if WEIGHTS {
            allowed &= x.simd_ge(zero);
        }
        max[0] = max[0].max(x);
    }
    let max: [f32; CELLS] = max[0].max(max[1]).max(max[2].max(max[3])).into();
    allowed.all_true().then(|| max.map(f64::from))
}

/// As [`maxima`], in `f64`.
#[inline(always)]
pub(crate) fn wide_maxima<S: Simd>(simd: S, values: &[f64], scale: Scale) -> Option<[f64; CELLS]> {
    let infinity = f64x8::splat(simd, f64::INFINITY);
    let low = f64x8::splat(simd, scale.nothing());
    let mut max = [low; 2];
    let mut allowed = [infinity.simd_eq(infinity); 2];
    let (whole, rest) = values.as_chunks::<CELLS>();
    let mut last = [scale.nothing(); CELLS];
    last[..rest.len()].copy_from_slice(rest);
    for part in whole.iter().chain([&last]) {
        for i in 0..2 {
            let x = f64x8::from_slice(simd, &part[8 * i..8 * (i + 1)]);
            allowed[i] &= x.simd_lt(infinity) & x.simd_ge(low);
            max[i] = max[i].max(x);
        }
    }
    let mut maxima = [0.0; CELLS];
    max[0].store_slice(&mut maxima[..8]);
    max[1].store_slice(&mut maxima[8..]);
    (allowed[0] & allowed[1]).all_true().then_some(maxima)
}

#[inline(always)]
pub(crate) fn largest(x: &[f64; CELLS]) -> f64 {
    x.iter().fold(f64::NEG_INFINITY, |top, &x| if x > top { x } else { top })
}

#[inline(always)]
pub(crate) fn bounds_on<S: Simd>(simd: S, x: &[f64; CELLS], top: f64, scale: Scale) -> f32x16<S> {
    let mut d = [0.0; CELLS];
    match scale {
        // One loop for each branch of `difference`.
        Scale::Logits(tau) if tau <= 1.0 => {
            for (d, &x) in d.iter_mut().zip(x) {
                *d = ((x - top) / tau) as f32;
            }
        }
        Scale::Logits(tau) => {
            for (d, &x) in d.iter_mut().zip(x) {
                *d = ((x * 0.5 - top * 0.5) / (tau * 0.5)) as f32;
            }
        }
        Scale::Weights(1.0) => {
            for (d, &x) in d.iter_mut().zip(x) {
                *d = (x / top) as f32;
            }
            return f32x16::simd_from(simd, d).max(f32x16::splat(simd, SMALLEST_BOUND));
        }
        Scale::Weights(_) => {
            for (d, &x) in d.iter_mut().zip(x) {
                *d = scale.ln_relative(x, top) as f32;
            }
        }
    }
    let weights = math::exp(simd, f32x16::simd_from(simd, d), Decay::new(1.0).splat(simd));
    weights.max(f32x16::splat(simd, SMALLEST_BOUND))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Key, noise, simd};

    fn check(values: Values<'_>, wide: &[f64], scale: Scale) {
        let weight = |top: f64, x: f64| scale.ln_relative(x, top).exp();
        let mut first = None;
        for (level, fuses) in simd::levels() {
            let found = envelope(level, values, scale).unwrap();
            let top = wide.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            assert_eq!(found.top, top);
            let mut sum = 0.0;
            for cell in 0..CELLS {
                let largest = wide.iter().skip(cell).step_by(CELLS).map(|&x| weight(top, x));
                let largest = largest.fold(0.0, f64::max);
                let bound = f64::from(found.bounds[cell]);
                sum += bound;
                // e^-87 rounded as e^(-87 (1 + 2^-24)), and the bounds of `exp`.
                let error = if fuses { 6e-6 } else { 1.2e-5 };
                assert!(bound >= largest * (1.0 - error), "{scale:?} {bound} {largest}");
                assert!(bound <= largest * (1.0 + error) + f64::from(SMALLEST_BOUND));
            }
            assert!((found.sum / sum - 1.0).abs() < 1e-15);
            if fuses {
                assert_eq!(*first.get_or_insert(found), found, "{level:?}");
            }
        }
    }

    /// Calls `check` for each of `sizes` with logits and weights of both types; one class in five has weight 0.
    pub(crate) fn check_rows_of_sizes(
        sizes: impl IntoIterator<Item = usize>,
        taus: [f64; 4],
        check: fn(Values<'_>, &[f64], Scale),
    ) {
        for n in sizes {
            let mut wide = vec![0.0; n];
            noise::logistic_into(Key::new(n as u64), 0, &mut wide);
            wide.iter_mut().for_each(|l| *l *= 8.0);
            wide.iter_mut().skip(1).step_by(5).for_each(|l| *l = f64::NEG_INFINITY);
            let narrow: Vec<f32> = wide.iter().map(|&l| l as f32).collect();
            let same: Vec<f64> = narrow.iter().map(|&l| f64::from(l)).collect();
            for tau in taus {
                check(Values::Narrow(&narrow), &same, Scale::Logits(tau));
                check(Values::Wide(&wide), &wide, Scale::Logits(tau));
                let weights: Vec<f32> = narrow.iter().map(|l| l.exp()).collect();
                let same: Vec<f64> = weights.iter().map(|&w| f64::from(w)).collect();
                check(Values::Narrow(&weights), &same, Scale::Weights(tau));
                check(Values::Wide(&same), &same, Scale::Weights(tau));
            }
        }
    }

    #[test]
    fn bounds_are_the_weights_of_the_maxima() {
        check_rows_of_sizes((1..100).chain([511, 512]), [0.3, 1.0, 4.0, 1e30], check);
    }

    #[test]
    fn bad_values_are_found_at_every_index() {
        for (level, _) in simd::levels() {
            let mut x = vec![1.0; 150];
            for at in 0..150 {
                for bad in [f32::NAN, -f32::NAN, f32::INFINITY] {
                    x[at] = bad;
                    let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
                    for scale in [Scale::Logits(1.0), Scale::Weights(1.0)] {
                        assert_eq!(envelope(level, Values::Narrow(&x), scale), None);
                        assert_eq!(envelope(level, Values::Wide(&wide), scale), None);
                    }
                }
                x[at] = -1.0;
                assert_eq!(envelope(level, Values::Narrow(&x), Scale::Weights(1.0)), None);
                assert!(envelope(level, Values::Narrow(&x), Scale::Logits(1.0)).is_some());
                x[at] = 1.0;
            }
            for scale in [Scale::Logits(2.0), Scale::Weights(2.0)] {
                x.fill(scale.nothing() as f32);
                assert_eq!(envelope(level, Values::Narrow(&x), scale).unwrap().sum, 0.0);
            }
        }
    }
}
