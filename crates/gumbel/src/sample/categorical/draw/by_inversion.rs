//! One draw from a row of some thousand classes, whose weights fit into the cache.
//!
//! ```text
//! proposal    the class on whose stretch q_i of the line a uniform falls, q_i >= its weight w_i
//! accepted    with probability w_i / q_i, which is above 1 - 2^-14 where the stretch is long
//! ```
//!
//! The words of the row serve the first proposal: 52 bits for the place, and 12 to accept, which almost
//! always suffice. What comes after takes words of the row's own key.

use rand_core::Rng;

use super::line::{SAFE, WHOLE, accepts, place, up};
use crate::error::Result;
use crate::key::Key;
use crate::math;
use crate::real::Real;
use crate::sample::categorical::row::{ROW_BLOCK, Row, Scratch};
use crate::simd;
use crate::simd::draw::weights::{self, WEIGHT_PART};
use crate::unit;

/// What a part has beyond the stretch of its sum, so that its classes, rounded up, have room in it.
const ROOM: f64 = 2.0 * WEIGHT_PART as f64;

/// The weights of a row as stretches of the line.
struct Line<'s> {
    weights: &'s [f32],
    /// The sums of the parts of the row.
    sums: &'s [f32],
    /// The largest value.
    top: f64,
    /// How much of the line a weight of 1 takes.
    unit: f64,
}

impl<T: Real> Row<'_, T> {
    pub(super) fn draw_by_inversion(
        &self,
        key: impl FnOnce() -> Key,
        words: (u32, u32),
        scratch: &mut Scratch,
    ) -> Result<usize> {
        let line = self.line(scratch)?;
        let accepted = |(class, stretch)| {
            let accepted = line.accepted(self.weight(class, line.top), stretch);
            (class, accepted)
        };
        let word = unit::joined(words.0, words.1);
        let first = line.at(place(word)).map(accepted);
        let twelve = (word % 4096) as f64;
        if let Some((class, p)) = first
            && twelve + 1.0 <= 4096.0 * p
        {
            return Ok(class);
        }
        let mut rng = key().rng();
        if let Some((class, p)) = first
            && accepts(4096.0 * p - twelve, &mut rng)
        {
            return Ok(class);
        }
        loop {
            if let Some((class, p)) = line.at(place(rng.next_u64())).map(accepted)
                && accepts(p, &mut rng)
            {
                return Ok(class);
            }
        }
    }

    fn line<'s>(&self, scratch: &'s mut Scratch) -> Result<Line<'s>> {
        let (level, scale, k) = (simd::level(), self.scale(), self.classes());
        let separately = T::WIDE || self.tau != 1.0 || self.mask.is_some();
        if self.kind.normalised() && separately {
            self.check_normalised(scratch)?;
        }
        let mut top = scale.nothing();
        for number in 0..self.blocks() {
            let at = self.block(number);
            let here = weights::maximum(level, self.values(at.clone(), &mut scratch.block), scale);
            let here = here.ok_or_else(|| self.refused(at))?;
            top = if here > top { here } else { top };
        }
        if top == scale.nothing() {
            return Err(self.nothing());
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
        if self.kind.normalised() && !separately {
            let largest = if self.kind.linear() { top } else { math::exp(top.min(700.0)) };
            self.check_sum(sum * largest)?;
        }
        Ok(Line { weights, sums, top, unit: WHOLE / sum })
    }
}

impl Line<'_> {
    /// The probability at which a class of this weight is accepted: w_i / q_i.
    fn accepted(&self, weight: f64, stretch: f64) -> f64 {
        weight * self.unit * SAFE / stretch
    }

    /// The stretch of a part with this sum: enough for its classes, whatever was rounded.
    fn part(&self, sum: f32) -> f64 {
        up(f64::from(sum) * self.unit * (1.0 + 1.0 / 65_536.0)) + ROOM
    }

    /// The class with this place, and its stretch; nothing between the stretches.
    fn at(&self, mut place: f64) -> Option<(usize, f64)> {
        for (sum, (part, weights)) in
            self.sums.iter().zip(self.weights.chunks(WEIGHT_PART).enumerate())
        {
            let stretch = self.part(*sum);
            if place >= stretch {
                place -= stretch;
                continue;
            }
            for (i, &w) in weights.iter().enumerate() {
                let stretch = up(f64::from(w) * self.unit);
                if place < stretch {
                    return Some((part * WEIGHT_PART + i, stretch));
                }
                place -= stretch;
            }
            return None;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::TWO_52;
    use super::super::tests::assert_proportional;
    use super::*;
    use crate::Categorical;
    use crate::noise;

    /// The probability of every class, as the proposals have it, against its weight.
    fn law<T: Real>(categorical: &Categorical<'_, T>) {
        let row = categorical.row(0);
        let mut scratch = Scratch::new();
        let line = row.line(&mut scratch).unwrap();
        let (mut drawn, mut exact) = (vec![0.0; row.classes()], vec![0.0; row.classes()]);
        let mut end = 0.0;
        for (part, weights) in line.weights.chunks(WEIGHT_PART).enumerate() {
            let whole = line.part(line.sums[part]);
            let mut inside = 0.0;
            for (i, &w) in weights.iter().enumerate() {
                let class = part * WEIGHT_PART + i;
                let stretch = up(f64::from(w) * line.unit);
                for place in [end + inside, end + inside + stretch - 1.0] {
                    assert_eq!(line.at(place), Some((class, stretch)));
                }
                let accepted = line.accepted(row.weight(class, line.top), stretch);
                assert!((0.0..=1.0).contains(&accepted), "{accepted}");
                drawn[class] = stretch * accepted;
                exact[class] = row.weight(class, line.top);
                inside += stretch;
            }
            assert!(inside <= whole);
            end += whole;
        }
        assert!(end <= TWO_52 && line.at(end).is_none());
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
                    law(&f32s.temperature(tau).unwrap());
                    law(&f32s.temperature(tau).unwrap().mask(&mask).unwrap());
                    law(&f64s.temperature(tau).unwrap());
                    law(&weights.temperature(tau).unwrap().mask(&mask).unwrap());
                }
            }
        }
    }
}
