//! The class weights of a row relative to its largest value, in `f32`, for logits and weights of both types.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, f64x8};

use crate::simd::draw::envelope::{
    CELLS, SMALLEST_BOUND, Scale, Values, bounds_on, largest, maxima, wide_maxima,
};
use crate::simd::math::{self, Decay};

/// Classes of a part; the sum of each part is kept.
pub(crate) const WEIGHT_PART: usize = 64;

/// The largest value; `None` if a value is not allowed.
pub(crate) fn maximum(level: Level, values: Values<'_>, scale: Scale) -> Option<f64> {
    dispatch!(level, simd => {
        let maxima = match values {
            Values::Narrow(values) => maxima(simd, values, scale),
            Values::Wide(values) => wide_maxima(simd, values, scale),
        };
        maxima.map(|maxima| largest(&maxima))
    })
}

/// The sum of the values in `f64`; `f32` values are first summed in `f32`, 64 at a time.
pub(crate) fn sum(level: Level, values: Values<'_>) -> f64 {
    dispatch!(level, simd => sum_on(simd, values))
}

#[inline(always)]
fn sum_on<S: Simd>(simd: S, values: Values<'_>) -> f64 {
    let mut sum = 0.0;
    match values {
        Values::Narrow(values) => {
            let (parts, rest) = values.as_chunks::<WEIGHT_PART>();
            for part in parts {
                let mut lanes = f32x16::splat(simd, 0.0);
                for part in part.as_chunks::<CELLS>().0 {
                    lanes += f32x16::from_slice(simd, part);
                }
                sum += f64::from(lanes.reduce_sum());
            }
            sum + rest.iter().map(|&x| f64::from(x)).sum::<f64>()
        }
        Values::Wide(values) => {
            let mut lanes = f64x8::splat(simd, 0.0);
            let (parts, rest) = values.as_chunks::<8>();
            for part in parts {
                lanes += f64x8::from_slice(simd, part);
            }
            sum += lanes.reduce_sum();
            sum + rest.iter().sum::<f64>()
        }
    }
}

/// Writes for each class at least 1 - 2^-16 times its weight relative to `top`, and the sum of each part, with
/// a relative error of at most 7 2^-24.
pub(crate) fn weigh(
    level: Level,
    values: Values<'_>,
    scale: Scale,
    top: f64,
    out: &mut [f32],
    sums: &mut [f32],
) {
    dispatch!(level, simd => match (values, scale) {
        // The relative error of an f32 difference is at most 2^-24, as in `bounds_on`.
        (Values::Narrow(values), Scale::Logits(tau)) if tau <= 1e30 => {
            let (top, c) = (f32x16::splat(simd, top as f32), Decay::new(tau).splat(simd));
            weigh_on(simd, values, out, sums, LogitsInF32 { top, c });
        }
        (Values::Narrow(values), _) => weigh_on(simd, values, out, sums, InF64 { top, scale }),
        (Values::Wide(values), _) => weigh_on(simd, values, out, sums, InF64 { top, scale }),
    });
}

/// Computes the weights of sixteen values. (A trait, because a closure cannot be forced inline.)
trait Weigh<S: Simd, T>: Copy {
    fn weights(self, simd: S, x: &[T; CELLS]) -> f32x16<S>;
}

/// `f32` logits: the differences from the top in `f32`.
#[derive(Clone, Copy)]
struct LogitsInF32<S: Simd> {
    top: f32x16<S>,
    c: [f32x16<S>; 2],
}

impl<S: Simd> Weigh<S, f32> for LogitsInF32<S> {
    #[inline(always)]
    fn weights(self, simd: S, x: &[f32; CELLS]) -> f32x16<S> {
        let weights = math::exp(simd, f32x16::from_slice(simd, x) - self.top, self.c);
        weights.max(f32x16::splat(simd, SMALLEST_BOUND))
    }
}

/// Values of any type and scale: the differences from the top in `f64`.
#[derive(Clone, Copy)]
struct InF64 {
    top: f64,
    scale: Scale,
}

impl<S: Simd, T: Copy + Default + Into<f64>> Weigh<S, T> for InF64 {
    #[inline(always)]
    fn weights(self, simd: S, x: &[T; CELLS]) -> f32x16<S> {
        let mut wide = [0.0; CELLS];
        for (wide, x) in wide.iter_mut().zip(x) {
            *wide = (*x).into();
        }
        bounds_on(simd, &wide, self.top, self.scale)
    }
}

#[inline(always)]
fn weigh_on<S: Simd, T: Copy + Default + Into<f64>>(
    simd: S,
    values: &[T],
    out: &mut [f32],
    sums: &mut [f32],
    weigh: impl Weigh<S, T>,
) {
    for ((values, out), sum) in
        values.chunks(WEIGHT_PART).zip(out.chunks_mut(WEIGHT_PART)).zip(sums)
    {
        let mut lanes = f32x16::splat(simd, 0.0);
        let (whole, rest) = values.as_chunks::<CELLS>();
        let (whole_out, rest_out) = out.as_chunks_mut::<CELLS>();
        for (values, out) in whole.iter().zip(whole_out) {
            let weights = weigh.weights(simd, values);
            weights.store_slice(out);
            lanes += weights;
        }
        if !rest.is_empty() {
            let mut padded = [T::default(); CELLS];
            padded[..rest.len()].copy_from_slice(rest);
            let mut weights: [f32; CELLS] = weigh.weights(simd, &padded).into();
            weights[rest.len()..].fill(0.0);
            rest_out.copy_from_slice(&weights[..rest.len()]);
            lanes += f32x16::simd_from(simd, weights);
        }
        *sum = lanes.reduce_sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd;
    use crate::simd::draw::envelope::tests::check_rows_of_sizes;

    fn check(values: Values<'_>, wide: &[f64], scale: Scale) {
        let mut first = None;
        let n = wide.len();
        for (level, fuses) in simd::levels() {
            let top = maximum(level, values, scale).unwrap();
            assert_eq!(top, wide.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            let (mut weights, mut sums) = (vec![0.0; n], vec![0.0; n.div_ceil(WEIGHT_PART)]);
            weigh(level, values, scale, top, &mut weights, &mut sums);
            // e^-87 rounded as e^(-87 (1 + 2^-24)), and the bounds of `exp`.
            let error = if fuses { 6e-6 } else { 1.2e-5 };
            for (&w, &x) in weights.iter().zip(wide) {
                let (w, exact) = (f64::from(w), scale.ln_relative(x, top).exp());
                assert!(w >= exact * (1.0 - error), "{scale:?} {w} {exact}");
                assert!(
                    w <= exact * (1.0 + error) + f64::from(SMALLEST_BOUND),
                    "{scale:?} {w} {exact}"
                );
            }
            for (&sum, part) in sums.iter().zip(weights.chunks(WEIGHT_PART)) {
                let exact: f64 = part.iter().map(|&w| f64::from(w)).sum();
                // Three additions in a lane and four of lanes.
                assert!((f64::from(sum) / exact - 1.0).abs() <= 7.0 * 2f64.powi(-24));
            }
            if fuses {
                let found = (weights, sums);
                assert!(*first.get_or_insert(found.clone()) == found, "{level:?}");
            }
        }
    }

    #[test]
    fn weights_and_sums_are_within_their_bounds() {
        check_rows_of_sizes((1..100).chain([1023, 1024]), [0.3, 1.0, 4.0, 1e35], check);
    }
}
