//! argmax(ln p + noise) with other noises: the distance from p by the number of classes.

use gumbel::Key;
use gumbel::textbook::random_utility::{
    UtilityNoise, counts, total_variation, total_variation_floor,
};
use gumbel_report::color::{
    BLACK, BLUE, Color, GREEN, INK, MUTED, ORANGE, PURPLE, RULE, SKY, VERMILION, WHITE,
};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke, TEXT};

use crate::kit::{Marker, Shape, Sign, WIDTH, legend, legend_right, number, stroke};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "noise-comparison",
    title: "Only Gumbel noise leaves the probabilities as they are",
    caption: "The class is argmax(ln p + noise). Above: the shares for p = (0.7, 0.2, 0.1) with each \
              noise, in 200,000 draws (scaled: to the variance of the Gumbel); only the first row is p. \
              Below: the total variation distance from p by the number of classes: two have 0.5 and \
              0.2, the others share 0.3 (of two classes, p is 5 : 2); 20,000 draws each. The dotted \
              line is the distance of a perfect sampler, by chance alone. Gumbel noise stays on it for \
              every number of classes, reversed Gumbel noise only for two.",
    chinese_title: "只有 Gumbel 噪声不改变概率",
    sketch,
};

const CLASSES: [usize; 7] = [2, 3, 5, 10, 30, 200, 1000];
const DRAWS: u64 = 20_000;

const NOISES: [(UtilityNoise, Color, bool); 8] = [
    (UtilityNoise::Gumbel, BLUE, true),
    (UtilityNoise::ReversedGumbel, SKY, false),
    (UtilityNoise::Logistic, GREEN, true),
    (UtilityNoise::Exponential, ORANGE, true),
    (UtilityNoise::MatchedNormal, VERMILION, true),
    (UtilityNoise::Normal, VERMILION, false),
    (UtilityNoise::MatchedUniform, PURPLE, true),
    (UtilityNoise::Uniform, PURPLE, false),
];

/// The mark of a noise: a shape for each family, filled where `solid`.
pub(crate) const fn marker(noise: UtilityNoise, color: Color, solid: bool) -> Marker {
    let shape = match noise {
        UtilityNoise::Logistic => Shape::Square,
        UtilityNoise::Exponential => Shape::Triangle,
        UtilityNoise::MatchedNormal | UtilityNoise::Normal => Shape::Diamond,
        UtilityNoise::MatchedUniform | UtilityNoise::Uniform => Shape::Hanging,
        _ => Shape::Disc,
    };
    Marker { shape, color, filled: solid }
}

/// The words for a noise in a language.
pub(crate) fn name(noise: UtilityNoise, language: Language) -> &'static str {
    let (english, chinese) = match noise {
        UtilityNoise::Gumbel => ("Gumbel", "Gumbel"),
        UtilityNoise::ReversedGumbel => ("reversed Gumbel", "反号的 Gumbel"),
        UtilityNoise::Logistic => ("logistic", "logistic"),
        UtilityNoise::Exponential => ("exponential", "指数"),
        UtilityNoise::MatchedNormal => ("normal, scaled", "正态，同方差"),
        UtilityNoise::Normal => ("normal N(0, 1)", "正态 N(0, 1)"),
        UtilityNoise::MatchedUniform => ("uniform, scaled", "均匀，同方差"),
        UtilityNoise::Uniform => ("uniform U(0, 1)", "均匀 U(0, 1)"),
        other => (other.name(), other.name()),
    };
    language.of(english, chinese)
}

/// ln p of k classes: two have 0.5 and 0.2, the others share 0.3.
fn two_large(k: usize) -> Vec<f64> {
    let weight = |i| match i {
        0 => 0.5_f64,
        1 => 0.2,
        _ => 0.3 / (k - 2) as f64,
    };
    (0..k).map(|i| weight(i).ln()).collect()
}

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 640);
    three_classes(&mut sketch, language)?;
    many_classes(&mut sketch, language)?;
    Ok(sketch)
}

fn three_classes(sketch: &mut Sketch, language: Language) -> Result<(), FigureError> {
    let p = [0.7, 0.2, 0.1];
    let logits = p.map(f64::ln);
    let (left, right, top, pitch) = (140.0, 588.0, 38.0, 29.0);
    let place = |share: f64| left + (right - left) * share;
    let title = language.of("Shares of three classes", "三个类别的比例");
    sketch.text(title, (10.0, 24.0), TEXT + 1.0, INK, Anchor::Start);
    let entries = [
        (Sign::Box(BLUE), language.of("class 1", "类别 1")),
        (Sign::Box(SKY), language.of("class 2", "类别 2")),
        (Sign::Box(RULE), language.of("class 3", "类别 3")),
    ];
    legend_right(sketch, (588.0, 24.0), &entries);
    for (row, (noise, ..)) in NOISES.into_iter().enumerate() {
        let y = top + pitch * row as f64;
        let drawn = counts(&logits, noise, 200_000, Key::new(40).fold_in(row as u64))?;
        sketch.text(name(noise, language), (left - 10.0, y + 14.0), TEXT, INK, Anchor::End);
        let mut from = 0.0;
        for (count, color) in drawn.iter().zip([BLUE, SKY, RULE]) {
            // Each piece reaches to the end of the bar, so that no seams show.
            sketch.rect((place(from), y), (place(1.0), y + 20.0), color);
            from += *count as f64 / 200_000.0;
        }
        let first = number(drawn[0] as f64 / 200_000.0, 3);
        sketch.text(first, (left + 8.0, y + 14.5), TEXT, WHITE, Anchor::Start);
    }
    // The edges that the bars should have.
    let low = top + pitch * NOISES.len() as f64 - 5.0;
    for edge in [0.7, 0.9] {
        let x = place(edge);
        Stroke::dotted(BLACK).width(2.0).draw(sketch, &[(x, top - 4.0), (x, low)]);
    }
    for (p, middle) in p.into_iter().zip([0.35, 0.8, 0.95]) {
        sketch.text(number(p, 1), (place(middle), low + 16.0), TEXT, MUTED, Anchor::Middle);
    }
    sketch.text("p", (left - 10.0, low + 16.0), TEXT, MUTED, Anchor::End);
    Ok(())
}

fn many_classes(sketch: &mut Sketch, language: Language) -> Result<(), FigureError> {
    let area = Rect::new(54.0, 346.0, 366.0, 244.0);
    let x = Scale::log(1.6, 1300.0)?;
    let x = x.with_ticks([(2.0, "2"), (10.0, "10"), (100.0, "100"), (1000.0, "1,000")]);
    let panel = Panel::new(area, x, Scale::log(0.0008, 0.6)?);
    let title = language.of("Total variation distance from p", "与 p 的全变差距离");
    panel.title(title).x_label(language.of("classes", "类别数")).axes(sketch);
    let floor = CLASSES.iter().map(|&k| {
        let floor = total_variation_floor(&two_large(k), DRAWS)?;
        // The mean absolute deviation of a normal is sqrt(2 / pi) times its standard deviation.
        Ok((k as f64, floor * std::f64::consts::FRAC_2_PI.sqrt()))
    });
    let floor = floor.collect::<Result<Vec<_>, FigureError>>()?;
    panel.line(sketch, floor, Stroke::dotted(INK));
    for (number, (noise, color, solid)) in NOISES.into_iter().enumerate() {
        let mut points = Vec::new();
        for &k in &CLASSES {
            let logits = two_large(k);
            let key = Key::new(41).fold_in(number as u64).fold_in(k as u64);
            let drawn = counts(&logits, noise, DRAWS, key)?;
            points.push((k as f64, total_variation(&drawn, &logits)?));
        }
        let (stroke, marker) = (stroke(color, solid), marker(noise, color, solid));
        panel.line(sketch, points.iter().copied(), stroke);
        for at in points.into_iter().map(|point| panel.at(point)) {
            marker.draw(sketch, at, 3.5);
        }
        let at = (432.0, 362.0 + 24.0 * number as f64);
        legend(sketch, at, &[(Sign::Marked(stroke, marker), name(noise, language))]);
    }
    let at = (432.0, 362.0 + 24.0 * NOISES.len() as f64);
    let chance = language.of("chance alone", "仅由偶然");
    legend(sketch, at, &[(Sign::Line(Stroke::dotted(INK)), chance)]);
    Ok(())
}
