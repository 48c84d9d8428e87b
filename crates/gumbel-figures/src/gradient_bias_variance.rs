//! Bias and spread of the relaxed gradients by temperature, compared with REINFORCE.

use gumbel::relax::{gumbel_softmax_vjp_into, straight_through_gumbel_softmax_into};
use gumbel::{Key, gumbel_max};
use gumbel_report::color::{BLUE, GREEN, ORANGE, VERMILION};
use gumbel_report::{Panel, Rect, Scale, Sketch, Stroke};

use crate::kit::{Sign, WIDTH, legend, ring};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "gradient-bias-variance",
    title: "Bias against spread: the price of the temperature",
    caption: "The gradient of the expected cost of a choice among three classes, estimated in three \
              ways and compared with its exact value (by enumeration); all in units of the length of \
              that. Left: the bias. Middle: the spread of one estimate (root of its total variance). \
              Right: the error of the mean of 100 estimates, as in a step of training: a low τ \
              has little bias and much spread, a high one the reverse, and the best lies between. \
              REINFORCE has neither bias nor temperature, and for one choice with a small cost it wins; \
              but a constant added to the cost multiplies its spread, and leaves the other two as they \
              are. 200,000 draws each; bars are ± 2 standard errors.",
    chinese_title: "偏差与离散：温度的代价",
    sketch,
};

const P: [f64; 3] = [0.5, 0.3, 0.2];
/// The cost of a mixture y is (sum of WEIGHTS y - TARGET)^2.
const WEIGHTS: [f64; 3] = [0.0, 1.0, 2.0];
const TARGET: f64 = 0.4;
/// A constant added to the cost: it changes neither the gradient nor a path-wise estimate.
const RAISED: f64 = 5.0;
const DRAWS: usize = 200_000;
const PART: usize = 10_000;
const BATCH: f64 = 100.0;
const TAUS: [f64; 11] = [0.1, 0.15, 0.25, 0.4, 0.6, 1.0, 1.5, 2.5, 4.0, 6.0, 10.0];

fn cost(y: &[f64]) -> f64 {
    let off = WEIGHTS.iter().zip(y).map(|(w, y)| w * y).sum::<f64>() - TARGET;
    off * off
}

fn cost_gradient(y: &[f64]) -> [f64; 3] {
    let off = WEIGHTS.iter().zip(y).map(|(w, y)| w * y).sum::<f64>() - TARGET;
    WEIGHTS.map(|w| 2.0 * off * w)
}

fn one_hot(class: usize) -> [f64; 3] {
    [0, 1, 2].map(|i| f64::from(u8::from(i == class)))
}

/// The gradient of sum p_i f(i) with respect to the logits: p_i (f(i) - sum p f).
fn exact_gradient() -> [f64; 3] {
    let costs = [0, 1, 2].map(|i| cost(&one_hot(i)));
    let mean: f64 = P.iter().zip(costs).map(|(p, f)| p * f).sum();
    [0, 1, 2].map(|i| P[i] * (costs[i] - mean))
}

/// Sums of estimates and of their squared lengths.
#[derive(Clone, Copy, Default)]
struct Moments {
    n: f64,
    sum: [f64; 3],
    squares: f64,
}

/// Bias, its standard error, spread, and the error of a batch mean, in units of the length of the exact
/// gradient.
struct Quality {
    bias: f64,
    error: f64,
    spread: f64,
    batch: f64,
}

impl Moments {
    fn add(&mut self, estimate: &[f64]) {
        self.n += 1.0;
        self.sum.iter_mut().zip(estimate).for_each(|(sum, e)| *sum += e);
        self.squares += estimate.iter().map(|e| e * e).sum::<f64>();
    }

    fn quality(&self) -> Quality {
        let exact = exact_gradient();
        let length = exact.iter().map(|e| e * e).sum::<f64>().sqrt();
        let mean = self.sum.map(|sum| sum / self.n);
        let variance = self.squares / self.n - mean.iter().map(|m| m * m).sum::<f64>();
        let off: f64 = mean.iter().zip(exact).map(|(m, e)| (m - e) * (m - e)).sum();
        // Sampling alone makes the squared error of the mean of n draws variance / n.
        let square = (off - variance / self.n).max(0.0);
        Quality {
            bias: square.sqrt() / length,
            error: (variance / self.n).sqrt() / length,
            spread: variance.sqrt() / length,
            batch: (square + variance / BATCH).sqrt() / length,
        }
    }
}

/// The moments of the relaxed and the straight-through estimator, on the same draws.
fn pathwise(tau: f64, key: Key) -> Result<[Moments; 2], FigureError> {
    let logits = P.map(f64::ln).repeat(PART);
    let n = logits.len();
    let (mut hard, mut soft) = (vec![0.0; n], vec![0.0; n]);
    let (mut dy, mut dlogits) = (vec![0.0; n], vec![0.0; n]);
    let mut moments = [Moments::default(); 2];
    for part in 0..DRAWS / PART {
        let key = key.fold_in(part as u64);
        straight_through_gumbel_softmax_into(&logits, 3, tau, key, &mut hard, &mut soft)?;
        for (moments, at) in moments.iter_mut().zip([&soft, &hard]) {
            for (dy, y) in dy.chunks_exact_mut(3).zip(at.chunks_exact(3)) {
                dy.copy_from_slice(&cost_gradient(y));
            }
            gumbel_softmax_vjp_into(&soft, &dy, 3, tau, &mut dlogits)?;
            dlogits.chunks_exact(3).for_each(|estimate| moments.add(estimate));
        }
    }
    Ok(moments)
}

/// The REINFORCE estimator: f(z) times the gradient z - p of ln p(z).
fn reinforce(offset: f64, key: Key) -> Result<Moments, FigureError> {
    let mut moments = Moments::default();
    for class in gumbel_max(&P.map(f64::ln).repeat(DRAWS), 3, key)? {
        let z = one_hot(class);
        moments.add(&[0, 1, 2].map(|i| (cost(&z) + offset) * (z[i] - P[i])));
    }
    Ok(moments)
}

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut curves: [Vec<(f64, Quality)>; 2] = [Vec::new(), Vec::new()];
    for (number, tau) in TAUS.into_iter().enumerate() {
        let moments = pathwise(tau, Key::new(11).fold_in(number as u64))?;
        for (curve, moments) in curves.iter_mut().zip(moments) {
            curve.push((tau, moments.quality()));
        }
    }
    let score = reinforce(0.0, Key::new(12))?.quality();
    let raised = reinforce(RAISED, Key::new(12))?.quality();

    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 346);
    let panel = |column: f64, y: Scale| -> Result<Panel, FigureError> {
        let area = Rect::new(42.0 + 195.0 * column, 40.0, 152.0, 196.0);
        Ok(Panel::new(area, Scale::log(0.08, 12.5)?, y))
    };
    let titles = [
        ("Bias", "偏差"),
        ("Spread of one estimate", "单个估计的离散"),
        ("Error of a mean of 100", "100 个的均值的误差"),
    ];
    let titles = titles.map(|(english, chinese)| language.of(english, chinese));
    let scales = [
        Scale::linear(-0.05, 1.0, 5.0)?,
        Scale::log(0.01, 20.0)?,
        Scale::log(0.08, 2.0)?.with_ticks([
            (0.1, "0.1"),
            (0.2, "0.2"),
            (0.5, "0.5"),
            (1.0, "1"),
            (2.0, "2"),
        ]),
    ];
    let value: [fn(&Quality) -> f64; 3] = [|q| q.bias, |q| q.spread, |q| q.batch];
    let strokes = [Stroke::solid(BLUE), Stroke::dashed(VERMILION)];
    let flats = [Stroke::dotted(GREEN).width(3.0), Stroke::dashed(ORANGE).width(1.5)];
    for (column, (title, y)) in titles.into_iter().zip(scales).enumerate() {
        let panel = panel(column as f64, y)?;
        panel.title(title).x_label(language.of("temperature τ", "温度 τ")).axes(&mut sketch);
        for (quality, flat) in [&score, &raised].into_iter().zip(flats) {
            // Both are unbiased: a measured bias would be sampling error.
            let level = if column == 0 { 0.0 } else { value[column](quality) };
            panel.line(&mut sketch, [(0.08, level), (12.5, level)], flat);
        }
        for (curve, (stroke, color)) in
            curves.iter().zip(strokes.into_iter().zip([BLUE, VERMILION]))
        {
            let points = || curve.iter().map(|(tau, quality)| (*tau, value[column](quality)));
            panel.line(&mut sketch, points(), stroke);
            for point in points() {
                match color == BLUE {
                    true => sketch.disc(panel.at(point), 3.5, color),
                    false => ring(&mut sketch, panel.at(point), 3.25, color),
                }
            }
            if column == 0 {
                for (tau, q) in curve {
                    let two = 2.0 * q.error;
                    panel.error_bar(&mut sketch, *tau, (q.bias - two, q.bias + two), color);
                }
            }
        }
    }
    let [relaxed, through] = strokes.map(Sign::Line);
    let [score, raised] = flats.map(Sign::Line);
    let names = [
        ("relaxed: f(y) and its gradient", "松弛：f(y) 及其梯度"),
        ("straight-through: f(z), gradient of y", "直通：f(z)，y 的梯度"),
    ];
    let [first, second] = names.map(|(english, chinese)| language.of(english, chinese));
    let rows = [
        (310.0, [(relaxed, first), (score, "REINFORCE")]),
        (334.0, [(through, second), (raised, "REINFORCE, f + 5")]),
    ];
    for (height, entries) in rows {
        legend(&mut sketch, (42.0, height), &entries[..1]);
        legend(&mut sketch, (402.0, height), &entries[1..]);
    }
    Ok(sketch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gumbel::oracle;

    #[test]
    fn the_exact_gradient_equals_finite_differences_of_the_expected_cost() {
        let expected = |l: &[f64]| -> f64 {
            let p = oracle::softmax(l);
            (0..3).map(|i| p[i] * cost(&one_hot(i))).sum()
        };
        let numeric = oracle::finite_difference(expected, &P.map(f64::ln), 1e-5);
        for (ours, numeric) in exact_gradient().iter().zip(numeric) {
            assert!((ours - numeric).abs() < 1e-9, "{ours} {numeric}");
        }
        let y = [0.2, 0.5, 0.3];
        for (ours, numeric) in
            cost_gradient(&y).iter().zip(oracle::finite_difference(cost, &y, 1e-5))
        {
            assert!((ours - numeric).abs() < 1e-9, "{ours} {numeric}");
        }
    }

    /// The squared bias is corrected for variance, so it is near 0 for an unbiased estimator: within six
    /// standard errors of the mean, a false-alarm rate below 1e-6.
    #[test]
    fn reinforce_has_no_bias_and_a_warm_relaxation_has() {
        let score = reinforce(0.0, Key::new(1)).unwrap().quality();
        assert!(score.bias < 6.0 * score.error, "{}", score.bias);
        let [relaxed, through] = pathwise(2.5, Key::new(2)).unwrap().map(|m| m.quality());
        for quality in [relaxed, through] {
            assert!(quality.bias > 20.0 * quality.error, "{}", quality.bias);
        }
    }
}
