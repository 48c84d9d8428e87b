//! The pictures of a comparison, each a [`Sketch`](gumbel_report::Sketch) for one problem.

mod labels;
mod names;
mod narrow;
mod places;
mod plane;
mod scales;
mod temperature;

pub use narrow::narrow_plane;
pub use plane::plane;
pub use temperature::{narrow_temperature, temperature};

/// The width of a picture in pixels of the page.
const WIDTH: u32 = 960;
/// The width of a picture that can be read where it is shown 400 pixels wide.
const NARROW: u32 = 600;
/// The em of the labels of points in a wide picture.
const SMALL: f64 = 12.5;
