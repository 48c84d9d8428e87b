//! The documents beside the book: the target of every link exists, in the book too, and every picture in docs is shown.
//! (`book/check` checks the links of the book.)

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true if !path.ends_with("target") => found.extend(files(&path, extension)),
            false if path.extension().is_some_and(|is| is == extension) => found.push(path),
            _ => {}
        }
    }
    found.sort();
    found
}

/// The Markdown files of the root, of docs, and beside the code.
fn documents() -> Vec<PathBuf> {
    let root = repository();
    let of_root = [
        "README.md",
        "DESIGN.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "book/README.md",
        "python/README.md",
    ];
    let folders =
        ["docs", "crates", "benches", "fuzz"].map(|folder| files(&root.join(folder), "md"));
    of_root.map(|name| root.join(name)).into_iter().chain(folders.into_iter().flatten()).collect()
}

/// The text outside code blocks.
fn prose(page: &str) -> String {
    let mut fenced = false;
    let lines = page.lines().filter(|line| {
        let fence = line.starts_with("```");
        fenced ^= fence;
        !fence && !fenced && !line.starts_with("    ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The targets of links and pictures, as they are written.
fn targets(page: &str) -> Vec<String> {
    let prose = prose(page);
    prose.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned()).collect()
}

/// The anchors of the headings, by the rules of code hosts; those of the book are the same in the built pages, which
/// `book/check` holds.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut times = BTreeMap::new();
    let prose = prose(page);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    let anchors = headings.map(|line| {
        let heading = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        let anchor: String =
            heading.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
        let before = times.entry(anchor.clone()).or_insert(0);
        *before += 1;
        match *before {
            1 => anchor,
            again => format!("{anchor}-{}", again - 1),
        }
    });
    anchors.collect()
}

/// The error of a link in a document, if its target does not exist.
fn fault(document: &Path, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = match file.is_empty() {
        true => document.to_owned(),
        false => document.parent().unwrap().join(file),
    };
    if !path.exists() {
        return Some(format!("{}: {target} does not exist", document.display()));
    }
    let there = heading.is_empty() || anchors(&fs::read_to_string(path).unwrap()).contains(heading);
    (!there).then(|| format!("{}: no heading for {target}", document.display()))
}

#[test]
fn the_target_of_every_link_exists() {
    let (mut found, mut faults) = (0, Vec::new());
    for document in documents() {
        let targets = targets(&fs::read_to_string(&document).unwrap());
        found += targets.len();
        faults.extend(targets.iter().filter_map(|target| fault(&document, target)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(found > 40, "only {found} links were found");
}

#[test]
fn every_picture_in_docs_is_shown() {
    let mut shown = BTreeSet::new();
    for document in documents() {
        let folder = document.parent().unwrap();
        for target in targets(&fs::read_to_string(&document).unwrap()) {
            shown.extend(folder.join(target).canonicalize());
        }
    }
    let pictures = ["png", "svg"].map(|kind| files(&repository().join("docs"), kind)).concat();
    assert!(!pictures.is_empty());
    for picture in pictures {
        assert!(shown.contains(&picture), "no document shows {}", picture.display());
    }
}

#[test]
fn a_link_without_a_target_is_found() {
    let readme = repository().join("README.md");
    assert_eq!(fault(&readme, "DESIGN.md#why-so-many-crates"), None);
    assert_eq!(fault(&readme, "https://example.org"), None);
    assert!(fault(&readme, "docs/none.md").unwrap().contains("docs/none.md"));
    assert!(fault(&readme, "DESIGN.md#no-such-heading").unwrap().contains("no-such-heading"));
    let page = "[a](b.md#c), ![d](e.png)\n\n```text\n[f](g)\n```\n\n    [h](i)\n\n## Why `ln`, and *how*?\n";
    assert_eq!(targets(page), ["b.md#c", "e.png"]);
    assert_eq!(anchors(page), BTreeSet::from(["why-ln-and-how".to_owned()]));
    let twice = anchors("# A\n\n## A\n\n## 选哪一个？\n");
    assert_eq!(twice, ["a", "a-1", "选哪一个"].map(str::to_owned).into());
    let book = "book/zh/src/sampling.md#抽样为什么没有导数";
    assert_eq!(fault(&readme, book), None);
    assert!(fault(&readme, "book/zh/src/sampling.md#no-derivative").is_some());
}
