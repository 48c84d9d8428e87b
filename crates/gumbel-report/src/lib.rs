//! Charts, picture grids, and a page that holds the pictures.
//!
//! The input is plain data, the output bytes. The crate does not depend on training, a clock, system fonts or the
//! network, so equal input gives equal bytes.
//!
//! | item | result |
//! |---|---|
//! | [`LineChart`] | curves over steps or epochs, SVG and PNG |
//! | [`Heatmap`] | a table of shares as colours, SVG and PNG |
//! | [`ImageGrid`], [`ColourGrid`] | small images in rows and columns, PNG |
//! | [`Page`] | one HTML file with all pictures inside, which opens without a network |
//! | [`Sketch`] | any figure: lines, boxes, arrows, texts, and [`Panel`]s with axes, SVG and PNG; animations, GIF |
//! | [`color`] | the colours |
//!
//! ```
//! use gumbel_report::{LineChart, Page, Picture, Section, Series};
//!
//! let chart = LineChart {
//!     title: "Bound".into(),
//!     x_label: "epoch".into(),
//!     y_label: "nats".into(),
//!     series: vec![Series { name: "train".into(), points: vec![(1.0, 142.0), (2.0, 121.5)] }],
//! };
//! let page = Page {
//!     title: "Digits".into(),
//!     lead: "20 variables of 10 classes learn to describe a digit.".into(),
//!     headline: vec![("bound".into(), "121.5 nats".into())],
//!     facts: vec![("epochs".into(), "2".into())],
//!     sections: vec![Section {
//!         heading: "Learning".into(),
//!         caption: "Nats needed to describe one image. Lower is better.".into(),
//!         picture: Picture::Svg(chart.svg()),
//!         alt: "The bound falls from 142 to 121.5 nats in two epochs.".into(),
//!     }],
//! };
//! assert!(page.html().starts_with("<!doctype html>"));
//! ```

mod axis;
mod chart;
pub mod color;
mod error;
mod font;
mod gif_file;
mod grid;
mod heatmap;
mod mark;
mod page;
mod panel;
mod png_file;
mod raster;
mod scale;
mod sketch;
mod svg;

pub use chart::{LineChart, Series};
pub use error::ReportError;
pub use grid::{ColourGrid, ImageGrid};
pub use heatmap::{Heatmap, darkness};
pub use mark::Anchor;
pub use page::{Page, Picture, Section};
pub use panel::{Panel, Rect, Stroke};
pub use scale::Scale;
pub use sketch::{PlacedText, Sketch, TEXT};

/// Escapes all characters that HTML or XML could read as markup. Control characters become spaces.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
