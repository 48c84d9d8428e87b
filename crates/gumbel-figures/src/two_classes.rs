//! Two classes: each noise changes probabilities along its own curve.

use gumbel::Key;
use gumbel::textbook::random_utility::{UtilityNoise, counts};
use gumbel_report::color::{BLUE, Color, GREEN, INK, ORANGE, PURPLE, VERMILION};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, TEXT};

use crate::kit::{Sign, WIDTH, legend, stroke};
use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "two-classes",
    title: "Two classes: every noise has a curve of its own",
    caption: "With two classes only the difference of the two noises matters, so the chance that the \
              first class wins is a fixed function of its probability p. Lines: in closed form; discs: \
              20,000 draws each. Gumbel noise gives the diagonal, and so does every noise whose \
              differences are logistic, like the reversed Gumbel (open rings). The others bend it, \
              the normal even when its variance is that of the Gumbel. Right: the deviation from the \
              diagonal.",
    sketch,
};

const CURVES: [(UtilityNoise, Color, bool); 7] = [
    (UtilityNoise::Gumbel, BLUE, true),
    (UtilityNoise::MatchedNormal, VERMILION, true),
    (UtilityNoise::Normal, VERMILION, false),
    (UtilityNoise::Exponential, ORANGE, true),
    (UtilityNoise::Logistic, GREEN, true),
    (UtilityNoise::MatchedUniform, PURPLE, true),
    (UtilityNoise::Uniform, PURPLE, false),
];
const DRAWS: u64 = 20_000;

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

fn sketch() -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 380);
    let unit = || Scale::linear(0.0, 1.0, 5.0);
    let panel = Panel::new(Rect::new(44.0, 46.0, 300.0, 230.0), unit()?, unit()?);
    panel.title("How often class 1 wins").x_label("p, softmax of the logits").axes(&mut sketch);
    let area = Rect::new(410.0, 46.0, 335.0, 230.0);
    let scale = Scale::linear(-0.25, 0.25, 5.0)?;
    let off = Panel::new(area, unit()?, scale);
    off.title("The same, less p").x_label("p, softmax of the logits").axes(&mut sketch);
    for (number, (noise, color, solid)) in CURVES.into_iter().enumerate() {
        let stroke = stroke(color, solid);
        let mut curve = Vec::new();
        for i in 1..200_u8 {
            let p = f64::from(i) / 200.0;
            curve.push((p, noise.of_two(logit(p))?));
        }
        panel.line(&mut sketch, curve.iter().copied(), stroke);
        off.line(&mut sketch, curve.iter().map(|&(p, q)| (p, q - p)), stroke);
        for tenth in 1..10_u64 {
            let p = tenth as f64 / 10.0;
            let key = Key::new(50).fold_in(number as u64).fold_in(tenth);
            let share = counts(&[logit(p), 0.0], noise, DRAWS, key)?[0] as f64 / DRAWS as f64;
            panel.points(&mut sketch, [(p, share)], 3.0, color);
            off.points(&mut sketch, [(p, share - p)], 3.0, color);
        }
    }
    // Reversed Gumbel noise: rings on the diagonal.
    for tenth in 1..10_u64 {
        let p = tenth as f64 / 10.0;
        let key = Key::new(51).fold_in(tenth);
        let drawn = counts(&[logit(p), 0.0], UtilityNoise::ReversedGumbel, DRAWS, key)?;
        let share = drawn[0] as f64 / DRAWS as f64;
        for at in [panel.at((p, share)), off.at((p, share - p))] {
            ring(&mut sketch, at);
        }
    }
    let line = |i: usize| {
        let (noise, color, solid) = CURVES[i];
        (Sign::Line(stroke(color, solid)), noise.name())
    };
    for (column, [above, below]) in [[4, 3], [2, 6], [1, 5]].into_iter().enumerate() {
        let x = 216.0 + [0.0, 136.0, 250.0][column];
        legend(&mut sketch, (x, 346.0), &[line(above)]);
        legend(&mut sketch, (x, 370.0), &[line(below)]);
    }
    legend(&mut sketch, (44.0, 346.0), &[line(0)]);
    let at = (57.0, 365.5);
    ring(&mut sketch, at);
    let name = UtilityNoise::ReversedGumbel.name();
    sketch.text(name, (at.0 + 20.0, at.1 + 4.5), TEXT, INK, Anchor::Start);
    Ok(sketch)
}

/// Draws an open ring.
fn ring(sketch: &mut Sketch, (x, y): (f64, f64)) {
    let angles = (0..=24).map(|i| f64::from(i) * std::f64::consts::TAU / 24.0);
    let circle: Vec<_> = angles.map(|a| (x + 6.0 * a.cos(), y + 6.0 * a.sin())).collect();
    sketch.line(&circle, INK, 1.5);
}
