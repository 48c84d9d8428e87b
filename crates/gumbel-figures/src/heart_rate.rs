//! The highest of many normal values tends to a Gumbel law, slowly.

use gumbel::Key;
use gumbel::distribution::NormalMaximum;
use gumbel_maxima::GumbelFit;
use gumbel_report::color::{BLUE, INK, MUTED, SKY, VERMILION, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke};

use crate::kit::{Sign, WIDTH, grid, histogram, legend, number};
use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "heart-rate",
    title: "The highest heart rate of a day, nearly Gumbel",
    caption: "A heart rate of 70 ± 10 beats a minute (normal), measured 100, 10,000 or 1,000,000 times a \
              day. Above: the highest value of each of 200,000 days, and the Gumbel law fitted to them. \
              Below: the exact probability that the maximum is below x minus that of the Gumbel law, \
              with fitted constants and with those of the textbook. The maximum of 100 values is not \
              Gumbel, and the deviation falls slowly: with 10,000 times as many values a day, that of \
              the fitted law falls to a third.",
    sketch,
};

const DAYS: usize = 200_000;
const SIZES: [(u64, &str); 3] = [(100, "100"), (10_000, "10,000"), (1_000_000, "1,000,000")];
const BINS: usize = 50;

fn sketch() -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 440);
    for ((m, text), column) in SIZES.into_iter().zip(0_u32..) {
        let law = NormalMaximum::new(m, 70.0, 10.0)?;
        let mut days = vec![0.0; DAYS];
        law.sample_into(Key::new(60).fold_in(m), 0, &mut days);
        let fit = GumbelFit::of(&days)?.law();
        let left = 54.0 + 246.0 * f64::from(column);
        let (low, high) = (law.quantile(0.0005)?.floor(), law.quantile(0.9995)?.ceil());
        let x_scale = || Scale::linear(low, high, 4.0);
        let grid = || grid(200, (low, high));

        let area = Rect::new(left, 44.0, 194.0, 150.0);
        let panel = Panel::new(area, x_scale()?, Scale::linear(0.0, 0.2, 4.0)?);
        panel.title(format!("{text} values a day")).axes(&mut sketch);
        let heights = histogram(&days, (low, high), BINS);
        let bin = (high - low) / BINS as f64;
        panel.histogram(&mut sketch, (low, bin), &heights, thin(SKY, 0.6));
        panel.line(&mut sketch, grid().map(|x| (x, fit.density(x))), Stroke::solid(INK));

        let area = Rect::new(left, 246.0, 194.0, 110.0);
        let ticks = [(-0.02, "−0.02"), (0.0, "0"), (0.02, "0.02"), (0.04, "0.04"), (0.06, "0.06")];
        let panel =
            Panel::new(area, x_scale()?, Scale::linear(-0.03, 0.08, 5.0)?.with_ticks(ticks));
        panel.plain().x_label("beats a minute").axes(&mut sketch);
        let textbook = law.gumbel_approximation()?;
        panel.line(&mut sketch, [(low, 0.0), (high, 0.0)], Stroke::solid(MUTED).width(1.0));
        let curves = [(textbook, Stroke::dashed(VERMILION)), (fit, Stroke::solid(BLUE))];
        for (gumbel, stroke) in curves {
            let off = grid().map(|x| (x, law.cdf(x) - gumbel.cdf(x)));
            panel.line(&mut sketch, off, stroke);
        }
        let most = format!("fitted: at most {}", number(law.distance(&fit), 3));
        panel.note(&mut sketch, most, (high, 0.08), (-2.0, 2.0), Anchor::End);
    }
    let solid = |color| Sign::Line(Stroke::solid(color));
    legend(
        &mut sketch,
        (54.0, 428.0),
        &[
            (Sign::Box(SKY), "days"),
            (solid(INK), "fitted Gumbel"),
            (solid(BLUE), "exact less fitted"),
            (Sign::Line(Stroke::dashed(VERMILION)), "exact less textbook"),
        ],
    );
    Ok(sketch)
}
