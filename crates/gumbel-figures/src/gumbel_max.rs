//! Gumbel-max: the sums of two draws, and the shares of many draws.

use gumbel::{Key, gumbel_max, noise};
use gumbel_report::color::{BLUE, INK, MUTED, SKY, VERMILION, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke, TEXT};

use crate::kit::{Sign, WIDTH, legend, legend_right, number, ring};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "gumbel-max",
    title: "Gumbel-max: add noise, take the largest",
    caption: "An agent goes forward, back, left or right with probability 0.9, 0.05, 0.05 and 0. \
              Above: two draws, the first that of the table. Each arrow is the Gumbel noise g added \
              to ln p; the largest sum wins, most often forward, at times a rare way, and never \
              right, whose ln 0 no noise can lift. Below: the shares of 100 draws (discs) beside p \
              (bars), with p ± 2 standard deviations of such a share.",
    chinese_title: "Gumbel-max：加上噪声，取最大者",
    sketch,
};

const P: [f64; 4] = [0.9, 0.05, 0.05, 0.0];
const WAYS: [(&str, &str); 4] =
    [("forward", "前进"), ("back", "后退"), ("left", "左转"), ("right", "右转")];
const DRAWS: usize = 100;
/// The key of the draw that the book works through.
const KEY: Key = Key::new(66);

/// A draw: its noise and the class that wins.
struct Draw {
    g: [f64; 4],
    winner: usize,
}

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let logits = P.map(f64::ln);
    let winners = gumbel_max(&logits.repeat(DRAWS), 4, KEY)?;
    let draw = |row: usize| {
        let mut g = [0.0; 4];
        noise::gumbel_into(KEY, 4 * row as u64, &mut g);
        Draw { g, winner: winners[row] }
    };
    // The draw of the book, and the first that forward wins and whose arrows are all long enough to see.
    let clear = |&row: &usize| winners[row] == 0 && draw(row).g[..3].iter().all(|g| g.abs() > 0.5);
    let usual = (0..DRAWS).find(clear).unwrap_or_default();
    let draws = [draw(0), draw(usual)];
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 548);
    let ends = draws.iter().flat_map(|draw| (0..3).map(|i| logits[i] + draw.g[i]));
    let (low, high) = ends
        .chain(logits[..3].iter().copied())
        .fold((0.0, 0.0), |(low, high), x| (f64::min(low, x), f64::max(high, x)));
    for (draw, left) in draws.iter().zip([40.0, 346.0]) {
        let area = Rect::new(left, 36.0, 246.0, 236.0);
        let panel = Panel::new(area, ways(language)?, Scale::linear(low - 0.7, high + 0.9, 5.0)?);
        one_draw(&mut sketch, &panel, &logits, draw, language);
    }
    let entries = [
        (Sign::Line(Stroke::solid(MUTED).width(2.5)), "ln p"),
        (Sign::Arrow(BLUE), language.of("noise g", "噪声 g")),
        (Sign::Ring(BLUE), "ln p + g"),
        (Sign::Disc(VERMILION), language.of("the largest: the choice", "最大者：选中")),
    ];
    legend(&mut sketch, (40.0, 322.0), &entries);
    many_draws(&mut sketch, &winners, language)?;
    Ok(sketch)
}

fn ways(language: Language) -> Result<Scale, FigureError> {
    let name = |(english, chinese)| language.of(english, chinese);
    let ticks = WAYS.into_iter().zip(0_u8..).map(|(way, i)| (f64::from(i), name(way)));
    Ok(Scale::linear(-0.5, 3.5, 4.0)?.with_ticks(ticks))
}

fn one_draw(
    sketch: &mut Sketch,
    panel: &Panel,
    logits: &[f64; 4],
    draw: &Draw,
    language: Language,
) {
    let (english, chinese) = WAYS[draw.winner];
    let title = match language {
        Language::English => format!("One draw: {english} wins"),
        Language::Chinese => format!("一次抽样：{chinese}胜出"),
    };
    panel.title(title).axes(sketch);
    let best = logits[draw.winner] + draw.g[draw.winner];
    panel.line(sketch, [(-0.5, best), (3.5, best)], Stroke::dotted(VERMILION).width(1.5));
    for (class, (&l, &g)) in logits.iter().zip(&draw.g).enumerate() {
        let x = class as f64;
        if l == f64::NEG_INFINITY {
            let (x, y) = (panel.at((x, 0.0)).0, panel.area().bottom);
            sketch.arrow((x, y - 34.0), (x, y - 4.0), MUTED, 1.5);
            sketch.text("−∞", (x, y - 42.0), TEXT, MUTED, Anchor::Middle);
            continue;
        }
        let ((x, from), (_, to)) = (panel.at((x, l)), panel.at((x, l + g)));
        let down = if g > 0.0 { -1.0 } else { 1.0 };
        sketch.line(&[(x - 16.0, from), (x + 16.0, from)], MUTED, 2.5);
        let color = if class == draw.winner { VERMILION } else { BLUE };
        // The arrow touches the mark of its end, which does not cover it.
        sketch.arrow((x, from), (x, to - 5.5 * down), color, 2.0);
        match class == draw.winner {
            true => sketch.disc((x, to), 5.0, color),
            false => ring(sketch, (x, to), 4.5, color),
        }
        let text = format!("{}{}", if g > 0.0 { "+" } else { "" }, number(g, 2));
        // Behind the start of the arrow.
        let at = if g > 0.0 { from + 18.0 } else { from - 9.0 };
        sketch.text(text, (x, at), TEXT, INK, Anchor::Middle);
    }
}

fn many_draws(
    sketch: &mut Sketch,
    winners: &[usize],
    language: Language,
) -> Result<(), FigureError> {
    let area = Rect::new(40.0, 374.0, 552.0, 142.0);
    let panel = Panel::new(area, ways(language)?, Scale::linear(0.0, 1.1, 5.0)?);
    panel.title(language.of("100 draws", "100 次抽样")).axes(sketch);
    panel.bars(sketch, P.iter().zip(0_u8..).map(|(p, i)| bar(i, *p)), thin(SKY, 0.45));
    for (class, &p) in P.iter().enumerate() {
        let share = winners.iter().filter(|&&w| w == class).count() as f64 / DRAWS as f64;
        let (x, two) = (class as f64, 2.0 * (p * (1.0 - p) / DRAWS as f64).sqrt());
        if p > 0.0 {
            panel.error_bar(sketch, x, (p - two, p + two), INK);
        }
        // Beside the bar of error, so that neither hides the other.
        panel.points(sketch, [(x - 0.14, share)], 4.5, BLUE);
        panel.note(sketch, number(share, 2), (x + 0.1, share), (0.0, -9.0), Anchor::Start);
    }
    let entries = [
        (Sign::Box(thin(SKY, 0.45)), "p"),
        (Sign::Line(Stroke::solid(INK).width(1.5)), language.of("± 2 deviations", "± 2 个标准差")),
        (Sign::Disc(BLUE), language.of("share of draws", "抽样中的比例")),
    ];
    legend_right(sketch, (592.0, 362.0), &entries);
    Ok(())
}

fn bar(class: u8, p: f64) -> (f64, f64, f64) {
    (f64::from(class) - 0.32, f64::from(class) + 0.32, p)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the page: epsilon, and the winner.
    #[test]
    fn the_first_draw_is_that_of_the_book() {
        let mut g = [0.0_f64; 4];
        noise::gumbel_into(KEY, 0, &mut g);
        let epsilon = g.map(|g| ((-(-g).exp()).exp() * 1000.0).round());
        assert_eq!(epsilon, [129.0, 916.0, 180.0, 356.0]);
        assert_eq!(gumbel_max(&P.map(f64::ln), 4, KEY).unwrap(), [1]);
    }
}
