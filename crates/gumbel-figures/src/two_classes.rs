//! Two classes: each noise changes probabilities along its own curve.

use gumbel::Key;
use gumbel::textbook::random_utility::{UtilityNoise, counts};
use gumbel_report::color::{BLUE, Color, GREEN, INK, ORANGE, PURPLE, VERMILION};
use gumbel_report::{Panel, Rect, Scale, Sketch};

use crate::kit::{Sign, WIDTH, legend, stroke};
use crate::noise_comparison::{marker, name};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "two-classes",
    title: "Two classes: every noise has a curve of its own",
    caption: "With two classes only the difference of the two noises matters, so the chance that the \
              first class wins is a fixed function of its probability p. Above: three of these \
              functions. Below: all seven, less p. Lines: in closed form; marks: 20,000 draws each. \
              Gumbel noise gives the diagonal, and so does every noise whose differences are \
              logistic, like the reversed Gumbel (open rings). The others bend it, the normal even \
              when its variance is that of the Gumbel.",
    chinese_title: "两个类别：每种噪声各有一条曲线",
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
/// The curves that are far enough apart to be drawn with the diagonal.
const ABOVE: [UtilityNoise; 3] =
    [UtilityNoise::Gumbel, UtilityNoise::Normal, UtilityNoise::Uniform];
const DRAWS: u64 = 20_000;

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 640);
    let unit = || Scale::linear(0.0, 1.0, 5.0);
    let x_label = language.of("p, softmax of the logits", "p，logits 的 softmax");
    let panel = Panel::new(Rect::new(50.0, 36.0, 538.0, 152.0), unit()?, unit()?);
    panel.title(language.of("How often class 1 wins", "类别 1 胜出的比例")).axes(&mut sketch);
    let scale = Scale::linear(-0.3, 0.3, 6.0)?;
    let off = Panel::new(Rect::new(50.0, 256.0, 538.0, 250.0), unit()?, scale);
    let title = language.of("The same, less p: all noises", "减去 p 之后：全部噪声");
    off.title(title).x_label(x_label).axes(&mut sketch);
    for (number, (noise, color, solid)) in CURVES.into_iter().enumerate() {
        let (stroke, marker) = (stroke(color, solid), marker(noise, color, solid));
        let mut curve = Vec::new();
        for i in 1..400_u16 {
            let p = f64::from(i) / 400.0;
            curve.push((p, noise.of_two(logit(p))?));
        }
        let above = ABOVE.contains(&noise);
        if above {
            panel.line(&mut sketch, curve.iter().copied(), stroke);
        }
        off.line(&mut sketch, curve.iter().map(|&(p, q)| (p, q - p)), stroke);
        for tenth in 1..10_u64 {
            let p = tenth as f64 / 10.0;
            let key = Key::new(50).fold_in(number as u64).fold_in(tenth);
            let share = counts(&[logit(p), 0.0], noise, DRAWS, key)?[0] as f64 / DRAWS as f64;
            if above {
                marker.draw(&mut sketch, panel.at((p, share)), 3.5);
            }
            marker.draw(&mut sketch, off.at((p, share - p)), 3.5);
        }
    }
    // Reversed Gumbel noise: rings on the diagonal.
    for tenth in 1..10_u64 {
        let p = tenth as f64 / 10.0;
        let key = Key::new(51).fold_in(tenth);
        let drawn = counts(&[logit(p), 0.0], UtilityNoise::ReversedGumbel, DRAWS, key)?;
        let share = drawn[0] as f64 / DRAWS as f64;
        let (x, y) = off.at((p, share - p));
        let angles = (0..=24).map(|i| f64::from(i) * std::f64::consts::TAU / 24.0);
        let circle: Vec<_> = angles.map(|a| (x + 6.0 * a.cos(), y + 6.0 * a.sin())).collect();
        sketch.line(&circle, INK, 1.5);
    }
    let entry = |i: usize| {
        let (noise, color, solid) = CURVES[i];
        let sign = Sign::Marked(stroke(color, solid), marker(noise, color, solid));
        (sign, name(noise, language))
    };
    let reversed = (Sign::Ring(INK), name(UtilityNoise::ReversedGumbel, language));
    let columns = [(50.0, [entry(0), entry(3), reversed]), (226.0, [entry(4), entry(1), entry(5)])];
    for (x, entries) in columns {
        for (entry, y) in entries.into_iter().zip([574.0, 600.0, 626.0]) {
            legend(&mut sketch, (x, y), &[entry]);
        }
    }
    for (entry, y) in [entry(2), entry(6)].into_iter().zip([600.0, 626.0]) {
        legend(&mut sketch, (402.0, y), &[entry]);
    }
    Ok(sketch)
}
