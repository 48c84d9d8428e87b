//! Checks before a training: settings that cannot train are refused, and a schedule that does not fit
//! the run causes a note.

use gumbel_burn::TemperatureSchedule;
use gumbel_files::names::{counted, number};

use crate::error::TrainError;

/// Learning rates that change f32 weights of ordinary size and keep them at ordinary size.
const RATES: (f64, f64) = (1e-12, 1e3);
/// Below, every relaxed sample is one-hot in f32 and has no gradient; above, all samples are equal.
const TEMPERATURES: (f64, f64) = (1e-10, 1e10);
/// The share of the steps after which a default schedule reaches its floor.
pub const SETTLED_AT: f64 = 0.5;
/// A schedule that reaches its floor before this share of the steps ends early.
const EARLY: f64 = 0.1;

/// Refuses a learning rate or temperatures that cannot train in f32.
///
/// # Errors
/// A rate outside of 1e-12 to 1000, a temperature outside of 1e-10 to 1e10.
pub fn check(lr: f64, tau: Option<TemperatureSchedule>) -> Result<(), TrainError> {
    let (least, most) = RATES;
    if !(least..=most).contains(&lr) {
        let problem = format!("expected a rate from {least:e} to {most}, found {}", number(lr));
        return Err(TrainError::setting("lr", problem));
    }
    let (least, most) = TEMPERATURES;
    let temperatures = match tau {
        Some(TemperatureSchedule::Constant { tau }) => [tau; 2],
        Some(TemperatureSchedule::Exponential { start, floor, .. }) => [start, floor],
        Some(
            TemperatureSchedule::Linear { start, end, .. }
            | TemperatureSchedule::Cosine { start, end, .. },
        ) => [start, end],
        _ => return Ok(()),
    };
    match temperatures.into_iter().find(|tau| !(least..=most).contains(tau)) {
        None => Ok(()),
        Some(found) => {
            let problem = format!(
                "expected a temperature from {least:e} to {most:e}, outside of which f32 has no \
                 gradient, found {}",
                number(found)
            );
            Err(TrainError::setting("tau", problem))
        }
    }
}

/// A remark on a schedule at the start of a run of `steps` steps: it ends early, late, or never.
pub(crate) fn schedule_remark(tau: Option<TemperatureSchedule>, steps: u64) -> Option<String> {
    let schedule = tau?;
    let arrival = schedule.settles_at();
    if arrival.is_some_and(|at| is_fitted(schedule, at, steps)) {
        return None;
    }
    let fit = match steps {
        0 | 1 => "one step has one temperature: more --epochs or a smaller --batch make more steps",
        _ => "--tau-share 0.5 fits the schedule to the run",
    };
    let last = schedule.tau(steps.saturating_sub(1));
    match arrival {
        // Any schedule changes after the only step at the earliest.
        Some(1) if steps == 1 => None,
        Some(at) if at > 0 && schedule.tau(at) < last => Some(format!(
            "the temperature ends at {last:.3}: its schedule ends at {:.3} after {}, and this run has \
             {steps}; {fit}",
            schedule.tau(at),
            counted(at, "step")
        )),
        Some(0) => None,
        Some(at) if (at as f64) < EARLY * steps as f64 => Some(format!(
            "the temperature is {:.3} from step {at} of {steps} on: its schedule ends early; {fit}",
            schedule.tau(at)
        )),
        Some(_) => None,
        None => Some(format!("the temperature ends at {last:.3}: its schedule never ends; {fit}")),
    }
}

/// Whether a schedule that reaches its floor at step `at` was fitted to a share of a run of `steps` steps:
/// then it is what the user asked for.
fn is_fitted(schedule: TemperatureSchedule, at: u64, steps: u64) -> bool {
    let TemperatureSchedule::Exponential { start, floor, every, .. } = schedule else {
        return false;
    };
    // Halfway between two changes, so that rounding does not matter.
    let share = ((at as f64 + 0.5 * every as f64) / steps as f64).min(1.0);
    TemperatureSchedule::exponential_for_run(start, floor, share, steps)
        .is_ok_and(|fitted| fitted == schedule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_train_are_refused() {
        let constant = |tau| Some(TemperatureSchedule::Constant { tau });
        for (lr, tau, part) in [
            (1e10, None, "lr: expected a rate from 1e-12 to 1000, found 10000000000"),
            (1e-300, None, "found 1e-300"),
            (1e-3, constant(1e-300), "tau: expected a temperature from 1e-10 to 1e10"),
            (1e-3, constant(1e300), "found 1e300"),
            (1e-3, TemperatureSchedule::exponential(1.0, 1e-20, 0.1, 1).ok(), "found 1e-20"),
            (1e-3, TemperatureSchedule::cosine(1e20, 1.0, 9).ok(), "found 1e20"),
        ] {
            let error = check(lr, tau).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        for (lr, tau) in [(1e-3, None), (100.0, constant(1e-6)), (1e-9, constant(1e6))] {
            check(lr, tau).unwrap();
        }
    }

    #[test]
    fn a_schedule_that_does_not_fit_its_run_gets_a_remark() {
        let gate = TemperatureSchedule::exponential(2.0, 0.5, 5e-4, 50).ok();
        for (schedule, steps, part) in [
            (
                gate,
                1_000,
                Some(
                    "ends at 1.244: its schedule ends at 0.500 after 2800 steps, and this run has 1000",
                ),
            ),
            (gate, 100_000, Some("is 0.500 from step 2800 of 100000 on: its schedule ends early")),
            (gate, 6_000, None),
            (TemperatureSchedule::exponential(2.0, 0.5, 0.0, 1).ok(), 10, Some("never ends")),
            (TemperatureSchedule::linear(1.0, 0.5, 10).ok(), 10, Some("after 10 steps")),
            (TemperatureSchedule::exponential(1.0, 0.5, 9.0, 39).ok(), 39, Some("ends at 1.000")),
            (TemperatureSchedule::constant(0.7).ok(), 10, None),
            (TemperatureSchedule::exponential_for_run(2.0, 0.5, 0.5, 540).ok(), 540, None),
            (None, 10, None),
            // One step has one temperature, whatever the schedule.
            (TemperatureSchedule::exponential(1.0, 0.3, 3.25, 1).ok(), 1, None),
            (gate, 1, Some("this run has 1; one step has one temperature")),
        ] {
            let remark = schedule_remark(schedule, steps);
            match part {
                None => assert_eq!(remark, None),
                Some(part) => assert!(remark.as_ref().unwrap().contains(part), "{remark:?}"),
            }
        }
    }

    /// "--tau-share 1" got the remark that 39 steps are not 39, and a small share that it ends early.
    #[test]
    fn a_schedule_fitted_to_the_run_gets_no_remark() {
        for steps in [1, 2, 3, 39, 64, 66, 131, 6_500, 1_000_000] {
            for share in [1e-3, 0.05, 0.37, 0.5, 0.99, 1.0] {
                for (start, floor) in [(1.0, 0.3), (2.0, 0.5), (1.0, 1.0)] {
                    let schedule =
                        TemperatureSchedule::exponential_for_run(start, floor, share, steps).ok();
                    assert_eq!(schedule_remark(schedule, steps), None, "{share} of {steps}");
                }
            }
        }
    }
}
