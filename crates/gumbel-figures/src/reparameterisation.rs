//! The graph before and after: where gradients pass.

use gumbel_report::canvas::{INK, MUTED, RGBColor, WHITE};
use gumbel_report::color::{BLUE, VERMILION};
use gumbel_report::{Anchor, Rect, Sketch, TEXT};

use crate::kit::{WIDTH, boxed, stacked};
use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "reparameterisation",
    title: "Re-parameterisation: move the randomness to the edge",
    caption: "A network turns x into μ and σ, a value z is drawn from N(μ, σ²), and a cost f(z) \
              follows. Before: z is the output of a random node, which has no derivative, so the \
              gradient of f stops there. After: the same z, written as μ + σε with ε from N(0, 1). \
              The random node is now an input that needs no gradient, and the gradient of f passes \
              to μ, to σ, and on to x.",
    sketch,
};

const DASH: (f64, f64) = (6.0, 5.0);

fn sketch() -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 400);
    let s = &mut sketch;
    half(s, 0.0, "Before: z is sampled");
    let (x, y) = (190.0, 176.0);
    random_node(s, (x, y), 40.0, &["z is drawn from", "N(μ, σ²)"]);
    // No gradient below the random node.
    s.dashed_arrow((x + 18.0, 103.0), (x + 18.0, y - 40.0), VERMILION, 2.25, DASH);
    for (dx, dy) in [(-8.0, -8.0), (-8.0, 8.0)] {
        let at = (x + 18.0, y + 62.0);
        s.line(&[(at.0 + dx, at.1 + dy), (at.0 - dx, at.1 - dy)], VERMILION, 3.0);
    }
    s.text("no derivative:", (x + 40.0, y + 58.0), TEXT, INK, Anchor::Start);
    s.text("the gradient stops", (x + 40.0, y + 76.0), TEXT, INK, Anchor::Start);

    half(s, 380.0, "After: z is computed");
    let x = 380.0 + 190.0;
    boxed(s, Rect::new(x - 76.0, y - 26.0, 152.0, 52.0), BLUE, &["z = μ + σ ε"]);
    random_node(s, (x + 140.0, y), 34.0, &["ε from", "N(0, 1)"]);
    s.arrow((x + 106.0, y), (x + 78.0, y), MUTED, 1.75);
    s.dashed_arrow((x + 18.0, 103.0), (x + 18.0, y - 26.0), VERMILION, 2.25, DASH);
    Ok(sketch)
}

fn half(s: &mut Sketch, left: f64, title: &str) {
    s.text(title, (left + 20.0, 24.0), TEXT + 1.5, INK, Anchor::Start);
    let x = left + 190.0;
    let after = left > 0.0;
    boxed(s, Rect::new(x - 70.0, 52.0, 140.0, 50.0), BLUE, &["cost f(z)"]);
    let foot = if after { 202.0 } else { 216.0 };
    s.arrow((x, foot - if after { 52.0 } else { 80.0 }), (x, 104.0), BLUE, 2.25);
    for (i, name) in ["μ", "σ"].into_iter().enumerate() {
        let column = x + if i == 0 { -60.0 } else { 60.0 };
        boxed(s, Rect::new(column - 34.0, 268.0, 68.0, 40.0), BLUE, &[name]);
        let end = x + if i == 0 { -26.0 } else { 26.0 };
        let shift = if i == 0 { -7.0 } else { -7.0 };
        s.arrow((column + shift, 266.0), (end + shift, foot + 2.0), BLUE, 2.25);
        s.arrow((x + 0.4 * (column - x) + shift, 350.0), (column + shift, 310.0), BLUE, 2.25);
        if after {
            s.dashed_arrow((end + 8.0, foot), (column + 8.0, 266.0), VERMILION, 2.25, DASH);
            let back = (x + 0.4 * (column - x) + 8.0, 350.0);
            s.dashed_arrow((column + 8.0, 309.0), back, VERMILION, 2.25, DASH);
            let text = if i == 0 { "∂z/∂μ = 1" } else { "∂z/∂σ = ε" };
            let (at, anchor) =
                if i == 0 { (x - 62.0, Anchor::End) } else { (x + 66.0, Anchor::Start) };
            s.text(text, (at, 240.0), TEXT, INK, anchor);
        }
    }
    boxed(s, Rect::new(x - 70.0, 352.0, 140.0, 34.0), BLUE, &["x, a network"]);
}

/// A node of the graph that is random: a circle.
fn random_node(s: &mut Sketch, at: (f64, f64), radius: f64, lines: &[&str]) {
    let wide = radius.max(58.0);
    let ellipse = |grow: f64| -> Vec<(f64, f64)> {
        let angles = (0..=72).map(|i| f64::from(i) * std::f64::consts::TAU / 72.0);
        let point = |a: f64| (at.0 + (wide + grow) * a.cos(), at.1 + (radius + grow) * a.sin());
        angles.map(point).collect()
    };
    s.polygon(&ellipse(1.0), MUTED);
    s.polygon(&ellipse(-0.75), tint(MUTED));
    stacked(s, at, lines);
}

/// A light version of a colour, for the ground under a text.
fn tint(color: RGBColor) -> RGBColor {
    let mix = |c: u8, w: u8| ((u16::from(c) + 9 * u16::from(w)) / 10) as u8;
    RGBColor(mix(color.0, WHITE.0), mix(color.1, WHITE.1), mix(color.2, WHITE.2))
}
