//! The normal distribution: the same noise for two settings, and pathwise gradients against score gradients.

use gumbel::distribution::Normal;
use gumbel::sample::{normal_sample_of_sigma_into, normal_sample_of_sigma_vjp_into};
use gumbel::{Key, noise};
use gumbel_report::color::{BLUE, GREEN, INK, MUTED, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke, TEXT};

use crate::kit::{Sign, WIDTH, grid, histogram, legend, number, stroke};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "gaussian",
    title: "z = μ + σε: the noise stays, the sample moves",
    caption: "Above: ten draws of ε from N(0, 1), and the samples that they become for two settings of μ and σ. \
              A change of μ moves each sample by as much; a change of σ moves it by ε times as much: \
              that is the derivative. Below: 20,000 estimates of the derivative of the mean of z² \
              with respect to μ, at μ = σ = 1, where it is 2. Through the sample (2z) the estimates lie \
              close to it; from the score, z²(z − μ)/σ², which needs no derivative of the cost, they \
              scatter.",
    chinese_title: "z = μ + σε：噪声不变，样本移动",
    sketch,
};

const DRAWS: usize = 20_000;
/// The height of the histograms: a column above it is cut, with a sign and its height.
const TOP: f64 = 0.32;

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 548);
    samples(&mut sketch, language)?;
    gradients(&mut sketch, language)?;
    Ok(sketch)
}

fn samples(sketch: &mut Sketch, language: Language) -> Result<(), FigureError> {
    let mut eps = [0.0; 10];
    noise::normal_into(Key::new(3), 0, &mut eps);
    let rows = [(2.4, 0.0, 1.0, BLUE), (1.2, 1.5, 1.0, GREEN), (0.0, 1.5, 0.4, VERMILION)];
    let area = Rect::new(44.0, 36.0, 544.0, 220.0);
    let scale = Scale::linear(0.0, 3.5, 4.0)?.with_ticks::<&str>([]);
    let panel = Panel::new(area, Scale::linear(-3.0, 4.0, 7.0)?, scale);
    let title = language.of("The same ten ε, two settings", "同样的十个 ε，两组设定");
    panel.title(title).x_label(language.of("ε and z", "ε 与 z")).axes(sketch);
    let mut last: Option<(f64, Vec<f64>)> = None;
    for (foot, mu, sigma, color) in rows {
        let mut z = vec![0.0; eps.len()];
        normal_sample_of_sigma_into(&[mu; 10], &[sigma; 10], &eps, &mut z)?;
        let law = Normal::new(mu, sigma)?;
        let high = 0.62 / law.density(mu);
        let edges: Vec<_> =
            grid(140, (-3.0, 4.0)).map(|x| (x, foot, foot + high * law.density(x))).collect();
        if let Some((above, from)) = last {
            for (&a, &b) in from.iter().zip(&z) {
                let ends = [(a, above - 0.06), (b, foot + 0.06)];
                panel.line(sketch, ends, Stroke::solid(INK).width(0.75));
            }
        }
        panel.band(sketch, &edges, thin(color, 0.25));
        panel.line(sketch, edges.iter().map(|e| (e.0, e.2)), Stroke::solid(color));
        panel.points(sketch, z.iter().map(|&z| (z, foot + 0.06)), 4.0, color);
        let text = match (mu, sigma) {
            (0.0, 1.0) => "ε".to_owned(),
            _ => format!("μ = {mu}, σ = {sigma}"),
        };
        panel.note(sketch, text, (-2.9, foot + 0.34), (0.0, 0.0), Anchor::Start);
        last = Some((foot, z));
    }
    Ok(())
}

fn gradients(sketch: &mut Sketch, language: Language) -> Result<(), FigureError> {
    let (mu, sigma) = (vec![1.0; DRAWS], vec![1.0; DRAWS]);
    let noise_key = Key::new(4);
    let mut z = vec![0.0; DRAWS];
    normal_sample_of_sigma_into(&mu, &sigma, noise_key, &mut z)?;
    // The cost is z^2.
    let dz: Vec<f64> = z.iter().map(|z| 2.0 * z).collect();
    let (mut path, mut dsigma) = (vec![0.0; DRAWS], vec![0.0; DRAWS]);
    normal_sample_of_sigma_vjp_into(&dz, noise_key, &mut path, &mut dsigma)?;
    let score: Vec<f64> = z.iter().map(|z| z * z * (z - 1.0)).collect();

    let (low, high, bin) = (-10.0, 20.0, 0.5);
    let area = Rect::new(44.0, 354.0, 544.0, 140.0);
    let [score_bars, path_bars] = [&score, &path].map(|v| histogram(v, (low, high), 60));
    let panel = Panel::new(area, Scale::linear(low, high, 6.0)?, Scale::linear(0.0, TOP, 3.0)?);
    let title = language.of("Two estimates of a derivative", "一个导数的两种估计");
    let density = language.of("density", "密度");
    let estimate = language.of("estimate", "估计值");
    panel.title(title).x_label(estimate).y_label(density).axes(sketch);
    let names = [
        (&score, score_bars, VERMILION, language.of("from the score", "由得分函数")),
        (&path, path_bars, BLUE, language.of("through the sample", "穿过样本")),
    ];
    for (row, (values, heights, color, name)) in names.into_iter().enumerate() {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
        let beyond = values.iter().filter(|&&v| v < low || v >= high).count() as f64 / n;
        panel.histogram(sketch, (low, bin), &heights, thin(color, 0.55));
        let steps = heights.iter().zip(0_u32..).flat_map(|(&height, i)| {
            let x = low + bin * f64::from(i);
            [(x, height), (x + bin, height)]
        });
        panel.line(sketch, steps, stroke(color, row == 1).width(1.25));
        for (&height, i) in heights.iter().zip(0_u32..).filter(|column| *column.0 > TOP) {
            let text = format!("{} {}", language.of("up to", "高达"), number(height, 2));
            cut(sketch, &panel, (low + bin * f64::from(i), bin), text);
        }
        let (mean, spread) = (number(mean, 2), number(spread, 2));
        let share = number(100.0 * beyond, 1);
        let (first, second) = match language {
            Language::English => {
                (format!("mean {mean}, spread {spread}"), format!("{share} % beyond the axis"))
            }
            Language::Chinese => {
                (format!("均值 {mean}，标准差 {spread}"), format!("{share}% 在坐标轴之外"))
            }
        };
        let (x, y) = (366.0, 364.0 + 60.0 * row as f64);
        legend(sketch, (x, y), &[(Sign::Box(thin(color, 0.55)), name)]);
        sketch.text(first, (x + 18.0, y + 18.0), TEXT, MUTED, Anchor::Start);
        if beyond > 0.0 {
            sketch.text(second, (x + 18.0, y + 35.0), TEXT, MUTED, Anchor::Start);
        }
    }
    panel.line(sketch, [(2.0, 0.0), (2.0, TOP)], Stroke::dotted(INK).width(1.75));
    let exact = language.of("exact: 2", "真值：2");
    panel.note(sketch, exact, (2.0, TOP), (8.0, 10.0), Anchor::Start);
    Ok(())
}

/// Marks a column, from `x` on, as cut off at the top, with a text about its height beside it.
fn cut(sketch: &mut Sketch, panel: &Panel, (x, width): (f64, f64), text: String) {
    let ((left, top), (right, _)) = (panel.at((x, TOP)), panel.at((x + width, TOP)));
    for y in [top + 9.0, top + 15.0] {
        sketch.line(&[(left - 4.0, y + 4.0), (right + 4.0, y - 4.0)], WHITE, 2.5);
    }
    panel.note(sketch, text, (x, TOP), (-8.0, 14.0), Anchor::End);
}
