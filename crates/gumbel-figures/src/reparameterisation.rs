//! The computation graph before and after re-parameterisation, with the paths of gradients.

use gumbel_report::color::{BLUE, INK, MUTED, VERMILION, thin};
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
/// The distance from the left edge of a graph to its middle.
const MIDDLE: f64 = 140.0;

fn sketch() -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 400);
    let s = &mut sketch;
    graph(s, 20.0, false);
    let (x, y) = (20.0 + MIDDLE, 176.0);
    random_node(s, (x, y), (62.0, 40.0), &["z drawn from", "N(μ, σ²)"]);
    // No gradient passes the random node.
    s.dashed_arrow((x + 18.0, 103.0), (x + 18.0, y - 40.0), VERMILION, 2.25, DASH);
    for slope in [-8.0, 8.0] {
        s.line(&[(x - 8.0, y + 62.0 - slope), (x + 8.0, y + 62.0 + slope)], VERMILION, 3.0);
    }
    for (line, text) in [(0.0, "no derivative:"), (18.0, "the gradient"), (36.0, "stops here")] {
        s.text(text, (x + 76.0, y - 14.0 + line), TEXT, INK, Anchor::Start);
    }

    graph(s, 390.0, true);
    let x = 390.0 + MIDDLE;
    boxed(s, Rect::new(x - 70.0, y - 26.0, 140.0, 52.0), BLUE, &["z = μ + σ ε"]);
    random_node(s, (x + 166.0, y), (46.0, 34.0), &["ε from", "N(0, 1)"]);
    s.arrow((x + 119.0, y), (x + 72.0, y), BLUE, 2.25);
    s.dashed_arrow((x + 18.0, 103.0), (x + 18.0, y - 27.0), VERMILION, 2.25, DASH);
    Ok(sketch)
}

/// Draws the parts that both graphs have.
fn graph(s: &mut Sketch, left: f64, after: bool) {
    let title = if after { "After: z is computed" } else { "Before: z is sampled" };
    s.text(title, (left, 24.0), TEXT + 1.5, INK, Anchor::Start);
    let x = left + MIDDLE;
    boxed(s, Rect::new(x - 70.0, 52.0, 140.0, 50.0), BLUE, &["cost f(z)"]);
    let (head, foot) = if after { (150.0, 202.0) } else { (136.0, 214.0) };
    s.arrow((x - 18.0, head), (x - 18.0, 104.0), BLUE, 2.25);
    for (side, name, slope) in [(-1.0, "μ", "∂z/∂μ = 1"), (1.0, "σ", "∂z/∂σ = ε")] {
        let (column, end) = (x + side * 60.0, x + side * 30.0);
        boxed(s, Rect::new(column - 34.0, 268.0, 68.0, 40.0), BLUE, &[name]);
        let low = x + side * 30.0;
        s.arrow((column - 7.0, 267.0), (end - 7.0, foot + 2.0), BLUE, 2.25);
        s.arrow((low - 7.0, 351.0), (column - 7.0, 310.0), BLUE, 2.25);
        if after {
            s.dashed_arrow((end + 8.0, foot), (column + 8.0, 266.0), VERMILION, 2.25, DASH);
            s.dashed_arrow((column + 8.0, 309.0), (low + 8.0, 350.0), VERMILION, 2.25, DASH);
            let anchor = if side < 0.0 { Anchor::End } else { Anchor::Start };
            s.text(slope, (x + side * 70.0, 240.0), TEXT, INK, anchor);
        }
    }
    boxed(s, Rect::new(x - 70.0, 352.0, 140.0, 34.0), BLUE, &["x, a network"]);
}

/// Draws a random node of the graph: an ellipse.
fn random_node(s: &mut Sketch, at: (f64, f64), (wide, high): (f64, f64), lines: &[&str]) {
    let angles = (0..=72).map(|i| f64::from(i) * std::f64::consts::TAU / 72.0);
    let ellipse: Vec<_> = angles.map(|a| (at.0 + wide * a.cos(), at.1 + high * a.sin())).collect();
    s.polygon(&ellipse, thin(MUTED, 0.1));
    s.line(&ellipse, MUTED, 1.75);
    stacked(s, at, lines);
}
