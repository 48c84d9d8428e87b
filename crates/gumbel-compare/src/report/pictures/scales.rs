//! Logarithmic scales around data.

use gumbel_report::{ReportError, Scale};

/// The least ratio of the ends of a scale.
const LEAST_RATIO: f64 = 4.0;

/// A logarithmic scale around positive values, with ticks at powers of ten, or more where these are few.
pub(super) fn around(values: impl Iterator<Item = f64>) -> Result<Scale, ReportError> {
    with_room(values, 1.15)
}

/// [`around`] with another factor at the high end.
pub(super) fn with_room(
    values: impl Iterator<Item = f64>,
    room: f64,
) -> Result<Scale, ReportError> {
    let good = values.filter(|v| *v > 0.0 && v.is_finite());
    let (low, high) =
        good.fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
    let (low, high) = if low <= high { (low.max(1e-90), high.min(1e90)) } else { (0.1, 1.0) };
    let more = (LEAST_RATIO * low / high).max(1.0).sqrt();
    let (low, high) = (low / more / 1.15, high * more * room);
    let scale = Scale::log(low, high)?;
    let first = low.log10().floor() as i32;
    let last = high.log10().floor() as i32;
    let steps = |units: &'static [f64]| -> Vec<(f64, String)> {
        let all = (first..=last).flat_map(|e| units.iter().map(move |unit| (*unit, e)));
        let all = all.map(|(unit, e)| unit * 10f64.powi(e));
        all.filter(|step| (low..=high).contains(step)).map(|step| (step, short(step))).collect()
    };
    if steps(&[1.0]).len() > 3 {
        return Ok(scale);
    }
    let few = steps(&[1.0, 2.0, 5.0]);
    Ok(scale.with_ticks(if few.len() > 3 { few } else { steps(&[1.0, 1.5, 2.0, 3.0, 5.0, 7.0]) }))
}

/// The text of a tick, which has two digits.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.1e}").parse().unwrap_or(value);
    if (1e-4..1e5).contains(&value) { rounded.to_string() } else { format!("{rounded:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_ticks_for_any_range() {
        for values in [vec![0.3, 0.4], vec![], vec![2.0], vec![1e-5, 10.0], vec![0.1, 0.0, 3.0]] {
            let scale = around(values.iter().copied()).unwrap();
            assert!(scale.ticks().len() >= 2, "{values:?} {scale:?}");
            assert!(values.iter().all(|&v| v == 0.0 || (0.0..=1.0).contains(&scale.place(v))));
        }
        let texts = around([0.05, 0.9].into_iter()).unwrap();
        let texts: Vec<_> = texts.ticks().iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["0.05", "0.1", "0.2", "0.5", "1"]);
    }
}
