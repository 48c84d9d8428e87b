//! Estimators over the temperature, on a cost that the slope at a corner says little about.

use std::sync::LazyLock;

use gumbel_compare::problem::Skewed;
use gumbel_compare::report::narrow_temperature;
use gumbel_compare::{CompareError, Row, Settings, over_temperature};
use gumbel_report::Sketch;

use crate::language::reworded;
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "estimator-temperature",
    title: "A cost far from quadratic: what the temperature does",
    caption: "One choice among ten classes, some of them rare, with a cost whose slope at a corner says little \
              about the other corners; all in units of the exact gradient. Left: the bias. Middle: the standard \
              deviation of one draw. Right: the error of the mean of 100 evaluations, the best temperature marked. \
              The relaxed samples (blue) tend to the truth as τ falls, at the price of noise. All others evaluate \
              the cost at corners alone, and are hardly nearer at any temperature than an estimate of zero, whose \
              error is 1. An open mark is a bias within three standard errors of 0, drawn at one; a number below \
              0.01 is drawn at 0.01. 65,536 draws for each point where no enumeration is possible.",
    chinese_title: "远非二次的代价：温度起什么作用",
    sketch,
};

const DRAWS: u64 = 1 << 16;

/// The words of the picture; names of estimators are those of the command.
const WORDS: [(&str, &str); 6] = [
    ("skewed-1x10: what the temperature does", "skewed-1x10：温度起什么作用"),
    (
        "bias within 3 standard errors of 0, drawn at one",
        "偏差离 0 不到三个标准误，画在一个标准误处",
    ),
    ("deviation of a draw", "单次估计的标准差"),
    ("error of a mean", "均值的误差"),
    ("temperature τ", "温度 τ"),
    ("bias", "偏差"),
];

/// The comparison, which takes many seconds.
static ROWS: LazyLock<Result<Vec<Row>, CompareError>> = LazyLock::new(|| {
    let settings = Settings { draws: DRAWS, ..Settings::default() };
    over_temperature(&[Box::new(Skewed)], &|_| true, &settings, &|_, _| {})
});

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let rows = ROWS.as_ref().map_err(Clone::clone)?;
    let sketch = narrow_temperature(&rows.iter().collect::<Vec<_>>())?;
    Ok(reworded(&sketch, FIGURE.title_in(language), language, &WORDS))
}
