//! Settings in words: what a report says in place of JSON.

use gumbel_burn::TemperatureSchedule;
use gumbel_files::names::{counted, number};
use serde::Serialize;
use serde_json::{Map, Value};

/// Settings that are short in `config.toml`, with what they are called in words.
const NAMES: [(&str, &str); 7] = [
    ("lr", "learning rate"),
    ("tau", "temperature"),
    ("optimizer", "optimiser"),
    ("batch", "examples in a step"),
    ("shards", "parts of a batch, in parallel"),
    ("rise", "share of the steps in which the penalty rises"),
    ("hard", "gates are 0 or 1 in training"),
];

/// The length of a run, in which a schedule has its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// The number of steps in an epoch.
    pub steps_per_epoch: u64,
    /// The number of steps of the whole training.
    pub steps: u64,
}

/// The names of settings and their values in words. A setting that holds others is a line for each of them. `length`
/// is that of the run, if it is known.
pub fn settings_in_words(
    settings: &impl Serialize,
    length: Option<Length>,
) -> Vec<(String, String)> {
    let value = serde_json::to_value(settings).expect("plain numbers and names");
    let mut lines = Vec::new();
    add(&mut lines, "", &value.as_object().cloned().unwrap_or_default(), length);
    lines
}

fn add(
    lines: &mut Vec<(String, String)>,
    above: &str,
    fields: &Map<String, Value>,
    length: Option<Length>,
) {
    for (name, value) in fields {
        let words = NAMES.iter().find(|(short, _)| short == name).map(|(_, words)| *words);
        let name = above.to_owned() + &words.map_or_else(|| name.replace('_', " "), str::to_owned);
        match value {
            Value::Object(inner) if !inner.contains_key("kind") => {
                add(lines, &format!("{name}: "), inner, length);
            }
            other => lines.push((name, in_words(other, length))),
        }
    }
}

fn in_words(value: &Value, length: Option<Length>) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(found) => match found.as_f64() {
            Some(real) if found.is_f64() => number(real),
            _ => found.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => {
            values.iter().map(|value| in_words(value, length)).collect::<Vec<_>>().join(", ")
        }
        Value::Object(fields) => {
            if let Ok(schedule) = serde_json::from_value::<TemperatureSchedule>(value.clone()) {
                return schedule_in_words(schedule, length);
            }
            let part = |(name, value): (&String, &Value)| match name.as_str() {
                "kind" => in_words(value, length),
                name => format!("{} {}", name.replace('_', " "), in_words(value, length)),
            };
            fields.iter().map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

/// A temperature schedule in a sentence, with the epoch of a run of this length in which it reaches its end.
///
/// ```
/// use gumbel_burn::TemperatureSchedule;
/// use gumbel_train::report::{Length, schedule_in_words};
///
/// let schedule = TemperatureSchedule::exponential(1.0, 0.5, 1e-4, 500)?;
/// let length = Length { steps_per_epoch: 540, steps: 54_000 };
/// assert_eq!(
///     schedule_in_words(schedule, Some(length)),
///     "from 1 to 0.5, halves in 12.8 epochs, changed every 500 steps; reaches its floor in epoch 13"
/// );
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn schedule_in_words(schedule: TemperatureSchedule, length: Option<Length>) -> String {
    let shape = match schedule {
        TemperatureSchedule::Constant { tau } => return format!("{}, at every step", number(tau)),
        TemperatureSchedule::Exponential { start, rate: 0.0, .. } => {
            return format!("{}, at every step, as its rate is 0", number(start));
        }
        TemperatureSchedule::Exponential { start, floor, rate, every } => {
            let every = match every {
                1 => "at every step".to_owned(),
                every => format!("every {}", counted(every, "step")),
            };
            format!(
                "from {} to {}, {}, changed {every}",
                number(start),
                number(floor),
                halving(rate, length)
            )
        }
        TemperatureSchedule::Linear { start, end, steps } => format!(
            "from {} to {} along a line of {}",
            number(start),
            number(end),
            counted(steps, "step")
        ),
        TemperatureSchedule::Cosine { start, end, steps } => format!(
            "from {} to {} along half a cosine of {}",
            number(start),
            number(end),
            counted(steps, "step")
        ),
        other => format!("{} at the first step", number(other.tau(0))),
    };
    let end = match schedule {
        TemperatureSchedule::Exponential { .. } => "its floor",
        _ => "its end",
    };
    let arrival = match (schedule.settles_at(), length) {
        (_, None) => return shape,
        (Some(at), Some(Length { steps_per_epoch, steps })) if at < steps => {
            format!("reaches {end} in epoch {}", at / steps_per_epoch.max(1) + 1)
        }
        (Some(at), Some(_)) => format!("would reach {end} in step {at}, after the end of this run"),
        (None, Some(_)) => format!("never reaches {end}"),
    };
    format!("{shape}; {arrival}")
}

/// The time in which a temperature halves that is multiplied by exp(-rate) a step, with three significant digits.
fn halving(rate: f64, length: Option<Length>) -> String {
    let steps = std::f64::consts::LN_2 / rate;
    let (time, unit) = match length {
        Some(Length { steps_per_epoch, .. }) => (steps / steps_per_epoch.max(1) as f64, "epochs"),
        None => (steps, "steps"),
    };
    format!("halves in {} {unit}", number(format!("{time:.2e}").parse().unwrap_or(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Gate {
        hard: bool,
        penalty: Value,
        tau: TemperatureSchedule,
    }

    #[derive(Serialize)]
    struct Settings {
        optimizer: &'static str,
        lr: f64,
        hidden: Vec<usize>,
        prior: Option<f64>,
        initial_keep: f64,
        gate: Gate,
    }

    #[test]
    fn no_setting_is_json() {
        let tau = TemperatureSchedule::exponential_for_run(2.0, 0.5, 0.5, 1_025).unwrap();
        let penalty = serde_json::json!({"kind": "mean", "lambda": 0.3});
        let settings = Settings {
            optimizer: "adam",
            lr: 1e-3,
            hidden: vec![200, 100],
            prior: None,
            initial_keep: 0.87,
            gate: Gate { hard: true, penalty, tau },
        };
        let length = Length { steps_per_epoch: 41, steps: 1_025 };
        let lines = settings_in_words(&settings, Some(length));
        let lines: Vec<_> =
            lines.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let schedule = "from 2 to 0.5, halves in 6.22 epochs, changed every 15 steps; reaches its floor in epoch 13";
        let expected = [
            ("optimiser", "adam"),
            ("learning rate", "0.001"),
            ("hidden", "200, 100"),
            ("prior", "none"),
            ("initial keep", "0.87"),
            ("gate: gates are 0 or 1 in training", "yes"),
            ("gate: penalty", "mean, lambda 0.3"),
            ("gate: temperature", schedule),
        ];
        for line in expected {
            assert!(lines.contains(&line), "{line:?} is not among {lines:?}");
        }
        assert_eq!(lines.len(), expected.len());
    }

    #[test]
    fn a_schedule_says_whether_its_run_is_long_enough() {
        let length = Some(Length { steps_per_epoch: 10, steps: 100 });
        for (schedule, words) in [
            (TemperatureSchedule::constant(0.7), "0.7, at every step"),
            (
                TemperatureSchedule::linear(1.0, 0.5, 95),
                "from 1 to 0.5 along a line of 95 steps; reaches its end in epoch 10",
            ),
            (
                TemperatureSchedule::cosine(1.0, 0.5, 100),
                "from 1 to 0.5 along half a cosine of 100 steps; would reach its end in step 100, after the end of \
                 this run",
            ),
            (
                TemperatureSchedule::exponential(1.0, 0.5, 0.0, 1),
                "1, at every step, as its rate is 0",
            ),
        ] {
            assert_eq!(schedule_in_words(schedule.unwrap(), length), words);
        }
    }
}
