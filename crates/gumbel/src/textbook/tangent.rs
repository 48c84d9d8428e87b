//! A tangent of h = ln f, and the mass below its exponential from one cut to the next.
//!
//! With the slope d, the width w, t = |d| w, and "top" the height at the upper end,
//!
//! ```text
//! mass = e^top w phi(t),   phi(t) = (1 - e^-t) / t
//! x    = upper end -/+ s,  s = -ln(1 - v (1 - e^-t)) / |d|,   v ~ uniform (0, 1)
//! ```

use crate::error::{Error, Result};
use crate::math;
use crate::math::neg_ln_1m;

/// How far a point of h may be above a tangent, relative to the largest term: the caller's h and slope are
/// rounded.
const TANGENT_ROUNDING: f64 = 1e-11;
/// From this t on, e^-t is negligible beside 1.
const STEEP: f64 = 700.0;

/// h and its slope at x: a tangent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tangent {
    pub(super) x: f64,
    pub(super) h: f64,
    pub(super) slope: f64,
}

impl Tangent {
    /// The tangent at x of a function that returns h and its slope; `None` where h is -inf.
    pub(super) fn of(function: impl Fn(f64) -> (f64, f64), x: f64) -> Result<Option<Self>> {
        let (h, slope) = function(x);
        if h == f64::NEG_INFINITY {
            return Ok(None);
        }
        let refuse =
            |argument, expected, found| Err(Error::Function { argument, expected, x, found });
        if !h.is_finite() {
            return refuse("ln density", "a finite number or -inf", h);
        }
        if !slope.is_finite() {
            return refuse("derivative of ln density", "a finite number", slope);
        }
        Ok(Some(Self { x, h, slope }))
    }

    /// The height at x.
    pub(super) fn at(&self, x: f64) -> f64 {
        self.h + self.slope * (x - self.x)
    }

    /// Refuses a point of h above this tangent.
    pub(super) fn check_above(&self, point: &Self) -> Result<()> {
        let bound = self.at(point.x);
        let rise = self.slope * (point.x - self.x);
        let scale = 1.0 + self.h.abs() + point.h.abs() + rise.abs();
        if point.h > bound + TANGENT_ROUNDING * scale {
            return Err(Error::NotLogConcave { x: point.x, bound, found: point.h });
        }
        Ok(())
    }

    /// Whether the mass towards -inf is finite.
    pub(super) fn falls_to_low(&self) -> bool {
        self.slope >= f64::MIN_POSITIVE
    }

    /// Whether the mass towards inf is finite.
    pub(super) fn falls_to_high(&self) -> bool {
        self.slope <= -f64::MIN_POSITIVE
    }

    /// The x at which this tangent meets the next one, between their points.
    pub(super) fn cut(&self, next: &Self) -> f64 {
        let (width, rise) = (next.x - self.x, next.h - self.h);
        let gap = self.slope - next.slope;
        let (left, right) = (rise - next.slope * width, self.slope * width - rise);
        // Measured from the nearer point, where the offset and its rounding are small.
        let cut = if left <= right { self.x + left / gap } else { next.x - right / gap };
        if gap > 0.0 && cut.is_finite() { cut.clamp(self.x, next.x) } else { self.x + 0.5 * width }
    }

    /// The upper end of the segment from left to right, its width, and t = |slope| times the width.
    fn shape(&self, left: f64, right: f64) -> (f64, f64, f64) {
        let width = right - left;
        let t = if self.slope == 0.0 { 0.0 } else { self.slope.abs() * width };
        (if self.slope > 0.0 { right } else { left }, width, t)
    }

    /// ln of the mass of the segment from left to right.
    pub(super) fn ln_mass(&self, left: f64, right: f64) -> f64 {
        let (end, width, t) = self.shape(left, right);
        let top = self.at(end);
        if t > STEEP {
            top - math::ln(self.slope.abs())
        } else if width < f64::MIN_POSITIVE {
            f64::NEG_INFINITY
        } else {
            top + math::ln(width) + math::ln(phi(t))
        }
    }

    /// The point of the segment for v in (0, 1) and 1 - v, both to full relative precision.
    pub(super) fn point(&self, left: f64, right: f64, v: f64, complement: f64) -> f64 {
        let (end, width, t) = self.shape(left, right);
        let from_end = if t < f64::EPSILON {
            v * width
        } else {
            let (reach, rest) = if t > STEEP { (1.0, 0.0) } else { (t * phi(t), math::exp(-t)) };
            let exponential = if v * reach < 0.5 {
                neg_ln_1m(v * reach)
            } else {
                -math::ln(complement + v * rest)
            };
            (exponential / self.slope.abs()).min(width)
        };
        let x = if self.slope > 0.0 { end - from_end } else { end + from_end };
        x.clamp(left.max(-f64::MAX), right.min(f64::MAX))
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

    #[test]
    fn phi_is_smooth_where_the_series_ends() {
        assert_eq!((phi(0.0), phi(1e-17)), (1.0, 1.0));
        for t in [1e-9, 1e-3, 0.3, 0.999_999, 1.0, 1.5, 30.0, 699.0] {
            let exact = -f64::exp_m1(-t) / t;
            assert!((phi(t) / exact - 1.0).abs() < 1e-15, "t = {t}");
        }
    }

    #[test]
    fn flat_steep_and_far() {
        // Flat: uniform points. Nearly flat: the same to rounding.
        for slope in [0.0, 1e-300, -1e-17, 1e-12] {
            let v = if slope > 0.0 { 0.75 } else { 0.25 };
            let x = Tangent { x: 0.0, h: 5e4, slope }.point(-1.0, 3.0, v, 1.0 - v);
            assert!(x.abs() < 1e-11, "{slope}");
        }
        // Steep: a tail of 1 / slope at the end, whatever the width.
        let (v, complement) = (1.0 - 2f64.powi(-50), 2f64.powi(-50));
        for (high, slope) in [(f64::INFINITY, -1e250), (1.0, -1e250), (1e300, -3e-290)] {
            let x = Tangent { x: 0.0, h: -1e9, slope }.point(0.0, high, v, complement);
            assert!((x * slope / -50.0 / core::f64::consts::LN_2 - 1.0).abs() < 1e-12, "{x}");
        }
        // Far: no point is infinite.
        let far = Tangent { x: 0.0, h: 0.0, slope: -f64::MIN_POSITIVE };
        assert_eq!(far.point(0.0, f64::INFINITY, v, 2f64.powi(-60)), f64::MAX);
    }

    #[test]
    fn parallel_tangents_meet_between_their_points() {
        let line = |x: f64| Tangent { x, h: 0.1 * x, slope: 0.1 };
        for (left, right) in [(1.0, 1.1), (1.1, 2.7), (-1e9, 1e-9)] {
            let cut = line(left).cut(&line(right));
            assert!(left <= cut && cut <= right);
        }
        // Slopes that rounding has put into the wrong order.
        let wrong = Tangent { slope: 0.1 + 1e-14, ..line(1.1) };
        assert!(line(1.0).check_above(&wrong).is_ok() && wrong.check_above(&line(1.0)).is_ok());
        assert_eq!(line(1.0).cut(&wrong), 1.05);
    }
}
