//! `plane`: bias against noise, a point for each estimator.

use gumbel_report::color::{BLUE, INK, MUTED, RULE, SKY, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Panel, Rect, ReportError, Scale, Sketch, TEXT};

use super::labels::{Labelled, around, column, merged, width_of};
use super::places::{Place, colour, places, staircase};
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
        let left = right - width_of(text, TEXT);
        sketch.text(text, (left, 32.0), TEXT, INK, Anchor::Start);
        sketch.disc((left - 12.0, 27.5), 5.0, colour);
        right = left - 40.0;
    }
}

fn draw(sketch: &mut Sketch, places: &[Place], band: &Panel, main: &Panel) {
    let frontier = staircase(places);
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
    around(sketch, &outside, MAIN, &lines, SMALL);
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
