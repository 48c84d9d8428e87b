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

    /// A logarithmic scale from `low` to `high`, with a tick at each power of ten. Below a decade and a half the
    /// ticks are at 1, 2, 3 and 5 times a power of ten, or at equal steps where fewer than three of these are
    /// inside. A longer scale with only one power of ten inside has ticks at 1, 2 and 5 times it.
    ///
    /// # Errors
    /// The errors of [`Scale::linear`]; also if `low` is not above 0.
    ///
    /// ```
    /// let scale = gumbel_report::Scale::log(2.0, 20.0)?;
    /// let texts: Vec<_> = scale.ticks().iter().map(|(_, text)| text.as_str()).collect();
    /// assert_eq!(texts, ["2", "3", "5", "10", "20"]);
    /// # Ok::<(), gumbel_report::ReportError>(())
    /// ```
    pub fn log(low: f64, high: f64) -> Result<Self, ReportError> {
        if low <= 0.0 {
            return Err(ReportError::input(
                "scale",
                format!("expected bounds above 0, found {low}"),
            ));
        }
        Self::checked(low, high, true, || log_ticks(low, high, &[1, 2, 3, 5], power_label))
    }

    /// A logarithmic scale over all values, which are above 0, with room at both ends. Large ticks are
    /// written in words, so those between powers of ten are only 2 and 5 times one.
    pub(crate) fn log_over(values: impl Iterator<Item = f64>) -> Self {
        let (least, most) = values.fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        let (low, high) = if least > most { (1.0, 10.0) } else { (0.8 * least, 1.25 * most) };
        let label = |times: u32, e: i32| match e {
            6..=8 => format!("{} million", times * 10_u32.pow(e.unsigned_abs() - 6)),
            9..=11 => format!("{} billion", times * 10_u32.pow(e.unsigned_abs() - 9)),
            _ => power_label(times, e),
        };
        Self { low, high, log: true, ticks: log_ticks(low, high, &[1, 2, 5], label) }
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

/// The ratio of the ends of a scale from which on powers of ten are ticks enough: a decade and a half.
const POWERS_FROM: f64 = 31.622_776_601_683_793;
/// The fewest ticks of a shorter scale.
const FEWEST: usize = 3;

/// The ticks of a logarithmic scale: powers of ten, or on a short scale also their multiples by `times`.
fn log_ticks(
    low: f64,
    high: f64,
    times: &[u32],
    label: impl Fn(u32, i32) -> String,
) -> Vec<(f64, String)> {
    let short = high / low < POWERS_FROM;
    let exponents = low.log10().floor() as i32..=(high.log10() + 1e-9).floor() as i32;
    let at = |times: &[u32]| -> Vec<(f64, String)> {
        let all = exponents.clone().flat_map(|e| times.iter().map(move |&times| (times, e)));
        let all = all.map(|(times, e)| (f64::from(times) * 10f64.powi(e), times, e));
        let inside = all.filter(|(v, ..)| *v >= low * (1.0 - 1e-9) && *v <= high * (1.0 + 1e-9));
        inside.map(|(v, times, e)| (v, label(times, e))).collect()
    };
    let ticks = at(if short { times } else { &[1] });
    match (short, ticks.len()) {
        (true, ..FEWEST) => Axis::between(low, high, 4.0, false).ticks(),
        (false, ..2) => at(&[1, 2, 5]),
        _ => ticks,
    }
}

/// The label of a multiple, from 1 to 9, of a power of ten, such as 0.01, 2,000 or 1e6.
fn power_label(times: u32, exponent: i32) -> String {
    match exponent {
        0..=5 => {
            let digits = (times * 10u32.pow(exponent.unsigned_abs())).to_string();
            match digits.len().checked_sub(3) {
                Some(cut @ 1..) => format!("{},{}", &digits[..cut], &digits[cut..]),
                _ => digits,
            }
        }
        -4..0 => {
            let value = f64::from(times) * 10f64.powi(exponent);
            format!("{value:.*}", exponent.unsigned_abs() as usize)
        }
        _ => format!("{times}e{exponent}").replace('-', "\u{2212}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: &Scale) -> Vec<&str> {
        scale.ticks().iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn logarithmic_scales_have_ticks_at_powers_of_ten() {
        let scale = Scale::log(0.005, 20_000.0).unwrap();
        assert_eq!(texts(&scale), ["0.01", "0.1", "1", "10", "100", "1,000", "10,000"]);
        assert_eq!(texts(&Scale::log(1e-6, 1e-5).unwrap())[..2], ["1e−6", "2e−6"]);
        let scale = Scale::log(1.0, 100.0).unwrap();
        assert!((scale.place(10.0) - 0.5).abs() < 1e-12);
        assert!(scale.place(0.0) < -1e6 && scale.place(-1.0).is_finite());
    }

    #[test]
    fn short_logarithmic_scales_have_ticks_between_powers_of_ten() {
        for (low, high, expected) in [
            (0.7, 12.0, vec!["1", "2", "3", "5", "10"]),
            (0.02, 0.6, vec!["0.02", "0.03", "0.05", "0.1", "0.2", "0.3", "0.5"]),
            (900.0, 25_000.0, vec!["1,000", "2,000", "3,000", "5,000", "10,000", "20,000"]),
            (1.0, 3.0, vec!["1", "2", "3"]),
            // Fewer than three multiples are inside.
            (6.0, 9.0, vec!["6", "7", "8", "9"]),
            (9.0, 11.0, vec!["9.0", "9.5", "10.0", "10.5", "11.0"]),
            (2.0, 80.0, vec!["2", "5", "10", "20", "50"]),
        ] {
            assert_eq!(texts(&Scale::log(low, high).unwrap()), expected, "{low} to {high}");
        }
        let words = Scale::log_over([7e6, 1.2e7].into_iter());
        assert_eq!(texts(&words), ["6e6", "8e6", "1.0e7", "1.2e7", "1.4e7"]);
        assert_eq!(
            texts(&Scale::log_over([1e6, 5e6].into_iter())),
            ["1 million", "2 million", "5 million"]
        );
    }

    #[test]
    fn sizes_are_written_in_words() {
        let scale = Scale::log_over([4096.0, 3e8].into_iter());
        assert_eq!(texts(&scale), ["10,000", "100,000", "1 million", "10 million", "100 million"]);
        assert!(scale.place(4096.0) > 0.0 && scale.place(3e8) < 1.0);
        let one = Scale::log_over([5.0].into_iter());
        assert!(one.place(5.0) > 0.4 && one.place(5.0) < 0.6);
        assert_eq!(Scale::log_over(std::iter::empty()).ticks().len(), 4);
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
