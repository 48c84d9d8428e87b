//! The density of the Gumbel law: made from a uniform number, and compared with a normal density.

use gumbel::distribution::{Gumbel, Normal};
use gumbel_report::color::{BLUE, GREEN, MUTED, VERMILION, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke};

use crate::kit::{Sign, WIDTH, grid, legend_right};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "gumbel-density",
    title: "The Gumbel law",
    caption: "Above: g = −ln(−ln u) turns a uniform u into Gumbel noise; equal steps of u (0.1) make \
              steps of g that widen to the right, and without end. Below: the density of the standard \
              Gumbel with its mode 0, median 0.367 and mean 0.577, beside the normal of the same mean \
              and variance. The upper tail falls like exp(−g), far slower than the normal's; the lower \
              falls like exp(−exp(−g)), far faster.",
    chinese_title: "Gumbel 分布",
    sketch,
};

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let law = Gumbel::STANDARD;
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 452);
    let grid = || grid(240, (-3.0, 6.0));

    let area = Rect::new(44.0, 36.0, 544.0, 150.0);
    let panel = Panel::new(area, Scale::linear(-3.0, 6.0, 9.0)?, Scale::linear(0.0, 1.0, 5.0)?);
    panel.title("u = exp(−exp(−g)), g = −ln(−ln u)").axes(&mut sketch);
    for tenth in 1..10_u8 {
        let u = f64::from(tenth) / 10.0;
        let g = law.quantile(u)?;
        let thin_line = Stroke::solid(VERMILION).width(0.9);
        panel.line(&mut sketch, [(-3.0, u), (g, u), (g, 0.0)], thin_line);
    }
    panel.line(&mut sketch, grid().map(|g| (g, law.cdf(g))), Stroke::solid(BLUE));

    let normal = Normal::new(law.mean(), law.standard_deviation())?;
    let area = Rect::new(44.0, 246.0, 544.0, 158.0);
    let panel = Panel::new(area, Scale::linear(-3.0, 6.0, 9.0)?, Scale::linear(0.0, 0.45, 4.0)?);
    panel.title(language.of("Density", "密度")).x_label("g").axes(&mut sketch);
    let edges: Vec<_> = grid().map(|g| (g, 0.0, law.density(g))).collect();
    panel.band(&mut sketch, &edges, thin(BLUE, 0.15));
    let curve = grid().map(|g| (g, normal.density(g)));
    panel.line(&mut sketch, curve, Stroke::dashed(MUTED));
    panel.line(&mut sketch, edges.iter().map(|e| (e.0, e.2)), Stroke::solid(BLUE));
    let marks = [
        (law.mode(), language.of("mode 0", "众数 0"), 0.425, Anchor::End, -8.0),
        (law.median(), language.of("median 0.367", "中位数 0.367"), 0.425, Anchor::Start, 8.0),
        (law.mean(), language.of("mean 0.577", "均值 0.577"), 0.376, Anchor::Start, 8.0),
    ];
    for (g, name, height, anchor, dx) in marks {
        panel.line(&mut sketch, [(g, 0.0), (g, height)], Stroke::solid(GREEN).width(1.25));
        panel.note(&mut sketch, name, (g, height), (dx, 6.0), anchor);
    }
    let entries = [
        (Sign::Line(Stroke::solid(BLUE)), "Gumbel"),
        (
            Sign::Line(Stroke::dashed(MUTED)),
            language.of("normal, same two moments", "正态，均值和方差相同"),
        ),
    ];
    legend_right(&mut sketch, (588.0, 234.0), &entries);
    Ok(sketch)
}
