//! Lines before the first row that begin with `#`: comments, column names, or rows by mistake.

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::cell;
use crate::text::single_spaced;

/// A line before the first row that begins with `#`.
#[derive(Clone, Debug)]
pub(crate) struct Comment {
    /// The number of the line, the first of the file being 1.
    pub(crate) line: u64,
    text: String,
}

impl Comment {
    pub(crate) fn new(line: u64, text: &str) -> Self {
        Self { line, text: text.to_owned() }
    }

    /// The cells of the line without the `#`, if there are as many as columns.
    fn cells(&self, columns: usize, delimiter: u8) -> Option<Vec<String>> {
        let text = if delimiter == b' ' { single_spaced(&self.text) } else { self.text.clone() };
        let mut record = StringRecord::new();
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        reader.read_record(&mut record).ok()?;
        let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
        let first = cells.first()?.trim_start_matches('#').trim().to_owned();
        // With spaces as delimiters, a # alone is one cell more.
        if delimiter == b' ' && first.is_empty() && cells.len() == columns + 1 {
            cells.remove(0);
        } else {
            cells[0] = first;
        }
        (cells.len() == columns).then_some(cells)
    }

    /// Whether it looks like a row with a number in the column `index`.
    pub(crate) fn is_like_a_row(
        &self,
        index: usize,
        columns: usize,
        delimiter: u8,
        decimal_comma: bool,
    ) -> bool {
        self.cells(columns, delimiter)
            .is_some_and(|cells| cell::number(&cells[index], decimal_comma).is_some())
    }

    /// The names of the columns, if it is the last line before `first`, a row of values, and has a word for
    /// each of two or more columns. No name may be a number, and only the first may be empty: it is then
    /// called `#`.
    pub(crate) fn names(
        &self,
        first: &StringRecord,
        delimiter: u8,
        decimal_comma: bool,
    ) -> Option<Vec<String>> {
        let is_number = |cell: &str| cell::number(cell, decimal_comma).is_some();
        let is_value =
            |cell: &str| cell::is_missing(cell) || is_number(cell) || cell::is_date(cell);
        if first.len() < 2 || !first.iter().all(is_value) || !first.iter().any(is_number) {
            return None;
        }
        let mut names = self.cells(first.len(), delimiter)?;
        if names[1..].iter().any(String::is_empty) || names.iter().any(|name| is_number(name)) {
            return None;
        }
        if names[0].is_empty() {
            "#".clone_into(&mut names[0]);
        }
        Some(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, first: &[&str], delimiter: u8) -> Option<Vec<String>> {
        Comment::new(1, text).names(&StringRecord::from(first.to_vec()), delimiter, false)
    }

    #[test]
    fn a_last_comment_with_a_word_for_each_column_holds_the_names() {
        for (text, first, delimiter, expected) in [
            ("#year,peak", &["1", "2"][..], b',', &["year", "peak"][..]),
            ("# year, peak", &["1", "2"], b',', &["year", "peak"]),
            ("#,year,peak", &["1", "2", "3"], b',', &["#", "year", "peak"]),
            ("\"#\",\"year\",\"peak\"", &["1", "2", "3"], b',', &["#", "year", "peak"]),
            ("#\tyear\tpeak", &["1", "2", ""], b'\t', &["#", "year", "peak"]),
            ("# year  peak", &["1", "2"], b' ', &["year", "peak"]),
            ("# year  peak", &["1", "2", "3"], b' ', &["#", "year", "peak"]),
            ("#date;peak", &["2001-03-19", "5"], b';', &["date", "peak"]),
        ] {
            let found = names(text, first, delimiter).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found, expected, "{text}");
        }
        for (text, first) in [
            // Another number of cells, cells that a spreadsheet adds to a comment, numbers.
            ("# a gauge", &["1", "2"][..]),
            ("# a gauge,", &["1", "2"]),
            ("#1,312", &["1", "2"]),
            ("# drawn by hand, 2020", &["1", "2"]),
            // One column, and rows of names or of words.
            ("# peak", &["1"]),
            ("# a, b", &["year", "peak"]),
            ("# a, b", &["station", "1990"]),
        ] {
            assert_eq!(names(text, first, b','), None, "{text}");
        }
    }

    #[test]
    fn a_row_after_a_hash_is_noticed() {
        for (text, columns, delimiter, like) in [
            ("#1,312", 2, b',', true),
            ("# 1 312", 2, b' ', true),
            ("#,312", 2, b',', true),
            ("#312", 1, b',', true),
            ("#1,312,", 2, b',', false),
            ("#1,high", 2, b',', false),
            ("# 60 years", 1, b',', false),
        ] {
            let found = Comment::new(1, text).is_like_a_row(columns - 1, columns, delimiter, false);
            assert_eq!(found, like, "{text}");
        }
    }
}
