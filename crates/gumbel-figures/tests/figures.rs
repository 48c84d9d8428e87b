//! Every figure has the same bytes each time, is small and readable, and equals that of the book.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use gumbel_figures::{Figure, all, find, index};
use gumbel_report::Sketch;

/// The most bytes of an SVG.
const MAX_BYTES: usize = 300_000;

static SKETCHES: LazyLock<Vec<(&Figure, Sketch)>> =
    LazyLock::new(|| all().iter().map(|figure| (figure, figure.sketch().unwrap())).collect());

#[test]
fn a_figure_drawn_again_has_the_same_bytes() {
    for (figure, first) in SKETCHES.iter() {
        let again = figure.sketch().unwrap();
        assert!(first.svg() == again.svg(), "{}", figure.name);
        assert!(first.png().unwrap() == again.png().unwrap(), "{}", figure.name);
    }
}

#[test]
fn pictures_are_small_and_as_wide_as_a_page() {
    for (figure, sketch) in SKETCHES.iter() {
        let svg = sketch.svg();
        assert!(svg.len() < MAX_BYTES, "{}: {} bytes", figure.name, svg.len());
        // Not "reinforce", which is the name of an estimator.
        let numbers = svg.replace("reinforce", "");
        assert!(!numbers.contains("NaN") && !numbers.contains("inf"), "{}", figure.name);
        let (width, height) = sketch.size();
        let as_a_page = width == 760 && height <= 480;
        // The pictures that `gumbel compare` draws too have room for the names of all estimators.
        let compares = figure.name.starts_with("estimator") && width == 960 && height <= 600;
        assert!(as_a_page || compares, "{}: {width} x {height}", figure.name);
    }
}

#[test]
fn every_character_has_a_glyph() {
    for (figure, sketch) in SKETCHES.iter() {
        assert!(sketch.missing_glyphs().is_empty(), "{}", figure.name);
    }
}

#[test]
fn texts_are_inside_and_do_not_overlap() {
    let mut wrong = Vec::new();
    for (figure, sketch) in SKETCHES.iter() {
        let (width, height) = sketch.size();
        let texts = sketch.texts();
        for (i, text) in texts.iter().enumerate() {
            let inside = text.from.0 >= 0.0
                && text.from.1 >= 0.0
                && text.to.0 <= f64::from(width)
                && text.to.1 <= f64::from(height);
            if !inside {
                wrong.push(format!("{}: {text:?} is outside", figure.name));
            }
            for other in &texts[..i] {
                if text.overlaps(other) {
                    let (a, b) = (&text.text, &other.text);
                    wrong.push(format!("{}: {a:?} on {b:?}", figure.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique_and_captions_are_sentences() {
    let names: HashSet<_> = all().iter().map(|figure| figure.name).collect();
    assert_eq!(names.len(), all().len());
    for figure in all() {
        assert_eq!(find(figure.name).unwrap().name, figure.name);
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(figure.name.chars().all(plain), "{}", figure.name);
        assert!(!figure.title.is_empty() && !figure.title.ends_with('.'), "{}", figure.name);
        let sentences = figure.caption.matches(". ").count() + 1;
        assert!(sentences >= 2 && figure.caption.ends_with('.'), "{}", figure.name);
        assert!(!figure.caption.contains("  "), "{}", figure.name);
    }
    assert!(find("nothing").is_none());
}

#[test]
fn the_page_holds_every_figure() {
    let page = index(&SKETCHES);
    assert_eq!(page.matches("data:image/svg+xml").count(), all().len());
    assert!(!page.contains("://"));
    for figure in all() {
        assert!(page.contains(&figure.title.replace('\'', "&#39;")), "{}", figure.name);
    }
}

/// Draws them again: cargo run --release -p gumbel-figures --example draw -- book/figures
#[test]
fn the_book_has_these_figures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/figures");
    let again = "cargo run --release -p gumbel-figures --example draw -- book/figures";
    for (figure, sketch) in SKETCHES.iter() {
        let path = folder.join(figure.name).with_extension("svg");
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(there == sketch.svg(), "{} is old or missing: {again}", path.display());
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(find(name).is_some(), "{}: no figure has this name", path.display());
    }
}

/// The captions of the English pages equal those of the command, without tags and with the characters that
/// HTML writes in another way.
#[test]
fn the_book_has_these_captions() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/en/src");
    let pages = fs::read_dir(pages).unwrap().map(|page| fs::read_to_string(page.unwrap().path()));
    let pages: String = pages.map(Result::unwrap).collect();
    for figure in all() {
        let start = format!("<figure id=\"fig-{}\">", figure.name);
        let block =
            pages.split(&start).nth(1).unwrap_or_else(|| panic!("{}: not shown", figure.name));
        let caption = block.split("<figcaption>").nth(1).unwrap();
        let caption = caption.split("</figcaption>").next().unwrap();
        assert_eq!(plain(caption), plain(figure.caption), "{}", figure.name);
    }
}

/// A caption without tags, on one line.
fn plain(caption: &str) -> String {
    let text = caption.replace("<sup>31</sup>", "\u{b3}\u{b9}").replace("&nbsp;", " ");
    let parts = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    let text = parts.collect::<String>().replace(['\u{2019}', '\u{2032}'], "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
