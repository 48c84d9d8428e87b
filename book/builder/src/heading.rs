//! Headings, and the anchors that code hosts make from their text. mdBook makes the same ones.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A heading of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// From 1, the title of the page.
    pub level: usize,
    /// Its words, without marks such as those of code.
    pub text: String,
    /// What a link names after `#`.
    pub anchor: String,
}

/// The headings of a page, in order.
pub fn headings(markdown: &str) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut times = BTreeMap::new();
    let mut open: Option<Heading> = None;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let (text, anchor) = (String::new(), String::new());
                open = Some(Heading { level: level as usize, text, anchor });
            }
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut open {
                    heading.text.push_str(&words);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some(mut heading) = open.take() {
                    heading.anchor = anchor(&heading.text, &mut times);
                    headings.push(heading);
                }
            }
            _ => {}
        }
    }
    headings
}

/// Lower case, letters of every script, digits, `_` and `-` kept, a hyphen for each space; from the second time on with
/// a number.
fn anchor(text: &str, times: &mut BTreeMap<String, usize>) -> String {
    let lower = text.trim().to_lowercase().replace(' ', "-");
    let kept: String = lower.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
    let before = times.entry(kept.clone()).or_insert(0);
    *before += 1;
    match *before {
        1 => kept,
        again => format!("{kept}-{}", again - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_code_hosts() {
        let page = "# Why `ln`, and *how*?\n\n## 选哪一个？\n\n```text\n# no heading\n```\n\n\
                    ## A\n\n### A\n\n## Yes - no\n";
        let found = headings(page);
        let anchors: Vec<_> = found.iter().map(|heading| heading.anchor.as_str()).collect();
        assert_eq!(anchors, ["why-ln-and-how", "选哪一个", "a", "a-1", "yes---no"]);
        assert_eq!(found.iter().map(|h| h.level).collect::<Vec<_>>(), [1, 2, 2, 3, 2]);
        assert_eq!(found[0].text, "Why ln, and how?");
    }
}
