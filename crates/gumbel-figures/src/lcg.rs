//! Successive values of linear congruential generators, drawn as points.

use gumbel::textbook::{Lcg, LcgParameters};
use gumbel::{Key, noise};
use gumbel_report::color::{BLUE, Color, VERMILION, thin};
use gumbel_report::{Panel, Rect, Scale, Sketch};

use crate::kit::WIDTH;
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "lcg",
    title: "Random numbers fall mainly in the planes",
    caption: "Left: all 251 pairs of successive values of a small generator, x' = (33 x + 1) mod 251: they \
              lie on a lattice. Middle: 3,000 triples (u, v, w) of successive values of RANDU, \
              x' = 65539 x mod 2³¹, looked at along its planes: 9u − 6v + w is always a whole number, \
              so 15 planes hold every triple there is. Right: the same view of 3,000 triples of Philox, \
              which is what a Key of this library draws with: no planes.",
    chinese_title: "随机数大多落在若干平面上",
    sketch,
};

const TRIPLES: usize = 3000;

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 312);
    let small = LcgParameters::new(33, 1, 251)?;
    let mut small = Lcg::new(small, 0)?;
    let mut last = small.next_uniform();
    let pairs: Vec<_> = (0..251)
        .map(|_| {
            let next = small.next_uniform();
            (std::mem::replace(&mut last, next), next)
        })
        .collect();
    let unit = || Scale::linear(0.0, 1.0, 2.0);
    let panel = Panel::new(Rect::new(36.0, 54.0, 150.0, 200.0), unit()?, unit()?);
    let title = language.of("modulus 251: pairs", "模 251：数对");
    let next = language.of("next u", "下一个 u");
    panel.title(title).x_label("u").y_label(next).axes(&mut sketch);
    panel.points(&mut sketch, pairs, 2.25, BLUE);

    let mut randu = Lcg::new(LcgParameters::RANDU, 1)?;
    let numbers: Vec<f64> = (0..3 * TRIPLES).map(|_| randu.next_uniform()).collect();
    along_the_planes(
        &mut sketch,
        0,
        language.of("RANDU: triples", "RANDU：三元组"),
        &numbers,
        VERMILION,
    )?;
    let mut numbers = vec![0.0; 3 * TRIPLES];
    noise::uniform_into(Key::new(1), 0, &mut numbers);
    along_the_planes(
        &mut sketch,
        1,
        language.of("Philox: triples", "Philox：三元组"),
        &numbers,
        BLUE,
    )?;
    Ok(sketch)
}

/// Draws u against 9 u - 6 v + w, which is a whole number for RANDU, as w = 6 v - 9 u mod 1.
fn along_the_planes(
    sketch: &mut Sketch,
    column: u8,
    title: &str,
    numbers: &[f64],
    color: Color,
) -> Result<(), FigureError> {
    let area = Rect::new(236.0 + 198.0 * f64::from(column), 54.0, 150.0, 200.0);
    let panel = Panel::new(area, Scale::linear(0.0, 1.0, 2.0)?, Scale::linear(-6.0, 10.0, 4.0)?);
    panel.title(title).x_label("u").y_label("9u − 6v + w").axes(sketch);
    let points = numbers.chunks_exact(3).map(|t| (t[0], 9.0 * t[0] - 6.0 * t[1] + t[2]));
    panel.points(sketch, points, 1.25, thin(color, 0.6));
    Ok(())
}
