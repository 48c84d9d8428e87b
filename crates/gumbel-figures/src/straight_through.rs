//! Straight-through: hard forward, soft backward, with the numbers of one draw.

use gumbel::relax::{gumbel_softmax_vjp_into, straight_through_gumbel_softmax_into};
use gumbel::{Key, noise};
use gumbel_report::color::{BLUE, INK, MUTED, RULE, VERMILION};
use gumbel_report::{Anchor, Rect, Sketch, TEXT};

use crate::kit::{WIDTH, boxed, number};
use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "straight-through",
    title: "Straight-through: hard forward, soft backward",
    caption: "One draw of three classes with p = (0.5, 0.3, 0.2) at τ = 0.5. Forward (blue), the cost \
              f sees the one-hot choice. The argmax has no derivative, so backward (dashed) the \
              gradient of f is handed to the relaxed sample y as if y had been used, and goes through \
              the softmax to the logits. The numbers are those of the functions of this library; f is \
              the squared distance to (0, 1, 0).",
    sketch,
};

const P: [f64; 3] = [0.5, 0.3, 0.2];
const TARGET: [f64; 3] = [0.0, 1.0, 0.0];
const TAU: f64 = 0.5;
const KEY: Key = Key::new(9);

fn sketch() -> Result<Sketch, FigureError> {
    let logits = P.map(f64::ln);
    let (mut g, mut hard, mut soft) = ([0.0; 3], [0.0; 3], [0.0; 3]);
    noise::gumbel_into(KEY, 0, &mut g);
    straight_through_gumbel_softmax_into(&logits, 3, TAU, KEY, &mut hard, &mut soft)?;
    let cost: f64 = hard.iter().zip(TARGET).map(|(d, t)| (d - t) * (d - t)).sum();
    let dhard = [0, 1, 2].map(|i| 2.0 * (hard[i] - TARGET[i]));
    let mut dlogits = [0.0; 3];
    gumbel_softmax_vjp_into(&soft, &dhard, 3, TAU, &mut dlogits)?;
    let x = [0, 1, 2].map(|i| logits[i] + g[i]);

    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 320);
    let s = &mut sketch;
    let (top, low) = (58.0, 196.0);
    boxed(s, Rect::new(6.0, top, 164.0, 62.0), BLUE, &["logits ℓ = ln p", &row(&logits, 2)]);
    boxed(s, Rect::new(206.0, top, 164.0, 62.0), BLUE, &["x = ℓ + g", &row(&x, 2)]);
    boxed(s, Rect::new(464.0, top, 122.0, 62.0), BLUE, &["one-hot z", &row(&hard, 0)]);
    let f = format!("f = {}", number(cost, 2));
    boxed(s, Rect::new(664.0, top, 84.0, 62.0), BLUE, &["cost f(z)", &f]);
    boxed(s, Rect::new(450.0, low, 144.0, 62.0), RULE, &["relaxed y", &row(&soft, 2)]);
    let middle = top + 31.0;
    for (from, to) in [(170.0, 204.0), (370.0, 462.0), (586.0, 662.0)] {
        s.arrow((from, middle), (to, middle), BLUE, 2.25);
    }
    s.text("argmax", (416.0, middle - 10.0), TEXT, INK, Anchor::Middle);
    let noise = format!("noise g = {}", row(&g, 2));
    s.text(noise, (287.0, 20.0), TEXT, INK, Anchor::Middle);
    s.arrow((287.0, 26.0), (287.0, top - 2.0), BLUE, 2.25);
    // The softmax branch.
    s.line(&[(316.0, top + 62.0), (316.0, low + 22.0)], MUTED, 1.5);
    s.arrow((316.0, low + 22.0), (448.0, low + 22.0), MUTED, 1.5);
    s.text("softmax(x / τ)", (383.0, low + 14.0), TEXT, INK, Anchor::Middle);
    // Backward.
    let dash = (6.0, 5.0);
    let down = 706.0;
    s.dashed(&[(down, top + 62.0), (down, low + 31.0)], VERMILION, 2.25, dash);
    s.dashed_arrow((down, low + 31.0), (596.0, low + 31.0), VERMILION, 2.25, dash);
    s.text("∂f/∂z", (down - 8.0, low - 34.0), TEXT, INK, Anchor::End);
    s.text(row(&dhard, 0), (down - 8.0, low - 16.0), TEXT, MUTED, Anchor::End);
    s.dashed(&[(450.0, low + 44.0), (258.0, low + 44.0)], VERMILION, 2.25, dash);
    s.dashed_arrow((258.0, low + 44.0), (258.0, top + 64.0), VERMILION, 2.25, dash);
    s.text("∂f/∂ℓ = y (∂f/∂z − y·∂f/∂z) / τ", (300.0, low + 66.0), TEXT, INK, Anchor::Middle);
    s.text(row(&dlogits, 2), (300.0, low + 84.0), TEXT, MUTED, Anchor::Middle);
    s.dashed_arrow((206.0, top + 48.0), (172.0, top + 48.0), VERMILION, 2.25, dash);
    s.text("forward", (52.0, 300.0), TEXT, INK, Anchor::Start);
    s.arrow((12.0, 295.5), (44.0, 295.5), BLUE, 2.25);
    s.text("backward", (180.0, 300.0), TEXT, INK, Anchor::Start);
    s.dashed_arrow((138.0, 295.5), (172.0, 295.5), VERMILION, 2.25, dash);
    Ok(sketch)
}

fn row(values: &[f64; 3], digits: usize) -> String {
    let texts = values.map(|v| number(v, digits));
    format!("({})", texts.join(", "))
}
