//! The page with all figures and their captions.

use gumbel_report::{Page, Picture, Section, Sketch};

use crate::Figure;

/// The page with the given figures and their captions, as one HTML file that loads no other file.
pub fn index(figures: &[(&Figure, Sketch)]) -> String {
    let mut sections = Vec::new();
    for (figure, sketch) in figures {
        sections.push(Section {
            heading: figure.title.into(),
            caption: figure.caption.into(),
            picture: Picture::Svg(sketch.svg()),
            alt: figure.title.into(),
        });
    }
    let page = Page {
        title: "From uniform numbers to Gumbel-Softmax".into(),
        lead: "The figures of the book, each drawn by the functions that it explains.".into(),
        sections,
        ..Page::default()
    };
    page.html()
}
