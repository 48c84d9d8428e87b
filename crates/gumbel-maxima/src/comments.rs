//! Lines before the first row that begin with `#`: comments, column names, or rows by mistake.

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::cell;
use crate::rows::single_spaced;

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
    use crate::table::{Column, Options};

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

    fn read(text: &str, column: &str, strict: bool) -> Result<Column, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        let options = Options { column: Some(column.to_owned()), strict, ..Options::default() };
        Column::read(&path, &options).map_err(|error| error.to_string())
    }

    #[test]
    fn names_after_a_hash_choose_the_column() {
        let text = "# a gauge\n#,year,peak\n1,2001,312\n2,2002,275\n";
        for column in ["peak", "3"] {
            let found = read(text, column, true).unwrap();
            assert_eq!((found.name.as_str(), found.values), ("peak", vec![312.0, 275.0]));
            assert_eq!(found.left_out.comment_lines, 1);
            assert_eq!(
                found.warnings,
                ["The names of the columns are those of line 2, which begins with #."]
            );
        }
    }

    #[test]
    fn rows_after_a_hash_are_not_left_out_silently() {
        let text = "#1,312\n#2,275\n3,299\n4,310\n";
        let found = read(text, "2", false).unwrap();
        assert_eq!((found.values, found.left_out.comment_lines), (vec![299.0, 310.0], 2));
        let warning = "2 lines, the first of them line 1, begin with # and look like rows: they were left \
                    out as comments. If they are rows, remove the #.";
        assert_eq!(found.warnings, [warning]);
        let error = read(text, "2", true).unwrap_err();
        assert!(error.contains("line 1: a comment that looks like a row"), "{error}");
        // Before names too, in one column too, and one alone.
        for text in ["# a\n#1,5\nyear,peak\n2,7\n", "\n#5\n7\n"] {
            let column = if text.contains("peak") { "peak" } else { "1" };
            let warnings = read(text, column, false).unwrap().warnings;
            assert!(
                warnings[0].starts_with("Line 2 begins with # and looks like a row"),
                "{warnings:?}"
            );
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
