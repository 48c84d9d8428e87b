//! The highest of many normal values tends to a Gumbel law, slowly.

use gumbel::Key;
use gumbel::distribution::NormalMaximum;
use gumbel_maxima::GumbelFit;
use gumbel_report::color::{BLUE, INK, MUTED, SKY, VERMILION, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke, TEXT};

use crate::kit::{Sign, WIDTH, grid, histogram, legend, legend_right, number};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "heart-rate",
    title: "The highest heart rate of a day, nearly Gumbel",
    caption: "A heart rate is normal, with mean 70 and standard deviation 10 beats a minute, and is \
              measured 100, 10,000 or 1,000,000 times a day. Above: the highest value of each of \
              200,000 days as a histogram, and the density of the Gumbel law fitted to them. Below: \
              how far two Gumbel laws are from the truth. Each curve is the exact probability that \
              the highest value is below x, less the probability that the law gives: the fitted law \
              (solid), or the law with the constants of the textbook (dashed). The highest of 100 \
              values is not Gumbel, and more values help slowly: with 10,000 times as many a day, the \
              largest error of the fitted law falls to a third.",
    chinese_title: "一天里的最高心率，近似 Gumbel 分布",
    sketch,
};

const DAYS: usize = 200_000;
const SIZES: [(u64, &str); 3] = [(100, "100"), (10_000, "10,000"), (1_000_000, "1,000,000")];
const BINS: usize = 50;

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 516);
    let above = language.of("Density of the highest of a day's values", "一天里最高值的密度");
    let below = language.of(
        "Probability of a maximum below x: exact less Gumbel",
        "最大值小于 x 的概率：精确值减去 Gumbel",
    );
    let unit = language.of("beats a minute", "次/分钟");
    for (text, y) in [(above, 20.0), (below, 272.0)] {
        sketch.text(text, (10.0, y), TEXT + 1.0, INK, Anchor::Start);
    }
    for ((m, text), column) in SIZES.into_iter().zip(0_u32..) {
        let law = NormalMaximum::new(m, 70.0, 10.0)?;
        let mut days = vec![0.0; DAYS];
        law.sample_into(Key::new(60).fold_in(m), 0, &mut days);
        let fit = GumbelFit::of(&days)?.law();
        let left = 52.0 + 187.0 * f64::from(column);
        let (low, high) = (law.quantile(0.0005)?.floor(), law.quantile(0.9995)?.ceil());
        let x_scale = || Scale::linear(low, high, 3.0);
        let grid = || grid(200, (low, high));
        let name = match language {
            Language::English => format!("{text} a day"),
            Language::Chinese => format!("每天 {text} 次"),
        };

        let area = Rect::new(left, 56.0, 152.0, 136.0);
        let panel = Panel::new(area, x_scale()?, Scale::linear(0.0, 0.2, 4.0)?);
        panel.plain().x_label(unit).y_label(&name).axes(&mut sketch);
        let heights = histogram(&days, (low, high), BINS);
        let bin = (high - low) / BINS as f64;
        panel.histogram(&mut sketch, (low, bin), &heights, thin(SKY, 0.6));
        panel.line(&mut sketch, grid().map(|x| (x, fit.density(x))), Stroke::solid(INK));

        let area = Rect::new(left, 308.0, 152.0, 130.0);
        let ticks = [(-0.02, "−0.02"), (0.0, "0"), (0.02, "0.02"), (0.04, "0.04"), (0.06, "0.06")];
        let panel =
            Panel::new(area, x_scale()?, Scale::linear(-0.03, 0.08, 5.0)?.with_ticks(ticks));
        panel.plain().x_label(unit).y_label(name).axes(&mut sketch);
        let textbook = law.gumbel_approximation()?;
        panel.line(&mut sketch, [(low, 0.0), (high, 0.0)], Stroke::solid(MUTED).width(1.0));
        let curves = [(textbook, Stroke::dashed(VERMILION)), (fit, Stroke::solid(BLUE))];
        for (gumbel, stroke) in curves {
            let off = grid().map(|x| (x, law.cdf(x) - gumbel.cdf(x)));
            panel.line(&mut sketch, off, stroke);
        }
        let most = number(law.distance(&fit), 3);
        let most = match language {
            Language::English => format!("fitted: up to {most}"),
            Language::Chinese => format!("拟合：至多 {most}"),
        };
        panel.note(&mut sketch, most, (high, 0.08), (-2.0, 14.0), Anchor::End);
    }
    let solid = |color| Sign::Line(Stroke::solid(color));
    let entries = [
        (Sign::Box(thin(SKY, 0.6)), language.of("200,000 days", "200,000 天")),
        (solid(INK), language.of("fitted Gumbel", "拟合的 Gumbel")),
    ];
    legend_right(&mut sketch, (591.0, 20.0), &entries);
    let entries = [
        (solid(BLUE), language.of("less fitted Gumbel", "减去拟合的 Gumbel")),
        (
            Sign::Line(Stroke::dashed(VERMILION)),
            language.of("less textbook Gumbel", "减去教科书的 Gumbel"),
        ),
    ];
    legend(&mut sketch, (52.0, 504.0), &entries);
    Ok(sketch)
}
