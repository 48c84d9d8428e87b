//! What is done to each page before mdBook renders it.

use std::ops::Range;
use std::path::{Path, PathBuf};

use mdbook_driver::book::Book;
use mdbook_driver::errors::{Error, Result};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::LANGUAGES;
use crate::formula::{formulas, to_mathml};
use crate::navigation::without_navigation;

/// Full-width punctuation, which has white space of its own.
const WIDE: [char; 11] = ['，', '。', '；', '：', '、', '？', '！', '（', '）', '“', '”'];

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
        let mut page = closed_up(without_navigation(markdown));
        for formula in formulas(&page).iter().rev() {
            let mathml =
                to_mathml(formula).map_err(|error| Error::msg(format!("{name}: {error}")))?;
            let kept = with_punctuation(&page, &formula.range);
            if formula.display || kept == formula.range {
                page.replace_range(formula.range.clone(), &mathml);
                continue;
            }
            let before = &page[kept.start..formula.range.start];
            let after = &page[formula.range.end..kept.end];
            let together = format!("<span class=\"together\">{before}{mathml}{after}</span>");
            page.replace_range(kept, &together);
        }
        // In the tree the figures are two folders up, so that the Markdown shows them; in the built
        // book one.
        let page = linked_figures(&page.replace("../../figures/", "../figures/"));
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

/// The page without the space between full-width punctuation and a formula. Code hosts need it to see the formula.
fn closed_up(markdown: &str) -> String {
    let mut page = String::from(markdown);
    for formula in formulas(markdown).iter().rev() {
        let before = &markdown[..formula.range.start];
        if before.strip_suffix(' ').is_some_and(|text| text.ends_with(WIDE)) {
            page.remove(before.len() - 1);
        }
    }
    page
}

/// The page with a link around each figure to its file, which a reader can enlarge.
fn linked_figures(page: &str) -> String {
    let mut linked = String::new();
    let mut rest = page;
    while let Some((before, from)) = rest.split_once("<img src=\"") {
        let (source, after) = from.split_once('"').unwrap_or((from, ""));
        let (attributes, after) = after.split_once('>').unwrap_or((after, ""));
        linked.push_str(&format!(
            "{before}<a href=\"{source}\"><img src=\"{source}\"{attributes}></a>"
        ));
        rest = after;
    }
    linked + rest
}

/// The range with the punctuation at either end of it, which must stay on the line of the formula:
/// browsers would break there.
fn with_punctuation(page: &str, formula: &Range<usize>) -> Range<usize> {
    let before = page[..formula.start].trim_end_matches(['(', '（', '“']);
    let after = page[formula.end..].trim_start_matches(|c| ".,;:?)，。；：、？）”".contains(c));
    before.len()..page.len() - after.len()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_a_link_to_its_file() {
        let linked = linked_figures("a\n<img src=\"b.svg\" alt=\"c\">\nd <img src=\"e.svg\">");
        let first = "<a href=\"b.svg\"><img src=\"b.svg\" alt=\"c\"></a>";
        let second = "<a href=\"e.svg\"><img src=\"e.svg\"></a>";
        assert_eq!(linked, format!("a\n{first}\nd {second}"));
    }

    #[test]
    fn punctuation_stays_with_its_formula() {
        let pages = Pages::new(Path::new("nowhere"), "en");
        let page = pages.rendered("page.md", "Of $a$, and ($b$) or $c$ alone.\n").unwrap();
        assert_eq!(page.matches("<math>").count(), 3);
        assert_eq!(page.matches("<span class=\"together\">").count(), 2);
        assert!(page.contains("</math>,</span> and <span class=\"together\">(<math>"), "{page}");
        assert!(page.contains(" <math><mi>c</mi></math> alone."), "{page}");

        let page = pages.rendered("page.md", "（若 $a$，则“ $b$”）。\n").unwrap();
        assert!(page.contains("</math>，</span>则<span class=\"together\">“<math>"), "{page}");
        assert!(page.ends_with("</math>”）。</span>\n"), "{page}");

        let page = pages.rendered("page.md", "$$a$$.\n").unwrap();
        assert!(!page.contains("span"), "{page}");
    }
}
