//! Rejection sampling: uniform points under a curve.

use gumbel::textbook::{Proposal, Rejection};
use gumbel::{Key, noise};
use gumbel_report::color::{BLUE, INK, MUTED, ORANGE, SKY, thin};
use gumbel_report::{Panel, Rect, Scale, Sketch, Stroke};

use crate::kit::{Sign, WIDTH, grid, histogram, legend};
use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "rejection",
    title: "Rejection sampling: throw at a box, keep what falls under the curve",
    caption: "Left: 800 points, uniform in a box that holds the target f, a density with two bumps that \
              need not be normalised. Points under the curve are kept, their x is a sample; the others \
              are thrown away. Right: 20,000 samples of the library's sampler beside the normalised \
              density. The rate of acceptance is the share of the box that lies under the curve.",
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

fn sketch() -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 330);
    let x_scale = || Scale::linear(LOW, HIGH, 8.0);
    let curve = |factor: f64| grid(320, (LOW, HIGH)).map(move |x| (x, factor * target(x)));

    let area = Rect::new(44.0, 44.0, 325.0, 210.0);
    let panel = Panel::new(area, x_scale()?, Scale::linear(0.0, 1.2, 4.0)?);
    panel.title("800 points in a box").x_label("x").axes(&mut sketch);
    let mut u = vec![0.0; 2 * POINTS];
    noise::uniform_into(Key::new(5), 0, &mut u);
    let at = |u: &[f64]| (LOW + (HIGH - LOW) * u[0], TOP * u[1]);
    let points = || u.chunks_exact(2).map(at);
    let kept = |&(x, y): &(f64, f64)| y < target(x);
    panel.points(&mut sketch, points().filter(|p| !kept(p)), 1.75, thin(MUTED, 0.55));
    panel.points(&mut sketch, points().filter(kept), 2.25, BLUE);
    panel.line(&mut sketch, curve(1.0), Stroke::solid(INK));
    panel.line(&mut sketch, [(LOW, TOP), (HIGH, TOP)], Stroke::dashed(ORANGE));
    let entries = [(Sign::Disc(BLUE), "kept"), (Sign::Disc(MUTED), "thrown away")];
    legend(&mut sketch, (44.0, 320.0), &entries);
    legend(&mut sketch, (230.0, 320.0), &[(Sign::Line(Stroke::dashed(ORANGE)), "top of the box")]);

    let sampler = Rejection::new(target, Proposal::uniform(LOW, HIGH)?, TOP * (HIGH - LOW))?;
    let drawn = sampler.sample_many(SAMPLES, &mut Key::new(6).rng())?;
    let heights = histogram(&drawn.values, (LOW, HIGH), BINS);
    let area = Rect::new(420.0, 44.0, 325.0, 210.0);
    let panel = Panel::new(area, x_scale()?, Scale::linear(0.0, 0.4, 4.0)?);
    let title = format!("20,000 samples; {:.1} % of the tries kept", 100.0 * drawn.rate());
    panel.title(title).x_label("x").axes(&mut sketch);
    let bin = (HIGH - LOW) / BINS as f64;
    panel.histogram(&mut sketch, (LOW, bin), &heights, thin(SKY, 0.7));
    let area: f64 = curve(1.0).map(|(_, y)| y).sum::<f64>() * (HIGH - LOW) / 320.0;
    panel.line(&mut sketch, curve(1.0 / area), Stroke::solid(INK));
    let entries = [(Sign::Box(SKY), "samples"), (Sign::Line(Stroke::solid(INK)), "density")];
    legend(&mut sketch, (420.0, 320.0), &entries);
    Ok(sketch)
}
