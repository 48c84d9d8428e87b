//! `Mark`: a shape and its colour, which the SVG writer and the PNG writer both draw.

use crate::color::Color;

/// A position in pixels of the page. Right and down are positive.
pub(crate) type Point = (f64, f64);

/// A shape of a sketch.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) shape: Shape,
    pub(crate) color: Color,
}

#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// A line with round ends and corners. `dash` is the length of its dashes and of the gaps between them.
    Line { points: Vec<Point>, width: f64, dash: Option<(f64, f64)> },
    /// A filled rectangle between its upper left and lower right corner.
    Rect { from: Point, to: Point },
    /// A filled disc.
    Disc { center: Point, radius: f64 },
    /// A filled polygon.
    Polygon { corners: Vec<Point> },
    /// A line of text with its baseline at the height of `at`.
    Text { text: String, at: Point, em: f64, anchor: Anchor },
}

impl Shape {
    /// Whether all positions are numbers.
    pub(crate) fn is_finite(&self) -> bool {
        let points: &[Point] = match self {
            Self::Line { points, .. } => points,
            Self::Rect { from, to } => &[*from, *to],
            Self::Disc { center, .. } => &[*center],
            Self::Polygon { corners } => corners,
            Self::Text { at, .. } => &[*at],
        };
        points.iter().all(|(x, y)| x.is_finite() && y.is_finite())
    }
}

/// The part of a text that is at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The start of the text is at its position.
    Start,
    /// The middle of the text is at its position.
    Middle,
    /// The end of the text is at its position.
    End,
}

impl Anchor {
    /// The share of a text of which the end is at its position.
    pub(crate) const fn share(self) -> f64 {
        match self {
            Self::Start => 0.0,
            Self::Middle => 0.5,
            Self::End => 1.0,
        }
    }
}
