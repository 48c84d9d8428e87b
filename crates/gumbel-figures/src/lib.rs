//! The figures of the book, each drawn by the functions that the figure explains.
//!
//! Each module draws one [`Sketch`] from fixed [`Key`](gumbel::Key)s, so a figure always has the same
//! bytes. [`all`] lists the figures in the order of the book.
//!
//! ```
//! use gumbel_figures::{Format, find};
//! let figure = find("temperature").unwrap();
//! let svg = figure.draw(Format::Svg)?;
//! assert!(svg.starts_with(b"<svg "));
//! println!("{}: {}", figure.title, figure.caption);
//! # Ok::<(), gumbel_figures::FigureError>(())
//! ```

mod agent;
mod capped_noise;
mod error;
mod estimator_temperature;
mod estimators;
mod gaussian;
mod gradient_bias_variance;
mod gumbel_density;
mod gumbel_max;
mod heart_rate;
mod index;
mod kit;
mod lcg;
mod noise_comparison;
mod policy_gradient;
mod rejection;
mod reparameterisation;
mod simplex;
mod straight_through;
mod temperature;
mod two_classes;

pub use error::FigureError;
pub use index::index;

use gumbel_report::Sketch;
use strum::{Display, EnumIter, IntoStaticStr};

/// A figure of the book: its name, its texts, and the function that draws the figure.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The name of the figure and of its file, without extension.
    pub name: &'static str,
    /// The text above the figure.
    pub title: &'static str,
    /// The text below the figure, which says all that is needed to read the figure.
    pub caption: &'static str,
    sketch: fn() -> Result<Sketch, FigureError>,
}

/// The format of a figure's file. Its name is the file name extension of the format, without a dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Format {
    /// A picture of lines and texts: a small file, sharp at any size, in the reader's own fonts.
    Svg,
    /// A picture of points, two by two for each pixel of the page.
    Png,
}

impl Format {
    /// Encodes a sketch as a file of this format.
    ///
    /// # Errors
    /// [`FigureError::Draw`] if the drawing fails.
    pub fn encode(self, sketch: &Sketch) -> Result<Vec<u8>, FigureError> {
        Ok(match self {
            Self::Svg => sketch.svg().into_bytes(),
            Self::Png => sketch.png()?,
        })
    }
}

impl Figure {
    /// Computes the figure as a sketch.
    ///
    /// # Errors
    /// An error of the functions that the figure shows; no figure is known to cause an error.
    pub fn sketch(&self) -> Result<Sketch, FigureError> {
        (self.sketch)()
    }

    /// Computes the figure and encodes it as a file.
    ///
    /// # Errors
    /// The errors of [`Figure::sketch`] and of [`Format::encode`].
    pub fn draw(&self, format: Format) -> Result<Vec<u8>, FigureError> {
        format.encode(&self.sketch()?)
    }
}

const FIGURES: &[Figure] = &[
    agent::FIGURE,
    lcg::FIGURE,
    rejection::FIGURE,
    reparameterisation::FIGURE,
    gaussian::FIGURE,
    gumbel_max::FIGURE,
    gumbel_density::FIGURE,
    heart_rate::FIGURE,
    noise_comparison::FIGURE,
    two_classes::FIGURE,
    capped_noise::FIGURE,
    simplex::FIGURE,
    temperature::FIGURE,
    straight_through::FIGURE,
    gradient_bias_variance::FIGURE,
    estimators::FIGURE,
    estimator_temperature::FIGURE,
    policy_gradient::FIGURE,
];

/// All figures of the book, in its order.
pub fn all() -> &'static [Figure] {
    FIGURES
}

/// The figure with this name; `None` if no figure has this name.
pub fn find(name: &str) -> Option<&'static Figure> {
    all().iter().find(|figure| figure.name == name)
}
