//! What the pages of the book must hold: figures and links that exist, formulas that parse, and in
//! every language the same figures, formulas and code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use gumbel_book::{Heading, LANGUAGES, formulas, headings, to_mathml, without_navigation};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The languages that are there; English always is.
fn languages() -> Vec<&'static str> {
    let there = |language: &&str| book().join(language).is_dir();
    let languages: Vec<_> = LANGUAGES.iter().map(|(language, _)| *language).filter(there).collect();
    assert!(languages.contains(&"en"));
    languages
}

/// The pages of a language by file name, without the summary.
fn pages(language: &str) -> BTreeMap<String, Page> {
    let folder = book().join(language).join("src");
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name != "SUMMARY.md" {
            pages.insert(name, Page::read(&path));
        }
    }
    pages
}

/// What a page holds.
#[derive(Default)]
struct Page {
    text: String,
    /// Link targets as written.
    links: Vec<String>,
    /// The names of figures, from `<img src>` and `![]()`.
    figures: Vec<String>,
    headings: Vec<Heading>,
    /// Rust code, without comments and empty lines.
    code: Vec<String>,
    /// The info strings of all code blocks.
    fences: Vec<String>,
}

impl Page {
    fn read(path: &Path) -> Self {
        let text = without_navigation(&fs::read_to_string(path).unwrap()).to_owned();
        let mut page = Self::default();
        let options = Options::ENABLE_TABLES | Options::ENABLE_MATH | Options::ENABLE_STRIKETHROUGH;
        let mut block = None;
        for event in Parser::new_ext(&text, options) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => page.links.push(dest_url.into_string()),
                Event::Start(Tag::Image { dest_url, .. }) => page.figures.push(figure(&dest_url)),
                Event::Start(Tag::CodeBlock(kind)) => {
                    let CodeBlockKind::Fenced(info) = kind else {
                        panic!("{}: an indented code block would run as Rust", path.display());
                    };
                    page.fences.push(info.clone().into_string());
                    block = (&*info == "rust").then(String::new);
                }
                Event::Text(code) => {
                    if let Some(block) = &mut block {
                        block.push_str(&code);
                    }
                }
                Event::End(TagEnd::CodeBlock) => {
                    page.code.extend(block.take().map(|code| without_comments(&code)));
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    for source in attributes(&html, "src") {
                        page.figures.push(figure(&source));
                    }
                    page.links.extend(attributes(&html, "href"));
                }
                _ => {}
            }
        }
        page.headings = headings(&text);
        page.text = text;
        page
    }
}

/// The values of an attribute in a piece of HTML.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// The name of a figure of the book, without the folder of its language.
fn figure(source: &str) -> String {
    let name = source.strip_prefix("../../figures/").and_then(|rest| rest.strip_suffix(".svg"));
    let name = name.unwrap_or_else(|| panic!("{source}: a figure is ../../figures/NAME.svg"));
    name.strip_prefix("zh/").unwrap_or(name).to_owned()
}

/// The folder of the figures that the pages of a language show.
fn folder(language: &str) -> &str {
    if language == "zh" { "figures/zh" } else { "figures" }
}

/// Comments are translated, code is not.
fn without_comments(code: &str) -> String {
    let lines = code.lines().map(|line| line.split("//").next().unwrap().trim_end());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Figures that are there.
fn drawn(language: &str) -> BTreeSet<String> {
    let names = fs::read_dir(book().join(folder(language))).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".svg").map(str::to_owned)
    });
    names.collect()
}

#[test]
fn every_figure_is_there_and_is_shown() {
    for language in languages() {
        let shown: Vec<String> =
            pages(language).into_values().flat_map(|page| page.figures).collect();
        let once: BTreeSet<String> = shown.iter().cloned().collect();
        assert_eq!(once.len(), shown.len(), "{language}: a figure is shown twice");
        assert_eq!(once, drawn(language), "{language}: figures shown, and figures in book/figures");
    }
}

#[test]
fn every_figure_has_an_anchor_a_text_and_a_caption() {
    for language in languages() {
        for (name, page) in pages(language) {
            for figure in &page.figures {
                let block = page
                    .text
                    .split("<figure ")
                    .find(|block| block.starts_with(&format!("id=\"fig-{figure}\">")));
                let block = block.unwrap_or_else(|| panic!("{name}: no anchor for {figure}"));
                let block = block.split("</figure>").next().unwrap();
                let alt = attributes(block, "alt");
                assert!(alt.len() == 1 && alt[0].len() > 20, "{name}: {figure} for the blind");
                let caption = block.split("<figcaption>").nth(1).unwrap_or_default();
                assert!(caption.len() > 80, "{name}: {figure} has no caption that stands alone");
            }
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for language in languages() {
        let pages = pages(language);
        let mut links = 0;
        for (name, page) in &pages {
            for link in &page.links {
                links += 1;
                let place = format!("{language}/{name}: {link}");
                if link.contains("://") || link.starts_with("mailto:") {
                    // No network here: the form alone can be checked.
                    let host = link.strip_prefix("https://").unwrap_or_default();
                    let well_formed = host.contains('.') && !link.contains(char::is_whitespace);
                    assert!(well_formed, "{place}: not an https address");
                    continue;
                }
                let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
                let file = if file.is_empty() { name } else { file };
                let target = pages.get(file).unwrap_or_else(|| panic!("{place}: no such page"));
                let there = anchor.is_empty() || target.headings.iter().any(|h| h.anchor == anchor);
                assert!(there, "{place}: no such heading");
            }
        }
        assert!(links > 20, "{language}: only {links} links were found");
    }
}

#[test]
fn every_page_is_in_the_summary() {
    for language in languages() {
        let summary = Page::read(&book().join(language).join("src/SUMMARY.md"));
        let listed: BTreeSet<String> = summary.links.iter().cloned().collect();
        assert_eq!(listed.len(), summary.links.len(), "{language}: a page is listed twice");
        assert_eq!(listed, pages(language).into_keys().collect(), "{language}/src/SUMMARY.md");
    }
}

#[test]
fn every_page_has_one_title_and_different_headings() {
    for language in languages() {
        for (name, page) in pages(language) {
            let place = format!("{language}/{name}");
            let titles = page.headings.iter().filter(|heading| heading.level == 1).count();
            assert_eq!((titles, page.headings[0].level), (1, 1), "{place}: titles");
            let words: BTreeSet<_> = page.headings.iter().map(|heading| &heading.text).collect();
            assert_eq!(words.len(), page.headings.len(), "{place}: two headings are equal");
        }
    }
}

#[test]
fn every_formula_parses() {
    for language in languages() {
        let mut found = 0;
        for (name, page) in pages(language) {
            for formula in formulas(&page.text) {
                let mathml = to_mathml(&formula);
                assert!(mathml.is_ok(), "{language}/{name}: {mathml:?}");
                found += 1;
            }
            // A dollar sign that is left over is a formula that was not recognised.
            let mut rest = page.text.clone();
            for formula in formulas(&page.text).iter().rev() {
                rest.replace_range(formula.range.clone(), "");
            }
            let outside = rest.split("```").step_by(2).collect::<String>();
            assert!(!outside.contains('$'), "{language}/{name}: a dollar sign is left over");
        }
        assert!(found > 200, "{language}: only {found} formulas");
    }
}

#[test]
fn every_code_block_is_rust_that_runs_or_says_what_it_is() {
    // The build script of gumbel-check makes doctests of the Rust blocks of every page.
    for language in languages() {
        for (name, page) in pages(language) {
            for fence in &page.fences {
                let known = ["rust", "text", "python"].contains(&fence.as_str());
                assert!(known, "{language}/{name}: a code block of {fence:?}");
            }
        }
    }
}

#[test]
fn the_languages_say_the_same() {
    let english = pages("en");
    for language in languages().into_iter().filter(|language| *language != "en") {
        let other = pages(language);
        let names = |pages: &BTreeMap<String, Page>| pages.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&english), names(&other), "pages of en and {language}");
        for (name, page) in &english {
            let twin = &other[name];
            let place = format!("en/{name} and {language}/{name}");
            let levels = |page: &Page| page.headings.iter().map(|h| h.level).collect::<Vec<_>>();
            assert_eq!(levels(page), levels(twin), "{place}: levels of headings, in order");
            assert_eq!(page.figures, twin.figures, "{place}: figures");
            assert_eq!(page.fences, twin.fences, "{place}: code blocks");
            assert_eq!(page.code, twin.code, "{place}: Rust code, but for its comments");
            let count = |page: &Page, display: bool| {
                formulas(&page.text).iter().filter(|formula| formula.display == display).count()
            };
            for display in [true, false] {
                let (ours, theirs) = (count(page, display), count(twin, display));
                assert_eq!(ours, theirs, "{place}: formulas, display {display}");
            }
            let outside = |page: &Page| -> BTreeSet<String> {
                page.links.iter().filter(|link| link.contains("://")).cloned().collect()
            };
            assert_eq!(outside(page), outside(twin), "{place}: links to elsewhere");
        }
        let order =
            |language: &str| Page::read(&book().join(language).join("src/SUMMARY.md")).links;
        assert_eq!(order("en"), order(language), "order of the pages");
    }
}

#[test]
fn the_book_builds() {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book");
    let _ = fs::remove_dir_all(&out);
    gumbel_book::build(&book(), &out).unwrap();
    for language in languages() {
        for (name, page) in pages(language) {
            let html = out.join(language).join(name.replace(".md", ".html"));
            let html = fs::read_to_string(html).unwrap();
            assert_eq!(html.matches("<math").count(), formulas(&page.text).len(), "{name}");
            for figure in &page.figures {
                let file = format!("{}/{figure}.svg", folder(language));
                assert!(html.contains(&format!("\"../{file}\"")), "{name}: {file}");
                assert!(out.join(&file).is_file(), "{file}");
            }
            // The last one marks code that can be run elsewhere; where it occurs, the script asks
            // that place what it has.
            let network = [
                "src=\"http",
                "src=\"//",
                "<link rel=\"stylesheet\" href=\"http",
                "class=\"playground\"",
            ];
            for start in network {
                assert!(!html.contains(start), "{language}/{name} needs a network: {start}");
            }
            let own = html.contains("title=\"Change theme\"");
            assert_eq!(own, language == "en", "{language}/{name}: the language of the interface");
        }
    }
}
