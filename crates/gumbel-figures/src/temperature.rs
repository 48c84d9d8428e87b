//! Expectations and samples by temperature: figure 1 of Jang, Gu and Poole, arXiv 1611.01144.

use gumbel::relax::straight_through_gumbel_softmax_into;
use gumbel::{Key, gumbel_softmax};
use gumbel_report::color::{BLUE, INK, MUTED, ORANGE};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke, TEXT};

use crate::kit::{Sign, WIDTH, legend};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "temperature",
    title: "From one-hot to uniform: the temperature",
    caption: "Gumbel-Softmax over seven classes, after figure 1 of Jang, Gu and Poole (2016). Lower \
              row: one sample, with the same noise in every column; it is one-hot for the categorical \
              law and flatter as τ grows. Upper row: the mean of 20,000 samples (bars) beside p \
              (ticks). At low τ the mean is close to p; at τ = 10 both sample and mean are \
              nearly uniform, and the largest class is still the same.",
    chinese_title: "从独热到均匀：温度",
    sketch,
};

const P: [f64; 7] = [0.05, 0.1, 0.35, 0.22, 0.15, 0.08, 0.05];
const SAMPLES: usize = 20_000;
/// The first sample is shown, so the key is one whose first sample has a likely largest class.
const KEY: Key = Key::new(29);

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let k = P.len();
    let logits = P.map(f64::ln).repeat(SAMPLES);
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 390);
    for (column, tau) in [None, Some(0.1), Some(0.5), Some(1.0), Some(10.0)].into_iter().enumerate()
    {
        let y = match tau {
            None => {
                let (mut hard, mut soft) = (vec![0.0; logits.len()], vec![0.0; logits.len()]);
                straight_through_gumbel_softmax_into(&logits, k, 1.0, KEY, &mut hard, &mut soft)?;
                hard
            }
            Some(tau) => gumbel_softmax(&logits, k, tau, KEY)?,
        };
        let mut mean = vec![0.0; k];
        for row in y.chunks_exact(k) {
            mean.iter_mut().zip(row).for_each(|(mean, y)| *mean += y / SAMPLES as f64);
        }
        let name = tau.map_or(language.of("categorical", "类别分布").to_owned(), |tau| {
            format!("τ = {tau}")
        });
        let left = 40.0 + 112.0 * column as f64;
        for (top, values, high) in [(40.0, &mean[..], 0.4), (208.0, &y[..k], 1.0)] {
            let y_scale = Scale::linear(0.0, high, 4.0)?;
            let bare: Vec<_> = y_scale.ticks().iter().map(|&(tick, _)| (tick, "")).collect();
            let y_scale = if column > 0 { y_scale.with_ticks(bare) } else { y_scale };
            let numbers = (1_u8..=7).map(|i| (f64::from(i), i.to_string()));
            let x_scale = Scale::linear(0.3, 7.7, 7.0)?.with_ticks(numbers);
            let panel = Panel::new(Rect::new(left, top, 100.0, 112.0), x_scale, y_scale);
            panel.title(if top < 100.0 { &name } else { "" }).axes(&mut sketch);
            let bars = values.iter().zip(1_u8..);
            let bars = bars.map(|(v, i)| (f64::from(i) - 0.36, f64::from(i) + 0.36, *v));
            panel.bars(&mut sketch, bars, if top < 100.0 { BLUE } else { ORANGE });
            if top < 100.0 {
                for (p, i) in P.iter().zip(1_u8..) {
                    let (x, y) = panel.at((f64::from(i), *p));
                    sketch.line(&[(x - 6.5, y), (x + 6.5, y)], INK, 2.0);
                }
            }
        }
    }
    sketch.text(language.of("class", "类别"), (314.0, 357.0), TEXT, MUTED, Anchor::Middle);
    let stroke = Stroke::solid(INK).width(2.0);
    legend(
        &mut sketch,
        (40.0, 380.0),
        &[
            (Sign::Box(BLUE), language.of("mean of the samples", "样本均值")),
            (Sign::Line(stroke), "p"),
            (Sign::Box(ORANGE), language.of("one sample", "一个样本")),
        ],
    );
    Ok(sketch)
}
