//! Rejection sampling: uniform points under a curve.

use gumbel::textbook::{Proposal, Rejection};
use gumbel::{Key, noise};
use gumbel_report::color::{BLUE, INK, MUTED, ORANGE, SKY, thin};
use gumbel_report::{Panel, Rect, Scale, Sketch, Stroke};

use crate::kit::{Sign, WIDTH, grid, histogram, legend_right};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "rejection",
    title: "Rejection sampling: throw at a box, keep what falls under the curve",
    caption: "Above: 800 points, uniform in a box that holds the target f, a density with two bumps that \
              need not be normalised. Points under the curve are kept, their x is a sample; the others \
              are thrown away. Below: 20,000 samples of the library's sampler beside the normalised \
              density. The rate of acceptance is the share of the box that lies under the curve.",
    chinese_title: "拒绝采样：往方框里投点，留下曲线下方的",
    sketch,
};

const LOW: f64 = -4.0;
const HIGH: f64 = 4.0;
/// The height of the box.
const TOP: f64 = 1.05;
const POINTS: usize = 800;
const SAMPLES: usize = 20_000;
const BINS: usize = 64;

/// The target density: two bumps, not normalised.
fn target(x: f64) -> f64 {
    let bump = |mean: f64, sigma: f64| (-0.5 * ((x - mean) / sigma).powi(2)).exp();
    bump(-1.2, 0.8) + 0.6 * bump(1.7, 0.5)
}

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 452);
    let x_scale = || Scale::linear(LOW, HIGH, 8.0);
    let curve = |factor: f64| grid(320, (LOW, HIGH)).map(move |x| (x, factor * target(x)));

    let area = Rect::new(44.0, 38.0, 544.0, 165.0);
    let panel = Panel::new(area, x_scale()?, Scale::linear(0.0, 1.2, 4.0)?);
    let title = language.of("800 points in a box", "方框里的 800 个点");
    panel.title(title).axes(&mut sketch);
    let mut u = vec![0.0; 2 * POINTS];
    noise::uniform_into(Key::new(5), 0, &mut u);
    let at = |u: &[f64]| (LOW + (HIGH - LOW) * u[0], TOP * u[1]);
    let points = || u.chunks_exact(2).map(at);
    let kept = |&(x, y): &(f64, f64)| y < target(x);
    panel.points(&mut sketch, points().filter(|p| !kept(p)), 1.75, thin(MUTED, 0.55));
    panel.points(&mut sketch, points().filter(kept), 2.25, BLUE);
    panel.line(&mut sketch, curve(1.0), Stroke::solid(INK));
    panel.line(&mut sketch, [(LOW, TOP), (HIGH, TOP)], Stroke::dashed(ORANGE));
    let entries = [
        (Sign::Disc(BLUE), language.of("kept", "留下")),
        (Sign::Disc(MUTED), language.of("thrown away", "丢弃")),
        (Sign::Line(Stroke::dashed(ORANGE)), language.of("top of the box", "方框的顶")),
    ];
    legend_right(&mut sketch, (588.0, 26.0), &entries);

    let sampler = Rejection::new(target, Proposal::uniform(LOW, HIGH)?, TOP * (HIGH - LOW))?;
    let drawn = sampler.sample_many(SAMPLES, &mut Key::new(6).rng())?;
    let heights = histogram(&drawn.values, (LOW, HIGH), BINS);
    let area = Rect::new(44.0, 262.0, 544.0, 140.0);
    let panel = Panel::new(area, x_scale()?, Scale::linear(0.0, 0.4, 4.0)?);
    let rate = format!("{:.1}", 100.0 * drawn.rate());
    let english = format!("20,000 samples; {rate} % of the tries kept");
    let chinese = format!("20,000 个样本；留下的占 {rate}%");
    let title = language.of(&english, &chinese);
    panel.title(title).x_label("x").axes(&mut sketch);
    let bin = (HIGH - LOW) / BINS as f64;
    panel.histogram(&mut sketch, (LOW, bin), &heights, thin(SKY, 0.7));
    let area: f64 = curve(1.0).map(|(_, y)| y).sum::<f64>() * (HIGH - LOW) / 320.0;
    panel.line(&mut sketch, curve(1.0 / area), Stroke::solid(INK));
    let entries = [
        (Sign::Box(SKY), language.of("samples", "样本")),
        (Sign::Line(Stroke::solid(INK)), language.of("density", "密度")),
    ];
    legend_right(&mut sketch, (588.0, 250.0), &entries);
    Ok(sketch)
}
