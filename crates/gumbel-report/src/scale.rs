//! `Scale`: a linear or logarithmic map from the values of a panel to positions.

use crate::ReportError;
use crate::axis::{Axis, is_drawable};

/// A range of values with ticks, linear or logarithmic: an axis of a [`Panel`](crate::Panel).
#[derive(Clone, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    log: bool,
    ticks: Vec<(f64, String)>,
}

impl Scale {
    /// A linear scale from `low` to `high`, with about `count` ticks at round numbers.
    ///
    /// # Errors
    /// [`ReportError::Input`] if a bound is not finite or beyond 1e100, or if `low` is not below `high`.
    ///
    /// ```
    /// let scale = gumbel_report::Scale::linear(0.0, 2.0, 4.0)?;
    /// assert_eq!(scale.place(0.5), 0.25);
    /// assert!(gumbel_report::Scale::linear(2.0, 0.0, 4.0).is_err());
    /// # Ok::<(), gumbel_report::ReportError>(())
    /// ```
    pub fn linear(low: f64, high: f64, count: f64) -> Result<Self, ReportError> {
        Self::checked(low, high, false, || Axis::between(low, high, count.max(1.0), false).ticks())
    }

    /// A linear scale over all values, with room at both ends, like [`Axis::over`].
    pub(crate) fn over(values: impl Iterator<Item = f64> + Clone, room: f64, count: f64) -> Self {
        let axis = Axis::over(values, room, count);
        let (low, high) = axis.range();
        Self { low, high, log: false, ticks: axis.ticks() }
    }

    /// A logarithmic scale from `low` to `high`, with a tick at each power of ten.
    ///
    /// # Errors
    /// The errors of [`Scale::linear`]; also if `low` is not above 0.
    pub fn log(low: f64, high: f64) -> Result<Self, ReportError> {
        if low <= 0.0 {
            return Err(ReportError::input(
                "scale",
                format!("expected bounds above 0, found {low}"),
            ));
        }
        Self::checked(low, high, true, || {
            let power = |v: f64| v.log10();
            let first = (power(low) - 1e-9).ceil() as i32;
            let last = (power(high) + 1e-9).floor() as i32;
            (first..=last).map(|e| (10f64.powi(e), power_label(e))).collect()
        })
    }

    /// A logarithmic scale over all values, which are above 0, with room at both ends. Large powers of ten are
    /// written in words.
    pub(crate) fn log_over(values: impl Iterator<Item = f64>) -> Self {
        let (least, most) = values.fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        let (low, high) = if least > most { (1.0, 10.0) } else { (0.8 * least, 1.25 * most) };
        let powers = (low.log10().ceil() as i32)..=(high.log10().floor() as i32);
        let ticks = powers.map(|e| match e {
            6..=8 => (10f64.powi(e), format!("{} million", 10_u32.pow(e.unsigned_abs() - 6))),
            9..=11 => (10f64.powi(e), format!("{} billion", 10_u32.pow(e.unsigned_abs() - 9))),
            _ => (10f64.powi(e), power_label(e)),
        });
        Self { low, high, log: true, ticks: ticks.collect() }
    }

    /// The same scale with other ticks: the value and the label of each. An empty list leaves the axis without
    /// ticks.
    #[must_use]
    pub fn with_ticks<S: Into<String>>(
        mut self,
        ticks: impl IntoIterator<Item = (f64, S)>,
    ) -> Self {
        self.ticks = ticks.into_iter().map(|(value, text)| (value, text.into())).collect();
        self
    }

    /// The position of a value on the scale: 0 at the low end, 1 at the high end. On a logarithmic scale, values
    /// that are not above 0 have positions far below 0.
    pub fn place(&self, value: f64) -> f64 {
        if !self.log {
            return (value - self.low) / (self.high - self.low);
        }
        let value = if value > 0.0 { value.ln() } else { -1e9 };
        (value - self.low.ln()) / (self.high / self.low).ln()
    }

    /// The value at the low end of the scale.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The value at the high end of the scale.
    pub fn high(&self) -> f64 {
        self.high
    }

    /// The ticks of the scale: the value and the label of each.
    pub fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }

    fn checked(
        low: f64,
        high: f64,
        log: bool,
        ticks: impl FnOnce() -> Vec<(f64, String)>,
    ) -> Result<Self, ReportError> {
        if is_drawable(low) && is_drawable(high) && high - low > 1e-12 * low.abs().max(high.abs()) {
            return Ok(Self { low, high, log, ticks: ticks() });
        }
        let problem = format!("expected finite bounds in order, found {low} to {high}");
        Err(ReportError::input("scale", problem))
    }
}

/// The label of a power of ten, such as 0.01, 1,000 or 1e6.
fn power_label(exponent: i32) -> String {
    match exponent {
        0..=5 => {
            let digits = 10u32.pow(exponent.unsigned_abs()).to_string();
            match digits.len().checked_sub(3) {
                Some(cut @ 1..) => format!("{},{}", &digits[..cut], &digits[cut..]),
                _ => digits,
            }
        }
        -4..0 => format!("{:.*}", exponent.unsigned_abs() as usize, 10f64.powi(exponent)),
        _ => format!("1e{exponent}").replace('-', "\u{2212}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithmic_scales_have_ticks_at_powers_of_ten() {
        let scale = Scale::log(0.005, 20_000.0).unwrap();
        let texts: Vec<_> = scale.ticks().iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["0.01", "0.1", "1", "10", "100", "1,000", "10,000"]);
        assert_eq!(Scale::log(1e-6, 1e-5).unwrap().ticks()[0].1, "1e−6");
        let scale = Scale::log(1.0, 100.0).unwrap();
        assert!((scale.place(10.0) - 0.5).abs() < 1e-12);
        assert!(scale.place(0.0) < -1e6 && scale.place(-1.0).is_finite());
    }

    #[test]
    fn sizes_are_written_in_words() {
        let scale = Scale::log_over([4096.0, 3e8].into_iter());
        let texts: Vec<_> = scale.ticks().iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["10,000", "100,000", "1 million", "10 million", "100 million"]);
        assert!(scale.place(4096.0) > 0.0 && scale.place(3e8) < 1.0);
        let one = Scale::log_over([5.0].into_iter());
        assert!(one.place(5.0) > 0.4 && one.place(5.0) < 0.6);
        assert_eq!(Scale::log_over(std::iter::empty()).ticks().len(), 2);
    }

    #[test]
    fn bad_bounds_are_named() {
        for (low, high) in [(1.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (1.0, 0.5)] {
            assert!(Scale::linear(low, high, 5.0).is_err(), "{low} {high}");
            assert!(Scale::log(low, high).is_err(), "{low} {high}");
        }
        let error = Scale::log(-1.0, 1.0).unwrap_err();
        assert_eq!(error.to_string(), "scale: expected bounds above 0, found -1");
    }
}
