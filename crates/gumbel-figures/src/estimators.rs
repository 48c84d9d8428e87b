//! Bias and noise of every gradient estimator on one problem.

use std::sync::LazyLock;

use gumbel_compare::problem::Net;
use gumbel_compare::report::narrow_plane;
use gumbel_compare::{CompareError, Row, Settings, compare, default_estimators};
use gumbel_report::Sketch;

use crate::language::reworded;
use crate::{Figure, FigureError, Language};

pub(crate) const FIGURE: Figure = Figure {
    name: "estimators",
    title: "Every estimator on one problem: bias and noise",
    caption: "The gradient of the expected cost of three choices among four classes, the cost being a small \
              network. Each point is an estimator, held against the exact gradient (by a sum over all 64 states). To \
              the right: the standard deviation of one draw times the root of its evaluations, because two \
              evaluations could also be two draws. Upwards: the distance of its mean from the exact gradient. Lower \
              band: no bias. Nothing is better in both than a point on the dashed line, where a difference counts \
              from three standard errors on. 32,768 draws where no enumeration is possible.",
    chinese_title: "同一个问题上的全部估计器：偏差与噪声",
    sketch,
};

const DRAWS: u64 = 1 << 15;

/// The words of the picture; names of estimators are those of the command.
const WORDS: [(&str, &str); 14] = [
    ("net-3x4: bias and noise", "net-3x4：偏差与噪声"),
    (
        "noise: standard deviation of a draw × √evaluations, relative to the gradient",
        "噪声：单次估计的标准差 × √求值次数，以梯度为单位",
    ),
    (
        "bias: distance of the mean from the exact gradient, relative to the gradient",
        "偏差：均值与精确梯度的距离，以梯度为单位",
    ),
    ("claims no bias", "声称无偏"),
    ("may be biased", "可能有偏"),
    ("no bias", "无偏差"),
    ("no noise: ", "没有噪声："),
    ("baseline expected cost", "基线为期望代价"),
    ("baseline mean", "基线为均值"),
    ("baseline none", "无基线"),
    ("own noise", "自己的噪声"),
    ("posterior noise", "后验噪声"),
    ("point ", "点 "),
    ("gap ", "间隔 "),
];

/// The comparison, which takes seconds.
static ROWS: LazyLock<Result<Vec<Row>, CompareError>> = LazyLock::new(|| {
    let settings = Settings { draws: DRAWS, ..Settings::default() };
    compare(&[Box::new(Net)], &default_estimators(), &settings)
});

fn sketch(language: Language) -> Result<Sketch, FigureError> {
    let rows = ROWS.as_ref().map_err(Clone::clone)?;
    let sketch = narrow_plane(&rows.iter().collect::<Vec<_>>())?;
    Ok(reworded(&sketch, FIGURE.title_in(language), language, &WORDS))
}
