//! A code host shows the Markdown of the pages as it stands: the anchors of headings are the same there as in the built
//! book, and no formula or code is lost.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use gumbel_book::{Formula, LANGUAGES, formulas, headings, navigation};
use pulldown_cmark::{Event, Options, Parser};

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The pages of both languages: language, file name, Markdown.
fn pages() -> Vec<(&'static str, String, String)> {
    let mut pages = Vec::new();
    for (language, _) in LANGUAGES {
        for entry in fs::read_dir(book().join(language).join("src")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name != "SUMMARY.md" {
                pages.push((language, name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(pages.len() > 20);
    pages
}

#[test]
fn a_page_ends_with_links_to_its_neighbours() {
    for (language, name, markdown) in pages() {
        let line = navigation(&book(), language, &name).unwrap();
        let ends = markdown.ends_with(&format!("\n\n{line}\n"));
        assert!(ends, "{language}/{name}: run book/navigation for its last links, {line}");
    }
}

/// The level and the id of each heading of a built page.
fn built_headings(html: &str) -> Vec<(usize, String)> {
    let main = html.split("<main>").nth(1).expect("a main part");
    let main = main.split("</main>").next().unwrap();
    let starts = main.match_indices("<h").filter_map(|(at, _)| {
        let tag = main[at + 2..].split('>').next().unwrap();
        let (level, attributes) = tag.split_once(' ')?;
        let id = attributes.split("id=\"").nth(1)?.split('"').next().unwrap();
        Some((level.parse().ok()?, id.to_owned()))
    });
    starts.collect()
}

#[test]
fn the_anchors_of_a_code_host_are_those_of_the_built_book() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("anchors");
    let _ = fs::remove_dir_all(&out);
    gumbel_book::build(&book(), &out).unwrap();
    for (language, name, markdown) in pages() {
        let html = out.join(language).join(name.replace(".md", ".html"));
        let built = built_headings(&fs::read_to_string(html).unwrap());
        let hosted = headings(&markdown);
        assert!(!hosted.is_empty(), "{language}/{name}: no heading");
        let hosted: Vec<_> = hosted.into_iter().map(|h| (h.level, h.anchor)).collect();
        assert_eq!(hosted, built, "{language}/{name}: anchors of a code host, ids of the book");
    }
    let page = fs::read_to_string(out.join("en/sampling.html")).unwrap();
    assert!(!page.contains("SUMMARY"), "the last line of the Markdown is in the built page");
    let index = fs::read_to_string(out.join("index.html")).unwrap();
    for (language, _) in LANGUAGES {
        assert!(index.contains(&format!("href=\"{language}/index.html\"")), "{index}");
        assert!(out.join(language).join("index.html").is_file());
    }
}

/// A formula and where it stands.
fn place(language: &str, name: &str, markdown: &str, formula: &Formula) -> String {
    let line = markdown[..formula.range.start].matches('\n').count() + 1;
    format!("{language}/{name}:{line}: {}", &markdown[formula.range.clone()])
}

/// What Markdown without formulas makes of a part of a page: its text, with a mark for everything else.
fn read_as_text(events: &[(Event, Range<usize>)], part: &Range<usize>) -> String {
    let mut read = String::new();
    for (event, range) in events {
        match event {
            _ if range.end <= part.start || part.end <= range.start => {}
            Event::Text(text) => {
                // A text may begin before the part and end behind it.
                let from = part.start.saturating_sub(range.start).min(text.len());
                let behind = range.end.saturating_sub(part.end).min(text.len() - from);
                read.push_str(&text[from..text.len() - behind]);
            }
            Event::SoftBreak => read.push('\n'),
            Event::Start(_) | Event::End(_)
                if range.start <= part.start && part.end <= range.end => {}
            _ => read.push('\u{fffd}'),
        }
    }
    read
}

#[test]
fn markdown_without_formulas_leaves_a_formula_as_it_is() {
    let mut faults = Vec::new();
    for (language, name, markdown) in pages() {
        let events: Vec<_> =
            Parser::new_ext(&markdown, Options::ENABLE_TABLES).into_offset_iter().collect();
        for formula in formulas(&markdown) {
            let lines = |text: &str| {
                let lines = text.lines().map(|line| line.trim_start_matches("> ").trim());
                lines.collect::<Vec<_>>().join("\n")
            };
            let read = read_as_text(&events, &formula.range);
            if lines(&read) != lines(&markdown[formula.range.clone()]) {
                faults.push(format!("{}: {read}", place(language, &name, &markdown, &formula)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let page = "$a\\, b$ and $\\bar{x}_{1}$, $\\bar{x}_{2}$";
    let events: Vec<_> = Parser::new(page).into_offset_iter().collect();
    let spoilt =
        |formula: &Formula| read_as_text(&events, &formula.range) != page[formula.range.clone()];
    assert_eq!(formulas(page).iter().map(spoilt).collect::<Vec<_>>(), [true; 3]);
}

/// Why GitHub would not show a formula, or show it otherwise.
fn fault_on_github(markdown: &str, formula: &Formula) -> Option<String> {
    let source = &markdown[formula.range.clone()];
    // A dollar sign starts a formula after white space alone, and ends one only before something that is neither a
    // letter nor a digit.
    if let Some(before) = markdown[..formula.range.start].chars().next_back()
        && !before.is_whitespace()
    {
        return Some(format!("{before} before it"));
    }
    if let Some(after) = markdown[formula.range.end..].chars().next()
        && after.is_alphanumeric()
    {
        return Some(format!("{after} behind it"));
    }
    // These are not allowed.
    for refused in ["\\operatorname", "\\mbox", "\\phantom", "\\def", "\\newcommand"] {
        if source.contains(refused) {
            return Some(refused.to_owned());
        }
    }
    let mut pairs = source.as_bytes().windows(2);
    if pairs.any(|pair| pair[0] == b'\\' && pair[1].is_ascii_punctuation()) {
        return Some(
            "a backslash before punctuation; \\thinspace, \\cr and so on have names".into(),
        );
    }
    (!formula.display && source.contains('\n')).then(|| "on two lines".to_owned())
}

#[test]
fn a_formula_is_one_on_github() {
    let mut faults = Vec::new();
    for (language, name, markdown) in pages() {
        for formula in formulas(&markdown) {
            let fault = fault_on_github(&markdown, &formula);
            let place = || place(language, &name, &markdown, &formula);
            faults.extend(fault.map(|fault| format!("{}: {fault}", place())));
        }
        let words = headings(&markdown).into_iter().map(|heading| heading.text);
        let marked = words.filter(|words| words.contains(['$', '{', '<']));
        faults.extend(marked.map(|words| format!("{language}/{name}: heading {words}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for page in ["（$a$）", "$a\\, b$", "$\\operatorname{E} x$", "$a\nb$", "$a$b"] {
        assert!(fault_on_github(page, &formulas(page)[0]).is_some(), "{page}");
    }
}
