//! The explanation in `book/`: how it becomes web pages, and what its pages must hold.
//!
//! mdBook does the work, as a library. Two things are added to each page before it is rendered:
//! formulas become MathML, which browsers display by themselves, so that the pages need no network
//! and no script; and each page starts with a link to its twin in the other language. Afterwards the
//! words of mdBook's own interface are put into the language of the pages.
//!
//! The Rust snippets of the pages are run as doctests of `gumbel-check`.

mod formula;
mod heading;
mod interface;
mod navigation;
mod page;

use std::fs;
use std::path::Path;

use mdbook_driver::MDBook;
use mdbook_driver::errors::{Error, Result};

pub use formula::{Formula, formulas, to_mathml};
pub use heading::{Heading, headings};
pub use navigation::{navigation, without_navigation, write_navigation};
pub use page::Pages;

/// The languages of the book, each a folder of `book/`.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("zh", "中文")];

/// Builds every language that is there from `book` into `out`, with the figures beside them.
///
/// # Errors
/// No language is there, a page that mdBook refuses, a formula that does not parse, a file that
/// cannot be read or written.
pub fn build(book: &Path, out: &Path) -> Result<()> {
    let there = |language: &str| book.join(language).join("book.toml").is_file();
    if !LANGUAGES.iter().any(|(language, _)| there(language)) {
        return Err(Error::msg(format!("{}: no language is there", book.display())));
    }
    for (language, _) in LANGUAGES.iter().filter(|(language, _)| there(language)) {
        let mut pages = MDBook::load(book.join(language))?;
        let built = std::path::absolute(out.join(language))?;
        pages.config.build.build_dir = built.clone();
        pages.with_preprocessor(Pages::new(book, language));
        pages.build()?;
        interface::translate(&built, language)?;
    }
    fs::write(out.join("index.html"), index(LANGUAGES.into_iter().filter(|(l, _)| there(l))))?;
    let (from, to) = (book.join("figures"), out.join("figures"));
    copy_figures(&from, &to)?;
    // A language other than English has figures with its own letters in a folder of its name.
    for (language, _) in LANGUAGES.iter().filter(|(language, _)| from.join(language).is_dir()) {
        copy_figures(&from.join(language), &to.join(language))?;
    }
    Ok(())
}

/// The page before the pages: a link to each language.
fn index(languages: impl Iterator<Item = (&'static str, &'static str)>) -> String {
    let link = |(language, title)| {
        format!("<p><a href=\"{language}/index.html\" lang=\"{language}\">{title}</a></p>\n")
    };
    let links: String = languages.map(link).collect();
    let title = "From uniform numbers to Gumbel-Softmax";
    format!("{INDEX_HEAD}<body>\n<h1>{title}</h1>\n{links}</body>\n</html>\n")
}

const INDEX_HEAD: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>From uniform numbers to Gumbel-Softmax</title>
<style>body { font: 1.4rem/1.6 sans-serif; text-align: center; margin: 20vh 1rem; }</style>
</head>
"#;

fn copy_figures(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if let (Some("svg"), Some(name)) =
            (path.extension().and_then(|extension| extension.to_str()), path.file_name())
        {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}
