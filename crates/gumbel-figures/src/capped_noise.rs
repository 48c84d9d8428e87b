//! Why the tail of the noise must not be cut off.

use gumbel::distribution::Gumbel;
use gumbel::{Key, gumbel_max, noise};
use gumbel_report::color::{BLUE, INK, MUTED, VERMILION};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, Stroke};

use crate::kit::{Sign, WIDTH, grid, legend, ring};
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "capped-noise",
    title: "Why the tail of the noise matters",
    caption: "A uniform number that is cut to [1e−7, 0.999] before −ln(−ln u), as a safeguard against \
              infinities, makes noise that never exceeds 6.9. Left: the chance that the noise exceeds x. \
              Right: how often one class at logit 0 wins over many at −8, in 500 draws (± 2 standard \
              deviations of a correct sampler). Among 50,000 it should win 6 % of the time. Uncut \
              noise does; cut noise can lift none of the others by more than 6.9, and the one class \
              wins nearly always.",
    chinese_title: "为什么不能切掉噪声的尾部",
    sketch,
};

const CUT: (f32, f32) = (1e-7, 0.999);
const SMALL: [usize; 5] = [500, 2_000, 5_000, 20_000, 50_000];
const LOGIT: f32 = -8.0;
const DRAWS: u64 = 500;

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let mut sketch = Sketch::new(FIGURE.title_in(language), WIDTH, 346);
    tails(&mut sketch, language)?;
    shares(&mut sketch, language)?;
    let ours = language.of("Gumbel noise of this library", "本库的 Gumbel 噪声");
    let cut = language.of("from a uniform that is cut", "由截断的均匀随机数得到");
    let entries =
        [(Sign::Line(Stroke::solid(BLUE)), ours), (Sign::Line(Stroke::dashed(VERMILION)), cut)];
    legend(&mut sketch, (54.0, 312.0), &entries);
    legend(&mut sketch, (54.0, 336.0), &[(Sign::Line(Stroke::dotted(INK)), "softmax")]);
    Ok(sketch)
}

fn tails(sketch: &mut Sketch, language: Language) -> Result<(), FigureError> {
    let law = Gumbel::STANDARD;
    let area = Rect::new(54.0, 40.0, 232.0, 206.0);
    let y = Scale::log(1e-7, 1.0)?.with_ticks([
        (1.0, "1"),
        (1e-2, "0.01"),
        (1e-4, "1e−4"),
        (1e-6, "1e−6"),
    ]);
    let panel = Panel::new(area, Scale::linear(0.0, 16.0, 4.0)?, y);
    let title = language.of("Chance that the noise exceeds x", "噪声超过 x 的概率");
    panel.title(title).x_label("x").axes(sketch);
    let tail = |end: f64| grid(160, (0.0, end)).map(|x| (x, law.survival(x)));
    panel.line(sketch, tail(16.0), Stroke::solid(BLUE));
    let end = law.quantile(f64::from(CUT.1))?;
    panel.line(sketch, tail(end).chain([(end, 1e-7)]), Stroke::dashed(VERMILION));
    let ends = language.of("ends at 6.9", "到 6.9 为止");
    panel.note(sketch, ends, (end, 3e-7), (-8.0, 0.0), Anchor::End);
    Ok(())
}

fn shares(sketch: &mut Sketch, language: Language) -> Result<(), FigureError> {
    let area = Rect::new(348.0, 40.0, 240.0, 206.0);
    let x = Scale::log(350.0, 70_000.0)?.with_ticks([(1e3, "1,000"), (1e4, "10,000")]);
    let panel = Panel::new(area, x, Scale::linear(0.0, 1.05, 5.0)?);
    let title = language.of("How often the one class wins", "那一个类别胜出的比例");
    panel.title(title).x_label(language.of("classes at −8", "−8 的类别数")).axes(sketch);
    let exact = |n: f64| 1.0 / (1.0 + n * f64::from(LOGIT).exp());
    let sizes = grid(100, (0.0, 1.0)).map(|part| 350.0 * 200_f64.powf(part));
    panel.line(sketch, sizes.map(|n| (n, exact(n))), Stroke::dotted(INK));
    let (mut uncut, mut cut) = (Vec::new(), Vec::new());
    for (number, n) in SMALL.into_iter().enumerate() {
        let mut logits = vec![LOGIT; n + 1];
        logits[0] = 0.0;
        let mut noise = vec![0.0_f32; n + 1];
        let mut wins = [0_u64; 2];
        for draw in 0..DRAWS {
            let key = Key::new(70).fold_in(number as u64).fold_in(draw);
            wins[0] += u64::from(gumbel_max(&logits, n + 1, key)? == [0]);
            noise::uniform_into(key, 0, &mut noise);
            noise.iter_mut().for_each(|u| *u = -(-u.clamp(CUT.0, CUT.1).ln()).ln());
            wins[1] += u64::from(gumbel_max(&logits, n + 1, &noise)? == [0]);
        }
        let [a, b] = wins.map(|wins| wins as f64 / DRAWS as f64);
        uncut.push((n as f64, a));
        cut.push((n as f64, b));
        let p = exact(n as f64);
        let two = 2.0 * (p * (1.0 - p) / DRAWS as f64).sqrt();
        panel.error_bar(sketch, n as f64, (p - two, p + two), MUTED);
    }
    panel.line(sketch, cut.iter().copied(), Stroke::dashed(VERMILION));
    panel.points(sketch, cut, 4.0, VERMILION);
    for point in uncut {
        ring(sketch, panel.at(point), 4.0, BLUE);
    }
    Ok(())
}
