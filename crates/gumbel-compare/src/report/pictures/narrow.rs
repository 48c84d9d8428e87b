//! `narrow_plane`: bias against noise in a picture that can be read on a telephone.

use gumbel_report::color::{BLUE, FAINT, INK, MUTED, RULE, SKY, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Panel, Rect, ReportError, Scale, Sketch, TEXT};

use super::labels::{Labelled, around, merged, width_of};
use super::places::{Place, colour, places, staircase};
use super::{NARROW, scales};
use crate::row::Row;

/// The rectangle of the biased estimators. The band without bias is below it, with a row for each estimator.
const MAIN: Rect = Rect::new(64.0, 62.0, 520.0, 290.0);
/// The upper edge of the band, the height of a row, the room above and below the rows.
const BAND: f64 = MAIN.bottom + 10.0;
const ROW: f64 = 16.5;
const ROOM: f64 = 5.0;
/// The reader's font may be wider than the embedded one by this factor.
const WIDER: f64 = 1.15;

/// Draws the picture of [`plane`](super::plane()) 600 pixels wide, with letters that are 9 pixels high where it is
/// shown 400 pixels wide. Here noise is to the right and bias upwards.
///
/// Estimators without bias are in a band below the plane, a row for each, the least noise first. Those without noise
/// share the last row.
///
/// # Errors
/// An error of the scales; no rows are known to cause one.
pub fn narrow_plane(rows: &[&Row]) -> Result<Sketch, ReportError> {
    let places = places(rows);
    let problem = rows.first().map_or("", |row| row.problem.as_str());
    let (quiet, noisy): (Vec<&Place>, Vec<&Place>) =
        places.iter().partition(|place| place.noise.0 == 0.0);
    let (mut unbiased, biased): (Vec<&Place>, Vec<&Place>) =
        noisy.into_iter().partition(|place| place.bias.0 == 0.0);
    unbiased.sort_by(|a, b| a.noise.0.total_cmp(&b.noise.0));
    let quiet: Vec<&Place> = quiet.into_iter().filter(|place| place.bias.0 == 0.0).collect();
    let lines = (unbiased.len() + usize::from(!quiet.is_empty())).max(1);
    let bottom = BAND + 2.0 * ROOM + ROW * lines as f64;
    let title = format!("Bias and noise of gradient estimators on {problem}");
    let mut sketch = Sketch::new(title, NARROW, (bottom + 50.0) as u32);

    let noise = scales::around(places.iter().map(|place| place.noise.0))?;
    let bias = scales::around(biased.iter().map(|place| place.bias.0))?;
    let bias = if biased.is_empty() { bias.with_ticks::<&str>([]) } else { bias };
    let bare: Vec<(f64, &str)> = noise.ticks().iter().map(|(value, _)| (*value, "")).collect();
    let none = Scale::linear(0.0, 1.0, 1.0)?.with_ticks::<&str>([]);
    let area = Rect { top: BAND, bottom, ..MAIN };
    let main = Panel::new(MAIN, noise.clone().with_ticks(bare), bias);
    let band = Panel::new(area, noise.clone(), none);
    sketch.rect((area.left, area.top), (area.right, area.bottom), thin(SKY, 0.12));
    for (value, _) in noise.ticks() {
        let x = band.at((*value, 0.0)).0.floor() + 0.5;
        sketch.line(&[(x, MAIN.top), (x, MAIN.bottom)], FAINT, 1.0);
        sketch.line(&[(x, area.top), (x, area.bottom)], FAINT, 1.0);
    }
    texts(&mut sketch, problem, area);
    main.plain().axes(&mut sketch);
    band.plain().axes(&mut sketch);

    let height = |place: &Place| {
        let row = unbiased.iter().position(|other| std::ptr::eq(*other, place));
        BAND + ROOM + ROW * (row.unwrap_or(0) as f64 + 0.5)
    };
    let at = |place: &Place| match place.bias.0 > 0.0 {
        true => main.at((place.noise.0, place.bias.0)),
        false => (band.at((place.noise.0, 0.0)).0, height(place)),
    };
    let mut steps = Vec::new();
    for pair in staircase(&places).windows(2).filter(|pair| pair[1].bias.0 > 0.0) {
        let (a, b) = (at(pair[0]), at(pair[1]));
        steps.extend([(a, (a.0, b.1)), ((a.0, b.1), b)]);
    }
    for (a, b) in &steps {
        sketch.dashed(&[*a, *b], RULE, 1.5, (5.0, 5.0));
    }
    for place in unbiased.iter().chain(&biased) {
        let radius = if place.frontier { 6.0 } else { 4.5 };
        sketch.disc(at(place), radius + 1.25, WHITE);
        sketch.disc(at(place), radius, colour(place));
    }
    for place in unbiased.iter().copied() {
        beside(&mut sketch, place, at(place));
    }
    let label = |place: &&Place| Labelled {
        at: at(place),
        text: place.label.clone(),
        strong: place.frontier,
    };
    let mut outside = merged(biased.iter().map(label).collect());
    // Those of the frontier have the first choice of a place, then the longest.
    outside.sort_by_key(|label| (!label.strong, std::cmp::Reverse(label.text.len())));
    around(&mut sketch, &outside, MAIN, &steps, TEXT);
    if let Some(first) = quiet.first() {
        let names: Vec<&str> = quiet.iter().map(|place| place.label.as_str()).collect();
        let at = (MAIN.left + 12.0, bottom - ROOM - 0.5 * ROW);
        sketch.disc(at, 5.0, colour(first));
        let text = format!("no noise: {}", names.join(", "));
        sketch.text(text, (at.0 + 12.0, at.1 + 4.5), TEXT, MUTED, Anchor::Start);
    }
    Ok(sketch)
}

/// The heading and the texts of the axes.
fn texts(sketch: &mut Sketch, problem: &str, band: Rect) {
    let heading = format!("{problem}: bias and noise");
    sketch.text(heading, (12.0, 24.0), TEXT + 2.0, INK, Anchor::Start);
    let mut right = MAIN.right;
    for (text, colour) in [("may be biased", VERMILION), ("claims no bias", BLUE)] {
        let left = right - WIDER * width_of(text, TEXT);
        sketch.text(text, (left, 24.0), TEXT, INK, Anchor::Start);
        sketch.disc((left - 11.0, 19.5), 5.0, colour);
        right = left - 32.0;
    }
    let bias = "bias: distance of the mean from the exact gradient, relative to the gradient";
    sketch.text(bias, (12.0, 48.0), TEXT, MUTED, Anchor::Start);
    let (middle, height) = (0.5 * f64::from(NARROW), band.bottom + 42.0);
    let noise = "noise: standard deviation of a draw × √evaluations, relative to the gradient";
    sketch.text(noise, (middle, height), TEXT, MUTED, Anchor::Middle);
    let at = (band.left - 8.0, 0.5 * (band.top + band.bottom) + 4.5);
    sketch.text("no bias", at, TEXT, MUTED, Anchor::End);
}

/// Writes a name to the left of its point, or to the right if there is more room.
fn beside(sketch: &mut Sketch, place: &Place, (x, y): (f64, f64)) {
    let ink = if place.frontier { INK } else { MUTED };
    let needed = WIDER * width_of(&place.label, TEXT) + 14.0;
    match x - MAIN.left > needed {
        true => sketch.text(&place.label, (x - 11.0, y + 4.5), TEXT, ink, Anchor::End),
        false => sketch.text(&place.label, (x + 11.0, y + 4.5), TEXT, ink, Anchor::Start),
    }
}

#[cfg(test)]
mod tests {
    use gumbel_report::PlacedText;

    use super::*;
    use crate::problem::{PROBLEMS, Problem, by_name};
    use crate::report::pictures::narrow_temperature;
    use crate::{Settings, compare, default_estimators, over_temperature};

    fn settings() -> Settings {
        Settings { draws: 4_096, ..Settings::default() }
    }

    /// The texts of a picture, if they are large, inside and apart.
    fn legible(sketch: &Sketch) -> Vec<PlacedText> {
        let (width, height) = sketch.size();
        assert_eq!(width, NARROW);
        assert!(sketch.missing_glyphs().is_empty());
        let texts = sketch.texts();
        for (i, text) in texts.iter().enumerate() {
            assert!(text.from.0 >= 0.0 && text.to.0 <= f64::from(width), "{text:?}");
            assert!(text.from.1 >= 0.0 && text.to.1 <= f64::from(height), "{text:?}");
            for other in &texts[..i] {
                assert!(!text.overlaps(other), "{:?} on {:?}", text.text, other.text);
            }
        }
        let svg = sketch.svg();
        let sizes = svg.split("font-size=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        for size in sizes {
            assert!(size.parse::<f64>().unwrap() * 400.0 / f64::from(NARROW) >= 9.0, "{size}");
        }
        texts
    }

    #[test]
    fn every_estimator_has_a_name_that_overlaps_no_other() {
        for name in &PROBLEMS[..3] {
            let problems: [Box<dyn Problem>; 1] = [by_name(name).unwrap()];
            let rows = compare(&problems, &default_estimators(), &settings()).unwrap();
            let rows: Vec<&Row> = rows.iter().collect();
            let sketch = narrow_plane(&rows).unwrap();
            let words: Vec<String> =
                legible(&sketch).into_iter().map(|placed| placed.text).collect();
            for row in &rows {
                let named = words.iter().any(|text| text.contains(&row.name));
                assert!(named, "{name}: {}: {words:?}", row.name);
            }
            let over = over_temperature(&problems, &|_| true, &settings(), &|_, _| {}).unwrap();
            legible(&narrow_temperature(&over.iter().collect::<Vec<_>>()).unwrap());
        }
    }

    #[test]
    fn few_estimators_or_none_can_be_drawn() {
        legible(&narrow_plane(&[]).unwrap());
        legible(&narrow_temperature(&[]).unwrap());
        for only in ["exact", "rloo", "darn"] {
            let mut estimators = default_estimators();
            estimators.retain(|estimator| estimator.name() == only);
            let rows = compare(&[by_name("skewed-1x10").unwrap()], &estimators, &settings());
            let rows = rows.unwrap();
            let texts = legible(&narrow_plane(&rows.iter().collect::<Vec<_>>()).unwrap());
            assert!(texts.iter().any(|placed| placed.text.contains(only)), "{only}");
        }
    }
}
