//! Every figure has the same bytes each time, is small and readable, and equals that of the book.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use gumbel_figures::{Figure, Format, Language, all, find, index, speed_chart};
use gumbel_report::Sketch;
use strum::IntoEnumIterator;

/// The most bytes of an SVG.
const MAX_BYTES: usize = 300_000;

static SKETCHES: LazyLock<Vec<(&Figure, Sketch)>> =
    LazyLock::new(|| all().iter().map(|figure| (figure, figure.sketch().unwrap())).collect());

static CHINESE: LazyLock<Vec<(&Figure, Sketch)>> = LazyLock::new(|| {
    let sketch = |figure: &'static Figure| figure.sketch_in(Language::Chinese).unwrap();
    all().iter().map(|figure| (figure, sketch(figure))).collect()
});

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
    for (figure, sketch) in SKETCHES.iter().chain(CHINESE.iter()) {
        let svg = sketch.svg();
        assert!(svg.len() < MAX_BYTES, "{}: {} bytes", figure.name, svg.len());
        // Not "reinforce", which is the name of an estimator.
        let numbers = svg.replace("reinforce", "");
        assert!(!numbers.contains("NaN") && !numbers.contains("inf"), "{}", figure.name);
        let (width, height) = sketch.size();
        assert!(width == 600 && height <= 640, "{}: {width} x {height}", figure.name);
    }
}

#[test]
fn every_character_has_a_glyph() {
    for (figure, sketch) in SKETCHES.iter() {
        assert!(sketch.missing_glyphs().is_empty(), "{}", figure.name);
    }
}

/// Shown 400 pixels wide, as on a telephone, letters are at least 9 pixels high.
#[test]
fn letters_are_large_enough_for_a_small_screen() {
    for (figure, sketch) in SKETCHES.iter().chain(CHINESE.iter()) {
        let svg = sketch.svg();
        let sizes = svg.split("font-size=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        for size in sizes {
            let shown = size.parse::<f64>().unwrap() * 400.0 / f64::from(sketch.size().0);
            assert!(shown >= 9.0, "{}: {shown} pixels", figure.name);
        }
    }
}

/// Names of functions and of mathematics, which Chinese has too.
const NAMES: [&str; 3] = ["argmax", "softmax", "logits"];

#[test]
fn chinese_figures_have_no_english_sentence() {
    for (figure, sketch) in CHINESE.iter() {
        assert!(sketch.is_chinese(), "{}", figure.name);
        assert!(!figure.title_in(Language::Chinese).is_ascii(), "{}", figure.name);
        for placed in sketch.texts() {
            assert!(!is_english(&placed.text), "{}: {:?}", figure.name, placed.text);
        }
        assert!(Format::Png.encode(sketch).is_err(), "{}", figure.name);
    }
    assert!(is_english("mean of the samples") && is_english("net-3x4: bias and noise"));
    assert!(!is_english("均值 2.04") && !is_english("x = softmax(logits)"));
    // The English figures have such sentences, so the test can fail.
    let count = |all: &[(&Figure, Sketch)]| {
        all.iter().flat_map(|(_, s)| s.texts()).filter(|t| is_english(&t.text)).count()
    };
    assert!(count(&SKETCHES) > 50);
}

/// Whether a text has two English words in a row.
fn is_english(text: &str) -> bool {
    let word = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphabetic());
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        word.len() >= 2 && word.chars().all(plain) && !NAMES.contains(&word) && word != "ln"
    };
    let words: Vec<bool> = text.split(' ').map(word).collect();
    // "zgr, reinmax" are two names.
    words
        .windows(2)
        .zip(text.split(' '))
        .any(|(two, first)| two[0] && two[1] && !first.ends_with(','))
}

#[test]
fn texts_are_inside_and_do_not_overlap() {
    let mut wrong = Vec::new();
    for (figure, sketch) in SKETCHES.iter().chain(CHINESE.iter()) {
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
    for language in Language::iter() {
        let (folder, sketches) = match language {
            Language::English => (folder.clone(), &SKETCHES),
            Language::Chinese => (folder.join(language.to_string()), &CHINESE),
        };
        for (figure, sketch) in sketches.iter() {
            let path = folder.join(figure.name).with_extension("svg");
            let there = fs::read_to_string(&path).unwrap_or_default();
            assert!(there == sketch.svg(), "{} is old or missing: {again}", path.display());
        }
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(path.is_dir() || find(name).is_some(), "{}: no such figure", path.display());
        }
    }
}

/// Draws it again: cargo run --release -p gumbel-figures --example draw -- docs/images svg speed
#[test]
fn the_chart_of_speeds_is_that_of_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let sketch = speed_chart(&fs::read_to_string(root.join("README.md")).unwrap()).unwrap();
    let there = fs::read_to_string(root.join("docs/images/speed.svg")).unwrap_or_default();
    let again = "cargo run --release -p gumbel-figures --example draw -- docs/images svg speed";
    assert!(there == sketch.svg(), "docs/images/speed.svg is not the table of README.md: {again}");
    let texts = sketch.texts();
    for (i, text) in texts.iter().enumerate() {
        let (width, height) = sketch.size();
        assert!(text.from.0 >= 0.0 && text.to.0 <= f64::from(width), "{text:?} is outside");
        assert!(text.from.1 >= 0.0 && text.to.1 <= f64::from(height), "{text:?} is outside");
        assert!(texts[..i].iter().all(|other| !text.overlaps(other)), "{text:?}");
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

/// Each figure has its twin with Chinese letters, and a page shows those in its own language alone.
#[test]
fn pages_show_the_figures_of_their_language() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book");
    let files = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(book.join(folder)).unwrap().map(Result::unwrap);
        let files = entries.map(|entry| entry.path()).filter(|path| path.is_file());
        files.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    };
    let figures = files("figures");
    assert_eq!(figures.len(), all().len());
    assert_eq!(figures, files("figures/zh"));
    for (pages, start) in [("en/src", "../../figures/"), ("zh/src", "../../figures/zh/")] {
        let mut shown = BTreeSet::new();
        for page in files(pages).into_iter().filter(|page| page.ends_with(".md")) {
            let text = fs::read_to_string(book.join(pages).join(&page)).unwrap();
            for image in text.split("<img src=\"").skip(1) {
                let source = image.split('"').next().unwrap();
                let name = source.strip_prefix(start).filter(|name| figures.contains(*name));
                let name = name.unwrap_or_else(|| panic!("{pages}/{page} shows {source}"));
                shown.insert(name.to_owned());
            }
        }
        assert_eq!(shown, figures, "{pages}");
    }
}

/// A caption without tags, on one line.
fn plain(caption: &str) -> String {
    let text = caption.replace("<sup>31</sup>", "\u{b3}\u{b9}").replace("&nbsp;", " ");
    let parts = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    let text = parts.collect::<String>().replace(['\u{2019}', '\u{2032}'], "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
