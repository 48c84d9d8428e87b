//! `plane`: bias against noise, a point for each estimator.

use gumbel_report::color::{BLUE, Color, INK, MUTED, RULE, SKY, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Panel, Rect, ReportError, Scale, Sketch, TEXT};

use super::labels::{Labelled, around, column, merged, size_of};
use super::names::labels;
use super::{SMALL, WIDTH, scales};
use crate::row::Row;

const HEIGHT: u32 = 600;
/// The rectangles of the band without bias and of the biased estimators.
const BAND: Rect = Rect::new(70.0, 96.0, 268.0, 436.0);
const MAIN: Rect = Rect::new(352.0, 96.0, 584.0, 436.0);
/// The strip below the band for estimators without noise.
const STRIP: Rect = Rect::new(70.0, 540.0, 268.0, 40.0);

/// The factor by which the scale of the bias goes on after the largest, so that labels fit beside it.
const LABEL_ROOM: f64 = 1.75;

/// An estimator in the plane.
#[derive(Clone, Debug)]
struct Place {
    label: String,
    /// Relative, with its standard error; 0 in the band.
    bias: (f64, f64),
    noise: (f64, f64),
    claims: bool,
    frontier: bool,
}

/// Draws the estimators of one problem as points: bias to the right, noise upwards, both relative to the norm of the
/// exact gradient and logarithmic.
///
/// Noise is the standard deviation of a draw times the square root of its evaluations of the cost, so that estimators
/// of different cost can be compared. Estimators without bias are in a band of their own, those without noise in the
/// strip below it. A dashed staircase marks the frontier: nothing in the plane has less bias and less noise than a
/// point on it, where a difference counts from three standard errors on.
///
/// # Errors
/// An error of the scales; no rows are known to cause one.
pub fn plane(rows: &[&Row]) -> Result<Sketch, ReportError> {
    let places = places(rows);
    let problem = rows.first().map_or("", |row| row.problem.as_str());
    let mut sketch =
        Sketch::new(format!("Bias and noise of gradient estimators on {problem}"), WIDTH, HEIGHT);
    let noise = scales::around(places.iter().map(|place| place.noise.0))?;
    let bias = scales::with_room(places.iter().map(|place| place.bias.0), LABEL_ROOM)?;
    let any = places.iter().any(|place| place.bias.0 > 0.0);
    let bias = if any { bias } else { bias.with_ticks::<&str>([]) };
    let unlabelled: Vec<(f64, &str)> =
        noise.ticks().iter().map(|(value, _)| (*value, "")).collect();
    let none = Scale::linear(0.0, 1.0, 1.0)?.with_ticks::<&str>([]);
    let main = Panel::new(MAIN, bias, noise.clone().with_ticks(unlabelled));
    let band = Panel::new(BAND, none, noise);
    heading(&mut sketch, problem);
    sketch.rect((BAND.left, BAND.top), (BAND.right, STRIP.bottom), thin(SKY, 0.12));
    band.plain().axes(&mut sketch);
    main.plain().axes(&mut sketch);
    draw(&mut sketch, &places, &band, &main);
    strip(&mut sketch, &places);
    Ok(sketch)
}

fn places(rows: &[&Row]) -> Vec<Place> {
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

fn heading(sketch: &mut Sketch, problem: &str) {
    let left = 24.0;
    sketch.text(format!("{problem}: bias and noise"), (left, 32.0), 19.0, INK, Anchor::Start);
    sketch.text(
        "noise: standard deviation of a draw × √evaluations, relative to the gradient",
        (left, 62.0),
        TEXT,
        MUTED,
        Anchor::Start,
    );
    sketch.text("no bias", (BAND.left + 8.0, BAND.top - 7.0), TEXT, INK, Anchor::Start);
    sketch.text("biased", (MAIN.left + 8.0, MAIN.top - 7.0), TEXT, INK, Anchor::Start);
    let below = (0.5 * (MAIN.left + MAIN.right), MAIN.bottom + 44.0);
    let label = "bias: distance of the mean from the exact gradient, relative to the gradient";
    sketch.text(label, below, TEXT, MUTED, Anchor::Middle);
    let mut right = f64::from(WIDTH) - 24.0;
    for (text, colour) in [("may be biased", VERMILION), ("claims no bias", BLUE)] {
        let left = right - size_of(text).0 * TEXT / SMALL;
        sketch.text(text, (left, 32.0), TEXT, INK, Anchor::Start);
        sketch.disc((left - 12.0, 27.5), 5.0, colour);
        right = left - 40.0;
    }
}

fn colour(place: &Place) -> Color {
    let full = if place.claims { BLUE } else { VERMILION };
    if place.frontier { full } else { thin(full, 0.5) }
}

fn draw(sketch: &mut Sketch, places: &[Place], band: &Panel, main: &Panel) {
    let mut frontier: Vec<&Place> = places.iter().filter(|place| place.frontier).collect();
    frontier.sort_by(|a, b| a.bias.0.total_cmp(&b.bias.0));
    // A point that is on it by the margin alone is beside the staircase, which only falls.
    let mut least = f64::INFINITY;
    frontier.retain(|place| {
        let falls = place.noise.0 <= least;
        least = least.min(place.noise.0);
        falls
    });
    let at = |place: &Place| match place.bias.0 > 0.0 {
        true => main.at((place.bias.0, place.noise.0)),
        false => band.at((0.06, place.noise.0)),
    };
    let mut lines = Vec::new();
    for pair in frontier.windows(2).filter(|pair| pair[1].bias.0 > 0.0) {
        let (mut a, b) = (at(pair[0]), at(pair[1]));
        // The labels of the band stay free.
        a.0 = a.0.max(MAIN.left - 8.0);
        lines.extend([(a, (b.0, a.1)), ((b.0, a.1), b)]);
    }
    for (a, b) in &lines {
        sketch.dashed(&[*a, *b], RULE, 1.5, (5.0, 5.0));
    }
    for place in places.iter().filter(|place| place.noise.0 > 0.0) {
        let radius = if place.frontier { 6.0 } else { 4.5 };
        sketch.disc(at(place), radius + 1.25, WHITE);
        sketch.disc(at(place), radius, colour(place));
    }
    let (mut inside, mut outside): (Vec<Labelled>, Vec<Labelled>) = (Vec::new(), Vec::new());
    for place in places.iter().filter(|place| place.noise.0 > 0.0) {
        let label = Labelled { at: at(place), text: place.label.clone(), strong: place.frontier };
        if place.bias.0 > 0.0 { outside.push(label) } else { inside.push(label) }
    }
    let mut outside = merged(outside);
    // Those of the frontier have the first choice of a place.
    outside.sort_by_key(|label| !label.strong);
    column(sketch, &mut inside, BAND.left + 56.0, BAND);
    around(sketch, &outside, MAIN, &lines);
}

/// The estimators without noise: sums over all states, or draws that cannot differ.
fn strip(sketch: &mut Sketch, places: &[Place]) {
    let quiet: Vec<&Place> =
        places.iter().filter(|place| place.noise.0 == 0.0 && place.bias.0 == 0.0).collect();
    if quiet.is_empty() {
        return;
    }
    let names: Vec<&str> = quiet.iter().map(|place| place.label.as_str()).collect();
    let y = 0.5 * (STRIP.top + STRIP.bottom);
    sketch.disc((STRIP.left + 16.0, y), 5.0, colour(quiet[0]));
    let text = format!("no noise: {}", names.join(", "));
    sketch.text(text, (STRIP.left + 30.0, y + 4.5), SMALL, MUTED, Anchor::Start);
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
