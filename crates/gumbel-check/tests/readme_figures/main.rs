//! The figures of README.md: each is in a document that its section links to, as the same number or as one that rounds
//! to it. A figure in a row of a table must be in a line of the source that is about this row. The tables of estimators
//! and of speed, and some sentences, are held against the very cells that they state (`claims`). A test changes each
//! number of the measured sections and lists the changes that stay unseen (`changes`).
//!
//! Not figures: code, addresses, the texts of links to other sites (papers) and of pictures, dates and years, versions,
//! names such as Zen 5 and CIFAR-10, the first cell of a row, which names it, and numbers in words.

mod changes;
mod claims;
mod sources;
mod text;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use changes::{changes, reason};
use sources::{Document, about, pieces};
use text::{Block, Number, blocks, numbers, without_links};

/// The sections with measured numbers. They must be there; their subsections belong to them.
const MEASURED: [&str; 3] = ["Estimators", "Results", "Speed"];

/// The sections whose numbers are not looked for, with the reason. The numbers of any other section must be anywhere in
/// the documents that the page links to.
const EXEMPT: [(&str, &str); 1] =
    [("Credits and licence", "numbers of DOIs and of licences, which name documents")];

/// The figures of a page that none of their documents states, one line each. `read` gives the text of what the page
/// links to, if it is a document.
fn faults(page: &str, read: &dyn Fn(&str) -> Option<Rc<Document>>) -> Vec<String> {
    let blocks = blocks(page);
    let missing = MEASURED.iter().filter(|&&name| blocks.iter().all(|it| it.section != name));
    let mut faults: Vec<_> = missing.map(|name| format!("no section \"{name}\"")).collect();
    let sections: BTreeSet<_> = blocks.iter().map(|it| &*it.section).collect();
    for section in sections.into_iter().filter(|name| EXEMPT.iter().all(|it| it.0 != *name)) {
        let measured = MEASURED.contains(&section);
        let near = blocks.iter().filter(|it| !measured || it.section == section);
        let targets = near.flat_map(|it| without_links(&it.text).0);
        let name = |target: String| target.split('#').next().unwrap().to_owned();
        let names: BTreeSet<String> = targets.map(name).collect();
        let documents: Vec<_> = names.iter().filter_map(|name| read(name)).collect();
        let from: Vec<_> = documents.iter().flat_map(|it| &it.statements).collect();
        let place = if measured { "the section" } else { "the page" };
        for block in blocks.iter().filter(|it| it.section == section) {
            let beside = |it: &&Block| (&it.heading, &it.header) == (&block.heading, &block.header);
            let of_table = blocks.iter().filter(|it| block.is_row() && it.is_row() && beside(it));
            let rows: Vec<_> = of_table.flat_map(|it| pieces(it).into_iter().next()).collect();
            for piece in pieces(block) {
                if piece.numbers.is_empty() {
                    continue;
                }
                let about = if measured { about(&piece, &rows, &from) } else { from.clone() };
                let stated = |number: &&Number| {
                    about.iter().flat_map(|it| &it.numbers).any(|source| number.states(source))
                };
                let unstated = piece.numbers.iter().filter(|number| !stated(number));
                faults.extend(unstated.map(|number| {
                    let (text, heading, of) = (&number.text, &block.heading, &piece.place);
                    format!("{heading}: {text} is in no document of {place}: {of}")
                }));
            }
        }
    }
    faults
}

/// The documents of the repository, each read once.
struct Documents(RefCell<BTreeMap<String, Option<Rc<Document>>>>);

impl Documents {
    fn new() -> Self {
        Self(RefCell::new(BTreeMap::new()))
    }

    fn read(&self, name: &str) -> Option<Rc<Document>> {
        let load = || {
            let of_text = name.ends_with(".md") || name.ends_with(".rs");
            let text = fs::read_to_string(root().join(name));
            of_text.then(|| Some(Rc::new(Document::new(name, &text.ok()?)))).flatten()
        };
        self.0.borrow_mut().entry(name.to_owned()).or_insert_with(load).clone()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The faults of README.md: of the figures that are cells of a table, or, if there are none, of all.
fn faults_of_readme(page: &str, documents: &Documents) -> Vec<String> {
    let read = |name: &str| documents.read(name);
    let of_cells = claims::faults(page, &read);
    if of_cells.is_empty() { faults(page, &read) } else { of_cells }
}

#[test]
fn every_figure_is_in_a_document_that_its_section_links_to() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let faults = faults_of_readme(&page, &Documents::new());
    assert!(faults.is_empty(), "{} figures:\n{}", faults.len(), faults.join("\n"));
}

/// Texts of README.md in which a change of a number is not seen, with the reason.
const UNSEEN: [(&str, &str); 7] = [
    ("CIFAR-10", "a name"),
    ("Zen 4", "a name"),
    ("Zen 5", "a name"),
    ("AVX-512", "a name"),
    ("f32", "a name"),
    ("f64", "a name"),
    ("November 2026", "a date"),
];

/// The most changes that may stay unseen, those in code, addresses and descriptions of pictures included.
const MOST_UNSEEN: usize = 60;

#[test]
fn a_changed_number_of_the_measured_sections_is_found() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let start = page.find("\n## Estimators\n").unwrap();
    let speed = page.find("\n## Speed\n").unwrap();
    let end = speed + 1 + page[speed + 1..].find("\n## ").unwrap();
    let documents = Documents::new();
    assert_eq!(faults_of_readme(&page, &documents), Vec::<String>::new());
    let all = changes(&page, start..end, &[3, -4]);
    assert!(all.len() > 180, "only {} changes", all.len());
    let unseen: Vec<_> =
        all.iter().filter(|it| faults_of_readme(&it.page, &documents).is_empty()).collect();
    let mut without_reason = Vec::new();
    for it in &unseen {
        let why = reason(&page, &it.at, &UNSEEN);
        let line = page[..it.at.start].matches('\n').count() + 1;
        let text = format!("README.md:{line}: {} to {}", &page[it.at.clone()], it.number);
        println!("{text}: {}", why.unwrap_or("no reason"));
        without_reason.extend(why.is_none().then_some(text));
    }
    println!("{} of {} changes are not seen", unseen.len(), all.len());
    assert!(without_reason.is_empty(), "not seen:\n{}", without_reason.join("\n"));
    assert!(unseen.len() <= MOST_UNSEEN, "{} changes are not seen", unseen.len());
}

const PAGE: &str = "# A

It has 1,798 pictures.

## Credits and licence

No number of this section, 77, is looked for.

## Estimators

| name | bias | paper |
|---|---|---|
| `relax` | 0.25 | [Grathwohl 2018](https://arxiv.org/abs/1711.00123) |
| `relax-cv` | 0.5 | Kool 2019 |

See [the table](table.md#there).

## Results

On CIFAR-10 with 1,797 images the bound is -3.5 after 2^14 steps (Zen 5, `--seed 9`).
Its standard error was 1.2e-6 in November 2026. [Source](prose.md) ![88 images](a.png)

### More

1. Noise is 44 to 87 times as fast ([code](code.rs))

    gumbel bench --threads 31

## Speed

None.
";

const DOCUMENTS: [(&str, &str); 3] = [
    (
        "table.md",
        "| name | bias |\n|---|---|\n| relax | 0.254 |\n| relax-cv | 0.46 |\n\nrelax: 0.5, 0.3",
    ),
    (
        "prose.md",
        "Bound of the 1,797 images, 16,384 steps:\n-3.52.\n\nStandard error: 0.0000012\n\n1,798",
    ),
    ("code.rs", "/// Fast noise: 43.6, 86.6\nlet fast_noise = [55];\n"),
];

#[test]
fn a_changed_figure_is_found() {
    let text = |name: &str| {
        let text = DOCUMENTS.iter().find(|it| it.0 == name)?.1;
        Some(Rc::new(Document::new(name, text)))
    };
    let of = |page: &str| faults(page, &text);
    assert_eq!(of(PAGE), Vec::<String>::new());
    // Another figure, one that only another row has, one of another sign, one without a source.
    for (old, new, text) in [
        ("0.25 |", "0.24 |", "Estimators: 0.24 is in no document of the section: row"),
        ("| 0.5 |", "| 0.25 |", "Estimators: 0.25"),
        ("1,797", "1,798", "Results: 1,798"),
        ("-3.5", "-3.4", "Results: 3.4"),
        ("2^14", "2^13", "Results: 2^13"),
        ("44 to 87", "44 to 88", "More: 88"),
        ("44 to 87", "44 to 55", "More: 55"),
        ("## Speed", "## Fast", "no section \"Speed\""),
        ("None.", "Twice, or 2.5 times.", "Speed: 2.5"),
    ] {
        let found = of(&PAGE.replacen(old, new, 1)).join("\n");
        assert!(found.starts_with(text), "{old} to {new}: {found:?}");
    }
    let elsewhere = "## Size\n\nThe bound of 1,797 images and 1,796 others.\n\n## Speed";
    assert_eq!(of(&PAGE.replace("## Speed", elsewhere)).len(), 1);
}

#[test]
fn numbers_are_read_as_they_are_written() {
    let texts = |text| numbers(text).into_iter().map(|it| it.text).collect::<Vec<_>>();
    assert_eq!(
        texts("44–87, 1,024; 20x10 (2^14, 10^-6 or 1e-3): 64.2 % and 2.5x."),
        ["44", "87", "1,024", "20x10", "2^14", "10^-6", "1e-3", "64.2", "2.5"]
    );
    let none = "CIFAR-10, x86-64, f32, Zen 5, 2026-11-30, Liu 2023, PyTorch 2.15, JAX 0.10.2";
    assert_eq!(texts(none), Vec::<String>::new());
    let values = |text| numbers(text).into_iter().map(|it| it.value).collect::<Vec<_>>();
    assert_eq!(
        values("-0.18, (-2) 3-4 \u{2212}5 1,797 10, 20"),
        [-0.18, -2.0, 3.0, 4.0, -5.0, 1797.0, 10.0, 20.0]
    );
    let states = |pair: &str| numbers(pair)[0].states(&numbers(pair)[1]);
    let all = |pairs: &str| pairs.split("; ").map(states).collect::<Vec<_>>();
    assert_eq!(all("87 86.6; 1.8 1.79; 48 48.5; 0.18 -0.18; 2^14 16,384"), [true; 5]);
    assert_eq!(all("87 86.4; 1.8 1.74; 1.80 1.79; -0.18 0.18; 20x10 20x11"), [false; 5]);
}
