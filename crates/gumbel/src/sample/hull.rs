//! The hull of a concave function h from tangents, and the squeeze from chords.
//!
//! Tangents at x_1 < ... < x_k lie above h, chords between their points below it. Over the segment of
//! the tangent at x_j, between the cuts with its neighbours, exp(hull) is an exponential: with d the
//! slope, w the width, t = |d| w, and "top" the height at the upper end,
//!
//! ```text
//! mass = e^top w phi(t),   phi(t) = (1 - e^-t) / t
//! x    = upper end -/+ s,  s = -ln(1 - v (1 - e^-t)) / |d|,   v ~ uniform (0, 1)
//! ```
//!
//! Heights stay logarithms, and masses are taken relative to the largest one. Any place of a cut
//! between its two points leaves an upper bound, as every tangent is one everywhere: rounding of the
//! cuts costs acceptance, never exactness. So nearly parallel tangents need no care.

use crate::error::{Error, Result};
use crate::math;
use crate::noise::neg_ln_1m;

/// A tangent of h and a point of it within this part of the largest term count as meeting: the
/// caller's h and slope are rounded.
const ROUNDING: f64 = 1e-11;
/// From here on e^-t is nothing beside 1.
const STEEP: f64 = 700.0;

/// h and its slope at x: a tangent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tangent {
    pub(super) x: f64,
    pub(super) h: f64,
    pub(super) slope: f64,
}

impl Tangent {
    pub(super) fn at(&self, x: f64) -> f64 {
        self.h + self.slope * (x - self.x)
    }

    /// Refuses a point of h above this tangent.
    fn is_above(&self, point: &Self) -> Result<()> {
        let bound = self.at(point.x);
        let rise = self.slope * (point.x - self.x);
        let scale = 1.0 + self.h.abs() + point.h.abs() + rise.abs();
        if point.h > bound + ROUNDING * scale {
            return Err(Error::NotLogConcave { x: point.x, bound, found: point.h });
        }
        Ok(())
    }

    /// The mass below it towards -inf is finite.
    fn falls_to_low(&self) -> bool {
        self.slope >= f64::MIN_POSITIVE
    }

    /// The mass below it towards inf is finite.
    fn falls_to_high(&self) -> bool {
        self.slope <= -f64::MIN_POSITIVE
    }

    /// Where this tangent meets the next one, between their points.
    fn cut(&self, next: &Self) -> f64 {
        let (width, rise) = (next.x - self.x, next.h - self.h);
        let gap = self.slope - next.slope;
        let (left, right) = (rise - next.slope * width, self.slope * width - rise);
        // From the nearer point, where the offset is small and so is its rounding.
        let cut = if left <= right { self.x + left / gap } else { next.x - right / gap };
        if gap > 0.0 && cut.is_finite() { cut.clamp(self.x, next.x) } else { self.x + 0.5 * width }
    }
}

/// Tangents in order, the cuts between them, and the masses under them.
#[derive(Clone, Debug)]
pub(super) struct Hull {
    tangents: Vec<Tangent>,
    /// low, the cuts, high: the ends of segment j are cuts j and j + 1.
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
    /// Tangents that no concave function has, a slope that does not fall off towards an end that is
    /// infinite, a hull that is.
    pub(super) fn new(low: f64, high: f64, tangents: Vec<Tangent>) -> Result<Self> {
        for pair in tangents.windows(2) {
            pair[0].is_above(&pair[1])?;
            pair[1].is_above(&pair[0])?;
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

    /// Refuses a point of h that contradicts its neighbours.
    pub(super) fn check(&self, new: &Tangent) -> Result<()> {
        let at = self.below(new.x);
        for old in &self.tangents[at.saturating_sub(1)..self.len().min(at + 1)] {
            old.is_above(new)?;
            new.is_above(old)?;
        }
        Ok(())
    }

    /// Takes in one more tangent, which was checked. One at a point that is there changes nothing.
    pub(super) fn insert(&mut self, new: Tangent) -> Result<()> {
        let at = self.below(new.x);
        if self.tangents.get(at).is_some_and(|old| old.x == new.x) {
            return Ok(());
        }
        self.tangents.insert(at, new);
        self.measure()
    }

    /// Takes in one more tangent in the place of the one that is missed least, if that makes the hull
    /// smaller: so the hull of a limited number of tangents still gets better with each of these.
    pub(super) fn replace(&mut self, new: Tangent) -> Result<()> {
        let mut wider = self.clone();
        wider.insert(new)?;
        if wider.len() == self.len() {
            return Ok(());
        }
        let change = |&without: &usize| wider.change_without(without).unwrap_or(f64::INFINITY);
        let least = (0..wider.len()).min_by(|a, b| change(a).total_cmp(&change(b))).unwrap_or(0);
        let mass = wider.cumulative[self.len()] + change(&least);
        // In logarithms, as the two are relative to different masses.
        if mass <= 0.0 || wider.largest + math::ln(mass) < self.largest + math::ln(self.total()) {
            wider.tangents.remove(least);
            wider.measure()?;
            *self = wider;
        }
        Ok(())
    }

    /// What the mass becomes larger by, in units of the largest, without one of the tangents. Nothing
    /// for one that an infinite end needs.
    fn change_without(&self, segment: usize) -> Option<f64> {
        let before = segment.checked_sub(1).map(|i| (&self.tangents[i], self.cuts[i]));
        let after = self.tangents.get(segment + 1).map(|t| (t, self.cuts[segment + 2]));
        let (low, high) = self.ends();
        let mass = |tangent, left, right| {
            math::exp((ln_mass(tangent, left, right) - self.largest).min(STEEP))
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
        let gone = self.cumulative[last]
            - first.checked_sub(1).map_or(0.0, |below| self.cumulative[below]);
        let left = before.map_or(0.0, |(tangent, left)| mass(tangent, left, cut));
        let right = after.map_or(0.0, |(tangent, right)| mass(tangent, cut, right));
        Some(left + right - gone)
    }

    /// Moves an end of the domain to x, where h is -inf: so it is from there on, as h is concave.
    pub(super) fn cut_off(&mut self, x: f64) -> Result<()> {
        let (low, high) = self.ends();
        if x <= self.tangents[0].x {
            self.cuts = vec![x, high];
        } else if x >= self.tangents[self.len() - 1].x {
            self.cuts = vec![low, x];
        } else {
            return Err(Error::Function {
                argument: "ln density",
                expected: "a number above -inf between points where it is above -inf",
                x,
                found: f64::NEG_INFINITY,
            });
        }
        self.measure()
    }

    /// Cuts and masses from the tangents.
    fn measure(&mut self) -> Result<()> {
        let (low, high) = self.ends();
        let slope = |tangent: &Tangent, expected| Error::Function {
            argument: "derivative of ln density",
            expected,
            x: tangent.x,
            found: tangent.slope,
        };
        let (first, last) = (&self.tangents[0], &self.tangents[self.len() - 1]);
        if low == f64::NEG_INFINITY && !first.falls_to_low() {
            return Err(slope(first, "a number above 0 at the leftmost point, as low is -inf"));
        }
        if high == f64::INFINITY && !last.falls_to_high() {
            return Err(slope(last, "a number below 0 at the rightmost point, as high is inf"));
        }
        self.cuts.clear();
        self.cuts.push(low);
        self.cuts.extend(self.tangents.windows(2).map(|pair| pair[0].cut(&pair[1])));
        self.cuts.push(high);
        self.cumulative.clear();
        let mut largest = f64::NEG_INFINITY;
        for (segment, tangent) in self.tangents.iter().enumerate() {
            let ln_mass = ln_mass(tangent, self.cuts[segment], self.cuts[segment + 1]);
            if ln_mass.is_nan() || ln_mass == f64::INFINITY {
                return Err(Error::Function {
                    argument: "tangent of ln density",
                    expected: "a finite number all over its segment",
                    x: tangent.x,
                    found: ln_mass,
                });
            }
            largest = largest.max(ln_mass);
            self.cumulative.push(ln_mass);
        }
        self.largest = largest;
        let mut sum = 0.0;
        for mass in &mut self.cumulative {
            sum += math::exp(*mass - largest);
            *mass = sum;
        }
        Ok(())
    }

    fn total(&self) -> f64 {
        self.cumulative[self.len() - 1]
    }

    /// A segment by its mass, for u in [0, 1).
    pub(super) fn segment(&self, u: f64) -> usize {
        let at = u * self.total();
        self.cumulative.partition_point(|&sum| sum <= at)
    }

    /// The point of a segment for v in (0, 1) and 1 - v, both to full relative precision.
    pub(super) fn point(&self, segment: usize, v: f64, complement: f64) -> f64 {
        let (left, right) = (self.cuts[segment], self.cuts[segment + 1]);
        let slope = self.tangents[segment].slope;
        let (end, width, t) = shape(slope, left, right);
        let from_end = if t < f64::EPSILON {
            v * width
        } else {
            let (reach, rest) = if t > STEEP { (1.0, 0.0) } else { (t * phi(t), math::exp(-t)) };
            let exponential = if v * reach < 0.5 {
                neg_ln_1m(v * reach)
            } else {
                -math::ln(complement + v * rest)
            };
            (exponential / slope.abs()).min(width)
        };
        let x = if slope > 0.0 { end - from_end } else { end + from_end };
        x.clamp(left.max(-f64::MAX), right.min(f64::MAX))
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

/// The upper end of a segment, its width, and |slope| times the width.
fn shape(slope: f64, left: f64, right: f64) -> (f64, f64, f64) {
    let width = right - left;
    let t = if slope == 0.0 { 0.0 } else { slope.abs() * width };
    (if slope > 0.0 { right } else { left }, width, t)
}

/// ln of the mass below a tangent from left to right.
fn ln_mass(tangent: &Tangent, left: f64, right: f64) -> f64 {
    let (end, width, t) = shape(tangent.slope, left, right);
    let top = tangent.at(end);
    if t > STEEP {
        top - math::ln(tangent.slope.abs())
    } else if width < f64::MIN_POSITIVE {
        f64::NEG_INFINITY
    } else {
        top + math::ln(width) + math::ln(phi(t))
    }
}

/// (1 - e^-t) / t for t in [0, 700].
fn phi(t: f64) -> f64 {
    if t >= 1.0 {
        return (1.0 - math::exp(-t)) / t;
    }
    // 1 - t/2 (1 - t/3 (1 - ...)): the first term left out is below t^18 / 19!.
    (2..=18).rev().fold(1.0, |rest, n| 1.0 - t / f64::from(n) * rest)
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
    fn phi_is_smooth_where_the_series_ends() {
        assert_eq!((phi(0.0), phi(1e-17)), (1.0, 1.0));
        for t in [1e-9, 1e-3, 0.3, 0.999_999, 1.0, 1.5, 30.0, 699.0] {
            let exact = -f64::exp_m1(-t) / t;
            assert!((phi(t) / exact - 1.0).abs() < 1e-15, "t = {t}");
        }
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

    #[test]
    fn flat_steep_and_far() {
        // Flat: uniform points. Nearly flat: the same to rounding.
        for slope in [0.0, 1e-300, -1e-17, 1e-12] {
            let hull = Hull::new(-1.0, 3.0, vec![Tangent { x: 0.0, h: 5e4, slope }]).unwrap();
            let v = if slope > 0.0 { 0.75 } else { 0.25 };
            assert!(hull.point(0, v, 1.0 - v).abs() < 1e-11, "{slope}");
        }
        // Steep: a tail of 1 / slope at the end, whatever the width.
        for (high, slope) in [(f64::INFINITY, -1e250), (1.0, -1e250), (1e300, -3e-290)] {
            let start = Tangent { x: 0.0, h: -1e9, slope };
            let hull = Hull::new(-0.0, high, vec![start]).unwrap();
            let x = hull.point(0, 1.0 - 2f64.powi(-50), 2f64.powi(-50));
            assert!((x * slope / -50.0 / core::f64::consts::LN_2 - 1.0).abs() < 1e-12, "{x}");
        }
        // Far: no point is infinite.
        let start = Tangent { x: 0.0, h: 0.0, slope: -f64::MIN_POSITIVE };
        let hull = Hull::new(0.0, f64::INFINITY, vec![start]).unwrap();
        assert_eq!(hull.point(0, 1.0 - 2f64.powi(-60), 2f64.powi(-60)), f64::MAX);
    }

    #[test]
    fn parallel_tangents_are_cut_between_their_points() {
        let line = |x: f64| Tangent { x, h: 0.1 * x, slope: 0.1 };
        let hull = Hull::new(0.0, 3.0, vec![line(1.0), line(1.1), line(2.7)]).unwrap();
        let inside = hull.cuts.windows(2).zip(&hull.tangents);
        assert!(inside.into_iter().all(|(ends, t)| ends[0] <= t.x && t.x <= ends[1]));
        // Slopes that rounding has put into the wrong order change nothing.
        let wrong = Tangent { slope: 0.1 + 1e-14, ..line(1.1) };
        let hull = Hull::new(0.0, 3.0, vec![line(1.0), wrong]).unwrap();
        assert_eq!(hull.cuts[1], 1.05);
    }

    /// ln of the whole mass.
    fn ln_total(hull: &Hull) -> f64 {
        hull.largest + hull.total().ln()
    }

    /// The best of all hulls that lack one, by measuring each; and what infinite ends need stays.
    #[test]
    fn the_tangent_that_is_missed_least_makes_room() {
        let infinite = (f64::NEG_INFINITY, f64::INFINITY);
        for ((low, high), points) in [
            (infinite, vec![-1.5, -0.2, 0.1, 0.6, 2.0]),
            (infinite, vec![-9.0, 1.0, 2.0]),
            (infinite, vec![-30.0, -29.0, -4.0, 0.5, 0.7]),
            ((-1.0, 3.0), vec![0.5, 2.0]),
            ((-3.0, f64::INFINITY), vec![-2.0, 0.5, 3.0]),
        ] {
            for new in 0..points.len() {
                let without = |gone: usize| {
                    let rest = points.iter().enumerate().filter(|&(i, _)| i != gone);
                    Hull::new(low, high, rest.map(|(_, &x)| normal(x)).collect())
                };
                let Ok(mut hull) = without(new) else { continue };
                let all = (0..points.len()).filter_map(|gone| without(gone).ok());
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
}
