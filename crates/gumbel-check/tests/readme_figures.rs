//! The figures of README.md: each is in a document that its section links to, as the same number or as one that rounds
//! to it. A figure in a row of a table must be in a line of the source that is about this row.
//!
//! Not figures: code, addresses, the texts of links to other sites (papers) and of pictures, dates and years, versions,
//! names such as Zen 5 and CIFAR-10, the first cell of a row, which names it, and numbers in words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The sections with measured numbers. They must be there; their subsections belong to them.
const MEASURED: [&str; 3] = ["Estimators", "Results", "Speed"];

/// The sections whose numbers are not looked for, with the reason. The numbers of any other section must be anywhere in
/// the documents that the page links to.
const EXEMPT: [(&str, &str); 1] =
    [("Credits and licence", "numbers of DOIs and of licences, which name documents")];

/// Words before a number that is a part of a name or a version.
const NAMED: [&str; 2] = ["Zen", "CC"];
const VERSIONED: [&str; 9] =
    ["Burn", "CUDA", "Gymnasium", "JAX", "NumPy", "Python", "PyTorch", "Rust", "SciPy"];

/// Words that say nothing about the subject of a sentence.
const COMMON: &str = " about after all and are each first for from one other others than that the their \
    times when with ";

/// A number as it is written: its text, its value, half a unit of its last place.
struct Number {
    text: String,
    value: f64,
    half: f64,
}

impl Number {
    /// Whether this number, of the page, is that one, of a source. A number without a sign is compared by its size.
    fn states(&self, source: &Self) -> bool {
        if self.value.is_nan() {
            return self.text == source.text;
        }
        let value = if self.value < 0.0 { source.value } else { source.value.abs() };
        (self.value - value).abs() <= self.half * (1.0 + 1e-9) + self.value.abs() * 1e-12
    }
}

/// The number that a word is, with its unit or without.
fn number(word: &str) -> Option<Number> {
    let text = word.trim_end_matches(char::is_alphabetic);
    let plain = text.replace(',', "");
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let (value, half) = if plain.contains('x') && plain.split('x').all(digits) {
        (f64::NAN, 0.0) // A shape, 20x10, which has no size.
    } else if let Some((base, power)) = plain.split_once('^') {
        (base.parse::<f64>().ok()?.powi(power.parse().ok()?), 0.0)
    } else {
        let (mantissa, power) = plain.split_once('e').unwrap_or((&plain, "0"));
        let places = mantissa.split_once('.').map_or(0, |(_, places)| places.len() as i32);
        (plain.parse().ok()?, 0.5 * 10f64.powi(power.parse::<i32>().ok()? - places))
    };
    Some(Number { text: text.to_owned(), value, half })
}

/// The numbers of a text, without those of names, versions and dates.
fn numbers(text: &str) -> Vec<Number> {
    let (mut found, mut before) = (Vec::new(), "");
    for word in text.split(|c: char| c.is_whitespace() || "()[]{}|;:/=~±×–—".contains(c)) {
        let negative = word.starts_with(['-', '\u{2212}']);
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if word.is_empty() {
            continue;
        }
        let name = std::mem::replace(&mut before, word);
        let year = word.len() == 4 && (word.starts_with("19") || word.starts_with("20"));
        let date = word.len() == 10 && word.matches('-').count() == 2;
        // A word that begins with a letter is none: x86-64, f32, CIFAR-10.
        let skipped = word.starts_with(char::is_alphabetic)
            || date
            || (year && name.starts_with(char::is_uppercase))
            || NAMED.contains(&name)
            || (word.contains('.') && VERSIONED.contains(&name));
        if skipped {
            continue;
        }
        match number(word) {
            Some(it) if negative => found.push(Number { value: -it.value, ..it }),
            Some(it) => found.push(it),
            // A range, 44-87; a version, 2.15.0, is no number.
            None => found.extend(word.split('-').filter_map(number)),
        }
    }
    found
}

/// The words of a text, in small letters; a name with hyphens and a number are one word.
fn words(text: &str) -> BTreeSet<String> {
    let of_word = |c: char| c.is_alphanumeric() || "-.,_^".contains(c);
    let words = text.split(|c| !of_word(c)).map(|word| word.trim_matches(|c| "-.,_^".contains(c)));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// What the text links to, and the text without addresses, HTML, and what describes pictures and names papers.
fn without_links(text: &str) -> (Vec<String>, String) {
    let (mut targets, mut kept, mut rest) = (Vec::new(), String::new(), text);
    while let Some((before, after)) = rest.split_once("](") {
        let (target, after) = after.split_once(')').unwrap_or((after, ""));
        match before.rsplit_once('[') {
            Some((before, _)) if target.starts_with("http") || before.ends_with('!') => {
                kept.push_str(before);
            }
            Some((before, text)) => kept.extend([before, text]),
            None => kept.push_str(before),
        }
        targets.push(target.to_owned());
        rest = after;
    }
    kept.push_str(rest);
    let mut pieces = kept.split('<');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('>') {
            Some((tag, after)) if tag.starts_with(|c: char| c.is_alphabetic() || c == '/') => {
                plain.push_str(after);
            }
            _ => plain.extend(["<", piece]),
        }
    }
    (targets, plain)
}

/// A paragraph, an item of a list or a row of a table.
#[derive(Clone, Debug, Default)]
struct Block {
    /// The heading of the first or second level above it, and the nearest one.
    section: String,
    heading: String,
    /// Of a row the first row of its table.
    header: String,
    text: String,
}

impl Block {
    fn is_row(&self) -> bool {
        self.text.starts_with('|')
    }
}

fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// Whether a line is the one between the first row of a table and the others.
fn is_rule(line: &str) -> bool {
    line.starts_with('|') && line.chars().all(|c| "|-: ".contains(c))
}

/// The blocks of a Markdown page, without code blocks and without the first rows of tables.
fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut now, mut fenced) = (Vec::new(), Block::default(), false);
    let mut finish = |now: &mut Block| {
        let text = std::mem::take(&mut now.text);
        if !text.trim().is_empty() {
            blocks.push(Block { text, ..now.clone() });
        }
    };
    let lines: Vec<&str> = page.lines().collect();
    for (i, &line) in lines.iter().enumerate() {
        let (fence, row) = (line.trim_start().starts_with("```"), line.starts_with('|'));
        fenced ^= fence;
        let text = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
        let item = [". ", "- ", "* "].iter().any(|mark| text.starts_with(mark));
        let apart = row || fence || line.starts_with('#') || item;
        if apart || now.is_row() || line.trim().is_empty() {
            finish(&mut now);
        }
        if !row {
            now.header.clear();
        }
        if fence || fenced || line.starts_with("    ") || is_rule(line) {
            continue;
        }
        if line.starts_with('#') {
            now.heading = line.trim_start_matches('#').trim().to_owned();
            if !line.starts_with("###") {
                now.section.clone_from(&now.heading);
            }
        } else if row && lines.get(i + 1).is_some_and(|next| is_rule(next)) {
            line.clone_into(&mut now.header);
        } else {
            now.text += if item { text } else { line };
            now.text.push('\n');
        }
    }
    finish(&mut now);
    blocks
}

/// The comments of documentation in a file of Rust, as a page.
fn documentation(code: &str) -> String {
    let comment = |line: &str| {
        let line = line.trim_start();
        let text =
            line.strip_prefix("//!").or_else(|| line.strip_prefix("///")).unwrap_or_default();
        text.strip_prefix(' ').unwrap_or(text).to_owned()
    };
    code.lines().map(comment).collect::<Vec<_>>().join("\n")
}

/// Numbers of a document that belong together: a paragraph, an item, a cell of a table.
struct Statement {
    /// The words of the heading and of the paragraph, or of the row: its first cell, and words, not numbers, of others.
    subject: BTreeSet<String>,
    /// Of a cell the name of its column, and those of all columns.
    column: BTreeSet<String>,
    header: BTreeSet<String>,
    numbers: Vec<Number>,
}

fn is_word(word: &str) -> bool {
    word.starts_with(char::is_alphabetic)
}

fn statements(name: &str, text: &str) -> Vec<Statement> {
    let page = if name.ends_with(".rs") { documentation(text) } else { text.to_owned() };
    let of_block = |block: &Block| {
        let (_, text) = without_links(&block.text);
        let (row, columns) = match block.is_row() {
            true => (cells(&text), cells(&block.header)),
            false => (vec![&*text], Vec::new()),
        };
        let mut subject = words(&format!("{} {}", block.heading, row[0]));
        subject.extend(row[1..].iter().flat_map(|cell| words(cell)).filter(|word| is_word(word)));
        let of_cell = |(i, cell): (usize, &&str)| Statement {
            subject: subject.clone(),
            column: words(columns.get(i).unwrap_or(&"")),
            header: words(&block.header),
            numbers: numbers(cell),
        };
        row.iter().enumerate().map(of_cell).collect::<Vec<_>>()
    };
    blocks(&page).iter().flat_map(of_block).collect()
}

/// Numbers of the page that belong together: a cell of a table, or a sentence.
struct Piece {
    /// What it is about: the first cell of the row, or the words of the sentence.
    key: BTreeSet<String>,
    /// Of a cell the name of its column.
    column: BTreeSet<String>,
    place: String,
    numbers: Vec<Number>,
}

fn pieces(block: &Block) -> Vec<Piece> {
    let (_, text) = without_links(&block.text);
    let piece = |key: &str, column: &str, text: &str, place: String| Piece {
        key: words(key),
        column: words(column),
        place,
        numbers: numbers(&text.split('`').step_by(2).collect::<Vec<_>>().join(" ")), // Not in code.
    };
    if block.is_row() {
        let (row, columns) = (cells(&text), cells(&block.header));
        let of_cell = |(i, cell): (usize, &&str)| {
            let column = columns.get(i).unwrap_or(&"");
            // A column without a name, or of others: what the cell says itself.
            let name = if COMMON.contains(&format!(" {column} ")) { cell } else { column };
            piece(row[0], name, cell, format!("row \"{}\", column \"{column}\"", row[0]))
        };
        return row.iter().enumerate().skip(1).map(of_cell).collect();
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split(". ").map(|it| piece(it, "", it, format!("\"{it}\""))).collect()
}

/// The words of both that say something about a subject.
fn said(a: &BTreeSet<String>, b: &BTreeSet<String>) -> usize {
    let says = |it: &&String| it.len() > 2 && is_word(it) && !COMMON.contains(&format!(" {it} "));
    a.intersection(b).filter(says).count()
}

/// The statements about a piece. About a sentence is one that shares two words with it, or one and two names of
/// columns. About a row is one that shares a word with its first cell, and with no other row of the table more. If some
/// of them share a word with the name of the column, these: in a table with such a column its cells; and rather cells of
/// tables than paragraphs.
fn about<'a>(piece: &Piece, rows: &[Piece], from: &'a [Statement]) -> Vec<&'a Statement> {
    if rows.is_empty() {
        let about = |it: &&Statement| match said(&piece.key, &it.subject) {
            0 => false,
            own => own + said(&piece.key, &it.header) > if own > 1 { 1 } else { 2 },
        };
        return from.iter().filter(about).collect();
    }
    let of_row = |it: &&Statement| {
        let shared = |row: &Piece| row.key.intersection(&it.subject).count();
        shared(piece) > 0 && rows.iter().all(|row| shared(row) <= shared(piece))
    };
    let of_column = |it: &Statement| {
        let named = said(&piece.column, &it.header) > 0;
        said(&piece.column, if named { &it.column } else { &it.subject }) > 0
    };
    let mut about: Vec<_> = from.iter().filter(of_row).collect();
    for narrow in [&of_column as &dyn Fn(&Statement) -> bool, &|it| !it.header.is_empty()] {
        let fewer: Vec<_> = about.iter().copied().filter(|it| narrow(it)).collect();
        if fewer.is_empty() {
            break;
        }
        about = fewer;
    }
    about
}

/// The figures of a page that none of their documents states, one line each. `read` gives the text of what the page
/// links to, if it is a document.
fn faults(page: &str, read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
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
        let texts = names.iter().filter_map(|name| Some((name, read(name)?)));
        let from: Vec<_> = texts.flat_map(|(name, text)| statements(name, &text)).collect();
        let place = if measured { "the section" } else { "the page" };
        for block in blocks.iter().filter(|it| it.section == section) {
            let beside = |it: &&Block| (&it.heading, &it.header) == (&block.heading, &block.header);
            let of_table = blocks.iter().filter(|it| block.is_row() && it.is_row() && beside(it));
            let rows: Vec<_> = of_table.flat_map(|it| pieces(it).into_iter().next()).collect();
            for piece in pieces(block) {
                let of_piece = about(&piece, &rows, &from);
                let about = if measured { of_piece } else { from.iter().collect() };
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

#[test]
fn every_figure_is_in_a_document_that_its_section_links_to() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| match name.ends_with(".md") || name.ends_with(".rs") {
        true => fs::read_to_string(root.join(name)).ok(),
        false => None,
    };
    let page = fs::read_to_string(root.join("README.md")).unwrap();
    let faults = faults(&page, &read);
    assert!(faults.is_empty(), "{} figures:\n{}", faults.len(), faults.join("\n"));
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
    let text = |name: &str| Some(DOCUMENTS.iter().find(|it| it.0 == name)?.1.to_owned());
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
