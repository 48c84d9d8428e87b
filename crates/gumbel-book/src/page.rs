//! What is done to each page before mdBook renders it.

use std::path::{Path, PathBuf};

use mdbook_driver::book::Book;
use mdbook_driver::errors::{Error, Result};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::LANGUAGES;
use crate::formula::{formulas, to_mathml};

/// The preprocessor: formulas to MathML, links to the other languages, the place of the figures.
#[derive(Clone, Debug)]
pub struct Pages {
    book: PathBuf,
    language: String,
}

impl Pages {
    /// For the pages of one language of `book`.
    pub fn new(book: &Path, language: &str) -> Self {
        Self { book: book.to_owned(), language: language.to_owned() }
    }

    fn rendered(&self, name: &str, markdown: &str) -> Result<String> {
        let mut page = String::from(markdown);
        for formula in formulas(markdown).iter().rev() {
            let mathml =
                to_mathml(formula).map_err(|error| Error::msg(format!("{name}: {error}")))?;
            page.replace_range(formula.range.clone(), &mathml);
        }
        // In the tree the figures are two folders up, so that the Markdown shows them; in the built
        // book one.
        let page = page.replace("../../figures/", "../figures/");
        Ok(format!("{}{page}", self.languages(name)))
    }

    /// A line with the same page in every language that has it.
    fn languages(&self, name: &str) -> String {
        let others = LANGUAGES.iter().filter_map(|(language, title)| {
            if *language == self.language {
                return Some(format!("<span>{title}</span>"));
            }
            let there = self.book.join(language).join("src").join(name).is_file();
            let page = name.strip_suffix(".md").unwrap_or(name);
            there.then(|| {
                format!(
                    "<a href=\"../{language}/{page}.html\" hreflang=\"{language}\" lang=\"{language}\">{title}</a>"
                )
            })
        });
        let links: Vec<_> = others.collect();
        match links.len() {
            1 => String::new(),
            _ => format!("<div class=\"languages\">{}</div>\n\n", links.join(" · ")),
        }
    }
}

impl Preprocessor for Pages {
    fn name(&self) -> &str {
        "gumbel"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut failure = None;
        book.for_each_chapter_mut(|chapter| {
            let Some(path) = &chapter.source_path else { return };
            match self.rendered(&path.display().to_string(), &chapter.content) {
                Ok(content) => chapter.content = content,
                Err(error) => failure = failure.take().or(Some(error)),
            }
        });
        failure.map_or(Ok(book), Err)
    }
}
