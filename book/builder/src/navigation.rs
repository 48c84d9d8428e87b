//! The last paragraph of a page, for readers on a code host: the pages before and after it, the contents, the other
//! language.
//!
//! `book/navigation` writes these links from `SUMMARY.md`. The built book has buttons instead, and leaves them out.

use std::fs;
use std::path::Path;

use mdbook_driver::errors::{Error, Result};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::LANGUAGES;

/// The pages in the order of `SUMMARY.md`: file name and title.
fn summary(book: &Path, language: &str) -> Result<Vec<(String, String)>> {
    let markdown = fs::read_to_string(book.join(language).join("src/SUMMARY.md"))?;
    let mut pages: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for event in Parser::new(&markdown) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                pages.push((dest_url.into_string(), String::new()));
                inside = true;
            }
            Event::End(TagEnd::Link) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => {
                if let Some((_, title)) = pages.last_mut() {
                    title.push_str(&text);
                }
            }
            _ => {}
        }
    }
    Ok(pages)
}

/// The links of the page `name`, for example `sampling.md`.
///
/// # Errors
/// A summary that cannot be read or that does not list the page.
pub fn navigation(book: &Path, language: &str, name: &str) -> Result<String> {
    let pages = summary(book, language)?;
    let at = pages.iter().position(|(file, _)| file == name);
    let at = at.ok_or_else(|| Error::msg(format!("{language}/src/SUMMARY.md: no {name}")))?;
    let mut links = Vec::new();
    if let Some((file, title)) = at.checked_sub(1).and_then(|before| pages.get(before)) {
        links.push(format!("[← {title}]({file})"));
    }
    let contents = if language == "zh" { "目录" } else { "Contents" };
    links.push(format!("[{contents}](SUMMARY.md)"));
    if let Some((file, title)) = pages.get(at + 1) {
        links.push(format!("[{title} →]({file})"));
    }
    for (other, title) in LANGUAGES.iter().filter(|(other, _)| *other != language) {
        if book.join(other).join("src").join(name).is_file() {
            links.push(format!("[{title}](../../{other}/src/{name})"));
        }
    }
    Ok(links.join(" ·\n"))
}

/// The page without these links.
pub fn without_navigation(markdown: &str) -> &str {
    let page = markdown.trim_end();
    match page.rsplit_once("\n\n") {
        Some((page, last)) if last.starts_with('[') && last.contains("](SUMMARY.md)") => {
            &markdown[..page.len() + 1]
        }
        _ => markdown,
    }
}

/// Writes the links at the end of every page of every language.
///
/// # Errors
/// A file that cannot be read or written.
pub fn write_navigation(book: &Path) -> Result<()> {
    for (language, _) in LANGUAGES {
        for (name, _) in summary(book, language)? {
            let path = book.join(language).join("src").join(&name);
            let markdown = fs::read_to_string(&path)?;
            let page = without_navigation(&markdown).trim_end();
            let written = format!("{page}\n\n{}\n", navigation(book, language, &name)?);
            if written != markdown {
                fs::write(&path, written)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_are_left_out() {
        let page = "# A\n\nText.\n\n[← B](b.md) ·\n[Contents](SUMMARY.md)\n";
        assert_eq!(without_navigation(page), "# A\n\nText.\n");
        for other in ["# A\n\nText.\n", "# A\n\n[b](b.md) is a page.\n", ""] {
            assert_eq!(without_navigation(other), other);
        }
    }
}
