//! The figures of the explanation, each drawn by the functions that it explains.
//!
//! Every module makes one [`Sketch`] from fixed [`Key`](gumbel::Key)s, so twice the same figure is
//! twice the same bytes. [`all`] lists them in the order in which the explanation meets them.
//!
//! ```
//! use gumbel_figures::{Format, find};
//! let figure = find("temperature").unwrap();
//! let svg = figure.draw(Format::Svg)?;
//! assert!(svg.starts_with(b"<svg "));
//! println!("{}: {}", figure.title, figure.caption);
//! # Ok::<(), gumbel_figures::FigureError>(())
//! ```

mod error;
mod gaussian;
mod gradient_bias_variance;
mod gumbel_density;
mod gumbel_max;
mod heart_rate;
mod index;
mod kit;
mod lcg;
mod noise_comparison;
mod rejection;
mod reparameterisation;
mod simplex;
mod straight_through;
mod temperature;
mod two_classes;

pub use error::FigureError;
pub use index::index;

use gumbel_report::Sketch;

/// A figure: its names, what it shows, and how it is made.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The name of its file.
    pub name: &'static str,
    /// What stands above it.
    pub title: &'static str,
    /// What stands below it. Says all that is needed to read it.
    pub caption: &'static str,
    sketch: fn() -> Result<Sketch, FigureError>,
}

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines and texts: small, sharp at any size, in the reader's own fonts.
    Svg,
    /// Pixels, two for each pixel of the page.
    Png,
}

impl Format {
    /// The end of a file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }

    /// The sketch as a file of this kind.
    ///
    /// # Errors
    /// When the drawing fails.
    pub fn encode(self, sketch: &Sketch) -> Result<Vec<u8>, FigureError> {
        Ok(match self {
            Self::Svg => sketch.svg()?.into_bytes(),
            Self::Png => sketch.png()?,
        })
    }
}

impl Figure {
    /// Computes the figure.
    ///
    /// # Errors
    /// What the functions it shows refuse; none of the figures here is known to.
    pub fn sketch(&self) -> Result<Sketch, FigureError> {
        (self.sketch)()
    }

    /// Computes the figure and draws it.
    ///
    /// # Errors
    /// As [`Figure::sketch`].
    pub fn draw(&self, format: Format) -> Result<Vec<u8>, FigureError> {
        format.encode(&self.sketch()?)
    }
}

const FIGURES: &[Figure] = &[
    lcg::FIGURE,
    rejection::FIGURE,
    reparameterisation::FIGURE,
    gaussian::FIGURE,
    gumbel_max::FIGURE,
    gumbel_density::FIGURE,
    heart_rate::FIGURE,
    noise_comparison::FIGURE,
    two_classes::FIGURE,
    simplex::FIGURE,
    temperature::FIGURE,
    straight_through::FIGURE,
    gradient_bias_variance::FIGURE,
];

/// Every figure, in the order of the explanation.
pub fn all() -> &'static [Figure] {
    FIGURES
}

/// The figure of that name.
pub fn find(name: &str) -> Option<&'static Figure> {
    all().iter().find(|figure| figure.name == name)
}
