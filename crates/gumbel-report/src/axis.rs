//! `Axis`: the range of the data, with round ticks and their labels.

/// The largest absolute value that is drawn; larger values are treated like infinity.
const MAX_DRAWABLE: f64 = 1e100;

/// Whether an axis can show a value.
pub(crate) fn is_drawable(value: f64) -> bool {
    value.abs() <= MAX_DRAWABLE
}

/// A range of numbers with ticks at multiples of 1, 2 or 5 times a power of ten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    /// The step between ticks is `unit * 10^exponent`.
    unit: f64,
    exponent: i32,
}

impl Axis {
    /// Covers all values and leaves the share `room` of their span free at each end, but does not cross 0
    /// unless the values do. An end that would be nearer to 0 than the room is at 0. Has about `count` ticks. Whole numbers get whole ticks.
    pub(crate) fn over(
        mut values: impl Iterator<Item = f64> + Clone,
        room: f64,
        count: f64,
    ) -> Self {
        let (least, most) = values
            .clone()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if least > most {
            return Self::between(0.0, 1.0, count, false);
        }
        let whole = values.all(|v| v.fract() == 0.0);
        let (span, size) = (most - least, least.abs().max(most.abs()));
        let free = if span > 1e-9 * size + 1e-90 {
            span * room
        } else if whole || size < 1e-80 {
            (size * 0.1).max(1.0)
        } else {
            size * 0.1
        };
        let at_zero = |end: f64| if end.abs() < free { 0.0 } else { end };
        let low = if least >= 0.0 { at_zero((least - free).max(0.0)) } else { least - free };
        let high = match most <= 0.0 && low < 0.0 {
            true => at_zero((most + free).min(0.0)),
            false => most + free,
        };
        Self::between(low, high, count, whole)
    }

    /// Covers exactly `low` to `high`.
    pub(crate) fn between(low: f64, high: f64, count: f64, whole: bool) -> Self {
        let step = (high - low) / count;
        let step = if whole { step.max(1.0) } else { step };
        let exponent = step.log10().floor() as i32;
        // The nearest of 1, 2, 5 and 10 by ratio.
        let (unit, exponent) = match step / 10f64.powi(exponent) {
            ..1.414 => (1.0, exponent),
            ..3.162 => (2.0, exponent),
            ..7.071 => (5.0, exponent),
            _ => (1.0, exponent + 1),
        };
        Self { low, high, unit, exponent }
    }

    /// The least and the largest number.
    pub(crate) fn range(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The position of a value: 0 at the low end, 1 at the high end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The ticks and their labels.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let step = self.times(1);
        let first = (self.low / step - 1e-6).ceil() as i64;
        let last = (self.high / step + 1e-6).floor() as i64;
        let ticks = (first..=last).map(|n| self.times(n));
        ticks.map(|tick| (tick, self.write(tick))).collect()
    }

    fn times(&self, n: i64) -> f64 {
        let units = n as f64 * self.unit;
        match self.exponent {
            e @ 0.. => units * 10f64.powi(e),
            e => units / 10f64.powi(-e),
        }
    }

    fn write(&self, tick: f64) -> String {
        let long = self.low.abs().max(self.high.abs()) >= 1e6 || self.exponent < -4;
        let text = if tick == 0.0 {
            "0".to_owned()
        } else if long {
            let digits = (tick.abs().log10() + 1e-9).floor() as i32 - self.exponent;
            format!("{tick:.*e}", digits.max(0) as usize)
        } else {
            format!("{tick:.*}", (-self.exponent).max(0) as usize)
        };
        text.replace('-', "\u{2212}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(values: &[f64], count: f64) -> Vec<String> {
        let axis = Axis::over(values.iter().copied(), 0.05, count);
        for &value in values {
            assert!((0.0..=1.0).contains(&axis.place(value)), "{value} on {axis:?}");
        }
        let ticks = axis.ticks();
        assert!((1..=20).contains(&ticks.len()), "{axis:?} has {} ticks", ticks.len());
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(&[110.0, 200.0], 5.0), ["120", "140", "160", "180", "200"]);
        assert_eq!(labels(&[0.5, 1.0], 6.0), ["0.5", "0.6", "0.7", "0.8", "0.9", "1.0"]);
        assert_eq!(labels(&[-1.0, 1.0], 4.0), ["−1", "0", "1"]);
        assert_eq!(labels(&[0.0, 3e6], 3.0), ["0", "1e6", "2e6", "3e6"]);
        assert_eq!(labels(&[0.0, 2e-7], 2.0), ["0", "1e−7", "2e−7"]);
    }

    #[test]
    fn an_end_close_to_zero_is_at_zero() {
        assert_eq!(labels(&[0.13, 1.8], 4.0), ["0", "0.5", "1.0", "1.5"]);
        assert_eq!(labels(&[-1.8, -0.13], 4.0), ["−1.5", "−1.0", "−0.5", "0"]);
        // Farther from 0 than the room on each side, the end stays at the values.
        assert_eq!(labels(&[0.3, 1.8], 4.0), ["0.5", "1.0", "1.5"]);
    }

    #[test]
    fn whole_numbers_have_whole_ticks() {
        assert_eq!(labels(&[1.0, 3.0], 10.0), ["1", "2", "3"]);
        assert_eq!(labels(&[1.0], 10.0), ["0", "1", "2"]);
        assert_eq!(labels(&[0.0], 10.0), ["0", "1"]);
    }

    #[test]
    fn any_range_has_ticks() {
        for size in [1e-100, 1e-20, 1e-3, 0.7, 1.0, 123_456.0, 1e15, 1e100] {
            for values in [
                vec![size],
                vec![-size],
                vec![0.0, size],
                vec![-size, 0.0],
                vec![-size, size],
                vec![size, size * (1.0 + 1e-12)],
                vec![size, size * (1.0 + 1e-6)],
                vec![size, size * 3.3],
            ] {
                labels(&values, 6.0);
            }
        }
        assert_eq!(labels(&[], 5.0).len(), 6);
    }
}
