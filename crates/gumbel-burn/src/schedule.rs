//! Temperature schedules: functions of the training step.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The temperature at each training step, a pure function of the step.
///
/// The training loop calls [`tau`](TemperatureSchedule::tau) at every step, so a run that is resumed goes
/// on with the temperature of its step.
///
/// | schedule | tau at step t |
/// |---|---|
/// | constant | tau |
/// | exponential | max(floor, start exp(-rate t')), t' = t rounded down to a multiple of `every` |
/// | linear | from start to end over `steps`, then end |
/// | cosine | end + (start - end) (1 + cos(pi t / steps)) / 2, then end |
///
/// The exponential schedule with `start` 1, `floor` 0.5, `rate` 1e-4 and `every` 500 is that of Jang, Gu and
/// Poole, arXiv 1611.01144, section 4: tau = max(0.5, exp(-r t)).
///
/// ```
/// use gumbel_burn::TemperatureSchedule;
/// let schedule = TemperatureSchedule::exponential(1.0, 0.5, 1e-4, 500)?;
/// assert_eq!(schedule.tau(0), 1.0);
/// assert_eq!(schedule.tau(499), 1.0);
/// assert_eq!(schedule.tau(500), (-0.05_f64).exp());
/// assert_eq!(schedule.tau(1_000_000), 0.5);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TemperatureSchedule {
    /// The same temperature at every step.
    Constant {
        /// The temperature.
        tau: f64,
    },
    /// Exponential decay down to a floor; the temperature changes once in `every` training steps.
    Exponential {
        /// The temperature at step 0.
        start: f64,
        /// The lowest temperature.
        floor: f64,
        /// The rate of decay per training step.
        rate: f64,
        /// The number of training steps between changes.
        every: u64,
    },
    /// A straight line from start to end over `steps` steps, then constant.
    Linear {
        /// The temperature at step 0.
        start: f64,
        /// The temperature from `steps` on.
        end: f64,
        /// The number of steps from start to end.
        steps: u64,
    },
    /// Half a cosine wave from start to end over `steps` steps, then constant.
    Cosine {
        /// The temperature at step 0.
        start: f64,
        /// The temperature from `steps` on.
        end: f64,
        /// The number of steps from start to end.
        steps: u64,
    },
}

/// The number of changes of temperature in a run, for a schedule that fits its run.
const CHANGES: u64 = 65;

impl TemperatureSchedule {
    /// The same temperature at every step.
    ///
    /// # Errors
    /// tau not a finite number above 0.
    pub fn constant(tau: f64) -> Result<Self, Error> {
        Self::Constant { tau }.checked()
    }

    /// Exponential decay: max(floor, start exp(-rate t)) at step t, changed every `every` steps.
    ///
    /// # Errors
    /// start or floor not a finite number above 0, a floor above the start, a rate that is negative or not
    /// finite, `every` 0.
    pub fn exponential(start: f64, floor: f64, rate: f64, every: u64) -> Result<Self, Error> {
        Self::Exponential { start, floor, rate, every }.checked()
    }

    /// Exponential decay that fits a run of `steps` steps: it reaches the floor after `share` of them, and at
    /// the last step at the latest. The temperature changes 65 times in a run, or at each step of a short
    /// run. A run of one step uses only `start`.
    ///
    /// ```
    /// use gumbel_burn::TemperatureSchedule;
    /// let schedule = TemperatureSchedule::exponential_for_run(2.0, 0.5, 0.5, 1_000)?;
    /// assert_eq!(schedule.tau(0), 2.0);
    /// assert_eq!(schedule.settles_at(), Some(495));
    /// assert_eq!(schedule.tau(495), 0.5);
    /// # Ok::<(), gumbel_burn::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`exponential`](Self::exponential); a share that is not above 0 and at most 1; `steps` 0.
    pub fn exponential_for_run(
        start: f64,
        floor: f64,
        share: f64,
        steps: u64,
    ) -> Result<Self, Error> {
        if !(share > 0.0 && share <= 1.0) {
            let expected = "a share of the steps above 0 and at most 1";
            return Err(Error::Schedule { parameter: "share", expected, found: share });
        }
        at_least_one("steps", steps)?;
        Self::exponential(start, floor, 0.0, 1)?;
        let every = (steps / CHANGES).max(1);
        // The last change within the share, or the first one; the last step is at the floor.
        let latest = ((steps - 1) / every) as f64;
        let changes = (share * steps as f64 / every as f64).floor().min(latest).max(1.0);
        let length = changes * every as f64;
        // A little faster, so that rounding does not leave the temperature above its floor.
        let rate = (start / floor).ln() / length * (1.0 + 1e-12);
        Self::exponential(start, floor, rate.max(0.0), every)
    }

    /// A straight line from start to end over `steps` steps, then constant.
    ///
    /// # Errors
    /// start or end not a finite number above 0, `steps` 0.
    pub fn linear(start: f64, end: f64, steps: u64) -> Result<Self, Error> {
        Self::Linear { start, end, steps }.checked()
    }

    /// Half a cosine wave from start to end over `steps` steps, then constant.
    ///
    /// # Errors
    /// start or end not a finite number above 0, `steps` 0.
    pub fn cosine(start: f64, end: f64, steps: u64) -> Result<Self, Error> {
        Self::Cosine { start, end, steps }.checked()
    }

    /// Checks the parameters of a schedule that was written as a literal or read from a file, and returns
    /// it.
    ///
    /// # Errors
    /// As the constructors, for example [`exponential`](Self::exponential).
    pub fn checked(self) -> Result<Self, Error> {
        match self {
            Self::Constant { tau } => positive("tau", tau)?,
            Self::Exponential { start, floor, rate, every } => {
                positive("start", start)?;
                positive("floor", floor)?;
                if floor > start {
                    let expected = "a floor at or below the start";
                    return Err(Error::Schedule { parameter: "floor", expected, found: floor });
                }
                if !(rate >= 0.0 && rate.is_finite()) {
                    let expected = "a finite rate, 0 or above";
                    return Err(Error::Schedule { parameter: "rate", expected, found: rate });
                }
                at_least_one("every", every)?;
            }
            Self::Linear { start, end, steps } | Self::Cosine { start, end, steps } => {
                positive("start", start)?;
                positive("end", end)?;
                at_least_one("steps", steps)?;
            }
        }
        Ok(self)
    }

    /// The step from which the temperature no longer changes, the first step being 0; `None` when it never
    /// stops changing.
    ///
    /// ```
    /// use gumbel_burn::TemperatureSchedule;
    /// let schedule = TemperatureSchedule::exponential(1.0, 0.5, 1e-4, 500)?;
    /// assert_eq!(schedule.settles_at(), Some(7_000));
    /// assert_eq!(TemperatureSchedule::exponential(1.0, 0.5, 0.0, 1)?.settles_at(), None);
    /// assert_eq!(TemperatureSchedule::constant(1.0)?.settles_at(), Some(0));
    /// # Ok::<(), gumbel_burn::Error>(())
    /// ```
    pub fn settles_at(&self) -> Option<u64> {
        match *self {
            Self::Constant { .. } => Some(0),
            Self::Exponential { start, floor, rate, every } => {
                if start <= floor {
                    return Some(0);
                }
                let every = every.max(1);
                let changes = ((start / floor).ln() / rate / every as f64).ceil();
                // Rounding may make it one more.
                let counts = [0, 1].map(|more| (changes as u64).saturating_add(more));
                let mut steps = counts.into_iter().filter_map(|count| count.checked_mul(every));
                steps.find(|&step| self.tau(step) <= floor)
            }
            Self::Linear { start, end, steps } | Self::Cosine { start, end, steps } => {
                Some(if start == end { 0 } else { steps })
            }
        }
    }

    /// The temperature at training step `step`, the first being 0.
    pub fn tau(&self, step: u64) -> f64 {
        match *self {
            Self::Constant { tau } => tau,
            Self::Exponential { start, floor, rate, every } => {
                let every = every.max(1);
                let step = step / every * every;
                floor.max(start * (-rate * step as f64).exp())
            }
            Self::Linear { start, end, steps } => start + (end - start) * fraction(step, steps),
            Self::Cosine { start, end, steps } => {
                let angle = core::f64::consts::PI * fraction(step, steps);
                end + (start - end) * 0.5 * (1.0 + angle.cos())
            }
        }
    }
}

/// The share of `steps` that is done at `step`, at most 1.
fn fraction(step: u64, steps: u64) -> f64 {
    (step as f64 / steps.max(1) as f64).min(1.0)
}

fn positive(parameter: &'static str, found: f64) -> Result<(), Error> {
    if found > 0.0 && found.is_finite() {
        return Ok(());
    }
    Err(Error::Schedule { parameter, expected: "a finite temperature above 0", found })
}

fn at_least_one(parameter: &'static str, found: u64) -> Result<(), Error> {
    if found > 0 {
        return Ok(());
    }
    Err(Error::Schedule { parameter, expected: "at least 1", found: 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_and_cosine_schedules_start_and_end_at_their_temperatures() {
        let linear = TemperatureSchedule::linear(2.0, 0.5, 100).unwrap();
        let cosine = TemperatureSchedule::cosine(2.0, 0.5, 100).unwrap();
        for schedule in [linear, cosine] {
            assert_eq!(schedule.tau(0), 2.0);
            assert!((schedule.tau(50) - 1.25).abs() < 1e-12);
            assert!((schedule.tau(100) - 0.5).abs() < 1e-12);
            assert_eq!(schedule.tau(100), schedule.tau(u64::MAX));
        }
        assert_eq!(TemperatureSchedule::constant(0.7).unwrap().tau(9), 0.7);
    }

    #[test]
    fn an_exponential_schedule_never_rises() {
        let schedule = TemperatureSchedule::exponential(1.0, 0.5, 1e-3, 7).unwrap();
        let taus: Vec<f64> = (0..2000).map(|t| schedule.tau(t)).collect();
        assert!(taus.windows(2).all(|w| w[0] >= w[1]));
        assert_eq!(taus[1999], 0.5);
    }

    #[test]
    fn a_schedule_that_fits_its_run_reaches_the_floor_in_time() {
        for steps in [2, 3, 7, 64, 65, 66, 131, 850, 1_000, 6_500, 10_000_000, 1 << 50] {
            for share in [0.01, 0.3, 0.5, 1.0] {
                for (start, floor) in [(2.0, 0.5), (1.0, 0.3), (1.0, 0.999), (5.0, 1e-9)] {
                    let schedule =
                        TemperatureSchedule::exponential_for_run(start, floor, share, steps)
                            .unwrap();
                    let arrival = schedule.settles_at().unwrap();
                    let latest = ((share * steps as f64) as u64).max((steps / CHANGES).max(1));
                    assert!(arrival <= latest, "{schedule:?}: {arrival} of {steps}");
                    assert_eq!(schedule.tau(arrival), floor, "{schedule:?}");
                    assert!(schedule.tau(arrival - 1) > floor, "{schedule:?}: {arrival}");
                    assert_eq!(schedule.tau(steps - 1), floor, "{schedule:?}: the last of {steps}");
                }
            }
        }
        let level = TemperatureSchedule::exponential_for_run(0.7, 0.7, 0.5, 100).unwrap();
        assert_eq!((level.settles_at(), level.tau(0), level.tau(99)), (Some(0), 0.7, 0.7));
    }

    #[test]
    fn a_schedule_settles_at_the_first_step_of_its_last_temperature() {
        let linear = TemperatureSchedule::linear(2.0, 0.5, 100).unwrap();
        assert_eq!(linear.settles_at(), Some(100));
        let exponential = |rate, every| TemperatureSchedule::exponential(1.0, 0.5, rate, every);
        for (rate, every) in [(5e-4, 100), (1e-4, 500), (0.3, 1), (1e300, 7), (1e-9, 1)] {
            let schedule = exponential(rate, every).unwrap();
            let arrival = schedule.settles_at().unwrap();
            assert!(schedule.tau(arrival) == 0.5 && schedule.tau(arrival - 1) > 0.5, "{rate}");
        }
        // Later than any step that a u64 can count.
        assert_eq!(exponential(1e-300, 1).unwrap().settles_at(), None);
        assert_eq!(exponential(1e-4, u64::MAX).unwrap().settles_at(), Some(u64::MAX));
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for share in [0.0, -0.5, 1.5, f64::NAN] {
            assert!(
                TemperatureSchedule::exponential_for_run(1.0, 0.5, share, 10).is_err(),
                "{share}"
            );
        }
        assert!(TemperatureSchedule::exponential_for_run(1.0, 0.5, 0.5, 0).is_err());
        assert!(TemperatureSchedule::exponential_for_run(0.4, 0.5, 0.5, 10).is_err());
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(TemperatureSchedule::constant(bad).is_err());
            assert!(TemperatureSchedule::exponential(bad, 0.5, 0.1, 1).is_err());
            assert!(TemperatureSchedule::exponential(1.0, bad, 0.1, 1).is_err());
            assert!(TemperatureSchedule::linear(1.0, bad, 1).is_err());
        }
        assert!(TemperatureSchedule::exponential(1.0, 0.5, -0.1, 1).is_err());
        assert!(TemperatureSchedule::exponential(1.0, 0.5, 0.1, 0).is_err());
        assert!(TemperatureSchedule::exponential(0.4, 0.5, 0.1, 1).is_err());
        let literal = TemperatureSchedule::Linear { start: 1.0, end: 0.5, steps: 0 };
        assert!(literal.checked().is_err() && literal.tau(0).is_finite());
        assert!(TemperatureSchedule::cosine(1.0, 0.5, 0).is_err());
    }
}
