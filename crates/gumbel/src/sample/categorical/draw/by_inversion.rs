//! One draw from a row of up to some thousand classes, whose weights fit into the cache.
//!
//! ```text
//! proposal    the class whose interval on the line contains a uniform place; its width is q_i >= the weight w_i
//! accepted    with probability w_i / q_i, which is above 1 - 2^-14 where the interval is long
//! ```
//!
//! The words of the row serve the first proposal: 52 bits give the place, and 12 bits almost always decide on
//! acceptance. Later proposals take words of the row's own key.

use rand_core::Rng;

use super::intervals::{LENGTH, MARGIN, accepts, place, round_up};
use crate::error::Result;
use crate::key::Key;
use crate::math;
use crate::real::Real;
use crate::sample::categorical::row::{ROW_BLOCK, Row, Scratch};
use crate::simd;
use crate::simd::draw::envelope::Values;
use crate::simd::draw::weights::{self, WEIGHT_PART};
use crate::unit;

/// Width of a part beyond that of its sum, so that its classes fit into it after rounding up.
const PART_MARGIN: f64 = 2.0 * WEIGHT_PART as f64;

/// The weights of a row as intervals of the line.
struct Line<'s> {
    weights: &'s [f32],
    /// The sums of the parts of the row.
    sums: &'s [f32],
    /// The largest value.
    top: f64,
    /// The width of a weight of 1.
    unit: f64,
}

impl<T: Real> Row<'_, T> {
    /// Draws a class with `words`, and with those of `key` where they do not suffice.
    pub(super) fn draw_by_inversion(
        &self,
        key: impl FnOnce() -> Key,
        words: (u32, u32),
        scratch: &mut Scratch,
    ) -> Result<usize> {
        let line = self.line(scratch)?;
        let with_acceptance = |(class, width)| {
            let p = line.acceptance(self.weight(class, line.top), width);
            (class, p)
        };
        let word = unit::joined(words.0, words.1);
        let first = line.find(place(word)).map(with_acceptance);
        let low_bits = (word % 4096) as f64;
        if let Some((class, p)) = first
            && low_bits + 1.0 <= 4096.0 * p
        {
            return Ok(class);
        }
        let mut rng = key().rng();
        if let Some((class, p)) = first
            && accepts(4096.0 * p - low_bits, &mut rng)
        {
            return Ok(class);
        }
        loop {
            if let Some((class, p)) = line.find(place(rng.next_u64())).map(with_acceptance)
                && accepts(p, &mut rng)
            {
                return Ok(class);
            }
        }
    }

    /// Computes the weights of the row and lays them out on the line.
    fn line<'s>(&self, scratch: &'s mut Scratch) -> Result<Line<'s>> {
        let (level, scale, k) = (simd::level(), self.scale(), self.classes());
        let is_wide = matches!(T::values(self.values), Values::Wide(_));
        let checked_separately = is_wide || self.tau != 1.0 || self.mask.is_some();
        if self.kind.normalised() && checked_separately {
            self.check_normalised(scratch)?;
        }
        let mut top = scale.nothing();
        for number in 0..self.blocks() {
            let at = self.block(number);
            let here = weights::maximum(level, self.values(at.clone(), &mut scratch.block), scale);
            let here = here.ok_or_else(|| self.value_error(at))?;
            top = if here > top { here } else { top };
        }
        if top == scale.nothing() {
            return Err(self.no_class_error());
        }
        let Scratch { block, weights, sums, .. } = scratch;
        weights.resize(k, 0.0);
        sums.resize(k.div_ceil(WEIGHT_PART), 0.0);
        for number in 0..self.blocks() {
            let at = self.block(number);
            let values = self.values(at.clone(), block);
            let parts = &mut sums[number * (ROW_BLOCK / WEIGHT_PART)..];
            weights::weigh(level, values, scale, top, &mut weights[at], parts);
        }
        let sum: f64 = sums.iter().map(|&sum| f64::from(sum)).sum();
        if self.kind.normalised() && !checked_separately {
            let largest = if self.kind.linear() { top } else { math::exp(top.min(700.0)) };
            self.check_sum(sum * largest)?;
        }
        Ok(Line { weights, sums, top, unit: LENGTH / sum })
    }
}

impl Line<'_> {
    /// The probability of accepting a class with this weight and width: w_i / q_i.
    fn acceptance(&self, weight: f64, width: f64) -> f64 {
        weight * self.unit * MARGIN / width
    }

    /// The width of a part with this sum: enough for its classes, whatever was rounded.
    fn part_width(&self, sum: f32) -> f64 {
        round_up(f64::from(sum) * self.unit * (1.0 + 1.0 / 65_536.0)) + PART_MARGIN
    }

    /// The class whose interval contains this place, and its width; `None` between the intervals.
    fn find(&self, mut place: f64) -> Option<(usize, f64)> {
        for (sum, (part, weights)) in
            self.sums.iter().zip(self.weights.chunks(WEIGHT_PART).enumerate())
        {
            let width = self.part_width(*sum);
            if place >= width {
                place -= width;
                continue;
            }
            for (i, &w) in weights.iter().enumerate() {
                let width = round_up(f64::from(w) * self.unit);
                if place < width {
                    return Some((part * WEIGHT_PART + i, width));
                }
                place -= width;
            }
            return None;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_proportional;
    use super::*;
    use crate::Categorical;
    use crate::math::TWO_52;
    use crate::noise;

    /// Compares the probability of every class under the proposals with its weight.
    fn assert_law<T: Real>(categorical: &Categorical<'_, T>) {
        let row = categorical.only_row().unwrap();
        let mut scratch = Scratch::new();
        let line = row.line(&mut scratch).unwrap();
        let (mut drawn, mut exact) = (vec![0.0; row.classes()], vec![0.0; row.classes()]);
        let mut end = 0.0;
        for (part, weights) in line.weights.chunks(WEIGHT_PART).enumerate() {
            let whole = line.part_width(line.sums[part]);
            let mut inside = 0.0;
            for (i, &w) in weights.iter().enumerate() {
                let class = part * WEIGHT_PART + i;
                let width = round_up(f64::from(w) * line.unit);
                for place in [end + inside, end + inside + width - 1.0] {
                    assert_eq!(line.find(place), Some((class, width)));
                }
                let accepted = line.acceptance(row.weight(class, line.top), width);
                assert!((0.0..=1.0).contains(&accepted), "{accepted}");
                drawn[class] = width * accepted;
                exact[class] = row.weight(class, line.top);
                inside += width;
            }
            assert!(inside <= whole);
            end += whole;
        }
        assert!(end <= TWO_52 && line.find(end).is_none());
        let rate: f64 = drawn.iter().sum();
        assert!(rate / TWO_52 > 1.0 - 1e-4, "{rate}");
        assert_proportional(&drawn, &exact);
    }

    #[test]
    fn the_law_is_exact_for_every_class() {
        for k in [65, 1_024, 5_000] {
            for spread in [1.0, 20.0] {
                let mut l = vec![0.0_f64; k];
                noise::logistic_into(Key::new(1), 0, &mut l);
                l.iter_mut().for_each(|l| *l *= spread);
                l.iter_mut().step_by(7).for_each(|l| *l = f64::NEG_INFINITY);
                let narrow: Vec<f32> = l.iter().map(|&l| l as f32).collect();
                let mask: Vec<bool> = (0..k).map(|i| i % 3 > 0).collect();
                let weights: Vec<f64> = l.iter().map(|l| l.exp()).collect();
                for tau in [0.5, 1.0, 30.0] {
                    let f32s = Categorical::from_logits(&narrow, k).unwrap();
                    let f64s = Categorical::from_logits(&l, k).unwrap();
                    let weights = Categorical::from_weights(&weights, k).unwrap();
                    assert_law(&f32s.temperature(tau).unwrap());
                    assert_law(&f32s.temperature(tau).unwrap().mask(&mask).unwrap());
                    assert_law(&f64s.temperature(tau).unwrap());
                    assert_law(&weights.temperature(tau).unwrap().mask(&mask).unwrap());
                }
            }
        }
    }
}
