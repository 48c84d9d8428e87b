//! The page with every figure and its caption.

use gumbel_report::{Page, Picture, Section};

use crate::{Figure, FigureError};

/// One HTML file with the figures in it. It loads nothing.
///
/// # Errors
/// As [`Figure::sketch`].
pub fn index(figures: &[&Figure]) -> Result<String, FigureError> {
    let mut sections = Vec::new();
    for figure in figures {
        sections.push(Section {
            heading: figure.title.into(),
            caption: figure.caption.into(),
            picture: Picture::Svg(figure.sketch()?.svg()?),
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
