//! The picture of a temperature schedule: real steps, with its end marked.

use gumbel_burn::TemperatureSchedule;
use gumbel_files::names::number;
use gumbel_report::color::{BLUE, INK, MUTED};
use gumbel_report::{Anchor, Panel, Rect, ReportError, Scale, Sketch, Stroke};

use super::charts::{Chart, Drawing};
use super::words::{Length, schedule_in_words};

/// The most changes of temperature that are drawn as steps; more are a smooth line.
const MOST_STEPS: u64 = 120;
/// The points of a smooth line.
const POINTS: u64 = 400;

/// The size of a drawing, and the em of its texts.
#[derive(Clone, Copy)]
struct Size {
    width: f64,
    height: f64,
    em: f64,
}

/// As large as the other charts of a page.
const WIDE: Size = Size { width: 900.0, height: 340.0, em: 16.0 };
/// As wide as a telephone.
const NARROW: Size = Size { width: 350.0, height: 250.0, em: 13.0 };

/// Draws the temperature of a run over its epochs, in the file `temperature.png`.
///
/// # Errors
/// A schedule whose temperatures have no axis; none that a training accepts.
pub fn temperature_chart(
    schedule: TemperatureSchedule,
    length: Length,
) -> Result<Chart, ReportError> {
    let words = schedule_in_words(schedule, Some(length));
    Ok(Chart {
        file: "temperature",
        alt: format!("the temperature of each step: {words}"),
        caption: format!("The temperature tau of the relaxation at each step: {words}."),
        drawing: Drawing::Pair(
            "Temperature".to_owned(),
            sketch(schedule, length, WIDE)?,
            sketch(schedule, length, NARROW)?,
        ),
    })
}

fn sketch(
    schedule: TemperatureSchedule,
    length: Length,
    Size { width, height, em }: Size,
) -> Result<Sketch, ReportError> {
    let steps = length.steps.max(1);
    let epoch = |step: u64| step as f64 / length.steps_per_epoch.max(1) as f64;
    let line = line(schedule, steps);
    let highest = line.iter().map(|(_, tau)| *tau).fold(0.0, f64::max);
    let mut sketch = Sketch::new("Temperature", width as u32, height as u32);
    let area = Rect {
        left: (3.0 * em).ceil(),
        top: 3.0 * em,
        right: width - 2.0 * em,
        bottom: height - 4.0 * em,
    };
    let panel = Panel::new(
        area,
        Scale::linear(0.0, epoch(steps), (width / 90.0).floor())?,
        Scale::linear(0.0, 1.08 * highest, 5.0)?,
    );
    panel.plain().em(em).x_label("epochs done").y_label("temperature tau").axes(&mut sketch);
    let end = schedule.tau(u64::MAX);
    let arrived = schedule.settles_at().filter(|&at| at < steps);
    if end <= highest && schedule.settles_at() != Some(0) {
        let from_to = [(0.0, end), (epoch(steps), end)];
        panel.line(&mut sketch, from_to, Stroke::dashed(MUTED).width(1.25));
        let name = match schedule {
            TemperatureSchedule::Exponential { .. } => format!("floor {},", number(end)),
            _ => format!("end {},", number(end)),
        };
        let text = match arrived {
            Some(at) => {
                format!("{name} reached in epoch {}", at / length.steps_per_epoch.max(1) + 1)
            }
            None => format!("{name} not reached"),
        };
        let (x, y) = panel.at((epoch(steps), end));
        // On the side of the line where the curve never is: below a falling one, unless there is no room.
        let rises = schedule.tau(0) < end;
        let room = area.bottom - y > 1.6 * em;
        let y = if room && !rises { y + 1.3 * em } else { y - 0.5 * em };
        sketch.text(text, (x - 4.0, y), em, INK, Anchor::End);
    }
    let points = line.into_iter().map(|(step, tau)| (epoch(step), tau));
    panel.line(&mut sketch, points, Stroke::solid(BLUE).width(2.0));
    Ok(sketch)
}

/// Steps and temperatures: both ends of each stretch of one temperature, or a smooth line where these are many.
fn line(schedule: TemperatureSchedule, steps: u64) -> Vec<(u64, f64)> {
    let stop = schedule.settles_at().unwrap_or(steps).min(steps);
    let every = match schedule {
        TemperatureSchedule::Exponential { every, .. } if stop / every.max(1) <= MOST_STEPS => {
            every.max(1)
        }
        TemperatureSchedule::Constant { .. } => steps,
        _ => {
            let stride = (steps / POINTS).max(1) as usize;
            let smooth = (0..steps).step_by(stride).map(|step| (step, schedule.tau(step)));
            return smooth.chain([(steps, schedule.tau(steps - 1))]).collect();
        }
    };
    let mut line = Vec::new();
    let mut from = 0;
    while from < steps {
        let to = if from >= stop { steps } else { from.saturating_add(every).min(steps) };
        let tau = schedule.tau(from);
        line.extend([(from, tau), (to, tau)]);
        from = to;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_drawn_as_steps() {
        let schedule = TemperatureSchedule::exponential(1.0, 0.5, 0.1, 5).unwrap();
        let drawn = line(schedule, 20);
        let low = (-0.5_f64).exp();
        assert_eq!(drawn, [(0, 1.0), (5, 1.0), (5, low), (10, low), (10, 0.5), (20, 0.5)]);
        let constant = TemperatureSchedule::constant(0.7).unwrap();
        assert_eq!(line(constant, 20), [(0, 0.7), (20, 0.7)]);
        let smooth = TemperatureSchedule::exponential(1.0, 0.5, 1e-5, 1).unwrap();
        assert!((POINTS as usize..2 * POINTS as usize).contains(&line(smooth, 100_000).len()));
        let cosine = TemperatureSchedule::cosine(1.0, 0.5, 100).unwrap();
        assert_eq!(line(cosine, 100).len(), 101);
    }

    #[test]
    fn the_end_is_marked_and_texts_do_not_overlap() {
        let length = Length { steps_per_epoch: 10, steps: 100 };
        let fast = TemperatureSchedule::exponential(2.0, 0.5, 0.1, 7).unwrap();
        let slow = TemperatureSchedule::exponential(2.0, 0.5, 1e-3, 7).unwrap();
        let constant = TemperatureSchedule::constant(1.0).unwrap();
        let rising = TemperatureSchedule::linear(0.5, 1.0, 50).unwrap();
        let unfinished = TemperatureSchedule::linear(0.5, 1.0, 500).unwrap();
        for (schedule, text) in [
            (fast, Some("floor 0.5, reached in epoch 2")),
            (slow, Some("floor 0.5, not reached")),
            (constant, None),
            (rising, Some("end 1, reached in epoch 6")),
            (unfinished, None),
        ] {
            for size in [WIDE, NARROW] {
                check(&sketch(schedule, length, size).unwrap(), size, text);
            }
        }
        // A curve that comes from below is not on the words.
        let drawn = sketch(rising, length, WIDE).unwrap();
        let texts = drawn.texts();
        let words = texts.iter().find(|text| text.text.contains("reached")).unwrap();
        let top = (WIDE.height - 4.0 * WIDE.em - 3.0 * WIDE.em) * (0.08 / 1.08) + 3.0 * WIDE.em;
        assert!(words.to.1 <= top + 1e-9, "{words:?} {top}");
        let one = Length { steps_per_epoch: 1, steps: 1 };
        temperature_chart(fast, one).unwrap().section().unwrap();
    }

    fn check(sketch: &Sketch, size: Size, text: Option<&str>) {
        let texts = sketch.texts();
        let found = texts.iter().find(|found| found.text.contains("reached"));
        assert_eq!(found.map(|found| found.text.as_str()), text);
        for (i, a) in texts.iter().enumerate() {
            assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
            assert!(a.from.0 >= 0.0 && a.to.0 <= size.width && a.to.1 <= size.height, "{a:?}");
        }
    }
}
