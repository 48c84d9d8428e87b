//! Splits a CSV file into rows with their line numbers, comments and blank lines.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::cell;
use crate::comments::Comment;
use crate::text::{line_ends, single_spaced};

/// Delimiters that are recognised without an option.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// A row that is appended to the file. If it is not read as a row, a quote was open at the end.
const END: &str = "\u{3}";

/// A row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The first line of the row, the first of the file being 1.
    pub(crate) line: u64,
    /// The last line of the row: a later one if a cell in quotes holds line breaks.
    pub(crate) last: u64,
    /// Empty lines since the row before.
    pub(crate) blank: u64,
    /// The cells of the row, without spaces around them.
    pub(crate) cells: StringRecord,
}

/// The rows of a file, and its other lines.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    /// The character between cells.
    pub(crate) delimiter: u8,
    /// Lines before the first row that begin with `#`.
    pub(crate) comments: Vec<Comment>,
    /// Blank lines before the first row and after the last one.
    pub(crate) blank: u64,
}

/// Splits a text into rows.
///
/// # Errors
/// A quote that is never closed, with the line of its row.
pub(crate) fn rows(
    text: &str,
    delimiter: Option<u8>,
    decimal_comma: bool,
) -> Result<Rows, (Option<u64>, String)> {
    let head = head(text);
    let text = &text[head.start..];
    // Letters, digits and quotes are no delimiters, nor is a comma where decimals have one.
    let usable = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'"';
    let declared = head.delimiter.filter(|byte| usable(byte) && !(decimal_comma && *byte == b','));
    let delimiter = delimiter
        .or(declared)
        .unwrap_or_else(|| delimiter_of(lines(text).next().unwrap_or_default(), decimal_comma));
    let (mut rows, mut blank) = (Vec::new(), head.blank);
    let text = if delimiter == b' ' { single_spaced(text) } else { text.to_owned() };
    let text = text.as_bytes();
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.chain(b"\n\x03".as_slice()));
    // The reader skips blank lines, and counts line feeds only: lines are counted here.
    let (mut at, mut line) = (0, head.line);
    loop {
        let mut cells = StringRecord::new();
        let read =
            reader.read_record(&mut cells).map_err(|error| (Some(line), error.to_string()))?;
        let here = text[at..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
        let gap = line_ends(&text[..at + here], at);
        if read && cells.len() == 1 && &cells[0] == END && at + here == text.len() {
            blank += gap;
            return Ok(Rows { rows, delimiter, comments: head.comments, blank });
        }
        let end = reader.position().byte() as usize;
        if !read || end > text.len() + 1 {
            let problem = "a quote opens in this row and is never closed".to_owned();
            return Err((Some(line + gap), problem));
        }
        line += gap;
        let (first, end) = (line, end.min(text.len()));
        line += line_ends(&text[..end], at + here);
        // The line end after the row is not part of it.
        let ended = text[..end].ends_with(b"\n") || text[..end].ends_with(b"\r");
        let last = if ended { line - 1 } else { line };
        rows.push(Row { line: first, last, blank: gap, cells });
        at = end;
    }
}

/// Everything before the first row.
struct Head {
    /// The byte where the first row begins, and its line.
    start: usize,
    line: u64,
    comments: Vec<Comment>,
    blank: u64,
    /// The delimiter that a first line `sep=;` declares, as Excel writes and reads it.
    delimiter: Option<u8>,
}

fn head(text: &str) -> Head {
    let mut head = Head { start: 0, line: 1, comments: Vec::new(), blank: 0, delimiter: None };
    for found in lines(text) {
        let declared = found.strip_prefix("sep=").map(str::as_bytes);
        match (found.trim(), declared) {
            (_, Some(&[declared])) if head.line == 1 => head.delimiter = Some(declared),
            ("", _) => head.blank += 1,
            (text, _) if is_comment(text) => head.comments.push(Comment::new(head.line, text)),
            _ => break,
        }
        let rest = &text[head.start + found.len()..];
        let end = if rest.starts_with("\r\n") { 2 } else { rest.len().min(1) };
        head.start += found.len() + end;
        head.line += 1;
        if end == 0 {
            break;
        }
    }
    head
}

/// The lines of a text, without line ends.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (line, after) = match text.find(['\n', '\r']) {
            None => (text, None),
            Some(at) => {
                let end = if text[at..].starts_with("\r\n") { 2 } else { 1 };
                (&text[..at], Some(&text[at + end..]))
            }
        };
        rest = after;
        Some(line)
    })
}

/// Whether a line before the first row is a comment: it begins with `#`, which may be in quotes, and not with
/// `#N/A` or another error of a spreadsheet.
fn is_comment(line: &str) -> bool {
    let line = line.strip_prefix('"').unwrap_or(line);
    let first = line.split([',', ';', '\t', '|', '"']).next().unwrap_or_default();
    line.starts_with('#') && !cell::is_spreadsheet_error(first.trim())
}

/// The most frequent delimiter in the first line, outside of quotes. A decimal comma does not count.
fn delimiter_of(line: &str, decimal_comma: bool) -> u8 {
    let mut counts = [0; DELIMITERS.len()];
    let mut quoted = false;
    for byte in line.bytes() {
        quoted ^= byte == b'"';
        if let Some(i) = DELIMITERS.iter().position(|&d| d == byte)
            && !quoted
        {
            counts[i] += 1;
        }
    }
    // The first of equally frequent ones, so a comma if there is no delimiter.
    let first = usize::from(decimal_comma);
    let best = (first..counts.len()).rev().max_by_key(|&i| counts[i]).unwrap_or_default();
    DELIMITERS[best]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// First and last line of each row, the blank lines before it, and its cells.
    fn found(text: &str) -> Vec<(u64, u64, u64, Vec<String>)> {
        let rows = rows(text, None, false).unwrap().rows.into_iter();
        rows.map(|row| {
            (row.line, row.last, row.blank, row.cells.iter().map(str::to_owned).collect())
        })
        .collect()
    }

    fn row(line: u64, last: u64, blank: u64, cells: &[&str]) -> (u64, u64, u64, Vec<String>) {
        (line, last, blank, cells.iter().map(|&cell| cell.to_owned()).collect())
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            for last in ["", end] {
                let text = ["# a gauge", "", "a,b", "1,2", "", "", "3,\"4", "", "5\"", "6,7"];
                let text = text.join(end) + last;
                let inner = format!("4{end}{end}5");
                let expected = [
                    row(3, 3, 0, &["a", "b"]),
                    row(4, 4, 0, &["1", "2"]),
                    row(7, 9, 2, &["3", &inner]),
                    row(10, 10, 0, &["6", "7"]),
                ];
                assert_eq!(found(&text), expected, "{end:?} {last:?}");
            }
            let around = rows(&["", " ", "# x", "a", "1", "", "", ""].join(end), None, false);
            let around = around.unwrap();
            assert_eq!(
                (around.rows.len(), around.comments.len(), around.blank),
                (2, 1, 4),
                "{end:?}"
            );
        }
    }

    #[test]
    fn comments_are_only_before_the_first_row() {
        assert_eq!(found("#x\n# y\na\n#z\n"), [row(3, 3, 0, &["a"]), row(4, 4, 0, &["#z"])]);
        // An error of a spreadsheet is a cell, in the first line too.
        assert_eq!(found("#N/A\n1\n"), [row(1, 1, 0, &["#N/A"]), row(2, 2, 0, &["1"])]);
        assert_eq!(found("# x\n#DIV/0!,2\n"), [row(2, 2, 0, &["#DIV/0!", "2"])]);
        assert_eq!(found("\"#N/A\"\n\"1\"\n"), [row(1, 1, 0, &["#N/A"]), row(2, 2, 0, &["1"])]);
        // A spreadsheet puts a comment with a comma into quotes.
        assert_eq!(found("\"# x, y\",\na,b\n"), [row(2, 2, 0, &["a", "b"])]);
        for nothing in ["", "# x", "# x\n", "\n\n", "\r\n # x\r\n"] {
            assert_eq!(found(nothing), [], "{nothing:?}");
        }
    }

    #[test]
    fn an_open_quote_swallows_nothing() {
        for (text, line) in [
            ("a,b\n1,\"2\n3,4\n", 2),
            ("a,b\n1,\"2\n3,4", 2),
            ("a,b\n\n\n1,2\n3,\"", 5),
            ("a,b\n1,\"2\"\"\n", 2),
            ("\"", 1),
        ] {
            let (found, problem) = rows(text, None, false).unwrap_err();
            assert_eq!(found, Some(line), "{text:?}");
            assert!(problem.contains("is never closed"), "{problem}");
        }
        assert_eq!(found("a,b\n1,\"\"\n").len(), 2);
        // In the middle of a cell a quote is a character.
        assert_eq!(found("a,b\n1,5\" pipe\n")[1].3[1], "5\" pipe");
    }

    #[test]
    fn delimiters_are_found_or_declared() {
        for (text, delimiter) in [
            ("a,b", b','),
            ("a;b,c;d", b';'),
            ("\"a,b,c\"\tb", b'\t'),
            ("a|b", b'|'),
            ("a", b','),
            ("sep=;\na,b,c;d\n", b';'),
            ("sep=x\na,b\n", b','),
        ] {
            assert_eq!(rows(text, None, false).unwrap().delimiter, delimiter, "{text}");
        }
        let spaced = rows("  year  flow \n\n 2001\t \"1 2\"  \n", Some(b' '), false).unwrap();
        assert_eq!(spaced.rows[0].cells, StringRecord::from(vec!["year", "flow"]));
        assert_eq!(spaced.rows[1].cells, StringRecord::from(vec!["2001", "1 2"]));
        assert_eq!(spaced.rows[1].line, 3);
    }
}
