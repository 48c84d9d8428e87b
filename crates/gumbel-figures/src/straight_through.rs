//! Straight-through: hard forward, soft backward, with the numbers of one draw.

use gumbel::relax::{gumbel_softmax_vjp_into, straight_through_gumbel_softmax_into};
use gumbel::{Key, noise};
use gumbel_report::color::{BLUE, INK, MUTED, RULE, VERMILION};
use gumbel_report::{Anchor, Rect, Sketch, TEXT};

use crate::kit::{WIDTH, boxed, number};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "straight-through",
    title: "Straight-through: hard forward, soft backward",
    caption: "One draw of three classes with p = (0.5, 0.3, 0.2) at τ = 0.5. Forward (blue), the cost \
              f sees the one-hot choice. The argmax has no derivative, so backward (dashed) the \
              gradient of f is handed to the relaxed sample y as if y had been used, and goes through \
              the softmax to the logits. The numbers are those of the functions of this library; f is \
              the squared distance to (0, 1, 0).",
    chinese_title: "直通：前向用硬的，反向用软的",
    sketch,
};

const P: [f64; 3] = [0.5, 0.3, 0.2];
const TARGET: [f64; 3] = [0.0, 1.0, 0.0];
const TAU: f64 = 0.5;
const KEY: Key = Key::new(9);

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let logits = P.map(f64::ln);
    let (mut g, mut hard, mut soft) = ([0.0; 3], [0.0; 3], [0.0; 3]);
    noise::gumbel_into(KEY, 0, &mut g);
    straight_through_gumbel_softmax_into(&logits, 3, TAU, KEY, &mut hard, &mut soft)?;
    let cost: f64 = hard.iter().zip(TARGET).map(|(d, t)| (d - t) * (d - t)).sum();
    let dhard = [0, 1, 2].map(|i| 2.0 * (hard[i] - TARGET[i]));
    let mut dlogits = [0.0; 3];
    gumbel_softmax_vjp_into(&soft, &dhard, 3, TAU, &mut dlogits)?;
    let x = [0, 1, 2].map(|i| logits[i] + g[i]);

    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 446);
    let s = &mut sketch;
    // Three columns; the logits stand above x, the relaxed sample below the one-hot one.
    let (top, middle, low) = (14.0, 148.0, 292.0);
    let high = 60.0;
    boxed(s, Rect::new(8.0, top, 172.0, high), BLUE, &["logits ℓ = ln p", &row(&logits, 2)]);
    boxed(s, Rect::new(8.0, middle, 172.0, high), BLUE, &["x = ℓ + g", &row(&x, 2)]);
    let one_hot = language.of("one-hot z", "独热的 z");
    boxed(s, Rect::new(306.0, middle, 116.0, high), BLUE, &[one_hot, &row(&hard, 0)]);
    let f = format!("f = {}", number(cost, 2));
    let name = language.of("cost f(z)", "代价 f(z)");
    boxed(s, Rect::new(488.0, middle, 104.0, high), BLUE, &[name, &f]);
    let relaxed = language.of("relaxed y", "松弛的 y");
    boxed(s, Rect::new(286.0, low, 156.0, high), RULE, &[relaxed, &row(&soft, 2)]);
    // Forward.
    let line = middle + 0.5 * high;
    s.arrow((64.0, top + high), (64.0, middle - 2.0), BLUE, 2.25);
    for (from, to) in [(180.0, 304.0), (422.0, 486.0)] {
        s.arrow((from, line), (to, line), BLUE, 2.25);
    }
    s.text("argmax", (240.0, line - 10.0), TEXT, INK, Anchor::Middle);
    let plus = format!("{} g = {}", language.of("+ noise", "+ 噪声"), row(&g, 2));
    s.text(plus, (78.0, 116.0), TEXT, INK, Anchor::Start);
    // The softmax branch.
    s.line(&[(64.0, middle + high), (64.0, low + 22.0)], MUTED, 1.5);
    s.arrow((64.0, low + 22.0), (284.0, low + 22.0), MUTED, 1.5);
    s.text("softmax(x / τ)", (176.0, low + 12.0), TEXT, INK, Anchor::Middle);
    // Backward.
    let dash = (6.0, 5.0);
    let (down, up, back) = (540.0, 30.0, low + 42.0);
    s.dashed(&[(down, middle + high), (down, back)], VERMILION, 2.25, dash);
    s.dashed_arrow((down, back), (444.0, back), VERMILION, 2.25, dash);
    s.text("∂f/∂z", (down - 10.0, 242.0), TEXT, INK, Anchor::End);
    s.text(row(&dhard, 0), (down - 10.0, 260.0), TEXT, MUTED, Anchor::End);
    s.dashed(&[(286.0, back), (up, back)], VERMILION, 2.25, dash);
    s.dashed_arrow((up, back), (up, middle + high + 2.0), VERMILION, 2.25, dash);
    s.dashed_arrow((up, middle - 1.0), (up, top + high + 2.0), VERMILION, 2.25, dash);
    let slope = "∂f/∂ℓ = y (∂f/∂z − y·∂f/∂z) / τ";
    s.text(slope, (20.0, back + 40.0), TEXT, INK, Anchor::Start);
    s.text(row(&dlogits, 2), (20.0, back + 60.0), TEXT, MUTED, Anchor::Start);
    let foot = 430.0;
    s.arrow((20.0, foot - 4.5), (52.0, foot - 4.5), BLUE, 2.25);
    s.text(language.of("forward", "前向"), (60.0, foot), TEXT, INK, Anchor::Start);
    s.dashed_arrow((150.0, foot - 4.5), (184.0, foot - 4.5), VERMILION, 2.25, dash);
    s.text(language.of("backward", "反向"), (192.0, foot), TEXT, INK, Anchor::Start);
    Ok(sketch)
}

fn row(values: &[f64; 3], digits: usize) -> String {
    let texts = values.map(|v| number(v, digits));
    format!("({})", texts.join(", "))
}
