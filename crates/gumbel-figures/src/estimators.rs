//! Bias and noise of every gradient estimator on one problem.

use gumbel_compare::problem::Net;
use gumbel_compare::report::plane;
use gumbel_compare::{Settings, compare, default_estimators};
use gumbel_report::Sketch;

use crate::{Figure, FigureError};

pub(crate) const FIGURE: Figure = Figure {
    name: "estimators",
    title: "Every estimator on one problem: bias and noise",
    caption: "The gradient of the expected cost of three choices among four classes, the cost being a small \
              network. Each point is an estimator, held against the exact gradient (by a sum over all 64 states). To \
              the right: the distance of its mean from the exact gradient. Upwards: the standard deviation of one \
              draw times the root of its evaluations, because two evaluations could also be two draws. Left band: \
              no bias. Nothing is better in both than a point on the dashed line, where a difference counts from \
              three standard errors on. 32,768 draws where no enumeration is possible.",
    sketch,
};

const DRAWS: u64 = 1 << 15;

fn sketch() -> Result<Sketch, FigureError> {
    let settings = Settings { draws: DRAWS, ..Settings::default() };
    let rows = compare(&[Box::new(Net)], &default_estimators(), &settings)?;
    Ok(plane(&rows.iter().collect::<Vec<_>>())?)
}
