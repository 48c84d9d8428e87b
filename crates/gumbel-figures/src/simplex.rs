//! Samples of three classes on the triangle of all mixtures, by temperature.

use gumbel::relax::straight_through_gumbel_softmax_into;
use gumbel::{Key, gumbel_softmax};
use gumbel_report::color::{BLUE, Color, GREEN, INK, MUTED, RULE, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Sketch, TEXT};

use crate::kit::WIDTH;
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "simplex",
    title: "Relaxed samples on the simplex",
    caption: "600 samples of three classes with p = (0.5, 0.3, 0.2): each point is a mixture, its \
              colour and shape the class that is largest in it. The noise is the same in all triangles, and so \
              are the colours. At a low temperature τ the samples sit in the corners, as one-hot \
              draws do; as τ grows they gather in the middle, and tell less and less which class won. \
              The cross is the mean of the samples: near p at a low τ, near the middle at a high one. \
              In the first triangle the area of a disc is the share of its class.",
    chinese_title: "单纯形上的松弛样本",
    sketch,
};

const P: [f64; 3] = [0.5, 0.3, 0.2];
const SAMPLES: usize = 600;
const KEY: Key = Key::new(3);
const SIDE: f64 = 156.0;

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let logits = P.map(f64::ln).repeat(SAMPLES);
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 400);
    let (mut hard, mut soft) = (vec![0.0; logits.len()], vec![0.0; logits.len()]);
    straight_through_gumbel_softmax_into(&logits, 3, 1.0, KEY, &mut hard, &mut soft)?;
    let taus = [None, Some(0.1), Some(0.5), Some(1.0), Some(2.0), Some(10.0)];
    for (cell, tau) in taus.into_iter().enumerate() {
        let corner = (26.0 + 197.0 * (cell % 3) as f64, 172.0 + 200.0 * (cell / 3) as f64);
        let (name, y) = match tau {
            None => (language.of("one-hot", "独热").to_owned(), hard.clone()),
            Some(tau) => (format!("τ = {tau}"), gumbel_softmax(&logits, 3, tau, KEY)?),
        };
        triangle(&mut sketch, corner, &name, &y, &hard, tau.is_none());
    }
    Ok(sketch)
}

/// The position of a mixture in a triangle with the lower left corner `corner`.
fn place(corner: (f64, f64), y: &[f64]) -> (f64, f64) {
    let right = y[1] + 0.5 * y[2];
    (corner.0 + SIDE * right, corner.1 - SIDE * 0.75_f64.sqrt() * y[2])
}

/// Draws a sample: a disc, a square or a triangle, by its class.
fn mark(sketch: &mut Sketch, (x, y): (f64, f64), class: usize, color: Color) {
    match class {
        0 => sketch.disc((x, y), 1.8, color),
        1 => sketch.rect((x - 1.8, y - 1.8), (x + 1.8, y + 1.8), color),
        _ => sketch.polygon(&[(x, y - 2.6), (x + 2.3, y + 1.5), (x - 2.3, y + 1.5)], color),
    }
}

fn triangle(
    sketch: &mut Sketch,
    corner: (f64, f64),
    name: &str,
    samples: &[f64],
    hard: &[f64],
    counted: bool,
) {
    let at = |y: &[f64]| place(corner, y);
    let corners = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let [a, b, c] = corners.map(|y| at(&y));
    sketch.line(&[a, b, c, a], RULE, 1.0);
    sketch.text(name, (corner.0 - 14.0, corner.1 - 132.0), TEXT + 1.0, INK, Anchor::Start);
    if !counted {
        sketch.text("1", (a.0 - 12.0, a.1 + 5.0), TEXT, MUTED, Anchor::Middle);
        sketch.text("2", (b.0 + 12.0, b.1 + 5.0), TEXT, MUTED, Anchor::Middle);
        sketch.text("3", (c.0, c.1 - 9.0), TEXT, MUTED, Anchor::Middle);
    }
    let rows = || samples.chunks_exact(3).zip(hard.chunks_exact(3));
    for (class, color) in [BLUE, VERMILION, GREEN].into_iter().enumerate() {
        let won = || rows().filter(move |(_, hard)| hard[class] == 1.0).map(|(y, _)| y);
        if counted {
            // All samples of a class are one point, so the area of its disc is the share of the class.
            let share = won().count() as f64 / SAMPLES as f64;
            let (x, y) = at(&corners[class]);
            sketch.disc((x, y), 24.0 * share.sqrt(), color);
            let name = (class + 1).to_string();
            sketch.text(name, (x, y + 5.0), TEXT, WHITE, Anchor::Middle);
        } else {
            for y in won() {
                mark(sketch, at(y), class, thin(color, 0.5));
            }
        }
    }
    let n = SAMPLES as f64;
    let mean = [0, 1, 2].map(|class| rows().map(|(y, _)| y[class]).sum::<f64>() / n);
    let (x, y) = at(&mean);
    for (color, width) in [(WHITE, 5.5), (INK, 2.25)] {
        sketch.line(&[(x - 6.0, y - 6.0), (x + 6.0, y + 6.0)], color, width);
        sketch.line(&[(x - 6.0, y + 6.0), (x + 6.0, y - 6.0)], color, width);
    }
}
