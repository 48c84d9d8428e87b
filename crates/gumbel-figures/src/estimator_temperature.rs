//! Estimators over the temperature, on a cost that the slope at a corner says little about.

use gumbel_compare::problem::Skewed;
use gumbel_compare::report::temperature;
use gumbel_compare::{Settings, over_temperature};
use gumbel_report::Sketch;

use crate::{Figure, FigureError};

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
    sketch,
};

const DRAWS: u64 = 1 << 16;

fn sketch() -> Result<Sketch, FigureError> {
    let settings = Settings { draws: DRAWS, ..Settings::default() };
    let rows = over_temperature(&[Box::new(Skewed)], &|_| true, &settings, &|_, _| {})?;
    Ok(temperature(&rows.iter().collect::<Vec<_>>())?)
}
