//! Where the estimators are in the plane of bias and noise, and which of them nothing beats.

use gumbel_report::color::{BLUE, Color, VERMILION, thin};

use super::names::labels;
use crate::row::Row;

/// An estimator in the plane.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) label: String,
    /// Relative, with its standard error; 0 in the band.
    pub(super) bias: (f64, f64),
    pub(super) noise: (f64, f64),
    pub(super) claims: bool,
    pub(super) frontier: bool,
}

/// The estimators of one problem, in the order of the rows.
pub(super) fn places(rows: &[&Row]) -> Vec<Place> {
    let mut places: Vec<Place> = labels(rows)
        .into_iter()
        .zip(rows)
        .filter_map(|(label, row)| {
            let in_band = row.pass == Some(true) || row.shows_no_bias();
            let bias = match in_band {
                true => (0.0, 0.0),
                false => (row.bias_without_noise(), row.bias_error),
            };
            let noise = (row.total_variance * row.evals as f64).sqrt();
            // The noise of an exact sum is rounding.
            let noise = match noise <= 1e-9 * row.target_norm {
                true => (0.0, 0.0),
                false => (noise, 0.5 * noise * row.variance_error / row.total_variance),
            };
            let relative = |(x, error)| Some((row.relative(x)?, row.relative(error)?));
            let failed = if row.pass == Some(false) { " FAILS" } else { "" };
            Some(Place {
                label: label + failed,
                bias: relative(bias)?,
                noise: relative(noise)?,
                claims: row.unbiased,
                frontier: false,
            })
        })
        .filter(|place| place.bias.0.is_finite() && place.noise.0.is_finite())
        .collect();
    let all = places.clone();
    for place in &mut places {
        place.frontier = place.noise.0 > 0.0
            && !all.iter().any(|other| other.noise.0 > 0.0 && beats(other, place));
    }
    places
}

/// Whether an estimator has clearly less bias or noise than another, and not clearly more of the other one.
fn beats(a: &Place, b: &Place) -> bool {
    !clearly_less(b.bias, a.bias)
        && !clearly_less(b.noise, a.noise)
        && (clearly_less(a.bias, b.bias) || clearly_less(a.noise, b.noise))
}

/// Whether a number is less than another by more than rounding and three standard errors.
fn clearly_less(a: (f64, f64), b: (f64, f64)) -> bool {
    a.0 * (1.0 + 1e-9) + 3.0 * a.1.hypot(b.1) < b.0
}

/// The points that the dashed line goes through, from the least bias to the least noise.
pub(super) fn staircase(places: &[Place]) -> Vec<&Place> {
    let mut frontier: Vec<&Place> = places.iter().filter(|place| place.frontier).collect();
    frontier.sort_by(|a, b| a.bias.0.total_cmp(&b.bias.0));
    // A point that is on it by the margin alone is beside the staircase, which only falls.
    let mut least = f64::INFINITY;
    frontier.retain(|place| {
        let falls = place.noise.0 <= least;
        least = least.min(place.noise.0);
        falls
    });
    frontier
}

/// Blue for a claim of no bias, and pale off the frontier.
pub(super) fn colour(place: &Place) -> Color {
    let full = if place.claims { BLUE } else { VERMILION };
    if place.frontier { full } else { thin(full, 0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Net;
    use crate::{Settings, compare, default_estimators};

    /// `reinmax-cv` has the mean of `zgr` and noise of its own. In half of all draws it seems to have less bias.
    #[test]
    fn noise_alone_puts_no_estimator_on_the_frontier() {
        let wanted = ["zgr", "reinmax-cv", "gumbel-softmax", "straight-through"];
        for seed in 0..2 {
            let mut estimators = default_estimators();
            estimators.retain(|estimator| wanted.contains(&estimator.name()));
            let key = gumbel::Key::new(seed);
            let settings = Settings { draws: 65_536, key, ..Settings::default() };
            let rows = compare(&[Box::new(Net)], &estimators, &settings).unwrap();
            let places = places(&rows.iter().collect::<Vec<_>>());
            let on: Vec<&str> = places
                .iter()
                .filter(|place| place.frontier)
                .map(|place| place.label.as_str())
                .collect();
            assert_eq!(on, ["straight-through", "zgr", "gumbel-softmax"], "{places:?}");
        }
    }
}
