//! Warnings about a table, while it is read: what looks wrong and may be right. The values are not fitted yet.

use crate::rows::Row;

/// Collects warnings while rows are read.
pub(crate) struct TableWarnings {
    columns: usize,
    delimiter: u8,
    /// The decimal mark.
    decimal: char,
    /// The number of values with at most three digits and no decimal mark, and of values with three digits
    /// after the mark; `None` once any other value is found.
    thousands: Option<[usize; 2]>,
    /// The first and the last line of the first row in which a cell holds lines that look like rows.
    swallowed: Option<(u64, u64)>,
}

impl TableWarnings {
    pub(crate) fn new(columns: usize, delimiter: u8, decimal_comma: bool) -> Self {
        let decimal = if decimal_comma { ',' } else { '.' };
        Self { columns, delimiter, decimal, thousands: Some([0; 2]), swallowed: None }
    }

    /// Checks a row.
    pub(crate) fn row(&mut self, row: &Row) {
        if self.swallowed.is_none() && row.last > row.line && self.holds_rows(row) {
            self.swallowed = Some((row.line, row.last));
        }
    }

    /// Checks the cell of a value.
    pub(crate) fn value(&mut self, cell: &str) {
        self.thousands =
            self.thousands.and_then(|[short, marked]| match Thousands::of(cell, self.decimal) {
                Thousands::No => None,
                Thousands::Short => Some([short + 1, marked]),
                Thousands::Marked => Some([short, marked + 1]),
            });
    }

    /// The warnings, a sentence each.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if let Some([short, marked]) = self.thousands
            && marked > 0
            && (short > 0 || (marked > 1 && self.delimiter == b';'))
        {
            let mark = if self.decimal == ',' { "comma" } else { "point" };
            let others = if short > 0 { ", and the others are short whole numbers" } else { "" };
            sentences.push(format!(
                "{marked} of the values have exactly three digits after a {mark}{others}: if the {mark} \
                 separates thousands, remove it."
            ));
        }
        if let Some((first, last)) = self.swallowed {
            sentences.push(format!(
                "Lines {first} to {last} are one row, as a cell in quotes spans them: if they were meant as \
                 rows, a quote is missing."
            ));
        }
        sentences
    }

    /// Whether a cell of the row holds lines that look like rows.
    fn holds_rows(&self, row: &Row) -> bool {
        let marks = |line: &str| line.bytes().filter(|&byte| byte == self.delimiter).count();
        let is_row = |line: &str| marks(line) + 1 >= self.columns;
        row.cells.iter().any(|cell| cell.split(['\n', '\r']).skip(1).any(is_row))
    }
}

/// A sentence about column names taken from a line that begins with `#`.
pub(crate) fn of_names_in_a_comment(line: u64) -> String {
    format!("The names of the columns are those of line {line}, which begins with #.")
}

/// A sentence about comments, at these lines, that look like rows.
pub(crate) fn of_rows_in_comments(lines: &[u64]) -> Option<String> {
    let what = match lines {
        [] => return None,
        [line] => {
            format!(
                "Line {line} begins with # and looks like a row: it was left out as a comment. If it is a row"
            )
        }
        [first, ..] => format!(
            "{} lines, the first of them line {first}, begin with # and look like rows: they were left out as \
             comments. If they are rows",
            lines.len()
        ),
    };
    Some(format!("{what}, remove the #."))
}

/// A sentence about a column name that looks like a value: it may be the first value.
pub(crate) fn of_name(name: &str) -> Option<String> {
    let start = name.trim_start_matches(['+', '-', '\u{2212}', '.', '<', '>', '$', '~', '(', '\'']);
    let is_infinite = ["inf", "infinity"].contains(&start.to_lowercase().as_str());
    let is_mark = !name.is_empty() && !name.contains(char::is_alphanumeric);
    (start.starts_with(char::is_numeric) || is_infinite || is_mark).then(|| {
        format!(
            "The first line is not all numbers, so {name:?} is the name of the column. If it is a value, put a \
             line of names above it."
        )
    })
}

/// Whether a cell may be a whole number whose separator of thousands was read as a decimal mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thousands {
    /// It cannot be one.
    No,
    /// At most three digits: there is nothing to separate.
    Short,
    /// A mark and three digits, as 1.234.
    Marked,
}

impl Thousands {
    /// Classifies a cell with this decimal mark.
    fn of(cell: &str, decimal: char) -> Self {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let body = cell.strip_prefix('-').unwrap_or(cell);
        match body.split_once(decimal) {
            None if body.len() <= 3 && digits(body) => Self::Short,
            Some((whole, part))
                if (1..=3).contains(&whole.len())
                    && !whole.starts_with('0')
                    && part.len() == 3
                    && digits(whole)
                    && digits(part) =>
            {
                Self::Marked
            }
            _ => Self::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::rows;

    fn warnings_of(text: &str) -> Vec<String> {
        let file = rows(text, None, false).unwrap();
        let mut warnings = TableWarnings::new(file.rows[0].cells.len(), file.delimiter, false);
        for row in &file.rows[1..] {
            warnings.row(row);
            warnings.value(&row.cells[0]);
        }
        warnings.sentences()
    }

    /// Separators of thousands that are read as decimal marks give numbers of the wrong size, and no error.
    #[test]
    fn points_that_may_separate_thousands_are_noticed() {
        for (text, warned) in [
            ("a\n950\n1.234\n2.100\n", true),
            ("a;b\n1.234;1\n2.100;2\n", true),
            ("a\n1.234\n2.100\n", false),
            ("a\n950\n0.234\n2.100\n", false),
            ("a\n950\n1.23\n2.100\n", false),
            ("a\n950\n1234\n", false),
        ] {
            let noticed = warnings_of(text).iter().any(|w| w.contains("separates thousands"));
            assert_eq!(noticed, warned, "{text}");
        }
    }

    #[test]
    fn a_cell_with_rows_in_it_is_noticed() {
        let text = "a,b\n1,\"x\n2,y\n3,\"\n4,z\n";
        assert!(
            warnings_of(text)[0].starts_with("Lines 2 to 4 are one row"),
            "{:?}",
            warnings_of(text)
        );
        assert!(warnings_of("a,b\n1,\"x\ny\"\n4,z\n").is_empty());
    }

    #[test]
    fn names_that_look_like_values_are_noticed() {
        for name in
            ["312*", "1 234", "<5", "-Inf", "infinity", "--", "?", "1936-03-19", "(5)", "\u{663}"]
        {
            assert!(of_name(name).is_some_and(|warning| warning.contains("is the name")), "{name}");
        }
        for name in ["flow", "", "Q (m3/s)", "information", "débit", "流量", "#peak"] {
            assert_eq!(of_name(name), None, "{name}");
        }
    }
}
