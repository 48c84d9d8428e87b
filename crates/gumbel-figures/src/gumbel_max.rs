//! Gumbel-max: the sums of one draw, and the shares of many draws.

use gumbel::{Key, gumbel_max, noise};
use gumbel_report::color::{BLUE, INK, MUTED, RULE, SKY, VERMILION, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke, TEXT};

use crate::kit::{Sign, WIDTH, legend, number};
use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "gumbel-max",
    title: "Gumbel-max: add noise, take the largest",
    caption: "An agent goes forward, back, left or right with probability 0.9, 0.05, 0.05 and 0. \
              Left and middle: two draws. Each arrow is the Gumbel noise g added to ln p; the \
              largest sum wins, most often forward, at times a rare way, and never right, whose \
              ln 0 no noise can lift. Right: the shares of 1,000 draws (discs) beside p (bars), \
              with p ± 2 standard deviations of such a share.",
    sketch,
};

const P: [f64; 4] = [0.9, 0.05, 0.05, 0.0];
const WAYS: [&str; 4] = ["forward", "back", "left", "right"];
const DRAWS: usize = 1000;
const KEY: Key = Key::new(20);

fn sketch() -> Result<Sketch, FigureError> {
    let logits = P.map(f64::ln);
    let winners = gumbel_max(&logits.repeat(DRAWS), 4, KEY)?;
    let mut sketch = Sketch::new(FIGURE.title, WIDTH, 330);
    // The first draw won by forward, and the first won by left.
    for (column, way) in [(0, 0), (1, 2)] {
        let draw = winners.iter().position(|&w| w == way).unwrap_or_default();
        let mut g = [0.0; 4];
        noise::gumbel_into(KEY, 4 * draw as u64, &mut g);
        let left = 40.0 + 245.0 * f64::from(column);
        one_draw(&mut sketch, left, &logits, &g, winners[draw])?;
    }
    legend(
        &mut sketch,
        (40.0, 318.0),
        &[
            (Sign::Line(Stroke::solid(MUTED)), "ln p"),
            (Sign::Arrow(BLUE), "noise g"),
            (Sign::Disc(BLUE), "ln p + g"),
            (Sign::Disc(VERMILION), "the largest: the choice"),
        ],
    );
    many_draws(&mut sketch, &winners)?;
    Ok(sketch)
}

fn ways() -> Result<Scale, FigureError> {
    let ticks = WAYS.iter().enumerate().map(|(i, way)| (i as f64, *way));
    Ok(Scale::linear(-0.5, 3.5, 4.0)?.with_ticks(ticks))
}

fn one_draw(
    sketch: &mut Sketch,
    left: f64,
    logits: &[f64; 4],
    g: &[f64; 4],
    winner: usize,
) -> Result<(), FigureError> {
    let area = Rect::new(left, 44.0, 205.0, 210.0);
    let panel = Panel::new(area, ways()?, Scale::linear(-5.2, 2.2, 4.0)?);
    panel.title(format!("One draw: {} wins", WAYS[winner])).axes(sketch);
    let best = logits[winner] + g[winner];
    panel.line(sketch, [(-0.5, best), (3.5, best)], Stroke::dotted(VERMILION).width(1.5));
    for (class, (&l, &g)) in logits.iter().zip(g).enumerate() {
        let x = class as f64;
        if l == f64::NEG_INFINITY {
            let (x, y) = panel.at((x, -5.2));
            sketch.arrow((x, y - 34.0), (x, y - 4.0), MUTED, 1.5);
            sketch.text("−∞", (x, y - 42.0), TEXT, MUTED, Anchor::Middle);
            continue;
        }
        let ((x, from), (_, to)) = (panel.at((x, l)), panel.at((x, l + g)));
        sketch.line(&[(x - 14.0, from), (x + 14.0, from)], MUTED, 2.5);
        let color = if class == winner { VERMILION } else { BLUE };
        sketch.arrow((x, from), (x, to + if g > 0.0 { 5.0 } else { -5.0 }), color, 2.0);
        sketch.disc((x, to), 5.0, color);
        let sign = if g > 0.0 { "+" } else { "" };
        let text = format!("{sign}{}", number(g, 1));
        let above = if g > 0.0 { to - 10.0 } else { from - 8.0 };
        sketch.text(text, (x, above), TEXT, INK, Anchor::Middle);
    }
    Ok(())
}

fn many_draws(sketch: &mut Sketch, winners: &[usize]) -> Result<(), FigureError> {
    let area = Rect::new(540.0, 44.0, 205.0, 210.0);
    let panel = Panel::new(area, ways()?, Scale::linear(0.0, 1.1, 5.0)?);
    panel.title("1,000 draws").axes(sketch);
    panel.bars(sketch, P.iter().zip(0_u8..).map(|(p, i)| bar(i, *p)), thin(SKY, 0.45));
    for (class, &p) in P.iter().enumerate() {
        let share = winners.iter().filter(|&&w| w == class).count() as f64 / DRAWS as f64;
        let (x, two) = (class as f64, 2.0 * (p * (1.0 - p) / DRAWS as f64).sqrt());
        if p > 0.0 {
            panel.error_bar(sketch, x, (p - two, p + two), RULE);
        }
        panel.points(sketch, [(x, share)], 4.0, BLUE);
        panel.note(sketch, number(share, 3), (x, share.max(p)), (0.0, -16.0), Anchor::Middle);
    }
    legend(sketch, (540.0, 318.0), &[(Sign::Box(SKY), "p"), (Sign::Disc(BLUE), "share of draws")]);
    Ok(())
}

fn bar(class: u8, p: f64) -> (f64, f64, f64) {
    (f64::from(class) - 0.32, f64::from(class) + 0.32, p)
}
