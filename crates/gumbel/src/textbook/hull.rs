//! The hull of a concave function h from tangents, and the squeeze from chords.
//!
//! Tangents at x_1 < ... < x_k lie above h, chords between their points below it. Over the segment of
//! the tangent at x_j, between the cuts with its neighbours, exp(hull) is an exponential.
//!
//! Heights stay logarithms, and masses are relative to the largest one. A cut may lie anywhere between its two
//! points, because every tangent is an upper bound everywhere: rounding of the cuts costs acceptance, never
//! exactness. So nearly parallel tangents need no special treatment.

use alloc::vec;
use alloc::vec::Vec;

use super::tangent::Tangent;
use crate::error::{Error, Result};
use crate::math;

/// Tangents in order, the cuts between them, and the masses under them.
#[derive(Clone, Debug)]
pub(super) struct Hull {
    tangents: Vec<Tangent>,
    /// `low`, the cuts, `high`: segment j extends from cut j to cut j + 1.
    cuts: Vec<f64>,
    /// ln of the mass of the heaviest segment.
    largest: f64,
    /// The mass of segments 0 to j, relative to that of the heaviest one.
    cumulative: Vec<f64>,
}

impl Hull {
    /// The hull of tangents in order, over (low, high).
    ///
    /// # Errors
    /// Tangents that no concave function has, a slope that does not fall towards an infinite end, a mass that is
    /// not finite.
    pub(super) fn new(low: f64, high: f64, tangents: Vec<Tangent>) -> Result<Self> {
        for pair in tangents.windows(2) {
            pair[0].check_above(&pair[1])?;
            pair[1].check_above(&pair[0])?;
        }
        let (cuts, cumulative) = (vec![low, high], Vec::new());
        let mut hull = Self { tangents, cuts, largest: 0.0, cumulative };
        hull.measure()?;
        Ok(hull)
    }

    pub(super) fn len(&self) -> usize {
        self.tangents.len()
    }

    fn ends(&self) -> (f64, f64) {
        (self.cuts[0], self.cuts[self.cuts.len() - 1])
    }

    /// The number of tangents whose point is below x.
    fn below(&self, x: f64) -> usize {
        self.tangents.partition_point(|tangent| tangent.x < x)
    }

    /// Refuses a tangent that contradicts its neighbours: h would not be concave.
    pub(super) fn check_concave(&self, new: &Tangent) -> Result<()> {
        let at = self.below(new.x);
        for old in &self.tangents[at.saturating_sub(1)..self.len().min(at + 1)] {
            old.check_above(new)?;
            new.check_above(old)?;
        }
        Ok(())
    }

    /// Adds a tangent, which was checked. A tangent at a point that has one changes nothing.
    pub(super) fn insert(&mut self, new: Tangent) -> Result<()> {
        let at = self.below(new.x);
        if self.tangents.get(at).is_some_and(|old| old.x == new.x) {
            return Ok(());
        }
        let mut enlarged = self.clone();
        enlarged.tangents.insert(at, new);
        enlarged.measure()?;
        *self = enlarged;
        Ok(())
    }

    /// Adds a tangent and removes the one whose loss enlarges the mass least, if this makes the mass smaller: so
    /// a hull with a limited number of tangents still improves.
    pub(super) fn replace(&mut self, new: Tangent) -> Result<()> {
        let mut enlarged = self.clone();
        enlarged.insert(new)?;
        if enlarged.len() == self.len() {
            return Ok(());
        }
        let changes =
            (0..enlarged.len()).filter_map(|i| Some((enlarged.mass_change_without(i)?, i)));
        let Some((change, least)) = changes.min_by(|a, b| a.0.total_cmp(&b.0)) else {
            return Ok(());
        };
        let mass = enlarged.total() + change;
        // In logarithms, because the two are relative to different masses. A mass below the smallest normal
        // number counts as smaller.
        if mass < f64::MIN_POSITIVE
            || enlarged.largest + math::ln(mass) < self.largest + math::ln(self.total())
        {
            enlarged.tangents.remove(least);
            enlarged.measure()?;
            *self = enlarged;
        }
        Ok(())
    }

    /// The change of the mass, in units of the largest, without one of the tangents. `None` for a tangent that
    /// an infinite end needs.
    fn mass_change_without(&self, segment: usize) -> Option<f64> {
        let before = segment.checked_sub(1).map(|i| (&self.tangents[i], self.cuts[i]));
        let after = self.tangents.get(segment + 1).map(|t| (t, self.cuts[segment + 2]));
        let (low, high) = self.ends();
        // `exp` takes arguments up to 700; a change that large is never the least.
        let mass = |tangent: &Tangent, left, right| {
            math::exp((tangent.ln_mass(left, right) - self.largest).min(700.0))
        };
        let (cut, last) = match (before, after) {
            (Some((before, _)), Some((after, _))) => (before.cut(after), segment + 1),
            (None, Some((after, _))) if low.is_finite() || after.falls_to_low() => {
                (low, segment + 1)
            }
            (Some((before, _)), None) if high.is_finite() || before.falls_to_high() => {
                (high, segment)
            }
            _ => return None,
        };
        let first = segment.saturating_sub(1);
        let removed = self.cumulative[last]
            - first.checked_sub(1).map_or(0.0, |below| self.cumulative[below]);
        let left = before.map_or(0.0, |(tangent, left)| mass(tangent, left, cut));
        let right = after.map_or(0.0, |(tangent, right)| mass(tangent, cut, right));
        Some(left + right - removed)
    }

    /// Moves an end of the domain to x, where h is -inf. As h is concave, it is -inf beyond x too.
    pub(super) fn cut_off(&mut self, x: f64) -> Result<()> {
        let mut shrunk = self.clone();
        if x <= self.tangents[0].x {
            shrunk.cuts[0] = x;
        } else if x >= self.tangents[self.len() - 1].x {
            shrunk.cuts[self.len()] = x;
        } else {
            return Err(Error::Function {
                argument: "ln density",
                expected: "a number above -inf between points where it is above -inf",
                x,
                found: f64::NEG_INFINITY,
            });
        }
        shrunk.measure()?;
        *self = shrunk;
        Ok(())
    }

    /// Computes cuts and masses from the tangents. After an error the hull must not be used.
    fn measure(&mut self) -> Result<()> {
        let (low, high) = self.ends();
        let slope = |tangent: &Tangent, expected| Error::Function {
            argument: "derivative of ln density",
            expected,
            x: tangent.x,
            found: tangent.slope,
        };
        let no_mass = |tangent: &Tangent, found| Error::Function {
            argument: "ln of the area under a tangent of ln density",
            expected: "a finite number",
            x: tangent.x,
            found,
        };
        let (first, last) = (&self.tangents[0], &self.tangents[self.len() - 1]);
        if low == f64::NEG_INFINITY && !first.falls_to_low() {
            return Err(slope(
                first,
                "a number above 0 at the leftmost point, because low is -inf",
            ));
        }
        if high == f64::INFINITY && !last.falls_to_high() {
            return Err(slope(
                last,
                "a number below 0 at the rightmost point, because high is inf",
            ));
        }
        self.cuts.clear();
        self.cuts.push(low);
        self.cuts.extend(self.tangents.windows(2).map(|pair| pair[0].cut(&pair[1])));
        self.cuts.push(high);
        self.cumulative.clear();
        let mut largest = f64::NEG_INFINITY;
        for (segment, tangent) in self.tangents.iter().enumerate() {
            let ln_mass = tangent.ln_mass(self.cuts[segment], self.cuts[segment + 1]);
            if ln_mass.is_nan() || ln_mass == f64::INFINITY {
                return Err(no_mass(tangent, ln_mass));
            }
            largest = largest.max(ln_mass);
            self.cumulative.push(ln_mass);
        }
        if largest == f64::NEG_INFINITY {
            return Err(no_mass(&self.tangents[0], largest));
        }
        self.largest = largest;
        let mut sum = 0.0;
        for mass in &mut self.cumulative {
            sum += math::exp(*mass - largest);
            *mass = sum;
        }
        Ok(())
    }

    /// The mass of all segments, relative to the largest.
    fn total(&self) -> f64 {
        self.cumulative[self.len() - 1]
    }

    /// Chooses a segment in proportion to its mass, for u in [0, 1).
    pub(super) fn segment(&self, u: f64) -> usize {
        let at = u * self.total();
        self.cumulative.partition_point(|&sum| sum <= at)
    }

    /// The point of a segment for v in (0, 1) and 1 - v.
    pub(super) fn point(&self, segment: usize, v: f64, complement: f64) -> f64 {
        let (left, right) = (self.cuts[segment], self.cuts[segment + 1]);
        self.tangents[segment].point(left, right, v, complement)
    }

    /// The hull at a point of a segment.
    pub(super) fn upper(&self, segment: usize, x: f64) -> f64 {
        self.tangents[segment].at(x)
    }

    /// The chord below h at x, -inf outside of the points.
    pub(super) fn lower(&self, x: f64) -> f64 {
        let at = self.below(x);
        if at == 0 || at == self.len() {
            return f64::NEG_INFINITY;
        }
        let (left, right) = (&self.tangents[at - 1], &self.tangents[at]);
        let share = (x - left.x) / (right.x - left.x);
        left.h * (1.0 - share) + right.h * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(x: f64) -> Tangent {
        Tangent { x, h: -0.5 * x * x, slope: -x }
    }

    fn hull_of_normal() -> Hull {
        let points = [-1.5, -0.2, 0.1, 2.0].map(normal);
        Hull::new(f64::NEG_INFINITY, f64::INFINITY, points.to_vec()).unwrap()
    }

    #[test]
    fn tangents_are_above_and_chords_below() {
        let hull = hull_of_normal();
        for segment in 0..4 {
            for i in 0..=100 {
                let (left, right) = (hull.cuts[segment].max(-9.0), hull.cuts[segment + 1].min(9.0));
                let x = left + (right - left) * f64::from(i) / 100.0;
                assert!(hull.upper(segment, x) >= normal(x).h - 1e-15);
                assert!(hull.lower(x) <= normal(x).h + 1e-15);
                let lowest = (0..4).map(|j| hull.upper(j, x)).fold(f64::INFINITY, f64::min);
                assert!((hull.upper(segment, x) - lowest).abs() < 1e-14);
            }
        }
        assert_eq!((hull.lower(-1.6), hull.lower(2.1)), (f64::NEG_INFINITY, f64::NEG_INFINITY));
    }

    /// Masses and points of a segment against its integral by the trapezoidal rule.
    #[test]
    fn masses_and_points_are_those_of_the_exponential() {
        let hull = hull_of_normal();
        let mass = |segment: usize, left: f64, right: f64| {
            let n = 20_000;
            let step = (right - left) / f64::from(n);
            let height = |i: i32| hull.upper(segment, left + f64::from(i) * step).exp();
            ((1..n).map(height).sum::<f64>() + 0.5 * (height(0) + height(n))) * step
        };
        let inside =
            |segment: usize| (hull.cuts[segment].max(-40.0), hull.cuts[segment + 1].min(40.0));
        let total: f64 = (0..4).map(|j| mass(j, inside(j).0, inside(j).1)).sum();
        let mut sum = 0.0;
        for segment in 0..4 {
            let (left, right) = inside(segment);
            let whole = mass(segment, left, right);
            sum += whole / total;
            assert!((hull.cumulative[segment] / hull.cumulative[3] - sum).abs() < 1e-5);
            for v in [1e-6, 0.01, 0.3, 0.5, 0.8, 0.999] {
                let x = hull.point(segment, v, 1.0 - v);
                // v counts from the upper end.
                let (from, to) =
                    if hull.tangents[segment].slope > 0.0 { (x, right) } else { (left, x) };
                assert!((mass(segment, from, to) / whole - v).abs() < 1e-5, "{segment}, {v}");
            }
        }
    }

    /// ln of the whole mass.
    fn ln_total(hull: &Hull) -> f64 {
        hull.largest + hull.total().ln()
    }

    /// The result is the best of all hulls that lack one tangent, found by measuring each. Tangents that infinite
    /// ends need stay.
    #[test]
    fn replace_drops_the_tangent_that_matters_least() {
        let infinite = (f64::NEG_INFINITY, f64::INFINITY);
        for ((low, high), points) in [
            (infinite, vec![-1.5, -0.2, 0.1, 0.6, 2.0]),
            (infinite, vec![-9.0, 1.0, 2.0]),
            (infinite, vec![-30.0, -29.0, -4.0, 0.5, 0.7]),
            ((-1.0, 3.0), vec![0.5, 2.0]),
            ((-3.0, f64::INFINITY), vec![-2.0, 0.5, 3.0]),
        ] {
            for new in 0..points.len() {
                let without = |removed: usize| {
                    let rest = points.iter().enumerate().filter(|&(i, _)| i != removed);
                    Hull::new(low, high, rest.map(|(_, &x)| normal(x)).collect())
                };
                let Ok(mut hull) = without(new) else { continue };
                let all = (0..points.len()).filter_map(|removed| without(removed).ok());
                let best = all.map(|hull| ln_total(&hull)).fold(f64::INFINITY, f64::min);
                hull.replace(normal(points[new])).unwrap();
                assert_eq!(hull.len(), points.len() - 1);
                assert!((ln_total(&hull) - best).abs() < 1e-12, "{points:?}, {new}");
            }
        }
    }

    #[test]
    fn the_domain_shrinks_from_outside_only() {
        let mut hull = hull_of_normal();
        hull.cut_off(-3.0).unwrap();
        hull.cut_off(2.5).unwrap();
        assert_eq!((hull.cuts.len(), hull.ends()), (5, (-3.0, 2.5)));
        assert!(matches!(hull.cut_off(0.0), Err(Error::Function { x: 0.0, .. })));
    }

    #[test]
    fn a_refused_change_leaves_the_hull_as_it_was() {
        let mut hull = hull_of_normal();
        let before = format!("{hull:?}");
        // Flat towards -inf: no finite mass.
        let flat = Tangent { x: -5.0, h: -9.0, slope: 0.0 };
        for result in [hull.insert(flat), hull.replace(flat), hull.cut_off(1.0)] {
            assert!(matches!(result, Err(Error::Function { .. })));
        }
        assert_eq!(format!("{hull:?}"), before);
    }
}
