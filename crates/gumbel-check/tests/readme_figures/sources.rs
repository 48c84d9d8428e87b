//! What a number of the page is about, and the statements of documents about the same.

use std::collections::BTreeSet;

use crate::text::{Block, Number, blocks, cells, documentation, numbers, without_links, words};

/// Words that say nothing about the subject of a sentence.
const COMMON: &str = " about after all and are each first for from one other others than that the their \
    times when with ";

/// Numbers of a document that belong together: a paragraph, an item, a cell of a table.
pub(crate) struct Statement {
    /// The words of the heading and of the paragraph, or of the row: its first cell, and words, not numbers, of others.
    pub(crate) subject: BTreeSet<String>,
    /// Of a cell the name of its column, and those of all columns.
    pub(crate) column: BTreeSet<String>,
    pub(crate) header: BTreeSet<String>,
    pub(crate) numbers: Vec<Number>,
}

pub(crate) fn is_word(word: &str) -> bool {
    word.starts_with(char::is_alphabetic)
}

/// What README.md links to.
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) statements: Vec<Statement>,
}

impl Document {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let text = if name.ends_with(".rs") { documentation(text) } else { text.to_owned() };
        let blocks = blocks(&text);
        let statements = statements(&blocks);
        Self { text, blocks, statements }
    }
}

fn statements(blocks: &[Block]) -> Vec<Statement> {
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
    blocks.iter().flat_map(of_block).collect()
}

/// Numbers of the page that belong together: a cell of a table, or a sentence.
pub(crate) struct Piece {
    /// What it is about: the first cell of the row, or the words of the sentence.
    pub(crate) key: BTreeSet<String>,
    /// Of a cell the name of its column.
    pub(crate) column: BTreeSet<String>,
    pub(crate) place: String,
    pub(crate) numbers: Vec<Number>,
}

pub(crate) fn pieces(block: &Block) -> Vec<Piece> {
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
pub(crate) fn said(a: &BTreeSet<String>, b: &BTreeSet<String>) -> usize {
    let says = |it: &&String| it.len() > 2 && is_word(it) && !COMMON.contains(&format!(" {it} "));
    a.intersection(b).filter(says).count()
}

/// The statements about a piece. About a sentence is one that shares two words with it, or one and two names of
/// columns. About a row is one that shares a word with its first cell, and with no other row of the table more. If some
/// of them share a word with the name of the column, these: in a table with such a column its cells; and rather cells of
/// tables than paragraphs.
pub(crate) fn about<'a>(
    piece: &Piece,
    rows: &[Piece],
    from: &[&'a Statement],
) -> Vec<&'a Statement> {
    if rows.is_empty() {
        let about = |it: &&Statement| match said(&piece.key, &it.subject) {
            0 => false,
            own => own + said(&piece.key, &it.header) > if own > 1 { 1 } else { 2 },
        };
        return from.iter().copied().filter(about).collect();
    }
    let of_row = |it: &&Statement| {
        let shared = |row: &Piece| row.key.intersection(&it.subject).count();
        shared(piece) > 0 && rows.iter().all(|row| shared(row) <= shared(piece))
    };
    let of_column = |it: &Statement| {
        let named = said(&piece.column, &it.header) > 0;
        said(&piece.column, if named { &it.column } else { &it.subject }) > 0
    };
    let mut about: Vec<_> = from.iter().copied().filter(of_row).collect();
    for narrow in [&of_column as &dyn Fn(&Statement) -> bool, &|it| !it.header.is_empty()] {
        let fewer: Vec<_> = about.iter().copied().filter(|it| narrow(it)).collect();
        if fewer.is_empty() {
            break;
        }
        about = fewer;
    }
    about
}
