//! The normal distribution: the same noise for two settings, and pathwise gradients against score gradients.

use gumbel::distribution::Normal;
use gumbel::sample::{normal_sample_of_sigma_into, normal_sample_of_sigma_vjp_into};
use gumbel::{Key, noise};
use gumbel_report::color::{BLUE, GREEN, INK, MUTED, VERMILION, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke, TEXT};

use crate::kit::{Sign, WIDTH, grid, histogram, legend, number};
use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "gaussian",
    title: "z = μ + σε: the noise stays, the sample moves",
    caption: "Left: ten draws of ε from N(0, 1), and the samples that they become for two settings of μ and σ. \
              A change of μ moves each sample by as much; a change of σ moves it by ε times as much: \
              that is the derivative. Right: 20,000 estimates of the derivative of the mean of z² \
              with respect to μ, at μ = σ = 1, where it is 2. Through the sample (2z) the estimates lie \
              close to it; from the score, z²(z − μ)/σ², which needs no derivative of the cost, they \
              scatter.",
    sketch,
};

const DRAWS: usize = 20_000;

fn sketch() -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 304);
    samples(&mut sketch)?;
    gradients(&mut sketch)?;
    Ok(sketch)
}

fn samples(sketch: &mut Sketch) -> Result<(), FigureError> {
    let mut eps = [0.0; 10];
    noise::normal_into(Key::new(3), 0, &mut eps);
    let rows = [(2.4, 0.0, 1.0, BLUE), (1.2, 1.5, 1.0, GREEN), (0.0, 1.5, 0.4, VERMILION)];
    let area = Rect::new(20.0, 46.0, 330.0, 226.0);
    let scale = Scale::linear(0.0, 3.5, 4.0)?.with_ticks::<&str>([]);
    let panel = Panel::new(area, Scale::linear(-3.0, 4.0, 7.0)?, scale);
    panel.title("The same ten ε, two settings").axes(sketch);
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

fn gradients(sketch: &mut Sketch) -> Result<(), FigureError> {
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
    let area = Rect::new(410.0, 46.0, 335.0, 226.0);
    let scale = Scale::linear(0.0, 0.32, 3.0)?.with_ticks::<&str>([]);
    let panel = Panel::new(area, Scale::linear(low, high, 6.0)?, scale);
    panel.title("Two estimates of a derivative").axes(sketch);
    let mut names = Vec::new();
    for (values, color, name) in
        [(&score, VERMILION, "from the score"), (&path, BLUE, "through the sample")]
    {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let spread = (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
        let heights = histogram(values, (low, high), 60);
        panel.histogram(sketch, (low, bin), &heights, thin(color, 0.55));
        let (mean, spread) = (number(mean, 2), number(spread, 2));
        names.push((color, name, format!("mean {mean}, spread {spread}")));
    }
    panel.line(sketch, [(2.0, 0.0), (2.0, 0.3)], Stroke::dashed(INK).width(1.5));
    panel.note(sketch, "exact: 2", (2.0, 0.3), (6.0, 6.0), Anchor::Start);
    for (row, (color, name, text)) in names.iter().enumerate() {
        let (x, y) = (576.0, 108.0 + 48.0 * row as f64);
        legend(sketch, (x, y), &[(Sign::Box(*color), name)]);
        sketch.text(text, (x + 18.0, y + 18.0), TEXT, MUTED, Anchor::Start);
    }
    Ok(())
}
