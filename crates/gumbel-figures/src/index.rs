//! The page with every figure and its caption.

use gumbel_report::{Page, Picture, Section, Sketch};

use crate::{Figure, FigureError};

/// One HTML file with figures that are drawn already. It loads nothing.
///
/// # Errors
/// When the drawing fails.
pub fn index(figures: &[(&Figure, Sketch)]) -> Result<String, FigureError> {
    let mut sections = Vec::new();
    for (figure, sketch) in figures {
        sections.push(Section {
            heading: figure.title.into(),
            caption: figure.caption.into(),
            picture: Picture::Svg(sketch.svg()?),
            alt: figure.title.into(),
        });
    }
    let page = Page {
        title: "From uniform numbers to Gumbel-Softmax".into(),
        lead: "The figures of the explanation, each drawn by the functions that it explains."
            .into(),
        sections,
        ..Page::default()
    };
    Ok(page.html())
}
