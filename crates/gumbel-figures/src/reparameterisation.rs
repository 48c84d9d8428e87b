//! The computation graph before and after re-parameterisation, with the paths of gradients.

use gumbel_report::color::{BLUE, INK, MUTED, VERMILION, thin};
use gumbel_report::{Anchor, Rect, Sketch, TEXT};

use crate::kit::{WIDTH, boxed, stacked};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "reparameterisation",
    title: "Re-parameterisation: move the randomness to the edge",
    caption: "A network turns x into μ and σ, a value z is drawn from N(μ, σ²), and a cost f(z) \
              follows. Before: z is the output of a random node, which has no derivative, so the \
              gradient of f stops there. After: the same z, written as μ + σε with ε from N(0, 1). \
              The random node is now an input that needs no gradient, and the gradient of f passes \
              to μ, to σ, and on to x.",
    chinese_title: "重参数化：把随机性移到边上",
    sketch,
};

const DASH: (f64, f64) = (6.0, 5.0);
/// The middle of each graph.
const BEFORE: f64 = 104.0;
const AFTER: f64 = 416.0;

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 424);
    let s = &mut sketch;
    graph(s, BEFORE, false, language);
    let (x, y) = (BEFORE, 176.0);
    let drawn = language.of("z drawn from", "z 抽自");
    random_node(s, (x, y), (62.0, 40.0), &[drawn, "N(μ, σ²)"]);
    // No gradient passes the random node.
    s.dashed_arrow((x + 18.0, 103.0), (x + 18.0, y - 40.0), VERMILION, 2.25, DASH);
    for slope in [-8.0, 8.0] {
        s.line(&[(x - 8.0, y + 62.0 - slope), (x + 8.0, y + 62.0 + slope)], VERMILION, 3.0);
    }
    let lines =
        [("no derivative:", "没有导数："), ("the gradient", "梯度"), ("stops here", "到此为止")];
    for (line, (english, chinese)) in [0.0, 18.0, 36.0].into_iter().zip(lines) {
        let text = language.of(english, chinese);
        s.text(text, (x + 72.0, y - 14.0 + line), TEXT, INK, Anchor::Start);
    }

    graph(s, AFTER, true, language);
    let x = AFTER;
    boxed(s, Rect::new(x - 70.0, y - 26.0, 140.0, 52.0), BLUE, &["z = μ + σ ε"]);
    let from = language.of("ε from", "ε 抽自");
    random_node(s, (x + 138.0, y), (40.0, 34.0), &[from, "N(0, 1)"]);
    s.arrow((x + 97.0, y), (x + 72.0, y), BLUE, 2.25);
    s.dashed_arrow((x + 18.0, 103.0), (x + 18.0, y - 27.0), VERMILION, 2.25, DASH);
    s.arrow((10.0, 409.5), (42.0, 409.5), BLUE, 2.25);
    s.text(language.of("values", "数值"), (50.0, 414.0), TEXT, INK, Anchor::Start);
    s.dashed_arrow((150.0, 409.5), (184.0, 409.5), VERMILION, 2.25, DASH);
    s.text(language.of("gradients", "梯度"), (192.0, 414.0), TEXT, INK, Anchor::Start);
    Ok(sketch)
}

/// Draws the parts that both graphs have.
fn graph(s: &mut Sketch, x: f64, after: bool, language: Language) {
    let title = match after {
        true => language.of("After: z is computed", "之后：z 是算出来的"),
        false => language.of("Before: z is sampled", "之前：z 是抽出来的"),
    };
    s.text(title, (x - 94.0, 24.0), TEXT + 1.0, INK, Anchor::Start);
    boxed(
        s,
        Rect::new(x - 70.0, 52.0, 140.0, 50.0),
        BLUE,
        &[language.of("cost f(z)", "代价 f(z)")],
    );
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
            s.text(slope, (x + side * 62.0, 240.0), TEXT, INK, anchor);
        }
    }
    boxed(
        s,
        Rect::new(x - 70.0, 352.0, 140.0, 34.0),
        BLUE,
        &[language.of("x, a network", "x，网络")],
    );
}

/// Draws a random node of the graph: an ellipse.
fn random_node(s: &mut Sketch, at: (f64, f64), (wide, high): (f64, f64), lines: &[&str]) {
    let angles = (0..=72).map(|i| f64::from(i) * std::f64::consts::TAU / 72.0);
    let ellipse: Vec<_> = angles.map(|a| (at.0 + wide * a.cos(), at.1 + high * a.sin())).collect();
    s.polygon(&ellipse, thin(MUTED, 0.1));
    s.line(&ellipse, MUTED, 1.75);
    stacked(s, at, lines);
}
