//! The pictures of a comparison, each a [`Sketch`](gumbel_report::Sketch) for one problem.

mod labels;
mod names;
mod plane;
mod scales;
mod temperature;

pub use plane::plane;
pub use temperature::temperature;

/// The width of a picture in pixels of the page.
const WIDTH: u32 = 960;
/// The em of the labels of points.
const SMALL: f64 = 12.5;
